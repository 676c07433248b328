/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: registers, queues, submission and completion.
 * Byte offsets are those of NVMe Base 2.0, "Submission Queue Entry" and
 * "Completion Queue Entry".
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define WAIT_SECONDS    60
#define HURRY_MS        250
#define STEP_NS         100000

#define SQE_BYTES       64
#define CQE_BYTES       16

/* Event requests have their own range of command identifiers. */
#define AER_CID         0x8000

gint64 qocpn_deadline(void)
{
    return g_get_monotonic_time() + WAIT_SECONDS * G_TIME_SPAN_SECOND;
}

/*
 * Each step wakes all event loops of QEMU.  Hosts that do nothing else can
 * keep a small machine from finishing the fdatasync() they wait for, for as
 * long as they go on; so what takes long is waited for in longer steps, with
 * rests.
 */
void qocpn_tick(QOcpn *q, gint64 deadline, const char *what)
{
    gint64 now = g_get_monotonic_time();
    gint64 start = deadline - WAIT_SECONDS * G_TIME_SPAN_SECOND;

    if (now > deadline) {
        g_error("no answer in %d s: %s", WAIT_SECONDS, what);
    }
    if (now - start < HURRY_MS * G_TIME_SPAN_MILLISECOND) {
        qtest_clock_step(q->qts, STEP_NS);
    } else {
        g_usleep(1000);
        qtest_clock_step(q->qts, 10 * STEP_NS);
    }
}

void qocpn_idle(QOcpn *q, unsigned ms)
{
    gint64 end = g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;

    do {
        qtest_clock_step(q->qts, STEP_NS);
    } while (g_get_monotonic_time() < end);
}

uint32_t qocpn_readl(QOcpn *q, uint64_t off)
{
    return qpci_io_readl(q->pdev, q->bar, off);
}

uint64_t qocpn_readq(QOcpn *q, uint64_t off)
{
    return qpci_io_readq(q->pdev, q->bar, off);
}

void qocpn_writel(QOcpn *q, uint64_t off, uint32_t value)
{
    qpci_io_writel(q->pdev, q->bar, off, value);
}

void qocpn_writeq(QOcpn *q, uint64_t off, uint64_t value)
{
    qpci_io_writeq(q->pdev, q->bar, off, value);
}

static uint64_t doorbell(QOcpn *q, uint16_t qid, bool cq)
{
    unsigned dstrd = (q->cap >> 32) & 0xf;

    return 0x1000 + (2ull * qid + cq) * (4u << dstrd);
}

uint64_t qocpn_sq_doorbell(QOcpn *q, uint16_t qid)
{
    return doorbell(q, qid, false);
}

uint64_t qocpn_cq_doorbell(QOcpn *q, uint16_t qid)
{
    return doorbell(q, qid, true);
}

void qocpn_queue_init(QOcpn *q, QOcpnQueue *queue, uint16_t id, uint16_t size)
{
    *queue = (QOcpnQueue) {
        .id = id,
        .size = size,
        .phase = true,
        .sq = qocpn_buf(q, size * SQE_BYTES),
        .cq = qocpn_buf(q, size * CQE_BYTES),
    };
}

void qocpn_admin_queue(QOcpn *q, uint16_t size)
{
    qocpn_queue_init(q, &q->adm, 0, size);
    q->events = 0;
    qocpn_writel(q, 0x24, (size - 1) << 16 | (size - 1));   /* AQA */
    qocpn_writeq(q, 0x28, q->adm.sq);                       /* ASQ */
    qocpn_writeq(q, 0x30, q->adm.cq);                       /* ACQ */
}

void qocpn_enable_cc(QOcpn *q, uint32_t cc)
{
    qocpn_writel(q, 0x14, cc);
    /* Either ready, or dead: the test looks which. */
    QOCPN_UNTIL(q, qocpn_readl(q, 0x1c) & 3);
}

void qocpn_enable(QOcpn *q)
{
    qocpn_admin_queue(q, 32);
    qocpn_enable_cc(q, QOCPN_CC);
}

void qocpn_disable(QOcpn *q)
{
    qocpn_writel(q, 0x14, QOCPN_CC & ~1u);
    QOCPN_UNTIL(q, !(qocpn_readl(q, 0x1c) & 1));
}

static void encode(uint8_t *sqe, const QOcpnCmd *cmd, uint16_t cid)
{
    memset(sqe, 0, SQE_BYTES);
    sqe[0] = cmd->opc;
    sqe[1] = cmd->flags;
    stw_le_p(sqe + 2, cid);
    stl_le_p(sqe + 4, cmd->nsid);
    stl_le_p(sqe + 8, cmd->cdw2);
    stl_le_p(sqe + 12, cmd->cdw3);
    stq_le_p(sqe + 16, cmd->mptr);
    stq_le_p(sqe + 24, cmd->prp1);
    stq_le_p(sqe + 32, cmd->prp2);
    stl_le_p(sqe + 40, cmd->cdw10);
    stl_le_p(sqe + 44, cmd->cdw11);
    stl_le_p(sqe + 48, cmd->cdw12);
    stl_le_p(sqe + 52, cmd->cdw13);
    stl_le_p(sqe + 56, cmd->cdw14);
    stl_le_p(sqe + 60, cmd->cdw15);
}

static void post(QOcpn *q, QOcpnQueue *queue, const QOcpnCmd *cmd,
                 uint16_t cid)
{
    uint8_t sqe[SQE_BYTES];

    encode(sqe, cmd, cid);
    qtest_memwrite(q->qts, queue->sq + queue->tail * SQE_BYTES, sqe,
                   SQE_BYTES);
    queue->tail = (queue->tail + 1) % queue->size;
}

