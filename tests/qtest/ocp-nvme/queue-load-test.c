/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: queues are deleted and commands aborted in every state, with 4080
 * commands of all kinds in flight.
 *
 * QOCPN_SEED chooses what is random, QOCPN_LOOPS how often all states are
 * gone through.
 * Proves: NVMe Base 2.0, "Delete I/O Submission Queue", "Delete I/O Completion
 * Queue", "Abort"
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "storm-states.h"

#define QUEUES      QOCPN_STORM_QUEUES
#define DEPTH       QOCPN_STORM_DEPTH
#define RING_BYTES  (QOCPN_STORM_RING * 64)
#define ABORTS      64
#define IDLE        200u        /* deletions of all */

static QOcpnStorm *start(const QOcpnStormOps *ops)
{
    return qocpn_storm_start(ops, &(QOcpnSetup) {
        .throttle = !qocpn_storm_has_threads(),
    });
}

static void step(QOcpnStorm *s)
{
    qocpn_idle(s->q, 1);
    qtest_clock_step(s->q->qts, 2ull * STORM_LATE * NANOSECONDS_PER_SECOND);
    qocpn_idle(s->q, 1);
}

static void disable(QOcpnStorm *s)
{
    qocpn_disable(s->q);
    qocpn_storm_reap(s);
    qocpn_storm_lost_all(s);
}

/* All is as it was acknowledged. */
static void settle(QOcpnStorm *s)
{
    qocpn_storm_strict(s);
    qocpn_idle(s->q, 1);
    storm_until_sanitized(s);
    s->ops->settle(s);
}

/*
 * Queue K is gone: what it had fetched has completed, in its order or not,
 * and its memory is another's.
 */
static void expect_gone(QOcpnStorm *s, unsigned k)
{
    qocpn_storm_reap(s);
    qocpn_storm_expect_first(s, k);
    qocpn_storm_lost(s, k);
    qocpn_storm_blank(s, s->queue[k].sq, RING_BYTES);
    for (unsigned i = k * DEPTH; i < (k + 1) * DEPTH; i++) {
        qocpn_storm_blank(s, s->slot[i].buf, QOCPN_STORM_BYTES);
    }
}

static void expect_silence(QOcpnStorm *s)
{
    for (unsigned k = 0; k < QUEUES; k++) {
        QOCPN_OK(qocpn_delete_cq(s->q, k + 1));
        qocpn_storm_blank(s, s->queue[k].cq, s->queue[k].cq_size * 16);
    }
    step(s);
    for (unsigned k = 0; k < QUEUES; k++) {
        qocpn_storm_expect_blank(s, s->queue[k].sq, RING_BYTES);
        qocpn_storm_expect_blank(s, s->queue[k].cq,
                                 s->queue[k].cq_size * 16);
    }
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        qocpn_storm_expect_blank(s, s->slot[i].buf, QOCPN_STORM_BYTES);
    }
}

/* All deletions are under way at once, and the host goes on reading. */
static void delete_all(QOcpnStorm *s)
{
    unsigned first = qocpn_storm_pick(s, QUEUES), left = QUEUES;
    bool gone[QUEUES] = { false };
    uint16_t cid[QUEUES];
    QOcpnCqe cqe;

    for (unsigned i = 0; i < QUEUES; i++) {
        unsigned k = (first + i) % QUEUES;

        cid[k] = qocpn_post(s->q, &s->q->adm, &(QOcpnCmd) {
            .opc = NVME_ADM_DELETE_SQ, .cdw10 = k + 1,
        });
    }
    qocpn_ring(s->q, &s->q->adm);
    while (left) {
        QOCPN_UNTIL(s->q, (qocpn_storm_reap(s),
                           qocpn_reap(s->q, &s->q->adm, &cqe)));
        QOCPN_OK(cqe);
        for (unsigned k = 0; k < QUEUES; k++) {
            if (cid[k] == cqe.cid) {
                g_assert_false(gone[k]);
                gone[k] = true;
                left--;
                expect_gone(s, k);
            }
        }
    }
}

static void one_deletion(QOcpnStorm *s, const StormState *st)
{
    storm_begin(s, st);
    storm_enter(s, st);
    qocpn_storm_allow(s, NVME_SC_ABORT_REQUESTED);
    qocpn_storm_allow(s, NVME_SC_ABORT_SQ_DELETED);
    if (st->undone) {
        st->leave(s);
    }
    delete_all(s);
    if (!st->undone) {
        st->leave(s);
    }
    expect_silence(s);
    s->few = false;
    for (unsigned k = 0; k < QUEUES; k++) {
        qocpn_storm_queue(s, k);
    }
    settle(s);
    disable(s);
}

