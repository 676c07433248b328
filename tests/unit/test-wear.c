/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks that leave the band around the average wear.
 * Proves: OCSSD 2.0, "Wear-level Index Delta Threshold (WIT)"; specification
 * notes 4.4 and 5.4, item 2.
 */
#include "notify-unit.h"

/* T1, of which every chunk endures CYCLES resets. */
static FakeSetup worn_out_after(uint32_t cycles)
{
    FakeSetup s = t1();

    s.ns[0].geo.pe_cycles = cycles;
    return s;
}

/* Two chunks of 8 blocks; a reset is one step of the index. */
static FakeHost *two_chunks(uint32_t wit)
{
    FakeSetup s = worn_out_after(255);

    s.ns[0].cfg.multi_reset = true;
    s.ns[0].geo.num_grp = s.ns[0].geo.num_pu = 1;
    s.ns[0].geo.num_chk = 2;
    s.ns[0].geo.clba = 8;
    s.ns[0].geo.mw_cunits = 0;
    s.ns[0].geo.wit = wit;
    return fake_host_start(&s);
}

/* Entries there are for all; each must be for CHUNK's address. */
static unsigned told(FakeHost *h, uint64_t lba)
{
    unsigned n = 0;

    read_d0(h, 0, 0, 4096, 0);
    while (n < 64 && nc_of(h, n)) {
        CHECK(is_entry(h, n, nc_of(h, n), lba, 1, 0x0100, 0x02, 0),
              "chunk 0x%" PRIx64, lba);
        n++;
    }
    return n;
}

/* Reset LBA's chunk N times; the notifications of it. */
static unsigned wear(FakeHost *h, uint64_t lba, unsigned n)
{
    while (n--) {
        CHECK_EQ(VX(h, lba).status, 0);
    }
    return told(h, lba);
}

static void test_far_from_the_average(void)
{
    FakeSetup s = worn_out_after(10);
    FakeHost *h = fake_host_start(&s);

    /* OCSSD-CASE-185 */
    post_aer(h);
    fill(h, A);
    CHECK_EQ(VX(h, A).status, 0);
    CHECK(got_event(h), "an event");
    CHECK_EQ(descriptor(h, IA)[2], 25);
    read_d0(h, 1, 0, 128, 0);
    CHECK(is_entry(h, 0, 1, A, 1, 0x0100, 0x02, 0), "its bytes");
    CHECK_EQ(nc_of(h, 1), 0);
    /* It is outside already: that it goes on is no news. */
    fill(h, A);
    CHECK_EQ(VX(h, A).status, 0);
    CHECK_EQ(told(h, A), 0);
    /* Another chunk is. */
    fill(h, F);
    CHECK_EQ(VX(h, F).status, 0);
    CHECK_EQ(told(h, F), 1);
    fake_host_free(h);
}

/* In one step from below the band to above it: it was outside before. */
static void test_over_the_band(void)
{
    static const uint64_t lba[] = { A, B, C, E };
    FakeSetup s = worn_out_after(2);
    FakeHost *h = fake_host_start(&s);

    for (unsigned i = 0; i < 4; i++) {      /* average 0, 4, 8, 12 */
        fill(h, lba[i]);
        CHECK_EQ(VX(h, lba[i]).status, 0);
        CHECK_EQ(told(h, lba[i]), i < 3);
    }
    fake_host_free(h);
}

/* Dataset Management resets chunks as well. */
static void test_by_dsm(void)
{
    FakeSetup s = worn_out_after(10);
    FakeHost *h = fake_host_start(&s);
    uint8_t *range = fake_guest(h, FAKE_BUF);

    fill(h, A);
    memset(range, 0, 16);
    put_bytes_at(range + 4, 4, 96);
    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x09, .nsid = 1, .prp1 = FAKE_BUF, .cdw11 = 4,
    }).status, 0);
    CHECK_EQ(told(h, A), 1);
    fake_host_free(h);
}

