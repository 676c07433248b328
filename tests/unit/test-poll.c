/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues that somebody looks at, doorbells that only say so, event indexes.
 * Proves: core/ctrl.h, ocpn_cq_poll() and ocpn_cq_set_polled(); core/port.h,
 * doorbell(); NVMe Base 2.0, "Updating Controller Doorbell Properties using a
 * Shadow Doorbell Buffer".
 */
#include "hw/ocp-nvme/core/migrate.h"
#include "queue-unit.h"

#define DBS     UINT64_C(0x600000)      /* shadow doorbells */
#define EIS     UINT64_C(0x601000)      /* event indexes */
#define UNSET   0xeeeeeeeeu

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
    return h;
}

static uint32_t event(FakeHost *h, uint32_t qid, bool cq)
{
    return (uint32_t)fake_le(fake_guest(h, EIS + qid * 8 + 4 * cq), 4);
}

static void set_event(FakeHost *h, uint32_t qid, bool cq, uint32_t val)
{
    fake_put_le(fake_guest(h, EIS + qid * 8 + 4 * cq), 4, val);
}

static void set_shadow(FakeHost *h, uint32_t qid, bool cq, uint32_t val)
{
    fake_put_le(fake_guest(h, DBS + qid * 8 + 4 * cq), 4, val);
}

/* N Flushes into ring 1, and its shadow; nobody rings. */
static void put_flushes(FakeHost *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fake_queue(h, 1, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
    }
    set_shadow(h, 1, false, h->q[1].tail);
}

/* Completions of ring 1, and its shadow; nobody rings. */
static unsigned take_all(FakeHost *h)
{
    FakeQueue *q = &h->q[1];
    unsigned n = queue_count(h, 1);

    q->phase ^= q->head + n >= q->size;
    q->head = (q->head + n) % q->size;
    set_shadow(h, 1, true, q->head);
    return n;
}

/* What is in the shadow is found, once. */
static void finds_commands(void)
{
    FakeHost *h = start(true);

    for (unsigned i = 0; i < 1000; i++) {
        CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
        put_flushes(h, i % 5 + 1);
        CHECK_EQ(ocpn_cq_poll(h->c, 1), true);
        CHECK_EQ(ocpn_cq_poll(h->c, 1), true);  /* it only looks */
        ocpn_cq_run(h->c, 1);
        fake_run(&h->f);
        CHECK_EQ(take_all(h), i % 5 + 1);
    }
    CHECK_EQ(ocpn_cq_poll(h->c, 2), false);     /* no such queue */
    CHECK_EQ(ocpn_cq_poll(h->c, 65535), false);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 2, true), false);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 65535, false), false);
    fake_host_free(h);
}

/* Without shadows a doorbell that has not been acted on is found. */
static void finds_doorbells(void)
{
    FakeHost *h = start(false);

    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    queue_flush(h, 1);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), true);
    ocpn_ctrl_set_running(h->c, false);         /* nothing is fetched */
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    CHECK_EQ(queue_reap_all(h, 1), 1);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, true), false);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, false), false);
    fake_host_free(h);
}

/* Nobody spins on what cannot be fetched. */
static void no_use(void)
{
    FakeHost *h = start(true);

    set_shadow(h, 1, false, 9999);              /* an event, once */
    CHECK_EQ(ocpn_cq_poll(h->c, 1), true);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    h->f.hold = true;                           /* all slots are in use */
    put_flushes(h, 250);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    put_flushes(h, 20);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), true);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    put_flushes(h, 1);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(take_all(h), 255);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(take_all(h), 16);
    fake_host_free(h);
}

