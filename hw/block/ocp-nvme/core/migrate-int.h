/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a saved state: parts, each with a header, in ascending order of
 * kind; the last is SAVED_END, whatever its number.  A change of a struct is a
 * new version of its kind.
 */
#ifndef OCPN_MIGRATE_INT_H
#define OCPN_MIGRATE_INT_H

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/migrate.h"

typedef enum SavedKind {
    SAVED_CONFIG = 1,           /* one */
    SAVED_NS,                   /* one a namespace */
    SAVED_FEATURE,
    SAVED_CTRL,                 /* one */
    SAVED_CQ,
    SAVED_SQ,
    SAVED_CMD,
    SAVED_DONE,
    SAVED_EVENT,
    SAVED_NOTICE,
    SAVED_FAULT,
    SAVED_ERRORS,               /* one */
    SAVED_END,                  /* one; empty; the last of all */
    /* Of OCP drives. */
    SAVED_OCP,                  /* one, or none */
    SAVED_CAPTURE,              /* the same: data areas of LID 07h */
    SAVED_FIFO,                 /* one an event FIFO */
    SAVED_FORCE,
    SAVED_HOST_ID,              /* one, or none */
    SAVED_CUT,                  /* one, or none: a power cut to come */
    SAVED_LOSS,                 /* what that would lose */
    SAVED_LAG,                  /* one, or none */
    SAVED_LATENCY,              /* one, of a further controller */
    SAVED_NKINDS
} SavedKind;

/* What is written; what else is read: see row_of() of migrate-load.c. */
static inline uint16_t ocpn_saved_version(SavedKind kind)
{
    return kind == SAVED_NS || kind == SAVED_CMD || kind == SAVED_FAULT ? 2
                                                                       : 1;
}

typedef struct SavedPart {
    Le16    kind, version;
    Le32    len;                /* bytes that follow */
} SavedPart;
WIRE_SIZE(SavedPart, 8);

/* What both drives must have in common. */
typedef struct SavedConfig {
    Le32    max_ioqpairs, mqes, nvectors, mdts;
    Le32    namespaces;         /* bit n: NSID n + 1 */
    uint8_t sync_flush, dbbuf, exact_nn, cntlid;
    char    serial[20];         /* padded with NULs */
} SavedConfig;
WIRE_SIZE(SavedConfig, 44);

typedef struct SavedNs {
    Le32    nsid;
    Le32    switches;           /* of OcpnNsConfig: see switches_of() */
    uint8_t uuid[16];
    Le64    eui64;              /* since version 2; 0: none */
} SavedNs;
WIRE_AT(SavedNs, eui64, 24);
WIRE_SIZE(SavedNs, 32);

typedef struct SavedCtrl {
    Le32    state, shutdown;    /* OcpnState, OcpnShutdown */
    Le32    intms, cc, csts, aqa;
    Le64    asq, acq, dbs, eis;
    Le32    page_size;
    uint8_t halted, marked_open, cycle_counted, timestamp_origin;
    Le32    event_order, changed_ns, fault_id, ahead;
    Le64    timestamp_ms;
    Le64    power_cycles, unsafe_shutdowns, power_on_seconds;
    Le64    count[OCPN_COUNT_SAVED_N];
    Le64    error_count, notices;
    Le64    no_coalescing[OCPN_MAX_VECTORS / 64];
} SavedCtrl;
WIRE_SIZE(SavedCtrl, 432);

typedef struct SavedCq {
    Le16    id, vector;
    Le32    size, tail, head;
    Le64    addr;
    uint8_t ien, phase, broken, rsvd27[5];
} SavedCq;
WIRE_SIZE(SavedCq, 32);

typedef struct SavedSq {
    Le16    id, cqid;
    Le32    size, head, tail;
    Le64    addr;
} SavedSq;
WIRE_SIZE(SavedSq, 24);

typedef enum SavedWait {
    SAVED_WAIT_EVENT,           /* Asynchronous Event Request; in order */
    SAVED_WAIT_STALLED,         /* runs before what is in its ring */
    SAVED_WAIT_DELETE,          /* Delete I/O Submission Queue DELETED */
    SAVED_WAIT_FOREVER,         /* an injected error holds it back */
    SAVED_WAIT_END
} SavedWait;

/* What of OcpnReq is there already; in version 1 the first only. */
#define SAVED_JUDGED_SHIFT  0
#define SAVED_JUDGED_MASK   1u
#define SAVED_ASKED_SHIFT   1
#define SAVED_ASKED_MASK    3u

typedef struct SavedCmd {
    uint8_t wait;               /* SavedWait */
    uint8_t drawn;              /* SAVED_JUDGED, SAVED_ASKED_ */
    Le16    sqid, deleted, verdict;
    Le64    verdict_map;
    NvmeCmd cmd;
} SavedCmd;
WIRE_SIZE(SavedCmd, 80);

