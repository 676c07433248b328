/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C7h: TCG Configuration.
 * Implements: OCP Datacenter NVMe SSD, "TCG Configuration (Log Identifier
 * C7h)", SEC-36.
 *
 * There is no Opal: nothing is locked, nothing was ever tried.
 */
#include <string.h>

#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/ocp-device.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_TCG_GUID;
    OcpTcgLog *log = page;

    (void)ask;
    log->state = (uint8_t)ocpn_opal(c);
    log->sid_limit = to_le32(OCP_TCG_SID_LIMIT);
    log->version = to_le16(ocpn_ocp(c, OCP_2_6) ? 2 : 1);
    memcpy(log->guid, guid, sizeof(guid));
}

const OcpnLogPage ocpn_log_c7_tcg_configuration = {
    .lid = OCP_LID_TCG,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_5,
    .subsys = true,
    .name = "TCG Configuration",
    .size = sizeof(OcpTcgLog),
    .fill = fill,
};
