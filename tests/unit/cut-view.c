/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a drive shows, and whether it may: see cut.h. */
#include "cut.h"

#define DATA    (FAKE_BUF + 0x100000u)
#define META    (FAKE_BUF + 0x400000u)
#define ZEROS   1u              /* the hash of a block of zeros */
#define ERROR   (UINT64_C(1) << 63)

/* A chunk as an item: CS, CT, resets, write pointer. */
#define CHUNK_ITEM(cs, ct, resets, wp) \
    ((uint64_t)(cs) << 56 | (uint64_t)(ct) << 48 | \
     (uint64_t)((resets) & 0xffff) << 32 | (wp))

static uint64_t add(uint64_t hash, const void *p, size_t len)
{
    const uint8_t *b = p;
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t word;

        memcpy(&word, b + i, 8);
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    for (; i < len; i++) {
        hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t cut_hash(const void *data, size_t len)
{
    return fake_all(data, 0, len) ? ZEROS
           : (add(UINT64_C(0xcbf29ce484222325), data, len) | 2) & ~ERROR;
}

static uint64_t stride(const OcpnNs *ns)
{
    return (ns->im.nsze + CUT_BLOCKS - 1) / CUT_BLOCKS;
}

/* The address of block I of those that are looked at. */
static uint64_t address(const OcpnNs *ns, uint32_t i)
{
    const OcpnGeometry *g = &ns->im.geo;

    return ocpn_ns_is_open_channel(ns)
           ? ocpn_addr_lba(g, i / g->clba, i % g->clba) : i * stride(ns);
}

static uint32_t nblocks(const OcpnNs *ns)
{
    return (uint32_t)(ns->im.nsze / stride(ns));
}

int cut_place(FakeHost *h, uint32_t nsid, uint64_t lba)
{
    const OcpnNs *ns = ocpn_ns_get(h->c, nsid);

    for (uint32_t i = 0; ns && i < nblocks(ns); i++) {
        if (address(ns, i) == lba) {
            return (int)i;
        }
    }
    return -1;
}

/* N blocks from place I on; false: there is an error among them. */
static bool read_blocks(FakeHost *h, const OcpnNs *ns, uint32_t i, uint32_t n,
                        CutView *v)
{
    uint64_t *data = &v->block[ns->nsid - 1][i];
    uint64_t *meta = &v->meta[ns->nsid - 1][i];
    size_t len = (size_t)1 << ns->im.lbads, ms = ns->im.ms;
    uint64_t lba = address(ns, i);
    FakeCmd cmd = {
        .opc = 0x02, .nsid = ns->nsid, .mptr = ms ? META : 0,
        .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
        .cdw12 = n - 1,
    };
    FakeCqe e;

    fake_prp(h, &cmd, DATA, n * len);
    e = fake_io(h, &cmd);
    if (!e.found || e.status) {
        *data = *meta = ERROR | e.status;
        return false;
    }
    for (uint32_t k = 0; k < n; k++) {
        data[k] = cut_hash(fake_guest(h, DATA) + k * len, len);
        meta[k] = cut_hash(fake_guest(h, META) + k * ms, ms);
    }
    return true;
}

static void look_blocks(FakeHost *h, const OcpnNs *ns, CutView *v)
{
    uint32_t span = ocpn_ns_is_open_channel(ns) ? ns->im.geo.clba
                    : stride(ns) == 1 ? CUT_BLOCKS : 1;
    uint32_t all = nblocks(ns), n;

    CHECK(all <= CUT_BLOCKS, "namespace %u has %u blocks", ns->nsid, all);
    for (uint32_t i = 0; i < all; i += n) {
        n = all - i < span ? all - i : span;
        if (!read_blocks(h, ns, i, n, v)) {
            for (uint32_t k = 0; k < n; k++) {
                read_blocks(h, ns, i + k, 1, v);
            }
        }
    }
}

static void look_chunks(OcpnNs *ns, uint64_t *out)
{
    CHECK(ns->im.geo.chunks <= CUT_CHUNKS, "%u chunks", ns->im.geo.chunks);
    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        OcssdChunkInfo info;

        ocpn_chunk_describe(ns, i, &info);
        out[i] = CHUNK_ITEM(info.cs, info.ct, ns->chunk[i].resets,
                            from_le64(info.wp));
    }
}

static uint64_t page_hash(FakeHost *h, FakeCqe e, size_t len)
{
    return e.status ? ERROR | e.status
                    : cut_hash(fake_guest(h, FAKE_BUF), len);
}

void cut_look(const CutScenario *s, FakeHost *h, CutView *v)
{
    static const uint8_t saved[] = { 0x02, 0x04, 0x05, 0x0b, 0x10, 0x16 };
    uint64_t *other = v->other;

    memset(v, 0, sizeof(*v));
    for (uint32_t i = 0; i < CUT_NSIDS; i++) {
        OcpnNs *ns = ocpn_ns_get(h->c, i + 1);

        if (!ns) {
            continue;
        }
        look_blocks(h, ns, v);
        if (ocpn_ns_is_open_channel(ns)) {
            look_chunks(ns, v->chunk[i]);
        }
        CHECK_EQ(fake_identify(h, 0x00, i + 1).status, 0);
        /* But for NUSE, which may be older than the data. */
        memset(fake_guest(h, FAKE_BUF) + 16, 0, 8);
        other[i] = cut_hash(fake_guest(h, FAKE_BUF), 384);
    }
    other += CUT_NSIDS;
    *other++ = page_hash(h, fake_identify(h, 0x02, 0), 64);
    *other++ = page_hash(h, fake_identify(h, 0x10, 0), 64);
    for (size_t i = 0; i < sizeof(saved); i++) {
        FakeCqe e = fake_get_feature(h, saved[i] | 2u << 8,
                                     saved[i] == 0x05 ? 1 : 0, 0);

        *other++ = e.status ? ERROR | e.status : e.dw0 + 1u;
    }
    if (s->look) {
        s->look(h, v->other);
    }
}

/* ------------------------------------------------------------- judging */

static const uint64_t *items(const CutView *v)
{
    return (const uint64_t *)v;
}

static unsigned block_item(uint32_t n, uint32_t i)
{
    return n * CUT_BLOCKS + i;
}

static unsigned chunk_item(uint32_t n, uint32_t i)
{
    return 2 * CUT_NSIDS * CUT_BLOCKS + n * CUT_CHUNKS + i;
}

static unsigned meta_item(uint32_t n, uint32_t i)
{
    return CUT_NSIDS * CUT_BLOCKS + block_item(n, i);
}

/* The first of the steps of which item I may still be. */
static unsigned first_of(const Cut *t, unsigned i)
{
    unsigned k = t->done;

    if (t->acked[i]) {
        k++;                    /* a part of the step that was under way */
    } else if (t->s->flags & CUT_SOON && k == t->begun && k &&
               t->plug.at != FAKE_PLUG_NEVER) {
        k--;
    }
    if (t->plug.way != FAKE_PLUG_REORDER && !(t->s->flags & CUT_LAGS)) {
        return k;
    }
    for (k = t->done; k > 0; k--) {
        if (t->sure[k] == CUT_ALL ||
            (t->sure[k] == CUT_KEPT && t->plug.way != FAKE_PLUG_REORDER) ||
            (t->sure[k] == CUT_OWN &&
             items(&t->view[k])[i] != items(&t->view[k - 1])[i])) {
            break;
        }
    }
    return k;
}

/* Was item I the same at all times of which it may be? */
static bool is_settled(const Cut *t, unsigned i)
{
    for (unsigned k = first_of(t, i); k < t->begun; k++) {
        if (items(&t->view[k])[i] != items(&t->view[k + 1])[i]) {
            return false;
        }
    }
    return true;
}

static bool may_be(const Cut *t, unsigned i)
{
    for (unsigned k = first_of(t, i); k <= t->begun; k++) {
        if (items(&t->view[k])[i] == items(&t->got)[i]) {
            return true;
        }
    }
    return false;
}

/* A block of a conventional namespace or a random-write chunk. */
static bool block_may_be(const Cut *t, const OcpnNs *ns, uint32_t i)
{
    const unsigned item[] = { block_item(ns->nsid - 1, i),
                              meta_item(ns->nsid - 1, i) };

    for (unsigned k = 0; k < 2; k++) {
        bool loose = t->plug.way == FAKE_PLUG_REORDER ||
                     (t->plug.way == FAKE_PLUG_TORN && ns->im.lbads > 9) ||
                     (t->s->flags & CUT_ERASE && t->begun > t->done &&
                      items(&t->got)[item[k]] == ZEROS);

        if (!may_be(t, item[k]) && !(loose && !is_settled(t, item[k]))) {
            return false;
        }
    }
    return true;
}

static uint32_t wp_of(uint64_t item)
{
    return (uint32_t)item;
}

/* Block I of namespace index N is that of view K. */
static bool same_block(const Cut *t, uint32_t n, uint32_t i, unsigned k)
{
    unsigned item = block_item(n, i);

    if (t->plug.way == FAKE_PLUG_REORDER && !is_settled(t, item)) {
        return true;            /* its bytes have no promise */
    }
    return t->got.block[n][i] == t->view[k].block[n][i] &&
           t->got.meta[n][i] == t->view[k].meta[n][i];
}

/* What a chunk is whose write came in part. */
static uint64_t partly_state(const OcpnNs *ns)
{
    return ns->cfg.power_loss == OCPN_POWER_CLOSE ? OCSSD_CS_CLOSED
                                                  : OCSSD_CS_OPEN;
}

/*
 * Chunk C has so many blocks of view K + 1, and what is behind is of view K;
 * all of one of them if it is where that is.
 */
static bool chunk_is(const Cut *t, const OcpnNs *ns, uint32_t c, unsigned k,
                     bool partly)
{
    const uint32_t n = ns->nsid - 1, clba = ns->im.geo.clba;
    uint64_t got = t->got.chunk[n][c], old = t->view[k].chunk[n][c];
    uint32_t wp = wp_of(got), end = clba;

    if (partly) {
        uint64_t new = t->view[k + 1].chunk[n][c];

        if (wp <= wp_of(old) || wp >= wp_of(new) || wp % ns->im.geo.ws_min ||
            (uint64_t)wp_of(new) == UINT32_MAX ||
            got >> 56 != partly_state(ns) || (got ^ new) << 8 >> 40) {
            return false;
        }
        end = wp;
    } else if (got != old) {
        return false;
    }
    for (uint32_t i = 0; i < clba; i++) {
        if (!same_block(t, n, c * clba + i, partly && i < end ? k + 1 : k)) {
            return false;
        }
    }
    return true;
}

/* Which blocks of a random-write chunk have come says nothing of others. */
static bool random_may_be(const Cut *t, const OcpnNs *ns, uint32_t c)
{
    const uint32_t n = ns->nsid - 1, clba = ns->im.geo.clba;
    bool good = may_be(t, chunk_item(n, c));

    for (uint32_t i = c * clba; good && i < (c + 1) * clba; i++) {
        good = block_may_be(t, ns, i);
    }
    return good;
}

static bool judge_chunk(const Cut *t, const OcpnNs *ns, uint32_t c)
{
    const uint32_t n = ns->nsid - 1;
    unsigned first = first_of(t, chunk_item(n, c));

    if (t->got.chunk[n][c] >> 48 & 2) {
        return random_may_be(t, ns, c);
    }
    for (unsigned k = first; k <= t->begun; k++) {
        if (chunk_is(t, ns, c, k, false) ||
            (k < t->begun && chunk_is(t, ns, c, k, true))) {
            return true;
        }
    }
    return false;
}

static bool told(Cut *t, unsigned i)
{
    char name[80];

    CHECK(false, "%s: %s, %" PRIx64 ", not %" PRIx64 " to %" PRIx64 " of %u "
          "to %u", cut_where(t), cut_name(t, i, name), items(&t->got)[i],
          items(&t->view[first_of(t, i)])[i], items(&t->view[t->begun])[i],
          first_of(t, i), t->begun);
    return false;
}

static bool judge_ns(Cut *t, const OcpnNs *ns)
{
    const uint32_t n = ns->nsid - 1;

    if (ocpn_ns_is_open_channel(ns)) {
        for (uint32_t c = 0; c < ns->im.geo.chunks; c++) {
            if (!judge_chunk(t, ns, c)) {
                return told(t, chunk_item(n, c));
            }
        }
        return true;
    }
    for (uint32_t i = 0; i < nblocks(ns); i++) {
        if (!block_may_be(t, ns, i)) {
            return told(t, block_item(n, i));
        }
    }
    return true;
}

bool cut_judge(Cut *t)
{
    for (unsigned i = chunk_item(CUT_NSIDS, 0); i < CUT_ITEMS; i++) {
        if (!may_be(t, i)) {
            return told(t, i);
        }
    }
    for (uint32_t id = 1; id <= CUT_NSIDS; id++) {
        OcpnNs *ns = ocpn_ns_get(t->h->c, id);

        if (ns && !judge_ns(t, ns)) {
            return false;
        }
    }
    return true;
}
