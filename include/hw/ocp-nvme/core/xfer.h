/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the blocks of a request between host memory and the image.
 *
 * A command is a row of blocks, entry 0 to nlb - 1.  The command's file says
 * for each entry where it is (run()); xfer.c makes I/Os of neighbours, keeps
 * as many in flight as its queue has, and calls r->after() once when all is
 * done (status set if something failed).
 */
#ifndef HW_OCP_NVME_CORE_XFER_H
#define HW_OCP_NVME_CORE_XFER_H

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/req.h"

typedef enum OcpnRunKind {
    OCPN_RUN_MEDIA,             /* blocks on the medium, from INDEX */
    OCPN_RUN_PATTERN,           /* predefined data: BYTE everywhere (reads) */
    OCPN_RUN_SKIP,              /* nothing moves */
} OcpnRunKind;

typedef struct OcpnRun {
    OcpnRunKind kind;
    uint64_t index;             /* dense block index */
    uint32_t nlb;               /* entries the run covers, >= 1 */
    uint8_t  byte;
    bool     refused;           /* PATTERN: reading it is an error, always */
} OcpnRun;

typedef struct OcpnXferOps {
    OcpnIoOp op;                /* READ or WRITE */
    /* The longest run that starts at entry R->cursor.  Pure. */
    void (*run)(OcpnCtrl *c, OcpnReq *r, uint32_t entry, OcpnRun *run);
    /*
     * An I/O over N entries from FIRST failed; sets R's status at last.
     * Optional: without it the first failure is the status.
     */
    void (*error)(OcpnCtrl *c, OcpnReq *r, uint32_t first, uint32_t n,
                  OcpnIoResult result);
    /*
     * Writes for which the host gives no metadata: blocks from *INDEX on whose
     * metadata becomes zeros with the piece that begins at ENTRY; 0: none.
     * Pure.  Optional: without it those of the piece.
     */
    uint32_t (*zero)(const OcpnReq *r, uint32_t entry, uint64_t *index);
} OcpnXferOps;

/*
 * True if R's queue has an I/O to start with.  Handlers ask before they
 * change anything, and return FLOW_STALL if not.
 */
bool ocpn_xfer_ready(OcpnCtrl *c, OcpnReq *r);

/*
 * Move r->nlb blocks between r->data (and r->meta, if it has a length) and
 * the image of r->ns, then call AFTER in R's thread.  FUA per the command.
 */
OcpnFlow ocpn_xfer_start(OcpnCtrl *c, OcpnReq *r, const OcpnXferOps *ops,
                         bool fua, void (*after)(OcpnCtrl *c, OcpnReq *r));

/*
 * For handlers that work piece by piece: a scratch buffer of OCPN_SCRATCH
 * bytes and an I/O for R, until it completes.  False: the queue has none now;
 * stall, before anything was changed.
 */
#define OCPN_SCRATCH    65536u
bool ocpn_scratch_get(OcpnCtrl *c, OcpnReq *r);

/*
 * One I/O between the image and R's scratch buffer, or without data (flush,
 * discard, zero).  AFTER is called when it is done; r->failed tells.
 */
void ocpn_scratch_io(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, uint64_t offset,
                     uint64_t len, bool fua,
                     void (*after)(OcpnCtrl *c, OcpnReq *r));

/* The status a host gets for a failed I/O. */
uint16_t ocpn_io_status(OcpnIoOp op, OcpnIoResult result);

/* Byte offsets of a dense block in the image. */
static inline uint64_t ocpn_data_offset(const OcpnNs *ns, uint64_t index)
{
    uint64_t at = index << ns->im.lbads;

    if (ns->map) {
        uint64_t grain = at >> ns->shift;

        at += ((uint64_t)ns->map[grain] - grain) << ns->shift;
    }
    return ns->im.data.offset + at;
}

/* space.c: of NLB blocks from INDEX, those that follow each other. */
uint64_t ocpn_grains_row(const OcpnNs *ns, uint64_t index, uint64_t nlb);
static inline uint32_t ocpn_data_row(const OcpnNs *ns, uint64_t index,
                                     uint32_t nlb)
{
    return ns->map ? (uint32_t)ocpn_grains_row(ns, index, nlb) : nlb;
}

static inline uint64_t ocpn_meta_offset(const OcpnNs *ns, uint64_t index)
{
    return ns->im.meta.offset + index * ns->im.ms;
}

#endif
