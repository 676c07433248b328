/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: the rules of the chunk log, of reads, writes, vectors and resets,
 * on drives of other shapes than T1: counts that are no powers of two, so
 * that addresses have holes, and counts of 1.
 */
#include "ocssd-host.h"

typedef struct Shape {
    FakeHost *h;
    OcpnGeometry g;
    unsigned chk_shift, pu_shift, grp_shift, top;   /* of an LBA's fields */
} Shape;

/* OCSSD-CASE-206 OCSSD-CASE-207 */
static const OcpnGeometry shapes[] = {
    { .num_grp = 3, .num_pu = 5, .num_chk = 7, .clba = 40,
      .ws_min = 4, .ws_opt = 4, .mw_cunits = 8 },
    { .num_grp = 1, .num_pu = 1, .num_chk = 1, .clba = 4,
      .ws_min = 4, .ws_opt = 4, .mw_cunits = 0 },
    { .num_grp = 1, .num_pu = 3, .num_chk = 1, .clba = 45,
      .ws_min = 3, .ws_opt = 9, .mw_cunits = 6 },
    { .num_grp = 5, .num_pu = 1, .num_chk = 2, .clba = 1,
      .ws_min = 1, .ws_opt = 1, .mw_cunits = 0 },
};

static unsigned bits(uint32_t count)
{
    unsigned n = 0;

    while (UINT64_C(1) << n < count) {
        n++;
    }
    return n;
}

static Shape shape_start(unsigned i)
{
    FakeSetup s = t1();
    Shape k = { .g = shapes[i] };

    s.ns[0].geo = k.g;
    s.ns[0].cfg.dlfeat = 2;     /* zeros could be the medium's */
    k.chk_shift = bits(k.g.clba);
    k.pu_shift = k.chk_shift + bits(k.g.num_chk);
    k.grp_shift = k.pu_shift + bits(k.g.num_pu);
    k.top = k.grp_shift + bits(k.g.num_grp);
    k.h = fake_host_start(&s);
    return k;
}

/* LBA of block BLK of the chunk that the log has at INDEX. */
static uint64_t at(const Shape *k, unsigned index, uint32_t blk)
{
    unsigned chk = index % k->g.num_chk, pu = index / k->g.num_chk;

    return (uint64_t)(pu / k->g.num_pu) << k->grp_shift |
           (uint64_t)(pu % k->g.num_pu) << k->pu_shift |
           (uint64_t)chk << k->chk_shift | blk;
}

static unsigned nchunks(const Shape *k)
{
    return k->g.num_grp * k->g.num_pu * k->g.num_chk;
}

/* RUN on a new drive of each shape. */
static void on_every_shape(void (*run)(Shape *k))
{
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        Shape k = shape_start(i);

        run(&k);
        fake_host_free(k.h);
    }
}

/* Cases 16 to 31. */
static void chunk_log(Shape *k)
{
    const unsigned n = nchunks(k);
    const uint8_t *page = fake_guest(k->h, FAKE_BUF);

    CHECK_EQ(fake_get_log(k->h, 0xca, 1, 0, n * 32).status, 0);
    for (unsigned i = 0; i < n; i++) {
        CHECK_EQ(bytes_at(page + i * 32, 8), 0x0101);
        CHECK_EQ(bytes_at(page + i * 32 + 8, 8), at(k, i, 0));
        CHECK_EQ(bytes_at(page + i * 32 + 16, 8), k->g.clba);
        CHECK_EQ(bytes_at(page + i * 32 + 24, 8), 0);
    }
    memset(fake_guest(k->h, FAKE_BUF), 0xee, 256);
    CHECK_EQ(fake_get_log(k->h, 0xca, 1, n * 32 - 32, 256).status, 0);
    CHECK_EQ(bytes_at(page + 8, 8), at(k, n - 1, 0));
    CHECK_EQ(fake_all(page + 32, 0, 224), true);
    CHECK_EQ(fake_get_log(k->h, 0xca, 1, n * 32, 32).status, 0);
    CHECK_EQ(fake_get_log(k->h, 0xca, 1, n * 32 + 4, 32).status, 0x002);
}

