/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a scenario of power cuts: see cut.h. */
#include "cut.h"
#include "hw/ocp-nvme/core/fault.h"

#define DATA        (FAKE_BUF + 0x800000u)
#define META        (FAKE_BUF + 0xc00000u)
#define ROOM        0x10000u        /* for each of several writes */
#define META_ROOM   0x1000u

bool cut_begin(Cut *t)
{
    if (t->plug.off || t->begun > t->done || t->done >= t->limit) {
        return false;
    }
    t->begun++;
    memset(t->wrote, 0, sizeof(t->wrote));
    return true;
}

void cut_end(Cut *t, CutSure sure)
{
    fake_run(&t->h->f);
    CHECK(t->begun < CUT_STEPS, "%s has too many steps", t->s->name);
    t->sure[t->begun] = sure;
    if (!t->plug.off) {
        t->done = t->begun;
        memset(t->acked, 0, sizeof(t->acked));
    }
}

void cut_promise(Cut *t)
{
    if (t->plug.way != FAKE_PLUG_REORDER) {
        memset(t->acked, true, sizeof(t->acked));
    }
}

static FakeCqe command(Cut *t, uint16_t qid, const FakeCmd *cmd, CutSure sure)
{
    FakeCqe e = { 0 };

    if (cut_begin(t)) {
        fake_submit(t->h, qid, cmd);
        fake_run(&t->h->f);
        e = fake_reap(t->h, qid);
        if (e.found) {
            CHECK(e.status == 0, "%s: opcode %02x: %03x", cut_where(t),
                  cmd->opc, e.status);
            t->sure[t->begun] = sure;
            t->done = t->begun;
        } else {
            CHECK(t->plug.off, "%s: opcode %02x does not end", cut_where(t),
                  cmd->opc);
        }
    }
    return e;
}

FakeCqe cut_io(Cut *t, const FakeCmd *cmd, CutSure sure)
{
    return command(t, 1, cmd, sure);
}

FakeCqe cut_admin(Cut *t, const FakeCmd *cmd, CutSure sure)
{
    return command(t, 0, cmd, sure);
}

void cut_flush(Cut *t, uint32_t nsid)
{
    cut_io(t, &(FakeCmd) { .nsid = nsid }, CUT_ALL);
}

void cut_shutdown(Cut *t)
{
    if (cut_begin(t)) {
        fake_set_reg(t->h, 0x14, (uint32_t)fake_reg(t->h, 0x14, 4) | 1u << 14,
                     4);
        fake_run(&t->h->f);
        CHECK(t->plug.off || (fake_reg(t->h, 0x1c, 4) >> 2 & 3) == 2,
              "%s: the shutdown does not end", cut_where(t));
        cut_end(t, CUT_ALL);
    }
}

/* The write in buffer I, of data that is of this step and these blocks. */
static FakeCmd make_write(Cut *t, unsigned i, uint32_t nsid, uint64_t lba,
                          uint32_t nlb, bool meta)
{
    const OcpnNs *ns = ocpn_ns_get(t->h->c, nsid);
    size_t len = (size_t)1 << ns->im.lbads, ms = ns->im.ms;
    FakeCmd cmd = { .opc = 0x01, .flags = 0x40, .nsid = nsid,
                    .mptr = meta && ms ? META + i * META_ROOM : 0,
                    .prp1 = DATA + i * ROOM, .prp2 = nlb * len,
                    .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
                    .cdw12 = nlb - 1 };
    uint8_t *d = fake_guest(t->h, DATA + i * ROOM);
    uint8_t *m = fake_guest(t->h, META + i * META_ROOM);

    CHECK(nlb * len <= ROOM && nlb * ms <= META_ROOM, "a large write");
    for (size_t at = 0; at < nlb * len; at += 8) {
        put_bytes_at(d + at, 8, (uint64_t)(t->begun + 1) << 40 |
                     (lba + at / len) << 8 | i);
    }
    memset(m, meta ? (int)(t->begun + i + 1) : 0, nlb * ms);
    for (uint32_t k = 0; k < nlb; k++) {
        int at = cut_place(t->h, nsid, lba + k);

        if (at >= 0) {
            CutView *v = (CutView *)t->wrote;

            v->block[nsid - 1][at] = cut_hash(d + k * len, len);
            v->meta[nsid - 1][at] = cut_hash(m + k * ms, ms);
        }
    }
    return cmd;
}

