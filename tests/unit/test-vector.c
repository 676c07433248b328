/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Vector Chunk Write", "Vector Chunk Read". */
#include "ocssd-host.h"

/* FAILURE-CASE-12 */
static void test_writes(void)
{
    FakeHost *h = t1_start();
    uint64_t lba[64];

    /* OCSSD-CASE-89 */
    CHECK_CQE(VW(h, A, A + 1, A + 2, A + 3), 0, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    fake_host_free(h);

    /* OCSSD-CASE-92 */
    h = t1_start();
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = (uint64_t)(i / 8 % 4) << 7 | (uint64_t)(i / 32) << 10 | i % 8;
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 64 }), 0, 0);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(st(h, i / 4 * 5 + i % 4), ST(OPEN, 8));
    }
    /* OCSSD-CASE-94 */
    CHECK_CQE(VW(h, E, E + 1, E + 2, E + 3, F, F + 1, F + 2, F + 3, E + 4,
                 E + 5, E + 6, E + 7), 0, 0);
    CHECK_EQ(st(h, IE), ST(OPEN, 8));
    CHECK_EQ(st(h, IF), ST(OPEN, 4));
    fake_host_free(h);
}

static void test_single_entry(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_start(&s);

    /* OCSSD-CASE-90 */
    CHECK_CQE(VW(h, A), 0x002, 1);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    fake_host_free(h);

    /* OCSSD-CASE-91: LBA 0 is no pointer, though a list lies there */
    s.ns[0].geo.ws_min = 1;
    h = fake_host_start(&s);
    put_bytes_at(fake_guest(h, A), 8, B);
    CHECK_CQE(VW(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 1));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_CQE(VW(h, E), 0, 0);
    CHECK_EQ(st(h, IE), ST(OPEN, 1));
    /* ... and the address of a list is no block. */
    put_bytes_at(fake_guest(h, LIST), 8, C);
    CHECK_CQE(VW(h, LIST), 0x280, 1);
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    fake_host_free(h);
}

/* Vector writes that are refused on a fresh drive with A filled up to 92. */
static const struct {
    unsigned n;
    uint64_t lba[12];
    uint16_t status;
} refused[] = {
    /* OCSSD-CASE-93, on C and B */
    { 8, { C, C + 1, C + 2, C + 3, B + 4, B + 5, B + 6, B + 7 }, 0x2f2 },
    /* OCSSD-CASE-95 OCSSD-CASE-96 VW-R4 */
    { 4, { B, B + 1, B + 3, B + 4 }, 0x2f2 },
    { 4, { B, B + 1, B + 1, B + 2 }, 0x2f2 },
    { 4, { B + 3, B + 2, B + 1, B }, 0x2f2 },
    /* OCSSD-CASE-101 */
    { 4, { E, E + 1, E + 2, E + 3 }, 0x280 },
    { 4, { X, X + 1, X + 2, X + 3 }, 0x280 },
    { 4, { 0x280, 0x281, 0x282, 0x283 }, 0x280 },
    /* OCSSD-CASE-102 */
    { 8, { 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x62, 0x63 }, 0x280 },
    /* OCSSD-CASE-107 */
    { 8, { B, B + 1, B + 2, B + 3, 0x2000, 0x2001, 0x2002, 0x2003 }, 0x280 },
    /* the first group that fails decides */
    { 8, { B + 4, B + 5, B + 6, B + 7, E, E + 1, E + 2, E + 3 }, 0x2f2 },
    { 8, { E, E + 1, E + 2, E + 3, B + 4, B + 5, B + 6, B + 7 }, 0x280 },
    /* OCSSD-D60: a block that is not there, then the size, then the order */
    { 4, { B, B + 1, B + 2, B + 96 }, 0x280 },
    { 6, { B, B + 1, B + 2, C, C + 1, C + 2 }, 0x002 },
    /* groups that came back to a chunk are taken back too */
    { 12, { B, B + 1, B + 2, B + 3, C, C + 1, C + 2, C + 3,
            B + 4, B + 5, B + 6, B + 8 }, 0x2f2 },
};

static void test_refused_writes_change_nothing(void)
{
    FakeHost *h = t1_start();

    make_offline(h, IX);
    open_chunk(h, A, 92);
    fill(h, E);
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        FakeCqe e = vector(h, &(Vec) { .opc = 0x91, .lba = refused[i].lba,
                                       .n = refused[i].n });

        /* VW-R1: all bits */
        CHECK(e.status == refused[i].status &&
              bitmap(e) == (1u << refused[i].n) - 1,
              "row %u: status 0x%x bitmap 0x%" PRIx64, i, e.status,
              bitmap(e));
        CHECK_EQ(st(h, IA), ST(OPEN, 92));
        CHECK_EQ(st(h, IB), ST(FREE, 0));
        CHECK_EQ(st(h, IC), ST(FREE, 0));
        CHECK_EQ(st(h, IE), ST(CLOSED, 96));
        CHECK_EQ(st(h, IX), ST(OFFLINE, 0));
    }
    /* Nothing counts as on its way: a reset does not wait for it. */
    fill(h, B);
    fill(h, C);
    CHECK_CQE(VX(h, B, C), 0, 0);
    fake_host_free(h);
}

