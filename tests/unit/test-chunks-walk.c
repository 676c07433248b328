/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Chunk Model": a host's mirror of the drive and the drive
 * never differ.
 *
 * A geometry full of holes, three queues, writes whose I/Os end in any order,
 * resets, and now and then the process dies.  The mirror follows the
 * specification's tables: what it predicts at submission has to come.
 */
#include "ocssd-host.h"

#define NCHUNKS     105u        /* 3 groups, 5 units, 7 chunks */
#define CNLB        40u
#define MW          8u
#define NUSED       12u         /* chunks that are written, spread out */
#define SLOTS       64u         /* data buffers of 16 blocks */
#define SLOT_BASE   UINT64_C(0x1000000)
#define SLOT_SIZE   0x10000u

typedef struct Mirror {
    uint8_t  state;
    uint32_t wp;                /* accepted */
    uint32_t acked;             /* the host was told */
    uint32_t generation;        /* resets; part of the data */
} Mirror;

typedef struct Pending {
    bool     used;
    uint16_t cid, status;
    unsigned chunk;
    uint32_t end;
} Pending;

typedef struct Walk {
    FakeHost *h;
    uint32_t  seed;
    Mirror    k[NUSED];
    Pending   p[SLOTS];
} Walk;

static uint32_t dice(Walk *k, uint32_t n)
{
    k->seed = k->seed * 1664525u + 1013904223u;
    return (k->seed >> 8) % n;
}

static unsigned index_of(unsigned i)
{
    return i * 9 % NCHUNKS;
}

static uint64_t slba_of(unsigned i)
{
    unsigned n = index_of(i);

    return n / 35 << 12 | n / 7 % 5 << 9 | n % 7 << 6;
}

static uint64_t tag(const Walk *k, unsigned i, uint32_t blk)
{
    return (uint64_t)k->k[i].generation << 32 | (slba_of(i) + blk);
}

static FakeHost *walk_start(void)
{
    FakeSetup s = t1();

    s.ns[0].geo = (OcpnGeometry) {
        .num_grp = 3, .num_pu = 5, .num_chk = 7, .clba = CNLB,
        .ws_min = 4, .ws_opt = 4, .mw_cunits = MW,
    };
    s.ns[0].cfg.early_reset = true;
    return fake_host_start(&s);
}

static void more_queues(FakeHost *h)
{
    CHECK_EQ(fake_create_pair(h, 2, 256).status, 0);
    CHECK_EQ(fake_create_pair(h, 3, 256).status, 0);
}

/* The write rules, for sequential chunks. */
static uint16_t predict(Mirror *m, uint32_t blk, uint32_t n)
{
    if (m->state == CLOSED || blk + n > CNLB) {
        return 0x280;
    }
    if (n % 4) {
        return 0x002;
    }
    if (blk != m->wp) {
        return 0x2f2;
    }
    m->wp += n;
    m->state = m->wp == CNLB ? CLOSED : OPEN;
    return 0;
}

static void collect(Walk *k)
{
    for (uint16_t q = 1; q <= 3; q++) {
        FakeCqe e;

        while ((e = fake_reap(k->h, q)).found) {
            Pending *p = k->p;

            while (p < k->p + SLOTS && !(p->used && p->cid == e.cid)) {
                p++;
            }
            CU_ASSERT_FATAL(p < k->p + SLOTS);
            CHECK_EQ(e.status, p->status);
            if (!e.status && p->end > k->k[p->chunk].acked) {
                k->k[p->chunk].acked = p->end;
            }
            p->used = false;
        }
    }
}

