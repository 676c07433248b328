/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do the values of properties make sense, alone and together with the image?
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/ctype.h"

#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "ocp-nvme.h"

#define KELVIN_MIN  OCPN_MNTMT  /* above what the drive has at power on */
#define KELVIN_MAX  473u

const char *const ocpn_mode_names[] = {
    [0] = "",
    [IMG_MODE_OPEN_CHANNEL] = "open-channel",
    [IMG_MODE_CONVENTIONAL] = "conventional",
};

static bool in_range(const char *name, uint64_t value, uint64_t min,
                     uint64_t max, Error **errp)
{
    if (value < min || value > max) {
        error_setg(errp, "%s=%" PRIu64 " is not in the range %" PRIu64 " to %"
                   PRIu64, name, value, min, max);
        return false;
    }
    return true;
}

static bool check_serial(const char *serial, Error **errp)
{
    size_t len = serial ? strlen(serial) : 1;

    if (len < 1 || len > 20) {
        error_setg(errp, "serial='%s' has %zu characters; give 1 to 20",
                   serial, len);
        return false;
    }
    for (const char *p = serial; p && *p; p++) {
        if (!qemu_isascii(*p) || !qemu_isprint(*p)) {
            error_setg(errp, "serial='%s' has a character that is not "
                       "printable ASCII", serial);
            return false;
        }
    }
    return true;
}

bool ocpn_props_check(const OcpnDevice *d, Error **errp)
{
    OcpnOcpConfig ocp;

    if (d->state_sync && strcmp(d->state_sync, "write") &&
        strcmp(d->state_sync, "flush")) {
        error_setg(errp, "state-sync=%s is not known; give write or flush",
                   d->state_sync);
        return false;
    }
    if (d->pci_id && strcmp(d->pci_id, "cnex") &&
        strcmp(d->pci_id, "default")) {
        error_setg(errp, "pci-id=%s is not known; give cnex or default",
                   d->pci_id);
        return false;
    }
    return check_serial(d->serial, errp) &&
           ocpn_ocp_config_make(&d->ocp, d->state_sync &&
                                !strcmp(d->state_sync, "flush"), &ocp,
                                errp) &&
           in_range("mdts", d->mdts, 1, OCPN_MAX_MDTS, errp) &&
           in_range("max-ioqpairs", d->max_ioqpairs, 1, OCPN_MAX_QPAIRS,
                    errp) &&
           in_range("mqes", d->mqes, 1, UINT16_MAX, errp) &&
           in_range("msix-qsize", d->msix_qsize, 1, OCPN_MAX_VECTORS, errp) &&
           in_range("pci-vendor-id", d->vendor_id, 0, 0xfffe, errp) &&
           in_range("pci-device-id", d->device_id, 0, 0xffff, errp);
}

uint8_t ocpn_props_mode(const OcpnDrive *dr)
{
    for (uint8_t i = 1; dr->mode && i < ARRAY_SIZE(ocpn_mode_names); i++) {
        if (!strcmp(dr->mode, ocpn_mode_names[i])) {
            return i;
        }
    }
    return 0;
}

/* One medium, and what suits it. */
static bool check_medium(const OcpnDrive *dr, Error **errp)
{
    if (!dr->memdev) {
        return true;
    }
    if (dr->conf.blk) {
        error_setg(errp, "drive and memdev are both set; give one of them");
        return false;
    }
    if (dr->conf.rerror != BLOCKDEV_ON_ERROR_AUTO ||
        dr->conf.werror != BLOCKDEV_ON_ERROR_AUTO) {
        error_setg(errp, "rerror and werror are for drive= only; leave them "
                   "out with memdev=");
        return false;
    }
    return true;
}

bool ocpn_props_check_drive(const OcpnDrive *dr, Error **errp)
{
    OcpnNsConfig cfg;

    if (dr->mode && !ocpn_props_mode(dr)) {
        error_setg(errp, "mode=%s is not known; give open-channel or "
                   "conventional", dr->mode);
        return false;
    }
    for (OcpnShape f = 0; f < OCPN_NSHAPES; f++) {
        if (dr->shape[f] < -1 || dr->shape[f] > UINT32_MAX) {
            error_setg(errp, "%s=%" PRId64 " is not possible: it is %s, or "
                       "-1 for what the image has", ocpn_shapes[f].name,
                       dr->shape[f], ocpn_shapes[f].help);
            return false;
        }
    }
    return ocpn_profile_config(dr, &cfg, errp) &&
           in_range("dlfeat", dr->dlfeat, 0, 2, errp) &&
           check_medium(dr, errp);
}

/* Two temperatures that make sense alone. */
static bool in_order(const char *low, uint16_t below, const char *high,
                     uint16_t above, Error **errp)
{
    if (below > above) {
        error_setg(errp, "%s=%u is above %s=%u; give at most as much", low,
                   below, high, above);
        return false;
    }
    return true;
}

