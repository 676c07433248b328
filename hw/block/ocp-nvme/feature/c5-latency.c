/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C5h: Latency Monitor.
 * Implements: OCP Datacenter NVMe SSD, "Latency Monitor (Feature Identifier
 * C5h)", LMLOG-7, LMLOG-11.
 *
 * The configuration is data; CDW11 is 0.  What is in force is read in page
 * C3h, so Get returns 0.  The monitor keeps what is saved, too.
 */
#include <string.h>

#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/latency.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp-latency.h"

/*
 * Thresholds must ascend, but hosts that disable the monitor need not give
 * any.
 */
static bool is_valid(OcpnCtrl *c, const OcpLatencyFeature *s)
{
    const uint8_t *t = s->threshold;
    unsigned words = from_le16(s->config) | from_le16(s->trigger);

    if (s->discard > OCP_LATENCY_DISCARD || s->enable > 1) {
        return false;
    }
    if (words & ~OCP_LATENCY_WORD && !ocpn_ocp_config(c)->lax_reserved) {
        return false;
    }
    return !s->enable || (t[0] < t[1] && t[1] < t[2] && t[2] < t[3]);
}

static void put(OcpnCtrl *c, const OcpLatencyFeature *s, bool save)
{
    OcpnLatencyConfig cfg = {
        .enabled = s->enable,
        .window = s->window,
        .rotate = from_le16(s->timer_threshold),
        .largest = from_le16(s->config) & OCP_LATENCY_WORD,
        .trigger = from_le16(s->trigger) & OCP_LATENCY_WORD,
    };

    memcpy(cfg.threshold, s->threshold, sizeof(cfg.threshold));
    if (s->discard) {
        ocpn_latency_discard(c);
    }
    ocpn_latency_configure(c, &cfg, save);
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    OcpLatencyFeature s;

    (void)ns;
    (void)value;
    ocpn_dptr_fetch(c, r, &s, sizeof(s));
    if (r->status) {
        return false;
    }
    if (s.discard == OCP_LATENCY_DISCARD_ONLY) {
        ocpn_latency_discard(c);
        return true;
    }
    if (!is_valid(c, &s)) {
        ocpn_fail(c, r, NVME_SC_INVALID_FIELD);
        return false;
    }
    put(c, &s, FIELD_GET(NVME_FEAT_SV, ocpn_cdw(r, 10)));
    return true;
}

const OcpnFeature ocpn_feature_c5_latency = {
    .fid = OCP_FID_LATENCY,
    .uuid = OCPN_UUID_OCP,
    .flags = OCPN_FEAT_SAVE | OCPN_FEAT_CHANGE | OCPN_FEAT_OCP,
    .ocp = OCP_2_0,
    .name = "Latency Monitor",
    .set = set,
};
