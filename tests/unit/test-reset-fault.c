/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, resets that end Offline: "Vector Chunk Reset", "Dataset
 * Management".
 *
 * OCSSD-CASE-173: vector() and scalar_status() check that each failure forbids
 * a retry.
 */
#include "fault-unit.h"

static void test_failing_reset(void)
{
    FakeHost *h = t1_start();
    const uint8_t *d = fake_guest(h, META);
    FakeCqe e;

    /* OCSSD-CASE-168 */
    fill(h, A);
    fill(h, B);
    fault(h, "reset-fail chk=0");
    memset(fake_guest(h, META), 0xee, 64);
    e = vector(h, &(Vec) { .opc = 0x90, .lba = LBAS(A, B), .n = 2 });
    CHECK_CQE(e, 0x2c0, 1);
    check_error_log(h, 0x2c0, A);
    CHECK_EQ(d[0], OFFLINE);
    CHECK_EQ(bytes_at(d + 8, 8), A);
    CHECK_EQ(bytes_at(d + 16, 8), 96);
    CHECK_EQ(bytes_at(d + 24, 8), 0);
    /* VR-R1: the others are reset. */
    CHECK_EQ(d[32], FREE);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_EQ(image_entry(h, IA).resets, 1);     /* T12 */
    CHECK_EQ(reads_zero(h, A), true);
    CHECK_EQ(w(h, A, 4), 0x280);
    CHECK_CQE(VX(h, A), 0x2c0, 1);
    fake_host_free(h);
}

/* DSM-R3: the other ranges are done. */
static void test_failing_deallocate(void)
{
    FakeHost *h = t1_start();
    static const uint64_t lba[] = { A, B, C };
    FakeCmd cmd = { .opc = 0x09, .nsid = 1, .cdw10 = 2, .cdw11 = 4 };

    for (unsigned i = 0; i < 3; i++) {
        fill(h, lba[i]);
    }
    memset(fake_guest(h, FAKE_BUF), 0, 48);
    for (unsigned i = 0; i < 3; i++) {
        uint8_t *range = fake_guest(h, FAKE_BUF) + i * 16;

        put_bytes_at(range + 4, 4, 96);
        put_bytes_at(range + 8, 8, lba[i]);
    }
    fault(h, "reset-fail pu=0 chk=1");
    fake_prp(h, &cmd, FAKE_BUF, 48);
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x2c0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IB), ST(OFFLINE, 0));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    fake_host_free(h);
}

/* R2 to R4 come before R5: what is refused counts no chance. */
static void test_resets_that_are_refused(void)
{
    FakeHost *h = t1_start();

    make_offline(h, IX);
    open_chunk(h, A, 4);
    fill(h, B);
    fault(h, "reset-fail");
    CHECK_CQE(VX(h, A, A + 1, C, X, 0x280), 0x2c1, 0x1f);
    CHECK_COUNTS(h, "chances 0, fired 0");
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_CQE(VX(h, B), 0x2c0, 1);
    CHECK_COUNTS(h, "chances 1, fired 1");
    fake_host_free(h);
}

/* T14, T16: where the drive allows it, Free and Open chunks can fail, too. */
static void test_early_and_multiple_resets(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.multi_reset = s.ns[0].cfg.early_reset = true;
    s.ns[0].geo.maxoc = 1;
    h = fake_host_start(&s);
    open_chunk(h, A, 4);
    fault(h, "reset-fail times=2");
    CHECK_CQE(VX(h, A, B), 0x2c0, 3);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(st(h, IB), ST(OFFLINE, 0));
    CHECK_EQ(image_entry(h, IB).resets, 1);
    CHECK_EQ(w(h, C, 4), 0);        /* its place of MAXOC is free */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a failing reset",            test_failing_reset },
    { "a failing deallocate",       test_failing_deallocate },
    { "resets that are refused",    test_resets_that_are_refused },
    { "early and multiple resets",  test_early_and_multiple_resets },
};
OCPN_UNIT_MAIN("faults of resets", tests)
