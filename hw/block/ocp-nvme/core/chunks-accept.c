/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May a write be? Its blocks are put into groups, and all groups are accepted
 * or none.
 * Implements: OCSSD 2.0, "Write", "Vector Chunk Write".
 *
 * Groups are judged one after the other against what those before them have
 * already changed; if one is refused, the changes are taken back.  Nobody
 * sees them, because the locks of all units are held.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"
#include "hw/ocp-nvme/core/ocssd12.h"

#define WRITE_FAULTS    (1u << OCPN_FAULT_WRITE_NEXT_UNIT | \
                         1u << OCPN_FAULT_EARLY_CLOSE)

/* Is A one more block of group G?  Where order is free, gaps make groups. */
static bool joins(const OcpnNs *ns, const OcpnGroup *g, const OcpnAddr *a)
{
    if (g->chunk != a->chunk) {
        return false;
    }
    return a->chunk == OCPN_CHUNK_NONE ||
           !ocpn_chunk_is_random(&ns->chunk[a->chunk]) ||
           a->blk == g->blk + g->nlb;
}

/* Add block LBA, entry I, to R's groups. */
static void add_entry(OcpnReq *r, uint64_t lba, uint32_t i)
{
    OcpnGroup *g = &r->group[r->ngroups];
    OcpnAddr a = { .chunk = OCPN_CHUNK_NONE };
    uint32_t pu = 0;

    if (!ocpn_addr_find(&r->ns->im.geo, lba, &a, &pu)) {
        a = (OcpnAddr) { .chunk = OCPN_CHUNK_NONE };
    }
    if (r->ngroups > 0 && joins(r->ns, &g[-1], &a)) {
        g--;
        g->stray |= a.blk != g->blk + g->nlb;
        g->nlb++;
        g->end = a.blk < g->end ? g->end : a.blk + 1;
        return;
    }
    *g = (OcpnGroup) { .chunk = a.chunk, .pu = pu, .blk = a.blk, .nlb = 1,
                       .end = a.blk + 1, .first = i, .req = r };
    r->ngroups++;
}

/* R's groups: they live in r->vec, or in r->one if there is no list. */
static void make_groups(OcpnReq *r, const uint64_t *lba)
{
    r->ngroups = 0;
    if (lba) {
        r->group = r->vec->group;
        for (uint32_t i = 0; i < r->nlb; i++) {
            add_entry(r, lba[i], i);
        }
    } else {
        r->group = &r->one;
        add_entry(r, r->slba, 0);
        r->one.nlb = r->nlb;
        r->one.end = r->one.blk + r->nlb;
    }
}

/* What one acceptance has done so far, to be taken back if it must be. */
typedef struct Trial {
    OcpnCtrl *c;
    OcpnNs   *ns;
    uint32_t  taken;            /* places of MAXOC it took */
    uint32_t  spare;            /* places its closed chunks gave back */
    uint64_t  changed;          /* groups that changed their chunk's state */
    bool      meta;             /* the write has metadata of its own */
} Trial;

/* One more Open chunk in the controller, of all its namespaces. */
static bool take_place(Trial *t)
{
    uint32_t max = t->ns->im.geo.maxoc;
    uint32_t n = atomic_load(&t->c->open_chunks);

    if (t->spare) {
        t->spare--;
        return true;
    }
    do {
        if (max && n >= max) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&t->c->open_chunks, &n, n + 1));
    t->taken++;
    return true;
}

static bool may_open(Trial *t, const OcpnPu *pu)
{
    uint32_t max = t->ns->im.geo.maxocpu;

    return (!max || pu->open < max) && take_place(t);
}

static OcpnChunkEvent group_event(const OcpnChunk *k, const OcpnGroup *g)
{
    if (g->end > k->cnlb) {
        return CHUNK_BEYOND;
    }
    return g->stray ? CHUNK_STRAY
                    : ocpn_chunk_write_event(k, g->blk, g->nlb);
}

/* Steps W1 to W8 of the write rules for group G; 0: nothing against it. */
static uint16_t judge(Trial *t, OcpnChunk *k, OcpnPu *pu, const OcpnGroup *g)
{
    const OcpnNsConfig *cfg = &t->ns->cfg;
    OcpnChunkEvent ev = group_event(k, g);
    uint16_t status = ocpn_chunk_judge(k, ev);

    if (g->blk >= k->cnlb) {
        return NVME_SC_WRITE_FAULT;                         /* W1 */
    }
    if (k->state == CHUNK_CLOSED && cfg->closed_ooo) {
        return OCSSD_SC_OUT_OF_ORDER_WRITE;                 /* W3 */
    }
    if (status == NVME_SC_WRITE_FAULT) {
        return status;                                      /* W2 to W4 */
    }
    if (ev == CHUNK_RANDOM) {                               /* W5 */
        return ocpn_map_get(t->ns, g->chunk) ? 0 : NVME_SC_WRITE_FAULT;
    }
    if (!cfg->any_size && g->nlb % t->ns->im.geo.ws_min) {
        return NVME_SC_INVALID_FIELD;                       /* W6 */
    }
    if (status) {
        return status;                                      /* W7 */
    }
    if (k->state == CHUNK_FREE && ev == CHUNK_WRITE && !may_open(t, pu)) {
        return NVME_SC_WRITE_FAULT;                         /* W8 */
    }
    return 0;
}

