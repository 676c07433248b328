/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes that a power cut would take: power-loss protection has failed, and
 * the host wants to go on as if nothing had happened (Feature C2h, normal).
 *
 * The first of them waits until the image says that there are such writes, so
 * that it does when QEMU is killed.
 */
#ifndef OCPN_UNPROTECTED_INT_H
#define OCPN_UNPROTECTED_INT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "hw/ocp-nvme/core/req.h"

typedef enum OcpnExposure {
    OCPN_EXPOSED_NONE,          /* nothing would be lost */
    OCPN_EXPOSED_NOTING,        /* a write waits until the image says so */
    OCPN_EXPOSED_DATA,          /* it does */
} OcpnExposure;

typedef struct OcpnUnprotected {
    OcpnExposure state;         /* cold */
    _Atomic bool asked;         /* a write waits */
    _Atomic bool failed;        /* the last attempt to note did */
} OcpnUnprotected;

/*
 * R's owner, if the gate is closed, and R writes.  FLOW_STALL: it has to wait;
 * FLOW_DONE: the image cannot be written.
 */
OcpnFlow ocpn_unprotected_meet(OcpnCtrl *c, OcpnReq *r);

/* All of these: main.  Protection or its mode has changed. */
void ocpn_unprotected_update(OcpnCtrl *c);
/* What the image says of them was loaded. */
void ocpn_unprotected_restore(OcpnCtrl *c);
void ocpn_unprotected_run(OcpnCtrl *c);
/* What was dirty in namespace 1 is in the image; FAILED: it may not be. */
void ocpn_unprotected_noted(OcpnCtrl *c, bool failed);
/* All that was written is on the medium, or its loss was counted. */
void ocpn_unprotected_forget(OcpnCtrl *c);

#endif
