/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: chunks that may be written in any order; OCSSD 2.0, chunk type bit
 * 1; specification notes 8.7.
 */
#include "ocssd-host.h"

#define RANDOM  2u

static void make_random(FakeHost *h, uint32_t index)
{
    condition(h, index, (Entry) { .state = 1, .type = RANDOM, .cnlb = 96 });
}

/* DLFEAT 2: zeros could be the medium's. */
static FakeHost *random_start(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.dlfeat = 2;
    h = fake_host_start(&s);
    make_random(h, IB);
    return h;
}

/* Block BLK of B holds its data, or what a block that is not written does. */
static void check_block(FakeHost *h, unsigned blk, bool written)
{
    CHECK_EQ(r(h, B + blk, 1), 0);
    CHECK(written ? is_block(h, 0, B + blk) : is_pattern(h, 0, 0xff),
          "block %u", blk);
}

static void test_report(void)
{
    FakeHost *h = random_start();
    const uint8_t *page = fake_guest(h, FAKE_BUF);

    /* OCSSD-CASE-34 */
    CHECK_EQ(fake_get_log(h, 0xca, 1, 0, 960).status, 0);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQ(page[i * 32 + 1], i == IB ? RANDOM : 1);
    }
    CHECK_EQ(page[IB * 32], FREE);
    CHECK_EQ(bytes_at(page + IB * 32 + 16, 8), 96);
    /* RPT-R2: no write pointer, and Open until the reset */
    CHECK_EQ(w(h, B + 92, 4), 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 0));
    CHECK_EQ(w(h, B, 96), 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 0));
    CHECK_EQ(descriptor(h, IB)[1], RANDOM);
    fake_host_free(h);
}

static void test_reset(void)
{
    FakeHost *h = random_start();

    /* OCSSD-CASE-138 */
    CHECK_EQ(w(h, B + 4, 1), 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 0));
    check_block(h, 4, true);
    CHECK_CQE(VX(h, B), 0, 0);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    check_block(h, 4, false);
    /* ... and again; what another block held does not come back. */
    CHECK_EQ(w(h, B + 5, 1), 0);
    check_block(h, 4, false);
    check_block(h, 5, true);
    CHECK_CQE(VX(h, B), 0, 0);
    CHECK_CQE(VX(h, B), 0x2c1, 1);
    fake_host_free(h);
}

/* W5: any block, any number, in any order, again; W1 and W4 hold. */
static void test_writes(void)
{
    FakeHost *h = random_start();
    bool written[96] = { false };

    for (unsigned i = 0; i < 24; i++) {
        unsigned blk = i * 37 % 95, n = 1 + i % 2;

        CHECK_EQ(w(h, B + blk, n), 0);
        written[blk] = true;
        written[blk + 1] |= n == 2;
    }
    for (unsigned i = 0; i < 96; i++) {
        check_block(h, i, written[i]);
    }
    CHECK_EQ(w(h, B + 92, 8), 0x280);
    CHECK_EQ(w(h, B + 96, 1), 0x280);
    /* The newest data of a block count. */
    {
        FakeCmd cmd = scalar(h, 0x01, B, 1);

        put_block(h, 0, 0x1234);
        CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
        CHECK_EQ(r(h, B, 1), 0);
        CHECK_EQ(is_block(h, 0, 0x1234), true);
    }
    fake_host_free(h);
}

static void test_vectors(void)
{
    FakeHost *h = random_start();

    CHECK_CQE(VW(h, B + 9, B + 3, C, C + 1, C + 2, C + 3, B + 4), 0, 0);
    CHECK_EQ(st(h, IC), ST(OPEN, 4));
    CHECK_CQE(VR(h, B + 3, B + 5, B + 9, B + 4), 0, 0);
    CHECK_EQ(is_block(h, 0, B + 3), true);
    CHECK_EQ(is_pattern(h, 1, 0xff), true);
    CHECK_EQ(is_block(h, 2, B + 9), true);
    CHECK_EQ(is_block(h, 3, B + 4), true);
    /* One block that is not there stops all of them. */
    CHECK_CQE(VW(h, B + 20, B + 96), 0x280, 3);
    CHECK_CQE(VW(h, B + 20, C + 4), 0x002, 3);
    check_block(h, 20, false);
    set_dulbe(h);
    CHECK_CQE(VR(h, B + 3, B + 5, B + 9, B + 10), 0x287, 0xa);
    CHECK_EQ(r(h, B + 3, 2), 0);
    CHECK_EQ(r(h, B + 3, 3), 0x287);
    fake_host_free(h);
}

