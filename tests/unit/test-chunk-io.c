/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: what commands on chunks ask of the medium does not depend on the
 * size of the image: data, metadata, and one table page for each that they
 * touch, whose neighbours in a row are one I/O.
 */
#include "ocssd-host.h"

enum { CHUNK = 0x10 };       /* addresses of a chunk */

/* T1 with 1200 chunks of 16 blocks: 5 pages of the chunk table. */
static FakeHost *start(uint32_t num_chk)
{
    FakeSetup s = t1();

    s.ns[0].geo.num_chk = num_chk;
    s.ns[0].geo.clba = 16;
    s.ns[0].geo.mw_cunits = 0;
    return fake_host_start(&s);
}

/* The first block of chunk number I, of those of group 0, unit 0. */
static uint64_t at(unsigned i)
{
    return (uint64_t)i * CHUNK;
}

typedef struct Cost {
    unsigned reads, writes, others;
} Cost;

static Cost now(const FakeHost *h)
{
    const FakeMedia *m = &h->f.media[1];

    return (Cost) { m->reads, m->writes,
                    m->discards + m->flushes + m->zeroes };
}

#define CHECK_COST(h, before, r_, w_) do {                              \
    CHECK_EQ(now(h).reads - (before).reads, r_);                        \
    CHECK_EQ(now(h).writes - (before).writes, w_);                      \
    (before) = now(h);                                                  \
} while (0)

static void check_scalar(uint32_t num_chk)
{
    FakeHost *h = start(num_chk);
    Cost before = now(h);

    CHECK_EQ(w(h, at(1), 16), 0);
    CHECK_COST(h, before, 0, 3);            /* data, metadata, a page */
    CHECK_EQ(r(h, at(1), 16), 0);
    CHECK_COST(h, before, 2, 0);
    CHECK_CQE(VX(h, at(1)), 0, 0);
    CHECK_COST(h, before, 0, 1);
    CHECK_EQ(now(h).others, before.others);
    fake_host_free(h);
}

/* FAILURE-CASE-7 */
static void test_scalar(void)
{
    check_scalar(5);
    check_scalar(200);
}

/* 16 chunks of one page, written, read and reset by one command each. */
static void test_vectors(void)
{
    FakeHost *h = start(200);
    uint64_t lba[64];
    Vec v = { .opc = 0x91, .lba = lba, .n = 64 };
    Cost before = now(h);

    for (unsigned i = 0; i < 64; i++) {
        lba[i] = at(i / 4) + i % 4;
    }
    CHECK_CQE(vector(h, &v), 0, 0);
    CHECK_COST(h, before, 0, 2 * 16 + 1);
    v.opc = 0x92;
    CHECK_CQE(vector(h, &v), 0, 0);
    CHECK_COST(h, before, 2 * 16, 0);
    v.no_mptr = true;
    CHECK_CQE(vector(h, &v), 0, 0);
    CHECK_COST(h, before, 16, 0);
    fake_host_free(h);
}

/* Neighbours are one I/O, in a vector as in a Read. */
static void test_neighbours(void)
{
    FakeHost *h = start(200);
    uint64_t lba[16];
    Vec v = { .opc = 0x92, .lba = lba, .n = 16 };
    Cost before;

    CHECK_EQ(w(h, at(0), 16), 0);
    before = now(h);
    for (unsigned i = 0; i < 16; i++) {
        lba[i] = i;
    }
    CHECK_CQE(vector(h, &v), 0, 0);
    CHECK_COST(h, before, 2, 0);
    CHECK_EQ(r(h, at(0), 16), 0);
    CHECK_COST(h, before, 2, 0);
    fake_host_free(h);
}

/* FAILURE-CASE-7: two chunks of one page are one page, of two pages two. */
static void test_pages(void)
{
    FakeHost *h = start(200);
    const uint64_t last = (UINT64_C(1) << 14) + at(1);  /* of group 1 */
    Cost before;

    CHECK_EQ(w(h, at(0), 16), 0);
    CHECK_EQ(w(h, at(1), 16), 0);
    before = now(h);
    CHECK_CQE(VX(h, at(0), at(1)), 0, 0);
    CHECK_COST(h, before, 0, 1);
    CHECK_EQ(w(h, at(0), 16), 0);
    CHECK_EQ(w(h, last, 16), 0);
    before = now(h);
    CHECK_CQE(VX(h, at(0), last), 0, 0);
    CHECK_COST(h, before, 0, 2);
    /* What is refused, or changes nothing, writes nothing. */
    CHECK_CQE(VX(h, at(0)), 0x2c1, 1);
    CHECK_EQ(w(h, at(0) + 4, 4), 0x2f2);
    CHECK_COST(h, before, 0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "write, read, reset",             test_scalar },
    { "vectors",                        test_vectors },
    { "neighbours",                     test_neighbours },
    { "pages",                          test_pages },
};
OCPN_UNIT_MAIN("chunk-io", tests)
