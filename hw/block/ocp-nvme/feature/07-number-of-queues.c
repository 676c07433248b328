/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 07h: Number of Queues.
 * Implements: NVMe Base 2.0, "Number of Queues (Feature Identifier 07h)".
 *
 * Both numbers are 0's based.  FFFFh, which a host may not ask for, is the
 * value as long as none was asked for: then there are as many as there can
 * be.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

#define ALL 0xffffu

static uint32_t at_most(uint32_t n, uint32_t max)
{
    return n < max ? n : max;
}

/* What is granted of VALUE. */
static uint32_t granted(const OcpnCtrl *c, uint32_t value)
{
    uint32_t max = ocpn_ctrl_config(c)->max_ioqpairs - 1u;

    return FIELD_PUT(NVME_NQ_NSQ, at_most(FIELD_GET(NVME_NQ_NSQ, value),
                                          max)) |
           FIELD_PUT(NVME_NQ_NCQ, at_most(FIELD_GET(NVME_NQ_NCQ, value),
                                          max));
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    if (FIELD_GET(NVME_NQ_NSQ, *value) == ALL) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_NQ_NSQ);
        return false;
    }
    if (FIELD_GET(NVME_NQ_NCQ, *value) == ALL) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_NQ_NCQ);
        return false;
    }
    if (ocpn_queues_exist(c)) {
        ocpn_fail(c, r, NVME_SC_COMMAND_SEQUENCE);
        return false;
    }
    *value = r->dw0 = granted(c, *value);
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    (void)r;
    (void)ns;
    (void)sel;
    *value = granted(c, *value);
    return true;
}

const OcpnFeature ocpn_feature_07_number_of_queues = {
    .fid = NVME_FID_NUM_QUEUES,
    .name = "Number of Queues",
    .flags = OCPN_FEAT_CHANGE,
    .def = FIELD_PUT(NVME_NQ_NSQ, ALL) | FIELD_PUT(NVME_NQ_NCQ, ALL),
    .mask = UINT32_MAX,
    .set = set,
    .get = get,
};
