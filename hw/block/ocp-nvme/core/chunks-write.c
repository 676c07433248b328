/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a write once it is accepted: moved, down, permanent.
 * Implements: OCSSD 2.0, "Write", "Vector Chunk Write".
 *
 * A chunk has two pointers.  wp moves when a write is accepted, so that the
 * next one can follow before the first has reached the medium.  down moves
 * when blocks are on the medium and all before them are too; groups that
 * arrive early wait in pu->waiting.  They may be other requests', of other
 * threads: the group that fills the gap settles those behind it, under the
 * lock they share, and a request whose last group was settled elsewhere is
 * handed to its owner.  r->ngroups_up counts them, atomically; it has one more
 * while the owner still puts groups into the lists.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"
#include "hw/ocp-nvme/core/ocssd12.h"

OcpnGroup *ocpn_group_of(const OcpnReq *r, uint32_t i)
{
    OcpnGroup *g = r->group;

    while (i - g->first >= g->nlb) {
        g++;
    }
    return g;
}

uint64_t ocpn_group_index(const OcpnReq *r, const OcpnGroup *g, uint32_t i)
{
    return (uint64_t)g->chunk * r->ns->im.geo.clba + g->blk + (i - g->first);
}

static void write_run(OcpnCtrl *c, OcpnReq *r, uint32_t entry, OcpnRun *run)
{
    const OcpnGroup *g = ocpn_group_of(r, entry);

    (void)c;
    run->kind = g->status ? OCPN_RUN_SKIP : OCPN_RUN_MEDIA;
    run->index = ocpn_group_index(r, g, entry);
    run->nlb = g->nlb - (entry - g->first);
    run->byte = 0;
}

/*
 * Part of a group did not reach the medium: the group failed.  Guest memory
 * that is no RAM is the host's fault, but its blocks were accepted, so their
 * chunk has to close early as well.
 */
static void write_error(OcpnCtrl *c, OcpnReq *r, uint32_t first, uint32_t n,
                        OcpnIoResult result)
{
    (void)c;
    while (n > 0) {
        OcpnGroup *g = ocpn_group_of(r, first);
        uint32_t rest = g->nlb - (first - g->first);

        if (!g->status) {
            g->status = result == OCPN_IO_NODMA ? NVME_SC_DATA_TRANSFER_ERROR
                                                : OCSSD_SC_CHUNK_EARLY_CLOSE;
        }
        rest = rest < n ? rest : n;
        first += rest;
        n -= rest;
    }
}

const OcpnXferOps ocpn_groups_xfer = {
    .op = OCPN_IO_WRITE,
    .run = write_run,
    .error = write_error,
    .zero = ocpn_meta_zero,
};

/* In the request's thread: everything is in the image, or could not be. */
static void finish(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t bitmap = 0;
    uint16_t status = 0;
    bool vector = ocpn_req_is_vector(r);

    for (uint32_t i = 0; i < r->ngroups; i++) {
        const OcpnGroup *g = &r->group[i];

        if (g->status) {
            status = status ? status : g->status;
            bitmap |= vector ? ocpn_entries(g->first, g->nlb) : 0;
        }
    }
    if (!status && r->failed) {
        status = NVME_SC_WRITE_FAULT;
        bitmap = vector ? ocpn_entries(0, r->nlb) : 0;
    }
    r->status = 0;
    if (status) {
        ocpn_fail(c, r, ocpn_chunk_status(r->ns, status));
    }
    ocpn_req_set_bitmap(r, bitmap);
    ocpn_nvm_end(c, r);
}

/* In the request's thread: all groups are down, or failed. */
static void all_down(OcpnCtrl *c, OcpnReq *r)
{
    bool fua = ocpn_req_is_vector(r) ? ocpn_write_through(c)
                                     : ocpn_nvm_fua(r);

    ocpn_chunks_dirty(r);
    r->failed = false;
    if (ocpn_tables_lag(c) && !fua) {
        finish(c, r);
    } else {
        ocpn_store_join(&r->ns->store, r, fua, finish);
    }
}

/* G's blocks can be read from now on; only a change is written. */
static void note_written(OcpnNs *ns, const OcpnGroup *g)
{
    uint32_t n;

    if (!ocpn_map_look(ns, g->chunk, g->blk, g->nlb, &n) || n < g->nlb) {
        ocpn_map_set(ns, g->chunk, g->blk, g->nlb);
    }
}

/* G is the next of a random-write chunk: whatever is down is next. */
static void settle_random(OcpnNs *ns, OcpnChunk *k, OcpnGroup *g)
{
    if (g->status == OCSSD_SC_CHUNK_EARLY_CLOSE) {
        ocpn_chunk_apply(k, CHUNK_CUT, 0);
    } else if (g->status == OCSSD_SC_WRITE_NEXT_UNIT && k->map) {
        ocpn_map_clear(ns, g->chunk, g->blk, g->nlb);
    } else if (!g->status && k->map) {
        note_written(ns, g);
    }
}

/*
 * G is next in its chunk, or behind a group that failed.  A group that failed
 * closes its chunk where it begins, and takes those behind it along; or only
 * its own blocks are lost.
 */
static void settle(OcpnNs *ns, OcpnPu *pu, OcpnChunk *k, OcpnGroup *g)
{
    k->inflight--;
    if (ocpn_chunk_is_random(k)) {
        settle_random(ns, k, g);
    } else if (g->blk >= k->wp) {
        if (!g->status || g->status == OCSSD_SC_WRITE_NEXT_UNIT) {
            g->status = OCSSD_SC_CHUNK_EARLY_CLOSE;
        }
    } else if (g->status == OCSSD_SC_WRITE_NEXT_UNIT) {
        ocpn_chunk_apply(k, CHUNK_SKIP, g->nlb);
    } else if (g->status) {
        if (k->state == CHUNK_OPEN) {
            ocpn_chunk_unopen(ns->c, pu);
        }
        ocpn_chunk_apply(k, CHUNK_CUT, 0);
    } else {
        k->down += g->nlb;
    }
    if (g->status == OCSSD_SC_CHUNK_EARLY_CLOSE && g->offline_next) {
        k->flags |= OCPN_CHUNK_OFFLINE_NEXT;
    }
    if (g->ahead) {
        ocpn_meta_settle(k, g);
    }
}

