/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a queue.  Its runs are in run.c.
 * Implements: NVMe Base 2.0, "Submission Queues and Completion Queues".
 *
 * A slot in the device is taken before a command is fetched, so a command in
 * hand can always be completed; a full completion queue only delays the
 * posting.
 */
#include "ctrl-int.h"
#include "queue-int.h"

OcpnSq *ocpn_sq_get(const OcpnCtrl *c, uint32_t qid)
{
    return qid <= OCPN_MAX_QPAIRS ? c->sq[qid] : NULL;
}

OcpnCq *ocpn_cq_get(const OcpnCtrl *c, uint32_t qid)
{
    return qid <= OCPN_MAX_QPAIRS ? c->cq[qid] : NULL;
}

OcpnCq *ocpn_cq_new(OcpnCtrl *c, uint16_t id, uint64_t addr, uint32_t size,
                    uint16_t vector, bool ien)
{
    OcpnCq *cq = c->port.alloc(c->port.opaque, sizeof(*cq));

    if (!cq) {
        return NULL;
    }
    if (!ocpn_pools_init(c, &cq->pools, id ? OCPN_NIOS : OCPN_NIOS_ADMIN)) {
        c->port.free(c->port.opaque, cq);
        return NULL;
    }
    cq->c = c;
    cq->id = id;
    cq->addr = addr;
    cq->size = size;
    cq->vector = vector;
    cq->ien = ien;
    cq->phase = 1;
    cq->done_tail = &cq->done;
    atomic_store(&cq->format_seen, atomic_load(&c->format_round));
    c->cq[id] = cq;
    return cq;
}

void ocpn_cq_start(OcpnCtrl *c, OcpnCq *cq)
{
    if (cq->id) {
        atomic_fetch_or(&c->live, UINT64_C(1) << (cq->id - 1));
    }
    c->port.cq_start(c->port.opaque, cq->id);
}

OcpnCq *ocpn_cq_create(OcpnCtrl *c, uint16_t id, uint64_t addr, uint32_t size,
                       uint16_t vector, bool ien)
{
    OcpnCq *cq = ocpn_cq_new(c, id, addr, size, vector, ien);

    if (cq) {
        ocpn_cq_start(c, cq);
    }
    return cq;
}

OcpnSq *ocpn_sq_create(OcpnCtrl *c, uint16_t id, OcpnCq *cq, uint64_t addr,
                       uint32_t size)
{
    uint32_t n = size < OCPN_SLOTS ? size : OCPN_SLOTS;
    OcpnSq *sq = c->port.alloc(c->port.opaque,
                               sizeof(*sq) + n * sizeof(OcpnReq));

    if (!sq) {
        return NULL;
    }
    sq->c = c;
    sq->cq = cq;
    sq->id = id;
    sq->addr = addr;
    sq->size = size;
    sq->req = (OcpnReq *)(sq + 1);
    sq->nreqs = n;
    cq->nsqs++;
    c->sq[id] = sq;
    /* The owner takes it from the list of added ones at its next run. */
    sq->next = atomic_load(&cq->added);
    while (!atomic_compare_exchange_weak(&cq->added, &sq->next, sq)) {
        continue;
    }
    c->port.kick(c->port.opaque, cq->id);
    return sq;
}

void ocpn_sq_free(OcpnCtrl *c, OcpnSq *sq)
{
    c->sq[sq->id] = NULL;
    sq->cq->nsqs--;
    c->port.free(c->port.opaque, sq);
}

void ocpn_cq_stop(OcpnCtrl *c, OcpnCq *cq)
{
    if (cq->id) {
        atomic_fetch_and(&c->live, ~(UINT64_C(1) << (cq->id - 1)));
    }
    c->port.cq_stop(c->port.opaque, cq->id);
}

void ocpn_cq_free(OcpnCtrl *c, OcpnCq *cq)
{
    for (unsigned i = 0; i < OCPN_COUNT_N; i++) {
        ocpn_count(&c->gone, (OcpnCount)i, atomic_load(&cq->count.n[i]));
    }
    c->cq[cq->id] = NULL;
    ocpn_pools_destroy(c, &cq->pools);
    c->port.free(c->port.opaque, cq);
}

/* Memory that no command needs is never touched, so it is not resident. */
OcpnReq *ocpn_slot_get(OcpnSq *sq)
{
    OcpnReq *r = sq->free;

    if (r) {
        sq->free = r->next;
    } else {
        r = &sq->req[sq->nused++];
        r->sq = sq;
    }
    return r;
}

void ocpn_req_free(OcpnReq *r)
{
    OcpnSq *sq = r->sq;

    r->state = OCPN_REQ_FREE;
    r->next = sq->free;
    sq->free = r;
    sq->inflight--;
    sq->cq->inflight--;
    sq->cq->freed = true;
}

void ocpn_req_drop(OcpnCtrl *c, OcpnReq *r)
{
    ocpn_req_release(c, r);
    ocpn_req_free(r);
}
