/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C1h of OCP: Clear Firmware Update History.  An order, not a value:
 * it reads as 0.  Obsolete since 2.5; tools of every version may send it.
 * Implements: OCP Datacenter NVMe SSD, "Clear Firmware Update History (Feature
 * Identifier C1h)".
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/spec/ocp.h"

#define CLEAR   (UINT32_C(1) << 31)

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)r;
    (void)ns;
    if (*value & CLEAR) {
        ocpn_firmware_forget(c);
    }
    *value = 0;
    return true;
}

const OcpnFeature ocpn_feature_c1_clear_history = {
    .fid = OCP_FID_CLEAR_FW_HISTORY,
    .uuid = OCPN_UUID_OCP,
    .name = "Clear Firmware Update History",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_OCP | OCPN_FEAT_SUBSYS,
    .ocp = OCP_1_0,
    .mask = CLEAR,
    .set = set,
};
