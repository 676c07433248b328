/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load on a conventional drive.  A command takes places of PLACE blocks for
 * itself; what it writes is noted in `next` first, and moves to `id` when it
 * has completed.
 */
#include <string.h>

#include "stress.h"

#define FUA         (1u << 30)
#define DEALLOCATE  (1u << 25)

static void blocks_done(Op *op)
{
    Thread *t = op->thread;
    Drive *d = t->drive;

    for (unsigned i = 0; i < op->nparts; i++) {
        for (uint32_t b = 0; b < op->part[i].n; b++) {
            uint64_t at = op->part[i].first + b;

            d->id[at] = d->next[at];
            d->next[at] = NONE;
        }
        t->place[op->part[i].place].writers = 0;
    }
    for (unsigned i = 0; i < op->nfrom; i++) {
        t->place[op->from[i]].writers = 0;
    }
}

/* The read must have what was acknowledged last. */
static void read_done(Op *op)
{
    Drive *d = op->thread->drive;

    for (uint32_t i = 0; i < op->part[0].n; i++) {
        judge(d, op->part[0].first + i, op->data + (size_t)i * d->block_size,
              op->meta + (size_t)i * d->meta_size, false);
    }
    op->thread->place[op->part[0].place].writers = 0;
}

/* Take a place of this thread for the command, and some blocks of it. */
static bool take(Op *op, uint32_t most)
{
    Thread *t = op->thread;
    unsigned i = op->nparts;

    for (unsigned tries = 0; tries < 8; tries++) {
        uint32_t place = pick(t, t->nplaces / THREADS) * THREADS + t->number;
        uint32_t n = 1 + pick(t, most);

        if (!t->place[place].writers) {
            t->place[place].writers = 1;
            op->part[i].place = place;
            op->part[i].n = n;
            op->part[i].first = place * PLACE + pick(t, PLACE - n + 1);
            op->nparts++;
            return true;
        }
    }
    return false;
}

/* All blocks of part I will be ID, or if 0 new contents of their own. */
static void note(Op *op, unsigned i, uint64_t id, bool fresh)
{
    Drive *d = op->thread->drive;
    uint64_t first = op->part[i].first;

    for (uint32_t b = 0; b < op->part[i].n; b++) {
        d->next[first + b] = fresh ? new_id(d, first + b) : id;
    }
    op->bytes += op->part[i].n * d->block_size;
}

static bool marked(const Drive *d, uint64_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (d->id[first + i] == MARKED) {
            return true;
        }
    }
    return false;
}

static void choose_write(Op *op, uint32_t flags)
{
    Drive *d = op->thread->drive;
    uint64_t first = op->part[0].first;
    uint32_t n = op->part[0].n;

    note(op, 0, 0, true);
    for (uint32_t i = 0; i < n; i++) {
        pattern_fill(d, d->next[first + i],
                     op->data + (size_t)i * d->block_size,
                     op->meta + (size_t)i * d->meta_size);
    }
    op_range(op, 0x01, first, n);
    op->cmd.cdw12 |= flags;
}

static void choose_zeroes(Op *op)
{
    note(op, 0, ZEROS, false);
    op_range(op, 0x08, op->part[0].first, op->part[0].n);
    op->cmd.cdw12 |= pick(op->thread, 2) ? DEALLOCATE : 0;
}

/* Dataset Management: 16 bytes a range. */
static void choose_deallocate(Op *op)
{
    unsigned more = pick(op->thread, MOST_PLACES);

    while (more-- && take(op, PLACE)) {
        continue;
    }
    memset(op->data, 0, 4096);
    for (unsigned i = 0; i < op->nparts; i++) {
        uint64_t lba = op->part[i].first;

        note(op, i, ZEROS, false);
        memcpy(op->data + 16 * i + 4, &op->part[i].n, 4);
        memcpy(op->data + 16 * i + 8, &lba, 8);
    }
    op_range(op, 0x09, 0, 1);
    op->cmd.data_len = 16 * op->nparts;
    op->cmd.metadata = op->cmd.metadata_len = 0;
    op->cmd.cdw10 = op->nparts - 1;
    op->cmd.cdw11 = 4;
    op->cmd.cdw12 = 0;
}

/* Copy, format 0h: the second part is the source. */
static bool choose_copy(Op *op)
{
    Drive *d = op->thread->drive;
    uint32_t n = op->part[0].n, nlb = n - 1;
    uint64_t to = op->part[0].first, from;

    if (!take(op, 1)) {
        return false;
    }
    op->nparts = 1;
    op->from[op->nfrom++] = op->part[1].place;
    from = (uint64_t)op->part[1].place * PLACE +
           pick(op->thread, PLACE - n + 1);
    if (marked(d, from, n)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        d->next[to + i] = d->id[from + i];
    }
    op->bytes = n * d->block_size;
    memset(op->data, 0, 4096);
    memcpy(op->data + 8, &from, 8);
    memcpy(op->data + 16, &nlb, 2);
    op_range(op, 0x19, to, 1);
    op->cmd.data_len = 32;
    op->cmd.metadata = op->cmd.metadata_len = 0;
    op->cmd.cdw12 = 0;
    return true;
}

static bool choose_read(Op *op)
{
    if (marked(op->thread->drive, op->part[0].first, op->part[0].n)) {
        return false;
    }
    op_range(op, 0x02, op->part[0].first, op->part[0].n);
    op->done = read_done;
    return true;
}

static void choose_flush(Op *op)
{
    op_range(op, 0x00, 0, 1);
    op->cmd.addr = op->cmd.data_len = 0;
    op->cmd.metadata = op->cmd.metadata_len = 0;
    op->cmd.cdw10 = op->cmd.cdw11 = op->cmd.cdw12 = 0;
}

/* Give back what a command had taken that cannot be. */
static bool release(Op *op)
{
    Thread *t = op->thread;

    for (unsigned i = 0; i < op->nparts; i++) {
        t->place[op->part[i].place].writers = 0;
    }
    for (unsigned i = 0; i < op->nfrom; i++) {
        t->place[op->from[i]].writers = 0;
    }
    return false;
}

bool choose_blocks(Op *op)
{
    uint32_t dice = pick(op->thread, 100);

    op->done = blocks_done;
    if (dice < 5) {
        choose_flush(op);
        return true;
    }
    if (!take(op, dice < 7 ? 4 : PLACE / 2)) {
        return false;
    }
    if (dice < 7) {
        note(op, 0, MARKED, false);
        op_range(op, 0x04, op->part[0].first, op->part[0].n);
    } else if (dice < 17) {
        choose_zeroes(op);
    } else if (dice < 27) {
        choose_deallocate(op);
    } else if (dice < 39) {
        return choose_copy(op) || release(op);
    } else if (dice < 49) {
        return choose_read(op) || release(op);
    } else {
        choose_write(op, dice < 60 ? FUA : 0);
    }
    return true;
}
