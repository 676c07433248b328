/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks at run time: what chunks*.c offer to cmd-chunk.c and cmd-vector*.c.
 *
 * Locks.  Everything in ns->chunk[] and ns->pu[] is under the lock of its
 * parallel unit.  A command that touches several units takes their locks in
 * ascending order, and holds none of them across I/O, guest memory access or
 * a callback.
 */
#ifndef OCPN_CHUNKS_INT_H
#define OCPN_CHUNKS_INT_H

#include "nvm-int.h"

/* Chunks one command resets: ranges of a Dataset Management command. */
#define OCPN_RESETS_MAX 256

/* Parallel units whose locks a command holds: ascending, each once. */
typedef struct OcpnPuSet {
    uint32_t n;
    uint32_t pu[OCPN_RESETS_MAX];
} OcpnPuSet;

/* chunks.c */

/* Lock the units of the N (at most OCPN_RESETS_MAX) groups at G. */
void ocpn_pus_lock(OcpnNs *ns, OcpnPuSet *s, const OcpnGroup *g, uint32_t n);
void ocpn_pus_unlock(OcpnNs *ns, const OcpnPuSet *s);

static inline OcpnPu *ocpn_chunk_pu(const OcpnNs *ns, uint32_t chunk)
{
    return &ns->pu[ocpn_addr_pu(&ns->im.geo, chunk)];
}

/* Where LBA is; chunk OCPN_CHUNK_NONE: nowhere. */
static inline OcpnAddr ocpn_addr_of(const OcpnNs *ns, uint64_t lba)
{
    OcpnAddr a = { 0 };

    if (!ocpn_addr_split(&ns->im.geo, lba, &a)) {
        a.chunk = OCPN_CHUNK_NONE;
    }
    return a;
}

/* K as an entry of the chunk table, and back.  Its unit's lock is held. */
ImgChunk ocpn_chunk_to_image(const OcpnChunk *k);
void ocpn_chunk_from_image(OcpnNs *ns, uint32_t chunk, const ImgChunk *e);

/* The wear-level index of K, a chunk of NS. */
static inline uint8_t ocpn_chunk_index(const OcpnNs *ns, const OcpnChunk *k)
{
    uint32_t pe = ns->im.geo.pe_cycles;

    return pe ? ocpn_chunk_wli(k->resets, pe) : k->wear;
}

/* An Open chunk of unit PU ceases to be one; its lock is held. */
void ocpn_chunk_unopen(OcpnCtrl *c, OcpnPu *pu);

/* Trace CHUNK's state and write pointer; its lock is not held. */
void ocpn_chunk_trace(OcpnNs *ns, uint32_t chunk);

/* Pages of the chunks that R's groups changed must be written, each once. */
void ocpn_chunks_dirty(OcpnReq *r);

/* chunks-read.c: what of R's blocks a host may read */

/* Predefined data of unwritten blocks, from DLFEAT. */
static inline uint8_t ocpn_blocks_pattern(const OcpnNs *ns)
{
    return ns->cfg.dlfeat == 2 ? 0xff : 0x00;
}

/* The LBA of entry I: of R's list if it has one, else from R's SLBA on. */
static inline uint64_t ocpn_req_lba(const OcpnReq *r, uint32_t i)
{
    if (r->vec) {
        return r->vec->lba[i];
    }
    return i <= UINT64_MAX - r->slba ? r->slba + i : UINT64_MAX;
}

/* OcpnXferOps.run of reads: readable blocks, or the pattern. */
void ocpn_blocks_run(OcpnCtrl *c, OcpnReq *r, uint32_t entry, OcpnRun *run);

/* The longest row of R's blocks from ENTRY on that are alike, in a chunk. */
void ocpn_blocks_look(const OcpnReq *r, uint32_t entry, OcpnRun *run);

/*
 * chunks-judge.c: the status that R, a read or a copy from R's blocks, has
 * if the medium does not really fail: into r->verdict, and into r->bitmap the
 * entries of a vector (at most 64) that have it.  Faults are drawn once.
 */
