/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions: what the monitor has a drive do for tests of hosts, where a knob
 * (knob.h) is a value.  Each has a name and takes a text:
 *
 *   advance-time       seconds: the drive's clock is so much later
 *   corrupt            lid=N what=WORD, or clear: pages are read so
 *   force-status       what fails, and how; or clear
 *   inject             an error of the type that a host could inject, or clear
 *   power-cut          now, or after-writes=N drop-last=M: power fails, and
 *                      comes back; or clear
 *   telemetry-trigger  an error: it is captured into LID 08h
 *   temperature-ramp   to=K ms=N: the temperature moves there; or clear
 *   wear-step          percent of the rated endurance that are used up
 *
 * docs/ocp.rst.  Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_ACTION_H
#define HW_OCP_NVME_CORE_ACTION_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"

#define OCPN_ACTION_TEXT    128 /* a line of what is armed, with its NUL */

/* False, with ERR: knobs are off, or NAME is none, or TEXT is not for it. */
bool ocpn_action(OcpnCtrl *c, const char *name, const char *text,
                 OcpnError *err);
/*
 * Line INDEX, from 0 on, of what NAME has armed, as the action reads it.
 * False: no more.
 */
bool ocpn_action_show(OcpnCtrl *c, const char *name, unsigned index,
                      char line[OCPN_ACTION_TEXT]);
/* Name of action INDEX, from 0 on; NULL: no more.  Any thread. */
const char *ocpn_action_name(unsigned index);

#endif