/* Addresses of blocks that do not exist, at the edge of each field. */
static unsigned nowhere(const Shape *k, uint64_t lba[8])
{
    const unsigned last = nchunks(k) - 1;
    unsigned n = 0;

    if (k->g.clba < 1u << k->chk_shift) {
        lba[n++] = at(k, 0, k->g.clba);
        lba[n++] = at(k, last, (1u << k->chk_shift) - 1);
    }
    if (k->g.num_chk < 1u << (k->pu_shift - k->chk_shift)) {
        lba[n++] = (uint64_t)k->g.num_chk << k->chk_shift;
    }
    if (k->g.num_pu < 1u << (k->grp_shift - k->pu_shift)) {
        lba[n++] = (uint64_t)k->g.num_pu << k->pu_shift;
    }
    if (k->g.num_grp < 1u << (k->top - k->grp_shift)) {
        lba[n++] = (uint64_t)k->g.num_grp << k->grp_shift;
    }
    lba[n++] = UINT64_C(1) << k->top;
    lba[n++] = UINT64_C(1) << 63;
    return n;
}

/* FAILURE-CASE-8 ADDR-R1; cases 57, 77, 101, 107, 114, 123. */
static void addresses(Shape *k)
{
    uint64_t lba[8];
    const unsigned n = nowhere(k, lba);

    for (unsigned i = 0; i < n; i++) {
        CHECK_EQ(r(k->h, lba[i], 1), 0);
        CHECK_EQ(is_pattern(k->h, 0, 0xff), true);
        CHECK_EQ(w(k->h, lba[i], k->g.ws_min), 0x280);
        CHECK_CQE(VX(k->h, lba[i]), 0x2c1, 1);
    }
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x92, .lba = lba, .n = n }), 0, 0);
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x91, .lba = lba, .n = n }), 0x280,
              (1u << n) - 1);
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x90, .lba = lba, .n = n,
                                    .no_mptr = true }), 0x2c1,
              (1u << n) - 1);
    set_dulbe(k->h);
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x92, .lba = lba, .n = n }), 0x287,
              (1u << n) - 1);
    for (unsigned i = 0; i < nchunks(k); i++) {
        CHECK_EQ(st(k->h, i), ST(FREE, 0));
    }
}

/*
 * FAILURE-CASE-13
 * The states of chunk INDEX while it is written; cases 29, 30, 46 to 76.
 */
static void life_of(Shape *k, unsigned index)
{
    const uint32_t clba = k->g.clba, step = k->g.ws_min;
    const uint64_t slba = at(k, index, 0);

    CHECK_EQ(w(k->h, slba, clba + step), 0x280);
    if (clba > step) {
        CHECK_EQ(w(k->h, slba + step, step), 0x2f2);
    }
    for (uint32_t wp = 0; wp < clba; ) {
        uint32_t can;

        if (step > 1) {
            CHECK_EQ(w(k->h, slba + wp, 1), 0x002);
        }
        CHECK_EQ(w(k->h, slba + wp, clba - wp + step), 0x280);
        CHECK_EQ(w(k->h, slba + wp, step), 0);
        wp += step;
        CHECK_EQ(st(k->h, index), ST(wp < clba ? OPEN : CLOSED, wp));
        CHECK_EQ(w(k->h, slba, step), wp < clba ? 0x2f2 : 0x280);
        can = wp == clba ? wp : wp > k->g.mw_cunits ? wp - k->g.mw_cunits
                                                   : 0;
        CHECK_EQ(r(k->h, slba, clba), 0);
        for (uint32_t i = 0; i < clba; i++) {
            CHECK(i < can ? is_block(k->h, i, slba + i)
                          : is_pattern(k->h, i, 0xff),
                  "chunk %u, write pointer %u: block %u", index, wp, i);
        }
    }
    if (clba < 1u << k->chk_shift) {
        CHECK_EQ(w(k->h, slba + clba, step), 0x280);
    }
}

/* FAILURE-CASE-2 */
static void lives(Shape *k)
{
    const unsigned n = nchunks(k);

    life_of(k, 0);
    if (n > 1) {
        life_of(k, n - 1);
        life_of(k, n / 2);
    }
    CHECK_EQ(r(k->h, at(k, 0, 0), 1), 0);
    CHECK_EQ(is_block(k->h, 0, at(k, 0, 0)), true);
}

