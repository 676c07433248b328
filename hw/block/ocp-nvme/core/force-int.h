/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that fail, or take long, because somebody wants them to, whatever
 * they are.
 */
#ifndef OCPN_FORCE_INT_H
#define OCPN_FORCE_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"

#define OCPN_NFORCED    16u     /* rules at a time */

typedef struct OcpnForce {
    bool     io;                /* of I/O queues; else of the admin queue */
    int16_t  opcode;            /* -1: any */
    int16_t  lid, fid;          /* -1: any, and of any command */
    uint16_t status;            /* SCT << 8 | SC; 0: its own */
    uint32_t ms;                /* so much later than it would */
    uint32_t times;             /* that are left; 0: for ever */
} OcpnForce;

/* Member of OcpnCtrl. */
typedef struct OcpnForced {
    _Atomic uint32_t n;         /* rules there are */
    OcpnLock  lock;             /* of the rest; a leaf */
    OcpnForce rule[OCPN_NFORCED];
} OcpnForced;

/* R's owner.  True: R has failed as a rule says; it may also be late. */
bool ocpn_force_meet(OcpnCtrl *c, OcpnReq *r);

/* The action; see core/action.h. */
bool ocpn_force_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_force_show(OcpnCtrl *c, unsigned index,
                     char line[OCPN_ACTION_TEXT]);
/* Main: one more.  False, with ERR: there is no room, or it cannot be. */
bool ocpn_force_add(OcpnCtrl *c, const OcpnForce *rule, OcpnError *err);
void ocpn_force_clear(OcpnCtrl *c);

#endif
