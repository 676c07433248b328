/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunk resets: judged, applied, made permanent, reported.
 * Implements: OCSSD 2.0, "Vector Chunk Reset", "Dataset Management".
 *
 * A chunk that is being reset reads as Free at once.  Until its new state is
 * in the image, its data given back and its descriptor sent, it is BUSY:
 * writes and other resets of it wait.  A reset in turn waits for the writes
 * that are on their way to the chunk.  Who waits marks the chunk AWAITED and
 * stalls its queue; who ends the wait kicks all queues.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"
#include "hw/ocp-nvme/core/ocssd12.h"

/* R->step while a reset is under way. */
enum {
    NOT_STORED = 1 << 0,        /* the chunk table could not be written */
};

/* Reset rules R2 to R5: what a reset of K is; faults are asked elsewhere. */
static OcpnChunkEvent reset_event(const OcpnNs *ns, const OcpnChunk *k)
{
    uint32_t pe = ns->im.geo.pe_cycles;

    if (k->state == CHUNK_OFFLINE) {
        return CHUNK_RESET;
    }
    if ((k->state == CHUNK_FREE && !ns->cfg.multi_reset) ||
        (k->state == CHUNK_OPEN && !ns->cfg.early_reset &&
         !ocpn_chunk_is_random(k))) {
        return CHUNK_DENY;
    }
    if (k->flags & OCPN_CHUNK_OFFLINE_NEXT || (pe && k->resets >= pe)) {
        return CHUNK_WORN;
    }
    return CHUNK_RESET;
}

/* Is nothing on its way to any of the chunks?  If there is: await it. */
static bool all_idle(OcpnReq *r)
{
    for (uint32_t i = 0; i < r->ngroups; i++) {
        const OcpnGroup *g = &r->group[i];
        OcpnChunk *k;

        if (g->chunk == OCPN_CHUNK_NONE || g->status) {
            continue;
        }
        k = &r->ns->chunk[g->chunk];
        if (k->inflight || k->flags & OCPN_CHUNK_BUSY) {
            k->flags |= OCPN_CHUNK_AWAITED;
            return false;
        }
    }
    return true;
}

/* DSM-R2: the first group that may not be reset, or NULL. */
static OcpnGroup *first_bad(OcpnReq *r)
{
    for (uint32_t i = 0; i < r->ngroups; i++) {
        OcpnGroup *g = &r->group[i];

        if (!g->status) {
            const OcpnChunk *k = &r->ns->chunk[g->chunk];
            OcpnChunkEvent ev = reset_event(r->ns, k);

            /* Wear is a media outcome, no violation (DSM-R3). */
            g->status = ev == CHUNK_WORN ? 0 : ocpn_chunk_judge(k, ev);
        }
        if (g->status) {
            return g;
        }
    }
    return NULL;
}

/* True: the chunk changed. */
static bool reset_one(OcpnCtrl *c, OcpnNs *ns, OcpnGroup *g)
{
    OcpnChunk *k = &ns->chunk[g->chunk];
    OcpnChunkEvent ev = reset_event(ns, k);
    bool counted = ocpn_chunk_counts(k);

    if (ev == CHUNK_RESET && k->state != CHUNK_OFFLINE &&
        ocpn_fault_armed(c, 1u << OCPN_FAULT_RESET_FAIL) &&
        ocpn_fault(ns, OCPN_FAULT_RESET_FAIL, g->chunk, 0, k->cnlb, NULL)) {
        ev = CHUNK_WORN;
    }
    g->wear_was = ocpn_chunk_index(ns, k);
    g->status = ocpn_chunk_apply(k, ev, 0);
    g->wear = ocpn_chunk_index(ns, k);
    if (g->status && ev != CHUNK_WORN) {
        return false;
    }
    atomic_store_explicit(&ns->worn, true, memory_order_relaxed);
    if (counted) {
        ocpn_chunk_unopen(c, ocpn_chunk_pu(ns, g->chunk));
    }
    /* Of a chunk named twice, only the first entry ends BUSY. */
    g->nlb = k->flags & OCPN_CHUNK_BUSY ? 0 : k->cnlb;
    k->flags |= OCPN_CHUNK_BUSY;
    return true;
}

static bool reset_each(OcpnCtrl *c, OcpnReq *r)
{
    bool changed = false;

    for (uint32_t i = 0; i < r->ngroups; i++) {
        if (!r->group[i].status) {
            changed |= reset_one(c, r->ns, &r->group[i]);
        }
    }
    return changed;
}

/* Under all locks. */
static OcpnFlow decide(OcpnCtrl *c, OcpnReq *r, bool all)
{
    if (!all_idle(r)) {
        return FLOW_STALL;
    }
    if (all && first_bad(r)) {
        return FLOW_DONE;
    }
    return reset_each(c, r) ? FLOW_PENDING : FLOW_DONE;
}

/* VR-R2; an entry that does not exist has 32 zero bytes. */
static bool send_descriptors(OcpnCtrl *c, OcpnReq *r)
{
    for (uint32_t i = 0; r->meta.len && i < r->ngroups; i++) {
        OcssdChunkInfo info = { 0 };

        if (r->group[i].chunk != OCPN_CHUNK_NONE) {
            ocpn_chunk_describe(r->ns, r->group[i].chunk, &info);
        }
        if (!ocpn_dptr_write(c, &r->meta, i * sizeof(info), &info,
                             sizeof(info))) {
            return false;
        }
    }
    return true;
}

