/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts of log page C0h, inside the core. */
#ifndef OCPN_FACT_INT_H
#define OCPN_FACT_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

/* Part of OcpnCtrl; cold but for one. */
typedef struct OcpnFacts {
    OcpnWide value[OCPN_FACT_N];
    uint64_t seen[OCPN_FACT_N];     /* of the source: it is in the value */
    bool     fixed[OCPN_FACT_N];    /* set, although it is computed */
    unsigned held;                  /* the page shall wait ... */
    bool     news;                  /* ... and has changed meanwhile */
    /* Bytes the drive wrote for itself; any thread. */
    _Atomic uint64_t system_written;
} OcpnFacts;

/* As they left the factory. */
void ocpn_facts_init(OcpnCtrl *c);
/* Main: power on, or a reset that stands for it. */
void ocpn_facts_power_on(OcpnCtrl *c);
/* Main: the page has changed; it is written now. */
void ocpn_facts_dirty(OcpnCtrl *c);
/* The same; it is written with the next round. */
void ocpn_facts_changed(OcpnCtrl *c);
/*
 * Main: what changes from here to the release is in the image together, or
 * not at all.  They nest.
 */
void ocpn_facts_hold(OcpnCtrl *c);
void ocpn_facts_release(OcpnCtrl *c);
/* The page that was loaded has what others have, too: see ImgFacts. */
const ImgFacts *ocpn_facts_whole(const OcpnCtrl *c);
/* FACT, which is computed, was set: that is over; nothing is written. */
void ocpn_fact_follow(OcpnCtrl *c, OcpnFact fact);
/* From and to the page.  Entries that cannot be are left out. */
void ocpn_facts_load(OcpnCtrl *c, const ImgFacts *p);
void ocpn_facts_store(OcpnCtrl *c, ImgFacts *p);

/* The timer: keep what was counted. */
void ocpn_facts_tick(OcpnCtrl *c);
/* A row of happen.c. */
void ocpn_facts_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                         uint64_t b);

/* Erases a block is good for. */
uint64_t ocpn_rated_erases(const OcpnCtrl *c);
/* Percent of the rated endurance that is used, by what was written. */
uint64_t ocpn_wear_percent(OcpnCtrl *c);

#endif
