/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives that keep nothing: null-co and null-aio, for measuring.  The image
 * that auto-format=on makes there is kept in memory until the namespace has
 * read it.
 */
#include "qemu/osdep.h"
#include "block/block-io.h"
#include "block/block_int.h"
#include "system/block-backend.h"

#include "ocp-nvme.h"

typedef struct Page {
    uint64_t number;            /* of IMG_BLOCK bytes; the key */
    uint8_t  data[IMG_BLOCK];
} Page;

/* Behind filters and the raw format, which change no byte. */
bool ocpn_null_is(BlockDriverState *bs)
{
    GRAPH_RDLOCK_GUARD_MAINLOOP();

    bs = bdrv_skip_filters(bs);
    while (bs && bs->drv && !strcmp(bs->drv->format_name, "raw")) {
        bs = bdrv_skip_filters(bdrv_primary_bs(bs));
    }
    return bs && bs->drv && (!strcmp(bs->drv->format_name, "null-co") ||
                             !strcmp(bs->drv->format_name, "null-aio"));
}

static bool disk_read(void *opaque, uint64_t off, void *buf, size_t len)
{
    uint8_t *to = buf;

    while (len) {
        uint64_t number = off / IMG_BLOCK;
        size_t at = off % IMG_BLOCK, n = MIN(len, IMG_BLOCK - at);
        const Page *p = g_hash_table_lookup(opaque, &number);

        if (p) {
            memcpy(to, p->data + at, n);
        } else {
            memset(to, 0, n);
        }
        off += n;
        to += n;
        len -= n;
    }
    return true;
}

static bool disk_write(void *opaque, uint64_t off, const void *buf, size_t len)
{
    const uint8_t *from = buf;

    while (len) {
        uint64_t number = off / IMG_BLOCK;
        size_t at = off % IMG_BLOCK, n = MIN(len, IMG_BLOCK - at);
        Page *p = g_hash_table_lookup(opaque, &number);

        if (!p) {
            p = g_new0(Page, 1);
            p->number = number;
            g_hash_table_insert(opaque, &p->number, p);
        }
        memcpy(p->data + at, from, n);
        off += n;
        from += n;
        len -= n;
    }
    return true;
}

static bool disk_flush(void *opaque)
{
    return true;
}

GHashTable *ocpn_null_new(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
}

OcpnDisk ocpn_null_disk(GHashTable *kept, uint64_t size)
{
    return (OcpnDisk) {
        .opaque = kept,
        .size = size,
        .read = disk_read,
        .write = disk_write,
        .flush = disk_flush,
    };
}
