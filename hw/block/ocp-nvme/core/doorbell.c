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

/* Then the shadow's value counts, and the doorbell only says "look". */
static bool has_shadow(const OcpnCtrl *c, uint32_t qid)
{
    return c->dbs && qid;
}

static void ring_sq(OcpnCtrl *c, uint32_t qid, uint32_t val)
{
    OcpnSq *sq = ocpn_sq_get(c, qid);

    if (!sq) {
        bad_doorbell(c, NVME_AEI_ERR_DOORBELL);
    } else if (val >= sq->size) {
        bad_doorbell(c, NVME_AEI_ERR_DB_VALUE);
    } else {
        if (!has_shadow(c, qid)) {
            atomic_store_explicit(&sq->tail, val, memory_order_release);
        }
        c->port.kick(c->port.opaque, sq->cq->id);
    }
}

/* The host cannot have read more entries than there are. */
static bool can_be_head(const OcpnCq *cq, uint32_t val)
{
    uint32_t head = atomic_load(&cq->head);
    uint32_t posted = atomic_load_explicit(&cq->posted, memory_order_acquire);

    return val < cq->size && (val + cq->size - head) % cq->size <=
                             (posted + cq->size - head) % cq->size;
}

static void ring_cq(OcpnCtrl *c, uint32_t qid, uint32_t val)
{
    OcpnCq *cq = ocpn_cq_get(c, qid);

    if (!cq) {
        bad_doorbell(c, NVME_AEI_ERR_DOORBELL);
        return;
    }
    if (can_be_head(cq, val)) {
        atomic_store_explicit(&cq->head, val, memory_order_release);
        ocpn_pin_update(c);
    } else if (val >= cq->size || !has_shadow(c, qid)) {
        bad_doorbell(c, NVME_AEI_ERR_DB_VALUE);
        return;
    }                           /* else the queue knows a newer one */
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

static void watch(OcpnCtrl *c, uint16_t cqid, uint32_t n, bool *is, bool want)
{
    if (*is != want && c->port.doorbell) {
        *is = want;
        c->port.doorbell(c->port.opaque, cqid, NVME_REG_DOORBELLS + n * 4,
                         want);
    }
}

void ocpn_cq_unwatch(OcpnCtrl *c, OcpnCq *cq)
{
    watch(c, cq->id, cq->id * 2u + 1, &cq->watched, false);
}

/*
 * A head doorbell moves the pin as well, so it only says "look" as long as
 * there is MSI-X, or no interrupt.
 */
void ocpn_doorbells_watch(OcpnCtrl *c, bool any)
{
    for (uint16_t i = 1; i <= OCPN_MAX_QPAIRS; i++) {
        OcpnSq *sq = c->sq[i];
        OcpnCq *cq = c->cq[i];

        if (sq) {
            watch(c, sq->cq->id, i * 2u, &sq->watched, any && c->dbs &&
                  !sq->deleter);
        }
        if (cq) {
            watch(c, i, i * 2u + 1, &cq->watched,
                  any && c->dbs && (c->msix || !cq->ien));
        }
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
