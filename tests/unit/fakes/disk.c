/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "disk.h"

typedef struct FakeWrite {
    uint64_t off;
    size_t len;
    uint8_t *data;
} FakeWrite;

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

static void keep(FakeDisk *d, uint64_t off, const void *buf, size_t len)
{
    FakeWrite w = { off, len, NULL };

    if (!d->bytes || len == 0) {
        return;
    }
    memcpy(d->bytes + off, buf, len);
    w.data = malloc(len);
    d->pending = realloc(d->pending, (d->npending + 1) * sizeof(w));
    if (!w.data || !d->pending) {
        abort();
    }
    memcpy(w.data, buf, len);
    d->pending[d->npending++] = w;
}

static bool fake_write(void *opaque, uint64_t off, const void *buf, size_t len)
{
    FakeDisk *d = opaque;

    if (!in_range(d, off, len)) {
        return false;
    }
    d->writes++;
    if (d->writes >= d->cut_at_write || d->flushes >= d->cut_at_flush) {
        if (d->writes == d->cut_at_write && d->torn < len) {
            keep(d, off, buf, d->torn);
        }
        return false;
    }
    d->written += len;
    keep(d, off, buf, len);
    return true;
}

static void forget_pending(FakeDisk *d)
{
    for (size_t i = 0; i < d->npending; i++) {
        free(d->pending[i].data);
    }
    free(d->pending);
    d->pending = NULL;
    d->npending = 0;
}

static bool fake_flush(void *opaque)
{
    FakeDisk *d = opaque;

    d->flushes++;
    if (d->flushes >= d->cut_at_flush || d->writes >= d->cut_at_write) {
        return false;
    }
    for (size_t i = 0; i < d->npending; i++) {
        memcpy(d->flushed + d->pending[i].off, d->pending[i].data,
               d->pending[i].len);
    }
    forget_pending(d);
    return true;
}

void fake_disk_init_counting(FakeDisk *d, uint64_t size)
{
    *d = (FakeDisk) {
        .disk = { d, size, fake_read, fake_write, fake_flush },
        .fail_read = FAKE_DISK_NEVER,
        .cut_at_write = FAKE_DISK_NEVER,
        .cut_at_flush = FAKE_DISK_NEVER,
    };
}

void fake_disk_init(FakeDisk *d, uint64_t size)
{
    fake_disk_init_counting(d, size);
    d->bytes = calloc(1, size);
    d->flushed = calloc(1, size);
    if (!d->bytes || !d->flushed) {
        abort();
    }
}

void fake_disk_power_cycle(FakeDisk *d, uint64_t seed)
{
    bool all = seed == UINT64_MAX;

    for (size_t i = 0; i < d->npending; i++) {
        if (all || (seed && seed >> 33 & 1)) {
            memcpy(d->flushed + d->pending[i].off, d->pending[i].data,
                   d->pending[i].len);
        }
        seed = seed ? seed * 6364136223846793005u + 1442695040888963407u : 0;
    }
    for (size_t i = 0; i < d->npending; i++) {
        memcpy(d->bytes + d->pending[i].off, d->flushed + d->pending[i].off,
               d->pending[i].len);
    }
    forget_pending(d);
    d->reads = d->writes = d->flushes = d->written = 0;
    d->fail_read = d->cut_at_write = d->cut_at_flush = FAKE_DISK_NEVER;
    d->torn = 0;
}

void fake_disk_free(FakeDisk *d)
{
    forget_pending(d);
    free(d->bytes);
    free(d->flushed);
}
