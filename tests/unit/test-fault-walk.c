/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, Write Next Unit and Chunk Early Close, with many writes
 * on their way: what the host was told is what it finds.
 *
 * Three queues, faults by dice, I/Os that end in any order, and now and then
 * the process dies.  The mirror believes the completions, block by block, and
 * nothing that was lost or never written may ever be read: data of an earlier
 * life of its chunk least of all.
 */
#include "fault-unit.h"

#define NUSED       10u         /* chunks that are written, one unit each */
#define CNLB        40u
#define SLOTS       64u         /* data buffers of 16 blocks */
#define SLOT_BASE   UINT64_C(0x1000000)
#define SLOT_SIZE   0x10000u

enum { NEVER, SENT, GOOD, LOST, FAILED };       /* a block, to the host */

typedef struct Mirror {
    uint8_t  block[CNLB];
    uint32_t wp;                /* where the next write goes */
    uint32_t life;              /* resets; part of the data */
} Mirror;

typedef struct Pending {
    bool     used;
    uint16_t cid;
    unsigned chunk;
    uint32_t blk, n;
} Pending;

typedef struct Walk {
    FakeHost *h;
    uint32_t  seed;
    unsigned  lost, failed;     /* blocks, in all */
    Mirror    k[NUSED];
    Pending   p[SLOTS];
} Walk;

static uint32_t dice(Walk *k, uint32_t below)
{
    k->seed = k->seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(k->seed >> 4) * below >> 28);
}

static uint64_t slba_of(unsigned i)
{
    return (uint64_t)(i / 5) << 12 | (uint64_t)(i % 5) << 9;
}

static uint64_t tag(const Walk *k, unsigned i, uint32_t blk)
{
    return (uint64_t)(1 + k->k[i].life) << 32 | (slba_of(i) + blk);
}

static FakeHost *walk_start(uint32_t nmaps)
{
    FakeSetup s = t1();

    s.ns[0].ms = 0;
    s.ns[0].nmaps = nmaps;
    s.ns[0].geo = (OcpnGeometry) {
        .num_grp = 2, .num_pu = 5, .num_chk = 7, .clba = CNLB,
        .ws_min = 4, .ws_opt = 4, .mw_cunits = 8,
    };
    s.ns[0].cfg.early_reset = true;
    s.ns[0].cfg.window = OCPN_WINDOW_DATA;
    return fake_host_start(&s);
}

/* Queues and rules, which a restart takes away. */
static void prepare(Walk *k)
{
    char rule[80];

    CHECK_EQ(fake_create_pair(k->h, 2, 256).status, 0);
    CHECK_EQ(fake_create_pair(k->h, 3, 256).status, 0);
    snprintf(rule, sizeof(rule), "write-next-unit times=0 ppm=200000 seed=%"
             PRIu32, k->seed);
    fault(k->h, rule);
    snprintf(rule, sizeof(rule), "early-close times=0 ppm=30000 seed=%"
             PRIu32, k->seed);
    fault(k->h, rule);
}

static void collect_one(Walk *k, FakeCqe e)
{
    Pending *p = k->p;
    uint8_t to;

    while (p < k->p + SLOTS && !(p->used && p->cid == e.cid)) {
        p++;
    }
    CU_ASSERT_FATAL(p < k->p + SLOTS);
    CHECK(e.status == 0 || e.status == 0x2f0 || e.status == 0x2f1 ||
          e.status == 0x280, "status 0x%x", e.status);
    to = e.status == 0 ? GOOD : e.status == 0x2f0 ? LOST : FAILED;
    memset(&k->k[p->chunk].block[p->blk], to, p->n);
    k->lost += to == LOST;
    k->failed += to == FAILED;
    p->used = false;
}

static void collect(Walk *k)
{
    for (uint16_t q = 1; q <= 3; q++) {
        FakeCqe e;

        while ((e = fake_reap(k->h, q)).found) {
            collect_one(k, e);
        }
    }
}

/* The next write of some chunk, as if all before it went well. */
static void submit(Walk *k)
{
    unsigned i = dice(k, NUSED), slot = dice(k, SLOTS);
    Mirror *m = &k->k[i];
    uint32_t n = 4 * (1 + dice(k, 4));
    uint64_t buf = SLOT_BASE + slot * SLOT_SIZE;
    FakeCmd cmd = scalar(k->h, 0x01, slba_of(i) + m->wp, n);
    Pending *p = &k->p[slot];

    if (p->used || m->wp + n > CNLB) {
        return;
    }
    for (uint32_t b = 0; b < n; b++) {
        for (unsigned at = 0; at < BLOCK; at += 8) {
            put_bytes_at(fake_guest(k->h, buf) + b * BLOCK + at, 8,
                         tag(k, i, m->wp + b));
        }
    }
    cmd.mptr = 0;
    fake_prp(k->h, &cmd, buf, (uint64_t)n * BLOCK);
    *p = (Pending) { .used = true, .chunk = i, .blk = m->wp, .n = n };
    memset(&m->block[m->wp], SENT, n);
    m->wp += n;
    p->cid = fake_submit(k->h, (uint16_t)(1 + dice(k, 3)), &cmd);
    fake_run(&k->h->f);
}

