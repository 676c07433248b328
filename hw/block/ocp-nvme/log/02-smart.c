/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 02h: SMART / Health Information, of the controller.
 * Implements: NVMe Base 2.0, "SMART / Health Information (Log Identifier
 * 02h)".
 */
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/timer.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

/* Thousands of sectors, rounded up. */
static Le128 units(uint64_t sectors)
{
    return to_le128(sectors / 1000 + (sectors % 1000 != 0));
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeSmartLog *log = page;
    uint32_t warning, critical;

    (void)ask;
    ocpn_hot_minutes(c, &warning, &critical);
    log->critical = ocpn_warnings(c);
    log->temperature = to_le16(ocpn_health(c)->temperature);
    log->spare = ocpn_health(c)->spare;
    log->spare_threshold = ocpn_thresholds(c).spare;
    log->used = ocpn_health(c)->used;
    log->endgrp_critical = ocpn_endgrp_warnings(c);
    log->units_read = units(ocpn_counter(c, OCPN_COUNT_READ_SECTORS));
    log->units_written = units(ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS));
    log->host_reads = to_le128(ocpn_counter(c, OCPN_COUNT_READ_COMMANDS));
    log->host_writes = to_le128(ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS));
    log->busy_time = to_le128(ocpn_counter(c, OCPN_COUNT_BUSY_NS) /
                              NS_PER_MINUTE);
    log->power_cycles = to_le128(ocpn_power_cycles(c));
    log->power_on_hours = to_le128(ocpn_power_on_seconds(c) / 3600);
    log->unsafe_shutdowns = to_le128(ocpn_unsafe_shutdowns(c));
    log->media_errors = to_le128(ocpn_counter(c, OCPN_COUNT_MEDIA_ERRORS));
    log->error_entries = to_le128(ocpn_error_count(c));
    log->warning_time = to_le32(warning);
    log->critical_time = to_le32(critical);
    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        log->sensor[i] = to_le16(ocpn_sensor(c, i));
    }
}

const OcpnLogPage ocpn_log_02_smart = {
    .lid = NVME_LID_SMART,
    .subsys = true,
    .name = "SMART / Health Information",
    .size = sizeof(NvmeSmartLog),
    .fill = fill,
};
