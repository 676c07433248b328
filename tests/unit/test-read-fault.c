/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Vector Chunk Read", Media Feedback (High ECC);
 * docs/fault-injection.rst.
 *
 * OCSSD-CASE-173: r() and vector() check that each failure forbids a retry.
 */
#include "fault-unit.h"

#define HECC    1u
#define VHECC   2u

static void set_feedback(FakeHost *h, uint32_t bits)
{
    CHECK_EQ(fake_set_feature(h, 0xca, 1, bits).status, 0);
}

static void test_failing_block(void)
{
    FakeHost *h = t1_start();
    uint64_t errors;

    /* OCSSD-CASE-169 */
    fill(h, A);
    errors = media_errors(h);
    fault(h, "read-fail grp=0 pu=0 chk=0 blk=5");
    CHECK_CQE(VR(h, A + 4, A + 5, A + 6), 0x281, 2);
    CHECK_EQ(is_block(h, 0, A + 4), true);
    CHECK_EQ(is_block(h, 2, A + 6), true);
    CHECK_EQ(media_errors(h), errors + 1);
    check_error_log(h, 0x281, A + 5);
    /* It keeps failing, wherever it is in a command. */
    CHECK_CQE(VR(h, A + 5), 0x281, 1);
    CHECK_CQE(VR(h, A + 5, A + 6, A + 5), 0x281, 5);
    CHECK_CQE(VR(h, A + 4, A + 6), 0, 0);
    CHECK_EQ(r(h, A + 5, 1), 0x281);
    check_error_log(h, 0x281, A + 5);
    CHECK_EQ(r(h, A, 8), 0x281);
    CHECK_EQ(r(h, A, 5), 0);
    CHECK_EQ(r(h, A + 6, 90), 0);
    /* Nothing happened to the chunk. */
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    ocpn_fault_clear(h->c);
    CHECK_EQ(reads_block(h, A + 5), true);
    fake_host_free(h);
}

/* The bit of each of 64 entries. */
static void test_every_bit(void)
{
    FakeHost *h = t1_start();
    uint64_t lba[64];

    fill(h, A);
    fault(h, "read-fail lba=90");
    for (unsigned bad = 0; bad < 64; bad++) {
        for (unsigned i = 0; i < 64; i++) {
            lba[i] = i == bad ? A + 90 : A + i;
        }
        CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = lba, .n = 64 }),
                  0x281, UINT64_C(1) << bad);
        CHECK_EQ(is_block(h, bad ? 0 : 63, A + (bad ? 0 : 63)), true);
    }
    fake_host_free(h);
}

/* A chunk's addresses are a power of two here: two chunks in one Read. */
static void test_second_chunk(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.clba = 64;
    h = fake_host_start(&s);        /* the second one is at LBA 40h */
    open_chunk(h, 0, 64);
    open_chunk(h, 0x40, 64);
    CHECK_EQ(r(h, 60, 8), 0);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(is_block(h, i, 60 + i), true);
    }
    fault(h, "read-fail chk=1 blk=3");
    CHECK_EQ(r(h, 60, 7), 0);
    CHECK_EQ(r(h, 60, 8), 0x281);
    CHECK_CQE(VR(h, 63, 64, 66, 67), 0x281, 8);
    ocpn_fault_clear(h->c);
    set_feedback(h, HECC);
    fault(h, "high-ecc chk=1 blk=3");
    CHECK_EQ(r(h, 60, 7), 0);
    CHECK_EQ(r(h, 60, 8), 0x2d0);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(is_block(h, i, 60 + i), true);
    }
    fake_host_free(h);
}

static void test_weak_block(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-170 */
    fill(h, A);
    fault(h, "high-ecc blk=5");
    CHECK_EQ(reads_block(h, A + 5), true);
    CHECK_CQE(VR(h, A + 5), 0, 0);
    CHECK_EQ(is_block(h, 0, A + 5), true);
    CHECK_COUNTS(h, "chances 0, fired 0");

    /* OCSSD-CASE-171 */
    set_feedback(h, HECC);
    CHECK_EQ(r(h, A + 5, 1), 0x2d0);
    CHECK_EQ(is_block(h, 0, A + 5), true);
    check_error_log(h, 0x2d0, A + 5);
    CHECK_CQE(VR(h, A + 5), 0, 0);
    CHECK_EQ(is_block(h, 0, A + 5), true);

    /* OCSSD-CASE-172 */
    set_feedback(h, VHECC);
    CHECK_CQE(VR(h, A + 4, A + 5), 0x2d0, 2);
    CHECK_EQ(is_block(h, 0, A + 4), true);
    CHECK_EQ(is_block(h, 1, A + 5), true);
    check_error_log(h, 0x2d0, A + 5);
    CHECK_EQ(reads_block(h, A + 5), true);

    set_feedback(h, HECC | VHECC);
    CHECK_EQ(r(h, A, 96), 0x2d0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(is_block(h, i, A + i), true);
    }
    CHECK_CQE(VR(h, A + 5, A + 4), 0x2d0, 1);
    fake_host_free(h);
}

