/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 08h: Telemetry Controller-Initiated.
 * Implements: NVMe Base 2.0, "Telemetry Controller-Initiated (Log Identifier
 * 08h)".
 *
 * The LSP is not looked at: tools ask for a new capture here as well.
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocp-telemetry.h"

static uint64_t length(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    (void)ask;
    return ocpn_telemetry_length(c, OCPN_TELEMETRY_CTRL, false);
}

static void read(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off, void *buf,
                 size_t len)
{
    (void)ask;
    ocpn_telemetry_read(c, OCPN_TELEMETRY_CTRL, off, buf, len);
}

static void taken(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                  uint64_t len)
{
    (void)ask;
    (void)off;
    (void)len;
    ocpn_telemetry_taken(c);
}

const OcpnLogPage ocpn_log_08_telemetry_ctrl = {
    .lid = NVME_LID_TELEMETRY_CTRL,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Telemetry Controller-Initiated",
    .unit = NVME_TELEMETRY_BLOCK,
    .length = length,
    .read = read,
    .taken = taken,
};
