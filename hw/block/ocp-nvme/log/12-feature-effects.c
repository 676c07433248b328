/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 12h: Feature Identifiers Supported and Effects, from the features'
 * rows.
 * Implements: NVMe Base 2.0, "Feature Identifiers Supported and Effects (Log
 * Identifier 12h)".
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    NvmeFeatEffectsLog *log = page;

    (void)ask;
    for (unsigned fid = 0; fid < 256; fid++) {
        unsigned index;
        const OcpnFeature *f = ocpn_feature_find(c, (uint8_t)fid,
                                                 OCPN_UUID_NONE, &index);

        if (f) {
            log->fid[fid] = to_le32(NVME_FIDE_FSUPP | f->effects |
                                    (f->flags & OCPN_FEAT_NS
                                     ? NVME_FIDE_FSP_NS
                                     : NVME_FIDE_FSP_CTRL));
        }
    }
}

const OcpnLogPage ocpn_log_12_feature_effects = {
    .lid = NVME_LID_FEAT_EFFECTS,
    .name = "Feature Identifiers Supported and Effects",
    .size = sizeof(NvmeFeatEffectsLog),
    .fill = fill,
};
