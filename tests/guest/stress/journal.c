/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that outlives QEMU, and where in it a drive's notes are. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stress.h"

/* A file of sysfs begins with this text. */
static bool begins(const char *folder, const char *name, const char *text)
{
    char path[300], is[32] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "r");
    if (f) {
        if (!fgets(is, sizeof(is), f)) {
            is[0] = 0;
        }
        fclose(f);
    }
    return !strncmp(is, text, strlen(text));
}

/* QEMU's ivshmem device, docs/specs/ivshmem-spec.rst: BAR 2 is the memory. */
static int memory_open(void)
{
    static const char top[] = "/sys/bus/pci/devices";
    struct dirent *entry;
    DIR *dir = opendir(top);
    int fd = -1;

    while (dir && fd < 0 && (entry = readdir(dir))) {
        char folder[280], path[300];

        snprintf(folder, sizeof(folder), "%s/%s", top, entry->d_name);
        if (!begins(folder, "vendor", "0x1af4") ||
            !begins(folder, "device", "0x1110")) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/enable", folder);
        fd = open(path, O_WRONLY);
        if (fd >= 0) {
            if (write(fd, "1", 1) != 1) {
                perror(path);
            }
            close(fd);
        }
        snprintf(path, sizeof(path), "%s/resource2", folder);
        fd = open(path, O_RDWR | O_CLOEXEC);
    }
    if (dir) {
        closedir(dir);
    }
    return fd;
}

/* Every block of a new drive is zeros, every chunk free. */
static void forget_all(Drive *d)
{
    Shared *s = d->shared;

    for (uint64_t i = 0; i < d->nblocks; i++) {
        d->id[i] = ZEROS;
        d->next[i] = NONE;
    }
    for (uint32_t i = 0; i < d->nchunks; i++) {
        d->chunk[i] = CHUNK(0, 0, 0);
    }
    for (unsigned i = 0; i < NFEATURES; i++) {
        s->feature[i] = s->feature_next[i] = ~0ull;
    }
    s->nblocks = d->nblocks;
}

bool journal_open(Drive *d)
{
    size_t need = 4096 + 16 * d->nblocks + 8 * d->nchunks;
    int fd = memory_open();
    uint8_t *p;

    if (fd < 0) {
        fprintf(stderr, "there is no ivshmem device to keep notes in\n");
        return false;
    }
    p = mmap(NULL, SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
             (off_t)d->slot * SLOT_BYTES);
    close(fd);
    if (p == MAP_FAILED || need > SLOT_BYTES) {
        fprintf(stderr, "%s: no %zu bytes for notes\n", d->path, need);
        return false;
    }
    d->shared = (Shared *)p;
    /* Stores reach the memory in the order of the program, see stress.h. */
    d->id = (volatile uint64_t *)(p + 4096);    /* not to be kept back */
    d->next = d->id + d->nblocks;
    d->chunk = d->next + d->nblocks;
    if (!d->shared->nblocks) {
        forget_all(d);
    }
    if (d->shared->nblocks != d->nblocks) {
        violation(d, "the drive has %llu blocks, it had %llu",
                  (unsigned long long)d->nblocks,
                  (unsigned long long)d->shared->nblocks);
        return false;
    }
    return true;
}

/* The identity of new contents for a block. */
uint64_t new_id(Drive *d, uint64_t block)
{
    return (block + 1) << 32 |
           (uint32_t)(atomic_fetch_add(&d->shared->generation, 1) + 1);
}

uint32_t chunk_acked(const Drive *d, uint32_t chunk)
{
    return d->chunk[chunk] & 0xffffff;
}

uint32_t chunk_sent(const Drive *d, uint32_t chunk)
{
    return d->chunk[chunk] >> 24 & 0xffffff;
}

uint32_t chunk_resets(const Drive *d, uint32_t chunk)
{
    return (uint32_t)(d->chunk[chunk] >> 49);
}

/* Blocks from the first on that can be read now. */
uint32_t chunk_readable(const Drive *d, uint32_t chunk)
{
    uint32_t acked = chunk_acked(d, chunk);

    if (acked == d->clba) {
        return acked;
    }
    return acked > d->window ? acked - d->window : 0;
}

/*
 * Note N more blocks as sent, with the identities IDS or, if NULL, new ones.
 * Return the first of these blocks.
 */
uint64_t chunk_append(Drive *d, uint32_t chunk, uint32_t n,
                      const uint64_t *ids)
{
    uint32_t sent = chunk_sent(d, chunk);
    uint64_t first = (uint64_t)chunk * d->clba + sent;

    for (uint32_t i = 0; i < n; i++) {
        d->id[first + i] = ids ? ids[i] : new_id(d, first + i);
    }
    d->chunk[chunk] = CHUNK(chunk_resets(d, chunk), chunk_acked(d, chunk),
                            sent + n);
    return first;
}

/* A write that ends at block END of the chunk is acknowledged. */
void chunk_ack(Drive *d, uint32_t chunk, uint32_t end)
{
    if (end > chunk_acked(d, chunk)) {
        d->chunk[chunk] = CHUNK(chunk_resets(d, chunk), end,
                                chunk_sent(d, chunk));
    }
}
