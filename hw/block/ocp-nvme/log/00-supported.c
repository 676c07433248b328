/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 00h: Supported Log Pages.
 * Implements: NVMe Base 2.0, "Supported Log Pages (Log Identifier 00h)".
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeSupportedLogs *log = page;

    (void)ask;
    for (unsigned lid = 0; lid < 256; lid++) {
        const OcpnLogPage *p = ocpn_log_find(c, (uint8_t)lid, OCPN_UUID_NONE);

        if (p) {
            uint32_t own = p->parameter ? p->parameter(c) : 0;

            log->lid[lid] = to_le32(NVME_LIDE_LSUPP |
                                    FIELD_PUT(NVME_LIDE_LIDSP, own));
        }
    }
}

const OcpnLogPage ocpn_log_00_supported = {
    .lid = NVME_LID_SUPPORTED,
    .name = "Supported Log Pages",
    .size = sizeof(NvmeSupportedLogs),
    .fill = fill,
};
