/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Doorbells and the interrupt pin.
 * Implements: NVMe Base 2.0, "Submission Queue y Tail Doorbell", "Completion
 * Queue y Head Doorbell", "Pin Based, Single MSI, and Multiple MSI Behavior".
 *
 * Thread: main.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"

static void bad_doorbell(OcpnCtrl *c, uint8_t info)
{
    ocpn_event(c, NVME_AET_ERROR, info, NVME_LID_ERROR);
}

static void ring_sq(OcpnCtrl *c, uint32_t qid, uint32_t val)
{
    OcpnSq *sq = ocpn_sq_get(c, qid);

    if (!sq) {
        bad_doorbell(c, NVME_AEI_ERR_DOORBELL);
    } else if (val >= sq->size) {
        bad_doorbell(c, NVME_AEI_ERR_DB_VALUE);
    } else {
        atomic_store_explicit(&sq->tail, val, memory_order_release);
        c->port.kick(c->port.opaque, sq->cq->id);
    }
}

static void ring_cq(OcpnCtrl *c, uint32_t qid, uint32_t val)
{
    OcpnCq *cq = ocpn_cq_get(c, qid);
    uint32_t head, posted;

    if (!cq) {
        bad_doorbell(c, NVME_AEI_ERR_DOORBELL);
        return;
    }
    head = atomic_load(&cq->head);
    posted = atomic_load_explicit(&cq->posted, memory_order_acquire);
    /* The host cannot have read more entries than there are. */
    if (val >= cq->size || (val + cq->size - head) % cq->size >
                           (posted + cq->size - head) % cq->size) {
        bad_doorbell(c, NVME_AEI_ERR_DB_VALUE);
        return;
    }
    atomic_store_explicit(&cq->head, val, memory_order_release);
    ocpn_pin_update(c);
    c->port.kick(c->port.opaque, cq->id);
}

void ocpn_doorbell(OcpnCtrl *c, uint32_t off, uint32_t val)
{
    uint32_t n = (off - NVME_REG_DOORBELLS) / 4;

    ocpn_trace(c, OCPN_TRACE_DOORBELL, off, val);
    if (c->state != OCPN_READY) {
        return;
    }
    if (n & 1) {
        ring_cq(c, n / 2, val);
    } else {
        ring_sq(c, n / 2, val);
    }
}

/* The pin is up while an unmasked queue has entries the host has not read. */
void ocpn_pin_update(OcpnCtrl *c)
{
    bool level = false;

    if (c->msix) {
        return;
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        OcpnCq *cq = c->cq[i];

        if (cq && cq->ien && !(c->regs.intms >> (cq->vector & 31) & 1) &&
            atomic_load(&cq->posted) != atomic_load(&cq->head)) {
            level = true;
        }
    }
    c->port.pin(c->port.opaque, level);
}
