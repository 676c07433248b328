/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of block maps: their memory, from and to the image.
 * Implements: docs/image-format.rst, "Block maps".
 */
#include <inttypes.h>
#include <string.h>

#include "block-map-int.h"
#include "used-int.h"

bool ocpn_maps_init(OcpnNs *ns, OcpnError *err)
{
    const OcpnPort *port = &ns->c->port;
    size_t n = ns->im.nmaps;
    size_t pages = sizeof(OcpnMaps) + n * sizeof(OcpnMapPage);
    uint8_t *bits;

    if (!ocpn_ns_is_open_channel(ns)) {
        return ocpn_used_init(ns, err);
    }
    if (n == 0) {
        return true;
    }
    ns->maps = port->alloc(port->opaque, pages + n * OCPN_MAP_BYTES);
    if (!ns->maps) {
        return OCPN_FAIL(err, "no memory for the %" PRIu32 " pages of block "
                         "maps of namespace %" PRIu32, ns->im.nmaps, ns->nsid);
    }
    bits = (uint8_t *)ns->maps + pages;
    for (size_t i = 0; i < n; i++) {
        ns->maps->page[i].bit = bits + i * OCPN_MAP_BYTES;
    }
    return true;
}

void ocpn_maps_forget(OcpnNs *ns)
{
    OcpnMaps *m = ns->maps;

    ocpn_used_forget(ns);
    if (!m) {
        return;
    }
    for (uint32_t i = 0; i < ns->im.nmaps; i++) {
        m->page[i] = (OcpnMapPage) { .bit = m->page[i].bit };
    }
    m->free = 0;
    atomic_store(&m->left, 0);
}

void ocpn_maps_destroy(OcpnNs *ns)
{
    ocpn_used_destroy(ns);
    if (ns->maps) {
        ns->c->port.free(ns->c->port.opaque, ns->maps);
        ns->maps = NULL;
    }
}

/* The blocks from 0 on whose bits count when the image is loaded. */
static uint32_t blocks_that_count(const OcpnChunk *k)
{
    if (k->state == CHUNK_FREE) {
        return 0;
    }
    return ocpn_chunk_is_random(k) ? k->cnlb : k->wp;
}

/* Clear the bits of PAGE that do not count; false: there was none. */
static bool trim(OcpnMapPage *page, const OcpnChunk *k)
{
    uint32_t first = page->part * IMG_MAP_BITS, from = blocks_that_count(k);

    from = from < first ? 0 : from - first;
    if (from >= IMG_MAP_BITS ||
        ocpn_map_run(page->bit, from, IMG_MAP_BITS - from, false) ==
        IMG_MAP_BITS - from) {
        return false;
    }
    ocpn_map_fill(page->bit, from, IMG_MAP_BITS - from, false);
    return true;
}

/* Put PAGE among the others of its chunk. */
static bool adopt(OcpnNs *ns, OcpnMapPage *page, OcpnError *err)
{
    OcpnMaps *m = ns->maps;
    uint16_t *link = &ns->chunk[page->chunk].map;

    while (*link && ocpn_map_page(m, *link)->part < page->part) {
        link = &ocpn_map_page(m, *link)->next;
    }
    if (*link && ocpn_map_page(m, *link)->part == page->part) {
        return OCPN_FAIL(err, "pages %d and %d of the block maps are both for "
                         "part %" PRIu32 " of chunk %" PRIu32, *link - 1,
                         ocpn_map_number(m, page) - 1, page->part, page->chunk);
    }
    page->used = true;
    page->next = *link;
    *link = ocpn_map_number(m, page);
    return true;
}

/* Whether used page W is a part of this life of its chunk. */
static bool belongs(const OcpnNs *ns, const ImgMap *w)
{
    const OcpnChunk *k;

    if (from_le32(w->chunk) >= ns->im.geo.chunks) {
        return false;
    }
    k = &ns->chunk[from_le32(w->chunk)];
    return k->state != CHUNK_OFFLINE && from_le32(w->resets) == k->resets &&
           from_le32(w->part) < ocpn_map_parts(k);
}

bool ocpn_maps_load(OcpnNs *ns, uint32_t index, const ImgPage *p,
                    OcpnError *err)
{
    OcpnMapPage *page;
    ImgMap w;

    if (ns->used) {
        ocpn_used_load(ns, index, p);
        return true;
    }
    page = &ns->maps->page[index];
    memcpy(&w, p->payload, sizeof(w));
    if (w.used > 1) {
        return OCPN_FAIL(err, "page %" PRIu32 " of the block maps says %u "
                         "where it must say 0 (free) or 1 (used)", index,
                         w.used);
    }
    if (!w.used || !belongs(ns, &w)) {
        ocpn_map_give_back(ns->maps, page);
        if (w.used) {
            ocpn_map_dirty(ns, page);
        }
        return true;
    }
    page->chunk = from_le32(w.chunk);
    page->part = from_le32(w.part);
    page->resets = from_le32(w.resets);
    memcpy(page->bit, w.bit, OCPN_MAP_BYTES);
    if (trim(page, &ns->chunk[page->chunk])) {
        ocpn_map_dirty(ns, page);
    }
    return adopt(ns, page, err);
}

/* Copy page INDEX, of CHUNK, if it still is; its unit's lock is held. */
static bool store(OcpnMaps *m, uint32_t index, uint32_t chunk, ImgPage *p)
{
    const OcpnMapPage *page = &m->page[index];
    ImgMap w = { .used = 1, .chunk = to_le32(chunk) };
    bool same;

    ocpn_lock(&m->lock);
    same = page->used && page->chunk == chunk;
    ocpn_unlock(&m->lock);
    if (!same) {
        return false;
    }
    w.part = to_le32(page->part);
    w.resets = to_le32(page->resets);
    memcpy(w.bit, page->bit, OCPN_MAP_BYTES);
    memcpy(p->payload, &w, sizeof(w));
    return true;
}

/*
 * Units' locks come before the pages' lock, and which unit's it is the page
 * says: look, let go, lock the unit, and look whether it is still that page.
 */
void ocpn_maps_store(OcpnNs *ns, uint32_t index, ImgPage *p)
{
    OcpnMaps *m = ns->maps;
    const OcpnMapPage *page;
    bool done = false;

    if (ns->used) {
        ocpn_used_store(ns, index, p);
        return;
    }
    page = &m->page[index];
    memset(p->payload, 0, sizeof(p->payload));
    while (!done) {
        OcpnPu *pu;
        uint32_t chunk;
        bool used;

        ocpn_lock(&m->lock);
        used = page->used;
        chunk = page->chunk;
        ocpn_unlock(&m->lock);
        if (!used) {
            return;
        }
        pu = ocpn_chunk_pu(ns, chunk);
        ocpn_lock(&pu->lock);
        done = store(m, index, chunk, p);
        ocpn_unlock(&pu->lock);
    }
}
