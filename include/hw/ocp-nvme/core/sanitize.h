/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sanitize operation, of which there is at most one, of all namespaces.
 * NVMe Base 2.0, "Sanitize Operations".
 *
 * It runs in the background, over resets and power cycles, in the guest's
 * time: it stands still while the guest does.  Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_SANITIZE_H
#define HW_OCP_NVME_CORE_SANITIZE_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/nvme-sanitize.h"

/* Page 81h.  LOG is all zeros. */
void ocpn_sanitize_describe(OcpnCtrl *c, NvmeSanitizeLog *log);

/* Knobs.  How long one takes at least, ms; 0: as long as it takes. */
uint16_t ocpn_sanitize_ms(const OcpnCtrl *c);
void ocpn_set_sanitize_ms(OcpnCtrl *c, uint16_t ms);
/* Does one fail, half-way? */
bool ocpn_sanitize_fails(const OcpnCtrl *c);
void ocpn_set_sanitize_fails(OcpnCtrl *c, bool fails);

#endif
