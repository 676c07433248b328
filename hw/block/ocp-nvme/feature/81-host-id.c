/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 81h: Host Identifier.
 * Implements: NVMe Base 2.0, "Host Identifier (Feature Identifier 81h)".
 *
 * A number of 64 or 128 bits, which a reset ends.  One that needs more than
 * 64 bits is not to be had in 8 bytes.  Hosts may replace it: only NVMe over
 * Fabrics fixes it at Connect.
 */
#include <string.h>

#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

#define SHORT   8u              /* bytes, with EXHID 0 */

static uint32_t length(uint32_t cdw11)
{
    return FIELD_GET(NVME_HOSTID_EXHID, cdw11) ? OCPN_HOST_ID : SHORT;
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    uint8_t id[OCPN_HOST_ID] = { 0 };

    (void)ns;
    ocpn_dptr_fetch(c, r, id, length(*value));
    if (r->status) {
        return false;
    }
    ocpn_host_id_set(c, id);
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    static const uint8_t none[OCPN_HOST_ID];
    uint32_t len = length(ocpn_cdw(r, 11));
    const uint8_t *id = sel == NVME_FEAT_SEL_CURRENT ? ocpn_host_id(c) : none;

    (void)ns;
    *value = 0;
    if (memcmp(id + len, none, OCPN_HOST_ID - len)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_HOSTID_EXHID);
        return false;
    }
    ocpn_dptr_send(c, r, id, len);
    return !r->status;
}

const OcpnFeature ocpn_feature_81_host_id = {
    .fid = NVME_FID_HOST_ID,
    .name = "Host Identifier",
    .flags = OCPN_FEAT_CHANGE,
    .ocp = OCP_1_0,
    .mask = FIELD_PUT(NVME_HOSTID_EXHID, NVME_HOSTID_EXHID_MASK),
    .set = set,
    .get = get,
};
