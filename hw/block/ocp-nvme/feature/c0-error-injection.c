/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C0h: Error Injection.
 * Implements: OCP Datacenter NVMe SSD, ERRI-1..6, SERRI-10.
 *
 * Neither command says how long its buffer is.  Set reads the entries that it
 * counts; Get writes all that there can be, 4064 bytes, which fit the buffers
 * of 4064 and of 4096 that hosts have.  A host that gives none (both PRPs are
 * 0) wants only the number of entries.
 */
#include <string.h>

#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/inject.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

typedef struct Entries {
    OcpInjection e[OCP_INJECTIONS];
} Entries;
WIRE_SIZE(Entries, 4064);

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    Entries all;

    (void)ns;
    memset(&all, 0, sizeof(all));
    if (*value) {
        ocpn_dptr_fetch(c, r, &all, *value * sizeof(all.e[0]));
    }
    if (!r->status && !ocpn_inject_set(c, all.e, *value)) {
        ocpn_fail(c, r, NVME_SC_INVALID_FIELD);     /* in the data: ERRI-5 */
    }
    return !r->status;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    Entries all;

    (void)ns;
    memset(&all, 0, sizeof(all));
    *value = sel == NVME_FEAT_SEL_CURRENT ? ocpn_inject_get(c, all.e) : 0;
    if (from_le64(r->cmd.dptr.prp1) || from_le64(r->cmd.dptr.prp2)) {
        ocpn_dptr_send(c, r, &all, sizeof(all));
    }
    return !r->status;
}

const OcpnFeature ocpn_feature_c0_error_injection = {
    .fid = OCP_FID_ERROR_INJECTION,
    .uuid = OCPN_UUID_OCP,
    .name = "Error Injection",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_OCP | OCPN_FEAT_SYNC,
    .ocp = OCP_1_0,
    .mask = OCP_INJECTIONS,
    .present = ocpn_inject_offered,
    .set = set,
    .get = get,
};
