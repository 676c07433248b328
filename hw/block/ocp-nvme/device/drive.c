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
    BlockDriverState *bs = blk_bs(dr->conf.blk);
    const char *name = blk_name(dr->conf.blk);

    return *name || !bs ? name : bdrv_get_node_name(bs);
}

static bool disk_read(void *opaque, uint64_t off, void *buf, size_t len)
{
    return blk_pread(opaque, off, len, buf, 0) >= 0;
}

static bool disk_write(void *opaque, uint64_t off, const void *buf, size_t len)
{
    return blk_pwrite(opaque, off, len, buf, 0) >= 0;
}

static bool disk_flush(void *opaque)
{
    return blk_flush(opaque) >= 0;
}

OcpnDisk ocpn_drive_disk(const OcpnDrive *dr)
{
    int64_t size = blk_getlength(dr->conf.blk);

    return (OcpnDisk) {
        .opaque = dr->conf.blk,
        .size = MAX(size, 0),
        .read = disk_read,
        .write = disk_write,
        .flush = disk_flush,
    };
}

/* Is there a drive that may be written? */
static bool get_backend(OcpnDrive *dr, Error **errp)
{
    BlockBackend *blk = dr->conf.blk;
    Error *err = NULL;

    if (!blk) {
        error_setg(errp, "drive is not set; give drive=ID, the id of a -drive "
                   "(with if=none) or the node-name of a -blockdev that holds "
                   "an image made by 'ocp-nvme-img create'");
        return false;
    }
    if (!blk_is_inserted(blk)) {
        error_setg(errp, "drive '%s' has no medium; give it a file",
                   ocpn_drive_name(dr));
        return false;
    }
    if (!blk_supports_write_perm(blk)) {
        error_setg(errp, "drive '%s' is read-only, but the device keeps its "
                   "state there; open it for writing, or use a snapshot "
                   "(-drive snapshot=on)", ocpn_drive_name(dr));
        return false;
    }
    if (!blkconf_apply_backend_options(&dr->conf, false, false, &err)) {
        error_setg(errp, "drive '%s' cannot be used: %s", ocpn_drive_name(dr),
                   error_get_pretty(err));
        error_free(err);
        return false;
    }
    return true;
}

static void explain(const OcpnDrive *dr, OcpnOpen how, const OcpnError *err,
                    Error **errp)
{
    const char *name = ocpn_drive_name(dr);

    switch (how) {
    case OCPN_OPEN_BLANK:
        error_setg(errp, "drive '%s' holds no ocp-nvme image; make one with "
                   "'ocp-nvme-img create --size 8G FILE', or give "
                   "auto-format=on, as its start is blank", name);
        break;
    case OCPN_OPEN_FOREIGN:
        error_setg(errp, "drive '%s' holds no ocp-nvme image but other data; "
                   "%smake one with 'ocp-nvme-img create --size 8G FILE', and "
                   "check format= of the drive", name, dr->auto_format
                   ? "auto-format=on is for blank drives only; " : "");
        break;
    case OCPN_OPEN_DAMAGED:
        error_setg(errp, "the image in drive '%s' cannot be used: %s; "
                   "'ocp-nvme-img check FILE' says more", name, err->text);
        break;
    default:
        error_setg(errp, "drive '%s': %s", name, err->text);
        break;
    }
}

bool ocpn_drive_open(OcpnDrive *dr, Error **errp)
{
    OcpnError err;
    OcpnDisk disk;
    OcpnOpen how;

    if (!ocpn_props_check_drive(dr, errp) || !get_backend(dr, errp)) {
        return false;
    }
    disk = ocpn_drive_disk(dr);
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

/*
 * Does a format under the drive keep where data is in QEMU's memory until a
 * flush?  qcow2 does; a completed write to a new cluster is lost with QEMU.
 */
static bool format_lags(const OcpnDrive *dr)
{
    BlockDriverState *bs;

    GRAPH_RDLOCK_GUARD_MAINLOOP();
    bs = bdrv_skip_filters(blk_bs(dr->conf.blk));
    return bs && bs->drv && bs->drv->is_format &&
           strcmp(bs->drv->format_name, "raw");
}

/*
 * What completes shall outlive QEMU: where a format would not keep it, every
 * write is flushed, unless the user asked for a write cache; then the drive
 * says that it has one.  For file systems the host's page cache counts too.
 */
static bool decide_cache(const OcpnDrive *dr)
{
    bool lags = format_lags(dr);

    if (lags && dr->conf.wce != ON_OFF_AUTO_ON) {
        blk_set_enable_write_cache(dr->conf.blk, false);
    }
    return blk_enable_write_cache(dr->conf.blk) &&
           (lags || dr->image.mode == IMG_MODE_CONVENTIONAL);
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
    cfg.volatile_cache = decide_cache(dr);
    if (!ocpn_ns_add(d->core, &cfg, &disk, &err)) {
        explain(dr, OCPN_OPEN_DAMAGED, &err, errp);
        return false;
    }
    /* Its queues' thread may be the best home for the drive, too. */
    if (d->nctx && blk_set_aio_context(dr->conf.blk, d->ctx[0], errp) < 0) {
        return false;
    }
    blk_iostatus_enable(dr->conf.blk);
    d->drives[nsid] = dr;
    dr->core = d->core;
    dr->nsid = nsid;
    return ocpn_qmp_start(dr, errp);
}

bool ocpn_drive_reload(OcpnDrive *dr, OcpnError *err)
{
    BlockBackend *blk = dr->conf.blk;
    OcpnDisk disk = ocpn_drive_disk(dr);
    bool ok;

    /* loadvm keeps the block layer drained, and only we may read then. */
    blk_set_disable_request_queuing(blk, true);
    ok = ocpn_ns_reload(ocpn_ns_get(dr->core, dr->nsid), &disk, err);
    blk_set_disable_request_queuing(blk, false);
    return ok;
}

bool ocpn_drive_writable(const OcpnDrive *dr)
{
    BlockDriverState *bs = blk_bs(dr->conf.blk);

    return bs && !(bs->open_flags & BDRV_O_INACTIVE);
}

void ocpn_drive_release(OcpnDrive *dr)
{
    dr->core = NULL;
    blk_drain(dr->conf.blk);
    blk_set_aio_context(dr->conf.blk, qemu_get_aio_context(), NULL);
}
