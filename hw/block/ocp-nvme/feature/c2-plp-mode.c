/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C2h: EOL/PLP Failure Mode.
 * Implements: OCP Datacenter NVMe SSD, "EOL/PLP Failure Mode (Feature
 * Identifier C2h)", ROWTM-1, DP-CFG-6.
 *
 * Set has the mode in bits 31:30, Get returns it in bits 2:0.  Drives of
 * profile B leave the factory with the feature disabled.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/plp.h"
#include "hw/ocp-nvme/spec/ocp.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    if (ocpn_ocp_config(c)->profile == OCPN_PROFILE_B ||
        !FIELD_GET(OCP_PLP_MODE, *value)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, OCP_PLP_MODE);
        return false;
    }
    return true;
}

/* Nobody can have saved 0 but who wrote the image. */
static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    uint32_t mode = FIELD_GET(OCP_PLP_MODE, *value);

    (void)c;
    (void)r;
    (void)ns;
    (void)sel;
    *value = mode ? mode : OCPN_PLP_READ_ONLY;
    return true;
}

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    (void)value;
    ocpn_health_update(c);
}

const OcpnFeature ocpn_feature_c2_plp_mode = {
    .fid = OCP_FID_PLP_MODE,
    .uuid = OCPN_UUID_OCP,
    .name = "EOL/PLP Failure Mode",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_OCP |
             OCPN_FEAT_SUBSYS,
    .ocp = OCP_1_0,
    .def = FIELD_PUT(OCP_PLP_MODE, OCPN_PLP_READ_ONLY),
    .mask = FIELD_PUT(OCP_PLP_MODE, OCP_PLP_MODE_MASK),
    .set = set,
    .get = get,
    .apply = apply,
};
