/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small NVMe host: shadow doorbells. */
#include "qemu/osdep.h"
#include "qocpn-shadow.h"

static uint64_t tail_at(const QOcpnQueue *queue)
{
    return 8 * queue->id;
}

static uint64_t head_at(const QOcpnQueue *queue)
{
    return 8 * queue->id + 4;
}

void qocpn_shadow_start(QOcpnShadow *s, QOcpn *q)
{
    *s = (QOcpnShadow) {
        .q = q,
        .db = qocpn_buf(q, QOCPN_PAGE),
        .ei = qocpn_buf(q, QOCPN_PAGE),
    };
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_DBBUF_CONFIG, .prp1 = s->db, .prp2 = s->ei,
    }));
}

/* As Linux and the specification compute it, in 16 bits. */
bool qocpn_shadow_asked(QOcpnShadow *s, QOcpnQueue *queue, uint16_t old)
{
    uint16_t ei = qtest_readl(s->q->qts, s->ei + tail_at(queue));

    return (uint16_t)(queue->tail - ei - 1) < (uint16_t)(queue->tail - old);
}

bool qocpn_shadow_asks(QOcpnShadow *s, QOcpnQueue *queue)
{
    return (uint16_t)qtest_readl(s->q->qts, s->ei + tail_at(queue)) ==
           queue->tail;
}

void qocpn_shadow_post(QOcpnShadow *s, QOcpnQueue *queue, const QOcpnCmd *cmd)
{
    qocpn_post(s->q, queue, cmd);
    qtest_writel(s->q->qts, s->db + tail_at(queue), queue->tail);
}

void qocpn_shadow_ring(QOcpnShadow *s, QOcpnQueue *queue, uint16_t old)
{
    if (qocpn_shadow_asked(s, queue, old)) {
        s->rings++;
        qocpn_ring(s->q, queue);
    }
}

QOcpnCqe qocpn_shadow_wait(QOcpnShadow *s, QOcpnQueue *queue)
{
    QOcpnCqe cqe;

    QOCPN_UNTIL(s->q, qocpn_take(s->q, queue, &cqe));
    qtest_writel(s->q->qts, s->db + head_at(queue), queue->head);
    return cqe;
}

QOcpnCqe qocpn_shadow_cmd(QOcpnShadow *s, QOcpnQueue *queue,
                          const QOcpnCmd *cmd)
{
    uint16_t old = queue->tail;

    qocpn_shadow_post(s, queue, cmd);
    qocpn_shadow_ring(s, queue, old);
    return qocpn_shadow_wait(s, queue);
}
