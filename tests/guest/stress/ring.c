/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough commands without waiting, by io_uring on the namespace's
 * character device.  One command a system call: a batch would go through the
 * kernel's plug, which may turn its order around, and writes of a chunk must
 * reach the drive in theirs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stress.h"

enum { ENTRIES = 2 * DEPTH, SQE = 128, CQE = 32 };

static uint8_t *map(int fd, size_t bytes, uint64_t offset)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_POPULATE, fd, (off_t)offset);

    return p == MAP_FAILED ? NULL : p;
}

bool ring_open(Ring *r)
{
    struct io_uring_params p = {
        .flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32,
    };
    uint8_t *sq, *cq;

    r->fd = (int)syscall(__NR_io_uring_setup, ENTRIES, &p);
    if (r->fd < 0) {
        perror("io_uring_setup");
        return false;
    }
    sq = map(r->fd, p.sq_off.array + p.sq_entries * 4, IORING_OFF_SQ_RING);
    cq = map(r->fd, p.cq_off.cqes + p.cq_entries * CQE, IORING_OFF_CQ_RING);
    r->sqes = map(r->fd, p.sq_entries * SQE, IORING_OFF_SQES);
    if (!sq || !cq || !r->sqes) {
        perror("io_uring");
        return false;
    }
    r->sq_tail = (unsigned *)(sq + p.sq_off.tail);
    r->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
    r->sq_array = (unsigned *)(sq + p.sq_off.array);
    r->cq_head = (unsigned *)(cq + p.cq_off.head);
    r->cq_tail = (unsigned *)(cq + p.cq_off.tail);
    r->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
    r->cqes = cq + p.cq_off.cqes;
    return true;
}

static int enter(Ring *r, unsigned submit, unsigned wait)
{
    int n;

    do {
        n = (int)syscall(__NR_io_uring_enter, r->fd, submit, wait,
                         wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
    } while (n < 0 && errno == EINTR);
    return n;
}

void ring_send(Ring *r, int fd, const struct nvme_uring_cmd *cmd, uint64_t tag)
{
    unsigned tail = *r->sq_tail, at = tail & *r->sq_mask;
    struct io_uring_sqe *sqe = (struct io_uring_sqe *)(r->sqes + at * SQE);

    memset(sqe, 0, SQE);
    sqe->opcode = IORING_OP_URING_CMD;
    sqe->fd = fd;
    sqe->cmd_op = NVME_URING_CMD_IO;
    sqe->user_data = tag;
    memcpy(sqe->cmd, cmd, sizeof(*cmd));
    r->sq_array[at] = at;
    __atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
    if (enter(r, 1, 0) != 1) {
        perror("io_uring_enter");
    }
}

/* Wait for a completion: a status of NVMe, or -errno. */
bool ring_wait(Ring *r, uint64_t *tag, int *status)
{
    unsigned head = *r->cq_head;
    struct io_uring_cqe *cqe;

    while (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
        if (enter(r, 0, 1) < 0) {
            perror("io_uring_enter");
            return false;
        }
    }
    cqe = (struct io_uring_cqe *)(r->cqes + (head & *r->cq_mask) * CQE);
    *tag = cqe->user_data;
    *status = cqe->res;
    __atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
    return true;
}
