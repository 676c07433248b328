/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Vector Chunk Copy" (VCP-R1 to VCP-R6). */
#include "ocssd-host.h"

static FakeCmd copy_cmd(FakeHost *h, const uint64_t *src,
                        const uint64_t *dst, unsigned n)
{
    uint64_t from = n == 1 ? src[0] : LIST, to = n == 1 ? dst[0] : DLIST;

    for (unsigned i = 0; i < n; i++) {
        put_bytes_at(fake_guest(h, LIST) + i * 8, 8, src[i]);
        put_bytes_at(fake_guest(h, DLIST) + i * 8, 8, dst[i]);
    }
    return (FakeCmd) {
        .opc = 0x93, .nsid = 1, .cdw12 = n - 1,
        .cdw10 = (uint32_t)from, .cdw11 = (uint32_t)(from >> 32),
        .cdw14 = (uint32_t)to, .cdw15 = (uint32_t)(to >> 32),
        .prp1 = FAKE_HOLE + 1, .mptr = FAKE_HOLE + 1,   /* ignored */
    };
}

/* N blocks from SRC to DST, both consecutive. */
static FakeCqe copy(FakeHost *h, uint64_t src, uint64_t dst, unsigned n)
{
    uint64_t from[64], to[64];
    FakeCmd cmd;
    FakeCqe e;

    for (unsigned i = 0; i < n; i++) {
        from[i] = src + i;
        to[i] = dst + i;
    }
    cmd = copy_cmd(h, from, to, n);
    e = fake_io(h, &cmd);
    CU_ASSERT_TRUE(e.found);
    CHECK_EQ(e.dnr, e.status != 0);
    return e;
}

static void test_copies(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-150 */
    fill(h, A);
    CHECK_CQE(copy(h, A, B, 8), 0, 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 8));
    CHECK_EQ(w(h, B + 8, 88), 0);
    CHECK_EQ(r(h, B, 10), 0);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(is_block(h, i, A + i), true);
    }
    CHECK_EQ(is_block(h, 8, B + 8), true);
    /* OCSSD-CASE-155 VCP-R5 */
    open_chunk(h, C, 48);
    CHECK_CQE(copy(h, C, C + 48, 4), 0, 0);
    CHECK_EQ(st(h, IC), ST(OPEN, 52));
    CHECK_EQ(w(h, C + 52, 44), 0);
    CHECK_EQ(r(h, C + 48, 4), 0);
    CHECK_EQ(is_block(h, 0, C), true);
    CHECK_EQ(is_block(h, 3, C + 3), true);
    fake_host_free(h);
}

/* 64 entries, scattered at the source, several chunks at the destination. */
static void test_scattered(void)
{
    FakeHost *h = t1_start();
    uint64_t from[64], to[64];
    FakeCmd cmd;

    fill(h, A);
    fill(h, F);
    for (unsigned i = 0; i < 64; i++) {
        from[i] = i < 32 ? A + i : (i % 2 ? F : A) + (i * 29) % 96;
        to[i] = (i < 24 ? B : i < 48 ? E : C) + i % 24;
    }
    cmd = copy_cmd(h, from, to, 64);
    CHECK_CQE(fake_io(h, &cmd), 0, 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 24));
    CHECK_EQ(st(h, IE), ST(OPEN, 24));
    CHECK_EQ(st(h, IC), ST(OPEN, 16));
    CHECK_EQ(w(h, B + 24, 72), 0);
    CHECK_EQ(w(h, E + 24, 72), 0);
    CHECK_EQ(w(h, C + 16, 80), 0);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = to, .n = 64 }), 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        CHECK(is_block(h, i, from[i]), "entry %u", i);
    }
    fake_host_free(h);
}

/* OCSSD-CASE-151 VCP-R1 */
static void test_single_entry(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.ws_min = 1;
    s.ns[0].geo.mw_cunits = 0;
    h = fake_host_start(&s);
    open_chunk(h, A, 8);
    CHECK_CQE(copy(h, A + 5, E, 1), 0, 0);
    CHECK_EQ(st(h, IE), ST(OPEN, 1));
    CHECK_EQ(r(h, E, 1), 0);
    CHECK_EQ(is_block(h, 0, A + 5), true);
    fake_host_free(h);
}

static void test_destinations(void)
{
    FakeHost *h = t1_start();

    make_offline(h, IX);
    fill(h, A);
    fill(h, C);
    /* OCSSD-CASE-152 VCP-R4 */
    CHECK_CQE(copy(h, A, B + 4, 4), 0x2f2, 0xf);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    /* OCSSD-CASE-156 */
    CHECK_CQE(copy(h, A, C, 4), 0x280, 0xf);
    CHECK_CQE(copy(h, A, X, 4), 0x280, 0xf);
    CHECK_CQE(copy(h, A, 0x280, 4), 0x280, 0xf);
    CHECK_CQE(copy(h, A, B, 3), 0x002, 0x7);
    fake_host_free(h);
}

