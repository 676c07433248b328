/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues that end, rings that are no memory, doorbells that are wrong, and
 * pools that are empty.
 * Proves: NVMe Base 2.0, "Delete I/O Submission Queue command", "Controller
 * Status (CFS)", "Submission Queue y Tail Doorbell", "Completion Queue y
 * Head Doorbell".
 */
#include "queue-unit.h"

#define CFS     0x02u

static void recover(FakeHost *h)
{
    CHECK_EQ(queue_csts(h) & CFS, CFS);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(queue_csts(h), 0);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    queue_flush(h, 1);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    fake_host_free(h);
}

/* A submission queue that is no memory, or whose memory ends. */
static void sq_not_memory(void)
{
    static const uint64_t bad[] = { FAKE_HOLE, FAKE_MMIO,
                                    FAKE_HOLE - 4096,
                                    UINT64_MAX - 4095 };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FakeHost *h = fake_host_start(&queue_drive);

        CHECK_EQ(queue_create_sq(h, 2, 128, bad[i], 1).status, 0);
        CHECK_EQ(queue_csts(h), 1);
        fake_doorbell(h, 2, false, 100);
        fake_run(&h->f);
        recover(h);
    }
}

static void cq_not_memory(void)
{
    static const uint64_t bad[] = { FAKE_HOLE, FAKE_MMIO,
                                    UINT64_MAX - 4095 };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FakeHost *h = fake_host_start(&queue_drive);

        CHECK_EQ(queue_create_cq(h, 2, 16, bad[i]).status, 0);
        CHECK_EQ(queue_create_sq(h, 2, 16, QUEUE_RING(1), 2).status, 0);
        CHECK_EQ(queue_csts(h), 1);
        queue_flush(h, 2);
        queue_flush(h, 2);
        fake_run(&h->f);
        recover(h);
    }
}

static void admin_not_memory(void)
{
    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = fake_host_new(&queue_drive);

        fake_set_reg(h, 0x24, 0x001f001f, 4);
        fake_set_reg(h, 0x28, i ? FAKE_HOLE : QUEUE_RING(0), 8);
        fake_set_reg(h, 0x30, i ? QUEUE_RING(0) : FAKE_HOLE, 8);
        fake_set_reg(h, 0x14, 0x00460001, 4);
        fake_run(&h->f);
        CHECK_EQ(queue_csts(h), 1);
        fake_doorbell(h, 0, false, 1);
        fake_run(&h->f);
        recover(h);
    }
}

/* The end of a ring is no memory: what lies before is fetched. */
static void ring_that_ends(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    uint64_t at = FAKE_HOLE - 4096;             /* 64 commands */

    CHECK_EQ(queue_create_sq(h, 2, 128, at, 1).status, 0);
    for (unsigned i = 0; i < 64; i++) {
        queue_flush(h, 2);
    }
    fake_run(&h->f);
    CHECK_EQ(queue_reap_all(h, 1), 64);
    CHECK_EQ(queue_csts(h), 1);
    fake_doorbell(h, 2, false, 65);
    fake_run(&h->f);
    recover(h);
}

/* FAILURE-CASE-33: deletion waits for what is in flight, and posts it first. */
static void deletion(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    uint16_t cid;
    FakeCqe e;

    h->f.hold = true;
    for (unsigned i = 0; i < 5; i++) {
        queue_flush(h, 1);
    }
    fake_run(&h->f);
    cid = fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
    fake_run(&h->f);
    queue_flush(h, 1);                          /* too late */
    fake_run(&h->f);
    for (unsigned i = 5; i > 0; i--) {
        CHECK_EQ(fake_reap(h, 0).found, false);
        CHECK_EQ(h->f.nios, i);
        fake_io_finish(&h->f, i - 1, OCPN_IO_OK);
        fake_run(&h->f);
    }
    e = fake_reap(h, 0);
    CHECK_EQ(e.found && e.cid == cid && !e.status, true);
    CHECK_EQ(queue_reap_all(h, 1), 5);
    h->f.hold = false;
    CHECK_EQ(queue_delete_sq(h, 1).status, 0x101);      /* there is none */
    CHECK_EQ(queue_create_sq(h, 1, 16, QUEUE_RING(1), 1).status, 0);
    h->q[1].size = FAKE_QUEUE_SIZE;             /* of the completion queue */
    queue_flush(h, 1);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    fake_host_free(h);
}

/* Deleted twice at once: the second is refused, the first goes on. */
static void deleted_twice(void)
{
    FakeHost *h = fake_host_start(&queue_drive);

    h->f.hold = true;
    queue_flush(h, 1);
    fake_run(&h->f);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
    CHECK_EQ(queue_delete_sq(h, 1).status, 0x101);
    CHECK_EQ(queue_delete_cq(h, 1).status, 0x10c);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    CHECK_EQ(queue_delete_cq(h, 1).status, 0);
    h->f.hold = false;
    fake_host_free(h);
}

/* A reset while a deletion waits: neither is posted. */
static void reset_during_deletion(void)
{
    FakeHost *h = fake_host_start(&queue_drive);

    h->f.hold = true;
    queue_flush(h, 1);
    fake_run(&h->f);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
    fake_run(&h->f);
    fake_set_reg(h, 0x14, 0x00460000, 4);
    fake_run(&h->f);
    fake_io_finish_all(&h->f);
    CHECK_EQ(queue_csts(h), 0);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    CHECK_EQ(queue_count(h, 0) + queue_count(h, 1), 0);
    h->f.hold = false;
    fake_host_free(h);
}

