/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C5h: Unsupported Requirements.
 * Implements: OCP Datacenter NVMe SSD, "Unsupported Requirements (Log
 * Identifier C5h)".
 *
 * Of what no emulated drive has (management out of band, SPDM, secure boot,
 * Opal, the electrical side of PCIe) each group's first requirement is listed.
 * What may come with a command is listed while that is not there.
 */
#include <string.h>

#include "hw/ocp-nvme/core/identify.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/spec/ocp-device.h"

/* Does the drive do it all the same? */
typedef bool (*Met)(const NvmeIdCtrl *id);

static bool has_admin(const NvmeIdCtrl *id, uint16_t bit)
{
    return from_le16(id->oacs) & bit;
}

static bool firmware(const NvmeIdCtrl *id)
{
    return has_admin(id, NVME_OACS_FIRMWARE);
}

static bool self_test(const NvmeIdCtrl *id)
{
    return has_admin(id, NVME_OACS_SELF_TEST);
}

static bool ns_management(const NvmeIdCtrl *id)
{
    return has_admin(id, NVME_OACS_NS_MGMT);
}

static bool management(const NvmeIdCtrl *id)
{
    return has_admin(id, NVME_OACS_MI);
}

static bool security(const NvmeIdCtrl *id)
{
    return has_admin(id, NVME_OACS_SECURITY);
}

static bool sanitize(const NvmeIdCtrl *id)
{
    return from_le32(id->sanicap) != 0;
}

static bool fused(const NvmeIdCtrl *id)
{
    return from_le16(id->fuses) & 1;
}

static bool telemetry(const NvmeIdCtrl *id)
{
    return id->lpa & NVME_LPA_TELEMETRY;
}

static bool persistent_log(const NvmeIdCtrl *id)
{
    return id->lpa & NVME_LPA_PERSISTENT;
}

/* Does every conventional namespace keep a record of its blocks? */
static bool live_nuse(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        const OcpnNs *ns = ocpn_ns_get(c, i);

        if (ns && !ocpn_ns_is_open_channel(ns) &&
            !ocpn_ns_counts_used(ns)) {
            return false;
        }
    }
    return true;
}

/* Sorted; at most 15 characters. */
static const struct {
    const char *id;
    Met         met;            /* NULL: never */
    bool      (*kept)(const OcpnCtrl *c);       /* or this */
} rows[] = {
    { "EYE-1", NULL, NULL },
    { "FWUP-3", firmware, NULL },
    { "FWUP-4", firmware, NULL },
    { "FWUP-6", firmware, NULL },
    { "MI-11", self_test, NULL },
    { "NUSE-1", NULL, live_nuse },
    { "NVMe-AD-3", ns_management, NULL },
    { "NVMe-AD-4", ns_management, NULL },
    { "NVMe-AD-6", management, NULL },
    { "NVMe-AD-7", sanitize, NULL },
    { "NVMe-AD-8", sanitize, NULL },
    { "NVMe-AD-9", sanitize, NULL },
    { "NVMe-CFG-1", NULL, NULL },
    { "NVMe-IO-8", fused, NULL },
    { "NVMe-IO-9", fused, NULL },
    { "NVMe-MI-1", NULL, NULL },
    { "SBT-1", NULL, NULL },
    { "SEC-10", security, NULL },
    { "SEC-2", NULL, NULL },
    { "SPDM-1", NULL, NULL },
    { "STD-LOG-10", persistent_log, NULL },
    { "STD-LOG-7", telemetry, NULL },
    { "STD-LOG-8", telemetry, NULL },
    { "STD-LOG-9", persistent_log, NULL },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))
_Static_assert(NROWS <= OCP_NREQUIREMENTS, "the page has no room for all");

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_UNSUPPORTED_GUID;
    OcpUnsupportedLog *log = page;
    NvmeIdCtrl id;
    uint16_t n = 0;

    (void)ask;
    ocpn_claims(c, &id);
    for (size_t i = 0; i < NROWS; i++) {
        if (!(rows[i].met && rows[i].met(&id)) &&
            !(rows[i].kept && rows[i].kept(c))) {
            put_ascii(log->id[n++], OCP_REQUIREMENT, 0, rows[i].id);
        }
    }
    log->count = to_le16(n);
    log->version = to_le16(OCP_UNSUPPORTED_VERSION);
    memcpy(log->guid, guid, sizeof(guid));
}

const OcpnLogPage ocpn_log_c5_unsupported_requirements = {
    .lid = OCP_LID_UNSUPPORTED,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_0,
    .subsys = true,
    .name = "Unsupported Requirements",
    .size = sizeof(OcpUnsupportedLog),
    .fill = fill,
};
