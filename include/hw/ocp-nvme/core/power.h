/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power states of an OCP drive: one table that Identify's descriptors, page
 * C4h, and the features 02h (a state's number) and C7h (watts) are made of.
 * Both features are views of one state: setting or saving either replaces
 * what the other one set or saved.
 *
 * OCP Datacenter NVMe SSD, PWR-1, PWR-5, DSSDPSS-2, DSSDPSG-1, DSSDPSG-2,
 * SMART-31.  Thread: main, unless said otherwise.
 */
#ifndef HW_OCP_NVME_CORE_POWER_H
#define HW_OCP_NVME_CORE_POWER_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"

#define OCPN_DSSD_STATES    128u    /* DSSD power states: 0..127 watts */
#define OCPN_IDLE_POWER     500u    /* 10 mW: a state of no more is idle */

/* States there are, 1..OCPN_POWER_STATES.  Any thread, as the next five. */
unsigned ocpn_power_states(const OcpnCtrl *c);
/* Maximum Power of state PS, which there is, in units of 10 mW. */
uint16_t ocpn_power_max(const OcpnCtrl *c, unsigned ps);
/* The same in watts, rounded up. */
unsigned ocpn_power_max_watts(const OcpnCtrl *c, unsigned ps);
/* PS is non-operational: I/O commands make the drive leave it. */
bool ocpn_power_is_idle(const OcpnCtrl *c, unsigned ps);
/* Least watts at which the drive runs. */
unsigned ocpn_power_min_watts(const OcpnCtrl *c);
/* The most powerful state of at most WATTS, which are not below the least. */
unsigned ocpn_power_state_for(const OcpnCtrl *c, unsigned watts);

/* The state in force. */
unsigned ocpn_power_state(const OcpnCtrl *c);
/* What C7h reads for Select SEL, if VALUE is stored (0: 02h was set last). */
uint32_t ocpn_power_watts(OcpnCtrl *c, unsigned sel, uint32_t value);

/* The host is about to set 02h; SAVE: and to save it.  C7h follows. */
void ocpn_power_by_state(OcpnCtrl *c, bool save);
/* The host is about to set C7h to WATTS, not below the least. */
void ocpn_power_by_watts(OcpnCtrl *c, unsigned watts, bool save);
/* Put what the two features hold into force. */
void ocpn_power_apply(OcpnCtrl *c);

/*
 * TEXT, watts with colons or commas between them, the most first, to a TABLE
 * as OcpnOcpConfig has it.  False, with ERR: it is none.  Any thread.
 */
bool ocpn_power_parse(const char *text, uint16_t table[OCPN_POWER_STATES],
                      OcpnError *err);

#endif
