/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 03h: Firmware Slot Information.  There is one slot, read-only.
 * Implements: NVMe Base 2.0, "Firmware Slot Information (Log Identifier
 * 03h)".
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeFwSlotLog *log = page;

    (void)ask;
    log->afi = FIELD_PUT(NVME_AFI_ACTIVE, 1);
    put_ascii(log->frs, NVME_FW_REVISION_LEN, ' ',
              ocpn_ctrl_config(c)->firmware);
}

const OcpnLogPage ocpn_log_03_firmware_slot = {
    .lid = NVME_LID_FW_SLOT,
    .name = "Firmware Slot Information",
    .size = sizeof(NvmeFwSlotLog),
    .fill = fill,
};