static void test_unreadable_sources(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    /* OCSSD-CASE-154 */
    s.ns[0].cfg.dlfeat = 2;
    h = fake_host_start(&s);
    open_chunk(h, A, 48);
    CHECK_CQE(copy(h, A + 22, B, 4), 0, 0);
    CHECK_EQ(w(h, B + 4, 92), 0);
    CHECK_EQ(r(h, B, 4), 0);
    CHECK_EQ(is_block(h, 0, A + 22), true);
    CHECK_EQ(is_block(h, 1, A + 23), true);
    CHECK_EQ(is_pattern(h, 2, 0xff), true);
    CHECK_EQ(is_pattern(h, 3, 0xff), true);
    /* The drive's first block behind an unreadable one. */
    {
        FakeCmd cmd = copy_cmd(h, LBAS(E, A, E, A + 1),
                               LBAS(C, C + 1, C + 2, C + 3), 4);

        CHECK_CQE(fake_io(h, &cmd), 0, 0);
    }
    CHECK_EQ(w(h, C + 4, 92), 0);
    CHECK_EQ(r(h, C, 4), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    CHECK_EQ(is_block(h, 1, A), true);
    CHECK_EQ(is_pattern(h, 2, 0xff), true);
    CHECK_EQ(is_block(h, 3, A + 1), true);
    fake_host_free(h);

    /* OCSSD-CASE-154, in T1 itself */
    h = t1_start();
    open_chunk(h, A, 48);
    CHECK_CQE(copy(h, A + 22, B, 4), 0, 0);
    CHECK_EQ(w(h, B + 4, 92), 0);
    CHECK_EQ(r(h, B, 4), 0);
    CHECK_EQ(is_block(h, 1, A + 23), true);
    CHECK_EQ(is_zero(h, 2) && is_zero(h, 3), true);
    fake_host_free(h);

    /* OCSSD-CASE-153 VCP-R3 */
    h = t1_start();
    open_chunk(h, A, 48);
    set_dulbe(h);
    CHECK_CQE(copy(h, A + 22, B, 4), 0x287, 0xc);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    fake_host_free(h);
}

static void test_refusals(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_start(&s);
    FakeCmd cmd = copy_cmd(h, LBAS(A, A + 1, A + 2, A + 3),
                           LBAS(B, B + 1, B + 2, B + 3), 4);

    /* OCSSD-CASE-158 */
    cmd.cdw12 = 0x40;
    CHECK_CQE(fake_io(h, &cmd), 0x002, 0);
    cmd.cdw12 = 3;
    cmd.cdw14 = (uint32_t)FAKE_HOLE;
    CHECK_CQE(fake_io(h, &cmd), 0x004, 0);
    cmd.cdw14 = (uint32_t)DLIST;
    cmd.cdw10 = (uint32_t)FAKE_HOLE;
    CHECK_CQE(fake_io(h, &cmd), 0x004, 0);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    fake_host_free(h);

    /* OCSSD-CASE-157 VCP-R2 */
    s.ns[0].cfg.copy = false;
    h = fake_host_start(&s);
    CHECK_CQE(copy(h, A, B, 4), 0x001, 0);
    fake_host_free(h);
}

/* The medium fails data reads, or data writes. */
typedef struct Fail {
    OcpnIoOp op;
    uint64_t from;
} Fail;

static OcpnIoResult judge(FakePort *f, const OcpnIo *io)
{
    const Fail *fail = f->judge_opaque;

    return io->op == fail->op && io->offset >= fail->from ? OCPN_IO_ERROR
                                                          : OCPN_IO_OK;
}

/* VCP-R6: what was accepted and not written closes its chunk. */
static void test_failing_media(void)
{
    static const struct { OcpnIoOp op; uint16_t status; } c[] = {
        { OCPN_IO_READ, 0x281 }, { OCPN_IO_WRITE, 0x2f1 },
    };

    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = t1_start();
        Fail fail = { c[i].op, data_offset(h) };

        fill(h, A);
        open_chunk(h, B, 8);
        h->f.judge = judge;
        h->f.judge_opaque = &fail;
        CHECK_CQE(copy(h, A, B + 8, 4), c[i].status, 0xf);
        h->f.judge = NULL;
        CHECK_EQ(st(h, IB), ST(CLOSED, 8));
        CHECK_EQ(image_entry(h, IB).state, CLOSED);
        CHECK_EQ(image_entry(h, IB).wp, 8);
        CHECK_EQ(r(h, B, 8), 0);
        CHECK_EQ(is_block(h, 7, B + 7), true);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "copies",             test_copies },
    { "scattered",          test_scattered },
    { "single entry",       test_single_entry },
    { "destinations",       test_destinations },
    { "unreadable sources", test_unreadable_sources },
    { "refusals",           test_refusals },
    { "failing media",      test_failing_media },
};
OCPN_UNIT_MAIN("vector copy", tests)
