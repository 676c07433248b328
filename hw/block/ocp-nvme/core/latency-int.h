/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The latency monitor's inside: see core/latency.h. */
#ifndef OCPN_LATENCY_INT_H
#define OCPN_LATENCY_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/latency.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/core/state.h"

typedef struct OcpnLatency {
    /* ns; what took less is not looked at.  0: nothing is. */
    _Atomic uint64_t floor;
    _Atomic bool news;          /* main shall write the page */
    OcpnLock  lock;             /* of the rest; a leaf */
    OcpnLatencyView v;          /* what hosts see */
    uint64_t  closed[OCPN_LATENCY_NCELLS];  /* ns, until when: windows */
    uint16_t  captures;         /* the last debug log's pointer */
    bool      host_set;         /* the host has ever set its Timestamp, ... */
    uint64_t  host_ms;          /* ... to this, ... */
    uint64_t  host_at;          /* ... at this power-on time, ns */
    OcpnLatencyConfig saved;    /* cold, as all below */
    bool      has_saved;
    bool      loaded;           /* there was something in the image */
    bool      on;               /* ticks are wanted: power is on */
    uint32_t  part_ms;          /* of a tick, as the image had it */
    uint64_t  next;             /* ns: when the next tick is due */
} OcpnLatency;

/* The owner of R's queue: R, slow enough to be looked at, ends NOW. */
void ocpn_latency_add(OcpnCtrl *c, const OcpnReq *r, uint64_t now);

/* Main, all that follows. */
void ocpn_latency_power_on(OcpnCtrl *c);
/* The same, if the state is still to come. */
void ocpn_latency_power_on_incoming(OcpnCtrl *c);
/* The host has set its Timestamp. */
void ocpn_latency_timestamp(OcpnCtrl *c, uint64_t ms);
/* The page into the image with the next commit. */
void ocpn_latency_dirty(OcpnCtrl *c);
/* What queues have added since then. */
void ocpn_latency_run(OcpnCtrl *c);
void ocpn_latency_tick(OcpnCtrl *c);            /* a row of timer.c */
void ocpn_latency_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                           uint64_t b);         /* a row of happen.c */
extern const OcpnStatePart ocpn_latency_part;   /* a row of state.c */

/* latency.c, for latency-state.c */
bool ocpn_latency_present(const OcpnCtrl *c);
void ocpn_latency_clear(OcpnLatency *l);        /* buckets; locked */
void ocpn_latency_forget(OcpnLatency *l);       /* debug log; locked */
void ocpn_latency_set_floor(OcpnLatency *l);    /* of what is in force */
bool ocpn_latency_ascends(const OcpnLatencyConfig *cfg);
uint64_t ocpn_latency_power_ns(const OcpnCtrl *c, uint64_t now);
uint64_t ocpn_latency_host_now(const OcpnCtrl *c, uint64_t now);
/* The next tick, in a whole one's time; as much earlier as PART_MS says. */
void ocpn_latency_arm(OcpnCtrl *c, uint32_t part_ms);
uint64_t ocpn_latency_tick_ns(const OcpnCtrl *c);

#endif
