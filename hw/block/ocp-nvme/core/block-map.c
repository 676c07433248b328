/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block maps: whose pages they are, and their bits.
 * Implements: docs/image-format.rst, "Block maps".
 *
 * A map is a chain of pages, one for each part of its chunk, in order; a part
 * without a page has no bit set.  The chain and its bits are under the lock
 * of the chunk's parallel unit.  Whose a page is changes with that lock and
 * the pages' lock held, so either of them keeps it as it is.  The store knows
 * a page and not its chunk: see ocpn_maps_store().
 *
 * In the image two pages must never be the same part of one life of a chunk.
 * So nobody else gets a page while the image's copy of it may count.
 */
#include <string.h>

#include "block-map-int.h"

uint32_t ocpn_map_pages_left(OcpnNs *ns)
{
    return ns->maps ? atomic_load(&ns->maps->left) : 0;
}

/* A free page, of which there is one, becomes PART of CHUNK.  The same. */
static OcpnMapPage *take(OcpnNs *ns, uint32_t chunk, uint32_t part)
{
    OcpnMaps *m = ns->maps;
    OcpnMapPage *page = ocpn_map_page(m, m->free);

    m->free = page->next;
    atomic_fetch_sub(&m->left, 1);
    page->used = true;
    page->chunk = chunk;
    page->part = part;
    page->resets = ns->chunk[chunk].resets;
    memset(page->bit, 0, OCPN_MAP_BYTES);
    return page;
}

static uint32_t parts_missing(OcpnMaps *m, const OcpnChunk *k)
{
    uint32_t parts = ocpn_map_parts(k), n = parts;
    const OcpnMapPage *page = ocpn_map_page(m, k->map);

    for (; page; page = ocpn_map_page(m, page->next)) {
        n -= page->part < parts;
    }
    return n;
}

bool ocpn_map_get(OcpnNs *ns, uint32_t chunk)
{
    OcpnMaps *m = ns->maps;
    OcpnChunk *k = &ns->chunk[chunk];
    uint16_t *link = &k->map;
    bool enough;

    if (!m) {
        return false;
    }
    if (parts_missing(m, k) == 0) {
        if (ocpn_map_page(m, k->map)->resets != k->resets) {
            ocpn_map_keep(ns, chunk);
        }
        return true;
    }
    ocpn_lock(&m->lock);
    enough = parts_missing(m, k) <= m->left;
    for (uint32_t part = 0; enough && part < ocpn_map_parts(k); part++) {
        OcpnMapPage *page = ocpn_map_page(m, *link);

        if (!page || page->part != part) {
            page = take(ns, chunk, part);
            page->next = *link;
            *link = ocpn_map_number(m, page);
        }
        link = &page->next;
    }
    ocpn_unlock(&m->lock);
    if (enough) {
        ocpn_map_keep(ns, chunk);
    }
    return enough;
}

void ocpn_map_keep(OcpnNs *ns, uint32_t chunk)
{
    const OcpnChunk *k = &ns->chunk[chunk];

    for (uint16_t i = k->map; i; ) {
        OcpnMapPage *page = ocpn_map_page(ns->maps, i);

        page->resets = k->resets;
        ocpn_map_dirty(ns, page);
        i = page->next;
    }
}

void ocpn_map_leave(OcpnNs *ns, uint32_t chunk)
{
    OcpnMaps *m = ns->maps;
    uint16_t number = ns->chunk[chunk].map;

    if (!number) {
        return;
    }
    ocpn_lock(&m->lock);
    for (; number; number = ocpn_map_page(m, number)->next) {
        ocpn_map_page(m, number)->leaving = true;
    }
    ocpn_unlock(&m->lock);
}

bool ocpn_map_leaves(const OcpnNs *ns, uint32_t chunk)
{
    uint16_t number = ns->chunk[chunk].map;

    return number && ocpn_map_page(ns->maps, number)->leaving;
}

uint32_t ocpn_map_leaving(OcpnNs *ns, uint32_t *at)
{
    OcpnMaps *m = ns->maps;
    uint32_t chunk = OCPN_CHUNK_NONE;

    if (!m) {
        return chunk;
    }
    ocpn_lock(&m->lock);
    for (; chunk == OCPN_CHUNK_NONE && *at < ns->im.nmaps; (*at)++) {
        if (m->page[*at].leaving) {
            chunk = m->page[*at].chunk;
        }
    }
    ocpn_unlock(&m->lock);
    return chunk;
}

