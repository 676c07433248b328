/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: shadow doorbells.
 * Proves: NVMe Base 2.0, Doorbell Buffer Config command; Updating Controller
 * Doorbell Properties using a Shadow Doorbell Buffer.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

/* Both buffers have the layout of the doorbells: 8 bytes a queue pair. */
#define SQ(q)   (8 * (q))
#define CQ(q)   (8 * (q) + 4)

typedef struct Shadow {
    QOcpn *q;
    uint64_t db, ei;
} Shadow;

static QOcpnCqe configure(Shadow *s)
{
    return qocpn_admin(s->q, &(QOcpnCmd) {
        .opc = NVME_ADM_DBBUF_CONFIG, .prp1 = s->db, .prp2 = s->ei,
    });
}

static bool start(Shadow *s)
{
    uint8_t id[4096];

    s->q = qocpn_start(NULL);
    s->db = qocpn_buf(s->q, QOCPN_PAGE);
    s->ei = qocpn_buf(s->q, QOCPN_PAGE);
    g_assert_cmphex(qocpn_identify(s->q, 0x01, 0, id), ==, 0);
    if (lduw_le_p(id + 256) & 1 << 8) {             /* OACS */
        return true;
    }
    QOCPN_STATUS(configure(s), NVME_SC_INVALID_OPCODE);
    g_test_skip("OACS claims no Doorbell Buffer Config");
    qocpn_stop(s->q);
    return false;
}

/* As a host does it: shadow first, MMIO only when the event index asks. */
static void shadow_ring(Shadow *s, QOcpnQueue *queue, bool mmio)
{
    qtest_writel(s->q->qts, s->db + SQ(queue->id), queue->tail);
    if (mmio) {
        qocpn_ring(s->q, queue);
    }
}

static QOcpnCqe shadow_io(Shadow *s, const QOcpnCmd *cmd)
{
    QOcpn *q = s->q;
    QOcpnCqe cqe;

    qocpn_post(q, &q->io, cmd);
    shadow_ring(s, &q->io, true);
    QOCPN_UNTIL(q, qocpn_take(q, &q->io, &cqe));
    qtest_writel(q->qts, s->db + CQ(q->io.id), q->io.head);
    qocpn_free_slots(q, &q->io);
    return cqe;
}

/* The queues go on where they were, over several wraps. */
static void shadowed_io(void)
{
    Shadow s;

    if (!start(&s)) {
        return;
    }
    for (unsigned i = 0; i < 10; i++) {
        QOCPN_OK(qocpn_io(s.q, &(QOcpnCmd) { .nsid = 1 }));
    }
    qtest_writel(s.q->qts, s.db + SQ(1), s.q->io.tail);
    qtest_writel(s.q->qts, s.db + CQ(1), s.q->io.head);
    qtest_writel(s.q->qts, s.db + SQ(0), s.q->adm.tail + 1);
    qtest_writel(s.q->qts, s.db + CQ(0), s.q->adm.head);
    QOCPN_OK(configure(&s));
    for (unsigned i = 0; i < 200; i++) {
        QOCPN_OK(shadow_io(&s, &(QOcpnCmd) { .nsid = 1 }));
    }
    qocpn_stop(s.q);
}

/* The completion queue is full by its shadow head, until that moves. */
static void shadowed_head(void)
{
    Shadow s;
    QOcpnCqe cqe;
    unsigned got = 0, sent = 0;

    if (!start(&s)) {
        return;
    }
    qtest_writel(s.q->qts, s.db + SQ(0), s.q->adm.tail + 1);
    qtest_writel(s.q->qts, s.db + CQ(0), s.q->adm.head);
    QOCPN_OK(configure(&s));
    while (sent < 150) {
        if (qocpn_take(s.q, &s.q->io, &cqe)) {
            got++;
        }
        qtest_writel(s.q->qts, s.db + CQ(1), s.q->io.head);
        qocpn_free_slots(s.q, &s.q->io);
        if (sent - got < 60) {          /* the rings have 64 entries */
            qocpn_post(s.q, &s.q->io, &(QOcpnCmd) { .nsid = 1 });
            shadow_ring(&s, &s.q->io, true);
            sent++;
        }
        qtest_clock_step(s.q->qts, 1000);
    }
    while (got < 150) {
        QOCPN_UNTIL(s.q, qocpn_take(s.q, &s.q->io, &cqe));
        qtest_writel(s.q->qts, s.db + CQ(1), s.q->io.head);
        qocpn_free_slots(s.q, &s.q->io);
        got++;
    }
    qocpn_idle(s.q, 5);
    g_assert_false(qocpn_peek(s.q, &s.q->io, &cqe));
    qocpn_stop(s.q);
}

/* A new queue does not trust what its shadow slots held before. */
static void new_queue(void)
{
    Shadow s;
    QOcpnQueue two;
    QOcpnCqe cqe;

    if (!start(&s)) {
        return;
    }
    QOCPN_OK(configure(&s));
    qtest_writel(s.q->qts, s.db + SQ(2), 0);
    qtest_writel(s.q->qts, s.db + CQ(2), 0);
    qocpn_queue_init(s.q, &two, 2, 16);
    qtest_writel(s.q->qts, s.db + SQ(0), s.q->adm.tail + 1);
    QOCPN_OK(qocpn_create_cq(s.q, &two, 2));
    qtest_writel(s.q->qts, s.db + SQ(0), s.q->adm.tail + 1);
    qtest_writel(s.q->qts, s.db + CQ(0), s.q->adm.head);
    QOCPN_OK(qocpn_create_sq(s.q, &two, 2));
    qocpn_idle(s.q, 5);
    g_assert_false(qocpn_peek(s.q, &two, &cqe));
    qocpn_post(s.q, &two, &(QOcpnCmd) { .nsid = 1 });
    shadow_ring(&s, &two, true);
    QOCPN_UNTIL(s.q, qocpn_take(s.q, &two, &cqe));
    QOCPN_OK(cqe);
    qocpn_stop(s.q);
}

