/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block maps: a bit for each block of those few chunks that need it.  In a
 * sequential chunk the bit says that the block is lost (Write Next Unit), in a
 * random-write chunk that it was written.  docs/image-format.rst, "Block maps".
 *
 * Maps are given from the pages of the image's map region.  A map belongs to
 * one life of its chunk: it counts as long as the chunk's number of resets is
 * that of its pages, so a reset needs to write no map.
 *
 * Thread: any.  Functions with a chunk want the lock of its parallel unit
 * held; the pages' own lock is a leaf, but for the store's.
 */
#ifndef HW_OCP_NVME_CORE_BLOCK_MAP_H
#define HW_OCP_NVME_CORE_BLOCK_MAP_H

#include "hw/ocp-nvme/core/ns.h"

/*
 * Give CHUNK a map, if it has none, with no bit set.  False: too few pages
 * are left, or the image has none.  Its pages become dirty.
 */
bool ocpn_map_get(OcpnNs *ns, uint32_t chunk);

/*
 * Take CHUNK's map away, if it has one; ocpn_map_get() may give its pages to
 * any chunk at once.  They become dirty, but nobody has to wait for that: the
 * image's copies of them name a number of resets that the chunk has left
 * behind.  So call this when the reset is in the image, and not before.  If
 * the image had the chunk as it was, and its pages already as another's, a
 * restart would find the chunk without its map and take lost blocks for data.
 *
 * If the number of resets is what it was, the image's copies still count, so
 * the pages stay the chunk's and only lose their bits; except if the chunk is
 * Offline, when no map counts.
 */
void ocpn_map_put(OcpnNs *ns, uint32_t chunk);

/*
 * CHUNK's number of resets was changed, but not by a reset: its map, if it
 * has one, stays its map.  Its pages become dirty.  ocpn_map_get() does it too.
 * Not while bits count: no order of writes to chunk table and pages is safe.
 */
void ocpn_map_keep(OcpnNs *ns, uint32_t chunk);

/*
 * CHUNK's map, if it has one, leaves: it is to be put when CHUNK as it is now
 * is in the image.  Main, as all that asks for it.
 */
void ocpn_map_leave(OcpnNs *ns, uint32_t chunk);
bool ocpn_map_leaves(const OcpnNs *ns, uint32_t chunk);
/*
 * The next chunk whose map leaves; *AT is 0 at first.  No lock is held.
 * OCPN_CHUNK_NONE: there is none.
 */
uint32_t ocpn_map_leaving(OcpnNs *ns, uint32_t *at);

/*
 * Set, or clear, the bits of NLB blocks from BLK; CHUNK has a map.  Their
 * pages become dirty.  The bit of a block that is lost must be set before the
 * write pointer moves past it.
 */
void ocpn_map_set(OcpnNs *ns, uint32_t chunk, uint32_t blk, uint32_t nlb);
void ocpn_map_clear(OcpnNs *ns, uint32_t chunk, uint32_t blk, uint32_t nlb);

/*
 * Bit BLK of CHUNK's map (false without one); *N (at most MAX, at least 1)
 * blocks from BLK on have the same.
 */
bool ocpn_map_look(const OcpnNs *ns, uint32_t chunk, uint32_t blk,
                   uint32_t max, uint32_t *n);

/* Pages that are free, for people.  Any thread, no lock. */
uint32_t ocpn_map_pages_left(OcpnNs *ns);

#endif
