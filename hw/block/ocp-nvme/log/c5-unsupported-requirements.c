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

/* Sorted; at most 15 characters. */
static const struct {
    const char *id;
    Met         met;            /* NULL: never */
} rows[] = {
    { "EYE-1", NULL },
    { "FWUP-3", firmware },
    { "FWUP-4", firmware },
    { "FWUP-6", firmware },
    { "MI-11", self_test },
    { "NUSE-1", NULL },
    { "NVMe-AD-3", ns_management },
    { "NVMe-AD-4", ns_management },
    { "NVMe-AD-6", management },
    { "NVMe-AD-7", sanitize },
    { "NVMe-AD-8", sanitize },
    { "NVMe-AD-9", sanitize },
    { "NVMe-CFG-1", NULL },
    { "NVMe-IO-8", fused },
    { "NVMe-IO-9", fused },
    { "NVMe-MI-1", NULL },
    { "SBT-1", NULL },
    { "SEC-10", security },
    { "SEC-2", NULL },
    { "SPDM-1", NULL },
    { "STD-LOG-10", persistent_log },
    { "STD-LOG-7", telemetry },
    { "STD-LOG-8", telemetry },
    { "STD-LOG-9", persistent_log },
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
        if (!rows[i].met || !rows[i].met(&id)) {
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
    .name = "Unsupported Requirements",
    .size = sizeof(OcpUnsupportedLog),
    .fill = fill,
};
