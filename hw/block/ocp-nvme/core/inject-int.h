/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors, where commands come by: a word says what to look at.
 */
#ifndef OCPN_INJECT_INT_H
#define OCPN_INJECT_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/inject.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/core/state.h"

/* What an entry waits for; bits of OcpnInject.armed. */
enum {
    OCPN_INJECT_AT_ONCE     = 0,
    OCPN_INJECT_AT_IO       = 1 << 0,   /* an I/O command begins */
    OCPN_INJECT_AT_ADMIN    = 1 << 1,   /* an admin command begins */
    OCPN_INJECT_AT_READ     = 1 << 2,   /* reads have completed */
    OCPN_INJECT_AT_POWER_ON = 1 << 3,
    OCPN_INJECT_AT_TAKE     = 1 << 4,   /* somebody asks for it */
    OCPN_INJECT_LATE        = 1 << 5,   /* some request may be late */
};

typedef struct OcpnInjection {
    OcpInjection wire;
    uint64_t chances;           /* it lets pass; at reads: when it is due */
} OcpnInjection;

typedef struct OcpnInject {
    _Atomic unsigned armed;     /* OCPN_INJECT_ */
    _Atomic uint64_t reads;     /* completed while any entry counted them */
    _Atomic uint64_t due;       /* of READS, that the first entry fires at */
    /* For main: see ocpn_inject_run(). */
    _Atomic bool     news;
    _Atomic uint32_t panic;     /* type of the one that fired; 0: none */
    _Atomic uint64_t over;      /* 1 << type: it is no longer armed */
    _Atomic uint32_t timeouts;  /* to be counted */
    OcpnLock lock;              /* of the rest; a leaf */
    bool     closed;            /* a reset goes on: nothing may be held */
    uint32_t n;
    uint32_t left;              /* that the image has still to bring */
    OcpnInjection entry[OCP_INJECTIONS];
    uint64_t dice;
    OcpnReq *held;              /* by next */
    uint64_t free_blocks;       /* cold: before critical garbage collection */
} OcpnInject;

/* A type of error; inject-type.c has a row for each. */
typedef struct OcpnInjectType {
    uint8_t since;              /* OcpVersion; 0: there is no such type */
    uint8_t at;                 /* OCPN_INJECT_AT_ */
    /* Main.  As long as it is armed, or once. */
    void  (*fire)(OcpnCtrl *c, bool on);
    /* Does it want R?  Optional: R is of the kind it waits for. */
    bool  (*wants)(const OcpnReq *r);
    /* R's owner.  True: R's fate is *FLOW.  False: R runs. */
    bool  (*meet)(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow);
} OcpnInjectType;

/* NULL: there is no such type. */
const OcpnInjectType *ocpn_inject_type(uint32_t type);
static inline bool ocpn_inject_panics(uint32_t type)
{
    return type >= OCP_INJECT_CPU_HANG && type <= OCP_INJECT_NO_SPARES;
}

static inline uint32_t ocpn_injection_type(const OcpnInjection *e)
{
    return from_le16(e->wire.type);
}

static inline bool ocpn_injection_single(const OcpnInjection *e)
{
    return e->wire.flags & OCP_INJECTION_SINGLE;
}

/* Panics: reads that complete before one. */
static inline uint64_t ocpn_injection_reads(const OcpnInjection *e)
{
    uint16_t n = from_le16(e->wire.reads);

    return n ? n : 1;           /* 0: when the next one completes */
}

/* Under the lock: what the entries wait for has changed. */
void ocpn_inject_rearm(OcpnInject *i);
/* Under the lock: entry N has fired; it goes if it was for once. */
void ocpn_inject_fired(OcpnCtrl *c, uint32_t n);

static inline bool ocpn_inject_armed(const OcpnInject *i, unsigned at)
{
    return atomic_load_explicit(&i->armed, memory_order_relaxed) & at;
}

/*
 * inject-state.c.  Main: entries, or what they wait for, have changed; they
 * are in the image with the next commit.
 */
extern const OcpnStatePart ocpn_inject_part;
void ocpn_inject_dirty(OcpnCtrl *c);

/* inject-meet.c: R's owner: R begins.  As OcpnInjectType.meet(). */
bool ocpn_inject_meet(OcpnCtrl *c, OcpnReq *r, OcpnFlow *flow);
/* R's owner: R is about to complete.  True: later. */
bool ocpn_inject_complete(OcpnCtrl *c, OcpnReq *r);

/* inject-act.c: the action "inject"; as in action.h. */
bool ocpn_inject_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_inject_show(OcpnCtrl *c, unsigned index,
                      char line[OCPN_ACTION_TEXT]);

/* Any thread: main has something to do. */
void ocpn_inject_tell(OcpnCtrl *c);
/* Any thread: panic of TYPE; I/O is refused from now on. */
void ocpn_inject_panic(OcpnCtrl *c, uint32_t type);
/* Any thread: from 1 to N. */
uint32_t ocpn_inject_roll(OcpnCtrl *c, uint32_t n);
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
/* Main: requests of CQ CQID that never complete; FOUND, if any, gets them. */
uint32_t ocpn_inject_held(OcpnCtrl *c, uint16_t cqid,
                          void (*found)(void *opaque, const OcpnReq *r),
                          void *opaque);

#endif