void ocpn_map_put(OcpnNs *ns, uint32_t chunk)
{
    OcpnMaps *m = ns->maps;
    OcpnChunk *k = &ns->chunk[chunk];
    uint16_t *link = &k->map;

    if (!m) {
        return;
    }
    ocpn_lock(&m->lock);
    while (*link) {
        OcpnMapPage *page = ocpn_map_page(m, *link);

        if (page->resets == k->resets && k->state != CHUNK_OFFLINE) {
            memset(page->bit, 0, OCPN_MAP_BYTES);
            page->leaving = false;
            link = &page->next;
        } else {
            *link = page->next;
            ocpn_map_give_back(m, page);
        }
        ocpn_map_dirty(ns, page);
    }
    ocpn_unlock(&m->lock);
}

static OcpnMapPage *find(const OcpnNs *ns, uint32_t chunk, uint32_t part)
{
    OcpnMaps *m = ns->maps;
    OcpnMapPage *page = ocpn_map_page(m, ns->chunk[chunk].map);

    while (page && page->part < part) {
        page = ocpn_map_page(m, page->next);
    }
    return page && page->part == part ? page : NULL;
}

void ocpn_map_fill(uint8_t *bit, uint32_t from, uint32_t n, bool value)
{
    while (n > 0) {
        uint32_t in = from % 8, count = n < 8 - in ? n : 8 - in;
        uint8_t mask = (uint8_t)((0xffu >> (8 - count)) << in);

        if (value) {
            bit[from / 8] |= mask;
        } else {
            bit[from / 8] &= (uint8_t)~mask;
        }
        from += count;
        n -= count;
    }
}

uint32_t ocpn_map_run(const uint8_t *bit, uint32_t from, uint32_t max,
                      bool value)
{
    uint8_t all = value ? 0xff : 0;
    uint32_t n = 0;

    while (n < max) {
        uint32_t at = from + n;

        if (at % 8 == 0 && bit[at / 8] == all) {
            n += 8;
        } else if ((bit[at / 8] >> at % 8 & 1) == value) {
            n++;
        } else {
            break;
        }
    }
    return n < max ? n : max;
}

/* How many of MAX bits from BLK on lie in one part. */
static uint32_t in_part(uint32_t blk, uint32_t max)
{
    uint32_t room = IMG_MAP_BITS - blk % IMG_MAP_BITS;

    return max < room ? max : room;
}

static void change(OcpnNs *ns, uint32_t chunk, uint32_t blk, uint32_t nlb,
                   bool value)
{
    while (nlb > 0) {
        uint32_t n = in_part(blk, nlb);
        OcpnMapPage *page = find(ns, chunk, blk / IMG_MAP_BITS);

        if (page) {
            ocpn_map_fill(page->bit, blk % IMG_MAP_BITS, n, value);
            ocpn_map_dirty(ns, page);
        }
        blk += n;
        nlb -= n;
    }
}

void ocpn_map_set(OcpnNs *ns, uint32_t chunk, uint32_t blk, uint32_t nlb)
{
    change(ns, chunk, blk, nlb, true);
}

void ocpn_map_clear(OcpnNs *ns, uint32_t chunk, uint32_t blk, uint32_t nlb)
{
    change(ns, chunk, blk, nlb, false);
}

/* ocpn_map_run() in a part of CHUNK. */
static uint32_t run(const OcpnNs *ns, uint32_t chunk, uint32_t blk,
                    uint32_t max, bool value)
{
    const OcpnMapPage *page = find(ns, chunk, blk / IMG_MAP_BITS);

    if (!page) {
        return value ? 0 : max;
    }
    return ocpn_map_run(page->bit, blk % IMG_MAP_BITS, max, value);
}

bool ocpn_map_look(const OcpnNs *ns, uint32_t chunk, uint32_t blk,
                   uint32_t max, uint32_t *n)
{
    bool value = run(ns, chunk, blk, 1, true) == 1;

    *n = 0;
    while (*n < max) {
        uint32_t most = in_part(blk + *n, max - *n);
        uint32_t same = run(ns, chunk, blk + *n, most, value);

        *n += same;
        if (same < most) {
            break;
        }
    }
    return value;
}
