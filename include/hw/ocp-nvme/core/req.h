/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request: one command from its fetch to its completion.
 *
 * States: FREE -> FETCHED -> RUNNING -> DONE -> FREE.  A handler gets a
 * request in RUNNING and either finishes it (FLOW_DONE, status in the
 * request), keeps it (FLOW_PENDING, ocpn_complete() later, once), or asks to
 * be called again from its start because something it needs is used up
 * (FLOW_STALL, nothing changed yet; its queue waits).
 *
 * Thread: a request belongs to the owner of its completion queue.  Only
 * ocpn_req_ready() may be called from elsewhere.
 */
#ifndef HW_OCP_NVME_CORE_REQ_H
#define HW_OCP_NVME_CORE_REQ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/port.h"
#include "hw/ocp-nvme/spec/nvme-cmd.h"
#include "hw/ocp-nvme/spec/nvme-status.h"
#include "hw/ocp-nvme/spec/ocssd.h"

typedef struct OcpnCtrl OcpnCtrl;
typedef struct OcpnNs OcpnNs;
typedef struct OcpnSq OcpnSq;
typedef struct OcpnReq OcpnReq;

typedef enum OcpnFlow { FLOW_DONE, FLOW_PENDING, FLOW_STALL } OcpnFlow;

typedef enum OcpnReqState {
    OCPN_REQ_FREE,
    OCPN_REQ_FETCHED,
    OCPN_REQ_RUNNING,
    OCPN_REQ_DONE,
} OcpnReqState;

/* Segments kept in the request itself: 128 KiB of unaligned pages. */
#define OCPN_REQ_NSEGS  34

/* Host memory of a command: its data or its metadata. */
typedef struct OcpnDptr {
    OcpnSeg *seg;
    uint32_t nseg;
    uint64_t len;               /* bytes, all segments */
} OcpnDptr;

/*
 * Entries of a command that lie next to each other in its list and in one
 * chunk: what a write does to that chunk, until its blocks are down; for
 * resets, one entry.
 */
typedef struct OcpnGroup {
    uint32_t chunk;             /* OCPN_CHUNK_NONE: there is no such chunk */
    uint32_t pu;                /* writes: its parallel unit */
    uint32_t blk;               /* first block in the chunk */
    uint32_t nlb;               /* entries; resets: blocks to give back */
    uint32_t end;               /* one past the highest block it names */
    uint32_t first;             /* list entry of the first block */
    uint16_t status;            /* 0 as long as nothing failed */
    bool     stray;             /* its blocks do not follow each other */
    bool     offline_next;      /* if it fails: nor will the next reset work */
    uint8_t  wear_was, wear;    /* resets: wear-level index before, after */
    uint8_t  state_was;         /* writes: as long as they may be refused */
    bool     ahead;             /* others rely on the zeros it brings */
    uint32_t wp_was;
    uint32_t zero_blk;          /* blocks whose metadata becomes zeros */
    uint32_t zero_nlb;          /* with it, if the host gives none */
    OcpnReq *req;
    struct OcpnGroup *next;     /* in a parallel unit's waiting list */
} OcpnGroup;
#define OCPN_CHUNK_NONE UINT32_MAX

#define OCPN_VEC_MAX    64

/* What a vector command needs on top; from a pool of its queue. */
typedef struct OcpnVec {
    uint64_t lba[OCPN_VEC_MAX];
    uint64_t dst[OCPN_VEC_MAX];
    OcpnGroup group[OCPN_VEC_MAX];
    struct OcpnVec *next;
} OcpnVec;

struct OcpnReq {
    NvmeCmd  cmd;
    OcpnSq  *sq;
    OcpnNs  *ns;                /* NULL: none, or not looked up */
    uint8_t  state;             /* OcpnReqState */
    bool     ns_ref;            /* counted as a user of NS: hold.c */
    uint16_t status;            /* SCT << 8 | SC */
    uint16_t error_byte;        /* Parameter Error Location, byte */
    uint8_t  error_bit;         /* ... bit */
    uint32_t dw0, dw1;          /* command specific result */
    uint64_t fetched_ns;        /* port->now() at the fetch */

    OcpnDptr data;
    OcpnDptr meta;
    OcpnSeg *big_seg;           /* from the queue's pool, or NULL */