/* It is not counted among the Open chunks. */
static void test_limits(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.maxoc = 1;
    s.ns[0].geo.maxocpu = 1;
    h = fake_host_start(&s);
    make_random(h, IB);
    CHECK_EQ(w(h, B + 7, 1), 0);
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(w(h, C, 4), 0x280);
    CHECK_EQ(w(h, B, 1), 0);
    fake_host_restart(h, false);
    CHECK_EQ(w(h, C, 4), 0x280);
    CHECK_CQE(VX(h, B), 0, 0);
    CHECK_EQ(w(h, B, 1), 0);
    CHECK_EQ(w(h, A + 4, 92), 0);
    CHECK_EQ(w(h, C, 4), 0);
    fake_host_free(h);
}

static void test_restarts(void)
{
    FakeHost *h = random_start();

    for (unsigned clean = 0; clean < 2; clean++) {
        CHECK_EQ(w(h, B + 60 + 2 * clean, 1), 0);
        fake_host_restart(h, clean);
        CHECK_EQ(st(h, IB), ST(OPEN, 0));
        check_block(h, 60 + 2 * clean, true);
        check_block(h, 61 + 2 * clean, false);
    }
    CHECK_CQE(VX(h, B), 0, 0);
    fake_host_restart(h, false);
    check_block(h, 60, false);
    CHECK_EQ(w(h, B + 61, 1), 0);
    check_block(h, 60, false);
    check_block(h, 61, true);
    fake_host_free(h);
}

/* RPT-R2: none of its states has a write pointer, not as an address either. */
static void test_no_write_pointer(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.dlfeat = 2;
    s.ns[0].cfg.wp_absolute = true;
    h = fake_host_start(&s);
    make_random(h, IB);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_EQ(w(h, B + 7, 1), 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 0));
    check_block(h, 7, true);
    /* Offline: what its map says of it counts no more. */
    condition(h, IB, (Entry) { .state = 8, .type = RANDOM, .cnlb = 96 });
    CHECK_EQ(st(h, IB), ST(OFFLINE, 0));
    check_block(h, 7, false);
    CHECK_EQ(w(h, B + 7, 1), 0x280);
    CHECK_CQE(VX(h, B), 0x2c0, 1);
    fake_host_free(h);
}

/* More of them than the image has pages for. */
static void test_no_page_left(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].nmaps = 1;
    h = fake_host_start(&s);
    make_random(h, IB);
    make_random(h, IC);
    CHECK_EQ(w(h, B + 1, 1), 0);
    CHECK_EQ(w(h, C + 1, 1), 0x280);
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    CHECK_CQE(VW(h, C + 1, C + 5), 0x280, 3);
    CHECK_CQE(VX(h, B), 0, 0);
    CHECK_EQ(w(h, C + 1, 1), 0);
    CHECK_EQ(w(h, B + 1, 1), 0x280);
    fake_host_free(h);

    s.ns[0].nmaps = 0;
    h = fake_host_start(&s);
    make_random(h, IB);
    CHECK_EQ(w(h, B + 1, 1), 0x280);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    fake_host_free(h);
}

/* VR-R3: its blocks are gone with the command, not when its map is. */
static void test_read_while_reset(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_start(&s);
    FakeCmd cmd = { .opc = 0x90, .nsid = 1, .cdw10 = B };

    make_random(h, IB);
    CHECK_EQ(w(h, B, 4), 0);
    CHECK_EQ(r(h, B, 4), 0);
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    cmd = scalar(h, 0x02, B, 4);
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    for (unsigned i = 0; i < h->f.nios; i++) {
        CHECK(h->f.io[i]->op != OCPN_IO_READ, "a read of the medium");
    }
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "report",                    test_report },
    { "reset",                     test_reset },
    { "writes",                    test_writes },
    { "vectors",                   test_vectors },
    { "limits of open chunks",     test_limits },
    { "restarts",                  test_restarts },
    { "no write pointer",          test_no_write_pointer },
    { "no page left for its map",  test_no_page_left },
    { "a read while it is reset",  test_read_while_reset },
};
OCPN_UNIT_MAIN("random chunks", tests)
