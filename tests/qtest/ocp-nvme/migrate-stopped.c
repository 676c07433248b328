/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: a VM that somebody has stopped, and that goes
 * on with "cont" where it is then.
 * Proves: docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include "migrate-row.h"

#define POSTED      20
#define LBA(i)      (3072 + 2 * (i))    /* nothing to be merged */
#define SEED        277

static void post_writes(Vm *vm)
{
    uint8_t data[ROW_BLOCK];

    vm->at = qocpn_buf(vm->q, POSTED * ROW_BLOCK);
    vm->n = vm->q->io.next_cid;
    for (unsigned i = 0; i < POSTED; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, LBA(i), 1);

        cmd.prp1 = vm->at + i * ROW_BLOCK;
        qocpn_pattern(data, sizeof(data), SEED + i);
        qtest_bufwrite(vm->q->qts, cmd.prp1, data, sizeof(data));
        qocpn_post(vm->q, &vm->q->io, &cmd);
    }
    qocpn_ring(vm->q, &vm->q->io);
    qocpn_moved.commands += POSTED;
}

static void stop(Vm *vm)
{
    qtest_qmp_assert_success(vm->q->qts, "{'execute': 'stop'}");
}

static unsigned completed(Vm *vm)
{
    unsigned n = 0;

    for (unsigned i = 0; i < vm->q->io.size; i++) {
        uint16_t status = qtest_readw(vm->q->qts, vm->q->io.cq + 16 * i + 14);
        bool now = i >= vm->q->io.head;

        n += (status & 1) == (now ? vm->q->io.phase : !vm->q->io.phase);
    }
    return n;
}

/* The doorbell is rung while nothing may be fetched. */
static void begin_rung(Vm *vm)
{
    stop(vm);
    post_writes(vm);
    qocpn_idle(vm->q, 2);
    g_assert_cmpuint(completed(vm), ==, 0);
}

static void paused_rung(Vm *vm)
{
    qocpn_idle(vm->q, 5);
    g_assert_cmpuint(completed(vm), ==, 0);
}

/* The medium has them, but for the first; they complete with the stop. */
static void begin_held(Vm *vm)
{
    qocpn_hold(vm->q, true);
    post_writes(vm);
    QOCPN_UNTIL(vm->q, completed(vm));
    g_assert_cmpuint(completed(vm), <, POSTED);
}

/* All fetched ones have, and the others do not before "cont". */
static void paused_held(Vm *vm)
{
    unsigned n = completed(vm);

    g_assert_cmpuint(n, >, 1);
    qocpn_idle(vm->q, 5);
    g_assert_cmpuint(completed(vm), ==, n);
}

static void check_writes(Vm *vm)
{
    bool seen[POSTED] = { false };
    QOcpnCqe cqe;

    for (unsigned i = 0; i < POSTED; i++) {
        QOCPN_UNTIL(vm->q, qocpn_reap(vm->q, &vm->q->io, &cqe));
        QOCPN_OK(cqe);
        g_assert_cmpuint(cqe.cid - vm->n, <, POSTED);
        if (cqe.cid - vm->n < POSTED) {
            g_assert_false(seen[cqe.cid - vm->n]);
            seen[cqe.cid - vm->n] = true;
        }
    }
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->io, &cqe));
    for (unsigned i = 0; i < POSTED; i++) {
        row_expect(vm, LBA(i), 1, SEED + i);
    }
}

/* One that is on the way when the VM is stopped, and that nobody sees. */
static void begin_event(Vm *vm)
{
    QOCPN_OK(qocpn_set_feature(vm->q, NVME_FID_ASYNC_EVENT, 0, 0xff));
    qocpn_post_aer(vm->q);
    qocpn_idle(vm->q, 2);
    stop(vm);
    must_set(vm->q, "temperature", "351");
}

static void check_event(Vm *vm)
{
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, ROW_EVENT_SMART);
    qocpn_clear_event(vm->q, 0x02);
    must_set(vm->q, "temperature", "320");
}

#define RUNG .begin = begin_rung, .paused = paused_rung, \
             .check = check_writes, .stopped = true, .busy = true

const Row row_stopped[] = {
    { "a stopped VM", .stopped = true, .snapshot = true },
    { "a stopped VM whose host has rung", RUNG, .snapshot = true },
    { "a stopped VM whose host has rung, from an IOThread", RUNG,
      .threads = { 1, 0 } },
    { "a stopped VM whose host has rung, to two IOThreads", RUNG,
      .threads = { 0, 2 } },
    { "a stopped VM over a drive that hangs", .begin = begin_held,
      .paused = paused_held, .check = check_writes, .stopped = true,
      .busy = true, .throttle = true },
    { "a stopped VM, and an event", .begin = begin_event,
      .check = check_event, .stopped = true, .busy = true },
};
const size_t row_stopped_n = ARRAY_SIZE(row_stopped);