    /* What cmd-*.c made of the command. */
    uint64_t slba;              /* as the host wrote it */
    uint32_t nlb;               /* blocks, a count */
    uint64_t bitmap;            /* vector commands: entries that failed */
    OcpnVec *vec;               /* from the queue's pool, or NULL */
    OcpnGroup *group;           /* &one or vec->group */
    uint32_t ngroups;
    _Atomic uint32_t ngroups_up;    /* of them not down; any thread */

    /* xfer.c: see there */
    const struct OcpnXferOps *xfer;
    uint32_t cursor;            /* next block to move */
    uint32_t pending;           /* I/Os in flight */
    uint32_t step;              /* for handlers with several steps */
    bool     judged;            /* reads: the two below are drawn */
    uint16_t verdict;           /* the status if all else goes well */
    uint64_t verdict_map;       /* ... and its entries, of vectors */
    uint8_t  asked;             /* fault-meet.c: where rules were asked */
    uint32_t late_ms;           /* ... if ASKED: so much later it completes */
    uint64_t held_ns;           /* ... until then; UINT64_MAX: for ever */
    bool     failed;            /* some I/O failed; status says how */
    bool     starting;          /* ocpn_xfer_go() is on the stack */
    bool     fua;               /* of its writes */
    bool     unmap;             /* of ocpn_scratch_io(), ZERO */
    bool     bouncing;          /* a piece is in the scratch buffer */
    bool     tables;            /* it changed tables: cmd-*.c of NVM */
    uint8_t  io_result;         /* OcpnIoResult of ocpn_scratch_io() */
    uint32_t bounce_nlb;
    uint64_t bounce_index;
    OcpnReq *peer;              /* cmd-fused.c: the other of a fused pair */
    uint8_t *scratch;           /* of the queue's pool, or NULL */
    OcpnIo  *scratch_io;

    void   (*resume)(OcpnCtrl *c, OcpnReq *r);  /* after ocpn_req_ready() */
    void   (*after)(OcpnCtrl *c, OcpnReq *r);   /* see xfer.h, store.h */
    OcpnReq *next;              /* free list, done list, waiters */
    OcpnReq *ready_next;        /* ready stack */

    /* What most commands use the start of, or nothing. */
    OcpnSeg  inline_seg[OCPN_REQ_NSEGS];
    OcpnGroup one;              /* the only group of a scalar write */
    OcpnSeg  meta_seg[16];
};

/*
 * Refuse R: set the status and say which byte (0..63) and bit of the command
 * was wrong.  Writes an Error Information log entry.  Returns FLOW_DONE.
 */
OcpnFlow ocpn_reject_at(OcpnCtrl *c, OcpnReq *r, uint16_t status,
                        size_t byte, unsigned bit);

/* Refuse R because of the field MEMBER of NvmeCmd. */
#define REJECT(c, r, sc, member) \
    ocpn_reject_at((c), (r), NVME_SC_##sc, offsetof(NvmeCmd, member), 0)
/* The same, naming the bit field FIELD (FIELD_SHIFT) in dword MEMBER. */
#define REJECT_FIELD(c, r, sc, member, field) \
    ocpn_reject_at((c), (r), NVME_SC_##sc, \
                   offsetof(NvmeCmd, member) + (field##_SHIFT) / 8, \
                   (field##_SHIFT) % 8)
/* The same for a status of another list, e.g. OCSSD_SC_INVALID_RESET. */
#define REJECT_SC(c, r, status, member) \
    ocpn_reject_at((c), (r), (status), offsetof(NvmeCmd, member), 0)

/*
 * Fail R without a field of the command to blame: media errors, transfer
 * errors, aborts.  Logged like a refusal, location FFFFh.
 */
OcpnFlow ocpn_fail(OcpnCtrl *c, OcpnReq *r, uint16_t status);

/*
 * R is finished: status, dw0, dw1 are set.  For requests that were
 * FLOW_PENDING.  Gives back everything R holds; R is gone after it.
 */
void ocpn_complete(OcpnCtrl *c, OcpnReq *r);

/* Any thread: call r->resume(c, r) soon in its owner's thread. */
void ocpn_req_ready(OcpnCtrl *c, OcpnReq *r);

/* True if a host retry of the command cannot help (the DNR bit). */
bool ocpn_status_dnr(uint16_t status);
/* "Invalid Field in Command"; never NULL. */
const char *ocpn_status_name(uint16_t status);

/* Dword N (10..15) of R's command. */
static inline uint32_t ocpn_cdw(const OcpnReq *r, unsigned n)
{
    const Le32 *dw = &r->cmd.cdw10;

    return from_le32(dw[n - 10]);
}

#endif
