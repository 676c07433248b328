/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the ring to a handler: doorbells in memory, fetching, running.
 * Implements: NVMe Base 2.0, "Submission Queues and Completion Queues",
 * "Updating Controller Doorbell Properties using a Shadow Doorbell Buffer".
 */
#include "ctrl-int.h"
#include "queue-int.h"
#include "hw/ocp-nvme/core/dispatch.h"

/*
 * Shadow doorbells: the buffer is the only truth once it is configured.
 * NVMe Base 2.0, "Updating Controller Doorbell Properties using a Shadow
 * Doorbell Buffer".  Hosts keep none for the admin queue.
 */
void ocpn_read_shadow_tail(OcpnCtrl *c, OcpnSq *sq)
{
    Le32 v;

    if (!c->dbs || !sq->id ||
        !c->port.read(c->port.opaque, c->dbs + sq->id * 8u, &v, sizeof(v))) {
        return;
    }
    if (from_le32(v) < sq->size) {
        atomic_store(&sq->tail, from_le32(v));
    } else {
        atomic_store(&c->bad_shadow, true);
        ocpn_want_main(c);
    }
}

/* Tell the host to ring when it goes on from VALUE. */
void ocpn_write_event_index(OcpnCtrl *c, uint32_t off, uint32_t value)
{
    Le32 v = to_le32(value);

    c->port.write(c->port.opaque, c->eis + off, &v, sizeof(v));
}

/* Copy commands from the ring, as many as lie in a row. */
static bool fetch(OcpnCtrl *c, OcpnSq *sq)
{
    uint32_t tail = atomic_load_explicit(&sq->tail, memory_order_acquire);
    uint32_t n = tail >= sq->head ? tail - sq->head : sq->size - sq->head;

    if (!n && c->dbs && sq->id) {
        ocpn_write_event_index(c, sq->id * 8u, tail);
        atomic_thread_fence(memory_order_seq_cst);
        ocpn_read_shadow_tail(c, sq);
        tail = atomic_load(&sq->tail);
        n = tail >= sq->head ? tail - sq->head : sq->size - sq->head;
    }
    if (n > OCPN_FETCH) {
        n = OCPN_FETCH;
    }
    sq->fetched = 0;
    sq->nfetched = n;
    if (n && !c->port.read(c->port.opaque, sq->addr + sq->head * 64u,
                           sq->window, n * sizeof(NvmeCmd))) {
        sq->nfetched = 0;
        sq->cq->broken = true;
        atomic_store(&c->fatal, true);
        ocpn_want_main(c);
    }
    return sq->nfetched != 0;
}

/* The next command of SQ in a fresh request, or NULL. */
static OcpnReq *next_req(OcpnCtrl *c, OcpnSq *sq)
{
    OcpnReq *r = sq->free;

    if (!r || (sq->fetched == sq->nfetched && !fetch(c, sq))) {
        return NULL;
    }
    sq->free = r->next;
    r->cmd = sq->window[sq->fetched++];
    sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
    r->state = OCPN_REQ_FETCHED;
    r->judged = false;
    r->fetched_ns = c->port.now(c->port.opaque);
    sq->inflight++;
    sq->cq->inflight++;
    return r;
}

/* What a handler may have left in R goes, whether R is new or tried again. */
static void req_start(OcpnReq *r)
{
    r->state = OCPN_REQ_RUNNING;
    r->ns = NULL;
    r->status = 0;
    r->slba = 0;
    r->nlb = 0;
    r->dw0 = r->dw1 = 0;
    r->data = r->meta = (OcpnDptr) { 0 };
    r->bitmap = 0;
    r->ngroups = r->ngroups_up = 0;
    r->cursor = r->pending = r->step = 0;
    r->failed = r->starting = false;
    r->resume = r->after = NULL;
}

/* What R had before it stalled is no news for the others that stall. */
static void stall(OcpnCtrl *c, OcpnSq *sq, OcpnReq *r)
{
    bool freed = sq->cq->freed;

    ocpn_req_release(c, r);
    sq->cq->freed = freed;
    sq->stalled = r;
}

/* Run up to OCPN_BUDGET commands of SQ.  True: there are more. */
bool ocpn_sq_run(OcpnCtrl *c, OcpnSq *sq)
{
    for (uint32_t i = 0; i < OCPN_BUDGET; i++) {
        OcpnReq *r = sq->stalled;

        sq->stalled = NULL;
        if (!r) {
            r = next_req(c, sq);
        }
        if (!r) {
            return false;
        }
        req_start(r);
        switch (ocpn_dispatch(c, r)) {
        case FLOW_DONE:
            ocpn_complete(c, r);
            break;
        case FLOW_STALL:
            stall(c, sq, r);
            return false;
        case FLOW_PENDING:
            break;
        }
    }
    return true;
}
