/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 04h: Changed Namespace List.
 * Implements: NVMe Base 2.0, "Changed Namespace List (Log Identifier 04h)".
 *
 * A host that reads part of the list with RAE 0 has had its chance: the list
 * is empty after it.
 */
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeChangedNsLog *log = page;
    uint32_t changes = ocpn_ns_changes(c);
    unsigned n = 0;

    (void)ask;
    for (uint32_t i = 0; i < OCPN_MAX_NS; i++) {
        if (changes >> i & 1) {
            log->nsid[n++] = to_le32(i + 1);
        }
    }
}

static void taken(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                  uint64_t len)
{
    (void)ask;
    (void)off;
    (void)len;
    ocpn_ns_changes_clear(c);
}

const OcpnLogPage ocpn_log_04_changed_ns = {
    .lid = NVME_LID_CHANGED_NS,
    .name = "Changed Namespace List",
    .size = sizeof(NvmeChangedNsLog),
    .fill = fill,
    .taken = taken,
};
