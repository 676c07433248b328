/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Panic, for the tables that name it. */
#ifndef OCPN_PANIC_INT_H
#define OCPN_PANIC_INT_H

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/panic.h"
#include "hw/ocp-nvme/core/state.h"

extern const OcpnStatePart ocpn_panic_part;

/* The listener: power on, power cuts, resets, and a host that comes back. */
void ocpn_panic_heard(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                      uint64_t b);

/* What page IMG_STATE_PANIC begins with, for that of facts. */
void ocpn_panic_put(const OcpnCtrl *c, uint8_t bytes[49]);
/* It has changed; it goes with the next round. */
void ocpn_panic_dirty(OcpnCtrl *c);

/* Before migration: the page as it is now. */
void ocpn_panic_settle(OcpnCtrl *c);

#endif