void cut_write(Cut *t, uint32_t nsid, uint64_t lba, uint32_t nlb,
               uint32_t flags, bool meta)
{
    uint64_t wrote[CUT_ITEMS];
    FakeCmd cmd;

    if (t->plug.off || t->begun > t->done || t->done >= t->limit) {
        return;
    }
    memset(t->wrote, 0, sizeof(t->wrote));
    cmd = make_write(t, 0, nsid, lba, nlb, meta);
    memcpy(wrote, t->wrote, sizeof(wrote));
    /* By SGL: a PRP list is one more place. */
    cmd.cdw12 |= flags;
    cut_io(t, &cmd, flags & CUT_FUA ? CUT_OWN : CUT_NOT);
    memcpy(t->wrote, wrote, sizeof(wrote));
}

/* A write has ended: its blocks are what it wrote, whatever comes. */
static void acknowledge(Cut *t, uint32_t nsid, uint64_t lba, uint32_t nlb)
{
    if (t->plug.way == FAKE_PLUG_REORDER || t->s->flags & CUT_LAGS) {
        return;
    }
    for (uint32_t k = 0; k < nlb; k++) {
        int at = cut_place(t->h, nsid, lba + k);

        if (at >= 0) {
            unsigned i = (nsid - 1) * CUT_BLOCKS + (unsigned)at;

            t->acked[i] = t->acked[CUT_NSIDS * CUT_BLOCKS + i] = true;
        }
    }
}

void cut_writes(Cut *t, uint32_t nsid, const uint64_t *lba, unsigned n,
                uint32_t nlb)
{
    FakePort *f = &t->h->f;
    uint32_t dice = t->plug.seed + 1;
    uint16_t cid[16];
    unsigned left = n;

    if (!cut_begin(t)) {
        return;
    }
    f->hold = true;
    for (unsigned i = 0; i < n; i++) {
        FakeCmd cmd = make_write(t, i, nsid, lba[i], nlb, i & 1);

        cid[i] = fake_submit(t->h, 1, &cmd);
    }
    fake_run(f);
    while (f->nios) {
        dice = dice * 1664525 + 1013904223;
        fake_io_finish(f, (dice >> 8) % f->nios, OCPN_IO_OK);
        fake_run(f);
        for (FakeCqe e = fake_reap(t->h, 1); e.found;
             e = fake_reap(t->h, 1)) {
            CHECK_EQ(e.status, 0);
            for (unsigned i = 0; i < n; i++) {
                if (cid[i] == e.cid) {
                    acknowledge(t, nsid, lba[i], nlb);
                }
            }
            left--;
        }
    }
    f->hold = false;
    CHECK(t->plug.off || !left, "%s: %u writes do not end", cut_where(t),
          left);
    t->sure[t->begun] = CUT_NOT;
    if (!left) {
        t->done = t->begun;
        memset(t->acked, 0, sizeof(t->acked));
    }
}

static void add_rule(FakeHost *h, const char *line)
{
    OcpnError err = { "" };
    OcpnFaultRule r;
    bool done = ocpn_fault_parse(line, &r, &err);

    r.nsid = 1;
    done = done && ocpn_fault_add(h->c, &r, &err);
    CHECK(done, "%s: %s", line, err.text);
}

void cut_lose_unit(Cut *t, uint64_t lba, const char *rule)
{
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .cdw10 = (uint32_t)lba + 4,
                    .cdw12 = 3 };

    add_rule(t->h, rule);
    cut_write(t, 1, lba, 4, 0, true);
    if (!cut_begin(t)) {
        return;
    }
    fake_prp(t->h, &cmd, FAKE_BUF, 4 * 512);
    memset(fake_guest(t->h, FAKE_BUF), 0x77, 4 * 512);
    fake_submit(t->h, 1, &cmd);
    fake_run(&t->h->f);
    if (fake_reap(t->h, 1).found) {
        t->sure[t->begun] = CUT_NOT;
        t->done = t->begun;
    }
}
