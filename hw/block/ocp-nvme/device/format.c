/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auto-format=on: an image on a drive that is entirely blank.  For anything
 * finer there is 'ocp-nvme-img create'.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/units.h"
#include "qemu/uuid.h"

#include "hw/ocp-nvme/core/geometry-choose.h"
#include "ocp-nvme.h"

/* A layout that does not fit is tried again with this much less. */
#define STEP        ((uint64_t)1 * MiB)

static uint32_t shape(const OcpnDrive *dr, OcpnShape f, uint32_t def)
{
    return dr->shape[f] == -1 ? def : dr->shape[f];
}

/* What the properties ask for: of ocp-nvme-img's options, all but times. */
static OcpnGeometryWish wish_of(const OcpnDrive *dr)
{
    static const OcpnGeometryField field[OCPN_SHAPE_NGEOMETRY] = {
        [OCPN_SHAPE_NUM_GRP]   = OCPN_GEO_NUM_GRP,
        [OCPN_SHAPE_NUM_PU]    = OCPN_GEO_NUM_PU,
        [OCPN_SHAPE_NUM_CHK]   = OCPN_GEO_NUM_CHK,
        [OCPN_SHAPE_CLBA]      = OCPN_GEO_CLBA,
        [OCPN_SHAPE_WS_MIN]    = OCPN_GEO_WS_MIN,
        [OCPN_SHAPE_WS_OPT]    = OCPN_GEO_WS_OPT,
        [OCPN_SHAPE_MW_CUNITS] = OCPN_GEO_MW_CUNITS,
        [OCPN_SHAPE_MAXOC]     = OCPN_GEO_MAXOC,
        [OCPN_SHAPE_MAXOCPU]   = OCPN_GEO_MAXOCPU,
        [OCPN_SHAPE_PE_CYCLES] = OCPN_GEO_PE_CYCLES,
        [OCPN_SHAPE_WIT]       = OCPN_GEO_WIT,
    };
    OcpnGeometryWish wish;

    ocpn_geometry_wish_init(&wish);
    for (OcpnShape f = 0; f < OCPN_SHAPE_NGEOMETRY; f++) {
        wish.value[field[f]] = dr->shape[f];
    }
    return wish;
}

/* Lay out an image for SIZE bytes of data. */
static bool lay_out(const OcpnDrive *dr, OcpnImage *im, uint64_t size,
                    OcpnError *err)
{
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        OcpnGeometryWish wish = wish_of(dr);

        if (!ocpn_geometry_choose(&wish, size, im->lbads, &im->geo, err)) {
            return false;
        }
    } else {
        im->nsze = MAX(size / ((1u << im->lbads) + im->ms), 1);
    }
    im->nmaps = ocpn_image_default_maps(im);
    return ocpn_image_layout(im, err);
}

/* Lay out the largest image that fits the drive. */
static bool lay_out_in(const OcpnDrive *dr, OcpnImage *im, uint64_t room,
                       Error **errp)
{
    bool open_channel = im->mode == IMG_MODE_OPEN_CHANNEL;
    uint64_t size = room, over;
    OcpnError err;

    do {
        if (!lay_out(dr, im, size, &err)) {
            if (size < room) {
                break;          /* too small only for what an image adds */
            }
            error_setg(errp, "auto-format=on cannot make an image in drive "
                       "'%s': %s", ocpn_drive_name(dr), err.text);
            return false;
        }
        if (im->length <= room) {
            return true;
        }
        over = MAX(im->length - room, STEP);
        if (open_channel) {     /* all of this as 'ocp-nvme-img create' */
            size = MIN(size, im->nsze << im->lbads);
        }
        size -= MIN(size, over);
    } while (size && (!open_channel || dr->shape[OCPN_SHAPE_NUM_CHK] == -1));
    error_setg(errp, "drive '%s' has %" PRIu64 " bytes, but the image needs %"
               PRIu64 "; give a larger drive or a smaller geometry",
               ocpn_drive_name(dr), room, im->length);
    return false;
}

static bool take_block_format(const OcpnDrive *dr, OcpnImage *im, Error **errp)
{
    bool open_channel = im->mode == IMG_MODE_OPEN_CHANNEL;
    uint32_t lba_size = shape(dr, OCPN_SHAPE_LBA_SIZE, open_channel ? 4096
                                                                  : 512);
    uint32_t ms = shape(dr, OCPN_SHAPE_MS, open_channel ? 16 : 0);

    if (lba_size != 512 && lba_size != 4096) {
        error_setg(errp, "lba-size=%" PRIu32 " is not possible; give 512 or "
                   "4096", lba_size);
        return false;
    }
    if (ms > UINT16_MAX || !ocpn_image_ms_valid(ms)) {
        error_setg(errp, "ms=%" PRIu32 " is not possible; give 0, 8, 16 or 64",
                   ms);
        return false;
    }
    im->lbads = ctz32(lba_size);
    im->ms = ms;
    im->extended = dr->extended == ON_OFF_AUTO_ON;
    return true;
}

bool ocpn_drive_format(OcpnDrive *dr, const OcpnDisk *disk, Error **errp)
{
    OcpnImage im = { .mode = ocpn_props_mode(dr) };
    OcpnError err;
    QemuUUID uuid;

    if (!im.mode) {
        im.mode = IMG_MODE_OPEN_CHANNEL;
    }
    if (!ocpn_props_match_mode(dr, &im, errp) ||
        !take_block_format(dr, &im, errp) ||
        !dr->medium->blank(dr, disk, errp) ||
        !lay_out_in(dr, &im, disk->size, errp)) {
        return false;
    }
    qemu_uuid_generate(&uuid);
    memcpy(im.uuid, uuid.data, sizeof(im.uuid));
    if (!ocpn_image_create(&im, disk, &err)) {
        error_setg(errp, "auto-format=on failed on drive '%s': %s",
                   ocpn_drive_name(dr), err.text);
        return false;
    }
    return true;
}
