/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: queues, rings and the commands in them.
 * Proves: docs/user-guide.rst, "Migration": what is still in a queue runs on
 * the other side, and every command completes once.
 */
#include "qemu/osdep.h"
#include "migrate-row.h"

#define QUEUES      4
#define DEPTH       16
#define SOME        (QUEUES * DEPTH * 2)
#define LOAD_LBA    4096

#define CQ_SIZE     8
#define SQ_SIZE     32
#define POSTED      20
#define POST_LBA    3072
#define POST_SEED   77
#define HELD_LBA    5000

static void begin_load(Vm *vm)
{
    QOCPN_OK(qocpn_delete_sq(vm->q, 1));
    QOCPN_OK(qocpn_delete_cq(vm->q, 1));
    vm->load = qocpn_load_new(vm->q, QUEUES, DEPTH);
    vm->load->first = LOAD_LBA;
    qocpn_load_run(vm->load, SOME);
    if (vm->row->throttle) {
        qocpn_hold(vm->q, true);
    }
    qocpn_load_fill(vm->load);
    qocpn_moved.commands += vm->load->busy;
}

static void check_load(Vm *vm)
{
    QOcpnLoad *l = vm->load;

    l->q = vm->q;
    qocpn_load_check(l);
    qocpn_load_run(l, SOME);
    qocpn_load_check(l);
    qocpn_moved.bytes += 2 * QUEUES * DEPTH * QOCPN_LOAD_UNITS * 4096;
    qocpn_load_free(l);
    row_reset(vm);
}

/* Write N (up to 20) blocks, each from a page of its own, with queue SQ. */
static void post_writes(Vm *vm, QOcpnQueue *sq, unsigned n)
{
    uint8_t data[ROW_BLOCK];

    vm->at = qocpn_buf(vm->q, n * ROW_BLOCK);
    vm->n = n;
    for (unsigned i = 0; i < n; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, POST_LBA + i, 1);

        cmd.prp1 = vm->at + i * ROW_BLOCK;
        qocpn_pattern(data, sizeof(data), POST_SEED + i);
        qtest_bufwrite(vm->q->qts, cmd.prp1, data, sizeof(data));
        qocpn_post(vm->q, sq, &cmd);
    }
    qocpn_moved.commands += n;
}

/* Each of those completes well and once; SQHD follows them. */
static void expect_writes(Vm *vm, QOcpnQueue *cq, unsigned first_cid)
{
    g_autofree bool *seen = g_new0(bool, vm->n);
    QOcpnCqe cqe;

    for (unsigned i = 0; i < vm->n; i++) {
        QOCPN_UNTIL(vm->q, qocpn_reap(vm->q, cq, &cqe));
        QOCPN_OK(cqe);
        g_assert_cmpuint(cqe.sqid, ==, cq->id);
        g_assert_cmpuint(cqe.cid - first_cid, <, vm->n);
        if (cqe.cid - first_cid < vm->n) {
            g_assert_false(seen[cqe.cid - first_cid]);
            seen[cqe.cid - first_cid] = true;
        }
    }
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, cq, &cqe));
    row_expect(vm, POST_LBA, vm->n, POST_SEED);
}

/* In memory only: the doorbell is rung on the other side. */
static void begin_unrung(Vm *vm)
{
    post_writes(vm, &vm->q->io, POSTED);
}

static void check_unrung(Vm *vm)
{
    uint16_t first = vm->q->io.next_cid - POSTED;

    qocpn_ring(vm->q, &vm->q->io);
    expect_writes(vm, &vm->q->io, first);
}

/* Entry I of queue 2's ring has been written in this round. */
static bool is_posted(Vm *vm, unsigned i)
{
    return (qtest_readw(vm->q->qts, vm->cq.cq + 16 * i + 14) & 1) ==
           vm->cq.phase;
}

/* Reads, one by one, with queue 2. */
static void read_some(Vm *vm, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, POST_LBA, 1);
        QOcpnCqe cqe;
        uint16_t cid;

        cmd.prp1 = vm->q->buf;
        cid = qocpn_post(vm->q, &vm->sq, &cmd);
        qocpn_ring(vm->q, &vm->sq);
        QOCPN_UNTIL(vm->q, qocpn_reap(vm->q, &vm->cq, &cqe));
        g_assert_cmpuint(cqe.cid, ==, cid);
        g_assert_cmpuint(cqe.sqhd, ==, vm->sq.tail);
    }
}

/* It is the second round, in which the phase tag is 0. */

static void begin_full(Vm *vm)
{
    qocpn_queue_init(vm->q, &vm->cq, 2, CQ_SIZE);
    qocpn_queue_init(vm->q, &vm->sq, 2, SQ_SIZE);
    QOCPN_OK(qocpn_create_cq(vm->q, &vm->cq, 2));
    QOCPN_OK(qocpn_create_sq(vm->q, &vm->sq, 2));
    read_some(vm, CQ_SIZE);
    g_assert_false(vm->cq.phase);
    post_writes(vm, &vm->sq, POSTED);
    qocpn_ring(vm->q, &vm->sq);
    QOCPN_UNTIL(vm->q, is_posted(vm, CQ_SIZE - 2));
    g_assert_false(is_posted(vm, CQ_SIZE - 1));
}

static void check_full(Vm *vm)
{
    g_assert_true(is_posted(vm, CQ_SIZE - 2));
    g_assert_false(is_posted(vm, CQ_SIZE - 1));
    expect_writes(vm, &vm->cq, CQ_SIZE);
    read_some(vm, 3 * CQ_SIZE);
    QOCPN_OK(qocpn_delete_sq(vm->q, 2));
    QOCPN_OK(qocpn_delete_cq(vm->q, 2));
}

