/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features that are a stored number: a host sets it and finds it again.
 * Implements: NVMe Base 2.0, Features 01h, 02h and 0Bh; NVM Command Set 1.0,
 * Feature 0Ah; OCP Datacenter NVMe SSD, Features C8h, C9h and CAh.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocp.h"
#include "hw/ocp-nvme/spec/ocp-error.h"

#define CHANGE  OCPN_FEAT_CHANGE
#define SAVE    (OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE)

/* Critical warnings that exist; with them the notices of OAES. */
#define WARNINGS (NVME_SMART_SPARE | NVME_SMART_TEMPERATURE | \
                  NVME_SMART_RELIABILITY | NVME_SMART_READ_ONLY | \
                  NVME_SMART_BACKUP)
#define EVENTS  (WARNINGS | NVME_AEC_NS_ATTR | NVME_AEC_FW_ACTIVATION)

/* Notices of what only some drives have. */
static bool set_events(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)r;
    (void)ns;
    if (!ocpn_log_find(c, NVME_LID_TELEMETRY_CTRL, OCPN_UUID_NONE)) {
        *value &= ~(uint32_t)NVME_AEC_TELEMETRY;
    }
    if (!ocpn_firmware_present(c)) {
        *value &= ~(uint32_t)NVME_AEC_FW_ACTIVATION;
    }
    return true;
}

static bool set_profile(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    (void)ns;
    if (FIELD_GET(OCP_PROFILE, *value) > OCPN_TELEMETRY_PROFILES) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, OCP_PROFILE);
        return false;
    }
    return true;
}

const OcpnFeature ocpn_feature_values[] = {
    {
        .fid = NVME_FID_ARBITRATION,
        .name = "Arbitration",
        .flags = SAVE,
        .def = FIELD_PUT(NVME_ARB_AB, NVME_ARB_AB_NO_LIMIT),
        .mask = FIELD_PUT(NVME_ARB_AB, NVME_ARB_AB_MASK) |
                FIELD_PUT(NVME_ARB_LPW, NVME_ARB_LPW_MASK) |
                FIELD_PUT(NVME_ARB_MPW, NVME_ARB_MPW_MASK) |
                FIELD_PUT(NVME_ARB_HPW, NVME_ARB_HPW_MASK),
    }, {
        .fid = NVME_FID_POWER_MGMT,
        .name = "Power Management",
        .flags = CHANGE,
        .mask = FIELD_PUT(NVME_PM_PS, NVME_PM_PS_MASK) |
                FIELD_PUT(NVME_PM_WH, NVME_PM_WH_MASK),
        .zero = FIELD_PUT(NVME_PM_PS, NVME_PM_PS_MASK),     /* NPSS is 0 */
    }, {
        .fid = NVME_FID_WRITE_ATOMICITY,
        .name = "Write Atomicity Normal",
        .flags = SAVE,
        .mask = FIELD_PUT(NVME_WA_DN, NVME_WA_DN_MASK),
    }, {
        .fid = NVME_FID_ASYNC_EVENT,
        .name = "Asynchronous Event Configuration",
        .flags = SAVE,
        .ocp_def = WARNINGS,
        .mask = EVENTS | NVME_AEC_TELEMETRY,
        .set = set_events,
    }, {
        .fid = OCP_FID_TELEMETRY,
        .uuid = OCPN_UUID_OCP,
        .name = "Telemetry Profile",
        .flags = SAVE | OCPN_FEAT_OCP | OCPN_FEAT_SUBSYS,
        .ocp = OCP_2_5,
        .mask = FIELD_PUT(OCP_PROFILE, OCP_PROFILE_MASK),
        .set = set_profile,
    }, {
        .fid = OCP_FID_ASYNC_EVENT,
        .uuid = OCPN_UUID_OCP,
        .name = "DSSD Asynchronous Event Configuration",
        .flags = SAVE | OCPN_FEAT_OCP,
        .ocp = OCP_2_5,
        .def = OCP_ASYNC_PANIC,
        .mask = OCP_ASYNC_PANIC,
    }, {
        .fid = OCP_FID_IDLE_WAKE_UP,
        .uuid = OCPN_UUID_OCP,
        .name = "Idle Wake-Up Time Configuration",
        .flags = SAVE | OCPN_FEAT_OCP | OCPN_FEAT_SUBSYS,
        .ocp = OCP_2_7,
        .mask = FIELD_PUT(OCP_IDLE_WAKE, OCP_IDLE_WAKE_MASK),
    },
};
const size_t ocpn_feature_nvalues =
    sizeof(ocpn_feature_values) / sizeof(ocpn_feature_values[0]);
