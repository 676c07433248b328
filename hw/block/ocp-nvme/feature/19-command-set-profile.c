/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 19h: I/O Command Set Profile.
 * Implements: NVMe Base 2.0, "I/O Command Set Profile (Feature Identifier
 * 19h)".
 *
 * There is one combination, at index 0: the NVM Command Set alone.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    if (*value) {
        REJECT_FIELD(c, r, IOCS_COMBINATION, cdw11, NVME_IOCSP_IOCSCI);
        return false;
    }
    return true;
}

const OcpnFeature ocpn_feature_19_command_set_profile = {
    .fid = NVME_FID_IOCS_PROFILE,
    .name = "I/O Command Set Profile",
    .flags = OCPN_FEAT_CHANGE,
    .mask = FIELD_PUT(NVME_IOCSP_IOCSCI, NVME_IOCSP_IOCSCI_MASK),
    .set = set,
};
