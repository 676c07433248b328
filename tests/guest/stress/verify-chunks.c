/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks against what was noted of them.  A write pointer is never behind what
 * was acknowledged, nor past what was sent, and what is below it is there.
 */
#include <string.h>

#include "stress.h"

enum { FREE = 1, CLOSED = 2, OPEN = 4 };

static bool read_up_to(Drive *d, uint32_t chunk, uint32_t from, uint32_t to)
{
    uint64_t first = (uint64_t)chunk * d->clba;
    bool ok = true;

    while (from < to) {
        uint32_t n = to - from < MOST_BLOCKS ? to - from : MOST_BLOCKS;

        ok = verify_range(d, first + from, n) && ok;
        from += n;
    }
    return ok;
}

/* Write on, until what is below BEHIND can be read. */
static bool push(Drive *d, uint32_t chunk, uint32_t behind)
{
    static uint8_t *data, *meta;

    if (!data) {
        data = buffer_get(MOST_BLOCKS * BLOCK_BYTES);
        meta = buffer_get(MOST_BLOCKS * META_BYTES);
    }
    while (chunk_readable(d, chunk) < behind) {
        uint64_t first = chunk_append(d, chunk, d->ws_min, NULL);
        int status;

        for (uint32_t i = 0; i < d->ws_min; i++) {
            pattern_fill(d, d->id[first + i], data + i * d->block_size,
                         meta + i * d->meta_size);
        }
        status = transfer(d, 0x01, first, d->ws_min, data, meta);
        if (status) {
            violation(d, "writing chunk %u at its write pointer %u: "
                      "status %03Xh", chunk, (uint32_t)(first % d->clba),
                      status);
            return false;
        }
        chunk_ack(d, chunk, (uint32_t)(first % d->clba) + d->ws_min);
    }
    return true;
}

/* Is what the drive says possible?  EITHER: a reset may have been done. */
static bool plausible(Drive *d, uint32_t chunk, uint8_t cs, uint64_t wp)
{
    uint32_t acked = chunk_acked(d, chunk), sent = chunk_sent(d, chunk);
    bool reset = d->chunk[chunk] & CHUNK_RESETTING;

    if (reset && cs == FREE && wp == 0) {
        return true;
    }
    if (wp < acked || wp > sent || wp % d->ws_min) {
        return false;
    }
    if (wp == d->clba) {
        return cs == CLOSED;
    }
    return cs == (wp ? OPEN : FREE);
}

static bool verify_chunk(Drive *d, uint32_t chunk, const uint8_t *entry)
{
    uint64_t word = d->chunk[chunk], wp;
    uint32_t resets = chunk_resets(d, chunk), acked = chunk_acked(d, chunk);
    uint32_t sent = chunk_sent(d, chunk), readable;

    memcpy(&wp, entry + 24, 8);
    if (!plausible(d, chunk, entry[0], wp)) {
        violation(d, "chunk %u: expected a write pointer of %u%s, at most %u "
                  "(sent)%s; found %llu, state %02Xh", chunk, acked,
                  acked ? " (acknowledged)" : "", sent,
                  word & CHUNK_RESETTING ? ", or Free" : "",
                  (unsigned long long)wp, entry[0]);
        return false;
    }
    if (word & CHUNK_RESETTING) {
        d->shared->open_new += !wp;
        d->shared->open_old += wp != 0;
        resets += !wp;
    } else {
        d->shared->open_new += wp - acked;
        d->shared->open_old += sent - wp;
    }
    d->chunk[chunk] = CHUNK(resets, wp, wp);
    readable = chunk_readable(d, chunk);
    return read_up_to(d, chunk, 0, readable) &&
           push(d, chunk, (uint32_t)wp) &&
           read_up_to(d, chunk, readable, (uint32_t)wp);
}

bool verify_chunks(Drive *d)
{
    uint8_t *page = buffer_get(4096);
    bool ok = true;

    for (uint32_t i = 0; i < d->nchunks; i++) {
        if (i % 128 == 0) {
            uint32_t n = d->nchunks - i < 128 ? d->nchunks - i : 128;
            int status = drive_log(d, 0xca, 32 * i, page, 32 * n);

            if (status) {
                violation(d, "Chunk Information: status %03Xh", status);
                return false;
            }
        }
        ok = verify_chunk(d, i, page + 32 * (i % 128)) && ok;
    }
    return ok;
}
