/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory backend as the medium of a namespace (memdev=): getting hold of
 * it, and whose it is; its I/Os are those of memory.c.
 */
#include "qemu/osdep.h"
#include "migration/blocker.h"
#include "migration/misc.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qemu/units.h"

#include "memory.h"

/* Bytes with data in a file that are read to see whether they are zeros. */
#define MOST_READ   ((uint64_t)1 * GiB)

static const char *name(const OcpnDrive *dr)
{
    return object_get_canonical_path_component(OBJECT(dr->memory->backend));
}

static bool disk_read(void *opaque, uint64_t off, void *buf, size_t len)
{
    const OcpnMemory *m = opaque;

    if (off > m->size || len > m->size - off) {
        return false;
    }
    memcpy(buf, m->base + off, len);
    return true;
}

static bool disk_write(void *opaque, uint64_t off, const void *buf, size_t len)
{
    const OcpnMemory *m = opaque;

    if (off > m->size || len > m->size - off) {
        return false;
    }
    memcpy(m->base + off, buf, len);
    return true;
}

static bool disk_flush(void *opaque)
{
    const OcpnMemory *m = opaque;

    return ocpn_memory_sync(m, 0, m->size) == 0;
}

static OcpnDisk disk(const OcpnDrive *dr)
{
    return (OcpnDisk) {
        .opaque = dr->memory,
        .size = dr->memory->size,
        .read = disk_read,
        .write = disk_write,
        .flush = disk_flush,
    };
}

static bool check_backend(const OcpnDrive *dr, bool is_file, Error **errp)
{
    HostMemoryBackend *backend = dr->memdev;
    const char *id = object_get_canonical_path_component(OBJECT(backend));
    MemoryRegion *mr = host_memory_backend_get_memory(backend);

    if (!mr) {
        error_setg(errp, "memdev '%s' has no memory", id);
    } else if (host_memory_backend_is_mapped(backend)) {
        error_setg(errp, "memdev '%s' is in use by another device; give each "
                   "namespace an object of its own", id);
    } else if (memory_region_is_rom(mr)) {
        error_setg(errp, "memdev '%s' is read-only, but the device keeps its "
                   "state there; give the object readonly=off", id);
    } else if (is_file && !backend->share) {
        error_setg(errp, "memdev '%s' has share=off, so the file would never "
                   "get what is written; give the object share=on", id);
    } else {
        return true;
    }
    return false;
}

static bool open_memory(OcpnDrive *dr, Error **errp)
{
    Object *obj = OBJECT(dr->memdev);
    bool is_file = object_dynamic_cast(obj, TYPE_MEMORY_BACKEND_FILE);
    MemoryRegion *mr;
    OcpnMemory *m;

    if (!check_backend(dr, is_file, errp)) {
        return false;
    }
    mr = host_memory_backend_get_memory(dr->memdev);
    dr->memory = m = g_new(OcpnMemory, 1);
    *m = (OcpnMemory) {
        .base = memory_region_get_ram_ptr(mr),
        .size = memory_region_size(mr),
        .page = host_memory_backend_pagesize(dr->memdev),
        .fd = memory_region_get_fd(mr),
        .fd_offset = is_file ? object_property_get_uint(obj, "offset", NULL)
                             : 0,
        .is_file = is_file,
        .is_shared = dr->memdev->share,
        .sync_writes = is_file && dr->conf.wce == ON_OFF_AUTO_OFF,
        .backend = dr->memdev,
        .dr = dr,
    };
    if (!runstate_check(RUN_STATE_INMIGRATE)) {
        if (!ocpn_memory_lock(m, errp)) {
            g_clear_pointer(&dr->memory, g_free);
            return false;
        }
        m->ours = true;
    }
    object_ref(obj);
    host_memory_backend_set_mapped(m->backend, true);
    return true;
}

static void close_memory(OcpnDrive *dr)
{
    OcpnMemory *m = dr->memory;

    if (m->ours) {
        ocpn_memory_unlock(m);
    }
    host_memory_backend_set_mapped(m->backend, false);
    object_unref(OBJECT(m->backend));
    g_clear_pointer(&dr->memory, g_free);
}

