/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/notify.h, threads: entries come from any of them while main
 * reads and takes; none is torn, none comes twice, none goes that was read in
 * part, and main is called for the last one.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "fakes/port.h"
#include "hw/ocp-nvme/core/notify.h"
#include "ocpn-unit.h"

#define NTHREADS    3u
#define ENOUGH      5000u       /* entries taken */

typedef struct World {
    FakePort  f;
    OcpnCtrl *c;
    atomic_bool kicked;
    atomic_bool enough;         /* the threads may end */
    uint64_t  last;             /* count of the newest entry taken */
    uint64_t  seq[NTHREADS];    /* and of each thread */
    unsigned  taken;
} World;

typedef struct Worker {
    World    *w;
    pthread_t thread;
    uint32_t  id;
    uint64_t  made;             /* entries; read when it has ended */
} Worker;

static World world;

static void kick_main(void *opaque)
{
    (void)opaque;
    atomic_store(&world.kicked, true);
}

/* Every field says which entry it is. */
static void *work(void *opaque)
{
    Worker *me = opaque;

    while (!atomic_load(&me->w->enough)) {
        uint64_t i = ++me->made;

        ocpn_notify(me->w->c, &(OcpnNotice) {
            .lba = (uint64_t)me->id << 32 | i, .nsid = me->id + 1,
            .state = (uint16_t)(i * 3), .mask = OCSSD_NM_BLOCK,
            .nlb = (uint16_t)(i * 7),
        });
    }
    return NULL;
}

static void check_entry(World *w, const OcssdChunkNotify *e)
{
    uint64_t lba = from_le64(e->lba), i = lba & 0xffffffff;
    uint64_t thread = lba >> 32;

    CHECK(from_le64(e->nc) > w->last, "count %" PRIu64 " after %" PRIu64,
          from_le64(e->nc), w->last);
    CHECK(thread < NTHREADS && from_le32(e->nsid) == thread + 1 &&
          from_le16(e->state) == (uint16_t)(i * 3) &&
          e->mask == OCSSD_NM_BLOCK && from_le16(e->nlb) == (uint16_t)(i * 7),
          "a torn entry");
}

/* Read all, then take some of what was read. */
static void read_and_take(World *w)
{
    uint32_t n = ocpn_notices(w->c, 0);
    uint32_t some = n < 2 ? n : n / 2;
    OcssdChunkNotify e;

    for (uint32_t i = 0; i < some; i++) {
        uint64_t lba;

        ocpn_notice_get(w->c, 0, i, &e);
        check_entry(w, &e);
        lba = from_le64(e.lba);
        CHECK((lba & 0xffffffff) > w->seq[lba >> 32], "a thread's order");
        w->seq[lba >> 32] = lba & 0xffffffff;
        w->last = from_le64(e.nc);
    }
    ocpn_notices_take(w->c, 0, some);
    w->taken += some;
}

static void run_main(World *w)
{
    if (atomic_exchange(&w->kicked, false)) {
        ocpn_main_run(w->c);
    }
}

static void entries_from_threads(void)
{
    World *w = &world;
    Worker worker[NTHREADS];
    OcssdChunkNotify e;
    uint64_t made = 0;

    fake_port_init(&w->f);
    w->f.port.kick_main = kick_main;
    w->c = w->f.c = ocpn_ctrl_new(&(OcpnConfig) { .serial = "race" },
                                  &w->f.port);
    for (uint32_t i = 0; i < NTHREADS; i++) {
        worker[i] = (Worker) { .w = w, .id = i };
        CHECK_EQ(pthread_create(&worker[i].thread, NULL, work, &worker[i]),
                 0);
    }
    while (w->taken < ENOUGH) {
        run_main(w);
        read_and_take(w);
    }
    atomic_store(&w->enough, true);
    for (uint32_t i = 0; i < NTHREADS; i++) {
        pthread_join(worker[i].thread, NULL);
        made += worker[i].made;
    }
    run_main(w);
    /* Main alone has brought the last one here: this does not look again. */
    ocpn_notice_get(w->c, 0, 0, &e);
    for (uint32_t n = 1; from_le64(e.nc); n++) {
        check_entry(w, &e);
        w->last = from_le64(e.nc);
        ocpn_notice_get(w->c, 0, n, &e);
    }
    CHECK_EQ(w->last, made);
    ocpn_ctrl_free(w->c);
    fake_port_destroy(&w->f);
}

static const OcpnTest tests[] = {
    { "entries come from threads while main reads", entries_from_threads },
};
OCPN_UNIT_MAIN("notify-race", tests)
