/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 06h: Device Self-test.
 * Implements: NVMe Base 2.0, "Device Self-test (Log Identifier 06h)"; OCP
 * Datacenter NVMe SSD, MI-11.
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/self-test.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    (void)ask;
    ocpn_self_test_log(c, page);
}

const OcpnLogPage ocpn_log_06_self_test = {
    .lid = NVME_LID_SELF_TEST,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Device Self-test",
    .size = sizeof(NvmeSelfTestLog),
    .fill = fill,
};
