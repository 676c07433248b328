/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that keeps several queues busy and knows what it is owed.
 */
#include "qemu/osdep.h"
#include "qocpn-load.h"

#define UNIT_BYTES  4096

static uint32_t unit_blocks(const QOcpnLoad *l)
{
    return UNIT_BYTES / l->q->lba_size;
}

/* The slots' units interleave, so those written in one turn are in a row. */
static uint64_t unit_slba(const QOcpnLoad *l, unsigned slot, unsigned unit)
{
    uint64_t index = (uint64_t)unit * l->queues * l->depth + slot;

    return l->first + index * unit_blocks(l);
}

QOcpnLoad *qocpn_load_new(QOcpn *q, unsigned queues, unsigned depth)
{
    QOcpnLoad *l = g_new0(QOcpnLoad, 1);

    g_assert_cmpuint(queues, <=, QOCPN_LOAD_QUEUES);
    l->q = q;
    l->queues = queues;
    l->depth = depth;
    l->slot = g_new0(QOcpnSlot, queues * depth);
    for (unsigned i = 0; i < queues * depth; i++) {
        l->slot[i].buf = qocpn_buf(q, UNIT_BYTES);
    }
    qocpn_load_queues(l);
    return l;
}

void qocpn_load_free(QOcpnLoad *l)
{
    g_free(l->slot);
    g_free(l);
}

void qocpn_load_queues(QOcpnLoad *l)
{
    for (unsigned i = 0; i < l->queues; i++) {
        QOCPN_OK(qocpn_create_pair(l->q, &l->queue[i], i + 1, l->depth + 1,
                                   i + 1));
    }
}

/* Writes and reads take turns; no read before there is something. */
static bool choose(QOcpnLoad *l, QOcpnSlot *s)
{
    if (l->only_reads) {
        s->op = QOCPN_READS;
        s->unit = s->turn;
        return s->turn < QOCPN_LOAD_UNITS;
    }
    s->op = s->turn % 2 ? QOCPN_READS : QOCPN_WRITES;
    s->unit = s->turn / 2 % QOCPN_LOAD_UNITS;
    return true;
}

static void submit(QOcpnLoad *l, unsigned index)
{
    QOcpnSlot *s = &l->slot[index];
    QOcpnCmd cmd;
    uint8_t data[UNIT_BYTES];

    if (!choose(l, s)) {
        s->op = QOCPN_IDLE;
        return;
    }
    cmd = qocpn_rw(s->op == QOCPN_WRITES ? NVME_IO_WRITE : NVME_IO_READ,
                   unit_slba(l, index, s->unit), unit_blocks(l));
    cmd.prp1 = s->buf;
    if (s->op == QOCPN_WRITES) {
        s->units[s->unit].maybe = ++l->seed;
        qocpn_pattern(data, sizeof(data), l->seed);
        qtest_bufwrite(l->q->qts, s->buf, data, sizeof(data));
    } else {
        qtest_memset(l->q->qts, s->buf, 0xa5, UNIT_BYTES);
    }
    s->turn++;
    s->cid = qocpn_post(l->q, &l->queue[index / l->depth], &cmd);
    l->busy++;
}

void qocpn_load_fill(QOcpnLoad *l)
{
    for (unsigned i = 0; i < l->queues; i++) {
        uint16_t tail = l->queue[i].tail;

        for (unsigned k = i * l->depth; k < (i + 1) * l->depth; k++) {
            if (l->slot[k].op == QOCPN_IDLE) {
                submit(l, k);
            }
        }
        if (l->queue[i].tail != tail) {
            qocpn_ring(l->q, &l->queue[i]);
        }
    }
}

static bool block_is(const uint8_t *got, uint32_t seed, unsigned off,
                     unsigned len)
{
    uint8_t want[UNIT_BYTES] = { 0 };

    if (seed) {
        qocpn_pattern(want, sizeof(want), seed);
    }
    return memcmp(got + off, want + off, len) == 0;
}

/* Each block is either as acknowledged or as a lost write would have it. */
static void judge_data(QOcpnLoad *l, unsigned index)
{
    QOcpnSlot *s = &l->slot[index];
    QOcpnUnit *u = &s->units[s->unit];
    unsigned size = l->q->lba_size;
    uint8_t got[UNIT_BYTES];

    qtest_bufread(l->q->qts, s->buf, got, sizeof(got));
    for (unsigned off = 0; off < UNIT_BYTES; off += size) {
        if (!block_is(got, u->now, off, size) &&
            !(u->maybe && block_is(got, u->maybe, off, size))) {
            g_test_message("slot %u unit %u (LBA %" PRIu64 "): byte %u is "
                           "neither of pattern %u nor of %u", index, s->unit,
                           unit_slba(l, index, s->unit), off, u->now,
                           u->maybe);
            g_test_fail();
            return;
        }
    }
}

