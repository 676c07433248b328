/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare and Write, the fused operation of conventional namespaces.
 * Implements: NVMe Base 2.0, "Fused Operations"; NVM Command Set 1.0, "Fused
 * Operation"; OCP Datacenter NVMe SSD, NVMe-IO-8, NVMe-IO-9.
 *
 * Between the comparison and the write nobody else may write what was
 * compared.  Commands keep no list of their blocks, which would cost each of
 * them something; instead the pair has the namespace for itself.  Those that
 * came before are waited for, as Format NVM does, those that come meanwhile
 * stall their queue, and go on when the pair is over.
 *
 * The host has to ring for both at once, so a first command whose second is
 * not in the ring with it is one without a second.
 */
#include "hw/ocp-nvme/core/dispatch.h"

#include "fused-int.h"
#include "hold-int.h"
#include "nvm-int.h"
#include "queue-int.h"

static bool is_first(const OcpnReq *r)
{
    return FIELD_GET(NVME_CMD_FUSE, r->cmd.flags) == NVME_CMD_FUSE_FIRST;
}

/* The same blocks of one namespace, and a pair that there is. */
static bool is_pair(const OcpnReq *r, const OcpnReq *w)
{
    const NvmeCmd *a = &r->cmd, *b = &w->cmd;

    return a->opc == NVME_IO_COMPARE && b->opc == NVME_IO_WRITE &&
           from_le32(a->nsid) == from_le32(b->nsid) &&
           from_le32(a->cdw10) == from_le32(b->cdw10) &&
           from_le32(a->cdw11) == from_le32(b->cdw11) &&
           FIELD_GET(NVME_RW_NLB, from_le32(a->cdw12)) ==
           FIELD_GET(NVME_RW_NLB, from_le32(b->cdw12));
}

/* As ocpn_dispatch() asks.  True: a fault rule ends R. */
static bool fetched(OcpnCtrl *c, OcpnReq *r)
{
    return ocpn_faults_armed(&c->faults, OCPN_FAULT_BIT(STATUS)) &&
           ocpn_fault_fetched(c, r);
}

static bool begins(OcpnCtrl *c, OcpnReq *r)
{
    return ocpn_faults_armed(&c->faults, OCPN_FAULT_BEGINS) &&
           ocpn_fault_begins(c, r);
}

/*
 * R waits with its buffer for others, and one of those may need a buffer to
 * end: pairs do not take the last one.
 */
static bool leaves_none(const OcpnReq *r)
{
    const OcpnPools *p = &ocpn_req_cq(r)->pools;

    return p->scratch_mem && !r->scratch && p->nscratch < 2;
}

