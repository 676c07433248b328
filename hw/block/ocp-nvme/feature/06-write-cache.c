/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 06h: Volatile Write Cache.
 * Implements: NVMe Base 2.0, "Volatile Write Cache (Feature Identifier
 * 06h)".
 *
 * Off: every write is on stable storage before it completes.  A controller
 * without a cache has no such feature.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    ocpn_write_cache_enable(c, FIELD_GET(NVME_VWC_WCE, value));
}

const OcpnFeature ocpn_feature_06_write_cache = {
    .fid = NVME_FID_VWC,
    .name = "Volatile Write Cache",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_SYNC,
    .def = FIELD_PUT(NVME_VWC_WCE, 1),
    .mask = FIELD_PUT(NVME_VWC_WCE, NVME_VWC_WCE_MASK),
    .present = ocpn_write_cache_present,
    .apply = apply,
};
