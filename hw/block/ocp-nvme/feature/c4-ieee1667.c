/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C4h: Enable IEEE 1667 Silo.
 * Implements: OCP Datacenter NVMe SSD, "Enable IEEE1667 Silo (Feature
 * Identifier C4h)", FB-CONF-2, MS-CONF-3.
 *
 * Set has the switch in bit 31, Get returns it in bit 0.  It works at once.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

static bool present(const OcpnCtrl *c)
{
    return ocpn_ocp_config(c)->profile != OCPN_PROFILE_META;
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    (void)value;
    if (ocpn_opal(c) != OCPN_OPAL_INACTIVE) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, OCP_IEEE1667);
        return false;
    }
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    (void)c;
    (void)r;
    (void)ns;
    (void)sel;
    *value = FIELD_GET(OCP_IEEE1667, *value);
    return true;
}

const OcpnFeature ocpn_feature_c4_ieee1667 = {
    .fid = OCP_FID_IEEE1667,
    .uuid = OCPN_UUID_OCP,
    .name = "Enable IEEE1667 Silo",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_OCP |
             OCPN_FEAT_SUBSYS,
    .ocp = OCP_1_0,
    .mask = FIELD_PUT(OCP_IEEE1667, OCP_IEEE1667_MASK),
    .present = present,
    .set = set,
    .get = get,
};
