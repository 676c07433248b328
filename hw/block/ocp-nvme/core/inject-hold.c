/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that a fault rule holds back: they complete when their time
 * has come, or when the host gives them up.
 * Implements: docs/fault-injection.rst; OCP Datacenter NVMe SSD, error
 * injection types 0Dh, 0Eh, 10h, 12h, 1Eh.
 *
 * A request that is held has left its queue's lists but counts as in flight.
 * It goes back by ocpn_req_ready(), to end in its owner's thread; who takes it
 * off the list, under the lock, has it for himself.
 */
#include "ctrl-int.h"

typedef struct Wanted {
    const OcpnSq *sq;           /* NULL: of any queue */
    int32_t  cid;               /* -1: any */
    uint64_t until;             /* held until then, at most */
    const OcpnNs *ns;           /* that it uses; NULL: of any */
} Wanted;

static bool matches(const OcpnReq *r, const Wanted *w)
{
    return (!w->sq || r->sq == w->sq) && r->held_ns <= w->until &&
           (w->cid < 0 || from_le16(r->cmd.cid) == w->cid) &&
           (!w->ns || (r->ns_ref && r->ns == w->ns));
}

/*
 * Does somebody wait until R does not use its namespace any more?  Of a pair
 * that has the namespace R can be one itself.
 */
static bool is_waited(const OcpnReq *r)
{
    const OcpnNs *ns = r->ns_ref ? r->ns : NULL;

    return ns && (atomic_load(&ns->formatting) || atomic_load(&ns->leaving) ||
                  (!r->peer && atomic_load(&ns->fusing)));
}

bool ocpn_inject_hold(OcpnCtrl *c, OcpnReq *r, uint64_t ns)
{
    OcpnInject *i = &c->inject;
    bool held;

    r->held_ns = ns;
    ocpn_lock(&i->lock);
    held = !i->closed && !atomic_load(&r->sq->deleting) &&
           (ns == UINT64_MAX || (atomic_load(&c->running) &&
                                 !is_waited(r)));
    if (held) {
        r->next = i->held;
        i->held = r;
    }
    ocpn_unlock(&i->lock);
    if (held && ns != UINT64_MAX) {
        ocpn_inject_tell(c);
    }
    return held;
}

/* Those that are wanted, off the list. */
static OcpnReq *take(OcpnCtrl *c, const Wanted *w)
{
    OcpnInject *i = &c->inject;
    OcpnReq **link = &i->held, *taken = NULL;

    ocpn_lock(&i->lock);
    while (*link) {
        OcpnReq *r = *link;

        if (matches(r, w)) {
            *link = r->next;
            r->next = taken;
            taken = r;
        } else {
            link = &r->next;
        }
    }
    ocpn_unlock(&i->lock);
    return taken;
}

/* They complete with STATUS, or with what they have.  False: there is none. */
static bool let_go(OcpnCtrl *c, OcpnReq *r, uint16_t status)
{
    bool any = r != NULL;

    while (r) {
        OcpnReq *next = r->next;

        if (status) {
            ocpn_fail(c, r, status);
        }
        r->resume = ocpn_complete;
        ocpn_req_ready(c, r);
        r = next;
    }
    return any;
}

void ocpn_inject_due(OcpnCtrl *c)
{
    OcpnInject *i = &c->inject;
    uint64_t next = UINT64_MAX;

    let_go(c, take(c, &(Wanted) {
        .cid = -1, .until = c->port.now(c->port.opaque),
    }), 0);
    ocpn_lock(&i->lock);
    for (const OcpnReq *r = i->held; r; r = r->next) {
        next = r->held_ns < next ? r->held_ns : next;
    }
    ocpn_unlock(&i->lock);
    if (next != ocpn_timer_when(c, OCPN_TIMER_INJECT)) {
        ocpn_timer_at(c, OCPN_TIMER_INJECT, next);
    }
}

bool ocpn_inject_abort(OcpnCtrl *c, uint16_t sqid, uint16_t cid)
{
    return let_go(c, take(c, &(Wanted) {
        .sq = ocpn_sq_get(c, sqid), .cid = cid, .until = UINT64_MAX,
    }), NVME_SC_ABORT_REQUESTED);
}

void ocpn_inject_delete(OcpnCtrl *c, const OcpnSq *sq)
{
    let_go(c, take(c, &(Wanted) {
        .sq = sq, .cid = -1, .until = UINT64_MAX,
    }), NVME_SC_ABORT_SQ_DELETED);
}

/* The queues drop them, or have posted all they will. */
void ocpn_inject_stop(OcpnCtrl *c)
{
    OcpnReq *all;

    ocpn_lock(&c->inject.lock);
    c->inject.closed = true;
    ocpn_unlock(&c->inject.lock);
    all = take(c, &(Wanted) { .cid = -1, .until = UINT64_MAX });
    for (OcpnReq *r = all; r; r = r->next) {
        if (r->held_ns == UINT64_MAX) {
            r->status = NVME_SC_ABORT_REQUESTED;
        }
    }
    let_go(c, all, 0);
}

void ocpn_inject_restart(OcpnCtrl *c)
{
    ocpn_lock(&c->inject.lock);
    c->inject.closed = false;
    ocpn_unlock(&c->inject.lock);
    ocpn_fault_none_late(c);
}

void ocpn_inject_settle(OcpnCtrl *c)
{
    let_go(c, take(c, &(Wanted) { .cid = -1, .until = UINT64_MAX - 1 }), 0);
    ocpn_inject_dirty(c);
}

/* Those that are not held yet see the marks: see ocpn_inject_hold(). */
void ocpn_inject_settle_ns(OcpnCtrl *c, const OcpnNs *ns)
{
    if (ocpn_fault_armed(c, OCPN_FAULT_LATE)) {
        let_go(c, take(c, &(Wanted) {
            .cid = -1, .until = UINT64_MAX - 1, .ns = ns,
        }), 0);
    }
}

uint32_t ocpn_inject_held(OcpnCtrl *c, uint16_t cqid,
                          void (*found)(void *opaque, const OcpnReq *r),
                          void *opaque)
{
    uint32_t n = 0;

    ocpn_lock(&c->inject.lock);
    for (const OcpnReq *r = c->inject.held; r; r = r->next) {
        if (r->held_ns == UINT64_MAX && r->sq->cq->id == cqid) {
            n++;
            if (found) {
                found(opaque, r);
            }
        }
    }
    ocpn_unlock(&c->inject.lock);
    return n;
}
