/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of the NVM Command Set share: cmd-nvm*.c, cmd-copy.c,
 * cmd-format.c, extent.c.  All in the request's thread unless said otherwise.
 *
 * Read and Write move their blocks with xfer.c.  The others go step by step:
 * a function starts one I/O and is called again when that is over, with
 * r->failed set if it went wrong.
 */
#ifndef HW_BLOCK_OCP_NVME_CORE_NVM_INT_H
#define HW_BLOCK_OCP_NVME_CORE_NVM_INT_H

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/xfer.h"

/* What Identify Namespace says of Copy: MSRC (0's based), MSSRL, MCL. */
#define OCPN_COPY_MSRC      127u
#define OCPN_COPY_MSSRL     4096u       /* blocks */
#define OCPN_COPY_MCL       65536u      /* blocks */

/*
 * The LBA formats of a conventional namespace, by index: blocks of 512 bytes,
 * then of 4096, each with 0, 8, 16 and 64 bytes of metadata.
 */
#define OCPN_NLBAF          8u

/*
 * OCP drives: the two without metadata come first, before all others the one
 * drives of their profile leave the factory with; a namespace without
 * metadata has only these.
 */
#define OCPN_NLBAF_OCP      2u

static inline unsigned ocpn_lbaf_count(const OcpnNs *ns)
{
    return ocpn_ocp(ns->c, OCP_1_0) && !ns->im.ms ? OCPN_NLBAF_OCP
                                                  : OCPN_NLBAF;
}

/* The place of format INDEX among those of all other drives. */
static inline uint32_t ocpn_lbaf_plain(const OcpnNs *ns, uint32_t index)
{
    static const uint8_t a[OCPN_NLBAF] = { 4, 0, 5, 6, 7, 1, 2, 3 };
    static const uint8_t b[OCPN_NLBAF] = { 0, 4, 1, 2, 3, 5, 6, 7 };

    if (!ocpn_ocp(ns->c, OCP_1_0)) {
        return index;
    }
    return ocpn_ocp_config(ns->c)->profile == OCPN_PROFILE_B
           ? b[index % OCPN_NLBAF] : a[index % OCPN_NLBAF];
}

static inline uint8_t ocpn_lbaf_lbads(const OcpnNs *ns, uint32_t index)
{
    return ocpn_lbaf_plain(ns, index) < 4 ? 9 : 12;
}

static inline uint16_t ocpn_lbaf_ms(const OcpnNs *ns, uint32_t index)
{
    static const uint16_t ms[4] = { 0, 8, 16, 64 };

    return ms[ocpn_lbaf_plain(ns, index) & 3];
}

/* Bytes that one I/O zeroes at most: no long pause where it means writing. */
#define OCPN_ZERO_MAX       (UINT64_C(128) << 20)

/* How a scratch buffer is divided: data, metadata, and OcpnWork. */
#define OCPN_PIECE_META     49152u
#define OCPN_PIECE_WORK     57344u

/* What a command with a list of ranges keeps, beside its OcpnReq. */
typedef struct OcpnWork {
    uint64_t dst;               /* Copy: the next destination block */
    uint32_t range, nranges;    /* next range, ranges */
    union {
        NvmeDsmRange  dsm[256];
        NvmeCopyRange copy[OCPN_COPY_MSRC + 1];
        uint8_t       block[4096 + 64];     /* Compare: one of the host's */
    };
} OcpnWork;
_Static_assert(sizeof(OcpnWork) <= OCPN_SCRATCH - OCPN_PIECE_WORK,
               "OcpnWork does not fit a scratch buffer");

static inline OcpnWork *ocpn_work(const OcpnReq *r)
{
    return (OcpnWork *)(void *)(r->scratch + OCPN_PIECE_WORK);
}

/* One I/O of R, which has an r->scratch_io. */
typedef struct OcpnStep {
    OcpnIoOp op;
    bool     fua;
    bool     unmap;             /* ZERO */
    uint64_t offset, len;       /* bytes of the image of r->ns */
    void    *buf;               /* READ, WRITE */
} OcpnStep;

/*
 * Get what the steps of R need: an I/O, and with BUFFER a scratch buffer.
 * FLOW_PENDING: go on.  FLOW_STALL, FLOW_DONE (failed): return it.
 */