static void deletions(const QOcpnStormOps *ops)
{
    QOcpnStorm *s = start(ops);

    for (unsigned i = 0; i < qocpn_storm_loops(1); i++) {
        for (unsigned j = 0; j < storm_nstates; j++) {
            if (storm_states[j].deletes && storm_can(s, &storm_states[j])) {
                one_deletion(s, &storm_states[j]);
            }
        }
    }
    qocpn_storm_stop(s);
}

/* ------------------------------------------------------------------ aborts */

/* Commands whose Abort said that they were. */
typedef struct Aborted {
    bool asked[QOCPN_STORM_SLOTS], done[QOCPN_STORM_SLOTS];
    unsigned n;
} Aborted;

static void abort_one(QOcpnStorm *s, Aborted *a)
{
    unsigned i = qocpn_storm_pick(s, QOCPN_STORM_SLOTS);
    bool busy;
    QOcpnCqe cqe;

    if (a->asked[i]) {
        return;
    }
    a->asked[i] = true;
    qocpn_storm_reap(s);
    busy = s->slot[i].busy;
    cqe = qocpn_admin(s->q, &(QOcpnCmd) {
        .opc = NVME_ADM_ABORT,
        .cdw10 = (uint32_t)s->slot[i].cid << 16 | (i / DEPTH + 1),
    });
    QOCPN_OK(cqe);
    a->done[i] = !(cqe.dw0 & 1);
    a->n += a->done[i];
    g_assert_true(busy || !a->done[i]);
}

/* An abort is told once, by the command's own status; nothing else is one. */
static void expect_aborted(QOcpnStorm *s, const Aborted *a)
{
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        if (a->done[i] != (s->slot[i].status == NVME_SC_ABORT_REQUESTED) ||
            (a->done[i] && s->slot[i].busy)) {
            g_error("%s: slot %u was %saborted, its status is %03x", s->where,
                    i, a->done[i] ? "" : "not ", s->slot[i].status);
        }
    }
}

static void one_abortion(QOcpnStorm *s, const StormState *st)
{
    g_autofree Aborted *a = g_new0(Aborted, 1);

    storm_begin(s, st);
    s->fuse = false;
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        s->slot[i].status = 0;
    }
    qocpn_storm_allow(s, NVME_SC_ABORT_REQUESTED);
    storm_enter(s, st);
    if (st->undone) {
        st->leave(s);
    }
    for (unsigned i = 0; i < ABORTS; i++) {
        abort_one(s, a);
    }
    if (st->held) {
        QOCPN_UNTIL(s->q, (qocpn_storm_reap(s),
                           s->busy == QOCPN_STORM_SLOTS - a->n));
    }
    if (st->stalls) {
        g_assert_cmpuint(a->n, >, ABORTS / 2);
    }
    if (!st->undone) {
        st->leave(s);
    }
    step(s);
    if (!st->stalls) {
        qocpn_storm_wait(s);
    }
    expect_aborted(s, a);
    if (st->stalls) {
        disable(s);
        s->few = false;
        qocpn_storm_up(s);
    }
    settle(s);
    disable(s);
}

static void aborts(const QOcpnStormOps *ops)
{
    QOcpnStorm *s = start(ops);

    for (unsigned i = 0; i < qocpn_storm_loops(1); i++) {
        for (unsigned j = 0; j < storm_nstates; j++) {
            if (storm_states[j].deletes && storm_can(s, &storm_states[j])) {
                one_abortion(s, &storm_states[j]);
            }
        }
    }
    qocpn_storm_stop(s);
}

static void deletions_nvm(void)
{
    deletions(&qocpn_storm_nvm);
}

static void deletions_chunks(void)
{
    deletions(&qocpn_storm_chunks);
}

static void aborts_nvm(void)
{
    aborts(&qocpn_storm_nvm);
}

static void aborts_chunks(void)
{
    aborts(&qocpn_storm_chunks);
}

/* ------------------------------------------------------------------ growth */

static void delete_and_make(QOcpnStorm *s)
{
    qocpn_storm_allow(s, NVME_SC_ABORT_SQ_DELETED);
    delete_all(s);
    qocpn_storm_strict(s);
    for (unsigned k = 0; k < QUEUES; k++) {
        QOCPN_OK(qocpn_delete_cq(s->q, k + 1));
        qocpn_storm_queue(s, k);
    }
    disable(s);
}

static void grows(void)
{
    QOcpnStorm *s = start(&qocpn_storm_nvm);

    qocpn_storm_expect_no_growth(s, delete_and_make, IDLE);
    qocpn_storm_stop(s);
}

#define OURS    "hw/nvme is not asked"

static const QOcpnTest tests[] = {
    { "all queues are deleted in every state", deletions_nvm, OURS },
    { "commands are aborted in every state", aborts_nvm, OURS },
    { "all queues of an open-channel drive are deleted", deletions_chunks,
      OURS },
    { "commands of an open-channel drive are aborted", aborts_chunks, OURS },
    { "deleting queues under load does not make QEMU grow", grows, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "queue-load", tests, ARRAY_SIZE(tests));
}
