/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: queues in IOThreads that look before anybody rings.
 * Proves: NVMe Base 2.0, Updating Controller Doorbell Properties using a
 * Shadow Doorbell Buffer; Interrupt Coalescing.
 */
#include "qemu/osdep.h"
#include "qocpn-shadow.h"

#define READ        { .opc = NVME_IO_READ, .nsid = 1 }
#define FLUSH       { .opc = NVME_IO_FLUSH, .nsid = 1 }

/* So long that a slow host does not look like a thread that fell asleep. */
#define POLL_NS     "100000000"
#define GAP_MS      20

/* On one IOThread, or on two. */
static QOcpn *start(bool two, const char *machine)
{
    QOcpn *q;

    if (two) {
        g_setenv("QOCPN_MAPPING", "p0,p1", true);
    }
    q = qocpn_start(&(QOcpnSetup) {
        .machine = machine,
        .args = "-object iothread,id=p0,poll-max-ns=" POLL_NS
                " -object iothread,id=p1,poll-max-ns=" POLL_NS,
        .props = two ? "" : ",iothread=p0",
    });
    g_unsetenv("QOCPN_MAPPING");
    return q;
}

/* QEMU polls longer and longer while the time between events is short. */
static void grow(QOcpnShadow *s, QOcpnQueue *queue)
{
    for (unsigned i = 0; i < 16; i++) {
        g_usleep(GAP_MS * 1000);
        QOCPN_OK(qocpn_shadow_cmd(s, queue, &(QOcpnCmd) FLUSH));
    }
}

/*
 * Only the shadow is written; the drive is polled and has not asked.  A busy
 * machine may keep the poller waiting now and then, but not each time.
 */
static void no_doorbell(void)
{
    QOcpn *q = start(false, NULL);
    gint64 end = qocpn_deadline();
    unsigned row = 0;
    QOcpnShadow s;

    qocpn_shadow_start(&s, q);
    grow(&s, &q->io);
    while (row < 30) {
        unsigned before = s.rings;

        QOCPN_OK(qocpn_shadow_cmd(&s, &q->io, &(QOcpnCmd) FLUSH));
        row = s.rings == before ? row + 1 : 0;
        if (!row) {
            qocpn_tick(q, end, "30 commands in a row without a doorbell");
        }
    }
    qocpn_stop(q);
}

/* Several commands at once, over many wraps of the ring. */
static void batches(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnShadow s;
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 8);

    read.prp1 = q->buf;
    qocpn_shadow_start(&s, q);
    grow(&s, &q->io);
    for (unsigned i = 0; i < 100; i++) {
        unsigned n = 1 + i % 60;

        for (unsigned k = 0; k < n; k++) {
            uint16_t old = q->io.tail;

            qocpn_shadow_post(&s, &q->io, &read);
            qocpn_shadow_ring(&s, &q->io, old);
        }
        for (unsigned k = 0; k < n; k++) {
            QOCPN_OK(qocpn_shadow_wait(&s, &q->io));
        }
    }
    qocpn_stop(q);
}

/* The thread sleeps again: it has asked before, and answers the doorbell. */
static void asks_again(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnShadow s;
    uint16_t old;

    qocpn_shadow_start(&s, q);
    for (unsigned i = 0; i < 5; i++) {
        grow(&s, &q->io);
        g_usleep(500 * 1000);
        old = q->io.tail;
        qocpn_shadow_post(&s, &q->io, &(QOcpnCmd) FLUSH);
        g_assert_true(qocpn_shadow_asked(&s, &q->io, old));
        qocpn_shadow_ring(&s, &q->io, old);
        QOCPN_OK(qocpn_shadow_wait(&s, &q->io));
    }
    qocpn_stop(q);
}

/* FAILURE-CASE-19: without shadows the doorbells' values are polled. */
static void without_dbbuf(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 8);

    read.prp1 = q->buf;
    for (unsigned i = 0; i < 16; i++) {
        g_usleep(GAP_MS * 1000);
        QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    }
    for (unsigned i = 0; i < 500; i++) {
        QOCPN_OK(qocpn_io(q, &read));
    }
    qocpn_stop(q);
}

static void make_queue(QOcpn *q)
{
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
}