/* What the block layer has when the VM stops. */
static void begin_held(Vm *vm)
{
    QOcpnCqe cqe;

    qocpn_hold(vm->q, true);
    row_write(vm, HELD_LBA, 1, 1);      /* the one of this second */
    post_writes(vm, &vm->q->io, POSTED);
    qocpn_ring(vm->q, &vm->q->io);
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->io, &cqe));
}

static void check_held(Vm *vm)
{
    expect_writes(vm, &vm->q->io, vm->q->io.next_cid - POSTED);
}

/* Late ones, which complete when the VM stops. */
static void begin_late(Vm *vm)
{
    QOcpnCqe cqe;

    must_set(vm->q, "fault", "latency opcode=1 ms=3600000 times=0");
    post_writes(vm, &vm->q->io, POSTED);
    qocpn_ring(vm->q, &vm->q->io);
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->io, &cqe));
}

static void check_late(Vm *vm)
{
    uint16_t first = vm->q->io.next_cid - POSTED;

    must_set(vm->q, "fault", "clear");
    expect_writes(vm, &vm->q->io, first);
}

/* One that never completes, and its Abort. */
static void begin_never(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);
    QOcpnCqe cqe;

    must_set(vm->q, "fault", "timeout opcode=2 times=1");
    cmd.prp1 = vm->q->buf;
    vm->n = qocpn_post(vm->q, &vm->q->io, &cmd);
    qocpn_ring(vm->q, &vm->q->io);
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->io, &cqe));
    qocpn_moved.commands++;
}

static void check_never(Vm *vm)
{
    QOcpnCqe cqe;

    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->io, &cqe));
    cqe = qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = NVME_ADM_ABORT, .cdw10 = vm->n << 16 | vm->q->io.id,
    });
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0 & 1, ==, 0);        /* it was aborted */
    cqe = qocpn_wait(vm->q, &vm->q->io);
    g_assert_cmpuint(cqe.cid, ==, vm->n);
    QOCPN_STATUS(cqe, NVME_SC_ABORT_REQUESTED);
}

/* Doorbells in memory: the host goes on without a register. */
static void begin_shadow(Vm *vm)
{
    QOcpnQueue *io = &vm->q->io;

    qocpn_shadow_start(&vm->shadow, vm->q);
    for (unsigned i = 0; i < 10; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);

        cmd.prp1 = vm->q->buf;
        QOCPN_OK(qocpn_shadow_cmd(&vm->shadow, io, &cmd));
    }
    post_writes(vm, io, POSTED);
    qtest_writel(vm->q->qts, vm->shadow.db + 8 * io->id, io->tail);
    qocpn_ring(vm->q, io);
}

static void check_shadow(Vm *vm)
{
    QOcpnQueue *io = &vm->q->io;
    unsigned rings;

    vm->shadow.q = vm->q;
    for (unsigned i = 0; i < POSTED; i++) {
        QOCPN_OK(qocpn_shadow_wait(&vm->shadow, io));
    }
    for (unsigned i = 0; i < 3 * io->size; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, POST_LBA + i % POSTED, 1);
        uint8_t want[ROW_BLOCK], got[ROW_BLOCK];

        cmd.prp1 = vm->q->buf;
        QOCPN_OK(qocpn_shadow_cmd(&vm->shadow, io, &cmd));
        qocpn_pattern(want, sizeof(want), POST_SEED + i % POSTED);
        qtest_bufread(vm->q->qts, vm->q->buf, got, sizeof(got));
        g_assert_cmpmem(got, sizeof(got), want, sizeof(want));
        qocpn_moved.bytes += sizeof(got);
    }
    QOCPN_UNTIL(vm->q, qocpn_shadow_asks(&vm->shadow, io));
    rings = vm->shadow.rings;
    QOCPN_OK(qocpn_shadow_cmd(&vm->shadow, io, &(QOcpnCmd) {
        .opc = NVME_IO_FLUSH, .nsid = 1,
    }));
    g_assert_cmpuint(vm->shadow.rings, ==, rings + 1);
    row_reset(vm);
}

#define LOADED .begin = begin_load, .check = check_load, .busy = true

const Row row_queues[] = {
    { "full queues", LOADED, .hard = true },
    { "full queues, to an IOThread", LOADED, .threads = { 0, 1 } },
    { "full queues, from an IOThread", LOADED, .threads = { 1, 0 } },
    { "full queues, in IOThreads", LOADED, .threads = { 1, 1 } },
    { "full queues of a mapped image", LOADED, .memdev = true },
    { "full queues over a drive that hangs", LOADED, .throttle = true },
    { "commands that were not rung for", .begin = begin_unrung,
      .check = check_unrung },
    { "a full completion queue", .begin = begin_full, .check = check_full,
      .busy = true, .hard = true },
    { "writes that the medium holds", .begin = begin_held,
      .check = check_held, .busy = true, .throttle = true },
    { "commands that are late", .begin = begin_late, .check = check_late,
      .busy = true },
    { "a command that never completes", .begin = begin_never,
      .check = check_never, .busy = true },
    { "doorbells in memory", .begin = begin_shadow, .check = check_shadow,
      .busy = true },
    { "doorbells in memory, in IOThreads", .begin = begin_shadow,
      .check = check_shadow, .busy = true, .threads = { 1, 1 } },
    { "doorbells in memory, no ioeventfd", .props = ",ioeventfd=off",
      .begin = begin_shadow, .check = check_shadow, .busy = true },
};
const size_t row_queues_n = ARRAY_SIZE(row_queues);
