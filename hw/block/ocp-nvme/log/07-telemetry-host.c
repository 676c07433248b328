/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 07h: Telemetry Host-Initiated.
 * Implements: NVMe Base 2.0, "Telemetry Host-Initiated (Log Identifier 07h)".
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocp-telemetry.h"

static bool is_create(const OcpnLogAsk *ask)
{
    return ask->lsp & NVME_TELEMETRY_CREATE;
}

static void begin(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    if (is_create(ask)) {
        ocpn_telemetry_capture(c);
    }
}

static uint64_t length(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    return ocpn_telemetry_length(c, OCPN_TELEMETRY_HOST, is_create(ask));
}

static void read(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off, void *buf,
                 size_t len)
{
    (void)ask;
    ocpn_telemetry_read(c, OCPN_TELEMETRY_HOST, off, buf, len);
}

const OcpnLogPage ocpn_log_07_telemetry_host = {
    .lid = NVME_LID_TELEMETRY_HOST,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Telemetry Host-Initiated",
    .unit = NVME_TELEMETRY_BLOCK,
    .begin = begin,
    .length = length,
    .read = read,
};
