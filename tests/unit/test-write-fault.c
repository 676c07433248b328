/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, Write Next Unit, Chunk Early Close.
 *
 * OCSSD-CASE-173: w(), r() and vector() check that each failure forbids a
 * retry.  What is lost, kept and restarted is in test-fault-lost.c.
 */
#include "fault-unit.h"

/* The first 8 blocks are there, the next 8 are lost, the rest is there. */
static void check_lost_unit(FakeHost *h)
{
    CHECK_EQ(reads_block(h, A + 7), true);
    CHECK_EQ(reads_zero(h, A + 8), true);
    CHECK_EQ(reads_zero(h, A + 15), true);
    CHECK_EQ(reads_block(h, A + 16), true);
    CHECK_EQ(r(h, A, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(i >= 8 && i < 16 ? is_zero(h, i) : is_block(h, i, A + i),
                 true);
    }
}

static void test_write_next_unit(void)
{
    FakeHost *h = t1_start();
    uint64_t errors;

    /* OCSSD-CASE-159 */
    open_chunk(h, A, 8);
    errors = media_errors(h);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A + 8, 8), 0x2f0);
    CHECK_EQ(st(h, IA), ST(OPEN, 16));
    CHECK_EQ(media_errors(h), errors + 1);
    check_error_log(h, 0x2f0, A + 8);
    CHECK_COUNTS(h, "chances 1, fired 1");

    /* OCSSD-CASE-160 */
    CHECK_EQ(w(h, A + 16, 80), 0);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    check_lost_unit(h);
    set_dulbe(h);
    for (unsigned i = 0; i < 24; i++) {
        CHECK_EQ(r(h, A + i, 1), i >= 8 && i < 16 ? 0x287 : 0);
    }
    CHECK_CQE(VR(h, A + 7, A + 8, A + 15, A + 16), 0x287, 6);
    CHECK_EQ(is_block(h, 0, A + 7), true);
    CHECK_EQ(is_block(h, 3, A + 16), true);
    fake_host_free(h);
}

/* OCSSD-CASE-160 with the other pattern */
static void test_lost_blocks_of_ones(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.dlfeat = 2;
    h = fake_host_start(&s);
    open_chunk(h, A, 8);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A + 8, 8), 0x2f0);
    CHECK_EQ(w(h, A + 16, 80), 0);
    CHECK_EQ(r(h, A + 7, 10), 0);
    CHECK_EQ(is_block(h, 0, A + 7), true);
    for (unsigned i = 1; i < 9; i++) {
        CHECK_EQ(is_pattern(h, i, 0xff), true);
    }
    CHECK_EQ(is_block(h, 9, A + 16), true);
    fake_host_free(h);
}

