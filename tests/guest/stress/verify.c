/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks against what was noted of them. */
#include <stdio.h>
#include <string.h>

#include "stress.h"

enum { READ_ERROR = 0x281 };

static void want_text(const Drive *d, uint64_t block, char *text, size_t size)
{
    uint64_t ids[2] = { d->id[block], d->next[block] };
    size_t end = 0;

    text[0] = 0;
    for (unsigned i = 0; i < 2 && end < size; i++) {
        if (ids[i] == NONE) {
            continue;
        }
        snprintf(text + end, size - end, "%s", i ? ", or, not acknowledged, "
                                                 : "");
        end = strlen(text);
        if (ids[i] == ZEROS || ids[i] == MARKED) {
            snprintf(text + end, size - end, "%s",
                     ids[i] ? "a read error" : "zeros");
        } else {
            snprintf(text + end, size - end, "block %llu of generation %u",
                     (unsigned long long)(ids[i] >> 32) - 1,
                     (uint32_t)ids[i]);
        }
        end = strlen(text);
    }
}

static void wrong(Drive *d, uint64_t block, const uint8_t *data,
                  const uint8_t *meta, bool marked)
{
    char found[200] = "a read error", want[200], place[80] = "";

    if (!marked) {
        pattern_tell(d, data, meta, found, sizeof(found));
    }
    want_text(d, block, want, sizeof(want));
    if (d->open_channel) {
        snprintf(place, sizeof(place), " (chunk %u, block %u)",
                 (unsigned)(block / d->clba), (unsigned)(block % d->clba));
    }
    violation(d, "block %llu%s: expected %s; found %s",
              (unsigned long long)block, place, want, found);
}

static bool is(const Drive *d, uint64_t id, const uint8_t *data,
               const uint8_t *meta, bool marked)
{
    if (id == NONE || (id == MARKED) != marked) {
        return false;
    }
    return marked ||
           (pattern_data_is(d, id, data) && pattern_meta_is(d, id, meta));
}

/*
 * Data and metadata of a block lie apart in the image, so a kill can leave a
 * command that had not completed with only one of them done (a limit that
 * docs/user-guide.rst tells of).  The host then writes the block again.
 */
static bool is_mixed(Drive *d, uint64_t block, const uint8_t *data,
                     const uint8_t *meta, bool marked)
{
    uint64_t id = d->id[block], next = d->next[block];

    if (marked || !d->meta_size || next == NONE || next == MARKED ||
        id == MARKED) {
        return false;
    }
    return (pattern_data_is(d, id, data) && pattern_meta_is(d, next, meta)) ||
           (pattern_data_is(d, next, data) && pattern_meta_is(d, id, meta));
}

static bool write_again(Drive *d, uint64_t block)
{
    static uint8_t *data, *meta;
    int status;

    if (!data) {
        data = buffer_get(BLOCK_BYTES);
        meta = buffer_get(META_BYTES);
    }
    d->shared->mixed++;
    d->next[block] = new_id(d, block);
    pattern_fill(d, d->next[block], data, meta);
    status = transfer(d, 0x01, block, 1, data, meta);
    if (status) {
        violation(d, "writing block %llu again: status %03Xh",
                  (unsigned long long)block, status);
        return false;
    }
    d->id[block] = d->next[block];
    d->next[block] = NONE;
    return true;
}

/*
 * Is the block what it must be, or, if a command had not completed, may be?
 * MARKED: its read ended with Unrecovered Read Error.  From now on it is what
 * was found.
 */
bool judge(Drive *d, uint64_t block, const uint8_t *data, const uint8_t *meta,
           bool marked)
{
    uint64_t next = d->next[block];
    bool old = is(d, d->id[block], data, meta, marked);

    if (!old && is_mixed(d, block, data, meta, marked)) {
        return write_again(d, block);
    }
    if (!old && !is(d, next, data, meta, marked)) {
        wrong(d, block, data, meta, marked);
        return false;
    }
    if (!old) {
        d->id[block] = next;
    }
    if (next != NONE) {
        d->shared->open_old += old;
        d->shared->open_new += !old;
        d->next[block] = NONE;
    }
    return true;
}

/* A command that is waited for; returns its status. */
int transfer(Drive *d, uint8_t opcode, uint64_t block, uint32_t n,
             uint8_t *data, uint8_t *meta)
{
    uint64_t lba = drive_lba(d, block);
    struct nvme_passthru_cmd64 cmd = {
        .opcode = opcode, .nsid = d->nsid, .addr = (uintptr_t)data,
        .data_len = n * d->block_size,
        .metadata = d->meta_size ? (uintptr_t)meta : 0,
        .metadata_len = n * d->meta_size,
        .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
        .cdw12 = n - 1,
    };

    return drive_io(d, &cmd);
}

/* Read and judge N blocks, in halves if some cannot be read. */
bool verify_range(Drive *d, uint64_t block, uint32_t n)
{
    static uint8_t *data, *meta;
    bool ok = true;
    int status;

    if (!data) {
        data = buffer_get(MOST_BLOCKS * BLOCK_BYTES);
        meta = buffer_get(MOST_BLOCKS * META_BYTES);
    }
    status = transfer(d, 0x02, block, n, data, meta);
    if (status == READ_ERROR && n > 1) {
        ok = verify_range(d, block, n / 2);
        return verify_range(d, block + n / 2, n - n / 2) && ok;
    }
    if (status && status != READ_ERROR) {
        violation(d, "reading %u blocks at %llu: status %03Xh", n,
                  (unsigned long long)block, status);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        ok = judge(d, block + i, data + (size_t)i * d->block_size,
                   meta + (size_t)i * d->meta_size, status != 0) && ok;
        if (d->id[block + i] != ZEROS && !status) {
            d->shared->verified_bytes += d->block_size;
        }
    }
    return ok;
}

static bool may_fail(const Drive *d, uint64_t block)
{
    return d->id[block] == MARKED || d->next[block] == MARKED;
}

/*
 * In large reads, but what may be unreadable block by block: a read that fails
 * is slow, as the drive keeps a record of it in the image.
 */
static bool verify_blocks(Drive *d)
{
    uint32_t most = d->meta_size ? MOST_BLOCKS
                                 : MOST_BLOCKS * BLOCK_BYTES / d->block_size;
    bool ok = true;

    for (uint64_t at = 0; at < d->nblocks;) {
        uint32_t n = 1;

        while (!may_fail(d, at) && n < most && at + n < d->nblocks &&
               !may_fail(d, at + n)) {
            n++;
        }
        ok = verify_range(d, at, n) && ok;
        at += n;
    }
    return ok;
}

bool verify(Drive *d)
{
    bool ok = d->open_channel ? verify_chunks(d) : verify_blocks(d);

    return verify_admin(d) && ok;
}