static OcpnFlow accept_one(Trial *t, OcpnGroup *g, uint32_t i,
                           uint16_t *status)
{
    OcpnChunk *k;
    OcpnPu *pu;
    bool counted;

    if (g->chunk == OCPN_CHUNK_NONE) {
        *status = NVME_SC_WRITE_FAULT;                      /* W1 */
        return FLOW_DONE;
    }
    k = &t->ns->chunk[g->chunk];
    pu = &t->ns->pu[g->pu];
    if (k->flags & OCPN_CHUNK_BUSY || k->inflight == UINT16_MAX ||
        ocpn_meta_waits(k, t->meta)) {
        k->flags |= OCPN_CHUNK_AWAITED;
        return FLOW_STALL;
    }
    *status = judge(t, k, pu, g);
    if (*status) {
        return FLOW_DONE;
    }
    g->wp_was = k->wp;
    g->state_was = k->state;
    counted = ocpn_chunk_counts(k);
    ocpn_chunk_apply(k, group_event(k, g), g->nlb);
    k->inflight++;
    if (k->state != g->state_was) {
        t->changed |= UINT64_C(1) << i;
    }
    if (ocpn_chunk_counts(k) && !counted) {
        pu->open++;
    } else if (counted && !ocpn_chunk_counts(k)) {
        pu->open--;
        t->spare++;
    }
    return FLOW_PENDING;
}

/* Take back the first N groups, the last one first. */
static void take_back(Trial *t, const OcpnGroup *g, uint32_t n)
{
    while (n--) {
        OcpnChunk *k = &t->ns->chunk[g[n].chunk];
        OcpnPu *pu = &t->ns->pu[g[n].pu];

        pu->open -= ocpn_chunk_counts(k);
        k->state = g[n].state_was;
        k->wp = g[n].wp_was;
        k->inflight--;
        pu->open += ocpn_chunk_counts(k);
    }
    atomic_fetch_sub(&t->c->open_chunks, t->taken);
}

/*
 * Step W9: what the medium will do to accepted group G.  A block that is lost
 * must be noted; if there is no page left for that, the chunk closes.
 */
static void meet_faults(OcpnNs *ns, OcpnGroup *g)
{
    OcpnFaultRule rule;

    if (ocpn_fault(ns, OCPN_FAULT_WRITE_NEXT_UNIT, g->chunk, g->blk, g->nlb,
                   NULL)) {
        g->status = ocpn_map_get(ns, g->chunk) ? OCSSD_SC_WRITE_NEXT_UNIT
                                               : OCSSD_SC_CHUNK_EARLY_CLOSE;
    } else if (ocpn_fault(ns, OCPN_FAULT_EARLY_CLOSE, g->chunk, g->blk,
                          g->nlb, &rule)) {
        g->status = OCSSD_SC_CHUNK_EARLY_CLOSE;
        g->offline_next = rule.offline_next;
    }
}

/* Group G is accepted, with all others. */
static void go_ahead(Trial *t, OcpnGroup *g)
{
    if (ocpn_fault_armed(t->c, WRITE_FAULTS)) {
        meet_faults(t->ns, g);
    }
    if (t->ns->im.ms) {
        ocpn_meta_accept(t->ns, g, t->meta);
    }
}

/* One group: one lock, and nothing to be taken back. */
static OcpnFlow accept_only(Trial *t, OcpnGroup *g, uint16_t *status)
{
    OcpnPu *pu = &t->ns->pu[g->pu];
    OcpnFlow flow;

    ocpn_lock(&pu->lock);
    flow = accept_one(t, g, 0, status);
    if (flow == FLOW_PENDING) {
        go_ahead(t, g);
    }
    ocpn_unlock(&pu->lock);
    return flow;
}

/* All groups or none.  FLOW_DONE: none, STATUS says why. */
static OcpnFlow accept_all(Trial *t, OcpnReq *r, uint16_t *status)
{
    OcpnFlow flow = FLOW_PENDING;
    OcpnPuSet units;

    ocpn_pus_lock(r->ns, &units, r->group, r->ngroups);
    for (uint32_t i = 0; i < r->ngroups && flow == FLOW_PENDING; i++) {
        flow = accept_one(t, &r->group[i], i, status);
        if (flow != FLOW_PENDING) {
            take_back(t, r->group, i);
        }
    }
    for (uint32_t i = 0; i < r->ngroups && flow == FLOW_PENDING; i++) {
        go_ahead(t, &r->group[i]);
    }
    ocpn_pus_unlock(r->ns, &units);
    return flow;
}

/* VW-R1: no block was written, so all of them have the status. */
static OcpnFlow refuse(OcpnCtrl *c, OcpnReq *r, uint16_t status)
{
    if (ocpn_req_is_vector(r)) {
        ocpn_req_set_bitmap(r, ocpn_entries(0, r->nlb));
    }
    if (status == NVME_SC_INVALID_FIELD) {
        return REJECT(c, r, INVALID_FIELD, cdw12);
    }
    return ocpn_fail(c, r, ocpn_chunk_status(r->ns, status));
}

OcpnFlow ocpn_groups_accept(OcpnCtrl *c, OcpnReq *r, const uint64_t *lba)
{
    Trial t = { .c = c, .ns = r->ns, .meta = ocpn_meta_given(r) };
    uint16_t status = 0;
    OcpnFlow flow;

    make_groups(r, lba);
    flow = r->ngroups == 1 ? accept_only(&t, r->group, &status)
                           : accept_all(&t, r, &status);
    if (flow == FLOW_DONE) {
        return refuse(c, r, status);
    }
    if (flow == FLOW_PENDING) {
        if (t.spare) {
            atomic_fetch_sub(&c->open_chunks, t.spare);
        }
        for (uint32_t i = 0; t.changed && i < r->ngroups; i++) {
            if (t.changed >> i & 1) {
                ocpn_chunk_trace(r->ns, r->group[i].chunk);
            }
        }
    }
    return flow;
}
