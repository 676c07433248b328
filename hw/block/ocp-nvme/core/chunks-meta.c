/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metadata of blocks whose host gives none: it reads as zeros.
 * Implements: OCSSD 2.0, "Write", "Vector Chunk Write" (without MPTR);
 * docs/architecture.rst, "Metadata that hosts do not give".
 *
 * Metadata of a block is less than a sector, so zeros for each write would
 * cost more than the write.  They are written ahead instead: a write brings
 * zeros for all of its window that nobody has written yet, and those behind it
 * need none.  What is known of a chunk is in memory only:
 *
 *   zeroed   so many windows have zeros in all blocks that were not written in
 *            this life of the chunk; if it is not soiled, in all blocks
 *   soiled   some block may have other metadata than zeros
 *   zeroing  groups in flight whose zeros zeroed counts already
 *
 * Nothing is known after a start.  The first write then brings zeros from the
 * write pointer on: what is behind that is nobody's.  A reset keeps the zeros
 * of a chunk that is not soiled.
 *
 * Order.  In a sequential chunk a write may rely on zeros that are in flight,
 * as it is not down before the write that brings them is, and fails with it.
 * One that has metadata of its own waits for them, or they might come later
 * and wipe it out.  In a random-write chunk every write waits.
 *
 * A random-write chunk has no pointer behind which blocks are free.  Zeros are
 * written ahead for all of it, with its first write, if it has one window; as
 * soon as it is soiled, and if it is larger, each write brings its own.
 *
 * All of it under the lock of the chunk's parallel unit.
 */
#include "chunks-int.h"

/* Bytes of metadata that one write makes zeros; a power of two. */
#define WINDOW  (8u << 20)
_Static_assert((UINT64_C(1) << 24) * 64 / WINDOW <= UINT8_MAX,
               "windows of the largest chunk");

/* Windows that have any of N blocks from a chunk's beginning. */
static uint32_t windows(const OcpnNs *ns, uint32_t n)
{
    uint32_t blocks = WINDOW / ns->im.ms;

    return n / blocks + (n % blocks != 0);
}

bool ocpn_meta_given(const OcpnReq *r)
{
    return r->meta.len || r->cmd.opc == OCSSD_IO_VECTOR_COPY;
}

/* G brings the zeros of blocks [BLK, END) of K, and others rely on that. */
static void bring(OcpnChunk *k, OcpnGroup *g, uint32_t blk, uint32_t end)
{
    g->zero_blk = blk;
    g->zero_nlb = (end < k->cnlb ? end : k->cnlb) - blk;
    g->ahead = true;
    k->zeroing++;
}

static void accept_random(const OcpnNs *ns, OcpnChunk *k, OcpnGroup *g)
{
    if (k->zeroed && !k->soiled && !k->zeroing) {
        return;
    }
    g->zero_blk = g->blk;
    g->zero_nlb = g->nlb;
    if (!k->zeroed && g->state_was == CHUNK_FREE &&
        windows(ns, k->cnlb) == 1) {
        k->zeroed = 1;
        bring(k, g, 0, k->cnlb);
    }
}

static void accept(const OcpnNs *ns, OcpnChunk *k, OcpnGroup *g)
{
    const uint32_t blocks = WINDOW / ns->im.ms;
    uint32_t end = windows(ns, g->blk + g->nlb);

    if (end <= k->zeroed) {
        return;
    }
    /* Blocks between are written already, and who knows with what. */
    k->soiled |= g->blk > (uint32_t)k->zeroed * blocks;
    k->zeroed = (uint8_t)end;
    bring(k, g, g->blk, end * blocks);
}

void ocpn_meta_accept(OcpnNs *ns, OcpnGroup *g, bool given)
{
    OcpnChunk *k = &ns->chunk[g->chunk];

    if (g->status) {
        return;                         /* nothing is written */
    }
    if (given) {
        k->soiled = true;
    } else if (ocpn_chunk_is_random(k)) {
        accept_random(ns, k, g);
    } else {
        accept(ns, k, g);
    }
}

void ocpn_meta_settle(OcpnChunk *k, const OcpnGroup *g)
{
    k->zeroing--;
    k->soiled |= g->status != 0;        /* its zeros may have failed, too */
}

uint32_t ocpn_meta_zero(const OcpnReq *r, uint32_t entry, uint64_t *index)
{
    const OcpnGroup *g = ocpn_group_of(r, entry);

    if (entry != g->first) {
        return 0;
    }
    *index = (uint64_t)g->chunk * r->ns->im.geo.clba + g->zero_blk;
    return g->zero_nlb;
}
