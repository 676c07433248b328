/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks.  OCSSD 2.0, "Chunk Model"; specification notes 8.1 to 8.6.
 *
 * chunk.c is the state machine, pure.  chunks.c is the table at run time:
 * what is accepted, what is down on the medium, what is written to the image.
 */
#ifndef HW_OCP_NVME_CORE_CHUNK_H
#define HW_OCP_NVME_CORE_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/spec/ocssd.h"

typedef enum OcpnChunkState {
    CHUNK_FREE, CHUNK_OPEN, CHUNK_CLOSED, CHUNK_OFFLINE, CHUNK_NSTATES
} OcpnChunkState;

typedef enum OcpnChunkEvent {
    CHUNK_WRITE,        /* at the write pointer, room remains after it */
    CHUNK_FILL,         /* at the write pointer, takes the last block */
    CHUNK_STRAY,        /* elsewhere in the chunk */
    CHUNK_BEYOND,       /* past the chunk's end */
    CHUNK_RANDOM,       /* a write to a random-write chunk */
    CHUNK_CUT,          /* an accepted write failed: Chunk Early Close */
    CHUNK_SKIP,         /* an accepted write failed: Write Next Unit */
    CHUNK_RESET,
    CHUNK_DENY,         /* a reset MCCAP does not allow in this state */
    CHUNK_WORN,         /* a reset that ends the chunk's life */
    CHUNK_CLOSE,        /* the drive closes it by itself */
    CHUNK_NEVENTS
} OcpnChunkEvent;

enum OcpnChunkFlag {
    OCPN_CHUNK_OFFLINE_NEXT = 1 << 0,   /* IMG_CHUNK_OFFLINE_NEXT */
    OCPN_CHUNK_BUSY         = 1 << 1,   /* is being reset, or set */
    OCPN_CHUNK_AWAITED      = 1 << 2,   /* a queue is stalled for it */
    OCPN_CHUNK_MARK_SHIFT   = 3,        /* bits 7:3: enum Ocssd12Block */
};

/* Under the lock of its parallel unit.  28 bytes. */
typedef struct OcpnChunk {
    uint32_t wp;        /* blocks accepted */
    uint32_t down;      /* blocks on the medium, in order: what pages say */
    uint32_t cnlb;      /* blocks in this chunk */
    uint32_t resets;    /* completed resets; feeds the wear-level index */
    uint16_t inflight;  /* accepted write groups that are not down */
    uint8_t  state;     /* OcpnChunkState */
    uint8_t  type;      /* enum OcssdChunkType */
    uint8_t  flags;     /* enum OcpnChunkFlag */
    uint8_t  wear;      /* wear-level index, if pe_cycles is 0 */
    uint16_t map;       /* its first block map page, plus 1; 0: none */
    uint16_t zeroing;   /* those of inflight that bring zeros for others */
    uint8_t  zeroed;    /* windows of zero metadata: chunks-meta.c */
    bool     soiled;    /* some metadata may not be zero */
} OcpnChunk;
_Static_assert(sizeof(OcpnChunk) == 28, "RAM of a chunk");

typedef struct OcpnGroup OcpnGroup;

/* A parallel unit. */
typedef struct OcpnPu {
    OcpnLock   lock;
    uint32_t   open;            /* chunks in CHUNK_OPEN */
    OcpnGroup *waiting;         /* writes whose predecessors are not down */
} OcpnPu;

/* Blocks of any address, in any order: no write pointer, no window. */
static inline bool ocpn_chunk_is_random(const OcpnChunk *k)
{
    return k->type & OCSSD_CT_RANDOM;
}

/* Does it count against MAXOC and MAXOCPU? */
static inline bool ocpn_chunk_counts(const OcpnChunk *k)
{
    return k->state == CHUNK_OPEN && !ocpn_chunk_is_random(k);
}

/* What a write of NLB blocks at block BLK of the chunk would be. */
OcpnChunkEvent ocpn_chunk_write_event(const OcpnChunk *k, uint32_t blk,
                                      uint32_t nlb);

/* Status of EV in K's state; 0 is success.  Changes nothing. */
uint16_t ocpn_chunk_judge(const OcpnChunk *k, OcpnChunkEvent ev);

/* Apply EV to K: state, wp or down (by NLB), resets.  Returns the status. */
uint16_t ocpn_chunk_apply(OcpnChunk *k, OcpnChunkEvent ev, uint32_t nlb);

/* The specification's one-hot code of a state (enum OcssdChunkState). */
uint8_t ocpn_chunk_cs(uint8_t state);

/* Blocks [0, n) of K that are written, readable or in the window: n. */
static inline uint32_t ocpn_chunk_window(const OcpnChunk *k)
{
    if (k->state != CHUNK_OPEN && k->state != CHUNK_CLOSED) {
        return 0;
    }
    return k->wp < k->down ? k->wp : k->down;
}

/* Blocks [0, n) of K that a host may read: n.  MW is MW_CUNITS. */
static inline uint32_t ocpn_chunk_readable(const OcpnChunk *k, uint32_t mw)
{
    uint32_t n = ocpn_chunk_window(k);
    uint32_t most = k->wp > mw ? k->wp - mw : 0;

    return k->state == CHUNK_OPEN && most < n ? most : n;
}

/* Wear-level index: 255 at PE resets; 0 if PE is 0 (no limit). */
uint8_t ocpn_chunk_wli(uint32_t resets, uint32_t pe);

#endif