static void submit(Walk *k)
{
    unsigned i = dice(k, NUSED), slot = dice(k, SLOTS);
    Mirror *m = &k->k[i];
    uint32_t blk = dice(k, 8) ? m->wp : dice(k, CNLB);
    uint32_t n = dice(k, 16) ? 4 * (1 + dice(k, 4)) : 1 + dice(k, 15);
    uint64_t buf = SLOT_BASE + slot * SLOT_SIZE;
    FakeCmd cmd = scalar(k->h, 0x01, slba_of(i) + blk, n);
    Pending *p = &k->p[slot];

    if (p->used) {
        return;
    }
    for (uint32_t b = 0; b < n; b++) {
        for (unsigned at = 0; at < BLOCK; at += 8) {
            put_bytes_at(fake_guest(k->h, buf) + b * BLOCK + at, 8,
                         tag(k, i, blk + b));
        }
    }
    cmd.mptr = 0;
    fake_prp(k->h, &cmd, buf, (uint64_t)n * BLOCK);
    *p = (Pending) { .used = true, .chunk = i, .end = blk + n };
    p->status = predict(m, blk, n);
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

static void drain(Walk *k)
{
    k->h->f.hold = false;
    fake_io_finish_all(&k->h->f);
    collect(k);
    for (unsigned i = 0; i < SLOTS; i++) {
        CHECK_EQ(k->p[i].used, false);
    }
}

static void check(Walk *k)
{
    for (unsigned i = 0; i < NUSED; i++) {
        const Mirror *m = &k->k[i];
        uint32_t can = m->state == CLOSED ? m->wp
                                          : m->wp > MW ? m->wp - MW : 0;
        bool good = true;

        CHECK_EQ(st(k->h, index_of(i)), ST(m->state, m->wp));
        CHECK_EQ(image_entry(k->h, index_of(i)).wp, m->wp);
        CHECK_EQ(image_entry(k->h, index_of(i)).state, m->state);
        CHECK_EQ(r(k->h, slba_of(i), CNLB), 0);
        for (uint32_t b = 0; b < CNLB; b++) {
            good &= is_data(k->h, b, b < can ? tag(k, i, b) : 0);
        }
        CHECK(good, "data of chunk %u", index_of(i));
    }
}

static void reset_some(Walk *k)
{
    for (unsigned n = dice(k, 4); n; n--) {
        unsigned i = dice(k, NUSED);
        Mirror *m = &k->k[i];

        CHECK_EQ(VX(k->h, slba_of(i)).status, m->state == FREE ? 0x2c1 : 0);
        if (m->state != FREE) {
            *m = (Mirror) { .state = FREE, .generation = m->generation + 1 };
        }
    }
}

/* What was acknowledged is there; what was on its way may be. */
static void die(Walk *k)
{
    k->h->f.hold = false;
    fake_host_restart(k->h, false);
    more_queues(k->h);
    memset(k->p, 0, sizeof(k->p));
    for (unsigned i = 0; i < NUSED; i++) {
        Mirror *m = &k->k[i];
        uint64_t now = st(k->h, index_of(i));
        uint32_t wp = (uint32_t)now;

        CHECK_EQ(wp >= m->acked && wp <= m->wp, true);
        CHECK_EQ(now, ST(wp == 0 ? FREE : wp == CNLB ? CLOSED : OPEN, wp));
        m->wp = m->acked = wp;
        m->state = (uint8_t)(now >> 56);
    }
}

static void walk(uint32_t seed, bool deaths)
{
    Walk k = { .h = walk_start(), .seed = seed };

    more_queues(k.h);
    for (unsigned i = 0; i < NUSED; i++) {
        k.k[i].state = FREE;
    }
    for (unsigned round = 0; round < 25; round++) {
        k.h->f.hold = true;
        for (unsigned step = 0; step < 60; step++) {
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
    fake_host_free(k.h);
}

/* OCSSD-CASE-198 OCSSD-CASE-206 */
static void test_the_mirror_agrees(void)
{
    for (uint32_t seed = 1; seed <= 4; seed++) {
        walk(seed, false);
    }
}

/* Nothing that was acknowledged is lost, at whatever write the process dies. */
static void test_the_mirror_agrees_after_deaths(void)
{
    for (uint32_t seed = 11; seed <= 14; seed++) {
        walk(seed, true);
    }
}

static const OcpnTest tests[] = {
    { "the mirror agrees",              test_the_mirror_agrees },
    { "the mirror agrees after deaths", test_the_mirror_agrees_after_deaths },
};
OCPN_UNIT_MAIN("chunks walk", tests)
