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

/* Is E only another wear or mark of chunk K, which keeps its blocks? */
static bool keeps_blocks(const OcpnChunk *k, const ImgChunk *e)
{
    const ImgChunk was = ocpn_chunk_to_image(k);

    return was.state == e->state && was.type == e->type &&
           from_le32(was.wp) == from_le32(e->wp) &&
           from_le32(was.cnlb) == from_le32(e->cnlb);
}

/*
 * Would chunk K, as E, keep its map under another number of resets?  Its entry
 * and each page of its map say that number, and between the writes of any two
 * of them the map would not count.
 */
static bool parts_from_map(const OcpnChunk *k, const ImgChunk *e)
{
    return k->map && k->resets != from_le32(e->resets) &&
           (k->state == CHUNK_OPEN || k->state == CHUNK_CLOSED) &&
           keeps_blocks(k, e);
}

/* What CHUNK would be after S.  False: it cannot be; ERR says why. */
static bool judge(OcpnNs *ns, const OcpnChunkSet *s, uint32_t chunk,
                  ImgChunk *e, OcpnError *err)
{
    const OcpnChunk *k = &ns->chunk[chunk];
    bool leaves = ocpn_map_leaves(ns, chunk);

    if (k->inflight || (k->flags & OCPN_CHUNK_BUSY && !leaves)) {
        return OCPN_FAIL(err, "chunk %" PRIu32 " has commands under way; "
                         "set it when it is idle", chunk);
    }
    *e = ocpn_chunk_to_image(k);
    if (!ocpn_chunk_set_apply(&ns->im, s, chunk, e, err)) {
        return false;
    }
    return leaves || !parts_from_map(k, e) ||
           OCPN_FAIL(err, "chunk %" PRIu32 " has a block map, which says which "
                     "blocks are lost or written, so its resets cannot change "
                     "while the drive runs; use 'ocp-nvme-img set-chunks', or "
                     "give another state, too", chunk);
}

/*
 * All or none: until all chunks were judged, those that can be are held, and
 * nobody else changes them.  Under the unit's lock, as release().
 */
static void hold(OcpnNs *ns, uint32_t chunk)
{
    ns->chunk[chunk].flags |= OCPN_CHUNK_BUSY;
}

/* True: somebody waits for it.  A chunk whose map leaves is held until then. */
static bool release(OcpnNs *ns, uint32_t chunk)
{
    const unsigned both = OCPN_CHUNK_BUSY | OCPN_CHUNK_AWAITED;
    OcpnChunk *k = &ns->chunk[chunk];
    bool awake = k->flags & OCPN_CHUNK_AWAITED;

    if (ocpn_map_leaves(ns, chunk)) {
        return false;
    }
    k->flags &= (uint8_t)~both;
    return awake;
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

/* Chunk CHUNK, which is held, becomes E.  Under the unit's lock. */
static void put(OcpnNs *ns, uint32_t chunk, const ImgChunk *e)
{
    OcpnChunk *k = &ns->chunk[chunk];
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    bool keep = keeps_blocks(k, e) && k->resets == from_le32(e->resets);

    if (ocpn_chunk_counts(k)) {
        ocpn_chunk_unopen(ns->c, pu);
    }
    atomic_fetch_sub(&ns->wli_sum, ocpn_chunk_index(ns, k));
    ocpn_chunk_from_image(ns, chunk, e);
    if (!keep) {
        ocpn_map_leave(ns, chunk);
    }
}

/* One step with one chunk, of those that S is for.  False: ERR says why not. */
typedef bool Step(OcpnNs *ns, const OcpnChunkSet *s, uint32_t chunk,
                  OcpnError *err);

static bool judge_one(OcpnNs *ns, const OcpnChunkSet *s, uint32_t chunk,
                      OcpnError *err)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    ImgChunk e;
    bool ok;

    ocpn_lock(&pu->lock);
    ok = judge(ns, s, chunk, &e, err);
    if (ok) {
        hold(ns, chunk);
    }
    ocpn_unlock(&pu->lock);
    return ok;
}

