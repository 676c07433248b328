/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 05h: Error Recovery.
 * Implements: NVM Command Set 1.0, "Error Recovery (Feature Identifier
 * 05h)"; OCSSD 2.0, its use of DULBE: specification notes 6.1.
 *
 * DULBE acts where a namespace claims it (NSFEAT bit 2): on chunks.  Neither
 * it nor the time limit outlives a reset.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    if (FIELD_GET(NVME_ER_DULBE, *value) && !ocpn_ns_is_open_channel(ns)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_ER_DULBE);
        return false;
    }
    return true;
}

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)c;
    atomic_store(&ns->dulbe, FIELD_GET(NVME_ER_DULBE, value));
}

const OcpnFeature ocpn_feature_05_error_recovery = {
    .fid = NVME_FID_ERROR_RECOVERY,
    .name = "Error Recovery",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_NS,
    .mask = FIELD_PUT(NVME_ER_TLER, NVME_ER_TLER_MASK) |
            FIELD_PUT(NVME_ER_DULBE, NVME_ER_DULBE_MASK),
    .set = set,
    .apply = apply,
};
