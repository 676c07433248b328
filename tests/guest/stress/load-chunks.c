/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load on an open-channel drive.  A write is noted in its chunk's word before
 * it is sent; up to four writes of a chunk follow each other unanswered.
 */
#include <string.h>

#include "stress.h"

enum { MOST_WRITERS = 4, LIST_TARGET = 2048 };

static uint32_t room(const Drive *d, uint32_t chunk)
{
    return d->clba - chunk_sent(d, chunk);
}

static bool is_full(const Drive *d, uint32_t chunk)
{
    return chunk_acked(d, chunk) == d->clba;
}

static void release(Op *op)
{
    for (unsigned i = 0; i < op->nparts; i++) {
        op->thread->place[op->part[i].place].writers--;
    }
    for (unsigned i = 0; i < op->nfrom; i++) {
        op->thread->place[op->from[i]].readers--;
    }
}

static void append_done(Op *op)
{
    Drive *d = op->thread->drive;

    for (unsigned i = 0; i < op->nparts; i++) {
        chunk_ack(d, op->part[i].place,
                  op->part[i].first % d->clba + op->part[i].n);
    }
    release(op);
}

static void reset_done(Op *op)
{
    Drive *d = op->thread->drive;

    for (unsigned i = 0; i < op->nparts; i++) {
        uint32_t chunk = op->part[i].place;

        d->chunk[chunk] = CHUNK(chunk_resets(d, chunk) + 1, 0, 0);
    }
    release(op);
}

static void read_done(Op *op)
{
    Drive *d = op->thread->drive;

    for (uint32_t i = 0; i < op->part[0].n; i++) {
        judge(d, op->part[0].first + i, op->data + (size_t)i * d->block_size,
              op->meta + (size_t)i * d->meta_size, false);
    }
    op->thread->place[op->part[0].place].readers--;
}

static void nothing_done(Op *op)
{
    (void)op;
}

/* A chunk of this thread, any. */
static uint32_t any(Thread *t)
{
    return pick(t, t->nplaces / THREADS) * THREADS + t->number;
}

/* A chunk with room and no more writers than may be; one of few. */
static bool pick_open(Thread *t, uint32_t *chunk)
{
    Drive *d = t->drive;
    uint32_t *c = &t->current[pick(t, 4)];

    for (unsigned tries = 0; tries < 16 && !room(d, *c); tries++) {
        *c = any(t);
    }
    *chunk = *c;
    return room(d, *c) && t->place[*c].writers < MOST_WRITERS;
}

/* How much to write to a chunk: a multiple of WS_MIN. */
static uint32_t amount(Thread *t, uint32_t chunk, uint32_t most)
{
    Drive *d = t->drive;
    uint32_t n = (1 + pick(t, most / d->ws_min)) * d->ws_min;

    return n < room(d, chunk) ? n : room(d, chunk);
}

/* Note the write of N blocks as part of the command. */
static void part(Op *op, uint32_t chunk, uint32_t n, const uint64_t *ids)
{
    unsigned i = op->nparts++;

    op->part[i].place = chunk;
    op->part[i].n = n;
    op->part[i].first = (uint32_t)chunk_append(op->thread->drive, chunk, n,
                                               ids);
    op->thread->place[chunk].writers++;
    op->bytes += n * op->thread->drive->block_size;
}

/* Put N addresses from BLOCK on into a list. */
static void add(const Drive *d, uint64_t *list, uint32_t at, uint64_t block,
                uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        list[at + i] = drive_lba(d, block + i);
    }
}

/* A list of one entry is the address itself. */
static uint64_t address(const uint64_t *list, uint32_t n)
{
    return n > 1 ? buffer_physical(list) : list[0];
}

static void choose_vector(Op *op, uint8_t opcode)
{
    Drive *d = op->thread->drive;
    uint32_t n = 0;
    uint64_t where;

    for (unsigned i = 0; i < op->nparts; i++) {
        add(d, op->list, n, op->part[i].first, op->part[i].n);
        n += op->part[i].n;
    }
    where = address(op->list, n);
    op_range(op, opcode, 0, n);
    op->cmd.cdw10 = (uint32_t)where;
    op->cmd.cdw11 = (uint32_t)(where >> 32);
}

static void choose_write(Op *op, uint32_t chunk, bool vector)
{
    Thread *t = op->thread;
    Drive *d = t->drive;
    uint32_t n = 0, more = vector && pick(t, 2) ? 1 + pick(t, 3) : 0;

    part(op, chunk, amount(t, chunk, more ? 16 : MOST_BLOCKS), NULL);
    while (more-- && pick_open(t, &chunk)) {
        part(op, chunk, amount(t, chunk, 16), NULL);
    }
    for (unsigned i = 0; i < op->nparts; i++) {
        for (uint32_t b = 0; b < op->part[i].n; b++, n++) {
            pattern_fill(d, d->id[op->part[i].first + b],
                         op->data + (size_t)n * d->block_size,
                         op->meta + (size_t)n * d->meta_size);
        }
    }
    if (vector) {
        choose_vector(op, 0x91);
    } else {
        op_range(op, 0x01, op->part[0].first, n);
        op->cmd.cdw12 |= pick(t, 4) ? 0 : 1u << 30;     /* FUA */
    }
    op->done = append_done;
}

