/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests: refusal, failure, completion.  The only writer of their state
 * but for queue.c, which fetches and posts.
 */
#include "ctrl-int.h"
#include "queue-int.h"
#include "hw/ocp-nvme/core/dispatch.h"

OcpnFlow ocpn_reject_at(OcpnCtrl *c, OcpnReq *r, uint16_t status,
                        size_t byte, unsigned bit)
{
    r->status = status;
    r->error_byte = (uint16_t)byte;
    r->error_bit = (uint8_t)bit;
    ocpn_trace(c, OCPN_TRACE_REJECT, ocpn_req_id(r),
               (uint64_t)status << 16 | byte);
    ocpn_error_add(r->sq->c, r);    /* C may answer for the subsystem */
    return FLOW_DONE;
}

OcpnFlow ocpn_fail(OcpnCtrl *c, OcpnReq *r, uint16_t status)
{
    if ((status >> NVME_SC_SCT_SHIFT) == NVME_SCT_MEDIA) {
        OcpnShard *s = &ocpn_req_cq(r)->count;

        ocpn_count(s, OCPN_COUNT_MEDIA_ERRORS, 1);
        ocpn_count(s, OCPN_COUNT_UNCORRECTABLE,
                   status == NVME_SC_UNRECOVERED_READ);
        ocpn_count(s, OCPN_COUNT_SOFT_ECC, status == OCSSD_SC_HIGH_ECC);
    }
    return ocpn_reject_at(c, r, status, OCPN_NO_BYTE, 0);
}

void ocpn_complete(OcpnCtrl *c, OcpnReq *r)
{
    OcpnCq *cq = ocpn_req_cq(r);

    if (ocpn_faults_armed(&c->faults, OCPN_FAULT_ENDS) &&
        ocpn_fault_ends(c, r)) {
        return;
    }
    ocpn_trace(c, OCPN_TRACE_COMPLETE, ocpn_req_id(r), r->status);
    r->state = OCPN_REQ_DONE;
    ocpn_req_release(c, r);
    ocpn_cq_add_done(cq, r);
    if (!cq->inside && !cq->kicked) {
        cq->kicked = true;
        if (c->port.ended) {
            c->port.ended(c->port.opaque, cq->id);
        } else {
            c->port.kick(c->port.opaque, cq->id);
        }
    }
}

void ocpn_req_ready(OcpnCtrl *c, OcpnReq *r)
{
    OcpnCq *cq = ocpn_req_cq(r);
    uint16_t id = cq->id;       /* its queue may be gone after the push */
    OcpnReq *head = atomic_load_explicit(&cq->ready, memory_order_relaxed);

    do {
        r->ready_next = head;
    } while (!atomic_compare_exchange_weak_explicit(&cq->ready, &head, r,
                                                    memory_order_release,
                                                    memory_order_relaxed));
    if (!head) {
        c->port.kick(c->port.opaque, id);
    }
}
