/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 10h: Host Controlled Thermal Management, of OCP drives.
 * Implements: NVMe Base 2.0, "Host Controlled Thermal Management (Feature
 * Identifier 10h)".
 *
 * The drive keeps the two temperatures; it never is so hot that it would have
 * to slow down because of them.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

/* 0: the host does not care. */
static bool in_range(const OcpnCtrl *c, uint32_t kelvin)
{
    return !kelvin || (kelvin >= OCPN_MNTMT &&
                       kelvin <= ocpn_thresholds(c).critical);
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    uint32_t light = FIELD_GET(NVME_HCTM_TMT1, *value);
    uint32_t heavy = FIELD_GET(NVME_HCTM_TMT2, *value);

    (void)ns;
    if (!in_range(c, heavy)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_HCTM_TMT2);
        return false;
    }
    if (!in_range(c, light) || (light && heavy && light >= heavy)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_HCTM_TMT1);
        return false;
    }
    return true;
}

const OcpnFeature ocpn_feature_10_host_thermal = {
    .fid = NVME_FID_HCTM,
    .name = "Host Controlled Thermal Management",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE,
    .ocp = OCP_1_0,
    .mask = UINT32_MAX,
    .set = set,
};
