/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 09h: Endurance Group Information.  There is one group, 1, which is
 * the whole drive.
 * Implements: NVMe Base 2.0, "Endurance Group Information (Log Identifier
 * 09h)"; OCP Datacenter NVMe SSD, SMART-25.
 */
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

#define GROUP       1u
#define UNIT        1000000000u         /* bytes */
#define SECTORS     (UNIT / 512)        /* there is no rest */

static bool present(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    (void)c;
    return ask->lsi == GROUP;
}

static Le128 sectors(const OcpnCtrl *c, OcpnCount which)
{
    uint64_t n = ocpn_counter(c, which);

    return to_le128(n / SECTORS + (n % SECTORS != 0));
}

static Le128 bytes(OcpnCtrl *c, OcpnFact fact)
{
    return ocpn_wide_le(ocpn_wide_div_up(ocpn_fact_wide(c, fact), UNIT));
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeEndGrpLog *log = page;

    (void)ask;
    log->critical = ocpn_endgrp_warnings(c);
    log->spare = ocpn_health(c)->spare;
    log->spare_threshold = ocpn_thresholds(c).spare;
    log->used = ocpn_health(c)->used;
    log->endurance = bytes(c, OCPN_FACT_ENDURANCE);
    log->units_read = sectors(c, OCPN_COUNT_READ_SECTORS);
    log->units_written = sectors(c, OCPN_COUNT_WRITTEN_SECTORS);
    log->media_written = bytes(c, OCPN_FACT_MEDIA_WRITTEN);
    log->host_reads = to_le128(ocpn_counter(c, OCPN_COUNT_READ_COMMANDS));
    log->host_writes = to_le128(ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS));
    log->media_errors = to_le128(ocpn_counter(c, OCPN_COUNT_MEDIA_ERRORS));
    log->error_entries = to_le128(ocpn_error_count(c));
    log->capacity = to_le128(ocpn_ns_bytes(c));
}

const OcpnLogPage ocpn_log_09_endurance_group = {
    .lid = NVME_LID_ENDGRP,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Endurance Group Information",
    .present = present,
    .size = sizeof(NvmeEndGrpLog),
    .fill = fill,
};