/* Cases 89, 92, 93, 94, 102, 103, 109 to 113. */
static void vectors(Shape *k)
{
    const unsigned per = k->g.clba < 8 ? k->g.clba : 8 / k->g.ws_min *
                         k->g.ws_min;
    const unsigned use = nchunks(k) < 64 / per ? nchunks(k) : 64 / per;
    const unsigned n = use * per;
    uint64_t lba[64];

    for (unsigned i = 0; i < n; i++) {
        lba[i] = at(k, i / per * nchunks(k) / use, i % per);
    }
    /* The last entry does not exist: nothing happens. */
    lba[n - 1] = UINT64_C(1) << k->top;
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x91, .lba = lba, .n = n }),
              k->g.ws_min > 1 ? 0x002 : 0x280,
              n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1);
    CHECK_EQ(st(k->h, 0), ST(FREE, 0));
    lba[n - 1] = at(k, (n - 1) / per * nchunks(k) / use, per - 1);
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x91, .lba = lba, .n = n }), 0, 0);
    for (unsigned i = 0; i < use; i++) {
        unsigned index = i * nchunks(k) / use;

        CHECK_EQ(st(k->h, index),
                 ST(per < k->g.clba ? OPEN : CLOSED, per));
        if (per < k->g.clba) {
            CHECK_EQ(w(k->h, at(k, index, per), k->g.clba - per), 0);
        }
    }
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x92, .lba = lba, .n = n }), 0, 0);
    for (unsigned i = 0; i < n; i++) {
        CHECK(is_block(k->h, i, lba[i]), "entry %u", i);
    }
    set_dulbe(k->h);
    lba[n / 2] = UINT64_C(1) << k->top;
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x92, .lba = lba, .n = n }), 0x287,
              UINT64_C(1) << n / 2);
}

/* Cases 119 to 136. */
static void resets(Shape *k)
{
    const unsigned n = nchunks(k) < 64 ? nchunks(k) : 64;
    uint64_t lba[64];

    for (unsigned i = 0; i < n; i++) {
        lba[i] = at(k, i * nchunks(k) / n, 0);
        CHECK_EQ(w(k->h, lba[i], k->g.clba), 0);
    }
    if (k->g.clba > 1) {
        CHECK_CQE(VX(k->h, lba[0] + 1), 0x2c1, 1);
    }
    CHECK_CQE(vector(k->h, &(Vec) { .opc = 0x90, .lba = lba, .n = n }), 0, 0);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *d = fake_guest(k->h, META) + i * 32;

        CHECK_EQ(d[0], FREE);
        CHECK_EQ(bytes_at(d + 8, 8), lba[i]);
        CHECK_EQ(bytes_at(d + 16, 8), k->g.clba);
        CHECK_EQ(bytes_at(d + 24, 8), 0);
        CHECK_EQ(r(k->h, lba[i], 1), 0);
        CHECK_EQ(is_pattern(k->h, 0, 0xff), true);
    }
    CHECK_CQE(VX(k->h, lba[0]), 0x2c1, 1);
    if (k->g.clba > k->g.ws_min) {
        CHECK_EQ(w(k->h, lba[0], k->g.ws_min), 0);
        CHECK_CQE(VX(k->h, lba[0]), 0x2c1, 1);
        CHECK_EQ(st(k->h, 0), ST(OPEN, k->g.ws_min));
    }
}

/* Cases 35 to 44 do not depend on the shape: once each. */
static void features(Shape *k)
{
    CHECK_EQ(fake_get_feature(k->h, 0x05, 1, 0).dw0, 0);
    set_dulbe(k->h);
    CHECK_EQ(fake_get_feature(k->h, 0x05, 1, 0).dw0, 0x10000);
    CHECK_EQ(fake_set_feature(k->h, 0xca, 1, 0xffffffff).status, 0);
    CHECK_EQ(fake_get_feature(k->h, 0xca, 1, 0).dw0, 3);
    fake_host_restart(k->h, true);
    CHECK_EQ(fake_get_feature(k->h, 0x05, 1, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(k->h, 0xca, 1, 0).dw0, 0);
}

static void test_chunk_log(void)
{
    on_every_shape(chunk_log);
}

static void test_features(void)
{
    on_every_shape(features);
}

static void test_addresses(void)
{
    on_every_shape(addresses);
}

static void test_lives(void)
{
    on_every_shape(lives);
}

static void test_vectors(void)
{
    on_every_shape(vectors);
}

static void test_resets(void)
{
    on_every_shape(resets);
}

static const OcpnTest tests[] = {
    { "the chunk log",               test_chunk_log },
    { "features",                    test_features },
    { "addresses",                   test_addresses },
    { "chunks from free to closed",  test_lives },
    { "vectors",                     test_vectors },
    { "resets",                      test_resets },
};
OCPN_UNIT_MAIN("chunk shapes", tests)