static bool set_one(OcpnNs *ns, const OcpnChunkSet *s, uint32_t chunk,
                    OcpnError *err)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    OcpnChunk *k = &ns->chunk[chunk];
    ImgChunk e;
    bool lost;

    ocpn_lock(&pu->lock);
    e = ocpn_chunk_to_image(k);
    (void)ocpn_chunk_set_apply(&ns->im, s, chunk, &e, err);  /* was judged */
    lost = e.state == OCSSD_CS_OFFLINE && k->state != CHUNK_OFFLINE;
    put(ns, chunk, &e);
    ocpn_unlock(&pu->lock);
    ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                     chunk / IMG_CHUNKS_PER_PAGE);
    ocpn_chunk_trace(ns, chunk);
    if (lost) {
        notify_lost(ns, chunk);
    }
    return true;
}

/* STEP with all chunks that S is for, until one of them fails; *N did not. */
static bool each(OcpnNs *ns, const OcpnChunkSet *s, Step *step, uint32_t *n,
                 OcpnError *err)
{
    *n = 0;
    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        if (!ocpn_place_has_chunk(&s->at, &ns->im.geo, i)) {
            continue;
        }
        if (!step(ns, s, i, err)) {
            return false;
        }
        (*n)++;
    }
    return true;
}

/* The first N chunks that S is for. */
static void release_all(OcpnNs *ns, const OcpnChunkSet *s, uint32_t n)
{
    bool awake = false;

    for (uint32_t i = 0; n > 0; i++) {
        OcpnPu *pu = ocpn_chunk_pu(ns, i);

        if (!ocpn_place_has_chunk(&s->at, &ns->im.geo, i)) {
            continue;
        }
        ocpn_lock(&pu->lock);
        awake |= release(ns, i);
        ocpn_unlock(&pu->lock);
        n--;
    }
    if (awake) {
        ocpn_kick_all(ns->c);
    }
}

bool ocpn_chunks_set(OcpnNs *ns, const OcpnChunkSet *s, uint32_t *n,
                     OcpnError *err)
{
    const uint32_t fixed = OCPN_GIVEN_TYPE | OCPN_GIVEN_CNLB;
    bool done;

    *n = 0;
    if (!ocpn_ns_is_open_channel(ns)) {
        return OCPN_FAIL(err, "namespace %" PRIu32 " is conventional and has "
                         "no chunks", ns->nsid);
    }
    if (s->given & fixed) {
        return OCPN_FAIL(err, "type and cnlb of a chunk cannot change while "
                         "the drive runs; use 'ocp-nvme-img set-chunks'");
    }
    if (!ocpn_place_check(&s->at, &ns->im.geo, err)) {
        return false;
    }
    done = each(ns, s, judge_one, n, err) && each(ns, s, set_one, n, err);
    release_all(ns, s, *n);
    if (done) {
        ocpn_store_mark(&ns->store);
    }
    return done;
}

/*
 * The chunks that were set are in the image, or could not be written.  Now
 * their maps may be written, too: bits that were cleared in the image of a
 * chunk that still is what it was would make data of lost blocks.
 */
static void put_maps(OcpnNs *ns)
{
    uint32_t at = 0, chunk;
    bool any = false, awake = false;

    while ((chunk = ocpn_map_leaving(ns, &at)) != OCPN_CHUNK_NONE) {
        OcpnPu *pu = ocpn_chunk_pu(ns, chunk);

        ocpn_lock(&pu->lock);
        ocpn_map_put(ns, chunk);
        awake |= release(ns, chunk);
        ocpn_unlock(&pu->lock);
        any = true;
    }
    if (any) {
        ocpn_store_sync(&ns->store);
    }
    if (awake) {
        ocpn_kick_all(ns->c);
    }
}

void ocpn_chunks_set_run(OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i] && ocpn_store_marked(&c->root[i]->store)) {
            put_maps(c->root[i]);
            if (i == 1) {
                ocpn_unprotected_noted(c, ocpn_store_mark_failed(
                                              &c->root[i]->store));
            }
        }
    }
}
