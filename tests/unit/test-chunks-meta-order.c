/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/architecture.rst, "Metadata that hosts do not give": what may
 * pass zeros that are under way, what waits for them, and what fails with them.
 */
#include "meta-unit.h"

/*
 * Zeros that are under way: a write behind them needs none but does not
 * complete before they are there; one with metadata waits.
 */
static void test_under_way(void)
{
    FakeHost *h = start();

    fill(h, A);
    reset(h, A);
    h->f.hold = true;
    submit(h, 1, A, 4, 0);
    CHECK_EQ(h->f.nios, 2);
    submit(h, 1, A + 4, 4, 0);
    CHECK_EQ(h->f.nios, 3);
    submit(h, 2, A + 8, 4, META + 0x1000);
    CHECK_EQ(h->f.nios, 3);
    finish_others(h);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(fake_reap(h, 2).found, false);
    fake_io_finish(&h->f, zero_io(h), OCPN_IO_OK);
    fake_run(&h->f);
    finish_all(h);
    CHECK_EQ(reap(h, 1, 2) | reap(h, 2, 1), 0);
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A, 8, 0);
    check_blocks(h, A + 8, 4, 4);
    fake_host_free(h);
}

/* It waits for the zeros, not until nothing is under way any more. */
static void test_zeros_only(void)
{
    FakeHost *h = start();

    h->f.hold = true;
    submit(h, 1, A, 4, 0);
    submit(h, 1, A + 4, 4, 0);
    submit(h, 2, A + 8, 4, META + 0x1000);
    CHECK_EQ(h->f.nios, 3);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 4);     /* data, a page, data and metadata */
    finish_all(h);
    CHECK_EQ(reap(h, 1, 2) | reap(h, 2, 1), 0);
    check_blocks(h, A, 8, 0);
    check_blocks(h, A + 8, 4, 4);
    fake_host_free(h);
}

/* Killed before the zeros are there: nothing was acknowledged. */
static void test_killed(void)
{
    FakeHost *h = start();

    fill(h, A);
    reset(h, A);
    h->f.hold = true;
    submit(h, 1, A, 4, 0);
    submit(h, 1, A + 4, 4, 0);
    finish_others(h);
    h->f.hold = false;
    fake_host_restart(h, false);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(bare(h, A, 8), 0);
    check_blocks(h, A, 8, 0);
    fake_host_free(h);
}

/* Zeros that fail: those who rely on them fail as well, and others do not. */
static void test_failure(void)
{
    FakeHost *h = start();

    fill(h, A);
    reset(h, A);
    h->f.hold = true;
    submit(h, 1, A, 4, META + 0x1000);
    submit(h, 1, A + 4, 4, 0);
    submit(h, 1, A + 8, 4, 0);
    fake_io_finish(&h->f, zero_io(h), OCPN_IO_ERROR);
    fake_run(&h->f);
    finish_all(h);
    CHECK_EQ(reap(h, 1, 3), 0x2f1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 4));
    check_blocks(h, A, 4, 4);
    reset(h, A);
    bare_chunk(h, A);
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A, 96, 0);
    fake_host_free(h);
}

/* ... also if the chunk had been without metadata in all of its lives. */
static void test_failure_is_remembered(void)
{
    FakeHost *h = start();

    h->f.hold = true;
    submit(h, 1, A, 4, 0);
    fake_io_finish(&h->f, zero_io(h), OCPN_IO_ERROR);
    finish_all(h);
    CHECK_EQ(fake_reap(h, 1).status, 0x2f1);
    reset(h, A);
    CHECK_EQ(bare(h, A, 4), 0);
    CHECK_EQ(zeroes(h), 1);
    fake_host_free(h);
}

static void test_random_under_way(void)
{
    FakeHost *h = random_start();

    CHECK_EQ(w(h, B, 96), 0);
    reset(h, B);
    h->f.hold = true;
    submit(h, 1, B + 5, 1, 0);
    submit(h, 1, B + 7, 1, 0);          /* nothing lets it wait later */
    submit(h, 2, B + 9, 1, META + 0x1000);
    CHECK_EQ(h->f.nios, 2);
    finish_others(h);
    CHECK_EQ(fake_reap(h, 1).found || fake_reap(h, 2).found, false);
    finish_all(h);
    CHECK_EQ(reap(h, 1, 2) | reap(h, 2, 1), 0);
    CHECK_EQ(zeroes(h) <= 2, true);
    check_blocks(h, B + 5, 1, 0);
    check_blocks(h, B + 7, 1, 0);
    check_blocks(h, B + 9, 1, 1);
    fake_host_free(h);
}

/* Two groups of one command: the first one's zeros fail. */
static void test_random_failure(void)
{
    FakeHost *h = random_start();
    FakeCmd cmd = vector_cmd(h, &(Vec) { .opc = 0x91, .n = 2, .no_mptr = true,
                                         .lba = LBAS(B + 5, B + 7) });

    CHECK_EQ(w(h, B, 96), 0);
    reset(h, B);
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 4);
    CHECK_EQ(h->f.io[zero_io(h)]->len, 96 * MS);
    fake_io_finish(&h->f, zero_io(h), OCPN_IO_ERROR);
    finish_all(h);
    CHECK_CQE(fake_reap(h, 1), 0x2f1, 1);
    CHECK_EQ(r(h, B + 7, 1), 0);
    CHECK_EQ(fake_all(fake_guest(h, META), 0, MS), true);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "while zeros are under way",           test_under_way },
    { "not longer than for zeros",           test_zeros_only },
    { "killed while zeros are under way",    test_killed },
    { "zeros that fail",                     test_failure },
    { "a failure is remembered",             test_failure_is_remembered },
    { "random-write chunks under way",       test_random_under_way },
    { "random-write chunks, zeros fail",     test_random_failure },
};
OCPN_UNIT_MAIN("chunks, zeros under way", tests)
