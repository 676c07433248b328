/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power states, as the controller keeps them. */
#ifndef OCPN_POWER_INT_H
#define OCPN_POWER_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/power.h"

typedef struct OcpnPower {
    bool     known;             /* cold: the rest says something */
    uint8_t  state;             /* cold: in force */
    uint8_t  awake;             /* cold: the last operational one */
    uint16_t watts;             /* cold: what C7h reads */
    uint64_t since;             /* cold: ns, when that began */
    uint64_t energy;            /* cold: until then, 10 mW s */
    _Atomic bool woken;         /* an I/O command came in an idle state */
} OcpnPower;

/* Watt hours since power on, at Maximum Power. */
uint64_t ocpn_power_energy(OcpnCtrl *c);
/* The state is found anew, which is no change of it (migration). */
void ocpn_power_forget(OcpnCtrl *c);
/* An I/O command was fetched in an idle state.  Any thread. */
void ocpn_power_wake(OcpnCtrl *c);
/* Main: leave the idle state. */
void ocpn_power_run(OcpnCtrl *c);

#endif
