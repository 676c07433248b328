/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 84h: Namespace Write Protection Config.
 * Implements: NVMe Base 2.0, "Namespace Write Protection Config (Feature
 * Identifier 84h)".
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/protect.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

/* What of NWPC offers each state. */
static const uint8_t needs[] = {
    [NVME_NSWP_NONE] = NVME_NWPC_WRITE_PROTECT,
    [NVME_NSWP_PROTECT] = NVME_NWPC_WRITE_PROTECT,
    [NVME_NSWP_UNTIL_POWER_CYCLE] = NVME_NWPC_UNTIL_POWER_CYCLE,
    [NVME_NSWP_PERMANENT] = NVME_NWPC_PERMANENT,
};

static bool is_offered(const OcpnCtrl *c, uint32_t state)
{
    return state < sizeof(needs) && (ocpn_protect_offered(c) & needs[state]);
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    uint8_t now = ocpn_protection(ns);

    if (now >= NVME_NSWP_UNTIL_POWER_CYCLE && *value != now) {
        REJECT_FIELD(c, r, FEATURE_NOT_CHANGEABLE, cdw11, NVME_NSWP_WPS);
    } else if (*value != now && !is_offered(c, *value)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_NSWP_WPS);
    }
    return !r->status;
}

static void take(OcpnReq *r, OcpnNs *ns, uint32_t value)
{
    ocpn_protect(ns, (uint8_t)value, r);
}

static void taken(OcpnReq *r, OcpnNs *ns)
{
    uint8_t state = FIELD_GET(NVME_NSWP_WPS, ocpn_cdw(r, 11));

    ocpn_protect_end(ns, state, r, r->failed);
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    (void)c;
    (void)r;
    if (sel == NVME_FEAT_SEL_CURRENT) {
        *value = ocpn_protection(ns);
    }
    return true;
}

/* Setting it writes what the namespace has behind caches, and its state. */
const OcpnFeature ocpn_feature_84_write_protect = {
    .fid = NVME_FID_WRITE_PROTECT,
    .name = "Namespace Write Protection Config",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_NS | OCPN_FEAT_SYNC,
    .ocp = OCP_1_0,
    .effects = NVME_FIDE_NCC,
    .mask = FIELD_PUT(NVME_NSWP_WPS, NVME_NSWP_WPS_MASK),
    .set = set,
    .take = take,
    .taken = taken,
    .get = get,
};
