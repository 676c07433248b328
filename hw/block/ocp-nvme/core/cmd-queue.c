/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queue creation and deletion, Abort, Doorbell Buffer Config.
 * Implements: NVMe Base 2.0, "Create I/O Completion Queue", "Create I/O
 * Submission Queue", "Delete I/O Completion Queue", "Delete I/O Submission
 * Queue", "Abort", "Doorbell Buffer Config".
 *
 * Thread: main.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"

#define SQES    6u              /* 64 bytes */
#define CQES    4u              /* 16 bytes */

static uint32_t qid_of(const OcpnReq *r)
{
    return FIELD_GET(NVME_QUEUE_QID, ocpn_cdw(r, 10));
}

/* Entries, a count. */
static uint32_t size_of(const OcpnReq *r)
{
    return FIELD_GET(NVME_QUEUE_QSIZE, ocpn_cdw(r, 10)) + 1;
}

/* Queues the host was granted (Number of Queues): at most this identifier. */
static uint32_t last_qid(const OcpnCtrl *c, bool cq)
{
    uint32_t nq = ocpn_feature_now(c, NVME_FID_NUM_QUEUES, OCPN_UUID_NONE,
                                   NULL);
    uint32_t n = (cq ? FIELD_GET(NVME_NQ_NCQ, nq)
                     : FIELD_GET(NVME_NQ_NSQ, nq)) + 1;

    return n < c->cfg.max_ioqpairs ? n : c->cfg.max_ioqpairs;
}

/* What both kinds of creation check; TAKEN: the identifier is in use. */
static OcpnFlow check_create(OcpnCtrl *c, OcpnReq *r, bool taken, bool cq,
                             bool entry_size_ok)
{
    uint32_t qid = qid_of(r), size = size_of(r);

    if (!qid || qid > last_qid(c, cq) || taken) {
        return REJECT_FIELD(c, r, INVALID_QID, cdw10, NVME_QUEUE_QID);
    }
    if (size < 2 || size > (uint32_t)c->cfg.mqes + 1 || !entry_size_ok) {
        return REJECT_FIELD(c, r, INVALID_QUEUE_SIZE, cdw10,
                            NVME_QUEUE_QSIZE);
    }
    if (!(ocpn_cdw(r, 11) & 1)) {   /* CAP.CQR: contiguous queues only */
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_CQ_PC);
    }
    if (from_le64(r->cmd.dptr.prp1) & (c->page_size - 1)) {
        return REJECT(c, r, PRP_OFFSET_INVALID, dptr.prp1);
    }
    return FLOW_PENDING;
}

