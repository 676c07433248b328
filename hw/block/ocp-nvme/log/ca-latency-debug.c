/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page CAh: Latency Monitor Debug.
 * Implements: OCP Datacenter NVMe SSD, "Latency Monitor", debug log.
 *
 * What the monitor knows of the command that took the debug log.  Who has
 * read the page to its end has the log: it is discarded, and the next one may
 * be taken.
 */
#include <string.h>

#include "hw/ocp-nvme/core/latency.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/ocp-latency.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    OcpLatencyDebugLog *log = page;
    OcpnLatencyView v;

    (void)ask;
    ocpn_latency_get(c, &v);
    log->source = to_le16(v.debug.source);
    log->latency = to_le16(v.debug.ms);
    log->pointer = to_le16(v.debug.pointer);
    log->units = v.debug.host;
    log->stamp = to_le64(v.debug.stamp);
    log->sqid = to_le16(v.debug.sqid);
    log->status = to_le16(v.debug.status);
    memcpy(log->command, &v.debug.cmd, sizeof(log->command));
}

static void taken(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                  uint64_t len)
{
    (void)ask;
    if (len >= sizeof(OcpLatencyDebugLog) - off) {
        ocpn_latency_discard(c);
    }
}

const OcpnLogPage ocpn_log_ca_latency_debug = {
    .lid = OCP_LID_LATENCY_DEBUG,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_6,
    .name = "Latency Monitor Debug",
    .size = sizeof(OcpLatencyDebugLog),
    .fill = fill,
    .taken = taken,
};
