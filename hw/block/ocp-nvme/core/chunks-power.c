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
    if (wp == 0) {
        ocpn_chunk_unopen(ns->c, ocpn_chunk_pu(ns, chunk));
        k->state = CHUNK_FREE;
    }
}

/* CHUNK loses its last MW_CUNITS blocks. */
static void drop(OcpnNs *ns, uint32_t chunk)
{
    uint32_t wp = ns->chunk[chunk].wp, n = ns->im.geo.mw_cunits;

    cut_back(ns, chunk, wp > n ? wp - n : 0);
}

bool ocpn_chunk_undo(OcpnNs *ns, uint32_t chunk, uint32_t blk)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    bool there;

    ocpn_lock(&pu->lock);
    there = ocpn_chunk_counts(&ns->chunk[chunk]) &&
            blk < ns->chunk[chunk].wp;
    if (there) {
        cut_back(ns, chunk, blk);
    }
    ocpn_unlock(&pu->lock);
    if (there) {
        ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                         chunk / IMG_CHUNKS_PER_PAGE);
        ocpn_store_sync(&ns->store);
    }
    return there;
}

static void close(OcpnNs *ns, uint32_t chunk)
{
    ocpn_chunk_unopen(ns->c, ocpn_chunk_pu(ns, chunk));
    ocpn_chunk_apply(&ns->chunk[chunk], CHUNK_CLOSE, 0);
}

static void lose_power(OcpnNs *ns)
{
    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        OcpnPu *pu = ocpn_chunk_pu(ns, i);

        ocpn_lock(&pu->lock);
        if (ocpn_chunk_counts(&ns->chunk[i])) {
            if (ns->cfg.power_loss == OCPN_POWER_CLOSE) {
                close(ns, i);
            } else {
                drop(ns, i);
            }
            ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                             i / IMG_CHUNKS_PER_PAGE);
        }
        ocpn_unlock(&pu->lock);
    }
    ocpn_store_sync(&ns->store);
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
    bool lost = false;

    for (uint32_t i = 1; c->was_open && i <= OCPN_MAX_NS; i++) {
        OcpnNs *ns = c->ns[i];

        if (ns && ocpn_ns_is_open_channel(ns) &&
            ns->cfg.power_loss != OCPN_POWER_KEEP) {
            lose_power(ns);
            lost = true;
        }
    }
    if (lost && c->root[1]) {
        note_it(c);
    }
}
