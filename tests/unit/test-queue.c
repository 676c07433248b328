/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings that work; see test-queue-fail.c for those that do not.
 * Proves: NVMe Base 2.0, "Submission Queues and Completion Queues",
 * "Completion Queue Entry": order, phase, SQ head pointer, full queues,
 * several submission queues on one completion queue, interrupts.
 */
#include "queue-unit.h"

/* COUNT commands at once; each completes once, in order, heads rise. */
static void batch(FakeHost *h, uint32_t size, uint32_t count)
{
    uint16_t first = (uint16_t)(h->cid + 1);

    for (uint32_t i = 0; i < count; i++) {
        queue_flush(h, 1);
    }
    fake_run(&h->f);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t head = (h->q[1].tail + size - count + i + 1) % size;
        FakeCqe e = fake_reap(h, 1);

        CHECK(e.found && e.status == 0 && e.sqid == 1,
              "command %u of %u in a queue of %u", i, count, size);
        CHECK_EQ(e.cid, (uint16_t)(first + i));
        /* It may say more than this command: others were fetched, too. */
        CHECK((e.sqhd + size - head) % size < count - i,
              "SQHD is %u after %u", e.sqhd, head);
    }
    CHECK_EQ(fake_reap(h, 1).found, false);
}

/* Every queue size around the fetch window, filled in steps, many rounds. */
static void windows_and_wraps(void)
{
    static const uint32_t sizes[] = { 2, 3, 4, 15, 16, 17, 18, 31, 33, 64,
                                      255, 257, 1000 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t size = sizes[i], done = 0;
        FakeHost *h = fake_host_new(&queue_drive);

        CHECK_EQ(fake_enable(h), true);
        CHECK_EQ(fake_create_pair(h, 1, size).status, 0);
        for (uint32_t n = 1; done < 3 * size + 5; n = n * 2 + 1) {
            if (n > size - 1) {
                n = size - 1;
            }
            batch(h, size, n);
            done += n;
        }
        fake_host_free(h);
    }
}

/* The phase of an entry changes with each round, and only when posted. */
static void phases(void)
{
    FakeHost *h = fake_host_new(&queue_drive);
    const uint8_t *ring;

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_create_pair(h, 1, 5).status, 0);
    ring = fake_guest(h, h->q[1].cq);
    for (uint32_t n = 0; n < 17; n++) {
        queue_flush(h, 1);
        fake_run(&h->f);
        for (uint32_t i = 0; i < 5; i++) {
            uint32_t round = (n + 5 - i) / 5;   /* times it was written */

            CHECK((ring[i * 16 + 14] & 1) == (round & 1),
                  "entry %u after %u commands", i, n + 1);
        }
        CHECK_EQ(fake_reap(h, 1).found, true);
    }
    fake_host_free(h);
}

/*
 * FAILURE-CASE-18
 * A full completion queue: the rest comes when there is room.
 */
static void full(void)
{
    FakeHost *h = fake_host_new(&queue_drive);

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(queue_create_cq(h, 2, 4, QUEUE_RING(0)).status, 0);
    CHECK_EQ(queue_create_sq(h, 1, 64, QUEUE_RING(1), 2).status, 0);
    for (unsigned i = 0; i < 40; i++) {
        queue_flush(h, 1);
    }
    fake_run(&h->f);
    for (unsigned i = 0; i < 38; i++) {
        CHECK_EQ(queue_count(h, 2), 3);
        CHECK_EQ(fake_reap(h, 2).cid, h->cid - 39 + i);
        fake_run(&h->f);
    }
    CHECK_EQ(queue_reap_all(h, 2), 2);
    /* Two at a time, over the end of the ring. */
    for (unsigned i = 0; i < 12; i++) {
        queue_flush(h, 1);
    }
    fake_run(&h->f);
    for (unsigned n = 0; n < 12; ) {
        unsigned got = queue_reap_all(h, 2);

        CHECK_EQ(got, 3);
        n += got ? got : 12;
        fake_run(&h->f);
    }
    fake_host_free(h);
}

/*
 * FAILURE-CASE-18
 * Seven submission queues on one completion queue; each has its heads.
 */
static void shared(void)
{
    FakeHost *h = fake_host_new(&queue_drive);
    unsigned seen[8] = { 0 };
    FakeCqe e;

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(queue_create_cq(h, 1, 256, QUEUE_RING(0)).status, 0);
    for (uint16_t i = 2; i < 8; i++) {
        CHECK_EQ(queue_create_sq(h, i, 16, QUEUE_RING(i), 1).status, 0);
    }
    for (unsigned n = 0; n < 3 * 12; n++) {
        for (uint16_t i = 2; i < 8; i++) {
            for (unsigned k = 0; k < i; k++) {
                queue_flush(h, i);
            }
        }
        fake_run(&h->f);
        for (e = fake_reap(h, 1); e.found; e = fake_reap(h, 1)) {
            CHECK(e.sqid >= 2 && e.sqid < 8, "SQID %u", e.sqid);
            CHECK_EQ(e.sqhd, h->q[e.sqid & 7].tail);
            seen[e.sqid & 7]++;
        }
    }
    for (uint16_t i = 2; i < 8; i++) {
        CHECK_EQ(seen[i], i * 36);
    }
    CHECK_EQ(queue_delete_cq(h, 1).status, 0x10c);
    for (uint16_t i = 2; i < 8; i++) {
        CHECK_EQ(queue_delete_sq(h, i).status, 0);
        CHECK_EQ(queue_delete_cq(h, 1).status, i < 7 ? 0x10c : 0);
    }
    fake_host_free(h);
}

