/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors: types, and what they do.  What is armed are fault rules of
 * the owner OCPN_FAULT_INJECTED: see fault-int.h.
 */
#ifndef OCPN_INJECT_INT_H
#define OCPN_INJECT_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/inject.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/core/state.h"
#include "fault-int.h"

typedef struct OcpnInject {
    /* For main: see ocpn_inject_run(). */
    _Atomic bool     news;
    _Atomic uint32_t panic;     /* type of the one that fired; 0: none */
    _Atomic uint64_t over;      /* 1 << type: it is no longer armed */
    _Atomic uint32_t timeouts;  /* to be counted */
    OcpnLock lock;              /* of the next two; a leaf */
    bool     closed;            /* a reset goes on: nothing may be held */
    OcpnReq *held;              /* by next */
    uint32_t left;              /* cold: that the image has still to bring */
    uint64_t free_blocks;       /* cold: before critical garbage collection */
    uint64_t effects;           /* cold: 1 << type of those that last */
} OcpnInject;

/* A type of error; inject-type.c has a row for each. */
typedef struct OcpnInjectType {
    uint8_t since;              /* OcpVersion; 0: there is no such type */
    uint8_t point;              /* OcpnFaultPoint of its rule */
    bool    admin;              /* of commands of the admin queue */
    uint32_t ms;                /* of its rule, if the entry has none */
    /* Main.  As long as it is armed, or once. */
    void  (*fire)(OcpnCtrl *c, bool on);
    /* Does it want R?  Optional: R is of the queue it is for. */
    bool  (*wants)(const OcpnReq *r);
} OcpnInjectType;

/* As page IMG_STATE_FACTS has it. */
void ocpn_inject_effects_load(OcpnCtrl *c, const ImgFacts *p);
/* What TYPE, which has an effect, has done is over.  Main. */
void ocpn_inject_undo(OcpnCtrl *c, uint32_t type);

/* NULL: there is no such type. */
const OcpnInjectType *ocpn_inject_type(uint32_t type);
static inline bool ocpn_inject_panics(uint32_t type)
{
    return type >= OCP_INJECT_CPU_HANG && type <= OCP_INJECT_NO_SPARES;
}

/* Does it wait for commands, so that a number of them may pass? */
static inline bool ocpn_inject_counts(const OcpnInjectType *t)
{
    return (1u << t->point) & (OCPN_FAULT_BEGINS | OCPN_FAULT_BIT(READ_DONE));
}

/* Types whose latency the host may say. */
static inline bool ocpn_inject_has_time(uint32_t type)
{
    return type == OCP_INJECT_LATENCY || type == OCP_INJECT_RANDOM_LATENCY;
}

/* inject-type.c: any thread: does TYPE, which there is, want R? */
bool ocpn_inject_wants(uint32_t type, const OcpnReq *r);

/*
 * inject.c: the rule of entry WIRE, whose type there is, that lets AFTER
 * commands pass; panics know better.
 */
OcpnFault ocpn_injection(const OcpInjection *wire, uint64_t after);
/* Is it armed, or has it fired at once and is over? */
bool ocpn_injection_lasts(const OcpInjection *wire);

/*
 * inject-state.c.  Main: entries, or what they wait for, have changed; they
 * are in the image with the next commit.
 */
extern const OcpnStatePart ocpn_inject_part;
void ocpn_inject_dirty(OcpnCtrl *c);

/* inject-act.c: the action "inject"; as in action.h. */
bool ocpn_inject_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_inject_show(OcpnCtrl *c, unsigned index,
                      char line[OCPN_ACTION_TEXT]);

/* inject-run.c: any thread: main has something to do. */
void ocpn_inject_tell(OcpnCtrl *c);
/* Any thread: RULE of an injected error has fired. */
void ocpn_inject_fired(OcpnCtrl *c, const OcpnFaultRule *rule);
/* Any thread: panic of TYPE; I/O is refused from now on. */
void ocpn_inject_panic(OcpnCtrl *c, uint32_t type);
/* Main: what was told. */
void ocpn_inject_run(OcpnCtrl *c);

/*
 * inject-hold.c: requests that complete later or never.  R's owner: keep R
 * until NS.  False: it must not wait: its queue goes, or all shall settle.
 */
bool ocpn_inject_hold(OcpnCtrl *c, OcpnReq *r, uint64_t ns);
/* Main: complete those that are due, and see to the next ones. */
void ocpn_inject_due(OcpnCtrl *c);
/* Main: abort the command (SQID, CID).  False: it is not held. */
bool ocpn_inject_abort(OcpnCtrl *c, uint16_t sqid, uint16_t cid);
/* Main: SQ is deleted; the commands of it that are held end. */
void ocpn_inject_delete(OcpnCtrl *c, const OcpnSq *sq);
/* Main: a reset begins, and is over. */
void ocpn_inject_stop(OcpnCtrl *c);
void ocpn_inject_restart(OcpnCtrl *c);
/* Main, fetching stopped: late ones complete now; for migration. */
void ocpn_inject_settle(OcpnCtrl *c);
/*
 * Main: somebody waits until nobody uses NS, and has marked it: commands of NS
 * that are late complete now.
 */
void ocpn_inject_settle_ns(OcpnCtrl *c, const OcpnNs *ns);
/* Main: requests of CQ CQID that never complete; FOUND, if any, gets them. */
uint32_t ocpn_inject_held(OcpnCtrl *c, uint16_t cqid,
                          void (*found)(void *opaque, const OcpnReq *r),
                          void *opaque);

#endif
