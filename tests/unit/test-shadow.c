/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Doorbell Buffer Config command", "Updating
 * Controller Doorbell Properties using a Shadow Doorbell Buffer".
 */
#include "queue-unit.h"

#define DBS     UINT64_C(0x600000)      /* shadow doorbells */
#define EIS     UINT64_C(0x601000)      /* event indexes */
#define FULL    (FAKE_QUEUE_SIZE - 1)

static FakeHost *start(void)
{
    FakeSetup s = queue_drive;
    FakeHost *h;

    s.cfg.dbbuf = true;
    h = fake_host_start(&s);
    memset(fake_guest(h, DBS), 0, 0x2000);
    return h;
}

static FakeCqe configure(FakeHost *h)
{
    return fake_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS,
                                      .prp2 = EIS });
}

static uint32_t at(FakeHost *h, uint64_t base, uint32_t qid, bool cq)
{
    return (uint32_t)fake_le(fake_guest(h, base + qid * 8 + 4 * cq), 4);
}

static void put(FakeHost *h, uint32_t qid, bool cq, uint32_t val)
{
    fake_put_le(fake_guest(h, DBS + qid * 8 + 4 * cq), 4, val);
}

/* Has the host to ring, having gone from OLD to NEW? */
static bool must_ring(uint32_t event, uint32_t new, uint32_t old)
{
    return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

/* Write a Flush into ring 1 and tell the shadow, and the doorbell if asked. */
static bool submit(FakeHost *h)
{
    FakeQueue *q = &h->q[1];
    uint32_t old = q->tail;
    uint8_t *sqe = fake_guest(h, q->sq + old * 64);

    memset(sqe, 0, 64);
    fake_put_le(sqe + 2, 2, ++h->cid);
    fake_put_le(sqe + 4, 4, 1);
    q->tail = (old + 1) % q->size;
    put(h, 1, false, q->tail);
    if (must_ring(at(h, EIS, 1, false), q->tail, old)) {
        fake_doorbell(h, 1, false, q->tail);
        return true;
    }
    return false;
}

static bool reap(FakeHost *h)
{
    FakeQueue *q = &h->q[1];
    const uint8_t *cqe = fake_guest(h, q->cq + q->head * 16);
    uint32_t old = q->head;

    if ((cqe[14] & 1) != q->phase) {
        return false;
    }
    CHECK_EQ(fake_le(cqe + 14, 2) >> 1, 0);
    q->head = (old + 1) % q->size;
    q->phase ^= q->head == 0;
    put(h, 1, true, q->head);
    if (must_ring(at(h, EIS, 1, true), q->head, old)) {
        fake_doorbell(h, 1, true, q->head);
    }
    return true;
}

/* A host that rings only when it has to loses nothing. */
static void host_that_seldom_rings(void)
{
    FakeHost *h = start();
    unsigned rings = 0, done = 0;

    CHECK_EQ(configure(h).status, 0);
    fake_run(&h->f);
    for (unsigned i = 0; i < 2000; i++) {
        unsigned n = i % 7 + 1;

        for (unsigned k = 0; k < n; k++) {
            rings += submit(h);
        }
        fake_run(&h->f);
        while (reap(h)) {
            done++;
        }
        fake_run(&h->f);
        done -= n;
        CHECK_EQ(done, 0);
    }
    CHECK(rings >= 2000 - 10 && rings <= 2100, "%u doorbells", rings);
    fake_host_free(h);
}

/* The completion queue full: the host's head in memory is enough. */
static void full(void)
{
    FakeHost *h = start();
    unsigned done = 0;

    CHECK_EQ(configure(h).status, 0);
    fake_run(&h->f);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < FAKE_QUEUE_SIZE - 1; i++) {
            submit(h);
        }
        fake_run(&h->f);
        CHECK_EQ(queue_count(h, 1), FAKE_QUEUE_SIZE - 1);
        submit(h);                          /* one more than fits */
        submit(h);
        fake_run(&h->f);
        CHECK_EQ(queue_count(h, 1), FAKE_QUEUE_SIZE - 1);
        do {
            while (reap(h)) {
                done++;
            }
            fake_run(&h->f);
        } while (queue_count(h, 1));
        CHECK_EQ(done, (round + 1) * (FAKE_QUEUE_SIZE + 1));
    }
    fake_host_free(h);
}