OcpnFlow ocpn_create_cq(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t qid = qid_of(r), dw11 = ocpn_cdw(r, 11);
    uint32_t vector = FIELD_GET(NVME_CQ_IV, dw11);
    OcpnFlow flow;

    flow = check_create(c, r, ocpn_cq_get(c, qid), true,
                        FIELD_GET(NVME_CC_IOCQES, c->regs.cc) == CQES);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (vector >= c->cfg.nvectors || (vector && !c->msix)) {
        return REJECT_FIELD(c, r, INVALID_VECTOR, cdw11, NVME_CQ_IV);
    }
    if (!ocpn_cq_create(c, (uint16_t)qid, from_le64(r->cmd.dptr.prp1),
                        size_of(r), (uint16_t)vector,
                        FIELD_GET(NVME_CQ_IEN, dw11))) {
        return ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    ocpn_doorbells_watch(c, true);
    ocpn_happened(c, OCPN_HAP_QUEUE_CREATED, qid, true);
    return FLOW_DONE;
}

OcpnFlow ocpn_create_sq(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t qid = qid_of(r);
    uint32_t cqid = FIELD_GET(NVME_SQ_CQID, ocpn_cdw(r, 11));
    OcpnCq *cq = ocpn_cq_get(c, cqid);
    OcpnFlow flow;

    if (!cqid || cqid > last_qid(c, true)) {
        return REJECT_FIELD(c, r, INVALID_QID, cdw11, NVME_SQ_CQID);
    }
    if (!cq) {
        return REJECT_FIELD(c, r, INVALID_CQ, cdw11, NVME_SQ_CQID);
    }
    flow = check_create(c, r, ocpn_sq_get(c, qid), false,
                        FIELD_GET(NVME_CC_IOSQES, c->regs.cc) == SQES);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!ocpn_sq_create(c, (uint16_t)qid, cq, from_le64(r->cmd.dptr.prp1),
                        size_of(r))) {
        return ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    ocpn_doorbells_watch(c, true);
    ocpn_happened(c, OCPN_HAP_QUEUE_CREATED, qid, false);
    return FLOW_DONE;
}

OcpnFlow ocpn_delete_sq(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t qid = qid_of(r);
    OcpnSq *sq = qid ? ocpn_sq_get(c, qid) : NULL;

    if (!sq || sq->deleter) {
        return REJECT_FIELD(c, r, INVALID_QID, cdw10, NVME_QUEUE_QID);
    }
    sq->deleter = r;            /* ctrl.c completes it */
    ocpn_doorbells_watch(c, true);
    atomic_store(&sq->deleting, true);
    ocpn_inject_delete(c, sq);
    c->port.kick(c->port.opaque, sq->cq->id);
    return FLOW_PENDING;
}

OcpnFlow ocpn_delete_cq(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t qid = qid_of(r);
    OcpnCq *cq = qid ? ocpn_cq_get(c, qid) : NULL;

    if (!cq) {
        return REJECT_FIELD(c, r, INVALID_QID, cdw10, NVME_QUEUE_QID);
    }
    if (cq->nsqs) {
        return REJECT_FIELD(c, r, INVALID_QUEUE_DELETION, cdw10,
                            NVME_QUEUE_QID);
    }
    ocpn_cq_unwatch(c, cq);
    ocpn_cq_stop(c, cq);
    ocpn_cq_free(c, cq);
    ocpn_pin_update(c);
    ocpn_happened(c, OCPN_HAP_QUEUE_DELETED, qid, true);
    return FLOW_DONE;
}

/*
 * Only what waits for an event or for its time, or is held back, can be
 * aborted; a command on the medium runs to its end.  DW0 bit 0 tells.
 */
OcpnFlow ocpn_abort(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t dw10 = ocpn_cdw(r, 10);
    uint32_t sqid = FIELD_GET(NVME_ABORT_SQID, dw10);

    r->dw0 = NVME_ABORT_NOT_ABORTED;
    if (!ocpn_sq_get(c, sqid)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_ABORT_SQID);
    }
    for (uint32_t i = 0; sqid == 0 && i < c->naers; i++) {
        OcpnReq *aer = c->aer[i];

        if (from_le16(aer->cmd.cid) != FIELD_GET(NVME_ABORT_CID, dw10)) {
            continue;
        }
        c->aer[i] = c->aer[--c->naers];
        ocpn_fail(c, aer, NVME_SC_ABORT_REQUESTED);
        ocpn_complete(c, aer);
        r->dw0 = 0;
        return FLOW_DONE;
    }
    if (sqid == 0 &&
        ocpn_format_abort(c, (uint16_t)FIELD_GET(NVME_ABORT_CID, dw10))) {
        r->dw0 = 0;
        return FLOW_DONE;
    }
    if (ocpn_inject_abort(c, (uint16_t)sqid,
                          (uint16_t)FIELD_GET(NVME_ABORT_CID, dw10))) {
        r->dw0 = 0;
    }
    return FLOW_DONE;
}

void ocpn_deletions_run(OcpnCtrl *c)
{
    for (unsigned i = 1; i <= OCPN_MAX_QPAIRS; i++) {
        OcpnSq *sq = c->sq[i];

        if (sq && sq->deleter && atomic_load(&sq->gone)) {
            OcpnReq *r = sq->deleter;

            ocpn_sq_free(c, sq);
            ocpn_happened(c, OCPN_HAP_QUEUE_DELETED, i, false);
            ocpn_complete(c, r);
        }
    }
}

/* The state the host cannot know of goes into its buffers. */
static bool publish(OcpnCtrl *c, uint64_t dbs)
{
    for (unsigned i = 1; i <= OCPN_MAX_QPAIRS; i++) {
        Le32 v[2] = { { { 0 } } };

        if (c->sq[i]) {
            v[0] = to_le32(atomic_load(&c->sq[i]->tail));
        }
        if (c->cq[i]) {
            v[1] = to_le32(atomic_load(&c->cq[i]->head));
        }
        if ((c->sq[i] || c->cq[i]) &&
            !c->port.write(c->port.opaque, dbs + i * 8u, v, sizeof(v))) {
            return false;
        }
    }
    return true;
}

OcpnFlow ocpn_dbbuf_config(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t dbs = from_le64(r->cmd.dptr.prp1);
    uint64_t eis = from_le64(r->cmd.dptr.prp2);

    if (!dbs || dbs & (c->page_size - 1)) {
        return REJECT(c, r, INVALID_FIELD, dptr.prp1);
    }
    if (!eis || eis & (c->page_size - 1)) {
        return REJECT(c, r, INVALID_FIELD, dptr.prp2);
    }
    if (!publish(c, dbs)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    atomic_store(&c->eis, eis);
    atomic_store(&c->dbs, dbs);
    ocpn_doorbells_watch(c, true);
    ocpn_kick_all(c);
    return FLOW_DONE;
}
