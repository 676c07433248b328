/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues in threads of their own: a port that many threads may call, and hosts
 * with shadow doorbells that never ring.  The rest of the port is the fake's.
 */
#ifndef RACE_UNIT_H
#define RACE_UNIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "fakes/host.h"

#define RACE_QUEUES 5u          /* the admin queue, and threads at most */
#define RACE_RING   32u
#define RACE_DBS    UINT64_C(0x600000)
#define RACE_EIS    UINT64_C(0x601000)

typedef struct RaceWorker {
    FakeHost *h;
    pthread_t thread;
    uint16_t  qid;
    uint32_t  tail, head;
    uint8_t   phase;
    unsigned  sent, done, refused, wrong;
} RaceWorker;

static struct {
    atomic_bool kicked[RACE_QUEUES], kicked_main;
    pthread_mutex_t lock;
    OcpnPort real;
} race;

static inline void race_kick(void *o, uint16_t cqid)
{
    (void)o;
    atomic_store(&race.kicked[cqid], true);
}

static inline void race_kick_main(void *o)
{
    (void)o;
    atomic_store(&race.kicked_main, true);
}

static inline void race_no_irq(void *o, uint16_t vector)
{
    (void)o;
    (void)vector;
}

static inline void race_no_trace(void *o, OcpnTrace event, uint64_t a,
                                 uint64_t b)
{
    (void)o;
    (void)event;
    (void)(a + b);
}

static inline void *race_alloc(void *o, size_t size)
{
    void *p;

    pthread_mutex_lock(&race.lock);
    p = race.real.alloc(o, size);
    pthread_mutex_unlock(&race.lock);
    return p;
}

/* From now on H's port is for many threads; what it is, for more of it. */
static inline OcpnPort *race_take_over(FakeHost *h,
                                       void (*media)(void *o, OcpnIo *io))
{
    OcpnPort *p = (OcpnPort *)ocpn_ctrl_port(h->c);

    race.real = *p;
    pthread_mutex_init(&race.lock, NULL);
    p->kick = race_kick;
    p->kick_main = race_kick_main;
    p->irq = race_no_irq;
    p->trace = race_no_trace;
    p->alloc = race_alloc;
    p->media = media;
    return p;
}

/* All threads have ended: the fake port goes on with everything. */
static inline void race_give_back(FakeHost *h)
{
    *(OcpnPort *)ocpn_ctrl_port(h->c) = race.real;
    for (unsigned i = 0; i < RACE_QUEUES; i++) {
        h->f.kicked[i] = true;
    }
    h->f.kicked_main = true;
    fake_run(&h->f);
}

/* One command, of one block; race_ring() shows it to the controller. */
static inline void race_put(RaceWorker *w, uint8_t opc, uint8_t fuse,
                            uint32_t nsid, uint64_t lba)
{
    uint8_t *sqe = fake_guest(w->h, w->h->q[w->qid].sq + w->tail * 64);

    memset(sqe, 0, 64);
    sqe[0] = opc;
    sqe[1] = fuse;
    fake_put_le(sqe + 2, 2, w->sent % 65536);
    fake_put_le(sqe + 4, 4, nsid);
    fake_put_le(sqe + 24, 8, FAKE_BUF + w->qid * 65536);
    fake_put_le(sqe + 40, 8, lba);
    w->tail = (w->tail + 1) % RACE_RING;
    w->sent++;
}

static inline void race_ring(RaceWorker *w)
{
    fake_put_le(fake_guest(w->h, RACE_DBS + w->qid * 8), 4, w->tail);
}

/* Take what has completed; JUDGE counts each status. */
static inline void race_reap(RaceWorker *w,
                             void (*judge)(RaceWorker *w, uint16_t status))
{
    const uint8_t *cqe;

    while ((cqe = fake_guest(w->h, w->h->q[w->qid].cq + w->head * 16),
            (cqe[14] & 1) == w->phase)) {
        judge(w, (uint16_t)(fake_le(cqe + 14, 2) >> 1 & 0x7ff));
        w->done++;
        w->head = (w->head + 1) % RACE_RING;
        w->phase ^= w->head == 0;
    }
    fake_put_le(fake_guest(w->h, RACE_DBS + w->qid * 8 + 4), 4, w->head);
}

/* The thread looks at its queue, and runs it if there is something to do. */
static inline void race_run(RaceWorker *w)
{
    if ((ocpn_cq_poll(w->h->c, w->qid) ||
         atomic_exchange(&race.kicked[w->qid], false)) &&
        ocpn_cq_run(w->h->c, w->qid)) {
        race_kick(NULL, w->qid);
    }
}

/* What main does: itself, the admin queue, and what is due. */
static inline void race_main(FakeHost *h)
{
    atomic_store(&race.kicked_main, false);
    ocpn_main_run(h->c);
    if (atomic_exchange(&race.kicked[0], false) && ocpn_cq_run(h->c, 0)) {
        race_kick(NULL, 0);
    }
}

/* A command of main's, while the threads run. */
static inline FakeCqe race_admin(FakeHost *h, const FakeCmd *cmd)
{
    FakeCqe e = { 0 };

    fake_submit(h, 0, cmd);
    while (e = fake_reap(h, 0), !e.found) {
        race_main(h);
    }
    return e;
}

#endif
