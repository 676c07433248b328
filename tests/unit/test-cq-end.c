/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completions that are posted outside of a run.
 * Proves: core/ctrl.h, ocpn_cq_end(); core/port.h, ended().
 */
#include "queue-unit.h"

#define DBS     UINT64_C(0x600000)      /* shadow doorbells */
#define EIS     UINT64_C(0x601000)      /* event indexes */

static unsigned nended;

static void ended(void *o, uint16_t cqid)
{
    (void)o;
    nended += cqid == 1;
}

/* I/Os of the host wait. */
static FakeHost *start(bool shadow)
{
    FakeSetup s = queue_drive;
    FakeHost *h;

    s.cfg.dbbuf = true;
    h = fake_host_start(&s);
    memset(fake_guest(h, DBS), 0, 0x2000);
    if (shadow) {
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS,
                                            .prp2 = EIS }).status, 0);
        fake_run(&h->f);
    }
    ((OcpnPort *)ocpn_ctrl_port(h->c))->ended = ended;
    h->f.hold = true;
    nended = 0;
    return h;
}

/* N reads into ring 1, its doorbell and its shadow. */
static void put_reads(FakeHost *h, unsigned n, bool ring)
{
    for (unsigned i = 0; i < n; i++) {
        fake_queue(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                      .prp1 = FAKE_BUF });
    }
    fake_put_le(fake_guest(h, DBS + 8), 4, h->q[1].tail);
    if (ring) {
        fake_doorbell(h, 1, false, h->q[1].tail);
    }
}

static void stop(FakeHost *h)
{
    ((OcpnPort *)ocpn_ctrl_port(h->c))->ended = NULL;
    h->f.kicked[1] = true;
    fake_host_free(h);
}

/* What has ended is posted and told of; nothing is fetched. */
static void posts(void)
{
    FakeHost *h = start(false);
    unsigned irqs;

    put_reads(h, 5, true);
    ocpn_cq_run(h->c, 1);
    h->f.kicked[1] = false;
    put_reads(h, 1, true);
    h->f.kicked[1] = false;
    irqs = h->f.irqs[1];
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK_EQ(nended, 1);                    /* once */
    CHECK_EQ(h->f.kicked[1], false);
    CHECK_EQ(queue_count(h, 1), 0);
    ocpn_cq_end(h->c, 1);
    CHECK_EQ(queue_count(h, 1), 2);
    CHECK_EQ(h->f.irqs[1], irqs + 1);
    CHECK_EQ(h->f.nios, 3);
    CHECK_EQ(ocpn_cq_end(h->c, 1) && h->f.irqs[1] != irqs + 1, false);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK_EQ(nended, 2);                    /* and again */
    CHECK_EQ(ocpn_cq_end(h->c, 1), true);   /* the sixth may be fetched */
    CHECK_EQ(ocpn_cq_end(h->c, 9), false);
    stop(h);
}

/* All slots in use: the host was not asked to ring, and goes on. */
static void no_slots(void)
{
    FakeHost *h = start(true);

    put_reads(h, 255, false);
    ocpn_cq_run(h->c, 1);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(fake_le(fake_guest(h, EIS + 8), 4), 255);
    put_reads(h, 1, true);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(h->f.nios, 256);
    put_reads(h, 3, false);                 /* 255 is not passed */
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK_EQ(ocpn_cq_end(h->c, 1), true);
    CHECK_EQ(queue_count(h, 1), 1);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(h->f.nios, 256);
    stop(h);
}

/* A host that is asked to ring does so: no run is needed. */
static void all_ended(void)
{
    FakeHost *h = start(true);

    put_reads(h, 5, false);
    ocpn_cq_run(h->c, 1);
    while (h->f.nios) {
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
    }
    CHECK_EQ(ocpn_cq_end(h->c, 1), false);
    CHECK_EQ(queue_count(h, 1), 5);
    stop(h);
}

/* Deletions and resets are a run's. */
static void leaves_it_to_a_run(void)
{
    FakeHost *h = start(false);

    put_reads(h, 2, true);
    ocpn_cq_run(h->c, 1);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
    ocpn_cq_run(h->c, 0);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK_EQ(ocpn_cq_end(h->c, 1), true);
    CHECK_EQ(queue_count(h, 1), 0);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    CHECK_EQ(queue_count(h, 1), 2);
    stop(h);
}

static const OcpnTest tests[] = {
    { "what has ended is posted", posts },
    { "a queue without slots is looked at again", no_slots },
    { "a queue that may sleep does", all_ended },
    { "deletions are left to a run", leaves_it_to_a_run },
};
OCPN_UNIT_MAIN("cq-end", tests)
