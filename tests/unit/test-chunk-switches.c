/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: what the switches of host compatibility change, and what they do
 * not; specification notes, section 13 (D1, D2, D13, D16, D18).
 */
#include "ocssd-host.h"

static void check_blocks(FakeHost *h, uint64_t lba, unsigned n)
{
    CHECK_EQ(r(h, lba, n), 0);
    for (unsigned i = 0; i < n; i++) {
        CHECK(is_block(h, i, lba + i), "block 0x%" PRIx64, lba + i);
    }
}

/* State and write pointer of descriptor I at META. */
static uint64_t meta_st(FakeHost *h, unsigned i)
{
    const uint8_t *d = fake_guest(h, META) + i * 32;

    return ST(d[0], bytes_at(d + 24, 8));
}

/* OCSSD-CASE-32 RPT-R1 */
static void test_wp_absolute(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.wp_absolute = true;
    h = fake_host_start(&s);
    make_offline(h, IX);
    open_chunk(h, B, 8);
    fill(h, A);
    fill(h, F);
    CHECK_EQ(st(h, IB), ST(OPEN, 0x88));
    CHECK_EQ(st(h, IA), ST(CLOSED, 0x60));
    CHECK_EQ(st(h, IF), ST(CLOSED, 0x1a60));
    CHECK_EQ(st(h, IX), ST(OFFLINE, 0));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    /* A reset's descriptors say what the log says. */
    CHECK_CQE(VEC(h, 0x90, F, B, X), 0x2c1, 6);
    CHECK_EQ(meta_st(h, 0), ST(FREE, 0));
    CHECK_EQ(meta_st(h, 1), ST(OPEN, 0x88));
    CHECK_EQ(meta_st(h, 2), ST(OFFLINE, 0));
    /* Only the report is another one: the chunk goes on where it was. */
    CHECK_EQ(w(h, B + 8, 88), 0);
    CHECK_EQ(st(h, IB), ST(CLOSED, 0xe0));
    check_blocks(h, B, 96);
    fake_host_free(h);
}

static FakeHost *window_start(OcpnWindowRead window)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.window = window;
    s.ns[0].cfg.dlfeat = 2;     /* zeros could be the medium's */
    h = fake_host_start(&s);
    open_chunk(h, A, 48);
    return h;
}

