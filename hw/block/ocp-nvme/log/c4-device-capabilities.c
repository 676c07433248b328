/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C4h: Device Capabilities, from what the drive claims elsewhere.
 * Implements: OCP Datacenter NVMe SSD, "Device Capabilities (Log Identifier
 * C4h)", DSSDPSS-2.
 *
 * One PCIe port, and no out-of-band management.
 */
#include <string.h>

#include "hw/ocp-nvme/core/identify.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/power.h"
#include "hw/ocp-nvme/spec/ocp-device.h"

/* Bits of one field, if the command is there at all. */
static Le16 caps(bool there, unsigned bits)
{
    return to_le16((uint16_t)(there ? bits | OCP_CAP_COMPLIANT : 0));
}

/* Conventional namespaces deallocate for Write Zeroes and read zeros. */
static void fill_commands(OcpnCtrl *c, OcpCapabilitiesLog *log)
{
    NvmeIdCtrl id;
    uint16_t oncs;
    uint32_t san;
    unsigned bits;

    ocpn_claims(c, &id);
    oncs = from_le16(id.oncs);
    san = from_le32(id.sanicap);
    log->write_zeroes = caps(oncs & NVME_ONCS_WRITE_ZEROES,
                             OCP_CAP_WZ | OCP_CAP_WZ_DEAC | OCP_CAP_WZ_FUA |
                             OCP_CAP_WZ_IO5 | OCP_CAP_WZ_IO6);
    bits = OCP_CAP_SAN | (san & NVME_SANICAP_CRYPTO ? OCP_CAP_SAN_CRYPTO : 0) |
           (san & NVME_SANICAP_BLOCK ? OCP_CAP_SAN_BLOCK : 0) |
           (san & NVME_SANICAP_OVERWRITE ? OCP_CAP_SAN_OVERWRITE : 0) |
           (san & NVME_SANICAP_NDI ? 0 : OCP_CAP_SAN_DEALLOCATE);
    log->sanitize = caps(san, bits);
    log->dsm = caps(oncs & NVME_ONCS_DSM, OCP_CAP_DSM | OCP_CAP_DSM_AD);
    log->write_uncor = caps(oncs & NVME_ONCS_WRITE_UNCOR,
                            OCP_CAP_WU | OCP_CAP_WU_ONE | OCP_CAP_WU_MOST |
                            OCP_CAP_WU_IO14);
    log->fused = caps(from_le16(id.fuses) & 1, OCP_CAP_FUSED);
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_CAPABILITIES_GUID;
    OcpCapabilitiesLog *log = page;
    unsigned least = ocpn_power_min_watts(c);

    (void)ask;
    log->ports = to_le16(1);
    fill_commands(c, log);
    log->min_state = to_le16((uint16_t)least);
    for (unsigned watts = least; watts < OCPN_DSSD_STATES; watts++) {
        log->dssd[watts] = (uint8_t)(OCP_DSSD_VALID |
                                     ocpn_power_state_for(c, watts));
    }
    log->version = to_le16(OCP_CAPABILITIES_VERSION);
    memcpy(log->guid, guid, sizeof(guid));
}

const OcpnLogPage ocpn_log_c4_device_capabilities = {
    .lid = OCP_LID_CAPABILITIES,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_0,
    .subsys = true,
    .name = "Device Capabilities",
    .size = sizeof(OcpCapabilitiesLog),
    .fill = fill,
};