/* A reset ends the polling; nothing looks at the buffers any more. */
static void reset(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnShadow s;

    for (unsigned i = 0; i < 20; i++) {
        qocpn_shadow_start(&s, q);
        for (unsigned k = 0; k < 20; k++) {
            QOCPN_OK(qocpn_shadow_cmd(&s, &q->io, &(QOcpnCmd) FLUSH));
        }
        for (unsigned k = 0; k < 20; k++) {
            qocpn_shadow_post(&s, &q->io, &(QOcpnCmd) FLUSH);
        }
        qocpn_disable(q);
        qtest_memset(q->qts, s.db, 0x11, QOCPN_PAGE);
        qtest_memset(q->qts, s.ei, 0x5a, QOCPN_PAGE);
        qocpn_enable(q);
        make_queue(q);
        for (unsigned k = 0; k < 20; k++) {
            QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
        }
        g_assert_cmphex(qtest_readl(q->qts, s.ei + 8), ==, 0x5a5a5a5a);
        g_assert_cmphex(qtest_readl(q->qts, s.ei + 12), ==, 0x5a5a5a5a);
    }
    qocpn_stop(q);
}

/* Every kind of reset QEMU has, with commands in the ring. */
static void system_reset(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnShadow s;

    for (unsigned i = 0; i < 5; i++) {
        qocpn_shadow_start(&s, q);
        for (unsigned k = 0; k < 40; k++) {
            qocpn_shadow_post(&s, &q->io, &(QOcpnCmd) FLUSH);
        }
        if (i & 1) {
            qocpn_flr(q);
        } else {
            qtest_qmp_assert_success(q->qts, "{'execute': 'system_reset'}");
            qtest_qmp_eventwait(q->qts, "RESET");
        }
        qocpn_pci_restore(q);
        qocpn_enable(q);
        make_queue(q);
        QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    }
    qocpn_stop(q);
}

static void delete_queue(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnShadow s;

    qocpn_shadow_start(&s, q);
    for (unsigned i = 0; i < 50; i++) {
        qocpn_shadow_cmd(&s, &q->io, &(QOcpnCmd) FLUSH);
        qocpn_shadow_post(&s, &q->io, &(QOcpnCmd) FLUSH);
        QOCPN_OK(qocpn_delete_sq(q, 1));
        if (i & 1) {
            QOCPN_OK(qocpn_delete_cq(q, 1));
            qtest_writeq(q->qts, s.db + 8, 0);
            make_queue(q);
            continue;
        }
        qtest_writel(q->qts, s.db + 8, 0);
        q->io.tail = 0;
        QOCPN_OK(qocpn_create_sq(q, &q->io, 1));
        if (qocpn_peek(q, &q->io, &(QOcpnCqe) { 0 })) {
            qocpn_shadow_wait(&s, &q->io);      /* it was just in time */
        }
    }
    qocpn_stop(q);
}

#define NSQS    6

static void post_to_all(QOcpnShadow *s, QOcpnQueue *queue, unsigned first)
{
    for (unsigned i = first; i < NSQS; i += 2) {
        uint16_t old = queue[i].tail;

        qocpn_shadow_post(s, &queue[i], &(QOcpnCmd) READ);
        qocpn_shadow_ring(s, &queue[i], old);
    }
}

/* Two threads with a completion queue each, which three queues share. */
static void shared(void)
{
    QOcpn *q = start(true, NULL);
    QOcpnQueue queue[NSQS], *cq[2] = { &queue[0], &queue[1] };
    QOcpnShadow s;
    unsigned from[NSQS] = { 0 };

    QOCPN_OK(qocpn_delete_sq(q, 1));
    QOCPN_OK(qocpn_delete_cq(q, 1));
    for (unsigned i = 0; i < NSQS; i++) {
        qocpn_queue_init(q, &queue[i], i + 1, 16);
        if (i < 2) {
            QOCPN_OK(qocpn_create_cq(q, &queue[i], i + 1));
        }
        QOCPN_OK(qocpn_create_sq(q, &queue[i], i % 2 + 1));
    }
    qocpn_shadow_start(&s, q);
    for (unsigned i = 0; i < 300; i++) {
        post_to_all(&s, queue, 0);
        post_to_all(&s, queue, 1);
        for (unsigned k = 0; k < NSQS; k++) {
            QOcpnCqe cqe = qocpn_shadow_wait(&s, cq[k % 2]);

            g_assert_cmpuint(cqe.sqid % 2, ==, (k + 1) % 2);
            from[cqe.sqid - 1]++;
        }
    }
    for (unsigned i = 0; i < NSQS; i++) {
        g_assert_cmpuint(from[i], ==, 300);
    }
    qocpn_stop(q);
}

