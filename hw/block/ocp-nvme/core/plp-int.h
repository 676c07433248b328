/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power-loss protection, as the controller keeps it. */
#ifndef OCPN_PLP_INT_H
#define OCPN_PLP_INT_H

#include "hw/ocp-nvme/core/plp.h"

typedef struct OcpnCapacitors {     /* cold */
    bool     news;              /* not what the last check has found */
    uint16_t percent;           /* then: how good they are */
    uint16_t minutes;           /* between checks, in force */
    bool     through;           /* every write goes to the medium */
} OcpnCapacitors;

/* What the image says of protection, or of the mode, was loaded. */
void ocpn_plp_restore(OcpnCtrl *c);
/* Before a host can write. */
void ocpn_plp_power_on(OcpnCtrl *c);
/* The timer. */
void ocpn_plp_tick(OcpnCtrl *c);

#endif