/* Queues go while it is their turn, or another's. */
static void turns(void)
{
    for (uint16_t first = 2; first < 5; first++) {
        for (uint16_t gone = 2; gone < 5; gone++) {
            FakeHost *h = fake_host_new(&queue_drive);

            CHECK_EQ(fake_enable(h), true);
            CHECK_EQ(queue_create_cq(h, 1, 64, QUEUE_RING(0)).status, 0);
            for (uint16_t i = 2; i < 5; i++) {
                CHECK_EQ(queue_create_sq(h, i, 64, QUEUE_RING(i), 1).status,
                         0);
            }
            for (unsigned i = 0; i < 40; i++) {     /* more than a turn's */
                queue_flush(h, first);
            }
            ocpn_cq_run(h->c, 1);
            CHECK_EQ(queue_delete_sq(h, gone).status, 0);
            queue_flush(h, gone == 2 ? 3 : 2);
            queue_flush(h, gone == 4 ? 3 : 4);
            fake_run(&h->f);
            CHECK_EQ(queue_reap_all(h, 1), 42);
            fake_host_free(h);
        }
    }
}

/*
 * FAILURE-CASE-39
 * One queue with much to do does not starve the others of its thread.
 */
static void budget(void)
{
    FakeHost *h = fake_host_new(&queue_drive);
    unsigned n[8] = { 0 };

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(queue_create_cq(h, 1, 1024, QUEUE_RING(0)).status, 0);
    for (uint16_t i = 2; i < 5; i++) {
        CHECK_EQ(queue_create_sq(h, i, 1000, QUEUE_RING(i), 1).status, 0);
    }
    for (unsigned i = 0; i < 250; i++) {
        fake_submit(h, 2, &(FakeCmd) { .opc = 0x7f });
        fake_submit(h, 4, &(FakeCmd) { .opc = 0x7f });
    }
    fake_submit(h, 3, &(FakeCmd) { .opc = 0x7f });
    CHECK_EQ(ocpn_cq_run(h->c, 1), true);   /* there is more to do */
    for (FakeCqe e = fake_reap(h, 1); e.found; e = fake_reap(h, 1)) {
        n[e.sqid]++;
    }
    CHECK_EQ(n[2] + n[3] + n[4], 128);
    CHECK_EQ(n[3], 1);
    CHECK(n[2] >= 32 && n[4] >= 32, "%u and %u", n[2], n[4]);
    fake_run(&h->f);
    CHECK_EQ(queue_reap_all(h, 1), 501 - 128);
    fake_host_free(h);
}

/* One interrupt for what is posted together; none without IEN. */
static void interrupts(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    unsigned before = h->f.irqs[1];

    for (unsigned i = 0; i < 100; i++) {
        queue_flush(h, 1);
    }
    ocpn_cq_run(h->c, 1);
    for (unsigned n = 0; n < 5; n++) {
        fake_run(&h->f);
    }
    CHECK_EQ(queue_reap_all(h, 1), 100);
    CHECK(h->f.irqs[1] > before && h->f.irqs[1] <= before + 3,
          "%u interrupts", h->f.irqs[1] - before);
    before = h->f.irqs[1];
    fake_run(&h->f);
    CHECK_EQ(h->f.irqs[1], before);
    queue_create_cq(h, 3, 16, QUEUE_RING(0));
    queue_delete_cq(h, 3);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x05, .prp1 = QUEUE_RING(0), .cdw10 = 15 << 16 | 3,
        .cdw11 = 3 << 16 | 1,               /* IEN 0 */
    }).status, 0);
    CHECK_EQ(queue_create_sq(h, 2, 16, QUEUE_RING(1), 3).status, 0);
    h->q[3].phase = 1;
    queue_flush(h, 2);
    fake_run(&h->f);
    CHECK_EQ(queue_reap_all(h, 3), 1);
    CHECK_EQ(h->f.irqs[3], 0);
    fake_host_free(h);
}

/*
 * FAILURE-CASE-18
 * More commands than the device has slots: all of them, sooner or later.
 */
static void more_than_slots(void)
{
    FakeHost *h = fake_host_new(&queue_drive);

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(queue_create_cq(h, 2, 2048, QUEUE_RING(0)).status, 0);
    CHECK_EQ(queue_create_sq(h, 1, 1024, QUEUE_RING(1), 2).status, 0);
    h->f.hold = true;
    for (unsigned i = 0; i < 1000; i++) {
        fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                       .prp1 = FAKE_BUF });
    }
    fake_run(&h->f);
    CHECK(h->f.nios > 100 && h->f.nios < 1000, "%u at once", h->f.nios);
    while (h->f.nios) {         /* all of now are over before it runs again */
        while (h->f.nios) {
            fake_io_finish(&h->f, h->f.nios - 1, OCPN_IO_OK);
        }
        fake_run(&h->f);
    }
    CHECK_EQ(queue_count(h, 2), 1000);      /* and no doorbell was rung */
    CHECK_EQ(queue_reap_all(h, 2), 1000);
    h->f.hold = false;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "fetch windows and wraps", windows_and_wraps },
    { "the phase over rounds", phases },
    { "a full completion queue", full },
    { "several submission queues on one", shared },
    { "queues that go when it is their turn", turns },
    { "a busy queue leaves time for others", budget },
    { "interrupts", interrupts },
    { "more commands than slots", more_than_slots },
};
OCPN_UNIT_MAIN("queue", tests)
