/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues and their pools.  Kinds of state (core/ctrl.h) beside each field. */
#ifndef OCPN_QPAIR_INT_H
#define OCPN_QPAIR_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/req.h"

#define OCPN_SLOTS      256u    /* commands of one queue in the device */
#define OCPN_FETCH      32u     /* SQEs read at once; an SQ's turn */
#define OCPN_POST       32u     /* completions written at once */
#define OCPN_BUDGET     128u    /* commands of one run, of all its SQs */
#define OCPN_NSCRATCH   4u      /* scratch buffers of a completion queue */
#define OCPN_NBIG       16u     /* big segment lists of one */
#define OCPN_NVEC       64u     /* vector commands of one in flight */
#define OCPN_NIOS       320u    /* I/Os of one in flight */
#define OCPN_NIOS_ADMIN 16u
#define OCPN_MIN_BIG    512u    /* segments a big list holds at least */
#define OCPN_NO_BYTE    0xffffu /* Parameter Error Location: none */

typedef struct OcpnCq OcpnCq;

/* Pools of a completion queue: things a command may need.  Queue. */
typedef struct OcpnPools {
    OcpnIo   *io;               /* those given back */
    char     *fresh;            /* those that nobody has had yet, in a row */
    uint32_t  nfresh;
    uint32_t  nios;             /* free, of both kinds */
    OcpnVec  *vec;
    void     *big[OCPN_NBIG];   /* stack of free segment lists */
    uint32_t  nbig;
    uint32_t  big_nsegs;        /* capacity of one */
    void     *scratch[OCPN_NSCRATCH];
    uint32_t  nscratch;
    void     *io_mem, *vec_mem, *big_mem, *scratch_mem;
    bool      vec_tried, big_tried, scratch_tried;  /* allocated lazily */
} OcpnPools;

struct OcpnSq {
    OcpnCtrl *c;
    OcpnCq   *cq;               /* frozen */
    OcpnSq   *next;             /* of the same CQ; queue */
    uint16_t  id;               /* frozen */
    uint32_t  size;             /* entries; frozen */
    uint64_t  addr;             /* frozen */
    uint32_t  head;             /* queue */
    /* Written by main for doorbells, by the owner from shadow doorbells. */
    _Atomic uint32_t tail;
    uint32_t  seen;             /* queue: what the shadow doorbell held */
    uint32_t  event;            /* queue: the event index, and where it is */
    uint64_t  event_at;
    uint32_t  fetched, nfetched;    /* queue: window of SQEs in hand, ... */
    uint64_t  fetched_ns;           /* ... and since when */
    OcpnReq  *req;              /* slots; queue */
    uint32_t  nreqs;
    uint32_t  nused;            /* slots that were ever used; queue */
    OcpnReq  *free;             /* of these; queue */
    OcpnReq  *stalled;          /* waits for something; queue */
    uint32_t  inflight;         /* requests not FREE; queue */
    _Atomic bool deleting;      /* main asks */
    _Atomic bool gone;          /* the owner answers: unlinked, nothing left */
    OcpnReq  *deleter;          /* cold: the Delete command to complete */
    bool      watched;          /* cold: OcpnPort.doorbell said so */
    NvmeCmd   window[OCPN_FETCH];
};

struct OcpnCq {
    OcpnCtrl *c;
    uint16_t  id;               /* frozen */
    uint16_t  vector;           /* frozen */
    bool      ien;              /* frozen */
    uint32_t  size;             /* frozen */
    uint64_t  addr;             /* frozen */
    uint32_t  tail;             /* queue */
    uint8_t   phase;            /* queue */
    _Atomic uint32_t head;      /* as an SQ's tail */
    uint32_t  event;            /* queue: as an SQ's */
    uint64_t  event_at;
    _Atomic uint32_t posted;    /* tail, for main */
    OcpnSq   *_Atomic added;    /* SQs main created; the owner takes them */
    OcpnSq   *sqs;              /* queue */
    OcpnSq   *turn;             /* whose turn it is; NULL: the first's */
    uint32_t  nlinked;          /* in SQS; queue */
    uint32_t  nsqs;             /* cold: SQs that use it */
    OcpnReq  *done, **done_tail;    /* completed, not posted; queue */
    uint32_t  ndone;
    OcpnReq  *_Atomic ready;    /* resume these; any thread pushes */
    OcpnReq  *waiters;          /* transfers without an I/O; queue */
    uint32_t  inflight;         /* requests of all its SQs; queue */
    _Atomic bool stopping;      /* main asks */
    _Atomic bool quiet;         /* the owner answers */
    uint32_t  unsignaled;       /* posted since the last interrupt; queue */
    uint64_t  deadline;         /* for their interrupt; 0: none; queue */
    uint64_t  now;              /* time of the run; 0: not asked; queue */
    uint64_t  busy_ns;          /* busy time is counted up to here; queue */
    bool      busy;             /* commands are outstanding; queue */
    bool      polled;           /* see ocpn_cq_set_polled(); queue */
    bool      inside;           /* ocpn_cq_run() is on the stack; queue */
    bool      kicked;           /* for what its own thread did; queue */
    bool      freed;            /* something stalled ones may want; queue */
    bool      broken;           /* its memory is gone; queue */
    bool      watched;          /* cold: OcpnPort.doorbell said so */
    uint32_t  joined;           /* bit n: NSID n + 1's store; queue */
    _Atomic uint32_t format_seen;   /* OcpnCtrl.format_round, of its owner */
    _Atomic uint32_t refs[OCPN_MAX_NS + 1];     /* by NSID: see hold.c */
    OcpnPools pools;
    OcpnShard count;
    NvmeCqe   cqe[OCPN_POST];   /* on their way into the ring; queue */
};

#endif
