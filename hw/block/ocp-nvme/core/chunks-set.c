/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks of a running drive, set by description: what people do who test how
 * a host takes it, and what a drive may do by itself.
 * Implements: OCSSD 2.0, "Chunk Model" (states a chunk enters by itself);
 * specification notes 8.1, T18 and T19, and section 10.
 *
 * Thread: main; queues go on meanwhile.  A chunk with a command under way is
 * not touched.
 */
#include <inttypes.h>

#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"

/* What CHUNK would be after S.  False: it cannot be; ERR says why. */
static bool judge(OcpnNs *ns, const OcpnChunkSet *s, uint32_t chunk,
                  ImgChunk *e, OcpnError *err)
{
    const OcpnChunk *k = &ns->chunk[chunk];

    if (k->inflight || k->flags & OCPN_CHUNK_BUSY) {
        return OCPN_FAIL(err, "chunk %" PRIu32 " has commands under way; "
                         "set it when it is idle", chunk);
    }
    *e = ocpn_chunk_to_image(k);
    return ocpn_chunk_set_apply(&ns->im, s, chunk, e, err);
}

static void notify_lost(OcpnNs *ns, uint32_t chunk)
{
    ocpn_notify(ns->c, &(OcpnNotice) {
        .lba = ocpn_addr_lba(&ns->im.geo, chunk, 0),
        .nsid = ns->nsid,
        .state = OCSSD_NS_UNRECOVERABLE,
        .mask = OCSSD_NM_CHUNK,
    });
}

/* Is E only another wear or mark of chunk K, which keeps its blocks? */
static bool keeps_blocks(const OcpnChunk *k, const ImgChunk *e)
{
    const ImgChunk was = ocpn_chunk_to_image(k);

    return was.state == e->state && was.type == e->type &&
           from_le32(was.wp) == from_le32(e->wp) &&
           from_le32(was.cnlb) == from_le32(e->cnlb);
}

/* Under the unit's lock. */
static void put(OcpnNs *ns, uint32_t chunk, const ImgChunk *e)
{
    OcpnChunk *k = &ns->chunk[chunk];
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    uint8_t was = ocpn_chunk_index(ns, k);
    bool keep = keeps_blocks(k, e);

    if (ocpn_chunk_counts(k)) {
        ocpn_chunk_unopen(ns->c, pu);
    }
    atomic_fetch_sub(&ns->wli_sum, was);
    ocpn_chunk_from_image(ns, chunk, e);
    if (keep) {
        ocpn_map_keep(ns, chunk);
    } else {
        ocpn_map_put(ns, chunk);
    }
}

static bool set_one(OcpnNs *ns, const OcpnChunkSet *s, uint32_t chunk,
                    bool dry, OcpnError *err)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    bool ok, lost = false;
    ImgChunk e;

    ocpn_lock(&pu->lock);
    ok = judge(ns, s, chunk, &e, err);
    if (ok && !dry) {
        lost = e.state == OCSSD_CS_OFFLINE &&
               ns->chunk[chunk].state != CHUNK_OFFLINE;
        put(ns, chunk, &e);
    }
    ocpn_unlock(&pu->lock);
    if (ok && !dry) {
        ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                         chunk / IMG_CHUNKS_PER_PAGE);
        ocpn_chunk_trace(ns, chunk);
    }
    if (lost) {
        notify_lost(ns, chunk);
    }
    return ok;
}

static bool set_all(OcpnNs *ns, const OcpnChunkSet *s, bool dry,
                    uint32_t *n, OcpnError *err)
{
    *n = 0;
    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        if (!ocpn_place_has_chunk(&s->at, &ns->im.geo, i)) {
            continue;
        }
        if (!set_one(ns, s, i, dry, err)) {
            return false;
        }
        (*n)++;
    }
    return true;
}

bool ocpn_chunks_set(OcpnNs *ns, const OcpnChunkSet *s, uint32_t *n,
                     OcpnError *err)
{
    const uint32_t fixed = OCPN_GIVEN_TYPE | OCPN_GIVEN_CNLB;

    *n = 0;
    if (!ocpn_ns_is_open_channel(ns)) {
        return OCPN_FAIL(err, "namespace %" PRIu32 " is conventional and has "
                         "no chunks", ns->nsid);
    }
    if (s->given & fixed) {
        return OCPN_FAIL(err, "type and cnlb of a chunk cannot change while "
                         "the drive runs; use 'ocp-nvme-img set-chunks'");
    }
    if (!ocpn_place_check(&s->at, &ns->im.geo, err) ||
        !set_all(ns, s, true, n, err) || !set_all(ns, s, false, n, err)) {
        return false;
    }
    ocpn_store_sync(&ns->store);
    return true;
}
