/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page D0h: Chunk Notification.
 * Implements: OCSSD 2.0, "Chunk Notification Log Page".
 *
 * Entries by age, then zeros.  A host that reads from the first byte on with
 * RAE 0 takes the entries it got as a whole; all other reads only look.
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/notify.h"
#include "hw/ocp-nvme/core/ns.h"

static uint32_t asked_nsid(const OcpnLogAsk *ask)
{
    return ask->ns ? ask->ns->nsid : 0;
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    OcssdChunkNotify *entry = page;
    uint32_t nsid = asked_nsid(ask);
    uint32_t n = ocpn_notices(c, nsid);

    for (uint32_t i = 0; i < n; i++) {
        ocpn_notice_get(c, nsid, i, &entry[i]);
    }
}

static void taken(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                  uint64_t len)
{
    uint64_t n = len / sizeof(OcssdChunkNotify);

    (void)off;
    ocpn_notices_take(c, asked_nsid(ask),
                      n < OCPN_NNOTICES ? (uint32_t)n : OCPN_NNOTICES);
}

const OcpnLogPage ocpn_log_d0_chunk_notify = {
    .lid = OCSSD_LID_CHUNK_NOTIFY,
    .uuid = OCPN_UUID_NONE,
    .scope = OCPN_LOG_CTRL_OR_NS,
    .modes = 1 << IMG_MODE_OPEN_CHANNEL,
    .name = "Chunk Notification",
    .size = OCPN_NNOTICES * sizeof(OcssdChunkNotify),
    .fill = fill,
    .taken = taken,
    .from_start = true,
    .keep = ocpn_notices_keep,
};