static void test_write_next_unit_at_the_ends(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-161 */
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A, 4), 0x2f0);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    check_error_log(h, 0x2f0, A);
    CHECK_EQ(w(h, A, 4), 0x2f2);
    CHECK_EQ(w(h, A + 4, 92), 0);
    CHECK_EQ(reads_zero(h, A + 3), true);
    CHECK_EQ(reads_block(h, A + 4), true);

    /* OCSSD-CASE-162 */
    open_chunk(h, B, 92);
    fault(h, "write-next-unit chk=1");
    CHECK_EQ(w(h, B + 92, 4), 0x2f0);
    CHECK_EQ(st(h, IB), ST(CLOSED, 0x60));
    CHECK_EQ(reads_block(h, B + 91), true);
    CHECK_EQ(reads_zero(h, B + 92), true);
    CHECK_EQ(reads_zero(h, B + 95), true);
    CHECK_EQ(w(h, B + 92, 4), 0x280);
    CHECK_CQE(VX(h, B), 0, 0);

    /* The whole chunk in one write, and then a second life. */
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, B, 96), 0x2f0);
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    CHECK_EQ(r(h, B, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(is_zero(h, i), true);
    }
    CHECK_CQE(VX(h, B), 0, 0);
    fill(h, B);
    CHECK_EQ(r(h, B, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(is_block(h, i, B + i), true);
    }
    fake_host_free(h);
}

static void test_early_close(void)
{
    FakeHost *h = t1_start();
    uint64_t errors;

    /* OCSSD-CASE-163 */
    open_chunk(h, A, 40);
    errors = media_errors(h);
    fault(h, "early-close");
    CHECK_EQ(w(h, A + 40, 8), 0x2f1);
    CHECK_EQ(media_errors(h), errors + 1);
    check_error_log(h, 0x2f1, A + 40);
    CHECK_EQ(st(h, IA), ST(CLOSED, 0x28));
    CHECK_EQ(reads_block(h, A + 39), true);
    CHECK_EQ(reads_zero(h, A + 40), true);
    CHECK_EQ(w(h, A + 40, 8), 0x280);
    CHECK_EQ(r(h, A, 48), 0);
    for (unsigned i = 0; i < 48; i++) {
        CHECK_EQ(i < 40 ? is_block(h, i, A + i) : is_zero(h, i), true);
    }
    /* OCSSD-CASE-164 */
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(reads_zero(h, A), true);
    fake_host_free(h);
}

static void test_offline_next(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-165 */
    open_chunk(h, A, 40);
    fault(h, "early-close offline-next=on");
    CHECK_EQ(w(h, A + 40, 8), 0x2f1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 0x28));
    CHECK_EQ(reads_block(h, A + 39), true);
    CHECK_CQE(VX(h, A), 0x2c0, 1);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_CQE(VX(h, A), 0x2c0, 1);
    CHECK_EQ(w(h, A, 4), 0x280);
    CHECK_EQ(reads_zero(h, A), true);
    fake_host_free(h);
}

static void test_early_close_of_free(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-166 */
    fault(h, "early-close");
    CHECK_EQ(w(h, A, 4), 0x2f1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 0));
    check_error_log(h, 0x2f1, A);
    CHECK_EQ(reads_zero(h, A), true);
    set_dulbe(h);
    CHECK_EQ(r(h, A, 1), 0x287);
    CHECK_EQ(w(h, A, 4), 0x280);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    fill(h, A);
    CHECK_EQ(reads_block(h, A), true);
    fake_host_free(h);
}

/* Places of MAXOC: Write Next Unit takes one, Early Close gives one back. */
static void test_open_chunks(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.maxoc = 1;
    h = fake_host_start(&s);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A, 4), 0x2f0);
    CHECK_EQ(w(h, C, 4), 0x280);
    fault(h, "early-close");
    CHECK_EQ(w(h, A + 4, 4), 0x2f1);
    CHECK_EQ(w(h, C, 4), 0);
    CHECK_EQ(w(h, E, 4), 0x280);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, C + 4, 92), 0x2f0);       /* to its end: Closed */
    CHECK_EQ(w(h, E, 4), 0);
    fake_host_free(h);
}

static void test_vector_groups(void)
{
    FakeHost *h = t1_start();
    uint64_t errors;

    /* OCSSD-CASE-167 VW-R3 */
    errors = media_errors(h);
    fault(h, "early-close pu=1");
    CHECK_CQE(VW(h, FOUR(A), FOUR(C)), 0x2f1, 0xf0);
    CHECK_EQ(media_errors(h), errors + 1);
    check_error_log(h, 0x2f1, C);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_EQ(st(h, IC), ST(CLOSED, 0));
    CHECK_EQ(w(h, A + 4, 92), 0);
    CHECK_EQ(reads_block(h, A), true);
    CHECK_EQ(reads_block(h, A + 3), true);
    CHECK_EQ(reads_zero(h, C), true);
    fake_host_free(h);
}

