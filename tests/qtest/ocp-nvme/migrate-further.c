/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: a drive with two controllers.
 * Proves: docs/ocp.rst, "Two controllers"; docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include "migrate-row.h"
#include "qocpn-further.h"

#define PAGE        512
#define VALUES      "\7\10\11\12"
#define CQ_SIZE     8
#define SQ_SIZE     32
#define POSTED      20
#define EVENTS      2
#define VECTOR      3

/* The further one is VM->further; this is how rows see a drive with it. */
static Vm of_further(const Vm *vm)
{
    return (Vm) {
        .row = vm->row, .way = vm->way, .q = vm->further, .no_ns = true,
        .pages = vm->further_pages, .features = vm->further_features,
    };
}

static void get(QOcpn *q, uint8_t lid, uint8_t *page)
{
    g_assert_cmphex(qocpn_get_log(q, lid, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
}

/* A read, which it has no namespace for, with queue W; the CID. */
static uint16_t post_read(QOcpn *b, QOcpnQueue *w)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);

    cmd.prp1 = b->buf;
    return qocpn_post(b, w, &cmd);
}

/* What is its own: queues, features, the monitor's settings, errors. */
static void prepare_state(Vm *vm)
{
    QOcpn *b = vm->further = qocpn_further_new(vm->q);
    Vm other;

    QOCPN_OK(qocpn_set_feature(b, NVME_FID_ASYNC_EVENT, 0, 2));
    QOCPN_OK(qocpn_set_feature(b, 0x08, 0, 0x0302));
    qocpn_further_thresholds(b, VALUES);
    for (unsigned i = 0; i < 3; i++) {
        post_read(b, &b->io);
        qocpn_ring(b, &b->io);
        QOCPN_STATUS(qocpn_wait(b, &b->io), NVME_SC_INVALID_FIELD);
    }
    other = of_further(vm);
    row_look(&other);
    vm->further_pages = other.pages;
    vm->further_features = other.features;
}

static void begin_state(Vm *vm)
{
    Vm other = of_further(vm);

    vm->text = row_note(&other);
}

/* C3h is each one's; C0h is the drive's, and follows the first one's I/O. */
static void expect_scopes(Vm *vm)
{
    uint8_t own[PAGE], first[PAGE], was[PAGE];

    get(vm->further, 0xc3, own);
    get(vm->q, 0xc3, first);
    g_assert_cmpmem(own + 6, 4, VALUES, 4);
    g_assert_true(memcmp(first + 6, VALUES, 4) != 0);
    get(vm->further, 0xc0, was);
    row_write(vm, 2048, 8, 5);
    get(vm->further, 0xc0, own);
    get(vm->q, 0xc0, first);
    g_assert_cmpmem(own, PAGE, first, PAGE);
    g_assert_cmpuint(ldq_le_p(own), >, ldq_le_p(was));
}

/* It takes commands; its reset is not the other one's. */
static void expect_further_alive(Vm *vm)
{
    QOcpn *b = vm->further;
    QOcpnQueue w;

    qocpn_msix_fired(b, VECTOR);
    QOCPN_OK(qocpn_create_pair(b, &w, 7, 8, VECTOR));
    for (unsigned i = 0; i < 9; i++) {
        uint16_t cid = post_read(b, &w);
        QOcpnCqe cqe;

        qocpn_ring(b, &w);
        cqe = qocpn_wait(b, &w);
        g_assert_cmpuint(cqe.cid, ==, cid);
        QOCPN_STATUS(cqe, NVME_SC_INVALID_FIELD);
    }
    QOCPN_UNTIL(b, qocpn_msix_fired(b, VECTOR));
    qocpn_disable(b);
    qocpn_alive(vm->q);
    qocpn_enable(b);
    QOCPN_OK(qocpn_get_feature(b, NVME_FID_ASYNC_EVENT, 0, 0));
}