/* A wrong doorbell is an event, and changes nothing: see the results. */
static const struct {
    uint32_t qid; bool cq; uint32_t val; uint8_t info;
} wrong[] = {
    { 1, false, 16, 1 }, { 1, false, 17, 1 }, { 1, false, UINT32_MAX, 1 },
    { 1, false, 0x10000, 1 }, { 1, true, 16, 1 }, { 1, true, 1, 1 },
    { 1, true, 15, 1 }, { 1, true, 0x10000, 1 }, { 0, false, 32, 1 },
    { 0, true, 32, 1 }, { 2, false, 0, 0 }, { 2, true, 0, 0 },
    { 8, false, 1, 0 }, { 64, true, 1, 0 }, { 65, false, 1, 0 },
    { 511, true, 1, 0 },
};

/* FAILURE-CASE-18 */
static void wrong_doorbells(void)
{
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        FakeHost *h = fake_host_new(&queue_drive);
        FakeCqe e;

        CHECK_EQ(fake_enable(h), true);
        CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
        fake_run(&h->f);
        fake_doorbell(h, wrong[i].qid, wrong[i].cq, wrong[i].val);
        fake_run(&h->f);
        e = fake_reap(h, 0);
        CHECK(e.found && e.dw0 == (0x00010000u | wrong[i].info << 8),
              "row %zu: %x", i, e.dw0);
        for (unsigned n = 0; n < 40; n++) {
            queue_flush(h, 1);
            fake_run(&h->f);
            CHECK_EQ(fake_reap(h, 1).found, true);
        }
        CHECK_EQ(queue_csts(h), 1);
        fake_host_free(h);
    }
}

/* Reads of more segments than a request has itself: a few at a time. */
static void submit_scattered(FakeHost *h, unsigned i)
{
    FakeCmd cmd = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
                    .prp2 = FAKE_LISTS + i * 4096, .cdw12 = 39 };

    for (unsigned k = 0; k < 39; k++) {
        fake_put_le(fake_guest(h, cmd.prp2 + k * 8), 8,
                    FAKE_BUF + (k + 1) * UINT64_C(8192));
    }
    fake_submit(h, 1, &cmd);
}

static void stalls(unsigned count, bool memory)
{
    FakeHost *h = fake_host_start(&queue_drive);
    unsigned most = 0, done = 0;
    FakeCqe e;

    h->f.hold = true;
    h->f.fail_alloc = memory ? 0 : 1;
    for (unsigned i = 0; i < count; i++) {
        submit_scattered(h, i);
    }
    fake_run(&h->f);
    while (h->f.nios) {
        most = h->f.nios > most ? h->f.nios : most;
        fake_io_finish(&h->f, h->f.nios / 2, OCPN_IO_OK);
        fake_run(&h->f);
    }
    for (e = fake_reap(h, 1); e.found; e = fake_reap(h, 1)) {
        CHECK_EQ(e.status, memory ? 0 : 0x006);
        done++;
    }
    CHECK_EQ(done, count);
    CHECK(memory ? most >= 16 && most < count * 2 : !most,
          "%u I/Os in flight", most);
    h->f.hold = false;
    fake_host_free(h);
}

static void empty_pool(void)
{
    stalls(100, true);
    stalls(100, false);     /* no memory at all: an error, and no waiting */
}

/* A queue that stalls is deleted, or reset: what stalls goes. */
static void stalled_and_gone(void)
{
    for (unsigned how = 0; how < 2; how++) {
        FakeHost *h = fake_host_start(&queue_drive);
        unsigned aborted = 0, done = 0;
        FakeCqe e;

        h->f.hold = true;
        for (unsigned i = 0; i < 30; i++) {
            submit_scattered(h, i);
        }
        fake_run(&h->f);
        if (how) {
            fake_set_reg(h, 0x14, 0x00460000, 4);
            fake_io_finish_all(&h->f);
            CHECK_EQ(queue_csts(h), 0);
            CHECK_EQ(queue_count(h, 1), 0);
        } else {
            fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
            fake_run(&h->f);
            fake_io_finish_all(&h->f);
            for (e = fake_reap(h, 1); e.found; e = fake_reap(h, 1)) {
                aborted += e.status == 0x008;
                done += e.status == 0;
            }
            CHECK_EQ(aborted, 1);       /* fetched, and not begun */
            CHECK_EQ(done, 16);
            CHECK_EQ(fake_reap(h, 0).status, 0);
        }
        h->f.hold = false;
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "a submission queue that is no memory", sq_not_memory },
    { "a completion queue that is no memory", cq_not_memory },
    { "admin queues that are no memory", admin_not_memory },
    { "a ring whose end is no memory", ring_that_ends },
    { "deletion with commands in flight", deletion },
    { "deleted twice", deleted_twice },
    { "a reset during a deletion", reset_during_deletion },
    { "doorbells that are wrong", wrong_doorbells },
    { "a pool that is empty", empty_pool },
    { "a stalled queue goes", stalled_and_gone },
};
OCPN_UNIT_MAIN("queue-fail", tests)
