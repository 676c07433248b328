/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues in threads of their own whose commands are all slow, while main reads
 * the monitor, discards its debug log and has its page written.
 * Proves: core/latency.h, threads; OCP Datacenter NVMe SSD, LMLOG-4: no
 * command is lost, and a latency is never seen without its stamp.  Run it
 * under ThreadSanitizer to see the rest.
 */
#include "hw/ocp-nvme/core/latency.h"
#include "latency-unit.h"
#include "race-unit.h"

#define NTHREADS    3u
#define NCOMMANDS   255u

/* What the workers and main share. */
static struct {
    _Atomic uint64_t now;
    atomic_uint running;
} world;

/* Each look at the clock is 6 ms after the one before. */
static uint64_t now(void *o)
{
    (void)o;
    return atomic_fetch_add(&world.now, 6 * MSEC);
}

/* The bytes do not matter here. */
static void media(void *o, OcpnIo *io)
{
    (void)o;
    io->done(io, OCPN_IO_OK);
}

static void *work(void *opaque)
{
    RaceWorker *w = opaque;

    while (ocpn_cq_run(w->h->c, w->qid)) {
        continue;
    }
    atomic_fetch_sub(&world.running, 1);
    return NULL;
}

static void check_view(OcpnCtrl *c)
{
    OcpnLatencyView v;

    ocpn_latency_get(c, &v);
    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++) {
        CHECK_EQ(v.active[n].ms == 0,
                 v.active[n].stamp == OCPN_LATENCY_NO_STAMP);
        CHECK_EQ(v.active[n].ms == 0, v.active[n].count == 0);
    }
    CHECK_EQ(v.debug.source == 0, v.debug.stamp == OCPN_LATENCY_NO_STAMP);
    if (v.debug.source) {
        ocpn_latency_discard(c);
    }
}

static void start_workers(FakeHost *h, RaceWorker *w)
{
    FakeCmd cmd = io_cmd(0x02);

    for (uint16_t q = 2; q <= NTHREADS; q++) {
        CHECK_EQ(fake_create_pair(h, q, FAKE_QUEUE_SIZE).status, 0);
    }
    for (uint16_t q = 1; q <= NTHREADS; q++) {
        for (unsigned i = 0; i < NCOMMANDS; i++) {
            fake_queue(h, q, &cmd);
        }
        fake_doorbell(h, q, false, h->q[q].tail);
    }
    atomic_store(&world.now, h->f.now);
    atomic_store(&world.running, NTHREADS);
    race_take_over(h, media)->now = now;
    for (uint16_t q = 1; q <= NTHREADS; q++) {
        *w = (RaceWorker) { .h = h, .qid = q };
        pthread_create(&w->thread, NULL, work, w);
        w++;
    }
}

static void slow_commands(void)
{
    FakeHost *h = start();
    RaceWorker w[NTHREADS];
    unsigned looks = 0;

    set(h, (Config) {
        .a = 0, .b = 2, .c = 5, .d = 9, .config = 0xfff, .trigger = 0xfff,
        .enable = 1,
    });
    start_workers(h, w);
    while (atomic_load(&world.running) || looks++ < 10) {
        check_view(h->c);
        if (atomic_exchange(&race.kicked_main, false)) {
            ocpn_main_run(h->c);
        }
    }
    for (unsigned i = 0; i < NTHREADS; i++) {
        pthread_join(w[i].thread, NULL);
    }
    *(OcpnPort *)ocpn_ctrl_port(h->c) = race.real;
    h->f.now = atomic_load(&world.now);
    fake_advance(&h->f, 0);
    CHECK_EQ(counted(h), NTHREADS * NCOMMANDS);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "threads of slow commands", slow_commands },
};
OCPN_UNIT_MAIN("latency race", tests)
