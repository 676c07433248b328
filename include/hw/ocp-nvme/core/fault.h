/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults: what shall go wrong, where and when.  docs/fault-injection.rst.
 *
 * A rule names a point, a place, and when it fires.  Where the drive passes a
 * point it asks; a rule that fires changes which event the state machines see,
 * or how a command ends, and nothing else.  Rules come from -device, from the
 * monitor, or from a host (Feature C0h).  Dice are seeded: a run can be
 * repeated.
 */
#ifndef HW_OCP_NVME_CORE_FAULT_H
#define HW_OCP_NVME_CORE_FAULT_H

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/words.h"

#define OCPN_NFAULTS            64      /* rules at a time */
#define OCPN_FAULT_STATUS_MAX   0x7ffu  /* SCT and SC */
#define OCPN_FAULT_MS           3600000u    /* latencies: at most an hour */

/* Points; fault-text.c has a row for each but the last ones. */
typedef enum OcpnFaultPoint {
    OCPN_FAULT_WRITE_NEXT_UNIT, /* write: OCSSD 2.0, Write Next Unit */
    OCPN_FAULT_EARLY_CLOSE,     /* write: Chunk Early Close */
    OCPN_FAULT_RESET_FAIL,      /* reset: the chunk goes offline */
    OCPN_FAULT_READ_FAIL,       /* read: Unrecovered Read Error */
    OCPN_FAULT_HIGH_ECC,        /* read: High ECC, if the host asked for it */
    OCPN_FAULT_NCHUNK,          /* up to here of open-channel namespaces */
    /* A command was fetched, and nothing of it was looked at. */
    OCPN_FAULT_STATUS = OCPN_FAULT_NCHUNK,      /* a status, or late */
    /* A command begins: it is one that the drive has, of a namespace. */
    OCPN_FAULT_FAIL,            /* reads: 281h; others: 006h */
    OCPN_FAULT_TIMEOUT,         /* it never completes */
    OCPN_FAULT_LATENCY,         /* it completes late */
    OCPN_FAULT_RANDOM_LATENCY,  /* the same, by chance */
    OCPN_FAULT_NPOINTS,         /* up to here of texts */
    /* Of Feature C0h only. */
    OCPN_FAULT_METADATA = OCPN_FAULT_NPOINTS,   /* begins: 006h, a panic */
    OCPN_FAULT_READ_DONE,       /* a read has completed: a panic */
    OCPN_FAULT_SANITIZE,        /* a sanitize operation */
    OCPN_FAULT_POWER_ON,        /* the next one; nobody asks */
    OCPN_FAULT_LASTS,           /* as long as it is there; nobody asks */
} OcpnFaultPoint;

/* What a rule says of commands; the rest is any. */
enum {
    OCPN_FAULT_HAS_QUEUE    = 1 << 0,
    OCPN_FAULT_HAS_OPCODE   = 1 << 1,
    OCPN_FAULT_HAS_LID      = 1 << 2,   /* Get Log Page of that page */
    OCPN_FAULT_HAS_FID      = 1 << 3,   /* Get and Set Features of that one */
};

typedef struct OcpnFaultRule {
    OcpnFaultPoint point;
    uint32_t  nsid;             /* 0: every namespace; commands: any NSID */
    OcpnPlace at;               /* of commands: LBAs */
    uint64_t  after;            /* chances it lets pass first */
    uint64_t  times;            /* how often it fires; 0: for ever */
    uint32_t  ppm;              /* 1 to 1000000: of its chances, it fires */
    uint64_t  seed;             /* of its dice */
    bool      offline_next;     /* early-close: the next reset fails, too */
    bool      anew;             /* AFTER begins again whenever it has fired */
    uint8_t   type;             /* enum OcpInjectType, or 0 */
    /* Of commands: */
    uint8_t   has;              /* OCPN_FAULT_HAS_ */
    bool      io;               /* of I/O queues; else of the admin queue */
    uint8_t   opcode, lid, fid;
    uint16_t  status;           /* SCT << 8 | SC; status: 0 is its own */
    uint32_t  ms;               /* so much later, or at most */
} OcpnFaultRule;

static inline bool ocpn_fault_of_chunks(OcpnFaultPoint point)
{
    return point < OCPN_FAULT_NCHUNK;
}

/*
 * TEXT to RULE: POINT, then words: ns, lba, after, times, ppm, seed; those of
 * chunks also grp, pu, chk, blk, offline-next=on|off; those of commands
 * queue=admin|io, opcode, lid, fid, status, ms.  False, with ERR: it is no
 * rule.
 */
bool ocpn_fault_parse(const char *text, OcpnFaultRule *rule, OcpnError *err);

/* Add RULE.  Its number, 1 or more; 0, with ERR: refused.  Main. */
uint32_t ocpn_fault_add(OcpnCtrl *c, const OcpnFaultRule *rule,
                        OcpnError *err);
/* Remove rule ID.  False: there is none.  Main. */
bool ocpn_fault_del(OcpnCtrl *c, uint32_t id);
/* Remove all rules.  Main. */
void ocpn_fault_clear(OcpnCtrl *c);
/*
 * Describe rule number INDEX of those there are, as ocpn_fault_parse() reads
 * it, with its number before it and its counts behind.  False: no more.
 * BUF has LEN bytes; a text that is too long is cut.  Main.
 */
bool ocpn_fault_show(OcpnCtrl *c, unsigned index, char *buf, size_t len);

/*
 * NLB (at least 1) blocks from BLK of chunk CHUNK of NS pass POINT: true if a
 * rule fires; *RULE (optional) is then a copy of it.  Any thread; a leaf
 * lock.  Ask ocpn_fault_armed() before: it costs a load.
 */
bool ocpn_fault(OcpnNs *ns, OcpnFaultPoint point, uint32_t chunk,
                uint32_t blk, uint32_t nlb, OcpnFaultRule *rule);

/* Is there a rule for any of POINTS (1 << OcpnFaultPoint)?  Any thread. */
bool ocpn_fault_armed(const OcpnCtrl *c, unsigned points);

#endif
