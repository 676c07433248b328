/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Chunk Information" (retained over power cycles);
 * docs/image-format.rst, "Chunk table".
 *
 * The drives here have no metadata: one write is one I/O, and what waits in
 * h->f.io[] has the order of submission.
 */
#include "ocssd-host.h"

static FakeHost *start(void)
{
    FakeSetup s = t1();

    s.ns[0].ms = 0;
    return fake_host_start(&s);
}

static void finish(FakeHost *h, unsigned i)
{
    fake_io_finish(&h->f, i, OCPN_IO_OK);
    fake_run(&h->f);
}

static bool is_entry(FakeHost *h, unsigned index, uint8_t state, uint32_t wp)
{
    Entry e = image_entry(h, index);

    return e.state == state && e.wp == wp && e.type == 1 && e.cnlb == 96;
}

/* Data, then the table, then the completion. */
static void test_a_write_is_kept_before_it_is_acknowledged(void)
{
    FakeHost *h = start();

    h->f.hold = true;
    submit_write(h, 1, A, 8);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(is_entry(h, IA, FREE, 0), true);
    finish(h, 0);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(is_entry(h, IA, FREE, 0), true);
    finish(h, 0);
    CHECK_EQ(is_entry(h, IA, OPEN, 8), true);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(h->f.nios, 0);
    fake_host_restart(h, false);
    h->f.hold = false;
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    fake_host_free(h);
}

/* FAILURE-CASE-21 OCSSD-CASE-189 OCSSD-CASE-190 */
static void test_states_survive(void)
{
    FakeHost *h = start();

    open_chunk(h, A, 48);
    fill(h, B);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(st(h, IA), ST(OPEN, 48));
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    for (unsigned clean = 0; clean < 2; clean++) {
        fake_host_restart(h, clean);
        CHECK_EQ(st(h, IA), ST(OPEN, 48));
        CHECK_EQ(st(h, IB), ST(CLOSED, 96));
        CHECK_EQ(r(h, A, 30), 0);
        CHECK_EQ(is_data(h, 0, A) && is_data(h, 23, A + 23), true);
        CHECK_EQ(is_data(h, 24, A + 24), false);
        CHECK_EQ(r(h, B + 95, 1), 0);
        CHECK_EQ(is_data(h, 0, B + 95), true);
    }
    fake_host_free(h);
}

/*
 * OCSSD-CASE-192: the drive is made anew where one was, whose data are still
 * on the medium.
 */
