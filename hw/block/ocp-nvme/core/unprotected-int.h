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
} OcpnUnprotected;

/* R's owner, if the gate is closed.  True: R, which writes, has to wait. */
bool ocpn_unprotected_waits(OcpnCtrl *c, const OcpnReq *r);

/* All of these: main.  Protection or its mode has changed. */
void ocpn_unprotected_update(OcpnCtrl *c);
/* What the image says of them was loaded. */
void ocpn_unprotected_restore(OcpnCtrl *c);
void ocpn_unprotected_run(OcpnCtrl *c);
/* What was dirty in namespace 1 is in the image. */
void ocpn_unprotected_noted(OcpnCtrl *c);
/* All that was written is on the medium, or its loss was counted. */
void ocpn_unprotected_forget(OcpnCtrl *c);

#endif
