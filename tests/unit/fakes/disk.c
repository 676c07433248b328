/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "disk.h"

static bool in_range(const FakeDisk *d, uint64_t off, size_t len)
{
    return off <= d->disk.size && len <= d->disk.size - off;
}

static bool fake_read(void *opaque, uint64_t off, void *buf, size_t len)
{
    FakeDisk *d = opaque;

    if (++d->reads == d->fail_read || !in_range(d, off, len)) {
        return false;
    }
    if (d->bytes) {
        memcpy(buf, d->bytes + off, len);
    } else {
        memset(buf, 0, len);
    }
    return true;
}

static bool fake_write(void *opaque, uint64_t off, const void *buf, size_t len)
{
    FakeDisk *d = opaque;

    if (!in_range(d, off, len)) {
        return false;
    }
    d->writes++;
    d->written += len;
    if (d->bytes) {
        memcpy(d->bytes + off, buf, len);
    }
    return true;
}

static bool fake_flush(void *opaque)
{
    FakeDisk *d = opaque;

    d->flushes++;
    return true;
}

void fake_disk_init_counting(FakeDisk *d, uint64_t size)
{
    *d = (FakeDisk) {
        .disk = { d, size, fake_read, fake_write, fake_flush },
        .fail_read = FAKE_DISK_NEVER,
    };
}

void fake_disk_init(FakeDisk *d, uint64_t size)
{
    fake_disk_init_counting(d, size);
    d->bytes = calloc(1, size);
    if (!d->bytes) {
        abort();
    }
}

void fake_disk_free(FakeDisk *d)
{
    free(d->bytes);
}
