/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C3h: Latency Monitor.
 * Implements: OCP Datacenter NVMe SSD, "Latency Monitor (Log Identifier
 * C3h)", LMLOG-1..11.
 */
#include <string.h>

#include "hw/ocp-nvme/core/latency.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/ocp-latency.h"

#define LAST    (OCPN_LATENCY_NCELLS - 1)

static Le32 count(const OcpnLatencyCell *cell, unsigned b, OcpnLatencyOp op)
{
    return to_le32(cell[OCPN_LATENCY_NOPS * b + op].count);
}

static void put_buckets(OcpLatencyBuckets *to, const OcpnLatencyCell *cell)
{
    uint16_t units = 0;

    for (unsigned b = 0; b < OCPN_LATENCY_NBUCKETS; b++) {
        to->count[b].read = count(cell, b, OCPN_LATENCY_READ);
        to->count[b].write = count(cell, b, OCPN_LATENCY_WRITE);
        to->count[b].deallocate = count(cell, b, OCPN_LATENCY_DEALLOCATE);
    }
    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++) {
        to->stamp[LAST - n] = to_le64(cell[n].stamp);
        to->latency[LAST - n] = to_le16(cell[n].ms);
        units |= (uint16_t)(cell[n].host << n);
    }
    to->units = to_le16(units);
}

static void put_config(OcpLatencyLog *log, const OcpnLatencyConfig *cfg)
{
    log->status = OCP_LATENCY_LARGEST | OCP_LATENCY_MEASURED |
                  (cfg->enabled ? OCP_LATENCY_ENABLED : 0);
    log->timer_threshold = to_le16(cfg->rotate);
    memcpy(log->threshold, cfg->threshold, sizeof(log->threshold));
    log->config = to_le16(cfg->largest);
    log->window = cfg->window;
    log->trigger = to_le16(cfg->trigger);
}

static void put_debug(OcpnCtrl *c, OcpLatencyLog *log,
                      const OcpnLatencyDebug *debug)
{
    if (ocpn_ocp(c, OCP_2_6)) { /* they have page CAh */
        log->debug_dwords = to_le64(sizeof(OcpLatencyDebugLog) / 4);
    }
    log->debug_latency = to_le16(debug->ms);
    log->debug_stamp = to_le64(debug->stamp);
    log->debug_pointer = to_le16(debug->pointer);
    log->debug_source = to_le16(debug->source);
    log->debug_units = debug->host;
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_LATENCY_GUID;
    OcpLatencyLog *log = page;
    OcpnLatencyView v;

    (void)ask;
    ocpn_latency_get(c, &v);
    put_config(log, &v.cfg);
    log->timer = to_le16(v.timer);
    put_buckets(&log->active, v.active);
    put_buckets(&log->fixed, v.fixed);
    put_debug(c, log, &v.debug);
    log->version = to_le16(ocpn_ocp(c, OCP_2_5) ? OCP_LATENCY_VERSION_2_5
                                                : OCP_LATENCY_VERSION_2_0);
    memcpy(log->guid, guid, sizeof(guid));
}

const OcpnLogPage ocpn_log_c3_latency = {
    .lid = OCP_LID_LATENCY,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_0,
    .name = "Latency Monitor",
    .size = sizeof(OcpLatencyLog),
    .fill = fill,
};
