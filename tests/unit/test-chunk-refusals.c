/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: what all refusals of open-channel commands have in common;
 * specification notes 1.3 and 7.2 (STAT-R1, STAT-R2, VEC-R5, VEC-R6).
 *
 * Chunk A is Closed, B Open up to 8, X Offline, the others Free.
 */
#include "ocssd-host.h"

#define ALL_NS      0xffffffffu
#define GET_CA(len) (0xca | ((len) / 4 - 1) << 16)

/* Status field of the completion that was reaped last: phase and all. */
static uint16_t raw_status(FakeHost *h, uint16_t qid)
{
    const FakeQueue *q = &h->q[qid];
    uint32_t last = (q->head + q->size - 1) % q->size;

    return (uint16_t)bytes_at(fake_guest(h, q->cq + last * 16 + 14), 2);
}

/*
 * STAT-R1: Do Not Retry.  STAT-R2: no More; what the error log has to say is
 * there, and does no harm.
 */
static void check_refused(FakeHost *h, uint16_t qid, FakeCqe e,
                          uint16_t status, unsigned row)
{
    CHECK(e.found && e.status == status, "row %u: status 0x%x, want 0x%x",
          row, e.status, status);
    CHECK((raw_status(h, qid) & 0xfffe) == (0x8000 | status << 1),
          "row %u: status field 0x%x", row, raw_status(h, qid));
    CHECK_EQ(fake_get_log(h, 0x01, ALL_NS, 0, 64).status, 0);
}

static FakeHost *refusal_start(const FakeSetup *s)
{
    FakeHost *h = fake_host_start(s);

    make_offline(h, IX);
    fill(h, A);
    open_chunk(h, B, 8);
    return h;
}

/* OCSSD-CASE-8 OCSSD-CASE-13 OCSSD-CASE-24 OCSSD-CASE-25 OCSSD-CASE-26 */
/* OCSSD-CASE-27 OCSSD-CASE-40 OCSSD-CASE-43: Do Not Retry, too */
static const struct {
    uint8_t  opc;
    uint32_t nsid, cdw10, cdw11, cdw12, cdw13;
    uint16_t status;
} admin[] = {
    { 0xe2, 0, 0, 0, 0, 0, 0x00b },
    { 0xe2, ALL_NS, 0, 0, 0, 0, 0x00b },
    { 0xe2, 2, 0, 0, 0, 0, 0x00b },
    { 0x02, 0, GET_CA(32), 0, 0, 0, 0x00b },
    { 0x02, ALL_NS, GET_CA(32), 0, 0, 0, 0x00b },
    { 0x02, 2, GET_CA(32), 0, 0, 0, 0x00b },
    { 0x02, 1, GET_CA(32), 0, 964, 0, 0x002 },
    { 0x02, 1, GET_CA(32), 0, 0, 1, 0x002 },
    { 0x02, 1, GET_CA(32), 0, 2, 0, 0x002 },
    { 0x02, 1, 0x000000ca, 2, 0, 0, 0x002 },
    { 0x09, 1, 0x800000ca, 1, 0, 0, 0x10d },
    { 0x09, 0, 0x000000ca, 1, 0, 0, 0x00b },
    { 0x09, 2, 0x000000ca, 1, 0, 0, 0x00b },
    { 0x90, 1, 0, 0, 0, 0, 0x001 },
    { 0xc1, 1, GET_CA(32), 0, 0, 0, 0x001 },           /* OCSSD-D43 */
};

static void test_admin(void)
{
    FakeSetup s = t1();
    FakeHost *h = refusal_start(&s);

    for (unsigned i = 0; i < sizeof(admin) / sizeof(admin[0]); i++) {
        FakeCqe e = fake_admin(h, &(FakeCmd) {
            .opc = admin[i].opc, .nsid = admin[i].nsid, .prp1 = FAKE_BUF,
            .cdw10 = admin[i].cdw10, .cdw11 = admin[i].cdw11,
            .cdw12 = admin[i].cdw12, .cdw13 = admin[i].cdw13,
        });

        check_refused(h, 0, e, admin[i].status, i);
        CHECK_EQ(e.dw0, 0);
    }
    fake_host_free(h);
}

/* I/O commands that name one LBA. */
static const struct {
    uint8_t  opc;
    uint32_t nsid;
    uint64_t lba;
    uint32_t n;
    uint16_t status;
} scalars[] = {
    { 0x01, 1, A, 4, 0x280 },
    { 0x01, 1, X, 4, 0x280 },
    { 0x01, 1, 0x280, 4, 0x280 },
    { 0x01, 1, B, 4, 0x2f2 },
    { 0x01, 1, C + 4, 4, 0x2f2 },
    { 0x01, 1, B + 8, 3, 0x002 },
    { 0x01, 1, B + 8, 129, 0x002 },
    { 0x02, 1, A, 129, 0x002 },
    { 0x01, 0, A, 4, 0x00b },
    { 0x02, 2, A, 4, 0x00b },
    { 0x04, 1, A, 4, 0x001 },
    { 0x05, 1, A, 4, 0x001 },
    { 0x08, 1, A, 4, 0x001 },
    { 0xe2, 1, 0, 1, 0x001 },
    { 0x90, 1, B, 1, 0x2c1 },
    { 0x90, 1, X, 1, 0x2c0 },
    { 0x90, 1, C, 1, 0x2c1 },
    /* ADDR-R2: no LBA is out of range */
    { 0x01, 1, 0x2000, 4, 0x280 },
    { 0x01, 1, 0x8000000000000000, 4, 0x280 },
    { 0x90, 1, 0x8000000000000000, 1, 0x2c1 },
    { 0x91, 1, 0x8000000000000000, 1, 0x280 },
};