/* Section 7.6: 2/81 before 2/87 before 2/D0; only its own bits. */
static void test_priority(void)
{
    FakeHost *h = t1_start();

    fill(h, A);
    set_feedback(h, HECC | VHECC);
    fault(h, "high-ecc blk=5-6");
    fault(h, "read-fail blk=7");
    CHECK_CQE(VR(h, A + 4, A + 5, B, A + 7), 0x281, 8);
    CHECK_CQE(VR(h, A + 4, A + 5, B, A + 8), 0x2d0, 2);
    CHECK_EQ(is_zero(h, 2), true);
    CHECK_EQ(r(h, A + 4, 4), 0x281);
    CHECK_EQ(r(h, A + 4, 3), 0x2d0);
    set_dulbe(h);
    CHECK_CQE(VR(h, A + 4, A + 5, B, A + 7), 0x281, 8);
    CHECK_CQE(VR(h, A + 4, A + 5, B, A + 8), 0x287, 4);
    CHECK_EQ(is_block(h, 0, A + 4), true);
    CHECK_EQ(is_block(h, 1, A + 5), true);
    CHECK_CQE(VR(h, A + 4, A + 5), 0x2d0, 2);
    /* A Read from the failing block into addresses that are not there. */
    CHECK_EQ(r(h, A + 90, 8), 0x287);
    fault(h, "read-fail blk=95");
    CHECK_EQ(r(h, A + 90, 8), 0x281);
    fake_host_free(h);
}

/* A block with both faults fails. */
static void test_both(void)
{
    FakeHost *h = t1_start();

    fill(h, A);
    set_feedback(h, HECC | VHECC);
    fault(h, "high-ecc blk=5");
    fault(h, "read-fail blk=5");
    CHECK_CQE(VR(h, A + 4, A + 5), 0x281, 2);
    CHECK_EQ(r(h, A + 5, 1), 0x281);
    CHECK_COUNTS(h, "chances 0, fired 0");
    fake_host_free(h);
}

/* Only the medium fails: what holds no data is read without it. */
static void test_unreadable_blocks(void)
{
    FakeHost *h = t1_start();

    open_chunk(h, A, 48);
    set_feedback(h, HECC | VHECC);
    fault(h, "read-fail");
    CHECK_EQ(r(h, A + 24, 24), 0);          /* the window */
    CHECK_EQ(r(h, B, 8), 0);
    CHECK_EQ(r(h, 0x2000, 8), 0);
    CHECK_CQE(VR(h, A + 24, B, 0x280), 0, 0);
    CHECK_COUNTS(h, "chances 0, fired 0");
    CHECK_CQE(VR(h, A + 24, A + 23, B, A), 0x281, 0xa);
    CHECK_COUNTS(h, "chances 2, fired 2");
    /* One chance for the part of a chunk that a Read takes. */
    CHECK_EQ(r(h, A, 48), 0x281);
    CHECK_COUNTS(h, "chances 3, fired 3");
    fake_host_free(h);
}

/* after and times count blocks of vectors one by one. */
static void test_after_and_times(void)
{
    FakeHost *h = t1_start();

    fill(h, A);
    fault(h, "read-fail after=2 times=3");
    CHECK_CQE(VR(h, A, A + 1, A + 2, A + 3), 0x281, 0xc);
    CHECK_CQE(VR(h, A, A + 1, A + 2, A + 3), 0x281, 1);
    CHECK_CQE(VR(h, A, A + 1, A + 2, A + 3), 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(is_block(h, i, A + i), true);
    }
    fake_host_free(h);
}

/* VCP-R3, and like it a source that cannot be read: nothing is written. */
static void test_copies(void)
{
    FakeHost *h = t1_start();

    fill(h, A);
    set_feedback(h, HECC | VHECC);
    fault(h, "high-ecc");
    fault(h, "read-fail blk=6");
    CHECK_CQE(copy_to(h, A + 4, LBAS(FOUR(B)), 4), 0x281, 4);
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_CQE(copy_to(h, A + 8, LBAS(FOUR(B)), 4), 0, 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 4));
    fake_host_free(h);
}

/* A medium that fails by itself besides: the bits of both. */
static OcpnIoResult fail_block_40(FakePort *f, const OcpnIo *io)
{
    uint64_t first = *(const uint64_t *)f->judge_opaque + 40u * BLOCK;
    bool bad = io->op == OCPN_IO_READ && io->offset <= first &&
               io->offset + io->len > first;

    return bad ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void test_medium_fails_too(void)
{
    FakeHost *h = t1_start();
    uint64_t data;

    fill(h, A);
    data = data_offset(h);
    h->f.judge = fail_block_40;
    h->f.judge_opaque = &data;
    set_feedback(h, HECC | VHECC);
    fault(h, "high-ecc blk=5");
    CHECK_CQE(VR(h, A + 3, A + 5, A + 40, B), 0x281, 4);
    CHECK_EQ(r(h, A + 40, 1), 0x281);
    fault(h, "read-fail blk=7");
    CHECK_CQE(VR(h, A + 3, A + 7, A + 40, A + 5), 0x281, 6);
    set_dulbe(h);
    CHECK_CQE(VR(h, A + 3, A + 5, A + 40, B), 0x281, 4);
    h->f.judge = NULL;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a block that cannot be read",    test_failing_block },
    { "the bit of every entry",         test_every_bit },
    { "a Read over two chunks",         test_second_chunk },
    { "a weak block",                   test_weak_block },
    { "what is reported first",         test_priority },
    { "a block with both faults",       test_both },
    { "blocks that hold no data",       test_unreadable_blocks },
    { "after and times of reads",       test_after_and_times },
    { "copies",                         test_copies },
    { "a medium that fails, too",       test_medium_fails_too },
};
OCPN_UNIT_MAIN("faults of reads", tests)
