/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Things that happen later, in simulated time.  A row of core/timer.c says
 * what each timer calls.  Main.
 */
#ifndef HW_OCP_NVME_CORE_TIMER_H
#define HW_OCP_NVME_CORE_TIMER_H

#include "hw/ocp-nvme/core/ctrl.h"

#define NS_PER_MS       UINT64_C(1000000)
#define NS_PER_S        UINT64_C(1000000000)
#define NS_PER_MINUTE   UINT64_C(60000000000)

typedef enum OcpnTimer {
    OCPN_TIMER_LATENCY,         /* the latency monitor's tick */
    OCPN_TIMER_PLP,             /* health check of the capacitors */
    OCPN_TIMER_SELF_TEST,
    OCPN_TIMER_SANITIZE,
    OCPN_TIMER_FIRMWARE,
    OCPN_TIMER_SMART,           /* counters into the image; wear */
    OCPN_TIMER_INJECT,          /* commands held back */
    OCPN_TIMER_PEL,             /* a SMART snapshot a day */
    OCPN_TIMER_AEN,             /* a flood of events */
    OCPN_TIMER_LAG,             /* stale pages are refreshed */
    OCPN_TIMER_FORMAT,          /* Format NVM commands that take time */
    OCPN_TIMER_RAMP,            /* the next kelvin of a temperature ramp */
    OCPN_TIMER_N
} OcpnTimer;

/*
 * Call the timer's function once when port->now() is NS or later; instead of
 * an earlier wish.  UINT64_MAX: not at all.
 */
void ocpn_timer_at(OcpnCtrl *c, OcpnTimer timer, uint64_t ns);
/* The same, NS from now. */
void ocpn_timer_in(OcpnCtrl *c, OcpnTimer timer, uint64_t ns);
/* When it will be called; UINT64_MAX: not at all. */
uint64_t ocpn_timer_when(const OcpnCtrl *c, OcpnTimer timer);

#endif
