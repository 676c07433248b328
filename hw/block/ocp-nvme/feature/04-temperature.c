/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 04h: Temperature Threshold.
 * Implements: NVMe Base 2.0, "Temperature Threshold (Feature Identifier
 * 04h)".
 *
 * The value kept is both thresholds of the composite temperature: over in bits
 * 15:0, under in 31:16.  Those of sensors, which OCP drives have, are kept
 * beside it, and are not saved.
 */
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

#define UNDER_SHIFT 16

/* CDW11 selects a threshold that exists. */
static bool selected(OcpnCtrl *c, OcpnReq *r, bool set)
{
    uint32_t dw11 = ocpn_cdw(r, 11);
    uint32_t sensor = FIELD_GET(NVME_TEMP_TMPSEL, dw11);

    if (sensor != NVME_TEMP_COMPOSITE && !ocpn_sensor(c, sensor - 1) &&
        !(set && sensor == NVME_TEMP_ALL)) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_TEMP_TMPSEL);
        return false;
    }
    if (FIELD_GET(NVME_TEMP_THSEL, dw11) > NVME_TEMP_UNDER) {
        REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_TEMP_THSEL);
        return false;
    }
    return true;
}

static bool is_under(const OcpnReq *r)
{
    return FIELD_GET(NVME_TEMP_THSEL, ocpn_cdw(r, 11)) == NVME_TEMP_UNDER;
}

/* LIMITS with the one of them that R sets. */
static uint32_t with(const OcpnReq *r, uint32_t limits)
{
    uint32_t limit = FIELD_GET(NVME_TEMP_TMPTH, ocpn_cdw(r, 11));

    return is_under(r) ? (limits & 0xffff) | limit << UNDER_SHIFT
                       : (limits & ~0xffffu) | limit;
}

static void set_sensors(OcpnCtrl *c, const OcpnReq *r)
{
    uint32_t sensor = FIELD_GET(NVME_TEMP_TMPSEL, ocpn_cdw(r, 11));

    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        if (ocpn_sensor(c, i) &&
            (sensor == NVME_TEMP_ALL || sensor == i + 1)) {
            ocpn_sensor_limits_set(c, i, with(r, ocpn_sensor_limits(c, i)));
        }
    }
}

static bool set(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value)
{
    uint32_t sensor = FIELD_GET(NVME_TEMP_TMPSEL, *value);
    uint32_t now = ocpn_feature_now(c, NVME_FID_TEMPERATURE, OCPN_UUID_NONE,
                                    ns);

    if (!selected(c, r, true)) {
        return false;
    }
    if (sensor && sensor != NVME_TEMP_ALL &&
        FIELD_GET(NVME_FEAT_SV, ocpn_cdw(r, 10))) {
        REJECT_FIELD(c, r, FEATURE_NOT_SAVEABLE, cdw10, NVME_FEAT_SV);
        return false;
    }
    set_sensors(c, r);
    *value = !sensor || sensor == NVME_TEMP_ALL ? with(r, now) : now;
    return true;
}

static bool get(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                uint32_t *value)
{
    uint32_t sensor = FIELD_GET(NVME_TEMP_TMPSEL, ocpn_cdw(r, 11));

    (void)ns;
    if (!selected(c, r, false)) {
        return false;
    }
    if (sensor) {
        *value = sel == NVME_FEAT_SEL_CURRENT
                 ? ocpn_sensor_limits(c, sensor - 1) : OCPN_SENSOR_LIMITS;
    }
    *value = is_under(r) ? *value >> UNDER_SHIFT : *value & 0xffff;
    return true;
}

static void apply(OcpnCtrl *c, OcpnNs *ns, uint32_t value)
{
    (void)ns;
    (void)value;
    ocpn_health_tell(c, NVME_SMART_TEMPERATURE);
}

static uint32_t own_def(const OcpnCtrl *c)
{
    return ocpn_thresholds(c).warning;
}

const OcpnFeature ocpn_feature_04_temperature = {
    .fid = NVME_FID_TEMPERATURE,
    .name = "Temperature Threshold",
    .flags = OCPN_FEAT_CHANGE | OCPN_FEAT_SAVE | OCPN_FEAT_SUBSYS,
    .own_def = own_def,
    .mask = UINT32_MAX,
    .set = set,
    .get = get,
    .apply = apply,
};