/* The chunks' new life begins; what the old one lost is forgotten. */
static void end_busy(OcpnCtrl *c, OcpnReq *r)
{
    bool awake = false;

    for (uint32_t i = 0; i < r->ngroups; i++) {
        const OcpnGroup *g = &r->group[i];

        if (g->nlb) {
            OcpnChunk *k = &r->ns->chunk[g->chunk];
            OcpnPu *pu = ocpn_chunk_pu(r->ns, g->chunk);
            const unsigned both = OCPN_CHUNK_BUSY | OCPN_CHUNK_AWAITED;

            ocpn_lock(&pu->lock);
            awake |= k->flags & OCPN_CHUNK_AWAITED;
            k->flags &= (uint8_t)~both;
            ocpn_map_put(r->ns, g->chunk);
            ocpn_unlock(&pu->lock);
            ocpn_chunk_trace(r->ns, g->chunk);
        }
        if (g->wear != g->wear_was) {
            ocpn_wear_changed(r->ns, g->chunk, g->wear_was, g->wear);
        }
    }
    if (awake) {
        ocpn_kick_all(c);
    }
}

/* The entries whose chunk is G's; an erase of 1.2 may have several. */
static uint64_t entries_of(const OcpnReq *r, const OcpnGroup *g)
{
    uint64_t bitmap = UINT64_C(1) << (g->first & 63);

    for (uint32_t i = 0; r->ns->cfg.ocssd12 && i < r->nlb; i++) {
        if (g->chunk != OCPN_CHUNK_NONE &&
            ocpn_addr_of(r->ns, ocpn_req_lba(r, i)).chunk == g->chunk) {
            bitmap |= UINT64_C(1) << (i & 63);
        }
    }
    return bitmap;
}

/* Descriptors, status, bitmap: R is over but for its end. */
static void report(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t bitmap = 0;
    uint16_t status = 0;
    bool sent = send_descriptors(c, r);

    end_busy(c, r);
    for (uint32_t i = 0; i < r->ngroups; i++) {
        const OcpnGroup *g = &r->group[i];

        if (g->status) {
            status = status ? status : g->status;
            bitmap |= entries_of(r, g);
        }
    }
    if (!status && r->step & NOT_STORED) {
        status = NVME_SC_WRITE_FAULT;
    }
    if (!sent) {
        status = NVME_SC_DATA_TRANSFER_ERROR;
        bitmap = 0;
    }
    r->status = 0;
    if (status) {
        ocpn_fail(c, r, ocpn_chunk_status(r->ns, status));
    }
    ocpn_req_set_bitmap(r, ocpn_req_is_vector(r) ? bitmap : 0);
}

static void discarded(OcpnCtrl *c, OcpnReq *r);

/*
 * Give the data of the reset chunks back, one chunk after the other.  That a
 * discard failed is no failure: what is left is never read.
 */
static void discard(OcpnCtrl *c, OcpnReq *r)
{
    while (r->cursor < r->ngroups) {
        const OcpnGroup *g = &r->group[r->cursor++];
        uint64_t index = (uint64_t)g->chunk * r->ns->im.geo.clba;

        if (g->nlb) {
            ocpn_scratch_io(c, r, OCPN_IO_DISCARD,
                            ocpn_data_offset(r->ns, index),
                            (uint64_t)g->nlb << r->ns->im.lbads, false,
                            discarded);
            return;
        }
    }
    r->failed = false;
    report(c, r);
    ocpn_nvm_end(c, r);
}

/* By way of the queue's run: many steps must not pile up on the stack. */
static void discarded(OcpnCtrl *c, OcpnReq *r)
{
    r->resume = discard;
    ocpn_req_ready(c, r);
}

/* The new states are in the image, or could not be written. */
static void stored(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        r->step |= NOT_STORED;
    }
    /* Data of a chunk that is still Closed in the image stays. */
    if (!c->cfg.discard || r->failed) {
        r->cursor = r->ngroups;
    }
    discard(c, r);
}

/*
 * A reset is in the image when it completes, with state-sync=flush, too: the
 * next write to the chunk would else overwrite what the image says is there.
 */
OcpnFlow ocpn_resets_run(OcpnCtrl *c, OcpnReq *r, bool all)
{
    OcpnPuSet units;
    OcpnFlow flow;

    if (c->cfg.discard) {
        flow = ocpn_step_get(c, r, false);
        if (flow != FLOW_PENDING) {
            return flow;
        }
    }
    ocpn_pus_lock(r->ns, &units, r->group, r->ngroups);
    flow = decide(c, r, all);
    ocpn_pus_unlock(r->ns, &units);
    if (flow == FLOW_DONE) {
        report(c, r);
    } else if (flow == FLOW_PENDING) {
        ocpn_chunks_dirty(r);
        r->cursor = 0;
        r->failed = false;
        ocpn_store_join(&r->ns->store, r, ocpn_write_through(c), stored);
    }
    return flow;
}
