/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 03h: Firmware Slot Information.
 * Implements: NVMe Base 2.0, "Firmware Slot Information (Log Identifier
 * 03h)".
 */
#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeFwSlotLog *log = page;

    (void)ask;
    log->afi = (uint8_t)(FIELD_PUT(NVME_AFI_ACTIVE, ocpn_firmware_active(c)) |
                         FIELD_PUT(NVME_AFI_NEXT, ocpn_firmware_next(c)));
    for (unsigned slot = 1; slot <= OCPN_FW_SLOTS; slot++) {
        const char *revision = ocpn_firmware_slot(c, slot);

        if (revision) {
            put_ascii(log->frs + (slot - 1) * NVME_FW_REVISION_LEN,
                      NVME_FW_REVISION_LEN, ' ', revision);
        }
    }
}

const OcpnLogPage ocpn_log_03_firmware_slot = {
    .lid = NVME_LID_FW_SLOT,
    .subsys = true,
    .name = "Firmware Slot Information",
    .size = sizeof(NvmeFwSlotLog),
    .fill = fill,
};