/* OCSSD-CASE-60a: data */
static void test_window_data(void)
{
    FakeHost *h = window_start(OCPN_WINDOW_DATA);

    check_blocks(h, A + 30, 1);
    check_blocks(h, A, 48);
    CHECK_EQ(r(h, A + 48, 1), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    CHECK_CQE(VR(h, A + 47, A + 48), 0, 0);
    CHECK_EQ(is_block(h, 0, A + 47), true);
    CHECK_EQ(is_pattern(h, 1, 0xff), true);
    set_dulbe(h);
    check_blocks(h, A, 48);
    CHECK_EQ(r(h, A + 48, 1), 0x287);
    CHECK_CQE(VR(h, A + 47, A + 48), 0x287, 2);
    fake_host_free(h);
}

/* OCSSD-CASE-60a: error */
static void test_window_error(void)
{
    FakeHost *h = window_start(OCPN_WINDOW_ERROR);

    CHECK_EQ(r(h, A + 30, 1), 0x287);
    CHECK_EQ(r(h, A + 48, 1), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    /* From the first block of the window to the last. */
    check_blocks(h, A, 24);
    CHECK_EQ(r(h, A + 24, 1), 0x287);
    CHECK_EQ(r(h, A + 47, 1), 0x287);
    CHECK_EQ(r(h, A + 20, 8), 0x287);
    CHECK_EQ(r(h, A + 44, 8), 0x287);
    CHECK_CQE(VR(h, A + 23, A + 24, C, A + 47, A + 48), 0x287, 0xa);
    CHECK_EQ(is_block(h, 0, A + 23), true);
    CHECK_EQ(is_pattern(h, 2, 0xff), true);
    /* Where the window is all that was written. */
    open_chunk(h, B, 8);
    CHECK_EQ(r(h, B, 1), 0x287);
    CHECK_EQ(r(h, B + 8, 1), 0);
    /* A Closed chunk has none. */
    CHECK_EQ(w(h, A + 48, 48), 0);
    check_blocks(h, A, 96);
    fake_host_free(h);
}

/* OCSSD-CASE-73 */
static void test_any_size(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.any_size = true;
    h = fake_host_start(&s);
    CHECK_EQ(w(h, A, 2), 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 2));
    /* The other rules stay. */
    CHECK_EQ(w(h, A + 4, 4), 0x2f2);
    CHECK_EQ(w(h, A + 2, 95), 0x280);
    CHECK_CQE(VW(h, A + 2), 0, 0);
    CHECK_CQE(VW(h, A + 3, A + 4, A + 6), 0x2f2, 7);
    CHECK_EQ(st(h, IA), ST(OPEN, 3));
    CHECK_EQ(w(h, A + 3, 93), 0);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    check_blocks(h, A, 96);
    fake_host_free(h);
}

/* OCSSD-CASE-74: variant ooo */
static void test_closed_is_out_of_order(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.closed_ooo = true;
    h = fake_host_start(&s);
    make_offline(h, IX);
    fill(h, A);
    CHECK_EQ(w(h, A, 4), 0x2f2);
    CHECK_EQ(w(h, A + 92, 4), 0x2f2);
    CHECK_EQ(w(h, A + 92, 8), 0x2f2);       /* W3 before W4 */
    CHECK_EQ(w(h, A, 2), 0x2f2);            /* ... and W6 */
    CHECK_CQE(VW(h, A, A + 1, A + 2, A + 3), 0x2f2, 0xf);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    check_blocks(h, A, 96);
    /* For Closed chunks only. */
    CHECK_EQ(w(h, X, 4), 0x280);
    CHECK_EQ(w(h, 0x60, 4), 0x280);
    CHECK_EQ(w(h, 0x280, 4), 0x280);
    open_chunk(h, B, 92);
    CHECK_EQ(w(h, B + 92, 8), 0x280);
    fake_host_free(h);
}

/* One range, AD set. */
static uint16_t dsm(FakeHost *h, uint64_t slba, uint32_t nlb)
{
    put_bytes_at(fake_guest(h, FAKE_BUF), 4, 0);
    put_bytes_at(fake_guest(h, FAKE_BUF) + 4, 4, nlb);
    put_bytes_at(fake_guest(h, FAKE_BUF) + 8, 8, slba);
    return scalar_status(fake_io(h, &(FakeCmd) {
        .opc = 0x09, .nsid = 1, .cdw11 = 4, .prp1 = FAKE_BUF }));
}

/* OCSSD-CASE-145 DSM-R4 */
static void test_loose_ranges(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.dsm_loose = true;
    h = fake_host_start(&s);
    fill(h, A);
    CHECK_EQ(dsm(h, A, 1), 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(r(h, A, 1), 0);
    CHECK_EQ(is_zero(h, 0), true);
    /* A and the hole behind it, then B as well; not X, which is cut. */
    fill(h, A);
    fill(h, B);
    fill(h, X);
    CHECK_EQ(dsm(h, A, 0xdf), 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    fill(h, A);
    CHECK_EQ(dsm(h, A, 0x15f), 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_EQ(st(h, IX), ST(CLOSED, 96));
    /* A range begins where a chunk does, and states are looked at. */
    CHECK_EQ(dsm(h, X + 4, 92), 0x080);
    CHECK_EQ(dsm(h, X + 1, 1), 0x080);
    CHECK_EQ(dsm(h, 0x280, 1), 0x2c1);
    CHECK_EQ(dsm(h, A, 1), 0x2c1);
    fill(h, A);
    open_chunk(h, B, 4);
    CHECK_EQ(dsm(h, A, 0xe0), 0x2c1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(st(h, IX), ST(CLOSED, 96));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "write pointers as addresses",        test_wp_absolute },
    { "the window reads as data",           test_window_data },
    { "the window reads as an error",       test_window_error },
    { "writes of any size",                 test_any_size },
    { "a closed chunk is out of order",     test_closed_is_out_of_order },
    { "ranges of any length",               test_loose_ranges },
};
OCPN_UNIT_MAIN("chunk switches", tests)
