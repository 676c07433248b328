/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workloads: every queue is kept full, in rounds: take all completions there
 * are, put as many new commands, ring once.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "host.h"

enum { WRITE = 1, READ = 2 };

#define NS_PER_S    UINT64_C(1000000000)
#define PATIENCE    (20 * NS_PER_S)     /* without any completion */
#define LULL        20000u              /* ns; then what there is, is rung */
/* A bucket of latencies is 1/16 of a power of two. */
#define BUCKETS     (64 * 16)

typedef struct Slot {
    Sqe      sqe;
    uint64_t begun;
} Slot;

/* A queue that is kept full. */
typedef struct Lane {
    Queue   *q;
    Slot    *slot;              /* a command identifier is an index */
    uint16_t *idle;             /* slots whose command has ended */
    unsigned idles, unrung;     /* commands that were not rung */
    uint64_t last;              /* when a completion was seen */
} Lane;

typedef struct Load {
    Nvme    *n;
    const Options *o;
    Places   places;
    Pages    pages;
    Lane     lane[MAX_QUEUES];
    bool     over, measuring;
    uint64_t done, now, inflight, rounds, empty;
    uint64_t bucket[BUCKETS], max;
} Load;

static uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A new command for each idle slot, as far as there is something to do. */
static void refill(Load *l, Lane *lane)
{
    while (lane->idles && !l->over) {
        Slot *s = &lane->slot[lane->idle[lane->idles - 1]];
        uint64_t lba = 0;
        Place place = places_next(&l->places, lane->q, &lba);

        if (place != PLACE_OK) {
            l->over = place == PLACE_NONE;
            return;
        }
        s->sqe.dw10 = (uint32_t)lba;
        s->sqe.dw11 = (uint32_t)(lba >> 32);
        s->begun = l->now;
        nvme_put(lane->q, &s->sqe);
        lane->idles--;
        lane->unrung++;
        l->inflight++;
    }
}

static void note(Load *l, uint64_t ns)
{
    unsigned bits;

    if (ns < 16) {
        ns = 16;
    }
    bits = 63 - (unsigned)__builtin_clzll(ns);
    l->bucket[bits * 16 + (ns >> (bits - 4) & 15)]++;
    l->max = MAX(l->max, ns);
}

static uint64_t percentile(const Load *l, double p)
{
    uint64_t n = 0, want = (uint64_t)(p * (double)l->done);

    for (unsigned i = 0; i < BUCKETS; i++) {
        n += l->bucket[i];
        if (n > want) {
            return (UINT64_C(16) + i % 16) << (i / 16) >> 4;    /* its least */
        }
    }
    return l->max;
}

static void failed(const Load *l, const Lane *lane, uint16_t cid,
                   uint16_t status)
{
    const Sqe *e = &lane->slot[cid].sqe;

    if (cid >= l->o->depth) {
        machine_die("the reset of a chunk failed with status %xh",
                    status >> 1 & 0x7ff);
    }
    machine_die("command %02xh at block %" PRIx64 "h failed with status %xh",
                e->dw0 & 0xff, e->dw10 | (uint64_t)e->dw11 << 32,
                status >> 1 & 0x7ff);
}

/* Take what is there; how many completions it was. */
static unsigned reap(Load *l, Lane *lane)
{
    const Cqe *e;
    unsigned n = 0;

    while ((e = nvme_take(lane->q))) {
        uint16_t cid = e->cid;

        if (!n++) {
            l->now = clock_ns();
            lane->last = l->now;
        }
        if (e->status >> 1) {
            failed(l, lane, cid, e->status);
        }
        if (cid >= l->o->depth) {
            places_reset_done(&l->places, cid);
            continue;
        }
        if (l->measuring) {
            note(l, l->now - lane->slot[cid].begun);
        }
        lane->idle[lane->idles++] = cid;
        l->done++;
        l->inflight--;
    }
    return n;
}

/*
 * All there is, as many new commands, one doorbell.  A doorbell that is no
 * memory is dear: it waits for some commands, or for a moment in which
 * nothing comes.
 */
static void queue_round(Load *l, Lane *lane)
{
    unsigned n = reap(l, lane);

    l->rounds++;
    l->empty += !n;
    refill(l, lane);
    if (lane->unrung && !n && !l->n->dbs) {
        l->now = clock_ns();
    }
    if (lane->unrung && (l->n->dbs || lane->unrung >= (unsigned)l->o->batch ||
                         l->now - lane->last > LULL)) {
        lane->unrung = 0;
        nvme_ring(l->n, lane->q);
    }
}

static void ring_all(Load *l)
{
    for (unsigned i = 0; i < l->n->queues; i++) {
        l->lane[i].unrung = 0;
        nvme_ring(l->n, l->lane[i].q);
    }
}

/* Something has ended, however short the time is. */
static bool is_at_end(const Load *l, uint64_t end)
{
    return l->places.once ? l->over && !l->inflight
                          : l->now >= end && l->done;
}