uint16_t qocpn_post(QOcpn *q, QOcpnQueue *queue, const QOcpnCmd *cmd)
{
    uint16_t cid = queue->next_cid++ & (AER_CID - 1);

    post(q, queue, cmd, cid);
    return cid;
}

void qocpn_ring(QOcpn *q, QOcpnQueue *queue)
{
    qocpn_writel(q, qocpn_sq_doorbell(q, queue->id), queue->tail);
}

bool qocpn_peek(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe)
{
    uint8_t b[CQE_BYTES];

    qtest_memread(q->qts, queue->cq + queue->head * CQE_BYTES, b, CQE_BYTES);
    if ((b[14] & 1) != queue->phase) {
        return false;
    }
    *cqe = (QOcpnCqe) {
        .dw0 = ldl_le_p(b),
        .dw1 = ldl_le_p(b + 4),
        .sqhd = lduw_le_p(b + 8),
        .sqid = lduw_le_p(b + 10),
        .cid = lduw_le_p(b + 12),
        .status = lduw_le_p(b + 14) >> 1,
    };
    return true;
}

bool qocpn_take(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe)
{
    if (!qocpn_peek(q, queue, cqe)) {
        return false;
    }
    if (++queue->head == queue->size) {
        queue->head = 0;
        queue->phase = !queue->phase;
    }
    return true;
}

void qocpn_free_slots(QOcpn *q, QOcpnQueue *queue)
{
    qocpn_writel(q, qocpn_cq_doorbell(q, queue->id), queue->head);
}

bool qocpn_reap(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe)
{
    if (!qocpn_take(q, queue, cqe)) {
        return false;
    }
    qocpn_free_slots(q, queue);
    return true;
}

/* Reap one; keep it aside when it answers an event request. */
static bool reap_command(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe)
{
    if (!qocpn_reap(q, queue, cqe)) {
        return false;
    }
    if (queue != &q->adm || !(cqe->cid & AER_CID)) {
        return true;
    }
    g_assert_cmpuint(q->events, <, QOCPN_EVENTS);
    q->event[q->events++] = *cqe;
    return false;
}

QOcpnCqe qocpn_wait(QOcpn *q, QOcpnQueue *queue)
{
    QOcpnCqe cqe;

    QOCPN_UNTIL(q, reap_command(q, queue, &cqe));
    return cqe;
}

QOcpnCqe qocpn_cmd(QOcpn *q, QOcpnQueue *queue, const QOcpnCmd *cmd)
{
    uint16_t cid = qocpn_post(q, queue, cmd);
    QOcpnCqe cqe;

    qocpn_ring(q, queue);
    cqe = qocpn_wait(q, queue);
    g_assert_cmphex(cqe.cid, ==, cid);
    return cqe;
}

QOcpnCqe qocpn_admin(QOcpn *q, const QOcpnCmd *cmd)
{
    return qocpn_cmd(q, &q->adm, cmd);
}

QOcpnCqe qocpn_io(QOcpn *q, const QOcpnCmd *cmd)
{
    return qocpn_cmd(q, &q->io, cmd);
}

QOcpnCqe qocpn_create_cq(QOcpn *q, QOcpnQueue *queue, uint16_t vector)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_CREATE_CQ,
        .prp1 = queue->cq,
        .cdw10 = (queue->size - 1) << 16 | queue->id,
        .cdw11 = (uint32_t)vector << 16 | 3,            /* IEN, PC */
    });
}

QOcpnCqe qocpn_create_sq(QOcpn *q, QOcpnQueue *queue, uint16_t cqid)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_CREATE_SQ,
        .prp1 = queue->sq,
        .cdw10 = (queue->size - 1) << 16 | queue->id,
        .cdw11 = (uint32_t)cqid << 16 | 1,              /* PC */
    });
}

QOcpnCqe qocpn_create_pair(QOcpn *q, QOcpnQueue *queue, uint16_t id,
                           uint16_t size, uint16_t vector)
{
    QOcpnCqe cqe;

    qocpn_queue_init(q, queue, id, size);
    cqe = qocpn_create_cq(q, queue, vector);
    if (QOCPN_SC(cqe)) {
        return cqe;
    }
    return qocpn_create_sq(q, queue, id);
}

QOcpnCqe qocpn_delete_sq(QOcpn *q, uint16_t id)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_DELETE_SQ, .cdw10 = id,
    });
}

QOcpnCqe qocpn_delete_cq(QOcpn *q, uint16_t id)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_DELETE_CQ, .cdw10 = id,
    });
}

void qocpn_post_aer(QOcpn *q)
{
    post(q, &q->adm, &(QOcpnCmd) { .opc = NVME_ADM_AER },
         AER_CID | q->next_aer);
    q->next_aer = (q->next_aer + 1) & (AER_CID - 1);
    qocpn_ring(q, &q->adm);
}

bool qocpn_poll_event(QOcpn *q, QOcpnCqe *cqe)
{
    QOcpnCqe other;

    if (!q->events && reap_command(q, &q->adm, &other)) {
        g_error("CID %04x completed while nothing was asked", other.cid);
    }
    if (!q->events) {
        return false;
    }
    *cqe = q->event[0];
    q->events--;
    memmove(q->event, q->event + 1, q->events * sizeof(q->event[0]));
    return true;
}

QOcpnCqe qocpn_event(QOcpn *q)
{
    QOcpnCqe cqe;

    QOCPN_UNTIL(q, qocpn_poll_event(q, &cqe));
    return cqe;
}