/* Is it G's turn?  See settle(). */
static bool is_due(const OcpnChunk *k, const OcpnGroup *g)
{
    return g->blk == k->down || g->blk >= k->wp || ocpn_chunk_is_random(k);
}

/* Settle the waiting groups of CHUNK whose time has come; they come back. */
static OcpnGroup *settle_due(OcpnNs *ns, OcpnPu *pu, OcpnChunk *k,
                             uint32_t chunk)
{
    OcpnGroup *done = NULL, **link = &pu->waiting;

    while (*link) {
        OcpnGroup *g = *link;

        if (g->chunk != chunk || !is_due(k, g)) {
            link = &g->next;
            continue;
        }
        *link = g->next;
        settle(ns, pu, k, g);
        g->next = done;
        done = g;
        link = &pu->waiting;    /* others may be due now */
    }
    return done;
}

/*
 * G is on the medium or failed.  Returns those that are settled now.  ALONE:
 * only if that is G and no other one.
 */
static OcpnGroup *settle_groups(OcpnCtrl *c, OcpnNs *ns, OcpnGroup *g,
                                bool alone)
{
    uint32_t chunk = g->chunk;
    OcpnChunk *k = &ns->chunk[chunk];
    OcpnPu *pu = &ns->pu[g->pu];
    bool cut, awake;
    uint16_t zeroing;
    uint32_t wp;

    ocpn_lock(&pu->lock);
    wp = k->wp;
    zeroing = k->zeroing;
    if (!pu->waiting && is_due(k, g)) {
        settle(ns, pu, k, g);
        g->next = NULL;
    } else if (alone) {
        g = NULL;
    } else {
        g->next = pu->waiting;
        pu->waiting = g;
        g = settle_due(ns, pu, k, chunk);
    }
    cut = k->wp != wp;
    awake = (!k->inflight || k->zeroing != zeroing) &&
            k->flags & OCPN_CHUNK_AWAITED;
    if (awake) {
        k->flags &= (uint8_t)~OCPN_CHUNK_AWAITED;
    }
    ocpn_unlock(&pu->lock);
    if (cut) {
        ocpn_chunk_trace(ns, chunk);
    }
    if (awake) {
        ocpn_kick_all(c);
    }
    return g;
}

static void land(OcpnCtrl *c, OcpnNs *ns, OcpnGroup *g)
{
    g = settle_groups(c, ns, g, false);
    while (g) {
        OcpnGroup *next = g->next;
        OcpnReq *r = g->req;

        /* From here on G may be gone: its owner may complete it. */
        if (atomic_fetch_sub(&r->ngroups_up, 1) == 1) {
            ocpn_req_ready(c, r);
        }
        g = next;
    }
}

static void land_all(OcpnCtrl *c, OcpnReq *r)
{
    OcpnCq *cq = ocpn_req_cq(r);

    /* Nobody else settles what never was in a list: no counting. */
    if (r->ngroups == 1 && settle_groups(c, r->ns, r->group, true)) {
        all_down(c, r);
        return;
    }
    r->resume = all_down;
    atomic_store(&r->ngroups_up, r->ngroups + 1);
    for (uint32_t i = 0; i < r->ngroups; i++) {
        land(c, r->ns, &r->group[i]);
    }
    if (atomic_fetch_sub(&r->ngroups_up, 1) == 1) {
        all_down(c, r);
    } else if (cq->waiters) {
        c->port.kick(c->port.opaque, cq->id);
    }
}

/* Are G's blocks lost, and is that to be noted before its chunk moves on? */
static bool is_lost(const OcpnNs *ns, const OcpnGroup *g)
{
    return g->status == OCSSD_SC_WRITE_NEXT_UNIT &&
           !ocpn_chunk_is_random(&ns->chunk[g->chunk]);
}

/* What could not be noted must not be passed: the chunk closes. */
static void noted(OcpnCtrl *c, OcpnReq *r)
{
    for (uint32_t i = 0; r->failed && i < r->ngroups; i++) {
        if (is_lost(r->ns, &r->group[i])) {
            r->group[i].status = OCSSD_SC_CHUNK_EARLY_CLOSE;
        }
    }
    r->failed = false;
    land_all(c, r);
}

/*
 * Note the blocks that R loses.  A write pointer behind them must not be in
 * the image before that is, or after a crash they would hold old data.
 */
static bool note_lost(OcpnReq *r)
{
    bool any = false;

    for (uint32_t i = 0; i < r->ngroups; i++) {
        const OcpnGroup *g = &r->group[i];

        if (is_lost(r->ns, g)) {
            OcpnPu *pu = ocpn_chunk_pu(r->ns, g->chunk);

            ocpn_lock(&pu->lock);
            ocpn_map_set(r->ns, g->chunk, g->blk, g->nlb);
            ocpn_unlock(&pu->lock);
            any = true;
        }
    }
    return any;
}

void ocpn_groups_landed(OcpnCtrl *c, OcpnReq *r)
{
    /* R may have to wait for a write that needs what R no longer does. */
    ocpn_scratch_put(r);
    if (note_lost(r)) {
        ocpn_store_join(&r->ns->store, r, false, noted);
    } else {
        land_all(c, r);
    }
}