/* The log has 16 MiB at most, so its header can say where each ends. */
static bool check_areas(const OcpnOcpProps *given, Error **errp)
{
    static const uint32_t least[OCPN_NAREAS] = OCPN_AREA_BLOCKS;
    uint64_t sum = 0;

    for (unsigned i = 0; i < OCPN_NAREAS; i++) {
        g_autofree char *name = g_strdup_printf("telemetry-da%u-blocks",
                                                i + 1);

        if (!in_range(name, given->areas[i], least[i], OCPN_AREAS_MAX, errp)) {
            return false;
        }
        sum += given->areas[i];
    }
    if (sum > OCPN_AREAS_MAX) {
        error_setg(errp, "telemetry-da1-blocks=%" PRIu32 " to "
                   "telemetry-da4-blocks=%" PRIu32 " are %" PRIu64 " together; "
                   "give at most %u", given->areas[0], given->areas[3], sum,
                   OCPN_AREAS_MAX);
        return false;
    }
    return true;
}

/* A host throttles and warns first; what is critical comes above both. */
static bool check_critical(const OcpnOcpProps *given, Error **errp)
{
    if (given->warning >= given->critical ||
        given->throttle_on >= given->critical) {
        error_setg(errp, "critical-temperature=%u is not above "
                   "warning-temperature=%u and throttle-on=%u; give more than "
                   "both", given->critical, given->warning,
                   given->throttle_on);
        return false;
    }
    return true;
}

bool ocpn_props_check_ocp(const OcpnOcpProps *given, Error **errp)
{
    return in_range("update-interval-ms", given->update_ms, 1, UINT32_MAX,
                    errp) &&
           in_range("plp-check-ms", given->plp_ms, 1, UINT32_MAX, errp) &&
           in_range("spare-threshold", given->spare_threshold, 1, 99, errp) &&
           in_range("warning-temperature", given->warning, KELVIN_MIN,
                    KELVIN_MAX, errp) &&
           in_range("critical-temperature", given->critical, KELVIN_MIN,
                    KELVIN_MAX, errp) &&
           in_range("throttle-on", given->throttle_on, KELVIN_MIN, KELVIN_MAX,
                    errp) &&
           in_range("throttle-off", given->throttle_off, KELVIN_MIN,
                    KELVIN_MAX, errp) &&
           in_order("throttle-off", given->throttle_off, "throttle-on",
                    given->throttle_on, errp) &&
           check_critical(given, errp) && check_areas(given, errp);
}

/* Is property NAME, WANT, what the image has? */
static bool same(const OcpnDrive *dr, const char *name, int64_t want,
                 int64_t have, Error **errp)
{
    if (want == -1 || want == have) {
        return true;
    }
    error_setg(errp, "%s=%" PRId64 " contradicts the image in drive '%s', "
               "which has %s=%" PRId64 "; leave %s out, or make another "
               "image with 'ocp-nvme-img create'", name, want,
               ocpn_drive_name(dr), name, have, name);
    return false;
}

static uint32_t geometry_shape(const OcpnGeometry *g, OcpnShape f)
{
    return *(const uint32_t *)((const char *)g + ocpn_shapes[f].offset);
}

bool ocpn_props_match_mode(const OcpnDrive *dr, const OcpnImage *im,
                           Error **errp)
{
    for (OcpnShape f = 0; f < OCPN_SHAPE_NGEOMETRY; f++) {
        if (dr->shape[f] != -1 && im->mode != IMG_MODE_OPEN_CHANNEL) {
            error_setg(errp, "%s=%" PRId64 " is for open-channel images only, "
                       "but that in drive '%s' is conventional; leave %s out",
                       ocpn_shapes[f].name, dr->shape[f], ocpn_drive_name(dr),
                       ocpn_shapes[f].name);
            return false;
        }
    }
    return true;
}

bool ocpn_props_match(const OcpnDrive *dr, Error **errp)
{
    const OcpnImage *im = &dr->image;
    int64_t block = dr->conf.logical_block_size;

    if (dr->mode && ocpn_props_mode(dr) != im->mode) {
        error_setg(errp, "mode=%s contradicts the image in drive '%s', which "
                   "is %s; leave mode out, or make another image with "
                   "'ocp-nvme-img create'", dr->mode, ocpn_drive_name(dr),
                   ocpn_mode_names[im->mode]);
        return false;
    }
    if (!ocpn_props_match_mode(dr, im, errp)) {
        return false;
    }
    for (OcpnShape f = 0; f < OCPN_SHAPE_NGEOMETRY; f++) {
        if (!same(dr, ocpn_shapes[f].name, dr->shape[f],
                  geometry_shape(&im->geo, f), errp)) {
            return false;
        }
    }
    if (dr->extended != ON_OFF_AUTO_AUTO &&
        (dr->extended == ON_OFF_AUTO_ON) != im->extended) {
        const char *has = im->extended ? "on" : "off";

        error_setg(errp, "extended=%s contradicts the image in drive '%s', "
                   "which has extended=%s; leave extended out, or make "
                   "another image with 'ocp-nvme-img create'",
                   im->extended ? "off" : "on", ocpn_drive_name(dr), has);
        return false;
    }
    return same(dr, "lba-size", dr->shape[OCPN_SHAPE_LBA_SIZE],
                INT64_C(1) << im->lbads, errp) &&
           same(dr, "ms", dr->shape[OCPN_SHAPE_MS], im->ms, errp) &&
           same(dr, "logical_block_size", block ? block : -1,
                INT64_C(1) << im->lbads, errp);
}
