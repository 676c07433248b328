/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 08h: Interrupt Coalescing.
 * Implements: NVMe Base 2.0, "Interrupt Coalescing (Feature Identifier
 * 08h)".
 *
 * Vectors with CD = 1 of Feature 09h, and the admin queue, are exempt.  What
 * it does is in core/post.c.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    ocpn_coalescing_set(c, value);
}

const OcpnFeature ocpn_feature_08_interrupt_coalescing = {
    .fid = NVME_FID_INT_COALESCING,
    .name = "Interrupt Coalescing",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE,
    .mask = FIELD_PUT(NVME_IC_THR, NVME_IC_THR_MASK) |
            FIELD_PUT(NVME_IC_TIME, NVME_IC_TIME_MASK),
    .apply = apply,
};
