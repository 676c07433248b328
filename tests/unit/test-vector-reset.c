/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Vector Chunk Reset", wear (VR-R1 to VR-R3). */
#include "ocssd-host.h"

/* With descriptors at META. */
#define VXD(h, ...) VEC(h, 0x90, __VA_ARGS__)

static void test_resets(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd;

    /* OCSSD-CASE-119 */
    fill(h, A);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(w(h, A, 4), 0);
    /* OCSSD-CASE-135 */
    fill(h, B);
    cmd = vector_cmd(h, &(Vec) { .opc = 0x90, .lba = LBAS(B), .n = 1,
                                 .no_mptr = true });
    cmd.prp1 = FAKE_HOLE + 1;
    cmd.prp2 = 3;
    CHECK_CQE(fake_io(h, &cmd), 0, 0);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    fake_host_free(h);
}

static void test_denied(void)
{
    static const uint64_t nowhere[] = { 0x280, 0xc00, 0x2000, UINT64_MAX };
    FakeHost *h = t1_start();

    make_offline(h, IX);
    /* OCSSD-CASE-120 */
    CHECK_CQE(VX(h, A), 0x2c1, 1);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(descriptor(h, IA)[2], 0);
    /* OCSSD-CASE-121 */
    open_chunk(h, A, 48);
    CHECK_CQE(VX(h, A), 0x2c1, 1);
    CHECK_EQ(st(h, IA), ST(OPEN, 48));
    CHECK_EQ(r(h, A + 3, 1), 0);
    CHECK_EQ(is_block(h, 0, A + 3), true);
    /* OCSSD-CASE-122 */
    CHECK_CQE(VX(h, X), 0x2c0, 1);
    /* OCSSD-CASE-123 */
    for (unsigned i = 0; i < 4; i++) {
        CHECK_CQE(VX(h, nowhere[i]), 0x2c1, 1);
    }
    /* OCSSD-CASE-124 */
    fill(h, B);
    CHECK_CQE(VX(h, B + 4), 0x2c1, 1);
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    /* OCSSD-CASE-128 */
    CHECK_CQE(VX(h, X, C), 0x2c0, 3);
    fake_host_free(h);
}

static void test_switches(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    /* OCSSD-CASE-125 */
    s.ns[0].cfg.multi_reset = true;
    h = fake_host_start(&s);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    open_chunk(h, A, 8);
    CHECK_CQE(VX(h, A), 0x2c1, 1);
    fake_host_free(h);

    /* OCSSD-CASE-126 */
    s = t1();
    s.ns[0].cfg.early_reset = true;
    h = fake_host_start(&s);
    open_chunk(h, A, 8);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_CQE(VX(h, A), 0x2c1, 1);
    fake_host_free(h);
}

/* FAILURE-CASE-1 */
static void test_lists(void)
{
    FakeHost *h = t1_start();
    uint64_t all[30];

    /* OCSSD-CASE-127 VR-R1 */
    fill(h, A);
    fill(h, C);
    CHECK_CQE(VX(h, A, B, C), 0x2c1, 2);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    /* OCSSD-CASE-129 */
    fill(h, A);
    CHECK_CQE(VX(h, A, A), 0x2c1, 2);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(w(h, A, 96), 0);
    CHECK_CQE(VX(h, A), 0, 0);
    /* OCSSD-CASE-136 */
    for (unsigned i = 0; i < 30; i++) {
        all[i] = (uint64_t)(i / 15) << 12 | i / 5 % 3 << 10 | i % 5 << 7;
        fill(h, all[i]);
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x90, .lba = all, .n = 30,
                                 .no_mptr = true }), 0, 0);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, false);     /* it completes once */
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQ(st(h, i), ST(FREE, 0));
    }
    fake_host_free(h);
}

/* CS, WP, CNLB, SLBA of descriptor I at META. */
static void check_descriptor(FakeHost *h, unsigned i, uint8_t cs, uint64_t wp,
                             uint64_t slba)
{
    const uint8_t *d = fake_guest(h, META) + i * 32;

    CHECK_EQ(d[0], cs);
    CHECK_EQ(d[1], 1);
    CHECK_EQ(bytes_at(d + 8, 8), slba);
    CHECK_EQ(bytes_at(d + 16, 8), 96);
    CHECK_EQ(bytes_at(d + 24, 8), wp);
}

