/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that fail, or take long, because somebody wants them to, whatever
 * they are: fault rules of the owner OCPN_FAULT_FORCED.
 */
#ifndef OCPN_FORCE_INT_H
#define OCPN_FORCE_INT_H

#include "hw/ocp-nvme/core/action.h"
#include "fault-int.h"

/* The action; see core/action.h. */
bool ocpn_force_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_force_show(OcpnCtrl *c, unsigned index,
                     char line[OCPN_ACTION_TEXT]);
/* Main: one more.  False, with ERR: there is no room, or it cannot be. */
bool ocpn_force_add(OcpnCtrl *c, const OcpnFaultRule *rule, OcpnError *err);

#endif
