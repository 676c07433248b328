/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of a completion queue: what is ready goes on, commands are fetched
 * from its submission queues in turn (fetch.c), what has ended is posted
 * (post.c), and the host is interrupted once.
 * Implements: NVMe Base 2.0, "Submission Queues and Completion Queues",
 * "Command Arbitration" (round robin).
 *
 * A run takes OCPN_BUDGET commands at most, each queue OCPN_FETCH at its turn,
 * so that neither a host nor a queue that always has more starves another.
 * With what is left of the budget it looks for commands that came meanwhile:
 * where the medium is fast, few runs do all the work.
 */
#include "ctrl-int.h"
#include "hold-int.h"
#include "queue-int.h"
#include "xfer-int.h"

static void take_added(OcpnCq *cq)
{
    OcpnSq *sq;

    if (!atomic_load_explicit(&cq->added, memory_order_relaxed)) {
        return;                 /* an exchange costs more */
    }
    sq = atomic_exchange(&cq->added, NULL);
    while (sq) {
        OcpnSq *next = sq->next;

        sq->next = cq->sqs;
        cq->sqs = sq;
        cq->nlinked++;
        sq = next;
    }
}

static void run_ready(OcpnCtrl *c, OcpnCq *cq)
{
    OcpnReq *r, *first = NULL;

    if (!atomic_load_explicit(&cq->ready, memory_order_relaxed)) {
        return;
    }
    r = atomic_exchange(&cq->ready, NULL);
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
 * The stores that requests of this run joined write now, one round for all of
 * them; on a fast medium it is over at once.
 */
static void commit(OcpnCtrl *c, OcpnCq *cq)
{
    while (cq->joined) {
        uint32_t joined = cq->joined;

        cq->joined = 0;
        for (uint32_t i = 1; joined; i++, joined >>= 1) {
            if (joined & 1) {
                ocpn_store_commit(&c->root[i]->store);
            }
        }
        run_ready(c, cq);
    }
}

/* Let go of SQ, behind LINK in the list. */
static void unlink_sq(OcpnCtrl *c, OcpnCq *cq, OcpnSq **link)
{
    OcpnSq *sq = *link;

    *link = sq->next;
    cq->nlinked--;
    if (cq->turn == sq) {
        cq->turn = sq->next;
    }
    atomic_store(&sq->gone, true);
    ocpn_want_main(c);
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
        } else {
            unlink_sq(c, cq, link);
        }
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
    cq->ndone = 0;
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
           !atomic_load(&sq->deleting) && !sq->cq->broken;
}

/* Would a command in SQ's ring be fetched? */
static bool can_fetch(OcpnCtrl *c, OcpnSq *sq)
{
    return may_fetch(c, sq) && !sq->stalled && ocpn_slot_any(sq);
}

static bool is_empty(const OcpnSq *sq)
{
    return atomic_load_explicit(&sq->tail, memory_order_relaxed) == sq->head;
}

/* Run commands until all queues are empty or stalled, or BUDGET is spent. */
static void serve(OcpnCtrl *c, OcpnCq *cq, uint32_t *budget)
{
    uint32_t idle = 0;          /* queues in a row that had not enough */

    while (*budget && idle < cq->nlinked) {
        OcpnSq *sq = cq->turn ? cq->turn : cq->sqs;
        uint32_t max = *budget < OCPN_FETCH ? *budget : OCPN_FETCH;
        uint32_t n = may_fetch(c, sq) ? ocpn_sq_run(c, sq, max) : 0;

        cq->turn = sq->next;
        *budget -= n;
        idle = n == max ? 0 : idle + 1;
        if (cq->ndone >= OCPN_POST) {
            ocpn_cq_post(c, cq);        /* a host that polls sees them now */
        }
    }
}

/*
 * Have commands come meanwhile?  Queues that are empty ask the host to ring
 * when they do, unless somebody polls them: then it need not.
 */
static bool look_again(OcpnCtrl *c, OcpnCq *cq)
{
    bool asked = false, found = false;

    for (OcpnSq *sq = cq->sqs; sq && !cq->polled; sq = sq->next) {
        if (ocpn_sq_has_shadow(c, sq) && can_fetch(c, sq) && is_empty(sq)) {
            asked |= ocpn_write_event_index(c, sq->id * 8u, sq->head,
                                            &sq->event_at, &sq->event);
        }
    }
    if (asked) {
        /* The host may have moved on before it could see the index. */
        atomic_thread_fence(memory_order_seq_cst);
    }
    for (OcpnSq *sq = cq->sqs; sq; sq = sq->next) {
        if (can_fetch(c, sq)) {
            ocpn_read_shadow_tail(c, sq);
            found |= !is_empty(sq);
        }
    }
    return found;
}