/* A host is asked to ring when a queue is found empty, not before. */
static void event_when_idle(void)
{
    FakeHost *h = start(true);

    CHECK_EQ(event(h, 1, false), 0);
    put_flushes(h, 3);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(event(h, 1, false), 3);
    set_event(h, 1, false, UNSET);
    fake_run(&h->f);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(event(h, 1, false), UNSET);        /* it is there already */
    h->f.hold = true;
    put_flushes(h, 200);
    for (unsigned i = 0; i < 2; i++) {          /* 128 commands a run */
        CHECK_EQ(event(h, 1, false), UNSET);
        ocpn_cq_run(h->c, 1);
    }
    CHECK_EQ(event(h, 1, false), 203);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(take_all(h), 203);
    fake_host_free(h);
}

/* With somebody who looks the host need not ring. */
static void no_event_when_polled(void)
{
    FakeHost *h = start(true);

    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, true), false);
    set_event(h, 1, false, UNSET);
    for (unsigned i = 0; i < 300; i++) {
        put_flushes(h, 2);
        CHECK_EQ(ocpn_cq_poll(h->c, 1), true);
        ocpn_cq_run(h->c, 1);
        fake_run(&h->f);
        CHECK_EQ(take_all(h), 2);
    }
    CHECK_EQ(event(h, 1, false), UNSET);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, false), false);
    CHECK_EQ(event(h, 1, false), 600 % FAKE_QUEUE_SIZE);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, true), false);
    put_flushes(h, 1);                          /* it came meanwhile */
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, false), true);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(take_all(h), 1);
    CHECK_EQ(event(h, 1, false), 601 % FAKE_QUEUE_SIZE);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS,
                                        .prp2 = EIS + 4096 }).status, 0);
    fake_run(&h->f);
    CHECK_EQ(event(h, 512 + 1, false), 601 % FAKE_QUEUE_SIZE);
    fake_host_free(h);
}

/* N commands that end at their fetch, as put_flushes(). */
static void put_bad(FakeHost *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fake_queue(h, 1, &(FakeCmd) { .opc = 0x7f });
    }
    set_shadow(h, 1, false, h->q[1].tail);
}

static struct {
    FakeHost *h;
    bool (*write)(void *o, uint64_t addr, const void *buf, size_t len);
    unsigned left;              /* times that the host is faster */
} race;

static bool racing_write(void *o, uint64_t addr, const void *buf, size_t len)
{
    if (addr == EIS + 8 && race.left) {
        race.left--;
        put_bad(race.h, 1);
    }
    return race.write(o, addr, buf, len);
}

/* A host that goes on just before it could see that it is to ring. */
static void lost_wakeup(void)
{
    FakeHost *h = start(true);
    OcpnPort *p = (OcpnPort *)ocpn_ctrl_port(h->c);

    race.h = h;
    race.write = p->write;
    race.left = 3;
    p->write = racing_write;
    put_bad(h, 1);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(race.left, 0);
    CHECK_EQ(take_all(h), 4);
    CHECK_EQ(event(h, 1, false), 4);
    race.left = 1;
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, true), false);
    put_bad(h, 1);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(take_all(h), 1);
    CHECK_EQ(ocpn_cq_set_polled(h->c, 1, false), true);
    ocpn_cq_run(h->c, 1);
    CHECK_EQ(take_all(h), 1);
    p->write = race.write;
    fake_host_free(h);
}

/* A head is asked for only when completions wait for room. */
static void event_when_full(void)
{
    FakeHost *h = start(true);

    set_event(h, 1, true, UNSET);
    for (unsigned i = 0; i < 300; i++) {
        put_flushes(h, 100);
        ocpn_cq_run(h->c, 1);
        fake_run(&h->f);
        CHECK_EQ(take_all(h), 100);
    }
    CHECK_EQ(event(h, 1, true), UNSET);
    put_flushes(h, 200);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(event(h, 1, true), UNSET);
    put_flushes(h, 56);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(queue_count(h, 1), 255);
    CHECK_EQ(event(h, 1, true), h->q[1].head);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    CHECK_EQ(take_all(h), 255);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), true);      /* there is room again */
    fake_doorbell(h, 1, true, h->q[1].head);
    fake_run(&h->f);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    CHECK_EQ(take_all(h), 1);
    CHECK_EQ(ocpn_cq_poll(h->c, 1), false);
    put_flushes(h, 3);
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(take_all(h), 3);
    ocpn_ctrl_set_msix(h->c, false);            /* the host has read all */
    fake_run(&h->f);
    CHECK_EQ(h->f.pin, false);
    CHECK_EQ(event(h, 1, true), h->q[1].head);
    put_flushes(h, 1);                          /* the pin must fall again */
    ocpn_cq_run(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(h->f.pin, true);
    CHECK_EQ(event(h, 1, true), h->q[1].head);
    take_all(h);
    fake_doorbell(h, 1, true, h->q[1].head);
    CHECK_EQ(h->f.pin, false);
    ocpn_ctrl_set_msix(h->c, true);
    fake_host_free(h);
}