/* Blocks that can be read: their chunk is not reset meanwhile. */
static bool pick_readable(Thread *t, uint32_t n, uint32_t *chunk,
                          uint64_t *first)
{
    Drive *d = t->drive;

    for (unsigned tries = 0; tries < 8; tries++) {
        uint32_t c = any(t), readable = chunk_readable(d, c);

        if (readable >= n && !(d->chunk[c] & CHUNK_RESETTING)) {
            *chunk = c;
            *first = (uint64_t)c * d->clba + pick(t, readable - n + 1);
            return true;
        }
    }
    return false;
}

static bool choose_copy(Op *op, uint32_t chunk)
{
    Thread *t = op->thread;
    Drive *d = t->drive;
    uint32_t n = amount(t, chunk, 32), from;
    uint64_t ids[32], first, where, to;

    if (!d->copy || !pick_readable(t, n, &from, &first)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = d->id[first + i];
    }
    part(op, chunk, n, ids);
    op->from[op->nfrom++] = from;
    t->place[from].readers++;
    add(d, op->list, 0, first, n);
    add(d, op->list + LIST_TARGET / 8, 0, op->part[0].first, n);
    where = address(op->list, n);
    to = address(op->list + LIST_TARGET / 8, n);
    op->cmd = (struct nvme_uring_cmd) {
        .opcode = 0x93, .nsid = d->nsid, .cdw10 = (uint32_t)where,
        .cdw11 = (uint32_t)(where >> 32), .cdw12 = n - 1,
        .cdw14 = (uint32_t)to, .cdw15 = (uint32_t)(to >> 32),
        .timeout_ms = 600000,
    };
    op->done = append_done;
    return true;
}

static bool choose_read(Op *op)
{
    Thread *t = op->thread;
    uint32_t n = 1 + pick(t, 32), chunk;
    uint64_t first;

    if (!pick_readable(t, n, &chunk, &first)) {
        return false;
    }
    op->nparts = 1;
    op->part[0].place = chunk;
    op->part[0].first = (uint32_t)first;
    op->part[0].n = n;
    t->place[chunk].readers++;
    if (pick(t, 2)) {
        choose_vector(op, 0x92);
    } else {
        op_range(op, 0x02, first, n);
    }
    op->done = read_done;
    return true;
}

/* A full chunk that nobody uses becomes part of a reset. */
static void take_full(Op *op)
{
    Thread *t = op->thread;
    Drive *d = t->drive;

    for (unsigned tries = 0; tries < 8; tries++) {
        uint32_t c = any(t);

        if (is_full(d, c) && !t->place[c].readers && !t->place[c].writers) {
            d->chunk[c] |= CHUNK_RESETTING;
            t->place[c].writers++;
            op->part[op->nparts].place = c;
            op->part[op->nparts].first = c * d->clba;
            op->part[op->nparts++].n = 1;
            return;
        }
    }
}

/* By Vector Chunk Reset, or by Dataset Management, 16 bytes a range. */
static bool choose_reset(Op *op)
{
    Thread *t = op->thread;
    Drive *d = t->drive;

    for (uint32_t i = 1 + pick(t, MOST_PLACES); i; i--) {
        take_full(op);
    }
    if (!op->nparts) {
        return false;
    }
    op->done = reset_done;
    choose_vector(op, 0x90);
    op->cmd.addr = op->cmd.data_len = 0;
    op->cmd.metadata = op->cmd.metadata_len = 0;
    if (pick(t, 2)) {
        return true;
    }
    memset(op->data, 0, 4096);
    for (unsigned i = 0; i < op->nparts; i++) {
        uint64_t lba = drive_lba(d, op->part[i].first);

        memcpy(op->data + 16 * i + 4, &d->clba, 4);
        memcpy(op->data + 16 * i + 8, &lba, 8);
    }
    op->cmd.opcode = 0x09;
    op->cmd.addr = (uintptr_t)op->data;
    op->cmd.data_len = 16 * op->nparts;
    op->cmd.cdw10 = op->nparts - 1;
    op->cmd.cdw11 = 4;
    op->cmd.cdw12 = 0;
    return true;
}

static void choose_flush(Op *op)
{
    op->cmd = (struct nvme_uring_cmd) {
        .opcode = 0x00, .nsid = op->thread->drive->nsid,
        .timeout_ms = 600000,
    };
    op->done = nothing_done;
}

bool choose_chunks(Op *op)
{
    Thread *t = op->thread;
    uint32_t dice = pick(t, 100), chunk;

    if (dice < 5) {
        choose_flush(op);
        return true;
    }
    if (dice < 18) {
        return choose_read(op);
    }
    if (dice < 26 || !pick_open(t, &chunk)) {
        return choose_reset(op);
    }
    if (dice < 42 && choose_copy(op, chunk)) {
        return true;
    }
    choose_write(op, chunk, dice < 70);
    return true;
}
