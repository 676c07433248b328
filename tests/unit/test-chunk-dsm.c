/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Dataset Management" (DSM-R1 to DSM-R3). */
#include "ocssd-host.h"

typedef struct Range {
    uint64_t slba;
    uint32_t nlb;
} Range;

static FakeCmd dsm_cmd(FakeHost *h, const Range *range, unsigned n)
{
    FakeCmd cmd = { .opc = 0x09, .nsid = 1, .cdw10 = n - 1, .cdw11 = 4 };

    for (unsigned i = 0; i < n; i++) {
        uint8_t *p = fake_guest(h, FAKE_BUF) + i * 16;

        put_bytes_at(p, 4, 0xffffffff);         /* attributes: ignored */
        put_bytes_at(p + 4, 4, range[i].nlb);
        put_bytes_at(p + 8, 8, range[i].slba);
    }
    fake_prp(h, &cmd, FAKE_BUF, n * 16);
    return cmd;
}

static uint16_t dsm(FakeHost *h, const Range *range, unsigned n)
{
    FakeCmd cmd = dsm_cmd(h, range, n);

    return scalar_status(fake_io(h, &cmd));
}

#define DSM(h, ...) dsm(h, (const Range[]) { __VA_ARGS__ }, \
                        sizeof((const Range[]) { __VA_ARGS__ }) / \
                        sizeof(Range))

/* FAILURE-CASE-16 */
static void test_resets(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-139 */
    fill(h, A);
    CHECK_EQ(DSM(h, { A, 96 }), 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(r(h, A, 1), 0);
    CHECK_EQ(is_zero(h, 0), true);
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(w(h, A + 4, 92), 0);
    /* OCSSD-CASE-140 */
    fill(h, B);
    fill(h, C);
    CHECK_EQ(DSM(h, { C, 96 }, { A, 96 }, { B, 96 }), 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    fake_host_free(h);
}

/* OCSSD-CASE-141 */
static void test_ranges_are_whole_chunks(void)
{
    static const Range bad[] = {
        { A, 95 }, { A, 192 }, { A + 4, 96 }, { A + 4, 92 }, { A, 0 },
        { A, UINT32_MAX }, { 0x60, 96 },
    };
    FakeHost *h = t1_start();

    fill(h, A);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_EQ(dsm(h, &bad[i], 1), 0x080);
    }
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    fake_host_free(h);
}

/* OCSSD-CASE-142 */
static void test_states(void)
{
    FakeHost *h = t1_start();

    make_offline(h, IX);
    CHECK_EQ(DSM(h, { A, 96 }), 0x2c1);
    open_chunk(h, A, 4);
    CHECK_EQ(DSM(h, { A, 96 }), 0x2c1);
    CHECK_EQ(DSM(h, { X, 96 }), 0x2c0);
    CHECK_EQ(DSM(h, { 0x280, 96 }), 0x2c1);
    CHECK_EQ(DSM(h, { 0x2000, 96 }), 0x2c1);
    CHECK_EQ(DSM(h, { UINT64_MAX, 96 }), 0x2c1);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    fake_host_free(h);
}

static void test_all_or_nothing(void)
{
    FakeHost *h = t1_start();
    unsigned writes;

    /* OCSSD-CASE-143 DSM-R2 */
    fill(h, A);
    fill(h, C);
    writes = h->f.media[1].writes;
    CHECK_EQ(DSM(h, { A, 96 }, { B, 96 }), 0x2c1);
    CHECK_EQ(DSM(h, { A, 96 }, { C, 96 }, { A, 96 }), 0x2c1);
    CHECK_EQ(DSM(h, { A, 96 }, { C, 4 }, { B, 96 }), 0x080);
    CHECK_EQ(DSM(h, { A, 96 }, { B, 96 }, { C, 4 }), 0x2c1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(st(h, IC), ST(CLOSED, 96));
    CHECK_EQ(h->f.media[1].writes, writes);
    /* OCSSD-CASE-144 */
    {
        FakeCmd cmd = dsm_cmd(h, &(Range) { A, 96 }, 1);

        cmd.cdw11 = 3;
        CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
    }
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    fake_host_free(h);
}

/* OCSSD-CASE-146 */
static void test_every_chunk(void)
{
    FakeHost *h = t1_start();
    Range range[30];

    for (unsigned i = 0; i < 30; i++) {
        range[i].slba = (uint64_t)(i / 15) << 12 | i / 5 % 3 << 10 |
                        i % 5 << 7;
        range[i].nlb = 96;
        fill(h, range[i].slba);
    }
    CHECK_EQ(dsm(h, range, 30), 0);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQ(st(h, i), ST(FREE, 0));
    }
    fake_host_free(h);
}

/* OCSSD-CASE-147 */
static void test_multi_reset(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.multi_reset = true;
    h = fake_host_start(&s);
    fill(h, A);
    CHECK_EQ(DSM(h, { A, 96 }, { A, 96 }), 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(w(h, A, 4), 0);
    {
        Range all[256];

        for (unsigned i = 0; i < 256; i++) {
            all[i] = (Range) { i % 2 ? B : C, 96 };
        }
        CHECK_EQ(dsm(h, all, 256), 0);
    }
    CHECK_EQ(w(h, B, 4), 0);
    fake_host_free(h);
}

/* OCSSD-CASE-148 */
static void test_custom_size(void)
{
    const uint64_t small = 4 << 7;
    FakeHost *h = t1_start();

    condition(h, 4, (Entry) { .state = 2, .type = 0x11, .wp = 64,
                              .cnlb = 64 });
    CHECK_EQ(DSM(h, { small, 96 }), 0x080);
    CHECK_EQ(DSM(h, { small, 64 }), 0);
    CHECK_EQ(st(h, 4), ST(FREE, 0));
    fake_host_free(h);
}

/* FAILURE-CASE-49 */
static void test_bad_pointers(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd;

    /* OCSSD-CASE-149 */
    fill(h, A);
    cmd = dsm_cmd(h, &(Range) { A, 96 }, 1);
    cmd.prp1 = FAKE_HOLE;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x004);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    fake_host_free(h);
}

/* DSM-R3: a chunk that wears out does not keep the others from it. */
static void test_wear(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.pe_cycles = 1;
    h = fake_host_start(&s);
    fill(h, A);
    CHECK_EQ(DSM(h, { A, 96 }), 0);
    fill(h, A);
    fill(h, B);
    fill(h, C);
    CHECK_EQ(DSM(h, { B, 96 }, { A, 96 }, { C, 96 }), 0x2c0);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    fake_host_free(h);
}

/* FAILURE-CASE-1: many chunks, one completion. */
static void test_one_completion(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd;

    fill(h, A);
    fill(h, B);
    fill(h, C);
    cmd = dsm_cmd(h, (const Range[]) { { A, 96 }, { B, 96 }, { C, 96 } }, 3);
    CHECK_EQ(fake_io(h, &cmd).found, true);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, false);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "resets",                   test_resets },
    { "ranges are whole chunks",  test_ranges_are_whole_chunks },
    { "states",                   test_states },
    { "all or nothing",           test_all_or_nothing },
    { "every chunk",              test_every_chunk },
    { "multi-reset",              test_multi_reset },
    { "custom size",              test_custom_size },
    { "bad pointers",             test_bad_pointers },
    { "wear",                     test_wear },
    { "one completion",           test_one_completion },
};
OCPN_UNIT_MAIN("chunk dsm", tests)
