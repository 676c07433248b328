/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C6h: PLP Health Check Interval.
 * Implements: OCP Datacenter NVMe SSD, "PLP Health Check Interval (Feature
 * Identifier C6h)".
 *
 * Set has the minutes in bits 31:16, Get returns them in bits 15:0; 0 is: no
 * checks.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/plp.h"
#include "hw/ocp-nvme/spec/ocp.h"

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    (void)c;
    (void)r;
    (void)ns;
    (void)sel;
    *value = FIELD_GET(OCP_PLP_INTERVAL, *value);
    return true;
}

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    ocpn_plp_set_interval(c, (uint16_t)FIELD_GET(OCP_PLP_INTERVAL, value));
}

const OcpnFeature ocpn_feature_c6_plp_interval = {
    .fid = OCP_FID_PLP_INTERVAL,
    .uuid = OCPN_UUID_OCP,
    .name = "PLP Health Check Interval",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_OCP |
             OCPN_FEAT_SUBSYS,
    .ocp = OCP_2_0,
    .def = FIELD_PUT(OCP_PLP_INTERVAL, OCPN_PLP_MINUTES),
    .mask = FIELD_PUT(OCP_PLP_INTERVAL, OCP_PLP_INTERVAL_MASK),
    .get = get,
    .apply = apply,
};
