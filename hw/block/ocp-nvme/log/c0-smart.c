/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C0h of OCP: SMART / Health Information Extended.  Its numbers are
 * facts (core/fact-rows.c); here is what is no number.
 * Implements: OCP Datacenter NVMe SSD, SMART-1..31, SLOG-3.
 */
#include <string.h>

#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/ocp-smart.h"
#include "hw/ocp-nvme/spec/ocp.h"

/* Of the device's own; that of others differs where no version field is. */
static const uint8_t own_uuid[16] = {
    0x5b, 0x1e, 0x7a, 0x90, 0x2d, 0x64, 0x4c, 0x1f,
    0x8a, 0x37, 0x6f, 0x63, 0x70, 0x2d, 0x6e, 0x76,
};

/* SMART [26]: of what runs. */
static void put_firmware(const OcpnCtrl *c, OcpSmartLog *log)
{
    uint64_t build = ocpn_firmware_build(c);
    const char *revision = ocpn_firmware_revision(c);
    char *label = log->build_label;
    const size_t own = sizeof("ocp-nvme");      /* and a space */

    put_ascii(log->firmware, sizeof(log->firmware), ' ', revision);
    put_ascii(label, sizeof(log->build_label), ' ', "ocp-nvme");
    put_ascii(label + own, sizeof(log->build_label) - own, ' ',
              build ? revision : "");
    memcpy(log->build_uuid, own_uuid, sizeof(own_uuid));
    for (unsigned i = 0; i < 4; i++) {
        log->build_uuid[i] ^= (uint8_t)(build >> (56 - 8 * i));
        log->build_uuid[12 + i] ^= (uint8_t)(build >> (24 - 8 * i));
    }
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_SMART_GUID;
    OcpSmartLog *log = page;
    uint8_t *bytes = page;

    (void)ask;
    for (unsigned i = 0; i < OCPN_FACT_N; i++) {
        const OcpnFactRow *row = &ocpn_fact_rows[i];

        if (ocpn_fact_exists(c, (OcpnFact)i)) {
            ocpn_wide_put(bytes + row->at, row->size,
                          ocpn_fact_wide(c, (OcpnFact)i));
        }
    }
    if (ocpn_ocp(c, OCP_2_6)) {
        put_firmware(c, log);
    }
    log->version = to_le16(ocpn_smart_version(c));
    memcpy(log->guid, guid, sizeof(guid));
}

const OcpnLogPage ocpn_log_c0_smart = {
    .lid = OCP_LID_SMART,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "SMART / Health Information Extended",
    .size = sizeof(OcpSmartLog),
    .fill = fill,
};
