/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Write" (Chunk Early Close), VW-R2, VW-R3.
 *
 * Several writes of a chunk on their way at once, that reach the medium in
 * any order, fail, or belong to different queues.  The drives here have no
 * metadata: one write is one I/O.
 */
#include "ocssd-host.h"

static FakeHost *start(void)
{
    FakeSetup s = t1();

    s.ns[0].ms = 0;
    return fake_host_start(&s);
}

static void finish(FakeHost *h, unsigned i, OcpnIoResult result)
{
    fake_io_finish(&h->f, i, result);
    fake_run(&h->f);
}

/* Not the write that is down completes, but the one whose chunk is. */
static void test_out_of_order(void)
{
    FakeHost *h = start();
    uint16_t first, second;

    /* VW-R2: the second is accepted while nothing is down */
    h->f.hold = true;
    first = submit_write(h, 1, A, 4);
    second = submit_write(h, 1, A + 4, 4);
    CHECK_EQ(h->f.nios, 2);
    finish(h, 1, OCPN_IO_OK);
    CHECK_EQ(h->f.nios, 1);     /* nothing to write to the table yet */
    CHECK_EQ(fake_reap(h, 1).found, false);
    finish(h, 0, OCPN_IO_OK);
    CHECK_EQ(h->f.nios, 1);     /* now there is */
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    {
        FakeCqe a = fake_reap(h, 1), b = fake_reap(h, 1);

        CHECK_EQ(a.found && b.found, true);
        CHECK_EQ(a.status | b.status, 0);
        CHECK_EQ(a.cid ^ b.cid, first ^ second);
    }
    CHECK_EQ(image_entry(h, IA).wp, 8);
    fake_host_free(h);
}

/* The gap is filled by another queue's thread; the owner completes. */
static void test_two_queues(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_create_pair(h, 2, 64).status, 0);
    h->f.hold = true;
    submit_write(h, 1, A, 4);
    submit_write(h, 2, A + 4, 4);
    submit_write(h, 1, A + 8, 88);
    finish(h, 1, OCPN_IO_OK);   /* queue 2's */
    finish(h, 1, OCPN_IO_OK);   /* the last blocks */
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(fake_reap(h, 2).found, false);
    finish(h, 0, OCPN_IO_OK);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 2).found, true);
    CHECK_EQ(fake_reap(h, 2).found, false);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(r(h, A, 96), 0);
    fake_host_free(h);
}

/*
 * Three writes, of which one fails, in all orders: those before it are kept,
 * it and those behind it are not, and the chunk is Closed where it began.
 */
static void early_close(const unsigned order[3], unsigned bad, bool full)
{
    const unsigned n[3] = { 4, 8, full ? 84 : 4 };
    unsigned at[3] = { 0, 4, 12 };
    FakeHost *h = start();
    OcpnIo *io[3];
    uint16_t cid[3];

    h->f.hold = true;
    for (unsigned i = 0; i < 3; i++) {
        cid[i] = submit_write(h, 1, A + at[i], n[i]);
    }
    CHECK_EQ(h->f.nios, 3);
    memcpy(io, h->f.io, sizeof(io));
    for (unsigned i = 0; i < 3; i++) {
        unsigned k = 0;

        while (h->f.io[k] != io[order[i]]) {
            k++;
        }
        finish(h, k, order[i] == bad ? OCPN_IO_ERROR : OCPN_IO_OK);
    }
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < 3; i++) {
        FakeCqe e = fake_reap(h, 1);
        unsigned k = 0;

        CU_ASSERT_TRUE_FATAL(e.found);
        while (k < 2 && cid[k] != e.cid) {
            k++;
        }
        CHECK_EQ(scalar_status(e), k < bad ? 0 : 0x2f1);
    }
    CHECK_EQ(st(h, IA), ST(CLOSED, at[bad]));
    CHECK_EQ(image_entry(h, IA).state, CLOSED);
    CHECK_EQ(image_entry(h, IA).wp, at[bad]);
    CHECK_EQ(w(h, A + at[bad], 4), 0x280);
    CHECK_EQ(r(h, A, 12), 0);
    for (unsigned i = 0; i < 12; i++) {
        CHECK_EQ(is_data(h, i, i < at[bad] ? A + i : 0), true);
    }
    /* It can be reset and used again. */
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(w(h, A, 96), 0);
    fake_host_free(h);
}

