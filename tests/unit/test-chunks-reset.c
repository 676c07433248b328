/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Vector Chunk Reset", "Dataset Management": resets, and
 * what is on its way to the same chunk.
 */
#include "ocssd-host.h"

static FakeHost *start(bool discard)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].ms = 0;
    s.ns[0].cfg.early_reset = true;
    s.cfg.discard = discard;
    h = fake_host_start(&s);
    CHECK_EQ(fake_create_pair(h, 2, 64).status, 0);
    return h;
}

static uint16_t submit_reset(FakeHost *h, uint16_t qid, const uint64_t *lba,
                             unsigned n)
{
    FakeCmd cmd = vector_cmd(h, &(Vec) { .opc = 0x90, .lba = lba, .n = n,
                                         .no_mptr = true });
    uint16_t cid = fake_submit(h, qid, &cmd);

    fake_run(&h->f);
    return cid;
}

static void finish(FakeHost *h, unsigned i)
{
    fake_io_finish(&h->f, i, OCPN_IO_OK);
    fake_run(&h->f);
}

static void finish_all(FakeHost *h)
{
    h->f.hold = false;
    fake_io_finish_all(&h->f);
}

/* Until the write is down the reset has not happened. */
static void test_a_reset_waits_for_writes(void)
{
    for (uint16_t qid = 1; qid < 3; qid++) {
        FakeHost *h = start(false);
        uint16_t wrote, reset;
        FakeCqe e;

        h->f.hold = true;
        wrote = submit_write(h, 1, A, 96);
        reset = submit_reset(h, qid, LBAS(B, A), 2);
        CHECK_EQ(h->f.nios, 1);         /* the data */
        CHECK_EQ(fake_reap(h, qid).found, false);
        h->f.hold = false;
        CHECK_EQ(st(h, IA), ST(CLOSED, 96));
        h->f.hold = true;
        finish(h, 0);
        finish_all(h);
        e = fake_reap(h, 1);
        if (qid == 1) {
            FakeCqe other = fake_reap(h, 1);

            CHECK_EQ(other.cid ^ e.cid, wrote ^ reset);
            CHECK_CQE(e.cid == wrote ? e : other, 0, 0);
            CHECK_CQE(e.cid == reset ? e : other, 0x2c1, 1);
        } else {
            CHECK_CQE(e, 0, 0);
            CHECK_CQE(fake_reap(h, 2), 0x2c1, 1);
        }
        CHECK_EQ(st(h, IA), ST(FREE, 0));
        CHECK_EQ(image_entry(h, IA).state, FREE);
        fake_host_free(h);
    }
}

/* The table first, then new data: neither overtakes the reset. */
static void test_writes_wait_for_a_reset(void)
{
    for (uint16_t qid = 1; qid < 3; qid++) {
        FakeHost *h = start(qid == 2);

        fill(h, A);
        h->f.hold = true;
        submit_reset(h, 1, LBAS(A), 1);
        CHECK_EQ(h->f.nios, 1);         /* a page */
        submit_write(h, qid, A, 8);
        submit_reset(h, 2, LBAS(A), 1); /* judged when it can be */
        CHECK_EQ(h->f.nios, 1);
        /* Reads do not wait: the data is gone. */
        h->f.hold = false;
        CHECK_EQ(st(h, IA), ST(FREE, 0));
        h->f.hold = true;
        finish(h, 0);
        if (qid == 2) {                 /* discard */
            CHECK_EQ(h->f.nios, 1);
            CHECK_EQ(h->f.io[0]->op, OCPN_IO_DISCARD);
            finish(h, 0);
        }
        finish_all(h);
        for (unsigned i = 0; i < 3; i++) {
            FakeCqe e = fake_reap(h, 1);

            e = e.found ? e : fake_reap(h, 2);
            CHECK_EQ(e.found, true);
            /* The second reset came to a Free or an Open chunk. */
            CHECK_EQ(e.status == 0 || e.status == 0x2c1, true);
        }
        fake_host_free(h);
    }
}