OcpnFlow ocpn_step_get(OcpnCtrl *c, OcpnReq *r, bool buffer);

/*
 * Start the I/O S.  NEXT runs when it is over, from the queue's run and not
 * from within this call; a failure has set r->failed and r->status.
 */
void ocpn_step_io(OcpnCtrl *c, OcpnReq *r, const OcpnStep *s,
                  void (*next)(OcpnCtrl *c, OcpnReq *r));

/*
 * A piece: blocks of r->ns whose data and metadata fit the scratch buffer.
 * Blocks from r->cursor on, not past r->nlb; of Copy, at both places in a row.
 */
uint32_t ocpn_piece(const OcpnReq *r);
/* Its data, or its metadata, between the image's block INDEX and the buffer. */
void ocpn_piece_data(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, uint64_t index,
                     void (*next)(OcpnCtrl *c, OcpnReq *r));
void ocpn_piece_meta(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, uint64_t index,
                     void (*next)(OcpnCtrl *c, OcpnReq *r));

/* NLB blocks from SLBA exist.  NLB may be 0. */
bool ocpn_nvm_in_range(const OcpnNs *ns, uint64_t slba, uint64_t nlb);

/* Take SLBA and NLB from R.  False: refused, they are not all there. */
bool ocpn_nvm_range(OcpnCtrl *c, OcpnReq *r);

/*
 * The same, then describe the host memory of R: its data, and its metadata if
 * that has a buffer of its own.  FLOW_PENDING: go on.
 */
OcpnFlow ocpn_nvm_host(OcpnCtrl *c, OcpnReq *r, bool to_host);

/*
 * Fail R for blocks that Write Uncorrectable marked.  The medium is well, so
 * no media error is counted (OCP: NVMe-IO-14).
 */
static inline OcpnFlow ocpn_nvm_marked(OcpnCtrl *c, OcpnReq *r)
{
    return ocpn_reject_at(c, r, NVME_SC_UNRECOVERED_READ, OCPN_NO_BYTE, 0);
}

/* R asks for Force Unit Access, or the host has turned the cache off. */
static inline bool ocpn_nvm_fua(const OcpnReq *r)
{
    return FIELD_GET(NVME_RW_FUA, ocpn_cdw(r, 12)) ||
           ocpn_write_through(r->sq->c);
}

/*
 * Write and Compare in two steps, for fused pairs.  FLOW_PENDING: prepared;
 * what is started ends in ocpn_nvm_end().  Compare is prepared by
 * ocpn_nvm_host() and ocpn_step_get().
 */
OcpnFlow ocpn_write_prepare(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_write_start(OcpnCtrl *c, OcpnReq *r);
void ocpn_compare_start(OcpnCtrl *c, OcpnReq *r);

/* cmd-fused.c: R, of a pair, is over but for its completion. */
void ocpn_fused_end(OcpnCtrl *c, OcpnReq *r);

/*
 * These blocks have been written: they can be read again.  Notes in R whether
 * that changed a table.
 */
void ocpn_nvm_wrote(OcpnReq *r, uint64_t slba, uint64_t nlb);
/* The same: deallocated. */
void ocpn_nvm_freed(OcpnReq *r, uint64_t slba, uint64_t nlb);

/* End R, after the tables it changed are in the image if it must wait. */
void ocpn_nvm_commit(OcpnCtrl *c, OcpnReq *r, bool fua);

/* End R: count it and complete it. */
void ocpn_nvm_end(OcpnCtrl *c, OcpnReq *r);

/* Where the pages of a conventional image end, and blocks may begin. */
static inline uint64_t ocpn_pages_end(const OcpnImage *im)
{
    return im->maps.length ? im->maps.offset + im->maps.length
                           : im->state.offset + im->state.length;
}

/* extent.c: the marks from and to their state page; main, any thread. */
void ocpn_extents_load(OcpnNs *ns, const ImgPage *p, uint64_t nsze);
void ocpn_extents_store(OcpnNs *ns, ImgPage *p);
/* Forget those behind NSZE, which the image never meant. */
void ocpn_extents_limit(OcpnNs *ns, uint64_t nsze);
/* Forget all marks. */
void ocpn_extents_clear(OcpnNs *ns);

#endif