static void unplug(void)
{
    QOcpn *q = start(true, "pc");
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 8);
    QOcpnShadow s;

    read.prp1 = q->buf;
    qocpn_shadow_start(&s, q);
    grow(&s, &q->io);
    for (unsigned i = 0; i < 40; i++) {
        qocpn_shadow_post(&s, &q->io, &read);
    }
    qpci_unplug_acpi_device_test(q->qts, "nv0", q->pdev->devfn >> 3);
    qtest_qmp_assert_success(q->qts, "{'execute': 'object-del',"
                             "'arguments': {'id': 'p0'}}");
    qocpn_stop(q);
}

/* The interrupt comes when its time has come, in the queue's thread. */
static void coalesced(void)
{
    QOcpn *q = start(false, NULL);
    QOcpnCqe cqe;

    QOCPN_OK(qocpn_set_feature(q, 0x08, 0, 0x0a07));    /* 8, or 1 ms */
    for (unsigned i = 0; i < 10; i++) {
        qocpn_msix_fired(q, 1);
        qocpn_post(q, &q->io, &(QOcpnCmd) FLUSH);
        qocpn_ring(q, &q->io);
        for (unsigned k = 0; !qocpn_peek(q, &q->io, &cqe); k++) {
            g_assert_cmpuint(k, <, 10000);
            g_usleep(1000);             /* the guest's clock stands still */
        }
        g_usleep(20000);
        g_assert_false(qocpn_msix_fired(q, 1));
        QOCPN_UNTIL(q, qocpn_msix_fired(q, 1));
        g_assert_true(qocpn_reap(q, &q->io, &cqe));
    }
    qocpn_stop(q);
}

/* A thread that is named twice has two queues in three. */
static void named_twice(void)
{
    QOcpn *q;
    QOcpnQueue more[5];

    g_setenv("QOCPN_MAPPING", "p0,p1,p0", true);
    q = qocpn_start(&(QOcpnSetup) {
        .args = "-object iothread,id=p0 -object iothread,id=p1",
    });
    g_unsetenv("QOCPN_MAPPING");
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        QOCPN_OK(qocpn_create_pair(q, &more[i], i + 2, 16, i + 2));
        QOCPN_OK(qocpn_cmd(q, &more[i], &(QOcpnCmd) READ));
    }
    qocpn_stop(q);
}

/*
 * poll-max-ns=0 is an IOThread that does not poll.  It asks again after it has
 * posted, so a host that waits for that rings each time.
 */
static void no_polling(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .args = "-object iothread,id=p0,poll-max-ns=0",
        .props = ",iothread=p0",
    });
    QOcpnShadow s;

    qocpn_shadow_start(&s, q);
    for (unsigned i = 0; i < 200; i++) {
        QOCPN_OK(qocpn_shadow_cmd(&s, &q->io, &(QOcpnCmd) FLUSH));
        QOCPN_UNTIL(q, qocpn_shadow_asks(&s, &q->io));
        g_assert_cmpuint(s.rings, ==, i + 1);
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "a polled queue needs no doorbell", no_doorbell },
    { "batches go through polled queues", batches },
    { "a queue asks for doorbells when its thread sleeps", asks_again },
    { "queues are polled without a doorbell buffer, too", without_dbbuf },
    { "a disable ends the polling", reset },
    { "resets of the system and the function end the polling", system_reset },
    { "queues are deleted while they are polled", delete_queue },
    { "queues share completion queues of two threads", shared },
    { "the device is unplugged while it polls", unplug },
    { "an iothread may be named twice", named_twice },
    { "an iothread with poll-max-ns=0 does not poll", no_polling },
    { "coalesced interrupts come from the queue's thread", coalesced },
};

int main(int argc, char **argv)
{
    if (g_strcmp0(g_getenv("QOCPN_DEV"), "nvme") == 0) {
        printf("1..0 # SKIP hw/nvme has no iothreads\n");
        return 0;
    }
    return qocpn_main(argc, argv, "poll", tests, ARRAY_SIZE(tests));
}
