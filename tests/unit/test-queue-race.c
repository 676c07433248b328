/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues in threads of their own, with hosts that never ring, while main
 * formats the namespace they use.
 * Proves: core/port.h, threads; NVMe Base 2.0, "Format NVM command": nobody
 * uses a namespace while it is formatted, and nothing is lost.  Run it under
 * ThreadSanitizer to see the first.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define NTHREADS    3u
#define NFORMATS    100u
#define RING        32u
#define DBS         UINT64_C(0x600000)
#define EIS         UINT64_C(0x601000)
#define PATIENCE    200u        /* looks at a queue until its I/Os end */
#define BLOCKS      64u         /* of each thread, in each namespace */

/* A port that many threads may call; the rest of it is the fake port's. */
static struct {
    FakePort *f;
    atomic_bool kicked[NTHREADS + 1], kicked_main;
    pthread_mutex_t lock;
    OcpnPort real;
} world;

typedef struct Worker {
    FakeHost *h;
    pthread_t thread;
    uint16_t  qid;
    uint32_t  tail, head;
    uint8_t   phase;
    unsigned  sent, done, refused, wrong;
} Worker;

static atomic_bool enough;

static void kick(void *o, uint16_t cqid)
{
    (void)o;
    atomic_store(&world.kicked[cqid], true);
}

static void kick_main(void *o)
{
    (void)o;
    atomic_store(&world.kicked_main, true);
}

static void no_irq(void *o, uint16_t vector)
{
    (void)o;
    (void)vector;
}

static void no_trace(void *o, OcpnTrace event, uint64_t a, uint64_t b)
{
    (void)o;
    (void)event;
    (void)(a + b);
}

static void *locked_alloc(void *o, size_t size)
{
    void *p;

    pthread_mutex_lock(&world.lock);
    p = world.real.alloc(o, size);
    pthread_mutex_unlock(&world.lock);
    return p;
}

/* I/Os of a worker end a little later, in its thread. */
static _Thread_local bool defers;
static _Thread_local OcpnIo *begun[RING];
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
    if (defers && nbegun < RING && !io->buf) {
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

static void take_over(FakeHost *h)
{
    OcpnPort *p = (OcpnPort *)ocpn_ctrl_port(h->c);

    world.f = &h->f;
    world.real = *p;
    pthread_mutex_init(&world.lock, NULL);
    p->kick = kick;
    p->kick_main = kick_main;
    p->irq = no_irq;
    p->trace = no_trace;
    p->alloc = locked_alloc;
    p->media = media;
}

static void give_back(FakeHost *h)
{
    *(OcpnPort *)ocpn_ctrl_port(h->c) = world.real;
    for (unsigned i = 0; i <= NTHREADS; i++) {
        h->f.kicked[i] = true;
    }
    h->f.kicked_main = true;
    fake_run(&h->f);
}

/* The next command: reads and writes in turn, of both namespaces. */
static void put_command(Worker *w)
{
    uint8_t *sqe = fake_guest(w->h, w->h->q[w->qid].sq + w->tail * 64);
    bool chunks = w->sent % 8 == 0;
    uint64_t lba = chunks ? (uint64_t)(w->qid - 1) << 9 | w->sent / 8 % 512
                          : w->qid * BLOCKS + w->sent % BLOCKS;

    memset(sqe, 0, 64);
    sqe[0] = chunks || w->sent & 1 ? 0x01 : 0x02;
    fake_put_le(sqe + 2, 2, w->sent % 65536);
    fake_put_le(sqe + 4, 4, chunks ? 2 : 1);
    fake_put_le(sqe + 24, 8, FAKE_BUF + w->qid * 65536);
    fake_put_le(sqe + 40, 8, lba);
    w->tail = (w->tail + 1) % RING;
    w->sent++;
    fake_put_le(fake_guest(w->h, DBS + w->qid * 8), 4, w->tail);
}

static void reap(Worker *w)
{
    const uint8_t *cqe;

    while ((cqe = fake_guest(w->h, w->h->q[w->qid].cq + w->head * 16),
            (cqe[14] & 1) == w->phase)) {
        uint16_t status = (uint16_t)(fake_le(cqe + 14, 2) >> 1 & 0x7ff);

        w->refused += status == 0x084;          /* Format in Progress */
        /* A chunk that is full is the end of its writes. */
        w->wrong += status && status != 0x084 && status != 0x280;
        w->done++;
        w->head = (w->head + 1) % RING;
        w->phase ^= w->head == 0;
    }
    fake_put_le(fake_guest(w->h, DBS + w->qid * 8 + 4), 4, w->head);
}

static void *work(void *opaque)
{
    Worker *w = opaque;
    unsigned round = 0;

    defers = true;
    while (!atomic_load(&enough) || w->done < w->sent) {
        while (!atomic_load(&enough) && w->sent - w->done < RING - 1) {
            put_command(w);
        }
        if (ocpn_cq_poll(w->h->c, w->qid) ||
            atomic_exchange(&world.kicked[w->qid], false)) {
            if (ocpn_cq_run(w->h->c, w->qid)) {
                kick(NULL, w->qid);
            }
        }
        if (++round % PATIENCE == 0) {
            end_ios(&w->h->f);
        }
        reap(w);
    }
    return NULL;
}

/* Run what is main's, and what has no thread yet, until an answer is there. */
static FakeCqe admin(FakeHost *h, const FakeCmd *cmd, uint16_t last)
{
    FakeCqe e = { 0 };

    fake_submit(h, 0, cmd);
    while (!e.found) {
        if (atomic_exchange(&world.kicked_main, false)) {
            ocpn_main_run(h->c);
        }
        for (uint16_t i = 0; i <= last; i++) {
            if (atomic_exchange(&world.kicked[i], false) &&
                ocpn_cq_run(h->c, i)) {
                kick(NULL, i);
            }
        }
        e = fake_reap(h, 0);
    }
    return e;
}

static void start(FakeHost *h, Worker *w)
{
    CHECK_EQ(fake_enable(h), true);
    for (uint16_t i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(fake_create_pair(h, i, RING).status, 0);
        w[i] = (Worker) { .h = h, .qid = i, .phase = 1 };
    }
    memset(fake_guest(h, DBS), 0, 0x2000);
    take_over(h);
    CHECK_EQ(admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = DBS, .prp2 = EIS },
                   NTHREADS).status, 0);
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
    Worker w[NTHREADS + 1];
    unsigned done = 0;

    start(h, w);
    for (unsigned i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
    for (unsigned i = 0; i < NFORMATS; i++) {
        CHECK_EQ(admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1 },
                       0).status, 0);
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
    give_back(h);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "formats while others use the namespace", formats },
};
OCPN_UNIT_MAIN("queue-race", tests)
