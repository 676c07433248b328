/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further controllers of one NVM subsystem.  The first controller has the
 * drives, the namespaces and all state of the subsystem; a further one has
 * its own registers, queues, error log, latency monitor and features, and
 * answers for the subsystem with what the first one has.
 *
 * Life: ocpn_ctrl_new() with a configuration like the first one's,
 * ocpn_subsys_join(), ocpn_ctrl_power_on(); no namespace is added to it.
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_SUBSYS_H
#define HW_OCP_NVME_CORE_SUBSYS_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"

#define OCPN_MAX_CTRLS  4u      /* CNTLID 0, the first one's, to 3 */

/* What a further controller has in common with FIRST; the rest is 0. */
OcpnConfig ocpn_subsys_config(const OcpnCtrl *first);

/*
 * C, which is new, is a further controller of FIRST's subsystem, and has the
 * lowest CNTLID that is free.  False, with ERR: it cannot be.
 */
bool ocpn_subsys_join(OcpnCtrl *c, OcpnCtrl *first, OcpnError *err);

/*
 * C is no longer in a subsystem.  If it was the first, nobody is, and those
 * that are left cannot be enabled any more; all of them are to be quiet.
 */
void ocpn_subsys_leave(OcpnCtrl *c);

/* CNTLID; 0: the first controller. */
uint16_t ocpn_cntlid(const OcpnCtrl *c);

#endif
