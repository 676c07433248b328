/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C2h: Firmware Activation History.  Obsolete since 2.5; tools of
 * every version may read it.
 * Implements: OCP Datacenter NVMe SSD, "Firmware Activation History (Log
 * Identifier C2h)", FWHST-LOG-1..5.
 */
#include <string.h>

#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/core/log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_FW_HISTORY_GUID;
    OcpFwHistoryLog *log = page;

    (void)ask;
    log->lid = OCP_LID_FW_HISTORY;
    log->valid = to_le32(ocpn_firmware_history(c, log->entry));
    log->version = to_le16(OCP_FW_HISTORY_VERSION);
    memcpy(log->guid, guid, sizeof(guid));
}

const OcpnLogPage ocpn_log_c2_firmware_history = {
    .lid = OCP_LID_FW_HISTORY,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Firmware Activation History",
    .size = sizeof(OcpFwHistoryLog),
    .fill = fill,
};
