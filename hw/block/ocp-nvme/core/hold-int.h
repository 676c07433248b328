/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O commands and the namespaces they use: see hold.c. */
#ifndef HW_BLOCK_OCP_NVME_CORE_HOLD_INT_H
#define HW_BLOCK_OCP_NVME_CORE_HOLD_INT_H

#include "ctrl-int.h"

/* A fused pair uses its namespace with both commands. */
#define OCPN_FUSED_REFS     2u

/*
 * Any thread: from now on nobody begins to use those that are formatted, or
 * that a fused pair has, ...
 */
void ocpn_ns_close(OcpnCtrl *c);
/* Main: ... and this is known to all queues.  ocpn_ns_users() only falls. */
bool ocpn_ns_closed(const OcpnCtrl *c);
/* The owner of CQ: it has seen what is being formatted. */
void ocpn_ns_closing_seen(OcpnCtrl *c, OcpnCq *cq);

static inline uint32_t ocpn_ns_count(OcpnCq *cq, const OcpnNs *ns, uint32_t n)
{
    uint32_t sum = atomic_load_explicit(&cq->refs[ns->nsid],
                                        memory_order_relaxed) + n;

    /* What the command did is done when main sees that it is over. */
    atomic_store_explicit(&cq->refs[ns->nsid], sum, memory_order_release);
    return sum;
}

/*
 * R, which writes nothing, uses NS from now on.  False: NS is being formatted.
 */
static inline bool ocpn_ns_hold_beside(OcpnReq *r, OcpnNs *ns)
{
    /* Acquire: what a Format that is over has left is seen, too. */
    if (atomic_load_explicit(&ns->formatting, memory_order_acquire)) {
        return false;
    }
    ocpn_ns_count(ocpn_req_cq(r), ns, 1);
    r->ns_ref = true;
    return true;
}

/* The same of any command.  False also: a fused pair has NS for itself. */
static inline bool ocpn_ns_hold(OcpnReq *r, OcpnNs *ns)
{
    return !atomic_load_explicit(&ns->fusing, memory_order_acquire) &&
           ocpn_ns_hold_beside(r, ns);
}

/* R does not use its namespace any more, if it did. */
static inline void ocpn_ns_drop(OcpnCtrl *c, OcpnReq *r)
{
    if (!r->ns_ref) {
        return;
    }
    r->ns_ref = false;
    if (ocpn_ns_count(ocpn_req_cq(r), r->ns, UINT32_MAX) <= OCPN_FUSED_REFS &&
        (atomic_load_explicit(&r->ns->formatting, memory_order_relaxed) ||
         atomic_load_explicit(&r->ns->leaving, memory_order_relaxed) ||
         atomic_load_explicit(&r->ns->fusing, memory_order_relaxed))) {
        ocpn_want_main(c);
    }
}

#endif
