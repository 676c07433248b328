/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 05h: Commands Supported and Effects, from the opcode tables.
 * Implements: NVMe Base 2.0, "Commands Supported and Effects (Log Identifier
 * 05h)".
 */
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeEffectsLog *log = page;

    if (ask->csi != NVME_CSI_NVM) {
        return;                 /* it has no such command */
    }
    for (unsigned opc = 0; opc < 256; opc++) {
        log->acs[opc] = to_le32(ocpn_admin_effects(c, (uint8_t)opc));
        log->iocs[opc] = to_le32(ocpn_io_effects(c, (uint8_t)opc));
    }
}

const OcpnLogPage ocpn_log_05_effects = {
    .lid = NVME_LID_EFFECTS,
    .csi = true,
    .name = "Commands Supported and Effects",
    .size = sizeof(NvmeEffectsLog),
    .fill = fill,
};
