/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/architecture.rst, "Metadata that hosts do not give": wherever
 * the drive dies, with any part of what was under way in the image, metadata
 * that was acknowledged is there, that of blocks written without is zeros, and
 * none of an earlier life is seen.
 */
#include "ocssd-host.h"

#define NSLOTS  24u             /* commands under way */
#define BLOCKS  96u

/* Sequential, sequential, random writes, never reset: what copies read. */
enum { SEQ1, SEQ2, RANDOM, SOURCE, NCHUNKS };
static const uint64_t lba_of[NCHUNKS] = { A, C, B, E };
static const uint32_t index_of[NCHUNKS] = { IA, IC, IB, IE };

typedef struct Block {
    uint64_t data;              /* its stamp */
    uint64_t meta;              /* 0: it has none */
    bool     written;           /* acknowledged */
    bool     busy;              /* a write of it is under way */
    bool     unknown;           /* ... and was when the drive died */
} Block;

typedef struct Chunk {
    Block    block[BLOCKS];
    uint32_t wp;                /* of writes that were submitted */
    uint32_t sure;              /* of those that were acknowledged */
    unsigned writes;            /* under way */
    bool     resetting;
} Chunk;

typedef struct Slot {
    bool     used, reset;
    uint16_t cid;
    unsigned chunk, blk, n;
} Slot;

typedef struct Run {
    FakeHost *h;
    Chunk    chunk[NCHUNKS];
    Slot     slot[NSLOTS];
    uint64_t stamp;
    uint32_t seed;
    unsigned cut_short;         /* zeros under way when the drive died */
} Run;

static uint32_t pick(Run *t, uint32_t below)
{
    t->seed = t->seed * 1664525 + 1013904223;
    return (t->seed >> 8) % below;
}

static uint16_t queue_of(unsigned chunk)
{
    return chunk == SEQ2 ? 2 : 1;       /* in order for each chunk */
}

static uint64_t data_at(unsigned slot)
{
    return FAKE_BUF + 0x80000u + slot * UINT64_C(0x10000);
}

static uint64_t meta_at(unsigned slot)
{
    return META + 0x800u + slot * 0x800u;
}

static void stamp(void *p, unsigned len, uint64_t value)
{
    for (unsigned i = 0; i < len; i += 8) {
        put_bytes_at((uint8_t *)p + i, 8, value);
    }
}

static bool has_stamp(const uint8_t *p, unsigned len, uint64_t value)
{
    return bytes_at(p, 8) == value && !memcmp(p, p + 8, len - 8);
}

/* A write of a slot, by SGL: a list in one place would be written over. */
static FakeCmd write_of(Run *t, unsigned slot, bool meta)
{
    const Slot *s = &t->slot[slot];
    uint64_t lba = lba_of[s->chunk] + s->blk;
    FakeCmd cmd = { .opc = 0x01, .flags = 0x40, .nsid = 1,
                    .mptr = meta ? meta_at(slot) : 0,
                    .prp1 = data_at(slot), .prp2 = s->n * BLOCK,
                    .cdw10 = (uint32_t)lba, .cdw12 = s->n - 1 };

    for (unsigned i = 0; i < s->n; i++) {
        Block *b = &t->chunk[s->chunk].block[s->blk + i];

        b->data = ++t->stamp;
        b->meta = meta ? ~b->data : 0;
        b->busy = true;
        b->unknown = false;
        stamp(fake_guest(t->h, data_at(slot) + i * BLOCK), BLOCK, b->data);
        stamp(fake_guest(t->h, meta_at(slot) + i * MS), MS, ~b->data);
    }
    return cmd;
}

static FakeCmd copy_of(Run *t, unsigned slot)
{
    const Slot *s = &t->slot[slot];
    const uint64_t from = LIST + slot * 0x400u, to = DLIST + slot * 0x400u;
    FakeCmd cmd = { .opc = 0x93, .nsid = 1, .cdw10 = (uint32_t)from,
                    .cdw12 = s->n - 1, .cdw14 = (uint32_t)to };

    for (unsigned i = 0; i < s->n; i++) {
        uint32_t src = pick(t, BLOCKS);

        t->chunk[s->chunk].block[s->blk + i] = t->chunk[SOURCE].block[src];
        t->chunk[s->chunk].block[s->blk + i].busy = true;
        put_bytes_at(fake_guest(t->h, from) + i * 8, 8, lba_of[SOURCE] + src);
        put_bytes_at(fake_guest(t->h, to) + i * 8, 8,
                     lba_of[s->chunk] + s->blk + i);
        if (s->n == 1) {        /* no lists */
            cmd.cdw10 = (uint32_t)(lba_of[SOURCE] + src);
            cmd.cdw14 = (uint32_t)(lba_of[s->chunk] + s->blk);
        }
    }
    return cmd;
}

