/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C7h: DSSD Power State.
 * Implements: OCP Datacenter NVMe SSD, "DSSD Power State (Feature Identifier
 * C7h)", DSSDPSS-2, DSSDPSG-1, DSSDPSG-2.
 *
 * Watts.  The stored value is 0 while Feature 02h has set the state.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/power.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    uint32_t watts = FIELD_GET(OCP_DSSD_PS, *value);

    (void)ns;
    if (watts < ocpn_power_min_watts(c)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, OCP_DSSD_PS);
        return false;
    }
    ocpn_power_by_watts(c, watts, FIELD_GET(NVME_FEAT_SV, ocpn_cdw(r, 10)));
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    (void)r;
    (void)ns;
    *value = ocpn_power_watts(c, sel, *value);
    return true;
}

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    (void)value;
    ocpn_power_apply(c);
}

const OcpnFeature ocpn_feature_c7_dssd_power_state = {
    .fid = OCP_FID_POWER_STATE,
    .uuid = OCPN_UUID_OCP,
    .name = "DSSD Power State",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_OCP |
             OCPN_FEAT_SUBSYS,
    .ocp = OCP_2_0,
    .mask = FIELD_PUT(OCP_DSSD_PS, OCP_DSSD_PS_MASK),
    .set = set,
    .get = get,
    .apply = apply,
};
