/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subsystem's inside: what one controller does for all of them.
 * Thread: main.
 */
#ifndef OCPN_SUBSYS_INT_H
#define OCPN_SUBSYS_INT_H

#include "hw/ocp-nvme/core/subsys.h"

/* Member of OcpnCtrl. */
typedef struct OcpnSubsys {
    OcpnCtrl *first;            /* cold; C itself, if there is no other */
    OcpnCtrl *member[OCPN_MAX_CTRLS];   /* cold: of the first; by CNTLID */
    uint16_t cntlid;            /* frozen */
    bool     further;           /* frozen: it is not the first */
    bool     lost;              /* cold: and the first is gone */
} OcpnSubsys;

/* A new controller is alone. */
void ocpn_subsys_init(OcpnCtrl *c);
/* False: C is a first controller, with more to do. */
bool ocpn_subsys_power_on(OcpnCtrl *c, bool running);

/* Each controller of C's subsystem, from *I (0) on; NULL: no more. */
OcpnCtrl *ocpn_subsys_next(const OcpnCtrl *c, unsigned *i);
unsigned ocpn_subsys_controllers(const OcpnCtrl *c);

/* What happens to all of them. */
void ocpn_subsys_event(OcpnCtrl *c, uint8_t type, uint8_t info, uint8_t lid);
void ocpn_subsys_reset(OcpnCtrl *c, OcpnReset kind);

#endif