static void test_early_close(void)
{
    static const unsigned order[6][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
        { 2, 1, 0 },
    };

    for (unsigned i = 0; i < 6; i++) {
        for (unsigned bad = 0; bad < 3; bad++) {
            early_close(order[i], bad, false);
            early_close(order[i], bad, true);
        }
    }
}

/* Places of MAXOC come back when a chunk closes early. */
static void test_early_close_gives_its_place_back(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].ms = 0;
    s.ns[0].geo.maxoc = 1;
    h = fake_host_start(&s);
    for (unsigned i = 0; i < 3; i++) {
        h->f.hold = true;
        submit_write(h, 1, A + (i << 7), 4);
        finish(h, 0, OCPN_IO_ERROR);
        h->f.hold = false;
        fake_io_finish_all(&h->f);
        CHECK_EQ(fake_reap(h, 1).status, 0x2f1);
        CHECK_EQ(st(h, i), ST(CLOSED, 0));
    }
    CHECK_EQ(w(h, C, 4), 0);
    CHECK_EQ(w(h, E, 4), 0x280);
    fake_host_free(h);
}

/* VW-R3: groups fail alone. */
static void test_groups(void)
{
    FakeHost *h = start();
    FakeCmd cmd = vector_cmd(h, &(Vec) {
        .opc = 0x91, .n = 12,
        .lba = LBAS(A, A + 1, A + 2, A + 3, C, C + 1, C + 2, C + 3,
                    E, E + 1, E + 2, E + 3) });
    FakeCqe e;

    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 3);
    finish(h, 1, OCPN_IO_ERROR);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found, true);
    CHECK_EQ(e.dnr, true);
    CHECK_CQE(e, 0x2f1, 0x0f0);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_EQ(st(h, IC), ST(CLOSED, 0));
    CHECK_EQ(st(h, IE), ST(OPEN, 4));
    /* One failure, one entry in the error log. */
    CHECK_EQ(fake_get_log(h, 0x01, 0xffffffff, 0, 128).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 12, 2) >> 1 & 0x7ff, 0x2f1);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 64, 8), 0);
    CHECK_CQE(VX(h, C), 0, 0);
    fake_host_free(h);
}

/* One command that comes back to a chunk: what is behind falls with it. */
static void test_groups_of_one_chunk(void)
{
    FakeHost *h = start();
    FakeCmd cmd = vector_cmd(h, &(Vec) {
        .opc = 0x91, .n = 12,
        .lba = LBAS(A, A + 1, A + 2, A + 3, C, C + 1, C + 2, C + 3,
                    A + 4, A + 5, A + 6, A + 7) });

    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 3);
    finish(h, 0, OCPN_IO_ERROR);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_CQE(fake_reap(h, 1), 0x2f1, 0xf0f);
    CHECK_EQ(st(h, IA), ST(CLOSED, 0));
    CHECK_EQ(st(h, IC), ST(OPEN, 4));
    fake_host_free(h);
}

/*
 * Host memory that is none: the blocks were accepted and have no data, so
 * their chunk closes; the host hears whose fault it was.
 */
static void test_no_dma(void)
{
    FakeHost *h = start();
    FakeCmd cmd;

    open_chunk(h, A, 40);
    cmd = write_cmd(h, A + 40, 4);
    cmd.prp1 = FAKE_HOLE;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x004);
    CHECK_EQ(st(h, IA), ST(CLOSED, 40));
    CHECK_EQ(r(h, A + 39, 1), 0);
    CHECK_EQ(is_data(h, 0, A + 39), true);
    /* Reads into such memory fail and change nothing. */
    cmd = scalar(h, 0x02, A, 4);
    cmd.prp1 = FAKE_MMIO;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x004);
    cmd = scalar(h, 0x02, B, 4);    /* the pattern, too */
    cmd.prp1 = FAKE_MMIO;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x004);
    fake_host_free(h);
}

