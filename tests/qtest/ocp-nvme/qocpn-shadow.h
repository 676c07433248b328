/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: shadow doorbells, used as Linux uses them.
 * NVMe Base 2.0, "Updating Controller Doorbell Properties using a Shadow
 * Doorbell Buffer".
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_SHADOW_H
#define TESTS_QTEST_OCP_NVME_QOCPN_SHADOW_H

#include "qocpn.h"

/* Both buffers have the layout of the doorbells: 8 bytes a queue pair. */
typedef struct QOcpnShadow {
    QOcpn *q;
    uint64_t db, ei;
    unsigned rings;             /* doorbells the drive asked for */
} QOcpnShadow;

/* Doorbell Buffer Config, with buffers of its own. */
void qocpn_shadow_start(QOcpnShadow *s, QOcpn *q);

/* Has the drive asked to hear when QUEUE goes on from OLD? */
bool qocpn_shadow_asked(QOcpnShadow *s, QOcpnQueue *queue, uint16_t old);
/* Does it want to hear of the next command? */
bool qocpn_shadow_asks(QOcpnShadow *s, QOcpnQueue *queue);

/* Post CMD in memory only; what a host does then if it was asked to. */
void qocpn_shadow_post(QOcpnShadow *s, QOcpnQueue *queue, const QOcpnCmd *cmd);
void qocpn_shadow_ring(QOcpnShadow *s, QOcpnQueue *queue, uint16_t old);

/* Wait for the next completion and free its slot, in memory only. */
QOcpnCqe qocpn_shadow_wait(QOcpnShadow *s, QOcpnQueue *queue);

/* All of it. */
QOcpnCqe qocpn_shadow_cmd(QOcpnShadow *s, QOcpnQueue *queue,
                          const QOcpnCmd *cmd);

#endif
