/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format NVM and the commands of other queues, step by step: each thread's
 * run is called by hand.
 * Proves: NVMe Base 2.0, "Format NVM command"; core/hold.c: no memory access
 * of a command is counted on before its queue has run.
 */
#include "queue-unit.h"

static FakeHost *start(void)
{
    FakeHost *h = fake_host_start(&queue_drive);

    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    fake_run(&h->f);
    h->f.hold = true;
    return h;
}

static void begin_format(FakeHost *h)
{
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1, .cdw10 = 4 });
    ocpn_cq_run(h->c, 0);
    ocpn_main_run(h->c);
}

static uint16_t begin_read(FakeHost *h, uint16_t qid)
{
    uint16_t cid = fake_submit(h, qid, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF });

    ocpn_cq_run(h->c, qid);
    return cid;
}

/* I/Os that zero blocks, of those that wait. */
static unsigned zeroes(FakeHost *h)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h->f.nios; i++) {
        n += h->f.io[i]->op == OCPN_IO_ZERO;
    }
    return n;
}

static void finish(FakeHost *h)
{
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    fake_host_free(h);
}

/* A thread may be about to use the namespace until it runs once more. */
static void every_queue_knows(void)
{
    FakeHost *h = start();

    begin_format(h);
    CHECK_EQ(zeroes(h), 0);
    CHECK_EQ(h->f.kicked[1] && h->f.kicked[2], true);
    ocpn_cq_run(h->c, 2);
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 0);
    h->f.kicked_main = false;
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(h->f.kicked_main, true);       /* main is told */
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 1);
    finish(h);
}

/* FAILURE-CASE-42: what uses it is waited for; what comes is refused. */
static void users(void)
{
    FakeHost *h = start();
    FakeCqe e;

    begin_read(h, 1);
    begin_read(h, 1);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 2);
    begin_format(h);
    ocpn_cq_run(h->c, 1);
    ocpn_cq_run(h->c, 2);
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 0);
    begin_read(h, 2);
    e = fake_reap(h, 2);
    CHECK_EQ(e.found, true);
    CHECK_EQ(e.status, 0x084);              /* Format in Progress */
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 2);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 0);
    h->f.kicked_main = false;
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK_EQ(h->f.kicked_main, true);
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 1);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(queue_reap_all(h, 1), 2);
    finish(h);
}

/* A queue that comes into being meanwhile knows; one that goes is no hurdle. */
static void queues_come_and_go(void)
{
    FakeHost *h = start();

    begin_format(h);
    CHECK_EQ(fake_create_pair(h, 3, 16).status, 0);
    CHECK_EQ(zeroes(h), 1);
    begin_read(h, 3);
    CHECK_EQ(fake_reap(h, 3).status, 0x084);
    finish(h);
    h = start();
    CHECK_EQ(queue_delete_sq(h, 2).status, 0);
    begin_format(h);
    ocpn_cq_run(h->c, 1);
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 0);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x04, .cdw10 = 2 });
    ocpn_cq_run(h->c, 0);
    ocpn_main_run(h->c);
    CHECK_EQ(zeroes(h), 1);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    finish(h);
}

static const OcpnTest tests[] = {
    { "every queue knows before anything is zeroed", every_queue_knows },
    { "users are waited for", users },
    { "queues come and go", queues_come_and_go },
};
OCPN_UNIT_MAIN("hold", tests)