static void check_state(Vm *vm)
{
    g_autofree char *is = NULL;
    Vm other;

    qocpn_further_go_on(vm->further, vm->q);
    other = of_further(vm);
    is = row_note(&other);
    row_expect_note(vm->text, is);
    expect_scopes(vm);
    expect_further_alive(vm);
    qocpn_further_free(vm->further);
}

/*
 * Its completion queue is full, its own event requests wait, and a command
 * was not rung for.
 */
static void begin_busy(Vm *vm)
{
    QOcpn *b = vm->further = qocpn_further_new(vm->q);

    QOCPN_OK(qocpn_set_feature(vm->q, NVME_FID_ASYNC_EVENT, 0, 0xff));
    QOCPN_OK(qocpn_set_feature(b, NVME_FID_ASYNC_EVENT, 0, 0xff));
    for (unsigned i = 0; i < EVENTS; i++) {
        qocpn_post_aer(b);
    }
    qocpn_queue_init(b, &vm->cq, 2, CQ_SIZE);
    qocpn_queue_init(b, &vm->sq, 2, SQ_SIZE);
    QOCPN_OK(qocpn_create_cq(b, &vm->cq, VECTOR));
    QOCPN_OK(qocpn_create_sq(b, &vm->sq, 2));
    for (unsigned i = 0; i < POSTED; i++) {
        post_read(b, &vm->sq);
    }
    qocpn_ring(b, &vm->sq);
    post_read(b, &vm->sq);
    QOCPN_UNTIL(b, qtest_readw(b->qts, vm->cq.cq + 16 * (CQ_SIZE - 2) + 14) &
                   1);
    qocpn_moved.commands += POSTED + 1 + EVENTS;
}

/* Completions of queue 2 for the CIDs from FIRST on to LAST, each once. */
static void expect_reads(Vm *vm, unsigned first, unsigned last)
{
    bool seen[POSTED + 1] = { false };
    QOcpnCqe cqe;

    for (unsigned i = first; i <= last; i++) {
        QOCPN_UNTIL(vm->q, qocpn_reap(vm->further, &vm->cq, &cqe));
        QOCPN_STATUS(cqe, NVME_SC_INVALID_FIELD);
        g_assert_true(cqe.cid >= first && cqe.cid <= last);
        if (cqe.cid <= POSTED) {
            g_assert_false(seen[cqe.cid]);
            seen[cqe.cid] = true;
        }
    }
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->further, &vm->cq, &cqe));
}

/* One event tells both hosts; the further one answers its first request. */
static void expect_events(Vm *vm)
{
    QOcpn *b = vm->further;
    QOcpnCqe cqe;

    qocpn_post_aer(vm->q);
    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_poll_event(b, &cqe));
    must_set(vm->q, "temperature", "351");
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, ROW_EVENT_SMART);
    cqe = qocpn_event(b);
    g_assert_cmphex(cqe.dw0, ==, ROW_EVENT_SMART);
    g_assert_cmphex(cqe.cid & 0x7fff, ==, 0);
    qocpn_clear_event(vm->q, 0x02);
    qocpn_clear_event(b, 0x02);
    must_set(vm->q, "temperature", "320");
}

static void check_busy(Vm *vm)
{
    qocpn_further_go_on(vm->further, vm->q);
    expect_reads(vm, 0, POSTED - 1);
    qocpn_ring(vm->further, &vm->sq);
    expect_reads(vm, POSTED, POSTED);
    expect_events(vm);
    expect_further_alive(vm);
    qocpn_further_free(vm->further);
}

#define STATE .more = QOCPN_FURTHER, .prepare = prepare_state, \
              .begin = begin_state, .check = check_state
#define BUSY .more = QOCPN_FURTHER, .begin = begin_busy, \
             .check = check_busy, .busy = true

const Row row_further[] = {
    { "two controllers", STATE, .snapshot = true },
    { "two controllers, and the further one is busy", BUSY,
      .snapshot = true },
    { "two controllers, the first one from an IOThread", BUSY,
      .threads = { 1, 0 } },
    { "two controllers, the first one to an IOThread", BUSY,
      .threads = { 0, 1 } },
};
const size_t row_further_n = ARRAY_SIZE(row_further);
