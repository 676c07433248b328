/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the ring to a handler: doorbells in memory, fetching, running.
 * Implements: NVMe Base 2.0, "Submission Queues and Completion Queues",
 * "Updating Controller Doorbell Properties using a Shadow Doorbell Buffer".
 */
#include "ctrl-int.h"
#include "fused-int.h"
#include "queue-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/xfer.h"

bool ocpn_shadow_tail(const OcpnCtrl *c, const OcpnSq *sq, uint32_t *raw)
{
    uint64_t at = atomic_load_explicit(&c->dbs, memory_order_relaxed);
    Le32 v;

    if (!c->port.read(c->port.opaque, at + sq->id * 8u, &v, sizeof(v))) {
        return false;
    }
    *raw = from_le32(v);
    return true;
}

void ocpn_read_shadow_tail(OcpnCtrl *c, OcpnSq *sq)
{
    if (!ocpn_sq_has_shadow(c, sq) || !ocpn_shadow_tail(c, sq, &sq->seen)) {
        return;
    }
    if (sq->seen < sq->size) {
        /* The entries are read after this. */
        atomic_thread_fence(memory_order_acquire);
        atomic_store_explicit(&sq->tail, sq->seen, memory_order_relaxed);
    } else {
        atomic_store(&c->bad_shadow, true);
        ocpn_want_main(c);
    }
}

bool ocpn_write_event_index(OcpnCtrl *c, uint32_t off, uint32_t value,
                            uint64_t *at, uint32_t *old)
{
    uint64_t addr = atomic_load(&c->eis) + off;
    Le32 v = to_le32(value);

    if (*at == addr && *old == value) {
        return false;
    }
    *at = addr;
    *old = value;
    c->port.write(c->port.opaque, addr, &v, sizeof(v));
    return true;
}

/* Commands in the ring that lie in a row. */
static uint32_t in_a_row(const OcpnSq *sq)
{
    uint32_t tail = atomic_load_explicit(&sq->tail, memory_order_acquire);

    return tail >= sq->head ? tail - sq->head : sq->size - sq->head;
}

/* Commands come: I/O queues are busy from the first to the last. */
static void get_busy(OcpnCq *cq, uint64_t now)
{
    if (!cq->id) {
        return;
    }
    if (cq->busy) {
        ocpn_count(&cq->count, OCPN_COUNT_BUSY_NS, now - cq->busy_ns);
    }
    cq->busy = true;
    cq->busy_ns = now;
}

/* Copy commands from the ring. */
static bool fetch(OcpnCtrl *c, OcpnSq *sq)
{
    uint32_t n = in_a_row(sq);

    if (!n) {
        ocpn_read_shadow_tail(c, sq);
        n = in_a_row(sq);
    }
    if (n > OCPN_FETCH) {
        n = OCPN_FETCH;
    }
    sq->fetched = 0;
    sq->nfetched = n;
    if (!n) {
        return false;
    }
    if (!c->port.read(c->port.opaque, sq->addr + sq->head * 64u,
                      sq->window, n * sizeof(NvmeCmd))) {
        sq->nfetched = 0;
        sq->cq->broken = true;
        atomic_store(&c->fatal, true);
        ocpn_want_main(c);
        return false;
    }
    sq->fetched_ns = ocpn_cq_time_now(c, sq->cq);
    get_busy(sq->cq, sq->fetched_ns);
    return true;
}

/*
 * While a command runs, let the medium get ready for the next one, if that is
 * a read.  The namespace is not held: if it is being formatted, the format is
 * left alone until this run is over (see hold.c).
 */
static void announce_next(OcpnCtrl *c, const OcpnSq *sq)
{
    const NvmeCmd *cmd = &sq->window[sq->fetched];
    const OcpnNs *ns = ocpn_ns_quick(c, from_le32(cmd->nsid));
    uint64_t lba = (uint64_t)from_le32(cmd->cdw11) << 32 |
                   from_le32(cmd->cdw10);

    if (cmd->opc != NVME_IO_READ || !sq->id || !ns ||
        atomic_load_explicit(&ns->formatting, memory_order_acquire)) {
        return;
    }
    if (ocpn_ns_is_open_channel(ns)) {
        OcpnAddr a;
        uint32_t pu;

        if (!ocpn_addr_find(&ns->im.geo, lba, &a, &pu)) {
            return;
        }
        lba = (uint64_t)a.chunk * ns->im.geo.clba + a.blk;
    } else if (lba >= ns->im.nsze) {
        return;                 /* nobody has looked at it yet */
    }
    c->port.soon(c->port.opaque, ns->drive, ocpn_data_offset(ns, lba));
}

/* The next command of SQ in a fresh request, or NULL. */
static OCPN_HOT OcpnReq *next_req(OcpnCtrl *c, OcpnSq *sq)
{
    OcpnReq *r;

    if (!ocpn_slot_any(sq) ||
        (sq->fetched == sq->nfetched && !fetch(c, sq))) {
        return NULL;
    }
    r = ocpn_slot_get(sq);
    r->cmd = sq->window[sq->fetched++];
    if (c->port.soon && sq->fetched < sq->nfetched) {
        announce_next(c, sq);
    }
    sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
    r->state = OCPN_REQ_FETCHED;
    r->judged = false;
    r->asked = 0;
    r->fetched_ns = sq->fetched_ns;
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
    r->ngroups = 0;
    r->cursor = r->pending = r->step = 0;
    r->failed = r->starting = false;
    r->resume = r->after = NULL;
    r->peer = NULL;
}

const NvmeCmd *ocpn_sq_peek(OcpnCtrl *c, OcpnSq *sq)
{
    return sq->fetched < sq->nfetched || fetch(c, sq)
           ? &sq->window[sq->fetched] : NULL;
}

OcpnReq *ocpn_sq_take(OcpnCtrl *c, OcpnSq *sq)
{
    OcpnReq *r = next_req(c, sq);

    if (r) {
        req_start(r);
    }
    return r;
}

void ocpn_sq_put_back(OcpnCtrl *c, OcpnReq *r)
{
    OcpnSq *sq = r->sq;
    bool freed = sq->cq->freed;

    sq->fetched--;
    sq->head = sq->head ? sq->head - 1 : sq->size - 1;
    ocpn_req_drop(c, r);
    sq->cq->freed = freed;      /* no news, as in stall() */
}

/* What R had before it stalled is no news for the others that stall. */
static void stall(OcpnCtrl *c, OcpnSq *sq, OcpnReq *r)
{
    bool freed = sq->cq->freed;

    ocpn_req_release(c, r);
    sq->cq->freed = freed;
    sq->stalled = r;
}

uint32_t ocpn_sq_run(OcpnCtrl *c, OcpnSq *sq, uint32_t max)
{
    uint32_t n;

    for (n = 0; n < max; n++) {
        OcpnReq *r = sq->stalled;

        sq->stalled = NULL;
        if (!r) {
            r = next_req(c, sq);
        }
        if (!r) {
            break;
        }
        req_start(r);
        switch (ocpn_is_fused(c, r) ? ocpn_fused(c, r)
                                    : ocpn_dispatch(c, r)) {
        case FLOW_DONE:
            ocpn_complete(c, r);
            break;
        case FLOW_STALL:
            stall(c, sq, r);
            return n;
        case FLOW_PENDING:
            break;
        }
    }
    return n;
}
