/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a queue, and a run of it: what is ready goes on, commands are
 * fetched (fetch.c), completions posted (post.c).
 * Implements: NVMe Base 2.0, "Submission Queues and Completion Queues".
 *
 * A slot in the device is taken before a command is fetched, so a command in
 * hand can always be completed; a full completion queue only delays the
 * posting.
 */
#include "ctrl-int.h"
#include "queue-int.h"
#include "xfer-int.h"

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
    for (uint32_t i = 0; i < n; i++) {
        sq->req[i].sq = sq;
        sq->req[i].next = sq->free;
        sq->free = &sq->req[i];
    }
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

/* A request is over: its slot is free again. */
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

static void take_added(OcpnCq *cq)
{
    OcpnSq *sq = atomic_exchange(&cq->added, NULL);

    while (sq) {
        OcpnSq *next = sq->next;

        sq->next = cq->sqs;
        cq->sqs = sq;
        sq = next;
    }
}

static void run_ready(OcpnCtrl *c, OcpnCq *cq)
{
    OcpnReq *r = atomic_exchange(&cq->ready, NULL);
    OcpnReq *first = NULL;

    while (r) {                 /* the stack in the order of arrival */
        OcpnReq *next = r->ready_next;

        r->ready_next = first;
        first = r;
        r = next;
    }
    while (first) {
        r = first;
        first = r->ready_next;
        r->resume(c, r);
    }
}

/*
 * Queues the host deletes: finish what waits, unlink, tell main.  True: there
 * is something to post, or to look at again.
 */
static bool finish_deleted(OcpnCtrl *c, OcpnCq *cq)
{
    bool again = false;
    OcpnSq **link = &cq->sqs;

    while (*link) {
        OcpnSq *sq = *link;

        if (!atomic_load(&sq->deleting)) {
            link = &sq->next;
            continue;
        }
        if (sq->stalled) {
            OcpnReq *r = sq->stalled;

            sq->stalled = NULL;
            ocpn_fail(c, r, NVME_SC_ABORT_SQ_DELETED);
            ocpn_complete(c, r);
            again = true;
        }
        if (sq->inflight) {
            link = &sq->next;
            continue;
        }
        *link = sq->next;
        atomic_store(&sq->gone, true);
        ocpn_want_main(c);
    }
    return again;
}

/* A reset is under way: forget what is done, wait for what is not. */
static void run_stopping(OcpnCtrl *c, OcpnCq *cq)
{
    for (OcpnSq *sq = cq->sqs; sq; sq = sq->next) {
        if (sq->stalled) {
            ocpn_req_drop(c, sq->stalled);
            sq->stalled = NULL;
        }
    }
    while (cq->done) {
        OcpnReq *r = cq->done;

        cq->done = r->next;
        ocpn_req_free(r);
    }
    cq->done_tail = &cq->done;
    if (!cq->inflight && !atomic_exchange(&cq->quiet, true)) {
        ocpn_want_main(c);
    }
}

/* Transfers that had to wait for a pool. */
static void run_waiters(OcpnCtrl *c, OcpnCq *cq)
{
    OcpnReq *r = cq->waiters;

    cq->waiters = NULL;
    while (r) {
        OcpnReq *next = r->next;

        ocpn_xfer_go(c, r);
        r = next;
    }
}

static bool may_fetch(OcpnCtrl *c, OcpnSq *sq)
{
    return atomic_load(&c->running) && !atomic_load(&c->halted) &&
           !atomic_load(&sq->deleting);
}

bool ocpn_cq_run(OcpnCtrl *c, uint16_t cqid)
{
    OcpnCq *cq = ocpn_cq_get(c, cqid);
    bool more = false, stalled = false;

    if (!cq) {
        return false;
    }
    cq->inside = true;
    cq->freed = false;
    take_added(cq);
    run_ready(c, cq);
    run_waiters(c, cq);
    if (atomic_load(&cq->stopping)) {
        run_stopping(c, cq);
        cq->inside = false;
        return false;
    }
    for (OcpnSq *sq = cq->sqs; sq && !cq->broken; sq = sq->next) {
        if (may_fetch(c, sq)) {
            ocpn_read_shadow_tail(c, sq);
            more |= ocpn_sq_run(c, sq);
            stalled |= sq->stalled || !sq->free;
        }
    }
    ocpn_cq_post(c, cq);
    more |= finish_deleted(c, cq);
    cq->inside = false;
    return more || (stalled && cq->freed);
}