/* The next bytes from *FROM on that a file has; false: no more. */
static bool next_data(const OcpnMemory *m, uint64_t *from, uint64_t *to)
{
    off_t data, hole;

    if (*from >= m->size) {
        return false;
    }
    *to = m->size;
    if (m->fd < 0 || !m->is_shared) {
        return true;
    }
    data = lseek(m->fd, m->fd_offset + *from, SEEK_DATA);
    if (data < 0) {
        return errno != ENXIO;  /* the host does not know about holes */
    }
    hole = lseek(m->fd, data, SEEK_HOLE);
    *from = MIN(data - m->fd_offset, m->size);
    if (hole >= 0) {
        *to = MIN(hole - m->fd_offset, m->size);
    }
    return *from < *to;
}

static bool is_blank(const OcpnDrive *dr, const OcpnDisk *unused, Error **errp)
{
    const OcpnMemory *m = dr->memory;
    uint64_t seen = 0;

    for (uint64_t from = 0, to; next_data(m, &from, &to); from = to) {
        seen += to - from;
        if (m->is_file && seen > MOST_READ) {
            error_setg(errp, "auto-format=on needs a blank drive, but more "
                       "than %" PRIu64 " MiB of the file of memdev '%s' are "
                       "allocated; use 'ocp-nvme-img create'",
                       MOST_READ / MiB, name(dr));
            return false;
        }
        if (!buffer_is_zero(m->base + from, to - from)) {
            error_setg(errp, "auto-format=on needs a blank drive, but memdev "
                       "'%s' holds data between bytes %" PRIu64 " and %"
                       PRIu64, name(dr), from, to);
            return false;
        }
    }
    return true;
}

/* As of a file of the block layer: the host's page cache is one. */
static bool caches(const OcpnDrive *dr)
{
    return dr->memory->is_file && !dr->memory->sync_writes &&
           dr->image.mode == IMG_MODE_CONVENTIONAL;
}

static bool take(OcpnDrive *dr, Error **errp)
{
    OcpnMemory *m = dr->memory;
    OcpnError err;

    if (m->ours) {
        return true;
    }
    if (!ocpn_memory_lock(m, errp)) {
        return false;
    }
    if (!ocpn_drive_reload(dr, &err)) {
        error_setg(errp, "the image in memdev '%s' cannot be used: %s",
                   name(dr), err.text);
        ocpn_memory_unlock(m);
        return false;
    }
    qatomic_set(&m->ours, true);
    return true;
}

static void hand_over(OcpnDrive *dr)
{
    qatomic_set(&dr->memory->ours, false);
    ocpn_memory_unlock(dr->memory);
}

/* A VM that is stopped does not notice that it was not moved. */
static int migration_event(NotifierWithReturn *n, MigrationEvent *e,
                           Error **errp)
{
    OcpnMemory *m = container_of(n, OcpnMemory, migration);
    Error *err = NULL;

    if (e->type == MIG_EVENT_PRECOPY_FAILED && !take(m->dr, &err)) {
        error_report_err(err);
    }
    return 0;
}

static bool attach(OcpnDevice *d, OcpnDrive *dr, Error **errp)
{
    OcpnMemory *m = dr->memory;

    if (m->is_file) {
        migration_add_notifier(&m->migration, migration_event);
        return true;
    }
    error_setg(&m->blocker, "memdev '%s' of %s is no file, so what it holds "
               "would neither migrate nor be in a snapshot; use a "
               "memory-backend-file, or drive=", name(dr), d->id);
    return migrate_add_blocker(&m->blocker, errp) == 0;
}

static void detach(OcpnDrive *dr)
{
    OcpnMemory *m = dr->memory;

    ocpn_memory_drain(dr);
    if (m->is_file) {
        migration_remove_notifier(&m->migration);
    } else {
        migrate_del_blocker(&m->blocker);
    }
}

static bool writable(const OcpnDrive *dr)
{
    return qatomic_read(&dr->memory->ours);
}

const OcpnMedium ocpn_memory_medium = {
    .open = open_memory,
    .close = close_memory,
    .disk = disk,
    .blank = is_blank,
    .caches = caches,
    .name = name,
    .attach = attach,
    .detach = detach,
    .start = ocpn_memory_start,
    .drain = ocpn_memory_drain,
    .writable = writable,
    .hand_over = hand_over,
    .take = take,
};
