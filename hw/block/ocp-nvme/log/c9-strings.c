/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C9h of OCP: Telemetry String Log.
 * Implements: OCP Datacenter NVMe SSD, "Telemetry String Log (Log Identifier
 * C9h)".
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "hw/ocp-nvme/spec/ocp.h"

static uint64_t length(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    (void)ask;
    return ocpn_strings_length(c);
}

static void read(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off, void *buf,
                 size_t len)
{
    (void)ask;
    ocpn_strings_read(c, off, buf, len);
}

const OcpnLogPage ocpn_log_c9_strings = {
    .lid = OCP_LID_STRINGS,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_5,
    .subsys = true,
    .name = "Telemetry String Log",
    .length = length,
    .read = read,
};
