/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open-channel geometry and addresses.  OCSSD 2.0, sections 2.1 to 2.3.
 *
 * A logical block address has bit fields group, PU, chunk, block; where counts
 * are no powers of two it has holes.  Inside the device a block is named by
 * its dense index, chunk * clba + block, which has none.
 *
 * A geometry is frozen once ocpn_geometry_init() has accepted it; all
 * functions here may then be called from any thread.
 */
#ifndef HW_OCP_NVME_CORE_GEOMETRY_H
#define HW_OCP_NVME_CORE_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/error.h"

/* The widest fields Linux can address. */
#define OCPN_GRP_MAX    256u
#define OCPN_PU_MAX     256u
#define OCPN_CHK_MAX    65536u
#define OCPN_CLBA_MAX   (1u << 24)

/* Chunks in one namespace: bounds memory, and so what an image can demand. */
#define OCPN_CHUNKS_MAX (1u << 24)

/* Byte addresses of a host stay below two to this power. */
#define OCPN_ADDR_BITS  62

typedef struct OcpnGeometry {
    uint32_t num_grp;           /* groups, 1..256 */
    uint32_t num_pu;            /* parallel units a group, 1..256 */
    uint32_t num_chk;           /* chunks a parallel unit, 1..65536 */
    uint32_t clba;              /* blocks a chunk, 1..2^24 */
    uint32_t ws_min, ws_opt, mw_cunits;     /* blocks */
    uint32_t maxoc, maxocpu;    /* 0: no limit */
    uint32_t pe_cycles;         /* 0: for ever */
    uint32_t wit;               /* 0..255 */
    uint32_t trdt, trdm, twrt, twrm, tcrst, tcrsm;  /* ns */
    /* computed by ocpn_geometry_init() */
    uint8_t  grp_bits, pu_bits, chk_bits, lbk_bits;
    uint8_t  pu_shift, chk_shift, grp_shift;
    uint32_t chunks;            /* in the namespace, 1..OCPN_CHUNKS_MAX */
} OcpnGeometry;

/* A block's place.  CHUNK counts through the namespace, PU fastest but one. */
typedef struct OcpnAddr {
    uint32_t chunk;             /* (grp * num_pu + pu) * num_chk + chk */
    uint32_t blk;               /* block in the chunk, may be >= its cnlb */
} OcpnAddr;

/*
 * Check the numbers (OCSSD 2.0, section 2.1, and what hosts can address) and
 * compute the rest.  LBADS is needed because a host's byte addresses must
 * stay below 2^62.
 * False, with ERR naming the number and what would be right.
 */
bool ocpn_geometry_init(OcpnGeometry *g, uint8_t lbads, OcpnError *err);

/* LBAs in the namespace's address format, holes included: 2^bits. */
uint64_t ocpn_geometry_nsze(const OcpnGeometry *g);

/* Blocks that exist when every chunk has clba of them: the dense indexes. */
static inline uint64_t ocpn_geometry_blocks(const OcpnGeometry *g)
{
    return (uint64_t)g->chunks * g->clba;
}

/*
 * Where LBA is.  False if group, PU or chunk does not exist or bits above the
 * format are set; the block number is not judged: its chunk's cnlb decides.
 */
bool ocpn_addr_split(const OcpnGeometry *g, uint64_t lba, OcpnAddr *a);

/* The same, and the chunk's parallel unit: no call and no division. */
static inline bool ocpn_addr_find(const OcpnGeometry *g, uint64_t lba,
                                  OcpnAddr *a, uint32_t *pu)
{
    /* Bits above the format are too large a group. */
    uint64_t grp = lba >> g->grp_shift;
    uint32_t unit = (uint32_t)(lba >> g->pu_shift) & ((1u << g->pu_bits) - 1);
    uint32_t chk = (uint32_t)(lba >> g->chk_shift) & ((1u << g->chk_bits) - 1);

    if (grp >= g->num_grp || unit >= g->num_pu || chk >= g->num_chk) {
        return false;
    }
    *pu = (uint32_t)grp * g->num_pu + unit;
    a->chunk = *pu * g->num_chk + chk;
    a->blk = (uint32_t)lba & ((1u << g->lbk_bits) - 1);
    return true;
}

/* The address of block BLK of a chunk that exists. */
uint64_t ocpn_addr_lba(const OcpnGeometry *g, uint32_t chunk, uint32_t blk);

/* The parallel unit a chunk is in, counted through the namespace. */
static inline uint32_t ocpn_addr_pu(const OcpnGeometry *g, uint32_t chunk)
{
    return chunk / g->num_chk;
}

#endif