void ocpn_blocks_judge(OcpnCtrl *c, OcpnReq *r);
/* With R's verdict, does its data move all the same? */
bool ocpn_verdict_moves(const OcpnReq *r);

/* Describe R's data buffer, and its metadata if the host gave a place. */
OcpnFlow ocpn_blocks_buffers(OcpnCtrl *c, OcpnReq *r, bool to_host);

/* chunks-accept.c, then chunks-write.c: a write, in the order of the calls */

/*
 * Make groups of the r->nlb LBAs at LBA (of r->vec), or one group of r->nlb
 * blocks from r->slba if LBA is NULL, and accept all of them, in order, or
 * none (VW-R1).  FLOW_PENDING: accepted, the write pointers have moved
 * (VW-R2).  FLOW_DONE: refused, R has status and bitmap.  FLOW_STALL: a chunk
 * is being reset.
 */
OcpnFlow ocpn_groups_accept(OcpnCtrl *c, OcpnReq *r, const uint64_t *lba);

/* OcpnXferOps for the data of accepted groups. */
extern const OcpnXferOps ocpn_groups_xfer;

/* The group that entry I belongs to. */
OcpnGroup *ocpn_group_of(const OcpnReq *r, uint32_t i);
/* Where entry I of G goes: its dense block index. */
uint64_t ocpn_group_index(const OcpnReq *r, const OcpnGroup *g, uint32_t i);

/*
 * The data of R's groups is on the medium, except those whose status says
 * that it failed.  Moves the chunks on, makes it permanent, completes R.
 */
void ocpn_groups_landed(OcpnCtrl *c, OcpnReq *r);

/* chunks-meta.c: zeros for metadata that hosts do not give; see there */

/* Does R, a write or a copy, bring metadata of its own? */
bool ocpn_meta_given(const OcpnReq *r);
/* Must a write to K wait?  Until k->zeroing changes. */
static inline bool ocpn_meta_waits(const OcpnChunk *k, bool given)
{
    return k->zeroing && (given || ocpn_chunk_is_random(k));
}

/*
 * G was accepted, and its faults are drawn: which zeros does it bring?  NS has
 * metadata.
 */
void ocpn_meta_accept(OcpnNs *ns, OcpnGroup *g, bool given);
/* G, of chunk K, is down, or failed; g->ahead is set. */
void ocpn_meta_settle(OcpnChunk *k, const OcpnGroup *g);
/* OcpnXferOps.zero of accepted groups. */
uint32_t ocpn_meta_zero(const OcpnReq *r, uint32_t entry, uint64_t *index);

/* chunks-reset.c */

/*
 * Reset the chunks of R's groups, one a group, in order; a group whose status
 * is set is one that cannot be.  ALL: nothing is reset if one of them may not
 * be (DSM-R2), else each is judged alone (VR-R1).  FLOW_PENDING: R will be
 * completed, with descriptors in r->meta if that has a length (VR-R2).
 * FLOW_DONE: nothing changed, R has its status.
 */
OcpnFlow ocpn_resets_run(OcpnCtrl *c, OcpnReq *r, bool all);

/* Small things of several of these files. */

/* Does R report failures by list entry? */
static inline bool ocpn_req_is_vector(const OcpnReq *r)
{
    return r->cmd.opc >= OCSSD_IO_VECTOR_RESET;
}

/* Bits for N entries from FIRST; N is 1 to 64, both fit in 64. */
static inline uint64_t ocpn_entries(uint32_t first, uint32_t n)
{
    return (UINT64_MAX >> (64 - n)) << first;
}

/* The status bitmap of a vector command (VEC-R5). */
static inline void ocpn_req_set_bitmap(OcpnReq *r, uint64_t bitmap)
{
    r->dw0 = (uint32_t)bitmap;
    r->dw1 = (uint32_t)(bitmap >> 32);
}

#endif
