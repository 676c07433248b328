/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the drive claims, for pages that say the same in other words.
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_IDENTIFY_H
#define HW_OCP_NVME_CORE_IDENTIFY_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"

/* Identify Controller as a host gets it, into ID, whatever is in it. */
void ocpn_claims(OcpnCtrl *c, NvmeIdCtrl *id);

#endif
