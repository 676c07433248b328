/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power-loss protection: how good the capacitors are, when that is checked,
 * and what the drive does without them.
 *
 * OCP Datacenter NVMe SSD, PLP-2, PLP-3, ROWTM-1, SMART-19, Features C2h and
 * C6h.  Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_PLP_H
#define HW_OCP_NVME_CORE_PLP_H

#include "hw/ocp-nvme/core/ctrl.h"

#define OCPN_PLP_MINUTES    15u     /* between health checks */

/* CDW11 bits 31:30 of Feature C2h. */
typedef enum OcpnPlpMode {
    OCPN_PLP_READ_ONLY  = 1,
    OCPN_PLP_WRITE_THROUGH = 2,
    OCPN_PLP_NORMAL     = 3,        /* as if nothing had happened */
} OcpnPlpMode;

/* What is to be done when protection has failed. */
OcpnPlpMode ocpn_plp_mode(const OcpnCtrl *c);
/* Protection has failed, and so the host may not write. */
bool ocpn_plp_read_only(const OcpnCtrl *c);
/* Protection has failed, and the host writes as if it had not. */
bool ocpn_plp_exposed(const OcpnCtrl *c);
/* Protection or the mode has changed. */
void ocpn_plp_update(OcpnCtrl *c);

/*
 * The capacitors hold PERCENT of what a safe shutdown needs beyond its
 * minimum (1), 0..65534; 0: not enough.  The next health check finds out.
 */
void ocpn_set_capacitors(OcpnCtrl *c, uint16_t percent);
/* A health check, now. */
void ocpn_plp_check(OcpnCtrl *c);
/* One every so many minutes; 0: none. */
void ocpn_plp_set_interval(OcpnCtrl *c, uint16_t minutes);

#endif
