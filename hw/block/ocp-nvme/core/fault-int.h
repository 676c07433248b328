/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault rules: whose they are, the list, the decision, and where commands ask.
 */
#ifndef OCPN_FAULT_INT_H
#define OCPN_FAULT_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/spec/ocp-error.h"

/* Whose a rule is; each owner shows and clears his own. */
typedef enum OcpnFaultOwner {
    OCPN_FAULT_RULES,           /* fault=; what is used up stays in the list */
    OCPN_FAULT_INJECTED,        /* Feature C0h and the action "inject" */
    OCPN_FAULT_FORCED,          /* the action "force-status" */
    OCPN_FAULT_NOWNERS
} OcpnFaultOwner;

#define OCPN_NFORCED    16u     /* rules of OCPN_FAULT_FORCED at a time */

/* A rule that is set. */
typedef struct OcpnFault {
    uint32_t id;                /* of OCPN_FAULT_RULES; else 0 */
    uint8_t  owner;             /* OcpnFaultOwner */
    OcpnFaultRule rule;
    uint64_t chances, fired;    /* so far */
    uint64_t dice;              /* state of its generator */
    OcpInjection wire;          /* OCPN_FAULT_INJECTED: as the host wrote it */
} OcpnFault;

typedef struct OcpnFaults {
    _Atomic unsigned armed;     /* 1 << OcpnFaultPoint, OCPN_FAULT_LATE */
    OcpnLock  lock;             /* of the rest; a leaf */
    uint32_t  next_id;
    uint32_t  n;                /* in the order in which they were added */
    uint64_t  dice;             /* of all that are OCPN_FAULT_INJECTED */
    OcpnFault fault[OCPN_NFAULTS + OCP_INJECTIONS + OCPN_NFORCED];
} OcpnFaults;

/* Of OcpnFaults.armed: some request may be late.  It stays until a reset. */
#define OCPN_FAULT_LATE     (1u << 31)

#define OCPN_FAULT_BIT(p)   (1u << OCPN_FAULT_##p)
/* Asked when a command begins. */
#define OCPN_FAULT_BEGINS   (OCPN_FAULT_BIT(FAIL) | OCPN_FAULT_BIT(TIMEOUT) | \
                             OCPN_FAULT_BIT(LATENCY) | \
                             OCPN_FAULT_BIT(RANDOM_LATENCY) | \
                             OCPN_FAULT_BIT(METADATA))
/* Looked at when a command completes. */
#define OCPN_FAULT_ENDS     (OCPN_FAULT_BIT(READ_DONE) | OCPN_FAULT_LATE)

/* The time of a request that never completes. */
#define OCPN_NEVER          UINT32_MAX

#define OCPN_FAULT_MILLION  1000000u    /* ppm */

/* Is there a rule for any of POINTS (bits), without a call?  Any thread. */
static inline bool ocpn_faults_armed(const OcpnFaults *fs, unsigned points)
{
    return atomic_load_explicit(&fs->armed, memory_order_relaxed) & points;
}

/* Does F, which is not used up, mean WHAT? */
typedef bool OcpnFaultMeets(const OcpnFault *f, const void *what);

/*
 * fault.c: WHAT passes one of POINTS (bits): true if a rule fires; *RULE is
 * then a copy of it, its ms the time that was drawn.  Any thread.
 */
bool ocpn_fault_decide(OcpnCtrl *c, unsigned points, OcpnFaultMeets *meets,
                       const void *what, OcpnFaultRule *rule);
/* Main: one more.  False: its owner has as many as he may have. */
bool ocpn_fault_put(OcpnCtrl *c, const OcpnFault *f);
/* Main: those that WHICH says go.  How many. */
uint32_t ocpn_fault_remove(OcpnCtrl *c,
                           bool (*which)(const OcpnFault *f, void *opaque),
                           void *opaque);
/* Main: all of OWNER go. */
void ocpn_fault_remove_all(OcpnCtrl *c, OcpnFaultOwner owner);
/* How many OWNER has. */
uint32_t ocpn_fault_count(OcpnCtrl *c, OcpnFaultOwner owner);
/* Number INDEX of OWNER's to *F.  False: there is none. */
bool ocpn_fault_nth(OcpnCtrl *c, OcpnFaultOwner owner, uint32_t index,
                    OcpnFault *f);
/* From 1 to N; *DICE goes on. */
uint32_t ocpn_fault_roll(uint64_t *dice, uint32_t n);
/* Main: a reset is over, no request is late. */
void ocpn_fault_none_late(OcpnCtrl *c);

/* fault-check.c: can there be RULE in this drive?  False: ERR says why not. */
bool ocpn_fault_check(const OcpnCtrl *c, const OcpnFaultRule *rule,
                      OcpnError *err);
/* The same without a drive: its words fit together. */
bool ocpn_fault_check_words(const OcpnFaultRule *rule, OcpnError *err);

/* fault-text.c: how texts call POINT, and how often it fires by itself. */
const char *ocpn_fault_name(OcpnFaultPoint point);
uint64_t ocpn_fault_times(OcpnFaultPoint point);

/*
 * fault-meet.c: R's owner: R was fetched, and is asked for the first time.
 * True: it ends, its status is set; it may also be late.
 */
bool ocpn_fault_fetched(OcpnCtrl *c, OcpnReq *r);
/* The same: R begins. */
bool ocpn_fault_begins(OcpnCtrl *c, OcpnReq *r);
/* R's owner: R is about to complete.  True: later, or never. */
bool ocpn_fault_ends(OcpnCtrl *c, OcpnReq *r);

#endif
