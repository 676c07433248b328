/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the next command goes: see host.h.
 *
 * Writes to chunks go to several streams in turn.  Stream S of N writes the
 * chunks S, S + N, S + 2N, ... and begins again at the end; from the second
 * time on, a chunk is reset while the one before it is being written.
 */
#include <string.h>

#include "host.h"

/* So that nothing is in flight in a chunk when it is reset. */
#define LEAST_CHUNKS 3

struct Stream {
    uint32_t chunk;             /* that is being written */
    uint32_t written;           /* commands */
    bool     again, resetting;  /* the next chunk was full; is being reset */
};

__extension__ typedef unsigned __int128 Wide;

static uint64_t dice(Places *p)
{
    p->seed ^= p->seed << 13;
    p->seed ^= p->seed >> 7;
    p->seed ^= p->seed << 17;
    return p->seed;
}

/* Block address of the I-th command of a walk over the drive. */
static uint64_t place(const Places *p, uint64_t i)
{
    const Nvme *n = p->n;

    if (!n->open_channel) {
        return i * p->nlb;
    }
    return nvme_chunk_lba(n, (uint32_t)(i / p->per_chunk)) +
           i % p->per_chunk * p->nlb;
}

static uint32_t after(const Places *p, uint32_t chunk)
{
    uint32_t next = chunk + p->streams;

    return next < nvme_chunks(p->n) ? next : chunk % p->streams;
}

/* The stream's chunk is full: go to the next, and have the one after reset. */
static void advance(Places *p, Queue *q, Stream *s)
{
    uint32_t next;

    s->again |= after(p, s->chunk) < s->chunk;
    s->chunk = after(p, s->chunk);
    s->written = 0;
    next = after(p, s->chunk);
    if (s->again || next < s->chunk) {
        Sqe e = nvme_reset_of(p->n, next);

        e.dw0 |= (p->first_reset + (uint32_t)(s - p->stream)) << 16;
        s->resetting = true;
        p->resetting++;
        nvme_put(q, &e);
    }
}

static Place next_of_streams(Places *p, Queue *q, uint64_t *lba)
{
    uint32_t queue = q->id - 1u, of_queue = p->streams / p->n->queues;

    for (uint32_t i = 0; i < of_queue; i++) {
        uint32_t turn = p->turn[queue]++ % of_queue;
        Stream *s = &p->stream[turn * p->n->queues + queue];

        if (s->written == p->per_chunk) {
            if (s->resetting) {
                continue;
            }
            advance(p, q, s);
        }
        *lba = nvme_chunk_lba(p->n, s->chunk) + s->written++ * p->nlb;
        return PLACE_OK;
    }
    return PLACE_LATER;
}

Place places_next(Places *p, Queue *q, uint64_t *lba)
{
    if (p->stream) {
        return next_of_streams(p, q, lba);
    }
    if (p->random) {
        /* A share of the upper half: cheaper than a remainder. */
        *lba = place(p, (uint64_t)((Wide)dice(p) * p->count >> 64));
        return PLACE_OK;
    }
    if (p->next == p->count) {
        if (p->once) {
            return PLACE_NONE;
        }
        p->next = 0;
    }
    *lba = place(p, p->next++);
    return PLACE_OK;
}

void places_reset_done(Places *p, uint16_t cid)
{
    p->stream[cid - p->first_reset].resetting = false;
    p->resetting--;
}

static void init_streams(Places *p, const Options *o)
{
    int streams = o->streams ? o->streams : MAX(8, o->queues);

    if (streams < o->queues || streams >= o->entries - o->depth) {
        machine_die("--streams=%d: there is at least one for each queue, and "
                    "all fit into a queue besides --depth commands",
                    streams);
    }
    p->streams = (uint32_t)(streams - streams % o->queues);
    p->first_reset = (uint32_t)o->depth;
    if (nvme_chunks(p->n) / p->streams < LEAST_CHUNKS) {
        machine_die("--streams=%d: the drive has %u chunks; %d for each "
                    "stream are needed", streams, nvme_chunks(p->n),
                    LEAST_CHUNKS);
    }
    p->stream = g_new0(Stream, p->streams);
    for (uint32_t i = 0; i < p->streams; i++) {
        p->stream[i].chunk = i;
    }
}

void places_init(Places *p, Nvme *n, const Options *o)
{
    bool write = !strcmp(o->work, "write"), once = !strcmp(o->work, "fill");

    *p = (Places) { .n = n, .seed = 0x9e3779b97f4a7c15u, .once = once };
    p->random = g_str_has_prefix(o->work, "rand");
    p->nlb = (uint32_t)o->block >> n->lba_shift;
    p->per_chunk = n->open_channel && p->nlb ? n->clba / p->nlb : 1;
    if (!p->nlb || !p->per_chunk) {
        machine_die("--block=%d does not fit the drive", o->block);
    }
    p->count = n->open_channel ? (uint64_t)nvme_chunks(n) * p->per_chunk
                               : n->blocks / p->nlb;
    if (o->span) {
        p->count = MIN(p->count, (uint64_t)(o->span / o->block));
    }
    if (!p->count) {
        machine_die("--block=%d, --span: nothing of the drive is left",
                    o->block);
    }
    if (n->open_channel && (once || write)) {
        nvme_reset_all(n);
    }
    if (n->open_channel && write) {
        init_streams(p, o);
    }
}
