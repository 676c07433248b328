/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drive of the block layer as the medium of a namespace; its I/Os are those
 * of block.c.
 */
#include "qemu/osdep.h"
#include "block/block-global-state.h"
#include "block/block-io.h"
#include "block/block_int.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "system/block-backend.h"

#include "ocp-nvme.h"

/* Allocated bytes that are read to see whether they are zeros. */
#define MOST_READ   ((uint64_t)1 * GiB)
#define STEP        ((uint64_t)1 * MiB)

static const char *name(const OcpnDrive *dr)
{
    BlockDriverState *bs = blk_bs(dr->conf.blk);
    const char *id = blk_name(dr->conf.blk);

    return *id || !bs ? id : bdrv_get_node_name(bs);
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

static OcpnDisk disk(const OcpnDrive *dr)
{
    int64_t size = blk_getlength(dr->conf.blk);

    if (dr->kept) {
        return ocpn_null_disk(dr->kept, MAX(size, 0));
    }
    return (OcpnDisk) {
        .opaque = dr->conf.blk,
        .size = MAX(size, 0),
        .read = disk_read,
        .write = disk_write,
        .flush = disk_flush,
    };
}

/* Is there a drive that may be written? */
static bool open_drive(OcpnDrive *dr, Error **errp)
{
    BlockBackend *blk = dr->conf.blk;
    Error *err = NULL;

    if (!blk) {
        error_setg(errp, "drive is not set; give drive=ID, the id of a -drive "
                   "(with if=none) or the node-name of a -blockdev that holds "
                   "an image made by 'ocp-nvme-img create', or memdev=ID, the "
                   "id of a memory-backend-file that does");
        return false;
    }
    if (!blk_is_inserted(blk)) {
        error_setg(errp, "drive '%s' has no medium; give it a file",
                   name(dr));
        return false;
    }
    if (!blk_supports_write_perm(blk)) {
        error_setg(errp, "drive '%s' is read-only, but the device keeps its "
                   "state there; open it for writing, or use a snapshot "
                   "(-drive snapshot=on)", name(dr));
        return false;
    }
    if (!blkconf_apply_backend_options(&dr->conf, false, false, &err)) {
        error_setg(errp, "drive '%s' cannot be used: %s", name(dr),
                   error_get_pretty(err));
        error_free(err);
        return false;
    }
    dr->kept = ocpn_null_is(blk_bs(blk)) ? ocpn_null_new() : NULL;
    return true;
}

static void close_drive(OcpnDrive *dr)
{
    g_clear_pointer(&dr->kept, g_hash_table_unref);
}

static bool read_zeros(const OcpnDisk *disk, uint64_t off, uint64_t len)
{
    g_autofree uint8_t *buf = g_malloc(STEP);

    for (uint64_t end = off + len; off < end; off += STEP) {
        size_t n = MIN(STEP, end - off);

        if (!disk->read(disk->opaque, off, buf, n) || !buffer_is_zero(buf, n)) {
            return false;
        }
    }
    return true;
}

/* Every byte of the drive reads as zero, and that was quickly seen. */
static bool is_blank(const OcpnDrive *dr, const OcpnDisk *disk, Error **errp)
{
    BlockDriverState *bs = blk_bs(dr->conf.blk);
    uint64_t seen = 0;
    int64_t n;

    for (uint64_t off = 0; off < disk->size && !dr->kept; off += n) {
        int ret = bdrv_block_status_above(bs, NULL, off, disk->size - off, &n,
                                          NULL, NULL);

        if (ret < 0 || n <= 0) {
            error_setg_errno(errp, ret < 0 ? -ret : EIO, "auto-format=on: "
                             "cannot find out what of drive '%s' is in use",
                             name(dr));
            return false;
        }
        if (ret & BDRV_BLOCK_ZERO) {
            continue;
        }
        seen += n;
        if (seen > MOST_READ) {
            error_setg(errp, "auto-format=on needs a blank drive, but more "
                       "than %" PRIu64 " MiB of drive '%s' are allocated; use "
                       "'ocp-nvme-img create'", MOST_READ / MiB, name(dr));
            return false;
        }
        if (!read_zeros(disk, off, n)) {
            error_setg(errp, "auto-format=on needs a blank drive, but drive "
                       "'%s' holds data between bytes %" PRIu64 " and %"
                       PRIu64, name(dr), off, off + n);
            return false;
        }
    }
    return true;
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
static bool caches(const OcpnDrive *dr)
{
    bool lags = format_lags(dr);

    if (lags && dr->conf.wce != ON_OFF_AUTO_ON) {
        blk_set_enable_write_cache(dr->conf.blk, false);
    }
    return blk_enable_write_cache(dr->conf.blk) &&
           (lags || dr->image.mode == IMG_MODE_CONVENTIONAL);
}

/* The thread of its queues may be the best home for the drive, too. */
static bool attach(OcpnDevice *d, OcpnDrive *dr, Error **errp)
{
    if (d->nctx && blk_set_aio_context(dr->conf.blk, d->ctx[0], errp) < 0) {
        return false;
    }
    ocpn_drained_watch(d, dr);
    blk_iostatus_enable(dr->conf.blk);
    g_clear_pointer(&dr->kept, g_hash_table_unref);     /* it was read */
    return true;
}

static void detach(OcpnDrive *dr)
{
    ocpn_drained_unwatch(dr);
    blk_drain(dr->conf.blk);
    blk_set_aio_context(dr->conf.blk, qemu_get_aio_context(), NULL);
}

static void drain(OcpnDrive *dr)
{
    dr->draining = true;
    blk_drain(dr->conf.blk);
    dr->draining = false;
}

static bool writable(const OcpnDrive *dr)
{
    BlockDriverState *bs = blk_bs(dr->conf.blk);

    return bs && !(bs->open_flags & BDRV_O_INACTIVE);
}

const OcpnMedium ocpn_block_medium = {
    .open = open_drive,
    .close = close_drive,
    .disk = disk,
    .blank = is_blank,
    .caches = caches,
    .name = name,
    .attach = attach,
    .detach = detach,
    .start = ocpn_block_start,
    .drain = drain,
    .writable = writable,
};
