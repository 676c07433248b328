/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, Write Next Unit and Chunk Early Close: when a write has
 * a chance to fail, which blocks are lost, and that they stay lost over
 * restarts until their chunk is reset.
 */
#include "fault-unit.h"

/* Writes that are refused by steps W0 to W8, on a drive that has all. */
static const struct { uint64_t lba; unsigned n; uint16_t status; } refused[] = {
    { 0x280, 4, 0x280 }, { 0x2000, 4, 0x280 },      /* W1 */
    { X, 4, 0x280 },                                /* W2 */
    { B, 4, 0x280 },                                /* W3 */
    { A + 92, 8, 0x280 },                           /* W4 */
    { A + 4, 3, 0x002 },                            /* W6 */
    { A, 4, 0x2f2 }, { A + 8, 4, 0x2f2 },           /* W7 */
    { C, 4, 0x280 },                                /* W8 */
};

/* W9 is the last step: what is refused before it has no chance to fail. */
static void test_order_of_steps(void)
{
    FakeSetup s = t1();
    FakeHost *h;
    FakeCmd cmd;

    s.ns[0].geo.maxoc = 1;
    h = fake_host_start(&s);
    make_offline(h, IX);
    fill(h, B);
    open_chunk(h, A, 4);
    fault(h, "write-next-unit");
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        CHECK_EQ(w(h, refused[i].lba, refused[i].n), refused[i].status);
    }
    CHECK_EQ(w(h, A + 4, 129), 0x002);              /* W0: MDTS */
    cmd = vector_cmd(h, &(Vec) { .opc = 0x91, .lba = LBAS(FOUR(A + 4)),
                                 .n = 4, .cdw12 = 0x40 });
    CHECK_EQ(fake_io(h, &cmd).status, 0x002);
    /* VW-R1: a group that could be written, before one that may not. */
    CHECK_CQE(VW(h, FOUR(A + 4), FOUR(C)), 0x280, 0xff);
    CHECK_CQE(VW(h, FOUR(A + 4), FOUR(A + 12)), 0x2f2, 0xff);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_COUNTS(h, "chances 0, fired 0");
    CHECK_EQ(w(h, A + 4, 4), 0x2f0);
    CHECK_COUNTS(h, "chances 1, fired 1");
    fake_host_free(h);
}

/* One chance a group, and none for what asks no medium to write. */
static void test_chances(void)
{
    FakeHost *h = t1_start();

    fault(h, "early-close after=1000");
    CHECK_EQ(w(h, A, 8), 0);
    CHECK_COUNTS(h, "chances 1,");
    CHECK_CQE(VW(h, FOUR(A + 8), FOUR(C), FOUR(A + 12)), 0, 0);
    CHECK_COUNTS(h, "chances 4,");
    CHECK_CQE(VW(h, FOUR(A + 16), FOUR(A + 20)), 0, 0);
    CHECK_COUNTS(h, "chances 5,");
    CHECK_CQE(copy_to(h, A, LBAS(FOUR(E), FOUR(F)), 8), 0, 0);
    CHECK_COUNTS(h, "chances 7,");
    CHECK_EQ(r(h, A, 4), 0);
    CHECK_CQE(VR(h, A, A + 1), 0, 0);
    CHECK_COUNTS(h, "chances 7,");
    fake_host_free(h);
}

/* The sixth unit of a parallel unit and the two behind it. */
static void test_after(void)
{
    FakeHost *h = t1_start();

    fault(h, "write-next-unit after=5 times=3 pu=1");
    for (unsigned i = 0; i < 24; i++) {
        CHECK_EQ(w(h, A + 4 * i, 4), 0);
        CHECK_EQ(w(h, C + 4 * i, 4), i >= 5 && i < 8 ? 0x2f0 : 0);
    }
    CHECK_EQ(st(h, IC), ST(CLOSED, 96));
    CHECK_EQ(r(h, C, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(i >= 20 && i < 32 ? is_zero(h, i) : is_block(h, i, C + i),
                 true);
    }
    fake_host_free(h);
}

/* A write that has both: its unit is lost, the chunk stays open. */
static void test_both_points(void)
{
    FakeHost *h = t1_start();

    fault(h, "early-close");
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A, 4), 0x2f0);
    CHECK_COUNTS(h, "chances 0, fired 0");
    CHECK_EQ(w(h, A + 4, 4), 0x2f1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 4));
    CHECK_EQ(reads_zero(h, A), true);
    fake_host_free(h);
}

