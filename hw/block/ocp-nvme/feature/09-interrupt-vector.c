/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 09h: Interrupt Vector Configuration.
 * Implements: NVMe Base 2.0, "Interrupt Vector Configuration (Feature
 * Identifier 09h)".
 *
 * One value for each vector; CDW11 says which, in Get Features too.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static bool vector_there(OcpnCtrl *c, OcpnReq *r)
{
    if (FIELD_GET(NVME_IVC_IV, ocpn_cdw(r, 11)) >=
        ocpn_ctrl_config(c)->nvectors) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_IVC_IV);
        return false;
    }
    return true;
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    if (!vector_there(c, r)) {
        return false;
    }
    ocpn_coalescing_disable(c, FIELD_GET(NVME_IVC_IV, *value),
                            FIELD_GET(NVME_IVC_CD, *value));
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    uint16_t vector = FIELD_GET(NVME_IVC_IV, ocpn_cdw(r, 11));

    (void)ns;
    if (!vector_there(c, r)) {
        return false;
    }
    *value = FIELD_PUT(NVME_IVC_IV, vector) |
             FIELD_PUT(NVME_IVC_CD, sel == NVME_FEAT_SEL_CURRENT &&
                                    ocpn_coalescing_disabled(c, vector));
    return true;
}

const OcpnFeature ocpn_feature_09_interrupt_vector = {
    .fid = NVME_FID_INT_VECTOR,
    .name = "Interrupt Vector Configuration",
    .flags = OCPN_FEAT_CHANGE,
    .mask = FIELD_PUT(NVME_IVC_IV, NVME_IVC_IV_MASK) |
            FIELD_PUT(NVME_IVC_CD, NVME_IVC_CD_MASK),
    .set = set,
    .get = get,
};