/* FAILURE-CASE-4 OCSSD-CASE-103: 64-bit bitmaps */
static void test_refused_64(void)
{
    FakeHost *h = t1_start();
    uint64_t lba[64];

    fill(h, A);
    fill(h, E);
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = (i / 8 % 2 ? A : E) + i;
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 64 }), 0x280,
              UINT64_MAX);
    fake_host_free(h);
}

/* FAILURE-CASE-49 */
static void test_dwords(void)
{
    static const uint64_t lba[] = { A, A + 1, A + 2, A + 3 };
    FakeHost *h = t1_start();
    FakeCmd cmd;
    FakeCqe e;

    /* OCSSD-CASE-97 OCSSD-CASE-116 VEC-R3 */
    for (uint32_t bit = 6; bit < 16; bit++) {
        CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 4,
                                     .cdw12 = 1u << bit }), 0x002, 0);
        CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 4,
                                     .cdw12 = 1u << bit }), 0x002, 0);
        CHECK_CQE(vector(h, &(Vec) { .opc = 0x90, .lba = lba, .n = 4,
                                     .cdw12 = 1u << bit }), 0x002, 0);
    }
    /* OCSSD-CASE-100, and a list that wraps around */
    cmd = vector_cmd(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 4 });
    cmd.cdw10 = (uint32_t)FAKE_HOLE;
    e = fake_io(h, &cmd);
    CHECK_CQE(e, 0x004, 0);
    CHECK_EQ(e.dnr, true);
    cmd.cdw10 = 0xfffffff0;
    cmd.cdw11 = 0xffffffff;
    CHECK_CQE(fake_io(h, &cmd), 0x004, 0);
    /* OCSSD-CASE-108 VEC-R8 */
    cmd = vector_cmd(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 4 });
    cmd.flags = 1;
    CHECK_CQE(fake_io(h, &cmd), 0x002, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    /* OCSSD-CASE-98 VEC-R4 */
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 4,
                                 .cdw12 = 0xc2000000 }), 0, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    /* OCSSD-CASE-99 VEC-R2 */
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = LBAS(A + 4, A + 5, A + 6,
                                 A + 7), .n = 4, .list = LIST + 0xff4 }),
              0, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    fake_host_free(h);
}

static void test_reads(void)
{
    FakeHost *h = t1_start();
    uint64_t lba[64];

    /* OCSSD-CASE-109 */
    fill(h, A);
    CHECK_CQE(VR(h, A + 5), 0, 0);
    CHECK_EQ(is_block(h, 0, A + 5), true);
    /* OCSSD-CASE-110 OCSSD-CASE-115 */
    fill(h, E);
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = (i % 3 ? A : E) + i * 37 % 96;
    }
    lba[17] = lba[16];
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 64 }), 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        CHECK(is_block(h, i, lba[i]), "entry %u", i);
    }
    /* OCSSD-CASE-117 */
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 64,
                                 .cdw12 = 0x80000000 }), 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        CHECK(is_block(h, i, lba[i]), "entry %u", i);
    }
    /* OCSSD-CASE-118 */
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 4,
                                 .no_mptr = true }), 0, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF), 8), lba[0]);
    CHECK_EQ(fake_all(fake_guest(h, META), 0xee, 4 * MS), true);
    fake_host_free(h);
}

/* FAILURE-CASE-14 */
static void test_unreadable_entries(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-111 */
    open_chunk(h, A, 48);
    CHECK_CQE(VR(h, A + 23, A + 24, C, A), 0, 0);
    CHECK_EQ(is_block(h, 0, A + 23), true);
    CHECK_EQ(is_zero(h, 1), true);
    CHECK_EQ(is_zero(h, 2), true);
    CHECK_EQ(is_block(h, 3, A), true);
    /* OCSSD-CASE-112 */
    set_dulbe(h);
    CHECK_CQE(VR(h, A + 23, A + 24, C, A), 0x287, 6);
    CHECK_EQ(is_block(h, 0, A + 23), true);
    CHECK_EQ(is_block(h, 3, A), true);
    fake_host_free(h);

    /* OCSSD-CASE-114 */
    h = t1_start();
    make_offline(h, IX);
    fill(h, A);
    set_dulbe(h);
    CHECK_CQE(VR(h, A, 0x280, 0x2000, X), 0x287, 0xe);
    CHECK_EQ(is_block(h, 0, A), true);
    fake_host_free(h);
}

/*
 * FAILURE-CASE-4 FAILURE-CASE-14
 * OCSSD-CASE-113, and one bad entry at each place of 64
 */