bool ocpn_cq_poll(OcpnCtrl *c, uint16_t cqid)
{
    OcpnCq *cq = ocpn_cq_get(c, cqid);

    for (OcpnSq *sq = cq ? cq->sqs : NULL; sq; sq = sq->next) {
        uint32_t raw = sq->seen;

        /* A value that no ring has is news once. */
        if (ocpn_sq_has_shadow(c, sq) ? ocpn_shadow_tail(c, sq, &raw) &&
                                        raw != sq->seen
                                      : !is_empty(sq)) {
            if (can_fetch(c, sq)) {
                return true;
            }
        }
    }
    return cq && ocpn_cq_has_room_again(c, cq);
}

bool ocpn_cq_set_polled(OcpnCtrl *c, uint16_t cqid, bool polled)
{
    OcpnCq *cq = ocpn_cq_get(c, cqid);

    if (!cq) {
        return false;
    }
    cq->polled = polled;
    return !polled && look_again(c, cq);
}

/* What waits for something of the queue, and whether it is there now. */
static bool may_go_on(const OcpnCq *cq)
{
    bool stalled = false;

    for (OcpnSq *sq = cq->sqs; sq && cq->freed; sq = sq->next) {
        stalled |= sq->stalled || !is_empty(sq);
    }
    return stalled;
}

/* The last command has gone: its time was busy time. */
static void get_idle(OcpnCtrl *c, OcpnCq *cq)
{
    if (cq->busy && !cq->inflight) {
        cq->busy = false;
        ocpn_count(&cq->count, OCPN_COUNT_BUSY_NS,
                   c->port.now(c->port.opaque) - cq->busy_ns);
    }
}

/* Is there something that only a run does? */
static bool wants_run(const OcpnCq *cq)
{
    for (const OcpnSq *sq = cq->sqs; sq; sq = sq->next) {
        if (atomic_load_explicit(&sq->deleting, memory_order_relaxed)) {
            return true;
        }
    }
    return cq->joined || cq->waiters || atomic_load(&cq->ready) ||
           atomic_load(&cq->stopping);
}

/*
 * Did SQ have no slot left when it was last looked at, so that its host was
 * not asked to ring?  Now it has one.
 */
static bool is_deaf(OcpnCtrl *c, const OcpnCq *cq)
{
    for (OcpnSq *sq = cq->sqs; sq && !cq->polled; sq = sq->next) {
        if (ocpn_sq_has_shadow(c, sq) && can_fetch(c, sq) &&
            (sq->event != sq->head || !sq->event_at)) {
            return true;
        }
    }
    return false;
}

bool ocpn_cq_end(OcpnCtrl *c, uint16_t cqid)
{
    OcpnCq *cq = ocpn_cq_get(c, cqid);

    if (!cq || cq->inside) {
        return cq != NULL;
    }
    cq->kicked = false;
    if (wants_run(cq)) {
        return true;
    }
    cq->now = 0;
    ocpn_cq_post(c, cq);
    ocpn_cq_signal(c, cq);
    get_idle(c, cq);
    return may_go_on(cq) || is_deaf(c, cq);
}

bool ocpn_cq_run(OcpnCtrl *c, uint16_t cqid)
{
    OcpnCq *cq = ocpn_cq_get(c, cqid);
    uint32_t budget = OCPN_BUDGET;
    bool more;

    if (!cq) {
        return false;
    }
    cq->inside = true;
    cq->freed = cq->kicked = false;
    cq->now = 0;
    ocpn_ns_closing_seen(c, cq);
    take_added(cq);
    run_ready(c, cq);
    run_waiters(c, cq);
    if (atomic_load(&cq->stopping)) {
        commit(c, cq);
        run_stopping(c, cq);
        cq->inside = false;
        return false;
    }
    do {
        serve(c, cq, &budget);
        commit(c, cq);
        ocpn_cq_post(c, cq);
    } while (budget && look_again(c, cq));
    more = finish_deleted(c, cq);
    ocpn_cq_signal(c, cq);
    get_idle(c, cq);
    cq->inside = false;
    return more || !budget || may_go_on(cq);
}