static void run_until(Load *l, uint64_t end)
{
    uint64_t seen = l->done, since = clock_ns();

    for (unsigned round = 1; ; round++) {
        for (unsigned i = 0; i < l->n->queues; i++) {
            queue_round(l, &l->lane[i]);
        }
        if (round % 256) {
            continue;
        }
        l->now = clock_ns();
        pages_round(&l->pages, l->now);
        if (is_at_end(l, end)) {
            break;
        }
        if (l->done != seen) {
            seen = l->done;
            since = l->now;
        } else if (l->now - since > PATIENCE) {
            machine_check(l->n->m);
            machine_die("no command has ended for 20 seconds");
        }
    }
    ring_all(l);
}

/* Wait for what is in flight. */
static void finish(Load *l)
{
    uint64_t late = clock_ns() + PATIENCE;

    l->over = true;
    pages_finish(&l->pages);
    while (l->inflight || l->places.resetting) {
        for (unsigned i = 0; i < l->n->queues; i++) {
            reap(l, &l->lane[i]);
        }
        ring_all(l);
        if (clock_ns() > late) {
            machine_check(l->n->m);
            machine_die("%" PRIu64 " commands do not end", l->inflight);
        }
    }
}

/* Data pages of one command; its PRP list, if one is needed, is at LIST. */
static void buffers(Load *l, Sqe *e, uint64_t list)
{
    Machine *m = l->n->m;
    uint32_t pages = (uint32_t)l->o->block / PAGE;
    uint64_t *prp = (uint64_t *)(void *)(m->ram + list);

    for (uint32_t i = 0; i < pages; i++) {
        uint64_t at = machine_alloc(m, l->o->scattered ? 2 * PAGE : PAGE);

        if (i == 0) {
            e->prp1 = at;
        } else if (pages == 2) {
            e->prp2 = at;
        } else {
            e->prp2 = list;
            prp[i - 1] = at;
        }
    }
}

/* Queues may share large buffers: nobody looks at what is in them. */
static void make_lane(Load *l, unsigned i, uint8_t opcode, uint64_t lists)
{
    Lane *lane = &l->lane[i];
    gsize depth = (gsize)l->o->depth;

    lane->q = &l->n->q[i];
    lane->slot = g_new0(Slot, depth);
    lane->idle = g_new0(uint16_t, depth);
    for (uint32_t k = 0; k < depth; k++) {
        Sqe *e = &lane->slot[k].sqe;

        e->dw0 = opcode | k << 16;
        e->nsid = 1;
        e->dw12 = l->places.nlb - 1;
        if (i == 0 || l->o->block == (int)PAGE) {
            buffers(l, e, lists + k * PAGE);
        } else {
            e->prp1 = l->lane[0].slot[k].sqe.prp1;
            e->prp2 = l->lane[0].slot[k].sqe.prp2;
        }
        lane->idle[lane->idles++] = (uint16_t)k;
    }
}

static void measure(Load *l, Result *r)
{
    uint64_t user[2], system[2], cpu, begin, ticks;

    memset(l->bucket, 0, sizeof(l->bucket));
    l->max = l->done = l->rounds = l->empty = l->pages.done = 0;
    l->measuring = true;
    cpu = machine_cpu(l->n->m, &user[0], &system[0]);
    begin = l->now = clock_ns();
    run_until(l, begin + (uint64_t)(l->o->seconds * 1e9));
    r->ns = clock_ns() - begin;
    r->cpu = machine_cpu(l->n->m, &user[1], &system[1]) - cpu;
    r->ops = l->done;
    r->pages = l->pages.done;
    r->idle = (double)l->empty / (double)l->rounds;
    ticks = user[1] - user[0] + system[1] - system[0];
    r->user = ticks ? (uint64_t)((double)r->cpu *
                                 (double)(user[1] - user[0]) / (double)ticks)
                    : r->cpu;
    r->system = r->cpu - r->user;
    r->p50 = percentile(l, .5);
    r->p90 = percentile(l, .9);
    r->p99 = percentile(l, .99);
    r->p999 = percentile(l, .999);
    r->max = l->max;
}

void load_run(Nvme *n, const Options *o, Result *result)
{
    bool read = g_str_has_suffix(o->work, "read");
    Load *l = g_new0(Load, 1);
    uint64_t lists;

    l->n = n;
    l->o = o;
    places_init(&l->places, n, o);
    pages_init(&l->pages, n, o);
    lists = machine_alloc(n->m, (size_t)o->depth * PAGE);
    for (unsigned i = 0; i < n->queues; i++) {
        make_lane(l, i, read ? READ : WRITE, lists);
    }
    if (!l->places.once) {
        run_until(l, clock_ns() + (uint64_t)(o->warm_up * 1e9));
    }
    measure(l, result);
    finish(l);
    for (unsigned i = 0; i < n->queues; i++) {
        g_free(l->lane[i].slot);
        g_free(l->lane[i].idle);
    }
    g_free(l->places.stream);
    g_free(l);
}