/*
 * A write of N blocks by SGL: the first WHOLE of them in one piece, the rest
 * in crumbs too many for an I/O: they take a scratch buffer, one of few.
 */
static void submit_crumbs(FakeHost *h, uint64_t lba, unsigned n,
                          unsigned whole)
{
    uint64_t buf = FAKE_BUF + 0x80000u * (9u + h->cid % 8u);
    uint64_t list = FAKE_LISTS + 0x2000u * (h->cid % 8u);
    unsigned count = 0, crumbs = (n - whole) * 64;
    FakeCmd cmd = scalar(h, 0x01, lba, n);

    for (unsigned i = 0; i < crumbs + (whole ? 1 : 0); i++) {
        uint8_t *d = fake_guest(h, list + i * 16);
        bool first = whole && i == 0;

        memset(d, 0, 16);
        put_bytes_at(d, 8, buf + (first ? 0 : 0x20000u + i * 128));
        put_bytes_at(d + 8, 4, first ? whole * BLOCK : 64);
        count++;
    }
    cmd.flags = 0x40;
    cmd.mptr = 0;
    cmd.prp1 = list;            /* a Last Segment descriptor */
    cmd.prp2 = count * 16 | UINT64_C(0x30) << 56;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
}

/*
 * Writes that have their data down but wait for the one before them must not
 * keep from it what it needs.
 */
static void scratch_buffers(unsigned first)
{
    FakeHost *h = start();

    h->f.hold = true;
    submit_crumbs(h, A, 8, 4);
    CHECK_EQ(h->f.nios, 1);
    for (unsigned i = 0; i < 5; i++) {
        submit_crumbs(h, A + 8 + 4 * i, 4, 0);
    }
    CHECK_EQ(h->f.nios, 5);     /* four buffers, and the first one's piece */
    finish(h, first, OCPN_IO_OK);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < 6; i++) {
        FakeCqe e = fake_reap(h, 1);

        CHECK_EQ(e.found, true);
        CHECK_EQ(e.status, 0);
    }
    CHECK_EQ(st(h, IA), ST(OPEN, 28));
    fake_host_free(h);
}

static void test_scratch_buffers(void)
{
    for (unsigned first = 0; first < 5; first++) {
        scratch_buffers(first);
    }
}

/* Section 7.6: a medium's failure before unwritten blocks. */
static void test_failing_reads(void)
{
    FakeHost *h = start();
    FakeCmd cmd;

    fill(h, A);
    set_dulbe(h);
    cmd = vector_cmd(h, &(Vec) { .opc = 0x92, .n = 4,
                                 .lba = LBAS(A, B, A + 50, A + 51) });
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 2);
    finish(h, 1, OCPN_IO_ERROR);
    finish(h, 0, OCPN_IO_OK);
    CHECK_CQE(fake_reap(h, 1), 0x281, 0xc);
    cmd = scalar(h, 0x02, A, 4);
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    finish(h, 0, OCPN_IO_ERROR);
    CHECK_EQ(scalar_status(fake_reap(h, 1)), 0x281);
    h->f.hold = false;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "out of order",           test_out_of_order },
    { "two queues",             test_two_queues },
    { "early close",            test_early_close },
    { "early close gives its place back",
      test_early_close_gives_its_place_back },
    { "groups",                 test_groups },
    { "groups of one chunk",    test_groups_of_one_chunk },
    { "no DMA",                 test_no_dma },
    { "scratch buffers",        test_scratch_buffers },
    { "failing reads",          test_failing_reads },
};
OCPN_UNIT_MAIN("chunks, writes on their way", tests)
