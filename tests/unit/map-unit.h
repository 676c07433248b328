/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of block maps: a drive with small chunks and one with large
 * ones, chunks put into a state, and pages of maps as bytes of the image.
 */
#ifndef TESTS_UNIT_MAP_UNIT_H
#define TESTS_UNIT_MAP_UNIT_H

#include "fakes/host.h"
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/block-map.h"
#include "ocpn-unit.h"

#define MAP_PART    32384u      /* blocks of a page */

/* 512 chunks of 16 blocks of 512 bytes, 4 pages of maps. */
#define MAP_SMALL(n) {                                                  \
    .cfg = { .nsid = 1, .dlfeat = 1 },                                  \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .nmaps = (n),            \
    .geo = { .num_grp = 2, .num_pu = 4, .num_chk = 64, .clba = 16,      \
             .ws_min = 4, .ws_opt = 8 },                                \
}
/* 4 chunks of 70000 blocks of 512 bytes: three parts each. */
#define MAP_LARGE(n) {                                                  \
    .cfg = { .nsid = 1, .dlfeat = 1 },                                  \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .nmaps = (n),            \
    .geo = { .num_grp = 1, .num_pu = 2, .num_chk = 2, .clba = 70000,    \
             .ws_min = 4, .ws_opt = 8 },                                \
}
enum { LARGE = 70000 };

static const FakeSetup map_small = { .ns = { MAP_SMALL(4) } };
static const FakeSetup map_large = { .ns = { MAP_LARGE(7) } };

static inline OcpnNs *map_ns(FakeHost *h)
{
    return ocpn_ns_get(h->c, 1);
}

static inline OcpnPu *map_pu(FakeHost *h, uint32_t chunk)
{
    OcpnNs *ns = map_ns(h);

    return &ns->pu[ocpn_addr_pu(&ns->im.geo, chunk)];
}

static inline bool map_get(FakeHost *h, uint32_t chunk)
{
    bool ok;

    ocpn_lock(&map_pu(h, chunk)->lock);
    ok = ocpn_map_get(map_ns(h), chunk);
    ocpn_unlock(&map_pu(h, chunk)->lock);
    return ok;
}

static inline void map_put(FakeHost *h, uint32_t chunk)
{
    ocpn_lock(&map_pu(h, chunk)->lock);
    ocpn_map_put(map_ns(h), chunk);
    ocpn_unlock(&map_pu(h, chunk)->lock);
}

static inline void map_set(FakeHost *h, uint32_t chunk, uint32_t blk,
                           uint32_t nlb, bool value)
{
    ocpn_lock(&map_pu(h, chunk)->lock);
    if (value) {
        ocpn_map_set(map_ns(h), chunk, blk, nlb);
    } else {
        ocpn_map_clear(map_ns(h), chunk, blk, nlb);
    }
    ocpn_unlock(&map_pu(h, chunk)->lock);
}

static inline bool map_look(FakeHost *h, uint32_t chunk, uint32_t blk,
                            uint32_t max, uint32_t *n)
{
    bool bit;

    ocpn_lock(&map_pu(h, chunk)->lock);
    bit = ocpn_map_look(map_ns(h), chunk, blk, max, n);
    ocpn_unlock(&map_pu(h, chunk)->lock);
    return bit;
}

static inline bool map_bit(FakeHost *h, uint32_t chunk, uint32_t blk)
{
    uint32_t n;
    bool bit = map_look(h, chunk, blk, 1, &n);

    CHECK_EQ(n, 1);
    return bit;
}

/* CHUNK has exactly the bits [FROM, FROM + N) of its BLOCKS set. */
static inline void map_check_only(FakeHost *h, uint32_t chunk,
                                  uint32_t blocks, uint32_t from, uint32_t n)
{
    for (uint32_t b = 0; b < blocks; b++) {
        CHECK(map_bit(h, chunk, b) == (b - from < n),
              "chunk %u block %u is %d", chunk, b, map_bit(h, chunk, b));
    }
}

static inline uint32_t map_left(FakeHost *h)
{
    return ocpn_map_pages_left(map_ns(h));
}

/* Write what is dirty. */
static inline void map_sync(FakeHost *h)
{
    ocpn_store_sync(&map_ns(h)->store);
    fake_run(&h->f);
    CHECK_EQ(ocpn_store_idle(&map_ns(h)->store), true);
}

/* CHUNK is WP blocks full, without commands; its page becomes dirty. */
static inline void map_chunk(FakeHost *h, uint32_t chunk, uint8_t state,
                             uint32_t wp, uint32_t resets)
{
    OcpnChunk *k = &map_ns(h)->chunk[chunk];

    ocpn_lock(&map_pu(h, chunk)->lock);
    k->state = state;
    k->wp = k->down = wp;
    k->resets = resets;
    ocpn_unlock(&map_pu(h, chunk)->lock);
    ocpn_store_dirty(&map_ns(h)->store, IMG_REGION_CHUNKS, chunk / 254);
}

/* Page INDEX of the maps as it is in the image: 4064 bytes of payload. */
static inline const uint8_t *map_page(FakeHost *h, uint32_t index)
{
    const uint8_t *slot = h->f.media[1].bytes + map_ns(h)->im.maps.offset +
                          index * 8192;

    return slot + 32 + (bytes_at(slot + 4096 + 16, 8) > bytes_at(slot + 16, 8)
                        ? 4096 : 0);
}

/* Number of 4096-byte writes that page INDEX has seen since creation. */
static inline uint64_t map_writes(FakeHost *h, uint32_t index)
{
    return bytes_at(map_page(h, index) - 16, 8) - 1;
}

/* A page of docs/image-format.rst with the bits [FROM, FROM + N) set. */
typedef struct MapPage {
    uint8_t  used;
    uint32_t chunk, part, resets;
    uint32_t from, n;
} MapPage;

/* Put P into slot 1 of page INDEX, with a high sequence number. */
static inline void map_put_page(FakeHost *h, uint32_t index, MapPage p)
{
    uint8_t *slot = h->f.media[1].bytes + map_ns(h)->im.maps.offset +
                    index * 8192;

    memcpy(slot + 4096, slot, 4096);
    slot += 4096;
    put_bytes_at(slot + 16, 8, 1000);
    memset(slot + 32, 0, 4064);
    slot[32] = p.used;
    put_bytes_at(slot + 32 + 4, 4, p.chunk);
    put_bytes_at(slot + 32 + 8, 4, p.part);
    put_bytes_at(slot + 32 + 12, 4, p.resets);
    for (uint32_t b = p.from; b < p.from + p.n; b++) {
        slot[32 + 16 + b / 8] |= (uint8_t)(1u << b % 8);
    }
    image_reseal(slot, PAGE_CRC);
}

#endif