/* A reset that is refused wears nothing. */
static void test_refused(void)
{
    FakeSetup s = worn_out_after(10);
    FakeHost *h = fake_host_start(&s);

    fill(h, A);
    CHECK_EQ(VX(h, B).status, 0x2c1);
    CHECK_EQ(VX(h, 0x280, 4).status, 0x2c1);
    CHECK_EQ(told(h, B), 0);
    CHECK_EQ(VX(h, A, 0x280).status, 0x2c1);
    CHECK_EQ(told(h, A), 1);
    /* And what is refused after it is not told of once more. */
    CHECK_EQ(VX(h, A, 0x280, B).status, 0x2c1);
    CHECK_EQ(VX(h, 0x280, B).status, 0x2c1);
    CHECK_EQ(told(h, A), 0);
    fake_host_free(h);
}

/* WIT itself is inside: with 2 chunks, index n is n / 2 from the average. */
static void test_edge(void)
{
    FakeHost *h = two_chunks(3);

    CHECK_EQ(wear(h, 0, 6), 0);             /* 6, average 3 */
    CHECK_EQ(wear(h, 0, 1), 1);             /* 7, average 3.5 */
    CHECK_EQ(wear(h, 0, 5), 0);             /* 12: no edge */
    /* The other catches up: it was outside, below, and comes back. */
    CHECK_EQ(wear(h, 8, 12), 0);            /* both 12 */
    CHECK_EQ(wear(h, 8, 6), 0);             /* 18, average 15 */
    CHECK_EQ(wear(h, 8, 1), 1);             /* 19, average 15.5 */
    CHECK_EQ(wear(h, 0, 7), 0);             /* both 19 */
    CHECK_EQ(wear(h, 0, 6), 0);
    CHECK_EQ(wear(h, 0, 1), 1);             /* out a second time */
    fake_host_free(h);
}

/* The average is that of the image, not of this power cycle. */
static void test_restart(void)
{
    for (int clean = 0; clean < 2; clean++) {
        FakeHost *h = two_chunks(3);

        CHECK_EQ(wear(h, 0, 6), 0);
        fake_host_restart(h, clean);
        CHECK_EQ(wear(h, 0, 1), 1);
        CHECK_EQ(wear(h, 8, 7), 0);
        fake_host_restart(h, clean);
        CHECK_EQ(wear(h, 0, 6), 0);
        CHECK_EQ(wear(h, 0, 1), 1);
        fake_host_free(h);
    }
}

/* No threshold, no end of life: nothing to tell. */
static void test_off(void)
{
    FakeHost *h = two_chunks(0);

    CHECK_EQ(wear(h, 0, 200), 0);
    fake_host_free(h);

    h = t1_start();                         /* pe_cycles 0 */
    for (unsigned i = 0; i < 40; i++) {
        fill(h, A);
        CHECK_EQ(VX(h, A).status, 0);
    }
    CHECK_EQ(told(h, A), 0);
    fake_host_free(h);
}

/* To the end of its life, and one more: the host knows that from its status. */
static void test_worn_out(void)
{
    FakeHost *h = two_chunks(3);

    CHECK_EQ(wear(h, 0, 255), 1);
    CHECK_EQ(VX(h, 0).status, 0x2c0);
    CHECK_EQ(told(h, 0), 0);
    CHECK_EQ(wear(h, 8, 255), 0);           /* the average counts A, too */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a chunk far from the average",   test_far_from_the_average },
    { "from below the band to above",   test_over_the_band },
    { "worn by Dataset Management",     test_by_dsm },
    { "a refused reset",                test_refused },
    { "the edge of the band",           test_edge },
    { "the average outlives power",     test_restart },
    { "no threshold, or no end",        test_off },
    { "to the end of a chunk's life",   test_worn_out },
};
OCPN_UNIT_MAIN("wear", tests)
