/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses a namespace, so that Format NVM can wait until nobody does, and a
 * fused pair until nobody else does.
 * Implements: NVMe Base 2.0, "Format NVM command", "Fused Operations".
 *
 * Each queue counts its own commands, with plain stores in memory of its own:
 * counting costs what any other field does.  Format pays instead.  Main says
 * that a namespace is being formatted, begins a round, and lets all queues
 * run.  A run sees the round before anything else, so it also sees what is
 * being formatted; when all queues have seen it, what they counted before is
 * visible to main, and from then on counts only fall.
 */
#include "hold-int.h"

/* Commands of the admin queue use none. */
static uint32_t count_of(const OcpnCq *cq, const OcpnNs *ns)
{
    return atomic_load_explicit(&cq->refs[ns->nsid], memory_order_acquire);
}

uint32_t ocpn_ns_users(const OcpnNs *ns)
{
    uint32_t sum = 0;

    for (unsigned i = 1; i <= OCPN_MAX_QPAIRS; i++) {
        sum += ns->c->cq[i] ? count_of(ns->c->cq[i], ns) : 0;
    }
    return sum;
}

void ocpn_ns_close(OcpnCtrl *c)
{
    atomic_fetch_add_explicit(&c->format_round, 1, memory_order_release);
    ocpn_kick_all(c);
}

bool ocpn_ns_closed(const OcpnCtrl *c)
{
    uint32_t round = atomic_load(&c->format_round);

    for (unsigned i = 1; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i] && atomic_load_explicit(&c->cq[i]->format_seen,
                                             memory_order_acquire) != round) {
            return false;
        }
    }
    return true;
}

void ocpn_ns_closing_seen(OcpnCtrl *c, OcpnCq *cq)
{
    uint32_t round = atomic_load_explicit(&c->format_round,
                                          memory_order_acquire);

    if (round != atomic_load_explicit(&cq->format_seen,
                                      memory_order_relaxed)) {
        atomic_store_explicit(&cq->format_seen, round, memory_order_release);
        ocpn_want_main(c);
    }
}
