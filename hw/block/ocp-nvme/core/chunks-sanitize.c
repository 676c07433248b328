/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks whose data a sanitize operation has erased.
 * Implements: NVMe Base 2.0, "Sanitize Operations", for open-channel
 * namespaces; OCSSD 2.0, "Chunk Model".
 *
 * Each chunk that is not Free has had an erase: it is Free, and more worn; or
 * Offline, if a reset had made it so.  If that is done twice, because of a
 * cut of power, no chunk counts it twice: then it is Free already.
 *
 * Thread: main.  No command uses the namespace.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"

static OcpnChunkEvent event(const OcpnNs *ns, const OcpnChunk *k)
{
    uint32_t pe = ns->im.geo.pe_cycles;

    return k->flags & OCPN_CHUNK_OFFLINE_NEXT || (pe && k->resets >= pe)
           ? CHUNK_WORN : CHUNK_RESET;
}

/* Its unit's lock is held.  False: nothing changed. */
static bool erase(OcpnNs *ns, uint32_t chunk)
{
    OcpnChunk *k = &ns->chunk[chunk];

    if (k->state == CHUNK_FREE || k->state == CHUNK_OFFLINE) {
        return false;
    }
    if (ocpn_chunk_counts(k)) {
        ocpn_chunk_unopen(ns->c, ocpn_chunk_pu(ns, chunk));
    }
    ocpn_chunk_apply(k, event(ns, k), 0);
    return true;
}

void ocpn_chunks_sanitize(OcpnNs *ns)
{
    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        OcpnPu *pu = ocpn_chunk_pu(ns, i);
        uint8_t was, is;
        bool changed;

        ocpn_lock(&pu->lock);
        was = ocpn_chunk_index(ns, &ns->chunk[i]);
        changed = erase(ns, i);
        is = ocpn_chunk_index(ns, &ns->chunk[i]);
        ocpn_unlock(&pu->lock);
        if (changed) {
            atomic_store(&ns->worn, true);
            ocpn_wear_changed(ns, i, was, is);
            ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                             i / IMG_CHUNKS_PER_PAGE);
            ocpn_chunk_trace(ns, i);
        }
    }
}

void ocpn_chunks_sanitized(OcpnNs *ns)
{
    for (uint32_t i = 0; ns->maps && i < ns->im.geo.chunks; i++) {
        OcpnPu *pu = ocpn_chunk_pu(ns, i);

        ocpn_lock(&pu->lock);
        if (ns->chunk[i].state == CHUNK_FREE ||
            ns->chunk[i].state == CHUNK_OFFLINE) {
            ocpn_map_put(ns, i);
        }
        ocpn_unlock(&pu->lock);
    }
}
