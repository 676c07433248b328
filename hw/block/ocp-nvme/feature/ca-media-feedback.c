/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature CAh: Media Feedback.
 * Implements: OCSSD 2.0, "Media Feedback Feature"; specification notes 6.2.
 *
 * Says whether reads may complete with High ECC.  Not kept over resets.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/ns.h"

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)c;
    atomic_store(&ns->feedback, (uint8_t)value);
}

const OcpnFeature ocpn_feature_ca_media_feedback = {
    .fid = OCSSD_FID_MEDIA_FEEDBACK,
    .name = "Media Feedback",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_NS | OCPN_FEAT_NSID0,
    .modes = 1 << IMG_MODE_OPEN_CHANNEL,
    .mask = OCSSD_MF_HECC | OCSSD_MF_VHECC,
    .apply = apply,
};