/* A completion that found no room, in the order of its queue. */
typedef struct SavedDone {
    Le16    sqid, cid, status, rsvd6;
    Le32    dw0, dw1;
} SavedDone;
WIRE_SIZE(SavedDone, 16);

typedef struct SavedEvent {
    uint8_t type, info, lid, pending, masked, rsvd5[3];
    Le32    order;
} SavedEvent;
WIRE_SIZE(SavedEvent, 12);

typedef struct SavedFeature {
    uint8_t fid, uuid, has_saved, rsvd3;
    Le32    nsid;               /* 0: of the controller */
    Le32    now, saved;
} SavedFeature;
WIRE_SIZE(SavedFeature, 16);

typedef struct SavedRange {
    Le64    first, last;
} SavedRange;

typedef struct SavedFault {
    Le32    id, point, nsid, ppm;
    Le64    after, times, seed, chances, fired, dice;
    SavedRange grp, pu, chk, blk, lba;
    uint8_t offline_next, rsvd145[7];
    /* Since version 2: */
    uint8_t owner, has, io, opcode, lid, fid;
    Le16    status;
    Le32    ms, rsvd164;
} SavedFault;
WIRE_AT(SavedFault, owner, 152);
WIRE_SIZE(SavedFault, 168);

typedef struct SavedOcp {
    uint8_t version;            /* OcpVersion; the destination's, too */
    uint8_t opal;
    uint8_t capacitor_news;
    uint8_t telemetry_bug, telemetry_enabled, rsvd5;
    Le16    capacitors;
    Le16    power[OCPN_POWER_STATES];   /* the same */
    OcpReason reason;           /* of LID 07h */
    uint8_t damage[256];        /* OcpnDamage by LID */
} SavedOcp;
WIRE_SIZE(SavedOcp, 456);

typedef struct SavedFifo {
    Le32    fifo, rsvd4;
    Le64    n, age;             /* entries ever; ns since the timestamp */
    uint8_t entry[OCPN_FIFO_EVENTS][OCPN_EVENT_MAX];    /* by n */
} SavedFifo;
WIRE_SIZE(SavedFifo, 2072);

#define SAVED_ANY   0xffffu     /* of the three identifiers */
typedef struct SavedForce {
    Le16    io, opcode, lid, fid, status, rsvd10;
    Le32    times, ms;
} SavedForce;
WIRE_SIZE(SavedForce, 20);

typedef struct SavedCut {
    Le32    left, drop, n;
    Le32    wish;               /* power-loss= xor 3, tear=, seed=; 0: none */
} SavedCut;
WIRE_SIZE(SavedCut, 16);

typedef struct SavedLoss {
    Le32    nsid, write, chunk, nlb;
    Le64    at;
} SavedLoss;
WIRE_SIZE(SavedLoss, 24);

typedef struct SavedLag {
    Le32    ms, rsvd4;
    Le64    left;               /* ns until they are refreshed */
    uint8_t page[OCPN_NLAGS][512];
} SavedLag;
WIRE_SIZE(SavedLag, 1040);

/* The namespaces of C: bit n is NSID n + 1. */
uint32_t ocpn_saved_namespaces(const OcpnCtrl *c);
/* The properties of NS that a host can tell from one another. */
uint32_t ocpn_saved_switches(const OcpnNs *ns);

/* migrate-parts.c: one part each into C.  False: ERR says why. */
bool ocpn_load_event(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_feature(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_notice(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_fault(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_fault_1(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_errors(OcpnCtrl *c, const void *part, OcpnError *err);

/* migrate-queue.c: the same for queues and what waits in them. */
bool ocpn_load_cq(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_sq(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_cmd(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_done(OcpnCtrl *c, const void *part, OcpnError *err);

/* migrate-ocp.c: are the LEN bytes at BUF of a drive with C's ocp-version? */
bool ocpn_saved_same_ocp(const OcpnCtrl *c, const void *buf, size_t len,
                         OcpnError *err);

/* The same of OCP drives only; before the first of them ... */
void ocpn_load_no_ocp(OcpnCtrl *c);
bool ocpn_load_ocp(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_capture(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_fifo(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_force(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_host_id(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_cut(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_loss(OcpnCtrl *c, const void *part, OcpnError *err);
bool ocpn_load_latency(OcpnCtrl *c, const void *part, OcpnError *err);
/* ... and all of it into OUT. */
typedef struct OcpnOut OcpnOut;
void ocpn_save_ocp(OcpnCtrl *c, OcpnOut *out);

/* lag.c */
bool ocpn_load_lag(OcpnCtrl *c, const void *part, OcpnError *err);
void ocpn_save_lag(OcpnCtrl *c, OcpnOut *out);

/* migrate-save.c: one more part. */
void ocpn_save_part(OcpnOut *out, SavedKind kind, const void *p, size_t n);

#endif
