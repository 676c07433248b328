/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 01h: Error Information, newest first.
 * Implements: NVMe Base 2.0, "Error Information (Log Identifier 01h)",
 * "Sanitize Operations".
 */
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeErrorEntry *entry = page;

    (void)ask;
    for (unsigned i = 0; i < OCPN_NERRORS; i++) {
        ocpn_error_get(c, i, &entry[i]);
        if (ocpn_gate_closed(c, OCPN_GATE_SANITIZE)) {
            entry[i].lba = to_le64(0);  /* it is of the user's data */
        }
    }
}

const OcpnLogPage ocpn_log_01_error = {
    .lid = NVME_LID_ERROR,
    .name = "Error Information",
    .size = OCPN_NERRORS * sizeof(NvmeErrorEntry),
    .fill = fill,
};
