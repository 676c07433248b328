/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions under which the drive refuses commands although they are
 * correct.  A row of core/gate.c says which commands and with what status; the
 * first row that applies decides.
 */
#ifndef HW_OCP_NVME_CORE_GATE_H
#define HW_OCP_NVME_CORE_GATE_H

#include "hw/ocp-nvme/core/req.h"

typedef enum OcpnGate {
    OCPN_GATE_PANIC,            /* I/O: Internal Error */
    OCPN_GATE_SANITIZE,         /* I/O, some admin: Sanitize In Progress */
    OCPN_GATE_SANITIZE_FAILED,  /* the same: Sanitize Failed */
    OCPN_GATE_READ_ONLY,        /* writes: Namespace is Write Protected */
    OCPN_GATE_PROTECT,          /* writes to those that are, the same */
    OCPN_GATE_IDLE,             /* none: I/O commands wake the drive */
    OCPN_GATE_UNPROTECTED,      /* none: writes wait for main */
    OCPN_GATE_CUT,              /* none: I/O commands wait for main */
    OCPN_GATE_N
} OcpnGate;

/*
 * Main: of all controllers of the subsystem.  Any thread for OCPN_GATE_IDLE
 * and _CUT, which are of C alone.  Commands fetched from now on meet it; takes
 * effect at once.
 */
void ocpn_gate_set(OcpnCtrl *c, OcpnGate gate, bool closed);
/*
 * Any thread: commands that C fetches from now on meet GATE.  Main, which is
 * to be told, closes it for the others of the subsystem.
 */
void ocpn_gate_close(OcpnCtrl *c, OcpnGate gate);
/* Any thread. */
bool ocpn_gate_closed(const OcpnCtrl *c, OcpnGate gate);

#endif
