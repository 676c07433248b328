/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device Self-test: its segments, and why they fail.
 * Implements: NVMe Base 2.0, "Device Self-test Operations", the example there.
 *
 * What an emulated drive can find is what it knows of itself: critical
 * warnings, power-loss protection that failed, wear, and rules that let reads
 * fail.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

#define WORN_OUT    255u        /* Percentage Used */

static bool fails_smart(OcpnCtrl *c, NvmeSelfTestResult *found)
{
    (void)found;
    return ocpn_warnings(c) & (NVME_SMART_SPARE | NVME_SMART_TEMPERATURE |
                               NVME_SMART_RELIABILITY);
}

static bool fails_backup(OcpnCtrl *c, NvmeSelfTestResult *found)
{
    (void)found;
    return ocpn_warnings(c) & NVME_SMART_BACKUP;
}

static bool fails_life(OcpnCtrl *c, NvmeSelfTestResult *found)
{
    (void)found;
    return ocpn_health(c)->used == WORN_OUT ||
           (ocpn_warnings(c) & NVME_SMART_READ_ONLY);
}

/* Does RULE let reads of namespaces fail that the test is of? */
static bool hits(const OcpnFault *f, uint32_t nsid)
{
    const OcpnFaultRule *rule = &f->rule;

    return rule->point == OCPN_FAULT_READ_FAIL &&
           !(rule->times && f->fired >= rule->times) &&
           (nsid == NVME_NSID_ALL || !rule->nsid || rule->nsid == nsid);
}

static bool fails_media(OcpnCtrl *c, NvmeSelfTestResult *found)
{
    uint32_t nsid = c->self_test.nsid, where = 0;
    OcpnFaults *fs = &c->faults;
    bool fails = false;

    if (!nsid || !ocpn_fault_armed(c, 1u << OCPN_FAULT_READ_FAIL)) {
        return false;           /* of no namespace, or none is bad */
    }
    ocpn_lock(&fs->lock);
    for (uint32_t i = 0; i < fs->n && !fails; i++) {
        fails = hits(&fs->fault[i], nsid);
        where = fs->fault[i].rule.nsid;
    }
    ocpn_unlock(&fs->lock);
    where = where || nsid == NVME_NSID_ALL ? where : nsid;
    if (fails) {
        found->valid = NVME_DST_VALID_SCT | NVME_DST_VALID_SC |
                       (where ? NVME_DST_VALID_NSID : 0);
        found->nsid = to_le32(where);
        found->sct = NVME_SCT_MEDIA;
        found->sc = FIELD_GET(NVME_SC_SC, NVME_SC_UNRECOVERED_READ);
    }
    return fails;
}

/* NULL: it has nothing to find. */
static bool (*const fails[OCPN_SEGMENTS + 1])(OcpnCtrl *c,
                                              NvmeSelfTestResult *found) = {
    [OCPN_SEGMENT_SMART] = fails_smart,
    [OCPN_SEGMENT_BACKUP] = fails_backup,
    [OCPN_SEGMENT_MEDIA] = fails_media,
    [OCPN_SEGMENT_LIFE] = fails_life,
    [OCPN_SEGMENT_SMART_2] = fails_smart,
};

void ocpn_self_test_segment(OcpnCtrl *c, unsigned segment,
                            NvmeSelfTestResult *found)
{
    if (!found->segment && fails[segment] && fails[segment](c, found)) {
        found->segment = (uint8_t)segment;
    }
}