/* VEC-R4 and its like: Limited Retry is accepted and changes nothing. */
static void test_limited_retry(void)
{
    static const uint64_t lba[] = { FOUR(A + 4) };
    const uint32_t lr = 0x80000000;
    FakeHost *h = t1_start();
    FakeCmd cmd;

    fault(h, "write-next-unit times=2");
    cmd = write_cmd(h, A, 4);
    cmd.cdw12 |= lr;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x2f0);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = lba, .n = 4,
                                 .cdw12 = lr }), 0x2f0, 0xf);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x91, .lba = LBAS(FOUR(A + 8)),
                                 .n = 4, .cdw12 = lr }), 0, 0);
    CHECK_EQ(w(h, A + 12, 84), 0);
    fault(h, "read-fail blk=20");
    cmd = scalar(h, 0x02, A + 20, 1);
    cmd.cdw12 |= lr;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x281);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = LBAS(A + 20, A + 21),
                                 .n = 2, .cdw12 = lr }), 0x281, 1);
    CHECK_CQE(vector(h, &(Vec) { .opc = 0x92, .lba = LBAS(A + 19, A + 21),
                                 .n = 2, .cdw12 = lr }), 0, 0);
    CHECK_EQ(is_block(h, 0, A + 19), true);
    fake_host_free(h);
}

/*
 * Three writes on their way at once, the second one lost: whatever order the
 * others reach the medium in.
 */
static void lost_between(bool last_first)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].ms = 0;
    h = fake_host_start(&s);
    fault(h, "write-next-unit blk=4");
    h->f.hold = true;
    for (unsigned i = 0; i < 3; i++) {
        submit_write(h, 1, A + 4 * i, 4);
    }
    fake_io_finish(&h->f, last_first ? h->f.nios - 1 : 0, OCPN_IO_OK);
    fake_run(&h->f);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < 3; i++) {
        FakeCqe e = fake_reap(h, 1);
        bool second = e.cid == (uint16_t)(h->cid - 1);

        CHECK_EQ(e.found, true);
        CHECK_EQ(e.status, second ? 0x2f0 : 0);
    }
    CHECK_EQ(st(h, IA), ST(OPEN, 12));
    /* What is lost is not even written. */
    CHECK_EQ(fake_all(h->f.media[1].bytes + data_offset(h) + 4 * BLOCK, 0,
                      4 * BLOCK), true);
    CHECK_EQ(w(h, A + 12, 84), 0);
    CHECK_EQ(r(h, A, 12), 0);
    for (unsigned i = 0; i < 12; i++) {
        CHECK_EQ(is_data(h, i, i >= 4 && i < 8 ? 0 : A + i), true);
    }
    fake_host_free(h);
}

static void test_on_their_way(void)
{
    lost_between(false);
    lost_between(true);
}

/* A chunk that closes early takes the writes behind it along. */
static void test_closed_on_their_way(void)
{
    FakeHost *h = t1_start();

    fault(h, "early-close blk=4");
    fault(h, "write-next-unit blk=8");
    h->f.hold = true;
    for (unsigned i = 0; i < 3; i++) {
        submit_write(h, 1, A + 4 * i, 4);
    }
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < 3; i++) {
        FakeCqe e = fake_reap(h, 1);
        bool first = e.cid == (uint16_t)(h->cid - 2);

        CHECK_EQ(e.found, true);
        CHECK_EQ(e.status, first ? 0 : 0x2f1);
    }
    CHECK_EQ(st(h, IA), ST(CLOSED, 4));
    CHECK_EQ(r(h, A, 12), 0);
    for (unsigned i = 0; i < 12; i++) {
        CHECK_EQ(is_data(h, i, i < 4 ? A + i : 0), true);
    }
    fake_host_free(h);
}

/* Lost blocks stay lost over a restart, until the chunk is reset. */
static void restart(bool clean, bool sync_flush)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.cfg.sync_flush = sync_flush;
    h = fake_host_start(&s);
    fill(h, B);                     /* something else that must stay */
    open_chunk(h, A, 8);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A + 8, 8), 0x2f0);
    fake_host_restart(h, clean);
    CHECK_EQ(st(h, IA), ST(OPEN, 16));
    CHECK_EQ(w(h, A + 16, 80), 0);
    fake_host_restart(h, clean);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(r(h, A, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(i >= 8 && i < 16 ? is_zero(h, i) : is_block(h, i, A + i),
                 true);
    }
    CHECK_EQ(reads_block(h, B), true);
    set_dulbe(h);
    CHECK_CQE(VR(h, A + 7, A + 8, A + 15, A + 16), 0x287, 6);
    CHECK_CQE(VX(h, A), 0, 0);
    fake_host_restart(h, clean);
    fill(h, A);
    CHECK_EQ(r(h, A, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(is_block(h, i, A + i), true);
    }
    fake_host_free(h);
}

static void test_restarts(void)
{
    restart(true, false);
    restart(false, false);
    restart(true, true);
}

/* What Early Close and a failing reset left behind. */
static void test_restarts_of_closed_chunks(void)
{
    FakeHost *h = t1_start();

    open_chunk(h, A, 40);
    fault(h, "early-close offline-next=on");
    CHECK_EQ(w(h, A + 40, 8), 0x2f1);
    fault(h, "early-close");
    CHECK_EQ(w(h, B, 8), 0x2f1);
    fill(h, C);
    fault(h, "reset-fail");
    CHECK_CQE(VX(h, C), 0x2c0, 1);
    fake_host_restart(h, false);
    CHECK_EQ(st(h, IA), ST(CLOSED, 40));
    CHECK_EQ(reads_block(h, A + 39), true);
    CHECK_EQ(reads_zero(h, A + 40), true);
    CHECK_EQ(st(h, IB), ST(CLOSED, 0));
    CHECK_EQ(st(h, IC), ST(OFFLINE, 0));
    CHECK_CQE(VX(h, A), 0x2c0, 1);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_CQE(VX(h, B), 0, 0);
    /* Rules are not kept: they belong to whoever started the drive. */
    CHECK_EQ(ocpn_fault_armed(h->c, UINT32_MAX), false);
    fake_host_free(h);
}

/* No page is left to note a lost block in: the chunk closes instead. */
static void test_no_page_left(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].nmaps = 1;
    h = fake_host_start(&s);
    fault(h, "write-next-unit times=0");
    CHECK_EQ(w(h, A, 4), 0x2f0);
    CHECK_EQ(w(h, A + 4, 4), 0x2f0);    /* a chunk that has its page */
    CHECK_EQ(w(h, C, 4), 0x2f1);
    CHECK_EQ(st(h, IC), ST(CLOSED, 0));
    /* A reset gives the page back. */
    CHECK_EQ(w(h, A + 8, 88), 0x2f0);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(w(h, E, 4), 0x2f0);
    CHECK_EQ(st(h, IE), ST(OPEN, 4));
    fake_host_free(h);
}

