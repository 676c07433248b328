/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What blocks hold: eight bytes that are their identity, then words that
 * follow from it and the seed, then a sum of all.  Metadata is made the same
 * way, with another seed, so neither passes for the other.
 */
#include <stdio.h>
#include <string.h>

#include "stress.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* N bytes of an identity; the last word is a sum where there is room. */
static void fill(uint64_t seed, uint64_t id, uint8_t *p, uint32_t n)
{
    uint64_t w = mix(seed ^ id), sum = id;

    if (id == ZEROS) {
        memset(p, 0, n);
        return;
    }
    memcpy(p, &id, 8);
    for (uint32_t i = 8; i + 8 < n; i += 8) {
        w += 0x9e3779b97f4a7c15u;
        sum = (sum << 1 | sum >> 63) ^ w;
        memcpy(p + i, &w, 8);
    }
    if (n >= 16) {
        memcpy(p + n - 8, &sum, 8);
    }
}

static uint64_t seed_of(const Drive *d)
{
    return d->seed * 8 + d->slot + 1;
}

void pattern_fill(const Drive *d, uint64_t id, uint8_t *data, uint8_t *meta)
{
    fill(seed_of(d), id, data, d->block_size);
    if (d->meta_size) {
        fill(~seed_of(d), id, meta, d->meta_size);
    }
}

bool pattern_data_is(const Drive *d, uint64_t id, const uint8_t *data)
{
    static _Thread_local uint8_t want[BLOCK_BYTES];

    if (memcmp(data, &id, 8)) {
        return false;
    }
    fill(seed_of(d), id, want, d->block_size);
    return !memcmp(data, want, d->block_size);
}

bool pattern_meta_is(const Drive *d, uint64_t id, const uint8_t *meta)
{
    uint8_t want[META_BYTES] = { 0 };

    if (d->meta_size) {
        fill(~seed_of(d), id, want, d->meta_size);
    }
    return !memcmp(meta, want, d->meta_size);
}

/* Say in words what a block holds. */
static void tell(const uint8_t *p, const uint8_t *want, uint32_t n, char *text,
                 size_t size)
{
    uint32_t same = 0;
    uint64_t id;

    memcpy(&id, p, 8);
    while (same < n && p[same] == want[same]) {
        same++;
    }
    if (id == ZEROS) {
        snprintf(text, size, "zeros%s", same == n ? "" : " and other bytes");
    } else {
        snprintf(text, size, "block %llu of generation %u, %s",
                 (unsigned long long)(id >> 32) - 1, (uint32_t)id,
                 same == n ? "whole" : "TORN");
        if (same < n) {
            size_t end = strlen(text);

            snprintf(text + end, size - end, " after %u bytes", same);
        }
    }
}

void pattern_tell(const Drive *d, const uint8_t *data, const uint8_t *meta,
                  char *text, size_t size)
{
    uint8_t want[BLOCK_BYTES], want_meta[META_BYTES];
    uint64_t id;
    size_t end;

    memcpy(&id, data, 8);
    pattern_fill(d, id, want, want_meta);
    tell(data, want, d->block_size, text, size);
    if (d->meta_size) {
        memcpy(&id, meta, 8);
        pattern_fill(d, id, want, want_meta);
        end = strlen(text);
        snprintf(text + end, size - end, "; metadata: ");
        end = strlen(text);
        tell(meta, want_meta, d->meta_size, text + end, size - end);
    }
}
