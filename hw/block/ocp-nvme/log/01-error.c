/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 01h: Error Information, newest first.
 * Implements: NVMe Base 2.0, "Error Information (Log Identifier 01h)".
 */
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeErrorEntry *entry = page;

    (void)ask;
    for (unsigned i = 0; i < OCPN_NERRORS; i++) {
        ocpn_error_get(c, i, &entry[i]);
    }
}

const OcpnLogPage ocpn_log_01_error = {
    .lid = NVME_LID_ERROR,
    .name = "Error Information",
    .size = OCPN_NERRORS * sizeof(NvmeErrorEntry),
    .fill = fill,
};