/* Doorbells 2 (SQ 1), 3 (CQ 1), 4 and 5 only say "look", or not. */
static void check_looks(FakeHost *h, bool sq1, bool cq1, bool sq2, bool cq2)
{
    CHECK_EQ(h->f.looks[2], sq1);
    CHECK_EQ(h->f.looks[3], cq1);
    CHECK_EQ(h->f.looks[4], sq2 ? 2 : 0);
    CHECK_EQ(h->f.looks[5], cq2 ? 2 : 0);
    CHECK_EQ(h->f.looks[0] | h->f.looks[1], 0);
}

/* The device is told which doorbells need no look at their value. */
static void doorbells(void)
{
    FakeHost *h = start(false);

    check_looks(h, 0, 0, 0, 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS,
                                        .prp2 = EIS }).status, 0);
    check_looks(h, 1, 1, 0, 0);
    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    check_looks(h, 1, 1, 1, 1);
    ocpn_ctrl_set_msix(h->c, false);            /* the pin looks at heads */
    check_looks(h, 1, 0, 1, 0);
    ocpn_ctrl_set_msix(h->c, true);
    check_looks(h, 1, 1, 1, 1);
    CHECK_EQ(queue_delete_sq(h, 2).status, 0);
    check_looks(h, 1, 1, 0, 1);
    CHECK_EQ(queue_delete_cq(h, 2).status, 0);
    check_looks(h, 1, 1, 0, 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS,
                                        .prp2 = EIS }).status, 0);
    check_looks(h, 1, 1, 0, 0);
    CU_ASSERT(fake_disable(h));
    check_looks(h, 0, 0, 0, 0);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    check_looks(h, 0, 0, 0, 0);
    fake_host_free(h);
}

/* A loaded controller goes on where the other one was. */
static void migrated(void)
{
    static uint8_t state[1 << 16];
    FakeHost *h = start(true);
    OcpnError err;
    size_t n;

    ocpn_ctrl_set_running(h->c, false);
    put_flushes(h, 5);
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    n = ocpn_ctrl_save(h->c, state, sizeof(state));
    CHECK(n <= sizeof(state), "%zu bytes", n);
    ocpn_ctrl_set_running(h->c, true);
    CU_ASSERT(fake_disable(h));
    check_looks(h, 0, 0, 0, 0);
    CHECK(ocpn_ctrl_load(h->c, state, n, &err), "%s", err.text);
    check_looks(h, 1, 1, 0, 0);
    fake_run(&h->f);
    CHECK_EQ(take_all(h), 5);
    CHECK_EQ(event(h, 1, false), 5);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "commands are found", finds_commands },
    { "doorbells are found", finds_doorbells },
    { "what cannot be fetched is not", no_use },
    { "event indexes of queues that are empty", event_when_idle },
    { "no event indexes of queues that are polled", no_event_when_polled },
    { "a host that is faster than its event index", lost_wakeup },
    { "event indexes of queues that are full", event_when_full },
    { "doorbells that only say look", doorbells },
    { "migration", migrated },
};
OCPN_UNIT_MAIN("poll", tests)