static void test_io(void)
{
    FakeSetup s = t1();
    FakeHost *h = refusal_start(&s);

    for (unsigned i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        FakeCmd cmd = scalar(h, scalars[i].opc, scalars[i].lba,
                             scalars[i].n);
        FakeCqe e;

        cmd.nsid = scalars[i].nsid;
        cmd.mptr = 0;
        e = fake_io(h, &cmd);
        check_refused(h, 1, e, scalars[i].status, i);
        CHECK_EQ(bitmap(e), cmd.opc >= 0x90 && cmd.opc < 0x94);
    }
    /* ADDR-R2: neither for reads, with DULBE or without */
    CHECK_EQ(r(h, 0x2000, 4), 0);
    CHECK_CQE(VR(h, UINT64_MAX, 0x2000), 0, 0);
    set_dulbe(h);
    CHECK_EQ(r(h, 0x2000, 4), 0x287);
    CHECK_CQE(VR(h, A, UINT64_MAX, 0x2000), 0x287, 6);
    fake_host_free(h);
}

/*
 * VEC-R6: of a command that is wrong before its blocks are looked at, the
 * bitmap is 0.  A good list, and what is changed of the command.
 */
static const struct {
    uint8_t  flags;
    uint32_t nsid, cdw12;
    uint64_t list;
    uint16_t status;
} vectors[] = {
    { 0, 0, 3, LIST, 0x00b },
    { 0, ALL_NS, 3, LIST, 0x00b },
    { 0, 2, 3, LIST, 0x00b },
    { 1, 1, 3, LIST, 0x002 },              /* VEC-R8 */
    { 2, 1, 3, LIST, 0x002 },
    /* OCSSD-CASE-97 OCSSD-CASE-116 OCSSD-CASE-158, to the bit */
    { 0, 1, 0x40, LIST, 0x002 },
    { 0, 1, 0xffc0, LIST, 0x002 },
    { 0, 1, 0x7f, LIST, 0x002 },
    /* OCSSD-CASE-100 */
    { 0, 1, 3, FAKE_HOLE, 0x004 },
    { 0, 1, 3, FAKE_MMIO, 0x004 },
    { 0, 1, 3, FAKE_HOLE - 16, 0x004 },
    { 0, 1, 3, UINT64_MAX - 15, 0x004 },
};

static void test_vectors(void)
{
    FakeSetup s = t1();
    FakeHost *h = refusal_start(&s);
    uint64_t was[4] = { st(h, IA), st(h, IB), st(h, IC), st(h, IX) };

    for (unsigned i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        for (uint8_t opc = 0x90; opc <= 0x93; opc++) {
            FakeCmd cmd = vector_cmd(h, &(Vec) {
                .opc = opc, .lba = LBAS(B + 8, B + 9, B + 10, B + 11),
                .n = 4, .no_mptr = true,
            });
            FakeCqe e;

            cmd.flags = vectors[i].flags;
            cmd.nsid = vectors[i].nsid;
            cmd.cdw10 = (uint32_t)vectors[i].list;
            cmd.cdw11 = (uint32_t)(vectors[i].list >> 32);
            cmd.cdw12 = vectors[i].cdw12;
            cmd.cdw14 = (uint32_t)LIST;
            e = fake_io(h, &cmd);
            check_refused(h, 1, e, vectors[i].status, i);
            CHECK(bitmap(e) == 0, "row %u: bitmap 0x%" PRIx64, i, bitmap(e));
        }
    }
    CHECK_EQ(st(h, IA), was[0]);
    CHECK_EQ(st(h, IB), was[1]);
    CHECK_EQ(st(h, IC), was[2]);
    CHECK_EQ(st(h, IX), was[3]);
    fake_host_free(h);
}

/* VEC-R5: of what is refused when blocks are looked at, both dwords. */
static void test_bitmaps(void)
{
    FakeSetup s = t1();
    FakeHost *h = refusal_start(&s);
    uint64_t lba[64];

    set_dulbe(h);
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = i % 3 ? A + i : C + i;
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 64 }), 0x287,
              0x9249249249249249);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 64 }), 0x002,
              UINT64_MAX);
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = i == 40 ? A : i % 2 ? C : X;
    }
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x90, .lba = lba, .n = 64,
                                 .no_mptr = true }), 0x2c0,
              UINT64_MAX & ~(UINT64_C(1) << 40));
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    /* ... and on success both are 0. */
    CHECK_CQE(VW(h, A, A + 1, A + 2, A + 3), 0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "admin commands",        test_admin },
    { "commands with an LBA",  test_io },
    { "vectors",               test_vectors },
    { "bitmaps",               test_bitmaps },
};
OCPN_UNIT_MAIN("chunk refusals", tests)