static void submit(Run *t, unsigned slot, const FakeCmd *cmd)
{
    Slot *s = &t->slot[slot];

    s->used = true;
    s->cid = fake_submit(t->h, queue_of(s->chunk), cmd);
    fake_run(&t->h->f);
}

static void start_reset(Run *t, unsigned slot, unsigned chunk)
{
    t->slot[slot] = (Slot) { .reset = true, .chunk = chunk };
    t->chunk[chunk].resetting = true;
    submit(t, slot, &(FakeCmd) { .opc = 0x90, .nsid = 1,
                                 .cdw10 = (uint32_t)lba_of[chunk] });
}

/* Blocks for a write of chunk CHUNK.  False: none, or not now. */
static bool choose(Run *t, unsigned chunk, Slot *s)
{
    const Chunk *k = &t->chunk[chunk];

    *s = (Slot) { .chunk = chunk, .blk = k->wp, .n = 4 + 4 * pick(t, 4) };
    if (chunk == RANDOM) {
        s->blk = pick(t, BLOCKS - 8);
        s->n = 1 + pick(t, 8);
        for (unsigned i = 0; i < s->n; i++) {
            if (k->block[s->blk + i].busy) {
                return false;
            }
        }
    }
    return s->blk + s->n <= BLOCKS;
}

/* One more command, if it can be. */
static void begin(Run *t)
{
    unsigned chunk = pick(t, SOURCE), slot = 0, how = pick(t, 16);
    Chunk *k = &t->chunk[chunk];
    FakeCmd cmd;

    while (slot < NSLOTS && t->slot[slot].used) {
        slot++;
    }
    if (slot == NSLOTS || k->resetting) {
        return;
    }
    if (!k->writes && k->wp && (how == 0 || k->wp == BLOCKS)) {
        start_reset(t, slot, chunk);
    } else if (choose(t, chunk, &t->slot[slot])) {
        const Slot *s = &t->slot[slot];

        /* Some lives are all without, some all with, most are mixed. */
        cmd = how == 1 ? copy_of(t, slot)
                       : write_of(t, slot, t->stamp / 500 % 3 == 0 ? false
                                           : t->stamp / 500 % 3 == 1 ? true
                                                                     : how & 1);
        k->writes++;
        k->wp = chunk == RANDOM ? 1 : s->blk + s->n;
        submit(t, slot, &cmd);
    }
}

static void acknowledged(Run *t, Slot *s)
{
    Chunk *k = &t->chunk[s->chunk];

    s->used = false;
    if (s->reset) {
        *k = (Chunk) { .wp = 0 };
        return;
    }
    k->writes--;
    k->sure = s->blk + s->n > k->sure ? s->blk + s->n : k->sure;
    for (unsigned i = 0; i < s->n; i++) {
        k->block[s->blk + i].busy = false;
        k->block[s->blk + i].written = true;
    }
}

static void reap(Run *t)
{
    for (uint16_t qid = 1; qid <= 2; qid++) {
        for (FakeCqe e = fake_reap(t->h, qid); e.found;
             e = fake_reap(t->h, qid)) {
            unsigned i = 0;

            while (i < NSLOTS && !(t->slot[i].used &&
                                   t->slot[i].cid == e.cid)) {
                i++;
            }
            CU_ASSERT_TRUE_FATAL(i < NSLOTS);
            CHECK(e.status == 0, "chunk %u, block %u: %x", t->slot[i].chunk,
                  t->slot[i].blk, e.status);
            acknowledged(t, &t->slot[i]);
        }
    }
}

/* Part of IO reaches the image: none, all, or its first bytes. */
static void tear(Run *t, const OcpnIo *io)
{
    uint8_t *to = t->h->f.media[1].bytes + io->offset;
    uint64_t left = pick(t, 3) * io->len / 2;

    t->cut_short += io->op == OCPN_IO_ZERO && left != 0;
    if (left && left < io->len) {
        left = 8 * pick(t, (uint32_t)(io->len / 8));
    }
    if (io->op == OCPN_IO_ZERO) {
        memset(to, 0, left);
    } else if (io->op == OCPN_IO_WRITE && io->buf) {
        memcpy(to, io->buf, left);
    } else if (io->op == OCPN_IO_WRITE) {
        for (uint32_t i = 0; i < io->nseg && left; i++) {
            uint64_t n = io->seg[i].len < left ? io->seg[i].len : left;

            memcpy(to, fake_guest(t->h, io->seg[i].addr), n);
            to += n;
            left -= n;
        }
    }
}

