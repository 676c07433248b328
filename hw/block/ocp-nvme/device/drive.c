/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a drive: from -drive and properties to a namespace of the core, or
 * to one sentence that says why not.
 */
#include "qemu/osdep.h"
#include "block/block-global-state.h"
#include "block/block-io.h"
#include "block/block_int.h"
#include "qapi/error.h"
#include "system/block-backend.h"

#include "hw/ocp-nvme/core/migrate.h"

#include "ocp-nvme.h"

const char *ocpn_drive_name(const OcpnDrive *dr)
{
    return dr->medium->name(dr);
}

OcpnDisk ocpn_drive_disk(const OcpnDrive *dr)
{
    return dr->medium->disk(dr);
}

/* What has been read of the image says that there is more of it. */
static bool is_mapped_short(const OcpnDrive *dr)
{
    return dr->memdev && dr->image.length > ocpn_drive_disk(dr).size;
}

static void explain(const OcpnDrive *dr, OcpnOpen how, const OcpnError *err,
                    Error **errp)
{
    const char *kind = dr->memdev ? "memdev" : "drive";
    const char *name = ocpn_drive_name(dr);

    switch (how) {
    case OCPN_OPEN_BLANK:
        error_setg(errp, "%s '%s' holds no ocp-nvme image; make one with "
                   "'ocp-nvme-img create --size 8G FILE', or give "
                   "auto-format=on, as its start is blank", kind, name);
        break;
    case OCPN_OPEN_FOREIGN:
        error_setg(errp, "%s '%s' holds no ocp-nvme image but other data; "
                   "%smake one with 'ocp-nvme-img create --size 8G FILE'%s",
                   kind, name, dr->auto_format
                   ? "auto-format=on is for blank drives only; " : "",
                   dr->memdev ? "" : ", and check format= of the drive");
        break;
    case OCPN_OPEN_DAMAGED:
        error_setg(errp, "the image in %s '%s' cannot be used: %s; %s"
                   "'ocp-nvme-img check FILE' says more", kind, name,
                   err->text, is_mapped_short(dr) ? "the object's size must "
                   "be that of the file; " : "");
        break;
    default:
        error_setg(errp, "%s '%s': %s", kind, name, err->text);
        break;
    }
}

/* Open the image, or make it. */
static bool open_image(OcpnDrive *dr, Error **errp)
{
    OcpnDisk disk = ocpn_drive_disk(dr);
    OcpnError err;
    OcpnOpen how;

    how = ocpn_image_open(&dr->image, &disk, &err);
    if (how == OCPN_OPEN_BLANK && dr->auto_format &&
        !runstate_check(RUN_STATE_INMIGRATE)) {
        if (!ocpn_drive_format(dr, &disk, errp)) {
            return false;
        }
        how = ocpn_image_open(&dr->image, &disk, &err);
    }
    if (how != OCPN_OPEN_OK) {
        explain(dr, how, &err, errp);
        return false;
    }
    return ocpn_props_match(dr, errp);
}

bool ocpn_drive_open(OcpnDrive *dr, Error **errp)
{
    dr->medium = dr->memdev ? &ocpn_memory_medium : &ocpn_block_medium;
    if (!ocpn_props_check_drive(dr, errp) || !dr->medium->open(dr, errp)) {
        dr->medium = NULL;
        return false;
    }
    if (!open_image(dr, errp)) {
        ocpn_drive_close(dr);
        return false;
    }
    return true;
}

void ocpn_drive_close(OcpnDrive *dr)
{
    if (dr->medium) {
        dr->medium->close(dr);
        dr->medium = NULL;
    }
}

bool ocpn_drive_add(OcpnDevice *d, OcpnDrive *dr, uint32_t nsid, Error **errp)
{
    OcpnDisk disk = ocpn_drive_disk(dr);
    OcpnNsConfig cfg;
    OcpnError err;

    if (!ocpn_profile_config(dr, &cfg, errp)) {
        return false;
    }
    cfg.nsid = nsid;
    cfg.volatile_cache = dr->medium->caches(dr);
    if (!ocpn_ns_add(d->core, &cfg, &disk, &err)) {
        explain(dr, OCPN_OPEN_DAMAGED, &err, errp);
        return false;
    }
    if (!dr->medium->attach(d, dr, errp)) {
        return false;
    }
    d->drives[nsid] = dr;
    dr->core = d->core;
    dr->nsid = nsid;
    return ocpn_qmp_start(dr, errp);
}

void ocpn_drive_adopt(OcpnDrive *dr)
{
    OcpnDisk disk = ocpn_drive_disk(dr);

    ocpn_ns_adopt(ocpn_ns_root(dr->core, dr->nsid), &disk, dr->image.uuid);
}

bool ocpn_drive_reload(OcpnDrive *dr, OcpnError *err)
{
    BlockBackend *blk = dr->conf.blk;
    OcpnDisk disk = ocpn_drive_disk(dr);
    bool ok;

    /* loadvm keeps the block layer drained, and only we may read then. */
    if (blk) {
        blk_set_disable_request_queuing(blk, true);
    }
    ok = ocpn_ns_reload(ocpn_ns_root(dr->core, dr->nsid), &disk, err);
    if (blk) {
        blk_set_disable_request_queuing(blk, false);
    }
    return ok;
}

bool ocpn_drive_writable(const OcpnDrive *dr)
{
    return dr->medium->writable(dr);
}

void ocpn_drive_release(OcpnDrive *dr)
{
    dr->core = NULL;
    dr->medium->detach(dr);
    ocpn_drive_close(dr);
}
