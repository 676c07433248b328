/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C3h of OCP: Clear PCIe Correctable Error Counters.  An order, not a
 * value: it reads as 0.
 * Implements: OCP Datacenter NVMe SSD, "Clear PCIe Correctable Error Counters
 * (Feature Identifier C3h)", SMART-14.
 */
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

#define CLEAR   (UINT32_C(1) << 31)

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)r;
    (void)ns;
    if (*value & CLEAR) {
        ocpn_fact_set(c, OCPN_FACT_PCIE_CORRECTABLE, 0);
    }
    *value = 0;
    return true;
}

const OcpnFeature ocpn_feature_c3_clear_pcie = {
    .fid = OCP_FID_CLEAR_PCIE,
    .uuid = OCPN_UUID_OCP,
    .name = "Clear PCIe Correctable Error Counters",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_OCP | OCPN_FEAT_SUBSYS,
    .ocp = OCP_1_0,
    .mask = CLEAR,
    .set = set,
};
