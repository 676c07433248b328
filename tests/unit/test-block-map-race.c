/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/block-map.h, threads: pages change hands between parallel
 * units while the store writes them, and each that reaches the image is one
 * chunk's at one time.
 */
#include <pthread.h>

#include "map-unit.h"

#define NTHREADS    3u
#define ENOUGH      200u        /* times that something is seen */
#define MOST_SYNCS  1000000u
#define NPAGES      2u          /* threads compete for them */

static const FakeSetup drive = { .ns = { MAP_SMALL(NPAGES) } };

typedef struct Worker {
    FakeHost *h;
    pthread_t thread;
    uint32_t  first;            /* of 64 chunks: a parallel unit of its own */
    atomic_uint got;            /* maps */
    unsigned  wrong;
} Worker;

static atomic_bool enough;

/* The first of two bits that say whose page it is, and in which life. */
static uint32_t mark(uint64_t chunk, uint64_t resets)
{
    return (uint32_t)((chunk + chunk / 64 * 5 + resets) % 15);
}

/*
 * A chunk gets a map, with bits that say which life it is; or it is reset.
 * Only the main thread may CHECK.
 */
static void step(Worker *w, uint32_t chunk)
{
    OcpnNs *ns = map_ns(w->h);
    OcpnChunk *k = &ns->chunk[chunk];
    OcpnPu *pu = map_pu(w->h, chunk);
    uint32_t n;

    ocpn_lock(&pu->lock);
    if (!k->map && ocpn_map_get(ns, chunk)) {
        ocpn_map_set(ns, chunk, mark(chunk, k->resets), 2);
        atomic_fetch_add(&w->got, 1);
    } else if (k->map) {
        w->wrong += !ocpn_map_look(ns, chunk, mark(chunk, k->resets), 2, &n) ||
                    n != 2;
        k->resets++;
        ocpn_map_put(ns, chunk);
        w->wrong += k->map != 0;
    }
    ocpn_unlock(&pu->lock);
}

static void *work(void *opaque)
{
    Worker *w = opaque;

    for (uint32_t i = 0; !atomic_load(&enough); i++) {
        step(w, w->first + i / 4 % 4);
    }
    return NULL;
}

/* What page INDEX in the image says fits together; 1: it is a chunk's. */
static unsigned check_page(FakeHost *h, uint32_t index)
{
    const uint8_t *p = map_page(h, index);
    uint64_t chunk = bytes_at(p + 4, 4), resets = bytes_at(p + 12, 4);

    if (!p[0]) {
        CHECK(fake_all(p, 0, 4064), "page %u is free and not zero", index);
        return 0;
    }
    CHECK_EQ(p[0], 1);
    CHECK(chunk / 64 < NTHREADS && chunk % 64 < 4, "chunk %u",
          (unsigned)chunk);
    CHECK_EQ(bytes_at(p + 8, 4), 0);
    CHECK_EQ(bytes_at(p + 16, 4), 3u << mark(chunk, resets));
    CHECK(fake_all(p + 20, 0, 4044), "page %u has more bits", index);
    return 1;
}

static void pages_change_hands(void)
{
    FakeHost *h = fake_host_start(&drive);
    Worker w[NTHREADS];
    unsigned seen = 0, least = 0, held = 0;

    for (unsigned i = 0; i < NTHREADS; i++) {
        w[i] = (Worker) { .h = h, .first = i * 64 };
        CHECK_EQ(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
    for (unsigned n = 0; least < ENOUGH && n < MOST_SYNCS; n++) {
        map_sync(h);
        for (uint32_t i = 0; i < NPAGES; i++) {
            seen += check_page(h, i);
        }
        least = seen;
        for (unsigned i = 0; i < NTHREADS; i++) {
            unsigned got = atomic_load(&w[i].got);

            least = got < least ? got : least;
        }
    }
    CHECK(least >= ENOUGH, "%u at least", least);
    atomic_store(&enough, true);
    for (unsigned i = 0; i < NTHREADS; i++) {
        pthread_join(w[i].thread, NULL);
        CHECK_EQ(w[i].wrong, 0);
        for (uint32_t c = 0; c < 4; c++) {
            held += map_ns(h)->chunk[w[i].first + c].map != 0;
        }
    }
    CHECK_EQ(held + map_left(h), NPAGES);
    map_sync(h);
    for (uint32_t i = 0; i < NPAGES; i++) {
        held -= check_page(h, i);
    }
    CHECK_EQ(held, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "pages change hands", pages_change_hands },
};
OCPN_UNIT_MAIN("block-map-race", tests)
