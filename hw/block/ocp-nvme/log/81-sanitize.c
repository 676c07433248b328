/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 81h: Sanitize Status.
 * Implements: NVMe Base 2.0, "Sanitize Status (Log Identifier 81h)"; OCP
 * Datacenter NVMe SSD, MI-11.
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/sanitize.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    (void)ask;
    ocpn_sanitize_describe(c, page);
}

const OcpnLogPage ocpn_log_81_sanitize = {
    .lid = NVME_LID_SANITIZE,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Sanitize Status",
    .size = sizeof(NvmeSanitizeLog),
    .fill = fill,
};
