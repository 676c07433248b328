/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults: what shall go wrong, where and when.  docs/fault-injection.rst.
 *
 * A rule names a point, a place, and when it fires.  Where the drive passes a
 * point it asks ocpn_fault(); a rule that fires changes which event the state
 * machines see, and nothing else.  Rules come from -device, from the monitor,
 * or from a host.  Dice are seeded: a run can be repeated.
 */
#ifndef HW_OCP_NVME_CORE_FAULT_H
#define HW_OCP_NVME_CORE_FAULT_H

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/words.h"

#define OCPN_NFAULTS    64      /* rules at a time */

/* Points; fault-text.c has a row for each. */
typedef enum OcpnFaultPoint {
    OCPN_FAULT_WRITE_NEXT_UNIT, /* write: OCSSD 2.0, Write Next Unit */
    OCPN_FAULT_EARLY_CLOSE,     /* write: Chunk Early Close */
    OCPN_FAULT_RESET_FAIL,      /* reset: the chunk goes offline */
    OCPN_FAULT_READ_FAIL,       /* read: Unrecovered Read Error */
    OCPN_FAULT_HIGH_ECC,        /* read: High ECC, if the host asked for it */
    OCPN_FAULT_NPOINTS
} OcpnFaultPoint;

typedef struct OcpnFaultRule {
    OcpnFaultPoint point;
    uint32_t  nsid;             /* 0: every namespace */
    OcpnPlace at;
    uint64_t  after;            /* chances it lets pass first */
    uint64_t  times;            /* how often it fires; 0: for ever */
    uint32_t  ppm;              /* 1 to 1000000: of its chances, it fires */
    uint64_t  seed;             /* of its dice */
    bool      offline_next;     /* early-close: the next reset fails, too */
} OcpnFaultRule;

/*
 * TEXT to RULE: POINT, then words: ns, grp, pu, chk, blk, lba, after, times,
 * ppm, seed, offline-next=on|off.  False, with ERR: it is no rule.
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