/* Is block BLK what it shall be?  THERE: it is written. */
static void check_block(Run *t, unsigned chunk, unsigned blk, bool there)
{
    FakeHost *h = t->h;
    const Block *b = &t->chunk[chunk].block[blk];
    uint16_t status = r(h, lba_of[chunk] + blk, 1);

    CHECK(status == (there ? 0 : 0x287), "chunk %u, block %u: %x", chunk,
          blk, status);
    if (there) {
        CHECK(has_stamp(fake_guest(h, FAKE_BUF), BLOCK, b->data),
              "data of chunk %u, block %u", chunk, blk);
        CHECK(has_stamp(fake_guest(h, META), MS, b->meta),
              "metadata of chunk %u, block %u: %" PRIx64 ", not %" PRIx64,
              chunk, blk, bytes_at(fake_guest(h, META), 8), b->meta);
    }
}

/* A chunk as it is after a start; the test goes on from there. */
static void check_chunk(Run *t, unsigned chunk)
{
    Chunk *k = &t->chunk[chunk];
    uint64_t is = st(t->h, index_of[chunk]);
    uint32_t wp = (uint32_t)is;

    if (is >> 56 == FREE) {
        CHECK(k->resetting || (chunk == RANDOM ? !k->sure : k->sure == 0),
              "chunk %u is Free", chunk);
        *k = (Chunk) { .wp = 0 };
        return;
    }
    if (chunk != RANDOM) {
        CHECK(wp >= k->sure && wp <= k->wp, "chunk %u: %u, not %u to %u",
              chunk, wp, k->sure, k->wp);
    }
    for (unsigned i = 0; i < (chunk == RANDOM ? BLOCKS : wp); i++) {
        Block *b = &k->block[i];

        b->unknown |= chunk == RANDOM && b->busy;
        b->busy = false;
        if (!b->unknown) {
            check_block(t, chunk, i, chunk != RANDOM || b->written);
        }
    }
    k->wp = k->sure = chunk == RANDOM ? 1 : wp;
    k->writes = 0;
    k->resetting = false;
}

static void check_all(Run *t)
{
    set_dulbe(t->h);
    for (unsigned i = 0; i < NCHUNKS; i++) {
        check_chunk(t, i);
    }
}

/* The drive dies, and is started again. */
static void die(Run *t)
{
    for (unsigned i = 0; i < t->h->f.nios; i++) {
        tear(t, t->h->f.io[i]);
    }
    memset(t->slot, 0, sizeof(t->slot));
    t->h->f.hold = false;
    fake_host_restart(t->h, false);
    CHECK_EQ(fake_create_pair(t->h, 2, 256).status, 0);
    check_all(t);
    t->h->f.hold = true;
}

/* All that is under way ends well. */
static void settle(Run *t)
{
    t->h->f.hold = false;
    fake_io_finish_all(&t->h->f);
    reap(t);
    for (unsigned i = 0; i < NSLOTS; i++) {
        CHECK_EQ(t->slot[i].used, false);
    }
    check_all(t);
    t->h->f.hold = true;
}

static FakeHost *start(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.mw_cunits = 0;
    s.ns[0].cfg.early_reset = true;
    h = fake_host_start(&s);
    condition(h, IB, (Entry) { .state = 1, .type = 2, .cnlb = BLOCKS });
    CHECK_EQ(fake_create_pair(h, 2, 256).status, 0);
    return h;
}

static void run(uint32_t seed)
{
    Run t = { .h = start(), .seed = seed };

    fill(t.h, lba_of[SOURCE]);
    for (unsigned i = 0; i < BLOCKS; i++) {
        uint64_t lba = lba_of[SOURCE] + i;

        t.chunk[SOURCE].block[i] = (Block) {
            .data = lba, .meta = lba, .written = true,
        };
    }
    t.chunk[SOURCE].wp = t.chunk[SOURCE].sure = BLOCKS;
    t.stamp = UINT64_C(1) << 32;
    t.h->f.hold = true;
    t.h->f.media[1].zeroes = 0;
    for (unsigned step = 0; step < 3000; step++) {
        begin(&t);
        if (t.h->f.nios && pick(&t, 4)) {
            fake_io_finish(&t.h->f, pick(&t, t.h->f.nios), OCPN_IO_OK);
            fake_run(&t.h->f);
            reap(&t);
        }
        if (pick(&t, 60) == 0) {
            die(&t);
        } else if (pick(&t, 200) == 0) {
            settle(&t);
        }
    }
    settle(&t);
    CHECK(t.cut_short > 3, "%u zeros were under way at a death",
          t.cut_short);
    CHECK(t.h->f.media[1].zeroes > 10, "%u I/Os of zeros",
          t.h->f.media[1].zeroes);
    t.h->f.hold = false;
    fake_host_free(t.h);
}

static void test_deaths(void)
{
    for (uint32_t seed = 1; seed <= 6; seed++) {
        run(seed);
    }
}

static const OcpnTest tests[] = {
    { "a death at any moment", test_deaths },
};
OCPN_UNIT_MAIN("chunks, metadata and deaths", tests)