static void test_every_bit(void)
{
    FakeHost *h = t1_start();
    uint64_t lba[64];

    fill(h, A);
    set_dulbe(h);
    for (unsigned i = 0; i < 40; i++) {
        lba[i] = i == 35 ? C : A + i;
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 40 }), 0x287,
              UINT64_C(8) << 32);
    for (unsigned bad = 0; bad < 64; bad++) {
        for (unsigned i = 0; i < 64; i++) {
            lba[i] = i == bad ? C : A + i;
        }
        CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 64 }),
                  0x287, UINT64_C(1) << bad);
        CHECK_EQ(is_block(h, bad ? 0 : 63, A + (bad ? 0 : 63)), true);
        CHECK_EQ(is_zero(h, bad), true);
    }
    fake_host_free(h);
}

static void test_metadata(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_start(&s);

    /* OCSSD-CASE-104: behind the window, and where there is none */
    CHECK_CQE(VW(h, A, A + 1, A + 2, A + 3, E, E + 1, E + 2, E + 3), 0, 0);
    CHECK_EQ(w(h, A + 4, 92), 0);
    CHECK_EQ(w(h, E + 4, 92), 0);
    CHECK_CQE(VR(h, A, A + 1, E, E + 3), 0, 0);
    CHECK_EQ(is_block(h, 1, A + 1), true);
    CHECK_EQ(is_block(h, 3, E + 3), true);
    fake_host_free(h);
    s.ns[0].geo.mw_cunits = 0;
    h = fake_host_start(&s);
    CHECK_CQE(VW(h, A, A + 1, A + 2, A + 3, E, E + 1, E + 2, E + 3), 0, 0);
    CHECK_CQE(VR(h, E + 3, A, E, A + 3, A + 2, E + 1, A + 1, E + 2), 0, 0);
    CHECK_EQ(is_block(h, 0, E + 3), true);
    CHECK_EQ(is_block(h, 5, E + 1), true);
    CHECK_EQ(is_block(h, 7, E + 2), true);
    fake_host_free(h);

    /* OCSSD-CASE-105 */
    s.ns[0].ms = 0;
    h = fake_host_start(&s);
    {
        FakeCmd cmd = vector_cmd(h, &(Vec) {
            .opc = 0x91, .lba = LBAS(A, A + 1, A + 2, A + 3), .n = 4 });

        cmd.mptr = FAKE_HOLE + 1;
        CHECK_CQE(fake_io(h, &cmd), 0, 0);
    }
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    fake_host_free(h);
}

/* OCSSD-CASE-106 */
static void test_sgl_data_flat_list(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd = vector_cmd(h, &(Vec) {
        .opc = 0x91, .lba = LBAS(A, A + 1, A + 2, A + 3), .n = 4 });

    cmd.flags = 0x40;
    cmd.prp1 = FAKE_BUF;        /* a Data Block descriptor */
    cmd.prp2 = 4 * BLOCK;
    CHECK_CQE(fake_io(h, &cmd), 0, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_EQ(w(h, A + 4, 92), 0);
    CHECK_EQ(r(h, A, 4), 0);
    CHECK_EQ(is_block(h, 3, A + 3), true);
    fake_host_free(h);
}

/* One bit bucket for several reads: nothing of the host's is touched. */
static void test_bucket(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd = vector_cmd(h, &(Vec) {
        .opc = 0x92, .lba = LBAS(A, A + 8, A + 4), .n = 3, .no_mptr = true });

    fill(h, A);
    cmd.flags = 0x40;
    cmd.prp1 = 0;               /* a Bit Bucket descriptor */
    cmd.prp2 = 3 * BLOCK | UINT64_C(0x10) << 56;
    memset(fake_guest(h, 0), 0xa5, 4 * BLOCK);
    CHECK_CQE(fake_io(h, &cmd), 0, 0);
    CHECK_EQ(fake_all(fake_guest(h, 0), 0xa5, 4 * BLOCK), true);
    fake_host_free(h);
}

/* VEC-R7 */
static void test_mdts(void)
{
    FakeSetup s = t1();
    FakeHost *h;
    uint64_t lba[64];

    s.cfg.mdts = 5;             /* 128 KiB */
    h = fake_host_start(&s);
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = A + i;
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 33 }), 0x002,
              0);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 32 }), 0, 0);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 64 }), 0x002,
              0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "writes",                         test_writes },
    { "single entry",                   test_single_entry },
    { "refused writes change nothing",  test_refused_writes_change_nothing },
    { "a refused write of 64",          test_refused_64 },
    { "dwords",                         test_dwords },
    { "reads",                          test_reads },
    { "unreadable entries",             test_unreadable_entries },
    { "every bit",                      test_every_bit },
    { "metadata",                       test_metadata },
    { "SGL data, flat list",            test_sgl_data_flat_list },
    { "a bit bucket",                   test_bucket },
    { "MDTS",                           test_mdts },
};
OCPN_UNIT_MAIN("vector", tests)
