/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cycle without a shutdown did to Open chunks, on drives that
 * shall behave as if their cache had no capacitors (power-loss=), or whose
 * power cut loses writes (the action power-cut).
 * Implements: specification notes, section 9.
 *
 * Thread: main, before any queue.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"

/* CHUNK ends at block WP; what is left is whole write units. */
static void cut_back(OcpnNs *ns, uint32_t chunk, uint32_t wp)
{
    OcpnChunk *k = &ns->chunk[chunk];

    wp -= wp % ns->im.geo.ws_min;
    if (wp == k->wp) {
        return;
    }
    if (k->map) {
        ocpn_map_clear(ns, chunk, wp, k->wp - wp);
    }
    k->wp = k->down = wp;
    k->zeroed = k->soiled ? 0 : k->zeroed;      /* metadata of what is lost */
    if (wp == 0) {
        ocpn_chunk_unopen(ns->c, ocpn_chunk_pu(ns, chunk));
        k->state = CHUNK_FREE;
    }
}

/* CHUNK loses its last MW_CUNITS blocks: where they begin. */
static uint32_t window(const OcpnNs *ns, uint32_t chunk)
{
    uint32_t wp = ns->chunk[chunk].wp, n = ns->im.geo.mw_cunits;

    return wp > n ? wp - n : 0;
}

/* Blocks [BLK, BLK + WS_MIN) of CHUNK are there, and are lost. */
static bool tear(OcpnNs *ns, uint32_t chunk, uint32_t blk)
{
    uint32_t n = ns->im.geo.ws_min;

    if (n > ns->chunk[chunk].wp - blk || !ocpn_map_get(ns, chunk)) {
        return false;
    }
    ocpn_map_set(ns, chunk, blk, n);
    return true;
}

/*
 * CHUNK loses what is from block BLK on, or a part of it: of its write units
 * the first ones have come, and the next one may be torn.
 */
static void lose(OcpnNs *ns, uint32_t chunk, uint32_t blk,
                 const OcpnCutHow *how)
{
    const uint32_t unit = ns->im.geo.ws_min, wp = ns->chunk[chunk].wp;

    blk -= blk % unit;
    if (how->tear != OCPN_TEAR_OFF) {
        blk += ocpn_cut_dice(how, chunk, (wp - blk + unit - 1) / unit) * unit;
    }
    if (how->tear == OCPN_TEAR_UNIT && tear(ns, chunk, blk)) {
        blk += unit;
    }
    cut_back(ns, chunk, blk);
}

static void close(OcpnNs *ns, uint32_t chunk)
{
    ocpn_chunk_unopen(ns->c, ocpn_chunk_pu(ns, chunk));
    ocpn_chunk_apply(&ns->chunk[chunk], CHUNK_CLOSE, 0);
}

/* Its unit's lock is held.  True: a write that was to be lost is. */
static bool lose_chunk(OcpnNs *ns, uint32_t chunk, OcpnPowerLoss loss,
                       const OcpnCutHow *how)
{
    OcpnChunk *k = &ns->chunk[chunk];
    uint32_t blk = how->lost ? how->lost(ns, chunk) : UINT32_MAX;
    bool lost = blk < k->wp;

    if (loss == OCPN_POWER_DROP && window(ns, chunk) < blk) {
        blk = window(ns, chunk);
    }
    if (blk < k->wp) {
        lose(ns, chunk, blk, how);
    }
    if (loss == OCPN_POWER_CLOSE && ocpn_chunk_counts(k)) {
        close(ns, chunk);
    }
    return lost;
}

bool ocpn_chunks_lose(OcpnNs *ns, OcpnPowerLoss loss, const OcpnCutHow *how)
{
    bool lost = false;

    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        OcpnPu *pu = ocpn_chunk_pu(ns, i);

        ocpn_lock(&pu->lock);
        if (ocpn_chunk_counts(&ns->chunk[i])) {
            lost |= lose_chunk(ns, i, loss, how);
            ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                             i / IMG_CHUNKS_PER_PAGE);
        }
        ocpn_unlock(&pu->lock);
    }
    /* A write pointer from before with a map from after it would show them. */
    ocpn_store_sync_in_order(&ns->store);
    return lost;
}

/*
 * The image says from now on that this power loss is dealt with: a start
 * without a host that enables the controller is no further one.
 */
static void note_it(OcpnCtrl *c)
{
    ocpn_state_dirty(c, IMG_STATE_COUNTERS);
    ocpn_store_sync(&c->root[1]->store);
}

void ocpn_chunks_power_on(OcpnCtrl *c)
{
    const OcpnCutHow whole = { .tear = OCPN_TEAR_OFF };
    bool lost = false;

    for (uint32_t i = 1; c->was_open && i <= OCPN_MAX_NS; i++) {
        OcpnNs *ns = c->ns[i];

        if (ns && ocpn_ns_is_open_channel(ns) &&
            ns->cfg.power_loss != OCPN_POWER_KEEP) {
            ocpn_chunks_lose(ns, ns->cfg.power_loss, &whole);
            lost = true;
        }
    }
    if (lost && c->root[1]) {
        note_it(c);
    }
}
