/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 02h: Power Management, of OCP drives.
 * Implements: NVMe Base 2.0, "Power Management (Feature Identifier 02h)"; OCP
 * Datacenter NVMe SSD, PWR-1, PWR-5.
 *
 * Other drives have one state: values.c.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/power.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    if (FIELD_GET(NVME_PM_PS, *value) >= ocpn_power_states(c)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_PM_PS);
        return false;
    }
    ocpn_power_by_state(c, FIELD_GET(NVME_FEAT_SV, ocpn_cdw(r, 10)));
    return true;
}

/* What was saved, maybe with another table of states. */
static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    (void)r;
    (void)ns;
    (void)sel;
    if (FIELD_GET(NVME_PM_PS, *value) >= ocpn_power_states(c)) {
        *value &= ~FIELD_PUT(NVME_PM_PS, NVME_PM_PS_MASK);
    }
    return true;
}

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    (void)value;
    ocpn_power_apply(c);
}

const OcpnFeature ocpn_feature_02_power_management = {
    .fid = NVME_FID_POWER_MGMT,
    .name = "Power Management",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_SUBSYS,
    .ocp = OCP_1_0,
    .mask = FIELD_PUT(NVME_PM_PS, NVME_PM_PS_MASK) |
            FIELD_PUT(NVME_PM_WH, NVME_PM_WH_MASK),
    .set = set,
    .get = get,
    .apply = apply,
};