static void judge(QOcpnLoad *l, unsigned index, const QOcpnCqe *cqe)
{
    QOcpnSlot *s = &l->slot[index];
    QOcpnUnit *u = &s->units[s->unit];

    if (QOCPN_SC(*cqe)) {
        l->failed++;
        if (!l->may_fail) {
            g_test_message("slot %u unit %u: status %03x", index, s->unit,
                           QOCPN_SC(*cqe));
            g_test_fail();
        }
    } else if (s->op == QOCPN_WRITES) {
        u->now = u->maybe;
        u->maybe = 0;
    } else {
        judge_data(l, index);
    }
    s->op = QOCPN_IDLE;
    l->busy--;
    l->done++;
}

static void completed(QOcpnLoad *l, unsigned queue, const QOcpnCqe *cqe)
{
    for (unsigned k = queue * l->depth; k < (queue + 1) * l->depth; k++) {
        if (l->slot[k].op != QOCPN_IDLE && l->slot[k].cid == cqe->cid) {
            judge(l, k, cqe);
            return;
        }
    }
    g_test_message("queue %u: CID %u completed, which is not in flight",
                   l->queue[queue].id, cqe->cid);
    g_test_fail();
}

unsigned qocpn_load_reap(QOcpnLoad *l)
{
    unsigned n = 0;

    for (unsigned i = 0; i < l->queues; i++) {
        QOcpnCqe cqe;
        bool any = false;

        while (qocpn_take(l->q, &l->queue[i], &cqe)) {
            completed(l, i, &cqe);
            any = true;
            n++;
        }
        if (any) {
            qocpn_free_slots(l->q, &l->queue[i]);
        }
    }
    return n;
}

/* Until one or more complete. */
static unsigned progress(QOcpnLoad *l)
{
    unsigned n;

    QOCPN_UNTIL(l->q, (n = qocpn_load_reap(l)));
    return n;
}

void qocpn_load_run(QOcpnLoad *l, unsigned count)
{
    uint64_t end = l->done + count;

    while (l->done < end) {
        qocpn_load_fill(l);
        progress(l);
    }
    qocpn_load_fill(l);
}

void qocpn_load_wait(QOcpnLoad *l)
{
    while (l->busy) {
        progress(l);
    }
    qocpn_idle(l->q, 2);
    g_assert_cmpuint(qocpn_load_reap(l), ==, 0);
}

void qocpn_load_lost_of(QOcpnLoad *l, unsigned k)
{
    for (unsigned i = k * l->depth; i < (k + 1) * l->depth; i++) {
        l->busy -= l->slot[i].op != QOCPN_IDLE;
        l->slot[i].op = QOCPN_IDLE;
    }
}

void qocpn_load_lost(QOcpnLoad *l)
{
    for (unsigned k = 0; k < l->queues; k++) {
        qocpn_load_lost_of(l, k);
    }
}

void qocpn_load_adopt(QOcpnLoad *l, const QOcpnLoad *other)
{
    g_assert_cmpuint(l->queues * l->depth, ==, other->queues * other->depth);
    for (unsigned i = 0; i < l->queues * l->depth; i++) {
        memcpy(l->slot[i].units, other->slot[i].units,
               sizeof(l->slot[i].units));
    }
    l->seed = other->seed;
}

/* So that a later loss does not leave two possibilities besides NOW. */
static void settle(QOcpnLoad *l)
{
    for (unsigned i = 0; i < l->queues * l->depth; i++) {
        QOcpnSlot *s = &l->slot[i];

        for (unsigned u = 0; u < QOCPN_LOAD_UNITS; u++) {
            if (s->units[u].maybe) {
                s->turn = 2 * u;
                submit(l, i);
                qocpn_ring(l->q, &l->queue[i / l->depth]);
                qocpn_load_wait(l);
            }
        }
        s->turn = 0;
    }
}

void qocpn_load_check(QOcpnLoad *l)
{
    qocpn_load_wait(l);
    l->only_reads = true;
    for (unsigned i = 0; i < l->queues * l->depth; i++) {
        l->slot[i].turn = 0;
    }
    for (unsigned i = 0; i < QOCPN_LOAD_UNITS; i++) {
        qocpn_load_fill(l);
        qocpn_load_wait(l);
    }
    l->only_reads = false;
    settle(l);
}
