/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host outside the VM that drives an NVMe controller: QEMU with -accel
 * qtest and its guest RAM in a shared file.  Queues and data are memory; only
 * doorbells go through the qtest socket, many in one message.
 *
 * One thread, which polls.  What fails ends the program with a sentence; QEMU
 * is killed at every end.
 */
#ifndef OCPN_BENCH_HOST_H
#define OCPN_BENCH_HOST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE        4096u
#define MAX_QUEUES  64u

typedef struct Options {
    char  *qemu, *device, *work;
    char **args;                /* for QEMU; NULL at the end */
    int    queues, depth, entries, block, batch, host_cpu, streams, pages;
    double seconds, warm_up;
    gboolean shadow, scattered, open_channel, wait, irq;
    gint64 span;                /* bytes of the namespace; 0: all */
} Options;

/* machine.c: QEMU, its memory, the qtest socket */
typedef struct Machine {
    GPid     pid;
    int      sock;
    uint8_t *ram;
    size_t   ram_size, ram_used;
    GString *out;               /* not sent */
    unsigned unanswered;
    bool     wait;              /* for the answer to each write */
} Machine;

void machine_start(Machine *m, const Options *o, size_t ram_size);
/* The program cannot go on: say why, and end QEMU. */
G_NORETURN void machine_die(const char *format, ...) G_GNUC_PRINTF(1, 2);
void machine_stop(Machine *m);
/* Guest memory for the program: SIZE bytes at a multiple of a page. */
uint64_t machine_alloc(Machine *m, size_t size);
/* A command, and its answer's number. */
uint64_t machine_ask(Machine *m, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A write that leaves with machine_flush(). */
void machine_writel(Machine *m, uint64_t addr, uint32_t value);
void machine_flush(Machine *m);
/* Is QEMU still there?  Ends the program if not. */
void machine_check(Machine *m);
/* Nanoseconds that QEMU's threads have run; ticks in user, system mode. */
uint64_t machine_cpu(const Machine *m, uint64_t *user, uint64_t *system);

/* nvme.c: a controller with queue pairs */
typedef struct Sqe {
    uint32_t dw0, nsid;
    uint64_t dw2, mptr, prp1, prp2;
    uint32_t dw10, dw11, dw12, dw13, dw14, dw15;
} Sqe;
G_STATIC_ASSERT(sizeof(Sqe) == 64);

typedef struct Cqe {
    uint32_t dw0, dw1;
    uint16_t sqhd, sqid, cid, status;
} Cqe;
G_STATIC_ASSERT(sizeof(Cqe) == 16);

typedef struct Queue {
    uint16_t id;
    uint32_t size;
    Sqe     *sq;
    Cqe     *cq;
    uint64_t sq_addr, cq_addr;
    uint32_t tail, head, told_tail, told_head;
    uint16_t phase;
} Queue;

typedef struct Nvme {
    Machine *m;
    Queue    admin;
    Queue    q[MAX_QUEUES];
    unsigned queues;
    uint32_t *dbs, *eis;        /* shadow doorbells; NULL: none */
    uint32_t lba_shift;
    uint64_t blocks;            /* of namespace 1 */
    /* Open-Channel 2.0, "Geometry" */
    bool     open_channel;
    uint32_t grps, pus, chks, clba;
    uint8_t  bits_grp, bits_pu, bits_chk, bits_lb;
    uint32_t ws_min, ws_opt;
} Nvme;

void nvme_start(Nvme *n, Machine *m, const Options *o);
/* One command on the admin queue; it must succeed.  Returns dw0. */
uint32_t nvme_admin(Nvme *n, Sqe e);
/* Put E into Q; the controller learns of it by nvme_ring(). */
static inline void nvme_put(Queue *q, const Sqe *e)
{
    q->sq[q->tail] = *e;
    q->tail = q->tail + 1 == q->size ? 0 : q->tail + 1;
}
/* The next completion of Q, or NULL.  It is valid until nvme_ring(). */
static inline const Cqe *nvme_take(Queue *q)
{
    const Cqe *e = &q->cq[q->head];

    if ((__atomic_load_n(&e->status, __ATOMIC_ACQUIRE) & 1) != q->phase) {
        return NULL;
    }
    if (++q->head == q->size) {
        q->head = 0;
        q->phase ^= 1;
    }
    return e;
}
/* Doorbells of Q, as far as they have moved. */
void nvme_ring(Nvme *n, Queue *q);

/* chunks.c: Open-Channel 2.0 */
void nvme_geometry(Nvme *n);
uint32_t nvme_chunks(const Nvme *n);
uint64_t nvme_chunk_lba(const Nvme *n, uint32_t chunk);
Sqe nvme_reset_of(const Nvme *n, uint32_t chunk);
/* Reset all chunks that are written, wholly or in part. */
void nvme_reset_all(Nvme *n);

/* places.c: where the next command goes */
typedef struct Stream Stream;
typedef struct Places {
    Nvme    *n;
    uint32_t nlb;               /* blocks of a command */
    uint64_t count;             /* commands that the drive holds */
    uint32_t per_chunk;         /* commands that a chunk holds */
    uint64_t seed, next;
    bool     random, once;
    Stream  *stream;            /* chunks that are written in turn */
    uint32_t streams, first_reset;
    uint32_t turn[MAX_QUEUES];
    uint32_t resetting;         /* commands in flight */
} Places;

typedef enum Place {
    PLACE_OK, PLACE_LATER, PLACE_NONE
} Place;

void places_init(Places *p, Nvme *n, const Options *o);
/* May put the reset of a chunk into Q. */
Place places_next(Places *p, Queue *q, uint64_t *lba);
/* The reset with this identifier has ended. */
void places_reset_done(Places *p, uint16_t cid);

/* pages.c: Get Log Page on the admin queue while the load runs */
#define PAGES       3u          /* in turn */

typedef struct Pages {
    Nvme    *n;
    uint64_t every, next;       /* ns; EVERY is 0: never */
    uint64_t buf, done;
    unsigned inflight;
} Pages;

void pages_init(Pages *p, Nvme *n, const Options *o);
/* Take what has ended, and ask again if it is time. */
void pages_round(Pages *p, uint64_t now);
/* Wait for what is in flight. */
void pages_finish(Pages *p);

/* load.c: keep queues full and count */
typedef struct Result {
    uint64_t ops, ns;
    double   idle;                      /* share of rounds without any */
    uint64_t cpu, user, system;         /* ns of QEMU */
    uint64_t p50, p90, p99, p999, max;  /* latencies, ns */
    uint64_t pages;                     /* log pages that were read */
} Result;

void load_run(Nvme *n, const Options *o, Result *result);

#endif