/* Describe R's memory and get what it needs.  FLOW_PENDING: go on. */
static OcpnFlow prepare_compare(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = ocpn_dispatch_fused(c, r);

    if (flow == FLOW_PENDING && begins(c, r)) {
        return FLOW_DONE;
    }
    if (flow == FLOW_PENDING) {
        flow = ocpn_nvm_host(c, r, false);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    return leaves_none(r) ? FLOW_STALL : ocpn_step_get(c, r, true);
}

/*
 * W, which may be refused: it then fails alone, after the comparison.
 * FLOW_PENDING: it can do its part, or its status is set.
 */
static OcpnFlow prepare_write(OcpnCtrl *c, OcpnReq *w)
{
    OcpnFlow flow = ocpn_dispatch_fused(c, w);

    if (flow == FLOW_PENDING) {
        flow = ocpn_write_prepare(c, w);
    }
    return flow == FLOW_DONE ? FLOW_PENDING : flow;
}

/*
 * R waits in main's list until R and W are the only ones.  W stalls no more, so
 * rules are asked for it; one that ends it is as if it were refused.
 */
static OcpnFlow wait_for_others(OcpnCtrl *c, OcpnReq *r, OcpnReq *w)
{
    OcpnReq *head = atomic_load(&c->fused_new);

    if (atomic_exchange(&r->ns->fusing, true)) {
        return FLOW_STALL;
    }
    r->peer = w;
    w->peer = r;
    if (!fetched(c, w) && !w->status) {
        (void)begins(c, w);
    }
    do {
        r->ready_next = head;
    } while (!atomic_compare_exchange_weak(&c->fused_new, &head, r));
    ocpn_ns_close(c);
    ocpn_want_main(c);
    return FLOW_PENDING;
}

static OcpnFlow begin(OcpnCtrl *c, OcpnReq *r, OcpnReq *w)
{
    OcpnFlow flow;

    if (fetched(c, r)) {
        return ocpn_fail(c, w, NVME_SC_ABORT_FAILED_FUSED);
    }
    if (!is_pair(r, w)) {
        REJECT_FIELD(c, w, INVALID_FIELD, flags, NVME_CMD_FUSE);
        return REJECT_FIELD(c, r, INVALID_FIELD, flags, NVME_CMD_FUSE);
    }
    flow = prepare_compare(c, r);
    if (flow == FLOW_DONE) {
        return ocpn_fail(c, w, NVME_SC_ABORT_FAILED_FUSED);
    }
    if (flow == FLOW_PENDING) {
        flow = prepare_write(c, w);
    }
    return flow == FLOW_PENDING ? wait_for_others(c, r, w) : flow;
}

OcpnFlow ocpn_fused(OcpnCtrl *c, OcpnReq *r)
{
    const NvmeCmd *next;
    OcpnReq *w;
    OcpnFlow flow;

    if (FIELD_GET(NVME_CMD_FUSE, r->cmd.flags) == NVME_CMD_FUSE_MASK) {
        return REJECT_FIELD(c, r, INVALID_FIELD, flags, NVME_CMD_FUSE);
    }
    next = is_first(r) ? ocpn_sq_peek(c, r->sq) : NULL;
    if (!next ||
        FIELD_GET(NVME_CMD_FUSE, next->flags) != NVME_CMD_FUSE_SECOND) {
        return fetched(c, r) ? FLOW_DONE
                             : ocpn_fail(c, r, NVME_SC_ABORT_MISSING_FUSED);
    }
    w = ocpn_sq_take(c, r->sq);
    if (!w) {
        return FLOW_STALL;      /* of slots: one is free when others end */
    }
    flow = begin(c, r, w);
    if (flow == FLOW_STALL) {
        ocpn_sq_put_back(c, w);
    } else if (flow == FLOW_DONE) {
        ocpn_complete(c, r);
        ocpn_complete(c, w);
        flow = FLOW_PENDING;
    }
    return flow;
}

/* The namespace is everybody's again. */
static void release(OcpnCtrl *c, OcpnNs *ns)
{
    atomic_store(&ns->fusing, false);
    ocpn_kick_all(c);
}

void ocpn_fused_end(OcpnCtrl *c, OcpnReq *r)
{
    OcpnReq *w = r->peer;
    OcpnNs *ns = r->ns;

    if (!is_first(r)) {         /* its first is long over */
        ocpn_complete(c, r);
        release(c, ns);
        return;
    }
    if (r->status) {
        ocpn_fail(c, w, NVME_SC_ABORT_FAILED_FUSED);
    }
    ocpn_complete(c, r);
    if (w->status) {
        ocpn_complete(c, w);
        release(c, ns);
    } else {
        ocpn_write_start(c, w);
    }
}

/* In R's thread: the pair is alone. */
static void go(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_fail(c, r, NVME_SC_ABORT_REQUESTED);
        ocpn_fused_end(c, r);
    } else {
        ocpn_compare_start(c, r);
    }
}

static void take_new(OcpnCtrl *c)
{
    OcpnReq *r = atomic_load_explicit(&c->fused_new, memory_order_relaxed)
                 ? atomic_exchange(&c->fused_new, NULL) : NULL;

    while (r) {
        OcpnReq *next = r->ready_next;

        r->next = c->fused;
        c->fused = r;
        r = next;
    }
}

/* A write that was refused may use nothing. */
static uint32_t own_refs(const OcpnReq *r)
{
    return 1u + r->peer->ns_ref;
}

void ocpn_fused_run(OcpnCtrl *c)
{
    OcpnReq **link = &c->fused;

    take_new(c);
    while (*link) {
        OcpnReq *r = *link;
        bool stop = c->state == OCPN_STOPPING;

        ocpn_inject_settle_ns(c, r->ns);
        if (!stop && (!ocpn_ns_closed(c) ||
                      ocpn_ns_users(r->ns) > own_refs(r))) {
            link = &r->next;
            continue;
        }
        *link = r->next;
        r->failed = stop;       /* a reset: nobody waits for it */
        r->resume = go;
        ocpn_req_ready(c, r);
    }
}
