/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: Delete I/O Submission Queue that waits.
 * Proves: NVMe Base 2.0, "Delete I/O Submission Queue command"; docs/
 * user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include "migrate-row.h"

#define CQ_SIZE     8
#define BIG         64
#define POSTED      20
#define LBA(i)      (3072 + 2 * (i))    /* nothing to be merged */
#define SEED        177

static void make_queue(Vm *vm, uint16_t entries)
{
    qocpn_queue_init(vm->q, &vm->cq, 2, entries);
    qocpn_queue_init(vm->q, &vm->sq, 2, BIG);
    QOCPN_OK(qocpn_create_cq(vm->q, &vm->cq, 2));
    QOCPN_OK(qocpn_create_sq(vm->q, &vm->sq, 2));
}

/* Writes into queue 2, with CIDs from 0 on, and its deletion. */
static void post_all(Vm *vm)
{
    uint8_t data[ROW_BLOCK];

    vm->at = qocpn_buf(vm->q, POSTED * ROW_BLOCK);
    for (unsigned i = 0; i < POSTED; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, LBA(i), 1);

        cmd.prp1 = vm->at + i * ROW_BLOCK;
        qocpn_pattern(data, sizeof(data), SEED + i);
        qtest_bufwrite(vm->q->qts, cmd.prp1, data, sizeof(data));
        g_assert_cmpuint(qocpn_post(vm->q, &vm->sq, &cmd), ==, i);
    }
    qocpn_ring(vm->q, &vm->sq);
    qocpn_moved.commands += POSTED + 1;
}

static void post_deletion(Vm *vm)
{
    vm->n = qocpn_post(vm->q, &vm->q->adm, &(QOcpnCmd) {
        .opc = NVME_ADM_DELETE_SQ, .cdw10 = 2,
    });
    qocpn_ring(vm->q, &vm->q->adm);
}

static void expect_waiting(Vm *vm)
{
    QOcpnCqe cqe;

    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->adm, &cqe));
}

static void expect_deleted(Vm *vm)
{
    QOcpnCqe cqe = qocpn_wait(vm->q, &vm->q->adm);

    g_assert_cmpuint(cqe.cid, ==, vm->n);
    QOCPN_OK(cqe);
}

/* The next completion of queue 2, of a write that was not SEEN. */
static void judge(QOcpnCqe cqe, bool *seen)
{
    QOCPN_OK(cqe);
    g_assert_cmpuint(cqe.cid, <, POSTED);
    if (cqe.cid < POSTED) {
        g_assert_false(seen[cqe.cid]);
        seen[cqe.cid] = true;
    }
}

/* What has completed is written, what was not fetched is not. */
static void expect_written(Vm *vm, const bool *seen)
{
    uint8_t data[ROW_BLOCK];

    for (unsigned i = 0; i < POSTED; i++) {
        if (seen[i]) {
            qocpn_pattern(data, sizeof(data), SEED + i);
            qocpn_expect(vm->q, LBA(i), 1, data);
        } else {
            qocpn_expect_zero(vm->q, LBA(i), 1);
        }
    }
    qocpn_moved.bytes += POSTED * ROW_BLOCK;
}

/* The queue is no more: it can be made again, with the same ring. */
static void expect_anew(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, LBA(0), 1);

    QOCPN_STATUS(qocpn_delete_sq(vm->q, 2), NVME_SC_INVALID_QID);
    vm->sq.tail = vm->sq.next_cid = 0;
    QOCPN_OK(qocpn_create_sq(vm->q, &vm->sq, 2));
    for (unsigned i = 0; i < 3; i++) {
        QOcpnCqe cqe;

        cmd.prp1 = vm->q->buf;
        g_assert_cmpuint(qocpn_post(vm->q, &vm->sq, &cmd), ==, i);
        qocpn_ring(vm->q, &vm->sq);
        QOCPN_UNTIL(vm->q, qocpn_reap(vm->q, &vm->cq, &cqe));
        g_assert_cmpuint(cqe.cid, ==, i);
        QOCPN_OK(cqe);
    }
    QOCPN_OK(qocpn_delete_sq(vm->q, 2));
    QOCPN_OK(qocpn_delete_cq(vm->q, 2));
}

/* The medium has the writes when the VM stops, but for the first. */
static void begin_held(Vm *vm)
{
    QOcpnCqe cqe;

    make_queue(vm, BIG);
    qocpn_hold(vm->q, true);
    post_all(vm);
    QOCPN_UNTIL(vm->q, qocpn_peek(vm->q, &vm->cq, &cqe));
    post_deletion(vm);
    expect_waiting(vm);
}

/*
 * The deletion completes behind all that was fetched.  What was in the ring
 * only when it came is not.
 */
static void check_held(Vm *vm)
{
    bool seen[POSTED] = { false };
    QOcpnCqe cqe;
    unsigned n = 0;

    expect_deleted(vm);
    while (qocpn_reap(vm->q, &vm->cq, &cqe)) {
        judge(cqe, seen);
        n++;
    }
    g_assert_cmpuint(n, >, 1);
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->cq, &cqe));
    expect_written(vm, seen);
    expect_anew(vm);
}

static bool is_full(Vm *vm)
{
    uint64_t last = vm->cq.cq + 16 * (CQ_SIZE - 2);

    return qtest_readw(vm->q->qts, last + 14) & 1;
}

/* All slots of the completion queue are taken; more writes are done. */
static void begin_full(Vm *vm)
{
    make_queue(vm, CQ_SIZE);
    post_all(vm);
    QOCPN_UNTIL(vm->q, is_full(vm));
    post_deletion(vm);
    expect_waiting(vm);
}

/* It waits there, too, until the host has made room for the last of them. */
static void check_full(Vm *vm)
{
    bool seen[POSTED] = { false };
    unsigned n = 0;
    QOcpnCqe cqe = { 0 };

    expect_waiting(vm);
    while (!qocpn_peek(vm->q, &vm->q->adm, &cqe)) {
        gint64 end = qocpn_deadline();

        while (!qocpn_peek(vm->q, &vm->q->adm, &cqe) &&
               !qocpn_reap(vm->q, &vm->cq, &cqe)) {
            qocpn_tick(vm->q, end, "a write or the deletion");
        }
        if (cqe.sqid == 2) {
            judge(cqe, seen);
            n++;
        }
    }
    expect_deleted(vm);
    while (qocpn_reap(vm->q, &vm->cq, &cqe)) {
        judge(cqe, seen);
        n++;
    }
    g_assert_cmpuint(n, >=, CQ_SIZE);
    expect_written(vm, seen);
    expect_anew(vm);
}

#define HELD .begin = begin_held, .check = check_held, .busy = true, \
             .throttle = true
#define FULL .begin = begin_full, .check = check_full, .busy = true

const Row row_delete[] = {
    { "a queue deletion that waits for the medium", HELD },
    { "a queue deletion that waits for the host", FULL, .snapshot = true },
    { "a queue deletion that waits, from an IOThread", FULL,
      .threads = { 1, 0 } },
    { "a queue deletion that waits, to an IOThread", FULL,
      .threads = { 0, 1 } },
};
const size_t row_delete_n = ARRAY_SIZE(row_delete);