static void finish_some(Walk *k)
{
    for (unsigned n = dice(k, 6); n && k->h->f.nios; n--) {
        fake_io_finish(&k->h->f, dice(k, k->h->f.nios), OCPN_IO_OK);
        fake_run(&k->h->f);
    }
    collect(k);
}

/* Blocks that are there or lost: up to the first one that failed. */
static uint32_t written(const Mirror *m)
{
    uint32_t n = 0;

    while (n < CNLB && (m->block[n] == GOOD || m->block[n] == LOST)) {
        n++;
    }
    return n;
}

/* Nothing is on its way: descriptors and data are as the host was told. */
static void check(Walk *k)
{
    for (unsigned i = 0; i < NUSED; i++) {
        const Mirror *m = &k->k[i];
        uint32_t n = written(m), bad = 0;
        bool cut = n < m->wp;

        CHECK_EQ(st(k->h, i * 7), n == CNLB || cut ? ST(CLOSED, n) :
                 n ? ST(OPEN, n) : ST(FREE, 0));
        CHECK_EQ(image_entry(k->h, i * 7).wp, n);
        CHECK_EQ(r(k->h, slba_of(i), CNLB), 0);
        for (uint32_t b = 0; b < CNLB; b++) {
            bool there = m->block[b] == GOOD;

            bad += there != (b < n) && m->block[b] != LOST;
            bad += !is_data(k->h, b, there ? tag(k, i, b) : 0);
        }
        CHECK(!bad, "%" PRIu32 " blocks of chunk %u", bad, i);
    }
}

static void reset_some(Walk *k)
{
    for (unsigned i = 0; i < NUSED; i++) {
        Mirror *m = &k->k[i];

        if (m->wp && dice(k, 2)) {
            CHECK_CQE(VX(k->h, slba_of(i)), 0, 0);
            *m = (Mirror) { .life = m->life + 1 };
        }
    }
}

/*
 * What the host was told is so.  What it was not told may have happened or
 * not: its blocks are there or hold nothing, and the mirror takes what it
 * finds.
 */
static void find(Walk *k, unsigned i)
{
    Mirror *m = &k->k[i];
    uint64_t now = st(k->h, i * 7);
    uint32_t wp = (uint32_t)now, bad = 0;
    bool closed = now >> 56 == CLOSED;

    CHECK(closed || now == (wp ? ST(OPEN, wp) : ST(FREE, 0)),
          "chunk %u: 0x%" PRIx64, i, now);
    CHECK_EQ(r(k->h, slba_of(i), CNLB), 0);
    for (uint32_t b = 0; b < CNLB; b++) {
        bool data = is_data(k->h, b, tag(k, i, b));
        uint8_t was = m->block[b];

        bad += !data && !is_data(k->h, b, 0);
        bad += was == GOOD ? !data || b >= wp :
               was == LOST ? data || b >= wp :
               was == FAILED ? data || b < wp || !closed :
               was == NEVER ? data || b < wp : data && b >= wp;
        m->block[b] = b < wp ? (data ? GOOD : LOST) : closed ? FAILED : NEVER;
    }
    CHECK(!bad, "%" PRIu32 " blocks of chunk %u", bad, i);
    m->wp = closed ? CNLB : wp;
}

static void die(Walk *k)
{
    k->h->f.hold = false;
    fake_host_restart(k->h, false);
    memset(k->p, 0, sizeof(k->p));
    prepare(k);
    for (unsigned i = 0; i < NUSED; i++) {
        find(k, i);
    }
}

static void drain(Walk *k)
{
    k->h->f.hold = false;
    fake_io_finish_all(&k->h->f);
    collect(k);
    for (unsigned i = 0; i < SLOTS; i++) {
        CHECK_EQ(k->p[i].used, false);
    }
}

static void walk(uint32_t seed, uint32_t nmaps, bool deaths)
{
    Walk k = { .h = walk_start(nmaps), .seed = seed };

    prepare(&k);
    for (unsigned round = 0; round < 40; round++) {
        k.h->f.hold = true;
        for (unsigned step = 0; step < 50; step++) {
            submit(&k);
            finish_some(&k);
        }
        if (deaths && dice(&k, 2)) {
            die(&k);
        } else {
            drain(&k);
        }
        check(&k);
        reset_some(&k);
    }
    /* It did happen. */
    CHECK(nmaps == 0 ? k.lost == 0 : k.lost > 20, "%u lost", k.lost);
    CHECK(k.failed > 20, "%u failed", k.failed);
    fake_host_free(k.h);
}

static void test_walk(void)
{
    for (uint32_t seed = 1; seed <= 3; seed++) {
        walk(seed, 16, false);
    }
}

static void test_deaths(void)
{
    for (uint32_t seed = 11; seed <= 14; seed++) {
        walk(seed, 16, true);
    }
}

/* Fewer pages than chunks that need one, and none. */
static void test_few_pages(void)
{
    walk(21, 3, false);
    walk(22, 3, true);
    walk(23, 0, true);
}

static const OcpnTest tests[] = {
    { "many writes on their way",   test_walk },
    { "deaths",                     test_deaths },
    { "few pages",                  test_few_pages },
};
OCPN_UNIT_MAIN("faults, a walk", tests)
