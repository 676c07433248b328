/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues in threads of their own, with hosts that never ring, while main
 * formats the namespace they use.
 * Proves: core/port.h, threads; NVMe Base 2.0, "Format NVM command": nobody
 * uses a namespace while it is formatted, and nothing is lost.  Run it under
 * ThreadSanitizer to see the first.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"
#include "race-unit.h"

#define NTHREADS    3u
#define NFORMATS    100u
#define PATIENCE    200u        /* looks at a queue until its I/Os end */
#define BLOCKS      64u         /* of each thread, in each namespace */

static atomic_bool enough;

/* I/Os of a worker end a little later, in its thread. */
static _Thread_local bool defers;
static _Thread_local OcpnIo *begun[RACE_RING];
static _Thread_local unsigned nbegun;

/* What two threads may not do at a time, TSan tells. */
static void perform(FakePort *f, OcpnIo *io)
{
    uint8_t *at = f->media[io->nsid].bytes + io->offset;
    uint8_t *ram = io->buf ? io->buf : f->ram + io->seg[0].addr;

    if (io->op == OCPN_IO_READ) {
        memcpy(ram, at, io->len);
    } else if (io->op == OCPN_IO_WRITE) {
        memcpy(at, ram, io->len);
    } else if (io->op == OCPN_IO_ZERO) {
        memset(at, 0, io->len);
    }
    io->done(io, OCPN_IO_OK);
}

static void media(void *o, OcpnIo *io)
{
    if (defers && nbegun < RACE_RING && !io->buf) {
        begun[nbegun++] = io;
    } else {
        perform(o, io);
    }
}

static void end_ios(FakePort *f)
{
    while (nbegun) {
        perform(f, begun[--nbegun]);
    }
}

/* The next command: reads and writes in turn, of both namespaces. */
static void put_command(RaceWorker *w)
{
    bool chunks = w->sent % 8 == 0;
    uint64_t lba = chunks ? (uint64_t)(w->qid - 1) << 9 | w->sent / 8 % 512
                          : w->qid * BLOCKS + w->sent % BLOCKS;

    race_put(w, chunks || w->sent & 1 ? 0x01 : 0x02, 0, chunks ? 2 : 1, lba);
    race_ring(w);
}

static void judge(RaceWorker *w, uint16_t status)
{
    w->refused += status == 0x084;          /* Format in Progress */
    /* A chunk that is full is the end of its writes. */
    w->wrong += status && status != 0x084 && status != 0x280;
}

static void *work(void *opaque)
{
    RaceWorker *w = opaque;
    unsigned round = 0;

    defers = true;
    while (!atomic_load(&enough) || w->done < w->sent) {
        while (!atomic_load(&enough) && w->sent - w->done < RACE_RING - 1) {
            put_command(w);
        }
        race_run(w);
        if (++round % PATIENCE == 0) {
            end_ios(&w->h->f);
        }
        race_reap(w, judge);
    }
    return NULL;
}

static void start(FakeHost *h, RaceWorker *w)
{
    CHECK_EQ(fake_enable(h), true);
    for (uint16_t i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(fake_create_pair(h, i, RACE_RING).status, 0);
        w[i] = (RaceWorker) { .h = h, .qid = i, .phase = 1 };
    }
    memset(fake_guest(h, RACE_DBS), 0, 0x2000);
    race_take_over(h, media);
    CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = RACE_DBS,
                                        .prp2 = RACE_EIS }).status, 0);
}

static void formats(void)
{
    FakeSetup s = { .cfg = {
        .dbbuf = true,
        .ocp = { .version = OCP_2_5 },  /* failures are told to main */
    }, .ns = {
        FAKE_CONVENTIONAL(1),
        { .cfg = { .nsid = 2, .dlfeat = 1 }, .mode = IMG_MODE_OPEN_CHANNEL,
          .lbads = 12, .geo = { .num_grp = 1, .num_pu = 4, .num_chk = 1,
                                .clba = 512, .ws_min = 1, .ws_opt = 1 } },
    } };
    FakeHost *h = fake_host_new(&s);
    RaceWorker w[NTHREADS + 1];
    unsigned done = 0;

    start(h, w);
    for (unsigned i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
    for (unsigned i = 0; i < NFORMATS; i++) {
        CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1 }).status,
                 0);
    }
    atomic_store(&enough, true);
    for (unsigned i = 1; i <= NTHREADS; i++) {
        pthread_join(w[i].thread, NULL);
        CHECK_EQ(w[i].wrong, 0);
        CHECK_EQ(w[i].done, w[i].sent);
        done += w[i].done - w[i].refused;
    }
    CHECK(done > 0, "%u commands were done", done);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 2)), 0);
    race_give_back(h);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "formats while others use the namespace", formats },
};
OCPN_UNIT_MAIN("queue-race", tests)