/* Nothing of a list is reset while one of its chunks is not idle. */
static void test_a_list_waits_as_a_whole(void)
{
    FakeHost *h = start(false);

    fill(h, B);
    h->f.hold = true;
    submit_write(h, 1, A, 96);
    submit_reset(h, 2, LBAS(B, A), 2);
    h->f.hold = false;
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    CHECK_EQ(r(h, B, 1), 0);
    CHECK_EQ(is_data(h, 0, B), true);
    finish_all(h);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_CQE(fake_reap(h, 2), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    fake_host_free(h);
}

/* A write to other chunks does not wait; one that needs both does. */
static void test_vectors_wait_as_a_whole(void)
{
    FakeHost *h = start(false);
    FakeCmd cmd = vector_cmd(h, &(Vec) {
        .opc = 0x91, .n = 8, .list = LIST + 0x4000,
        .lba = LBAS(C, C + 1, C + 2, C + 3, A, A + 1, A + 2, A + 3) });

    fill(h, A);
    h->f.hold = true;
    submit_reset(h, 1, LBAS(A), 1);
    fake_submit(h, 2, &cmd);
    fake_run(&h->f);
    h->f.hold = false;
    CHECK_EQ(st(h, IC), ST(FREE, 0));   /* taken back while it waits */
    CHECK_EQ(submit_write(h, 1, E, 4) != 0, true);
    CHECK_EQ(st(h, IE), ST(OPEN, 4));
    finish_all(h);
    CHECK_CQE(fake_reap(h, 2), 0, 0);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_EQ(st(h, IC), ST(OPEN, 4));
    fake_host_free(h);
}

/* A write that fails while a reset waits for it. */
static void test_a_reset_waits_for_a_failure(void)
{
    FakeHost *h = start(false);

    open_chunk(h, A, 8);
    h->f.hold = true;
    submit_write(h, 1, A + 8, 4);
    submit_write(h, 1, A + 12, 4);
    submit_reset(h, 2, LBAS(A), 1);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    fake_run(&h->f);
    finish_all(h);
    CHECK_EQ(fake_reap(h, 1).status, 0x2f1);
    CHECK_EQ(fake_reap(h, 1).status, 0x2f1);
    CHECK_CQE(fake_reap(h, 2), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    fake_host_free(h);
}

/* Each reset is in the image before it is acknowledged. */
static void test_resets_wait_for_resets(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.multi_reset = true;
    h = fake_host_start(&s);
    CHECK_EQ(fake_create_pair(h, 2, 64).status, 0);
    fill(h, A);
    h->f.hold = true;
    submit_reset(h, 1, LBAS(A), 1);
    submit_reset(h, 2, LBAS(A), 1);
    finish(h, 0);
    CHECK_CQE(fake_reap(h, 1), 0, 0);
    CHECK_EQ(fake_reap(h, 2).found, false);
    finish_all(h);
    CHECK_EQ(fake_reap(h, 2).found, true);
    CHECK_EQ(image_entry(h, IA).resets, 2);
    fake_host_free(h);
}

/* The controller is disabled while commands wait for each other. */
static void test_reset_of_the_controller(void)
{
    FakeHost *h = start(false);

    fill(h, B);
    h->f.hold = true;
    submit_write(h, 1, A, 96);
    submit_reset(h, 2, LBAS(A), 1);
    submit_reset(h, 1, LBAS(B), 1);
    submit_write(h, 1, B, 4);
    fake_set_reg(h, 0x14, 0x00460000, 4);
    fake_run(&h->f);
    finish_all(h);
    CHECK_EQ(fake_reg(h, 0x1c, 4) & 1, 0);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_create_pair(h, 1, 64).status, 0);
    /* What had begun went on; what waited is forgotten. */
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(w(h, B, 4), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a reset waits for writes",     test_a_reset_waits_for_writes },
    { "writes wait for a reset",      test_writes_wait_for_a_reset },
    { "a list waits as a whole",      test_a_list_waits_as_a_whole },
    { "vectors wait as a whole",      test_vectors_wait_as_a_whole },
    { "a reset waits for a failure",  test_a_reset_waits_for_a_failure },
    { "resets wait for resets",       test_resets_wait_for_resets },
    { "reset of the controller",      test_reset_of_the_controller },
};
OCPN_UNIT_MAIN("chunks, resets on their way", tests)