/* An image that was made before there were maps. */
static void test_no_maps(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].nmaps = 0;
    h = fake_host_start(&s);
    open_chunk(h, A, 40);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A + 40, 8), 0x2f1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 40));
    CHECK_EQ(reads_block(h, A + 39), true);
    CHECK_CQE(VX(h, A), 0, 0);
    fake_host_free(h);
}

/* A block that was overwritten in vain has neither its old data nor the new. */
static void test_random_chunk(void)
{
    FakeHost *h = t1_start();

    condition(h, IA, (Entry) { .state = FREE, .type = 2, .cnlb = 96 });
    CHECK_EQ(w(h, A + 50, 4), 0);
    fault(h, "write-next-unit");
    CHECK_EQ(w(h, A + 52, 4), 0x2f0);
    CHECK_EQ(descriptor(h, IA)[0], OPEN);
    CHECK_EQ(reads_block(h, A + 51), true);
    CHECK_EQ(reads_zero(h, A + 52), true);
    CHECK_EQ(reads_zero(h, A + 55), true);
    set_dulbe(h);
    CHECK_CQE(VR(h, A + 51, A + 52, A + 53, A + 54), 0x287, 0xe);
    CHECK_EQ(w(h, A + 52, 4), 0);
    CHECK_EQ(reads_block(h, A + 52), true);
    fault(h, "early-close");
    CHECK_EQ(w(h, A + 60, 4), 0x2f1);
    CHECK_EQ(descriptor(h, IA)[0], CLOSED);
    CHECK_EQ(reads_block(h, A + 52), true);
    CHECK_EQ(r(h, A + 60, 1), 0x287);
    CHECK_EQ(w(h, A + 60, 4), 0x280);
    CHECK_CQE(VX(h, A), 0, 0);
    fake_host_free(h);
}

/* A copy that waits for its destination is judged again, but not counted. */
static void test_a_copy_that_waits(void)
{
    FakeHost *h = t1_start();
    uint64_t dst[4] = { FOUR(B) };
    FakeCmd cmd = { .opc = 0x93, .nsid = 1, .cdw10 = LIST, .cdw12 = 3,
                    .cdw14 = DLIST };
    FakeCmd reset = { .opc = 0x90, .nsid = 1, .cdw10 = B };

    fill(h, A);
    fill(h, B);
    CHECK_EQ(fake_create_pair(h, 2, 64).status, 0);
    for (unsigned i = 0; i < 4; i++) {
        put_bytes_at(fake_guest(h, LIST) + i * 8, 8, A + i);
        put_bytes_at(fake_guest(h, DLIST) + i * 8, 8, dst[i]);
    }
    fault(h, "read-fail after=1000");
    h->f.hold = true;
    fake_submit(h, 1, &reset);
    fake_run(&h->f);
    fake_submit(h, 2, &cmd);
    fake_run(&h->f);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 4));
    CHECK_COUNTS(h, "chances 4, fired 0");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the order of steps",         test_order_of_steps },
    { "chances of writes",          test_chances },
    { "after and times of writes",  test_after },
    { "a write with both faults",   test_both_points },
    { "limited retry",              test_limited_retry },
    { "a lost write between two",   test_on_their_way },
    { "an early close before another write", test_closed_on_their_way },
    { "lost blocks over restarts",  test_restarts },
    { "closed chunks over restarts", test_restarts_of_closed_chunks },
    { "no page left",               test_no_page_left },
    { "no block maps",              test_no_maps },
    { "a random-write chunk",       test_random_chunk },
    { "a copy that waits",          test_a_copy_that_waits },
};
OCPN_UNIT_MAIN("faults, what is lost", tests)