/* After a reset the buffers are forgotten, whatever is written there. */
static void reset_forgets(void)
{
    Shadow s;

    if (!start(&s)) {
        return;
    }
    QOCPN_OK(configure(&s));
    qocpn_disable(s.q);
    qtest_memset(s.q->qts, s.db, 0xff, QOCPN_PAGE);
    qtest_memset(s.q->qts, s.ei, 0x5a, QOCPN_PAGE);
    qocpn_enable(s.q);
    QOCPN_OK(qocpn_create_pair(s.q, &s.q->io, 1, 64, 1));
    for (unsigned i = 0; i < 100; i++) {
        QOCPN_OK(qocpn_io(s.q, &(QOcpnCmd) { .nsid = 1 }));
    }
    for (unsigned i = 0; i < QOCPN_PAGE; i += 4) {
        g_assert_cmphex(qtest_readl(s.q->qts, s.ei + i), ==, 0x5a5a5a5a);
    }
    qocpn_stop(s.q);
}

/*
 * FAILURE-CASE-20 FAILURE-CASE-58
 * Values no queue has: judged like a doorbell, and nothing runs for ever.
 */
static void bad_values(void)
{
    static const uint32_t bad[] = { 64, 65, 0xffff, 0x10000, UINT32_MAX };
    Shadow s;
    QOcpnCqe cqe;
    unsigned extra = 0;

    if (!start(&s)) {
        return;
    }
    QOCPN_OK(configure(&s));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        qtest_writel(s.q->qts, s.db + SQ(1), bad[i]);
        qtest_writel(s.q->qts, s.db + CQ(1), bad[i]);
        qocpn_ring(s.q, &s.q->io);
        qocpn_idle(s.q, 10);
    }
    while (qocpn_take(s.q, &s.q->io, &cqe)) {
        extra++;
    }
    g_assert_cmpuint(extra, ==, 0);
    qocpn_disable(s.q);
    qocpn_enable(s.q);
    QOCPN_OK(qocpn_create_pair(s.q, &s.q->io, 1, 64, 1));
    qocpn_alive(s.q);
    qocpn_stop(s.q);
}

/* Buffers that are no pages, or no RAM. */
static void bad_buffers(void)
{
    Shadow s;
    uint64_t db, ei;

    if (!start(&s)) {
        return;
    }
    db = s.db;
    ei = s.ei;
    s.db = db + 8;
    QOCPN_STATUS(configure(&s), NVME_SC_INVALID_FIELD);
    s.db = db;
    s.ei = ei + 0x800;
    QOCPN_STATUS(configure(&s), NVME_SC_INVALID_FIELD);
    s.db = QOCPN_MMIO;
    s.ei = ei;
    configure(&s);
    QOCPN_OK(qocpn_io(s.q, &(QOcpnCmd) { .nsid = 1 }));
    qocpn_disable(s.q);
    qocpn_enable(s.q);
    s.db = QOCPN_NO_RAM;
    s.ei = s.q->bar.addr;
    configure(&s);
    qocpn_idle(s.q, 5);
    qocpn_disable(s.q);
    qocpn_enable(s.q);
    QOCPN_OK(qocpn_create_pair(s.q, &s.q->io, 1, 64, 1));
    qocpn_alive(s.q);
    qocpn_stop(s.q);
}

/* FAILURE-CASE-57 */
static void twice(void)
{
    Shadow s;
    uint64_t db;

    if (!start(&s)) {
        return;
    }
    qtest_writel(s.q->qts, s.db + SQ(0), s.q->adm.tail + 1);
    qtest_writel(s.q->qts, s.db + CQ(0), s.q->adm.head);
    QOCPN_OK(configure(&s));
    db = s.db;
    s.db = qocpn_buf(s.q, QOCPN_PAGE);
    s.ei = qocpn_buf(s.q, QOCPN_PAGE);
    for (unsigned i = 0; i < 20; i++) {
        qtest_writel(s.q->qts, s.db + SQ(0), s.q->adm.tail + 1);
        qtest_writel(s.q->qts, s.db + CQ(0), s.q->adm.head);
        qtest_writel(s.q->qts, db + SQ(0), s.q->adm.tail + 1);
        qtest_writel(s.q->qts, db + CQ(0), s.q->adm.head);
        QOCPN_OK(configure(&s));
    }
    QOCPN_OK(shadow_io(&s, &(QOcpnCmd) { .nsid = 1 }));
    qocpn_stop(s.q);
}

static const QOcpnTest tests[] = {
    { "queues run on shadow doorbells", shadowed_io },
    { "the shadow head frees completion slots", shadowed_head },
    { "a new queue starts with clean shadows", new_queue },
    { "a reset forgets the shadow buffers", reset_forgets },
    { "shadow values out of range run nothing", bad_values,
      "hw/nvme executes old commands for ever" },
    { "buffers that are no pages of RAM do no harm", bad_buffers,
      "hw/nvme follows them" },
    { "the buffers can be configured again", twice },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "dbbuf", tests, ARRAY_SIZE(tests));
}