/* What the controller knows is published; the shadow then is the truth. */
static void takes_over(void)
{
    FakeHost *h = start();

    for (unsigned i = 0; i < 9; i++) {
        queue_flush(h, 1);
    }
    fake_run(&h->f);
    CHECK_EQ(queue_reap_all(h, 1), 9);
    CHECK_EQ(configure(h).status, 0);
    CHECK_EQ(at(h, DBS, 1, false), 9);
    CHECK_EQ(at(h, DBS, 1, true), 9);
    CHECK_EQ(at(h, DBS, 0, false), 0);      /* not for the admin queue */
    fake_run(&h->f);
    CHECK_EQ(at(h, EIS, 1, false), 9);
    submit(h);
    submit(h);
    fake_doorbell(h, 1, false, 3);          /* the value does not count */
    fake_run(&h->f);
    CHECK_EQ(reap(h) && reap(h) && !reap(h), true);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);     /* admin as ever */
    CHECK_EQ(fake_disable(h), true);        /* a reset forgets them */
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    memset(fake_guest(h, DBS), 0xff, 0x2000);
    queue_flush(h, 1);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(fake_all(fake_guest(h, DBS), 0xff, 0x2000), true);
    fake_host_free(h);
}

/*
 * FAILURE-CASE-18 FAILURE-CASE-20
 * Values that no ring has: an event, and nothing is believed.
 */
static void out_of_range(void)
{
    static const uint32_t bad[] = { FAKE_QUEUE_SIZE, 0xffff, 0x10001,
                                    UINT32_MAX };

    for (size_t i = 0; i < 8; i++) {
        FakeHost *h = start();
        bool cq = i & 4;
        FakeCqe e;

        CHECK_EQ(configure(h).status, 0);
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
        fake_run(&h->f);
        submit(h);
        put(h, 1, cq, bad[i & 3]);
        fake_doorbell(h, 1, false, 1);
        fake_run(&h->f);
        for (unsigned n = 0; cq && n < FULL; n++) {
            submit(h);          /* the head is looked up when there is */
            fake_run(&h->f);    /* no room for the last one */
        }
        e = fake_reap(h, 0);
        CHECK(e.found && e.dw0 == 0x00010100, "shadow %zu: %x", i, e.dw0);
        CHECK_EQ(queue_csts(h), 1);
        put(h, 1, cq, cq ? 0 : 1);
        fake_doorbell(h, 1, false, 1);
        fake_run(&h->f);
        CHECK_EQ(reap(h), true);
        fake_host_free(h);
    }
}

static void refused(void)
{
    static const struct {
        uint64_t dbs, eis; uint16_t status, where;
    } row[] = {
        { 0, EIS, 0x002, 24 }, { DBS, 0, 0x002, 32 },
        { DBS + 4, EIS, 0x002, 24 }, { DBS + 2048, EIS, 0x002, 24 },
        { DBS, EIS + 8, 0x002, 32 }, { FAKE_HOLE, EIS, 0x004, 0xffff },
        { FAKE_MMIO, EIS, 0x004, 0xffff },
    };
    FakeHost *h = start();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        FakeCmd cmd = { .opc = 0x7c, .prp1 = row[i].dbs,
                        .prp2 = row[i].eis };

        CHECK_EQ(fake_admin(h, &cmd).status, row[i].status);
        CHECK_EQ(fake_error_location(h), row[i].where);
    }
    queue_flush(h, 1);                      /* still by doorbell */
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, true);
    fake_host_free(h);
    h = fake_host_start(&queue_drive);      /* not offered */
    CHECK_EQ(configure(h).status, 0x001);
    fake_host_free(h);
}

/* The buffers go while they are in use: no crash, and a reset helps. */
static void buffers_go(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS,
                                        .prp2 = FAKE_HOLE }).status, 0);
    submit(h);
    fake_doorbell(h, 1, false, 1);
    fake_run(&h->f);
    CHECK_EQ(reap(h), true);
    CHECK_EQ(queue_csts(h), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a host that rings only when it has to", host_that_seldom_rings },
    { "a full completion queue", full },
    { "the buffer takes over, until a reset", takes_over },
    { "values out of range", out_of_range },
    { "configurations that are refused", refused },
    { "event indexes that are no memory", buffers_go },
};
OCPN_UNIT_MAIN("shadow", tests)