/* VW-R3: the first code of two is reported, with the bits of both. */
static void test_two_codes(void)
{
    FakeHost *h = t1_start();

    fault(h, "early-close grp=1");
    fault(h, "write-next-unit pu=1");
    CHECK_CQE(VW(h, FOUR(A), FOUR(E), FOUR(B), FOUR(C)), 0x2f1, 0xf0f0);
    check_error_log(h, 0x2f1, E);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_EQ(st(h, IE), ST(CLOSED, 0));
    CHECK_EQ(st(h, IB), ST(OPEN, 4));
    CHECK_EQ(st(h, IC), ST(OPEN, 4));
    fake_host_free(h);

    h = t1_start();
    fault(h, "early-close grp=1");
    fault(h, "write-next-unit pu=1");
    CHECK_CQE(VW(h, FOUR(C), FOUR(A), FOUR(E)), 0x2f0, 0xf0f);
    CHECK_EQ(st(h, IC), ST(OPEN, 4));
    CHECK_EQ(st(h, IE), ST(CLOSED, 0));
    fake_host_free(h);
}

/* D25: a list that comes back to a chunk whose first group failed. */
static void test_back_to_a_chunk(void)
{
    FakeHost *h = t1_start();

    fault(h, "write-next-unit blk=0");
    CHECK_CQE(VW(h, FOUR(A), FOUR(C), FOUR(A + 4)), 0x2f0, 0x0f);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    CHECK_EQ(w(h, A + 8, 88), 0);
    CHECK_EQ(reads_zero(h, A + 3), true);
    CHECK_EQ(reads_block(h, A + 4), true);

    /* Behind a block that closed the chunk nothing is written. */
    fault(h, "early-close grp=1 blk=0");
    CHECK_CQE(VW(h, FOUR(E), FOUR(B), FOUR(E + 4)), 0x2f1, 0xf0f);
    CHECK_EQ(st(h, IE), ST(CLOSED, 0));
    CHECK_EQ(st(h, IB), ST(OPEN, 4));
    fake_host_free(h);
}

/* VCP-R6: as writes fail. */
static void test_copies(void)
{
    FakeHost *h = t1_start();

    fill(h, A);
    fault(h, "early-close pu=1");
    CHECK_CQE(copy_to(h, A, LBAS(FOUR(B), FOUR(C), FOUR(E)), 12), 0x2f1,
              0xf0);
    check_error_log(h, 0x2f1, C);
    CHECK_EQ(st(h, IB), ST(OPEN, 4));
    CHECK_EQ(st(h, IC), ST(CLOSED, 0));
    CHECK_EQ(st(h, IE), ST(OPEN, 4));
    CHECK_EQ(fake_all(h->f.media[1].bytes + data_offset(h) +
                      IC * 96u * BLOCK, 0, 4 * BLOCK), true);
    fault(h, "write-next-unit grp=1");
    CHECK_CQE(copy_to(h, A, LBAS(FOUR(E + 4), FOUR(E + 8)), 8), 0x2f0, 0xff);
    CHECK_EQ(st(h, IE), ST(OPEN, 12));
    CHECK_EQ(w(h, E + 12, 84), 0);
    CHECK_EQ(r(h, E, 16), 0);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(is_block(h, i, A + 8 + i), true);
        CHECK_EQ(is_zero(h, 4 + i), true);
        CHECK_EQ(is_zero(h, 8 + i), true);
        CHECK_EQ(is_block(h, 12 + i, E + 12 + i), true);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "write next unit",            test_write_next_unit },
    { "lost blocks of ones",        test_lost_blocks_of_ones },
    { "write next unit at the ends of a chunk",
      test_write_next_unit_at_the_ends },
    { "early close",                test_early_close },
    { "offline at the next reset",  test_offline_next },
    { "early close of a free chunk", test_early_close_of_free },
    { "open chunks",                test_open_chunks },
    { "groups of a vector",         test_vector_groups },
    { "two codes",                  test_two_codes },
    { "back to a chunk",            test_back_to_a_chunk },
    { "copies",                     test_copies },
};
OCPN_UNIT_MAIN("faults of writes", tests)
