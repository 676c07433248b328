/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that keep a drive busy with what load-*.c choose. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

/* 0 to N - 1 (xorshift64) */
uint32_t pick(Thread *t, uint32_t n)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return (uint32_t)((t->random >> 32) % n);
}

/* A command of N blocks from BLOCK on, with data and metadata if it has any. */
void op_range(Op *op, uint8_t opcode, uint64_t block, uint32_t n)
{
    const Drive *d = op->thread->drive;
    uint64_t lba = drive_lba(d, block);
    bool data = opcode != 0x08 && opcode != 0x04;

    op->cmd = (struct nvme_uring_cmd) {
        .opcode = opcode, .nsid = d->nsid,
        .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
        .cdw12 = n - 1, .timeout_ms = 600000,
    };
    if (data) {
        op->cmd.addr = (uintptr_t)op->data;
        op->cmd.data_len = n * d->block_size;
    }
    if (data && d->meta_size) {
        op->cmd.metadata = (uintptr_t)op->meta;
        op->cmd.metadata_len = n * d->meta_size;
    }
}

static bool choose(Op *op)
{
    op->nparts = op->nfrom = 0;
    op->bytes = 0;
    return op->thread->drive->open_channel ? choose_chunks(op) :
                                             choose_blocks(op);
}

static void completed(Op *op, int status)
{
    Thread *t = op->thread;
    Shared *s = t->drive->shared;

    if (status) {
        violation(t->drive, "opcode %02Xh at %08X%08Xh, dword 12 %08Xh: "
                  "status %d (%03Xh)", op->cmd.opcode, op->cmd.cdw11,
                  op->cmd.cdw10, op->cmd.cdw12, status, status & 0x7ff);
        exit(1);
    }
    op->done(op);
    op->busy = false;
    atomic_fetch_add(&s->acked_bytes, op->bytes);
    atomic_fetch_add(&s->acked, 1);
}

static void *run(void *opaque)
{
    Thread *t = opaque;
    unsigned under_way = 0;
    cpu_set_t set;
    uint64_t tag;
    int status;

    CPU_ZERO(&set);
    CPU_SET(t->number % sysconf(_SC_NPROCESSORS_ONLN), &set);
    sched_setaffinity(0, sizeof(set), &set);
    if (!ring_open(&t->ring)) {
        exit(2);
    }
    for (;;) {
        for (unsigned i = 0; i < DEPTH; i++) {
            Op *op = &t->op[i];

            if (!op->busy && choose(op)) {
                op->busy = true;
                atomic_fetch_add(&t->drive->shared->sent, 1);
                ring_send(&t->ring, t->drive->ns, &op->cmd, i);
                under_way++;
            }
        }
        if (!under_way) {
            continue;
        }
        under_way--;
        if (!ring_wait(&t->ring, &tag, &status)) {
            exit(2);
        }
        completed(&t->op[tag], status);
    }
    return NULL;
}

static void thread_prepare(Thread *t, Drive *d, unsigned number, uint64_t seed)
{
    *t = (Thread) { .drive = d, .number = number };
    t->random = (seed * 64 + d->slot * 8 + number + 1) * 0x9e3779b97f4a7c15u;
    t->nplaces = d->open_channel ? d->nchunks : (uint32_t)(d->nblocks / PLACE);
    t->place = calloc(t->nplaces, sizeof(Place));
    for (unsigned i = 0; i < 4; i++) {
        t->current[i] = number;
    }
    for (unsigned i = 0; i < DEPTH; i++) {
        Op *op = &t->op[i];

        op->thread = t;
        op->data = buffer_get(MOST_BLOCKS * d->block_size);
        op->meta = buffer_get(MOST_BLOCKS * META_BYTES);
        op->list = buffer_get(4096);
    }
}

/* Never returns. */
void load(Drive *d, uint64_t seed)
{
    static Thread threads[THREADS];
    pthread_t id;

    for (unsigned i = 0; i < THREADS; i++) {
        thread_prepare(&threads[i], d, i, seed);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        if (pthread_create(&id, NULL, run, &threads[i])) {
            perror("thread");
            exit(2);
        }
    }
    load_admin(d, seed);
}
