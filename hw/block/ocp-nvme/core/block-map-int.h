/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files block-map*.c share. */
#ifndef OCPN_BLOCK_MAP_INT_H
#define OCPN_BLOCK_MAP_INT_H

#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"

#define OCPN_MAP_BYTES  (IMG_MAP_BITS / 8)

typedef struct OcpnMapPage {
    uint32_t chunk;
    uint32_t part;              /* first block / IMG_MAP_BITS */
    uint32_t resets;            /* the chunk's when it got the page */
    uint16_t next;              /* of the chunk, or free; plus 1, 0: none */
    bool     used;
    bool     leaving;           /* see ocpn_map_leave() */
    uint8_t *bit;               /* OCPN_MAP_BYTES, as in the image */
} OcpnMapPage;

typedef struct OcpnMaps {
    OcpnLock    lock;           /* below units' locks, above the store's */
    uint16_t    free;           /* list of pages; plus 1, 0: none */
    _Atomic uint32_t left;      /* pages in it */
    OcpnMapPage page[];
} OcpnMaps;

/* Pages that a map of K has. */
static inline uint32_t ocpn_map_parts(const OcpnChunk *k)
{
    return (k->cnlb + IMG_MAP_BITS - 1) / IMG_MAP_BITS;
}

/* Page NUMBER - 1; NULL if NUMBER is 0. */
static inline OcpnMapPage *ocpn_map_page(OcpnMaps *m, uint16_t number)
{
    return number ? &m->page[number - 1] : NULL;
}

/* What ocpn_map_page() finds PAGE with. */
static inline uint16_t ocpn_map_number(const OcpnMaps *m,
                                       const OcpnMapPage *page)
{
    return (uint16_t)(page - m->page + 1);
}

/* PAGE must be written. */
static inline void ocpn_map_dirty(OcpnNs *ns, const OcpnMapPage *page)
{
    ocpn_store_dirty(&ns->store, IMG_REGION_MAPS,
                     (uint32_t)(page - ns->maps->page));
}

/* PAGE becomes free; under the lock, or while pages are loaded. */
static inline void ocpn_map_give_back(OcpnMaps *m, OcpnMapPage *page)
{
    page->used = page->leaving = false;
    page->next = m->free;
    m->free = ocpn_map_number(m, page);
    atomic_fetch_add(&m->left, 1);
}

/* Make N bits of BIT from FROM on VALUE. */
void ocpn_map_fill(uint8_t *bit, uint32_t from, uint32_t n, bool value);

/* How many bits of BIT from FROM on, at most MAX, are VALUE. */
uint32_t ocpn_map_run(const uint8_t *bit, uint32_t from, uint32_t max,
                      bool value);

#endif
