/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What knobs have armed: floods of events, events that are lost, stale pages.
 * It ends at power on, and migrates.
 * Thread: main.
 */
#ifndef OCPN_ARMED_INT_H
#define OCPN_ARMED_INT_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

#define OCPN_AEN_RATE_MAX   1000u

#define OCPN_LAG_MAX        86400000u   /* ms: a day */
#define OCPN_NLAGS          2u          /* pages: 02h, C0h */

/* Member of OcpnCtrl. */
typedef struct OcpnLag {
    uint32_t ms;                /* 0: pages are as they are now */
    uint8_t  page[OCPN_NLAGS][512];     /* else so, until the timer */
} OcpnLag;

/* Member of OcpnCtrl. */
typedef struct OcpnArmed {
    uint16_t aen_rate;          /* events a second; 0: none */
    uint16_t aen_drop;          /* the next so many events are lost */
    uint8_t  aen_percent;       /* or so many of a hundred, by ... */
    uint64_t dice;              /* ... this */
} OcpnArmed;

void ocpn_armed_init(OcpnCtrl *c);      /* power on */
void ocpn_armed_load(OcpnCtrl *c, const ImgFacts *p);
void ocpn_armed_store(const OcpnCtrl *c, ImgFacts *p);

/* A vendor's event RATE times a second, for requests that wait. */
void ocpn_aen_flood(OcpnCtrl *c, uint16_t rate);
/* The timer. */
void ocpn_aen_tick(OcpnCtrl *c);
/* The next N events, or then PERCENT of them, are lost. */
void ocpn_aen_lose(OcpnCtrl *c, uint16_t n, uint8_t percent);
/* Is the event that is about to be sent lost? */
bool ocpn_aen_is_lost(OcpnCtrl *c);

/* lag.c.  Refresh pages each MS milliseconds only; the timer. */
void ocpn_lag_set(OcpnCtrl *c, uint32_t ms);
void ocpn_lag_tick(OcpnCtrl *c);
/* What a host gets instead of PAGE, all of page LID, if it is stale. */
void ocpn_lag(const OcpnCtrl *c, uint8_t lid, uint8_t *page);

#endif