static void test_new_table(void)
{
    FakeSetup s = t1();
    const OcpnDisk *disk;
    FakeHost *h;
    OcpnImage im;
    OcpnError err;

    s.ns[0].cfg.dlfeat = 2;
    h = fake_host_start(&s);
    disk = &h->f.media[1].disk;
    make_offline(h, IX);
    open_chunk(h, A, 48);
    fill(h, B);
    CHECK_EQ(ocpn_image_open(&im, disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(bytes_at(h->f.media[1].bytes + im.data.offset + 8 * BLOCK, 8),
             A + 8);
    CHECK_EQ(ocpn_image_create(&im, disk, &err), true);
    fake_host_restart(h, false);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQ(st(h, i), ST(FREE, 0));
    }
    CHECK_EQ(r(h, A + 8, 1), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    CHECK_EQ(r(h, B + 95, 1), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(r(h, A, 4), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    fake_host_free(h);
}

/*
 * A page that is written because of one chunk says of the others only what is
 * on the medium.
 */
static void test_pages_say_what_is_down(void)
{
    FakeHost *h = start();

    open_chunk(h, A, 92);
    h->f.hold = true;
    submit_write(h, 1, A + 92, 4);       /* closes A */
    submit_write(h, 1, B, 8);            /* opens B */
    submit_write(h, 1, C, 96);           /* fills C */
    submit_write(h, 1, E, 4);
    CHECK_EQ(h->f.nios, 4);
    finish(h, 3);               /* E is down: the page is written */
    finish(h, 3);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(is_entry(h, IA, OPEN, 92), true);
    CHECK_EQ(is_entry(h, IB, FREE, 0), true);
    CHECK_EQ(is_entry(h, IC, FREE, 0), true);
    CHECK_EQ(is_entry(h, IE, OPEN, 4), true);
    /* The host sees what was accepted. */
    h->f.hold = false;
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(st(h, IB), ST(OPEN, 8));
    CHECK_EQ(st(h, IC), ST(CLOSED, 96));
    fake_io_finish_all(&h->f);
    CHECK_EQ(is_entry(h, IA, CLOSED, 96), true);
    CHECK_EQ(is_entry(h, IB, OPEN, 8), true);
    CHECK_EQ(is_entry(h, IC, CLOSED, 96), true);
    fake_host_free(h);
}

/* Resets, wear and marks come back as they were. */
static void test_wear_and_marks_survive(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.pe_cycles = 100;
    h = fake_host_start(&s);
    condition(h, IA, (Entry) { .state = 2, .type = 1, .flags = 1, .wp = 8,
                               .cnlb = 96, .resets = 50 });
    CHECK_EQ(descriptor(h, IA)[2], 127);
    open_chunk(h, B, 8);        /* writes A's page */
    CHECK_EQ(image_entry(h, IA).flags, 1);
    CHECK_EQ(image_entry(h, IA).resets, 50);
    fill(h, C);
    CHECK_EQ(VX(h, C).status, 0);
    CHECK_EQ(image_entry(h, IC).resets, 1);
    fake_host_free(h);
}

/* A chunk behind the first page, and pages that are not touched. */
static void test_the_second_page(void)
{
    FakeSetup s = t1();
    FakeHost *h;
    const uint64_t last = 1 << 18 | 2 << 16 | 299 << 7;

    s.ns[0].geo.num_chk = 300;
    h = fake_host_start(&s);
    CHECK_EQ(st(h, 1799), ST(FREE, 0));
    open_chunk(h, last, 8);
    fill(h, 254 << 7);
    CHECK_EQ(is_entry(h, 1799, OPEN, 8), true);
    CHECK_EQ(is_entry(h, 254, CLOSED, 96), true);
    CHECK_EQ(is_entry(h, 253, FREE, 0), true);
    fake_host_restart(h, false);
    CHECK_EQ(st(h, 1799), ST(OPEN, 8));
    CHECK_EQ(st(h, 254), ST(CLOSED, 96));
    CHECK_EQ(st(h, 255), ST(FREE, 0));
    fake_host_free(h);
}

/* FAILURE-CASE-7: the cost of a command does not depend on the drive. */
static void test_one_page_a_command(void)
{
    FakeSetup s = t1();
    FakeHost *h;
    unsigned writes;

    s.ns[0].ms = 0;
    s.ns[0].geo.num_chk = 300;
    h = fake_host_start(&s);
    writes = h->f.media[1].writes;
    open_chunk(h, A, 8);
    CHECK_EQ(h->f.media[1].writes, writes + 2);
    /* Several chunks of one page: still one page. */
    writes = h->f.media[1].writes;
    CHECK_EQ(VW(h, B, B + 1, B + 2, B + 3, X, X + 1, X + 2, X + 3).status,
             0);
    CHECK_EQ(h->f.media[1].writes, writes + 3);
    fake_host_free(h);
}

/*
 * state-sync=flush: the table follows with the next Flush, but for a reset:
 * what is written next overwrites the blocks that the image still has.
 */
static void test_sync_at_flush(void)
{
    FakeSetup s = t1();
    FakeHost *h;
    FakeCmd cmd;

    s.cfg.sync_flush = true;
    h = fake_host_start(&s);
    open_chunk(h, A, 8);
    CHECK_EQ(is_entry(h, IA, FREE, 0), true);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0, .nsid = 1 }).status, 0);
    CHECK_EQ(is_entry(h, IA, OPEN, 8), true);
    open_chunk(h, A + 8, 4);
    CHECK_EQ(is_entry(h, IA, OPEN, 8), true);
    cmd = write_cmd(h, A + 12, 4);
    cmd.cdw12 |= 1u << 30;      /* FUA */
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
    CHECK_EQ(is_entry(h, IA, OPEN, 16), true);
    open_chunk(h, A + 16, 80);
    CHECK_EQ(is_entry(h, IA, OPEN, 16), true);
    CHECK_EQ(VX(h, A).status, 0);
    CHECK_EQ(is_entry(h, IA, FREE, 0), true);
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(is_entry(h, IA, FREE, 0), true);
    fake_host_restart(h, true);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    fake_host_free(h);
}

/* A table that cannot be written: the host is told, of writes and resets. */
typedef struct Fail {
    uint64_t below;
} Fail;

static OcpnIoResult fail_table(FakePort *f, const OcpnIo *io)
{
    const Fail *fail = f->judge_opaque;

    return io->op == OCPN_IO_WRITE && io->offset < fail->below
           ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void test_a_table_that_fails(void)
{
    FakeHost *h = start();
    Fail fail = { data_offset(h) };

    fill(h, C);
    h->f.judge = fail_table;
    h->f.judge_opaque = &fail;
    CHECK_EQ(w(h, A, 4), 0x280);
    CHECK_CQE(VW(h, B, B + 1, B + 2, B + 3), 0x280, 0xf);
    CHECK_CQE(VX(h, C), 0x280, 0);
    h->f.judge = NULL;
    /* What waited is written with the next command. */
    CHECK_EQ(w(h, E, 4), 0);
    CHECK_EQ(is_entry(h, IA, OPEN, 4), true);
    CHECK_EQ(is_entry(h, IC, FREE, 0), true);
    CHECK_EQ(w(h, C, 4), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a write is kept before it is acknowledged",
      test_a_write_is_kept_before_it_is_acknowledged },
    { "states survive",           test_states_survive },
    { "a new table on old data",  test_new_table },
    { "pages say what is down",   test_pages_say_what_is_down },
    { "wear and marks survive",   test_wear_and_marks_survive },
    { "the second page",          test_the_second_page },
    { "one page a command",       test_one_page_a_command },
    { "sync at flush",            test_sync_at_flush },
    { "a table that fails",       test_a_table_that_fails },
};
OCPN_UNIT_MAIN("chunks", tests)
