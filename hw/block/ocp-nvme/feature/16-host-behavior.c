/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 16h: Host Behavior Support.
 * Implements: NVMe Base 2.0, "Host Behavior Support (Feature Identifier
 * 16h)".
 *
 * Of the 512 bytes, Advanced Command Retry Enable is kept and, if there is
 * telemetry with a data area 4, Extended Telemetry Data Area 4 Supported.  The
 * others are about what this controller does not have; they read 0.  The value
 * is the first bytes of the data, low byte first.
 */
#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    uint8_t data[NVME_HBS_SIZE];

    (void)ns;
    ocpn_dptr_fetch(c, r, data, sizeof(data));
    if (r->status) {
        return false;
    }
    if (!ocpn_telemetry_area4(c)) {
        data[NVME_HBS_ETDAS] = 0;
    }
    if (data[NVME_HBS_ACRE] > 1 || data[NVME_HBS_ETDAS] > 1) {
        ocpn_fail(c, r, NVME_SC_INVALID_FIELD);
        return false;
    }
    *value = data[NVME_HBS_ACRE] |
             (uint32_t)data[NVME_HBS_ETDAS] << 8 * NVME_HBS_ETDAS;
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    uint8_t data[NVME_HBS_SIZE] = { 0 };

    (void)ns;
    (void)sel;
    data[NVME_HBS_ACRE] = (uint8_t)*value;
    data[NVME_HBS_ETDAS] = (uint8_t)(*value >> 8 * NVME_HBS_ETDAS);
    *value = 0;
    ocpn_dptr_send(c, r, data, sizeof(data));
    return !r->status;
}

const OcpnFeature ocpn_feature_16_host_behavior = {
    .fid = NVME_FID_HOST_BEHAVIOR,
    .name = "Host Behavior Support",
    .flags = OCPN_FEAT_CHANGE,
    .mask = 1 << 8 * NVME_HBS_ACRE | 1 << 8 * NVME_HBS_ETDAS,
    .set = set,
    .get = get,
};
