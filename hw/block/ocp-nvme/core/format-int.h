/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format NVM commands that take their time, which they do before anything of
 * them happens: see format-time.c.  Main, all of it.
 */
#ifndef OCPN_FORMAT_INT_H
#define OCPN_FORMAT_INT_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/req.h"

#define OCPN_FORMAT_ALL 100u    /* percent that are left */

/* Part of OcpnCtrl.  Cold. */
typedef struct OcpnFormatTime {
    uint16_t ms;                /* knob */
    uint8_t  past;              /* percent, of the one that ends just now */
} OcpnFormatTime;

/* The knob, of commands from now on. */
uint16_t ocpn_format_ms(OcpnCtrl *c);
void ocpn_set_format_ms(OcpnCtrl *c, uint16_t ms);

/* R has been accepted: its time begins. */
void ocpn_format_time(OcpnCtrl *c, OcpnReq *r);
/* R's time is over. */
bool ocpn_format_due(OcpnCtrl *c, const OcpnReq *r);
/* R ends: what its Format Progress Indicator was is in ->past. */
void ocpn_format_note(OcpnCtrl *c, const OcpnReq *r);
/* Call ocpn_format_run() when the first of those that wait is due. */
void ocpn_format_arm(OcpnCtrl *c);
/* The guest's clock stands still: they are all due. */
void ocpn_format_settle(OcpnCtrl *c);
/* Does one wait for its time? */
bool ocpn_format_waits(const OcpnCtrl *c);
/* Percent of NS that are not formatted yet; 0: it is not being formatted. */
uint8_t ocpn_format_left(OcpnCtrl *c, const OcpnNs *ns);

/*
 * cmd-format.c.  What waits and is due goes on; a row of timer.c, too.  The
 * host gives up command CID of the admin queue; false: it does not wait.
 */
void ocpn_format_run(OcpnCtrl *c);
bool ocpn_format_abort(OcpnCtrl *c, uint16_t cid);

/*
 * R has formatted all there is.  True: that has ended a panic; false: there was
 * none, or it goes on, and R fails if it should have ended.
 */
bool ocpn_format_recover(OcpnCtrl *c, OcpnReq *r);
/* R completes; if it has ended a panic, not before the image says so. */
void ocpn_format_complete(OcpnCtrl *c, OcpnReq *r, bool ended);

#endif