static void test_descriptors(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_start(&s);
    FakeCmd cmd;

    /* OCSSD-CASE-130 VR-R2 */
    fill(h, A);
    fill(h, C);
    spoil(h, 16);
    CHECK_CQE(VXD(h, A, C), 0, 0);
    check_descriptor(h, 0, FREE, 0, A);
    check_descriptor(h, 1, FREE, 0, C);
    CHECK_EQ(fake_all(fake_guest(h, META) + 64, 0xee, 32), true);
    /* OCSSD-CASE-131 */
    fill(h, A);
    spoil(h, 16);
    CHECK_CQE(VXD(h, A, 0x280), 0x2c1, 2);
    check_descriptor(h, 0, FREE, 0, A);
    CHECK_EQ(fake_all(fake_guest(h, META) + 32, 0, 32), true);
    /* OCSSD-CASE-132 */
    spoil(h, 16);
    CHECK_CQE(VXD(h, B), 0x2c1, 1);
    check_descriptor(h, 0, FREE, 0, B);
    /* An entry that is not a chunk's first block has its chunk's. */
    open_chunk(h, B, 8);
    CHECK_CQE(VXD(h, B + 4), 0x2c1, 1);
    check_descriptor(h, 0, OPEN, 8, B);
    /* Behind a chunk's end there is none. */
    spoil(h, 16);
    CHECK_CQE(VXD(h, B + 96, B + 4), 0x2c1, 3);
    CHECK_EQ(fake_all(fake_guest(h, META), 0, 32), true);
    check_descriptor(h, 1, OPEN, 8, B);
    /* No memory there: the reset is done. */
    fill(h, A);
    cmd = vector_cmd(h, &(Vec) { .opc = 0x90, .lba = LBAS(A), .n = 1 });
    cmd.mptr = FAKE_HOLE;
    CHECK_CQE(fake_io(h, &cmd), 0x004, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(w(h, A, 4), 0);
    fake_host_free(h);

    /* OCSSD-CASE-137 */
    s.ns[0].ms = 0;
    h = fake_host_start(&s);
    fill(h, A);
    memset(fake_guest(h, META), 0xee, 64);
    CHECK_CQE(VXD(h, A), 0, 0);
    check_descriptor(h, 0, FREE, 0, A);
    fake_host_free(h);
}

static void test_wear(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    /* OCSSD-CASE-133 */
    s.ns[0].geo.pe_cycles = 2;
    h = fake_host_start(&s);
    fill(h, A);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(descriptor(h, IA)[2], 127);
    fill(h, A);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(descriptor(h, IA)[2], 255);
    fill(h, A);
    CHECK_CQE(VX(h, A), 0x2c0, 1);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(descriptor(h, IA)[2], 255);
    /* OCSSD-CASE-134 */
    CHECK_EQ(w(h, A, 4), 0x280);
    CHECK_CQE(VX(h, A), 0x2c0, 1);
    CHECK_EQ(r(h, A, 1), 0);
    CHECK_EQ(is_zero(h, 0), true);
    /* OCSSD-CASE-195 */
    fake_host_restart(h, false);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(descriptor(h, IA)[2], 255);
    fake_host_free(h);
}

/* A chunk that is marked goes offline, once. */
static void test_offline_next(void)
{
    FakeHost *h = t1_start();

    condition(h, IA, (Entry) { .state = 2, .type = 1, .flags = 1, .wp = 40,
                               .cnlb = 96 });
    CHECK_EQ(st(h, IA), ST(CLOSED, 40));
    spoil(h, 8);
    CHECK_CQE(VXD(h, A), 0x2c0, 1);
    check_descriptor(h, 0, OFFLINE, 0, A);
    CHECK_EQ(image_entry(h, IA).state, OFFLINE);
    CHECK_EQ(image_entry(h, IA).flags, 0);
    fake_host_free(h);
}

/* FAILURE-CASE-13 VR-R3, and the space is given back where that is wanted. */
static void test_data_is_gone(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    for (unsigned i = 0; i < 2; i++) {
        s.cfg.discard = i;
        h = fake_host_start(&s);
        fill(h, A);
        fill(h, B);
        fill(h, C);
        CHECK_CQE(VX(h, A, 0x280, C), 0x2c1, 2);
        CHECK_EQ(h->f.media[1].discards, i * 2);
        CHECK_EQ(r(h, A, 96), 0);
        for (unsigned k = 0; k < 96; k++) {
            CHECK_EQ(is_zero(h, k), true);
        }
        CHECK_EQ(r(h, B, 96), 0);
        for (unsigned k = 0; k < 96; k++) {
            CHECK_EQ(is_block(h, k, B + k), true);
        }
        fill(h, A);
        CHECK_EQ(r(h, A + 95, 1), 0);
        CHECK_EQ(is_block(h, 0, A + 95), true);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "resets",       test_resets },
    { "denied",       test_denied },
    { "switches",     test_switches },
    { "lists",        test_lists },
    { "descriptors",  test_descriptors },
    { "wear",         test_wear },
    { "offline next", test_offline_next },
    { "data is gone", test_data_is_gone },
};
OCPN_UNIT_MAIN("vector reset", tests)
