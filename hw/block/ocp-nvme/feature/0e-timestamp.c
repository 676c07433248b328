/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 0Eh: Timestamp.
 * Implements: NVMe Base 2.0, "Timestamp (Feature Identifier 0Eh)".
 *
 * Counts milliseconds of the guest's time from what the host set, or from the
 * last reset.  It never stops (SYNCH is 0) and wraps after 48 bits.
 */
#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    NvmeTimestamp t;
    uint64_t ms = 0, was;
    uint8_t origin;

    (void)ns;
    (void)value;
    ocpn_dptr_fetch(c, r, &t, sizeof(t));
    if (r->status) {
        return false;
    }
    for (unsigned i = sizeof(t.ms); i > 0; i--) {
        ms = ms << 8 | t.ms[i - 1];
    }
    was = ocpn_timestamp(c, &origin);
    ocpn_timestamp_set(c, ms, NVME_TIMESTAMP_ORIGIN_SET);
    ocpn_happened(c, OCPN_HAP_TIMESTAMP_SET, ms, was);
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    NvmeTimestamp t = { .attr = 0 };

    (void)ns;
    *value = 0;
    if (sel == NVME_FEAT_SEL_CURRENT) {
        uint8_t origin;
        uint64_t ms = ocpn_timestamp(c, &origin);

        for (unsigned i = 0; i < sizeof(t.ms); i++, ms >>= 8) {
            t.ms[i] = (uint8_t)ms;
        }
        t.attr = (uint8_t)FIELD_PUT(NVME_TIMESTAMP_ORIGIN, origin);
    }
    ocpn_dptr_send(c, r, &t, sizeof(t));
    return !r->status;
}

const OcpnFeature ocpn_feature_0e_timestamp = {
    .fid = NVME_FID_TIMESTAMP,
    .name = "Timestamp",
    .flags = OCPN_FEAT_CHANGE,
    .set = set,
    .get = get,
};
