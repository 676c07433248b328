/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: four queues that write, read and reset chunks all the time, each its
 * own ones, while parallel units are shared by all queues.  What was
 * acknowledged is there after resets, stops and after QEMU was killed.
 * Proves: OCSSD 2.0, "Chunk State Machine": write pointer, Vector Chunk Reset
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define QUEUES      4
#define DEPTH       8               /* chunks that a queue has to itself */
#define SLOTS       (QUEUES * DEPTH)
#define CLBA        32
#define STEP        4               /* blocks of a write, WS_MIN */
#define BYTES       (STEP * 4096)
#define SOME        (4 * SLOTS)

#define FREE        1
#define CLOSED      2
#define OPEN        4

typedef struct Slot {
    uint8_t opc;                    /* in flight, or 0 */
    bool look;                      /* next, read what was written last */
    uint16_t cid;
    uint64_t buf, list, lba;
    unsigned index;                 /* of the chunk in the log page */
    unsigned wp;                    /* blocks acknowledged */
    uint32_t seed[CLBA / STEP];
    uint32_t new_seed;
} Slot;

typedef struct Load {
    QOcpn *q;
    QOcpnQueue queue[QUEUES];
    Slot slot[SLOTS];
    unsigned busy;
    uint64_t done;
    uint32_t seed;
} Load;

static const QOcpnSetup drive = {
    .open_channel = true,
    .size = 32 * MiB,               /* 4 parallel units of 64 chunks */
    .geometry = "--num-grp 2 --num-pu 2 --num-chk 64 --clba 32"
                " --ws-min 4 --ws-opt 4 --mw-cunits 0",
    .no_ioq = true,
};

static void make_queues(Load *l)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        QOCPN_OK(qocpn_create_pair(l->q, &l->queue[i], i + 1, DEPTH + 1,
                                   i + 1));
    }
}

/* Slot I of queue Q has a chunk in parallel unit I mod 4: all units, shared. */
static void attach(Load *l, QOcpn *q)
{
    QOcpnGeometry g = qocpn_geometry(q);

    l->q = q;
    make_queues(l);
    for (unsigned i = 0; i < SLOTS; i++) {
        Slot *s = &l->slot[i];
        unsigned pu = i % 4, chk = i / 4;

        s->lba = qocpn_lba(&g, pu / 2, pu % 2, chk, 0);
        s->index = pu * g.num_chk + chk;
        s->buf = qocpn_buf(q, BYTES);
        s->list = qocpn_buf(q, QOCPN_PAGE);
    }
}

static void fill(Load *l, const Slot *s, uint32_t seed)
{
    uint8_t data[BYTES];

    qocpn_pattern(data, sizeof(data), seed);
    qtest_bufwrite(l->q->qts, s->buf, data, sizeof(data));
}

static void submit(Load *l, unsigned i)
{
    Slot *s = &l->slot[i];
    QOcpnCmd cmd;

    if (s->look) {
        cmd = qocpn_rw(NVME_IO_READ, s->lba + s->wp - STEP, STEP);
        qtest_memset(l->q->qts, s->buf, 0xcc, BYTES);
    } else if (s->wp < CLBA) {
        cmd = qocpn_rw(NVME_IO_WRITE, s->lba + s->wp, STEP);
        s->new_seed = ++l->seed;
        fill(l, s, s->new_seed);
    } else {
        cmd = (QOcpnCmd) {
            .opc = 0x90, .nsid = 1, .cdw10 = s->lba, .cdw11 = s->lba >> 32,
        };
    }
    if (cmd.opc != 0x90) {
        qocpn_prp(l->q, &cmd, s->buf, BYTES, s->list);
    }
    s->opc = cmd.opc;
    s->cid = qocpn_post(l->q, &l->queue[i / DEPTH], &cmd);
    l->busy++;
}

static void submit_all(Load *l)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!l->slot[i].opc) {
            submit(l, i);
        }
        if (i % DEPTH == DEPTH - 1) {
            qocpn_ring(l->q, &l->queue[i / DEPTH]);
        }
    }
}

static void expect(Load *l, const Slot *s, uint32_t seed)
{
    uint8_t got[BYTES], want[BYTES];

    qtest_bufread(l->q->qts, s->buf, got, sizeof(got));
    qocpn_pattern(want, sizeof(want), seed);
    if (memcmp(got, want, sizeof(got))) {
        g_test_message("chunk %u: the blocks before %u are not pattern %u",
                       s->index, s->wp, seed);
        g_test_fail();
    }
}

static void judge(Load *l, Slot *s, const QOcpnCqe *cqe)
{
    QOCPN_OK(*cqe);
    if (s->opc == NVME_IO_READ) {
        expect(l, s, s->seed[s->wp / STEP - 1]);
        s->look = false;
    } else if (s->opc == NVME_IO_WRITE) {
        s->seed[s->wp / STEP] = s->new_seed;
        s->wp += STEP;
        s->look = true;
    } else {
        s->wp = 0;
    }
    s->opc = 0;
    l->busy--;
    l->done++;
}

static unsigned reap(Load *l)
{
    unsigned n = 0;

    for (unsigned i = 0; i < QUEUES; i++) {
        QOcpnCqe cqe;

        while (qocpn_reap(l->q, &l->queue[i], &cqe)) {
            Slot *s = &l->slot[i * DEPTH];

            while (s < &l->slot[(i + 1) * DEPTH] &&
                   !(s->opc && s->cid == cqe.cid)) {
                s++;
            }
            g_assert_true(s < &l->slot[(i + 1) * DEPTH]);
            judge(l, s, &cqe);
            n++;
        }
    }
    return n;
}

static void run(Load *l, unsigned count)
{
    uint64_t end = l->done + count;

    while (l->done < end) {
        submit_all(l);
        QOCPN_UNTIL(l->q, reap(l));
    }
    submit_all(l);
}

/* All of a chunk up to its write pointer. */
static void check_chunk(Load *l, Slot *s)
{
    for (unsigned at = 0; at < s->wp; at += STEP) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, s->lba + at, STEP);

        qocpn_prp(l->q, &cmd, s->buf, BYTES, s->list);
        QOCPN_OK(qocpn_cmd(l->q, &l->queue[0], &cmd));
        expect(l, s, s->seed[at / STEP]);
    }
}

/* What was in flight has happened, or has not; then nothing is in flight. */
static void settle(Load *l, Slot *s)
{
    QOcpnChunk c = qocpn_chunk(l->q, s->index);
    unsigned wp = c.cs == FREE ? 0 : c.wp;

    if (s->opc == NVME_IO_WRITE && wp == s->wp + STEP) {
        s->seed[s->wp / STEP] = s->new_seed;
        s->wp += STEP;
    } else if (s->opc == 0x90 && c.cs == FREE) {
        s->wp = 0;
    }
    g_assert_cmpuint(wp, ==, s->wp);
    g_assert_cmphex(c.cs, ==, s->wp == 0 ? FREE :
                              s->wp == CLBA ? CLOSED : OPEN);
    s->opc = 0;
    s->look = false;
    check_chunk(l, s);
}

static void settle_all(Load *l)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        settle(l, &l->slot[i]);
    }
    l->busy = 0;
}

static void finish(Load *l)
{
    while (l->busy) {
        QOCPN_UNTIL(l->q, reap(l));
    }
    settle_all(l);
    qocpn_stop(l->q);
}

static void busy(void)
{
    Load l = { 0 };

    attach(&l, qocpn_start(&drive));
    for (unsigned i = 0; i < 10; i++) {
        run(&l, SOME);
        qtest_qmp_assert_success(l.q->qts, "{'execute': 'stop'}");
        qtest_qmp_assert_success(l.q->qts, "{'execute': 'cont'}");
    }
    finish(&l);
}

static void resets(void)
{
    Load l = { 0 };

    attach(&l, qocpn_start(&drive));
    for (unsigned i = 0; i < 6; i++) {
        run(&l, SOME);
        if (i % 2) {
            qocpn_disable(l.q);
        } else {
            qocpn_flr(l.q);
            qocpn_pci_restore(l.q);
        }
        reap(&l);
        qocpn_enable(l.q);
        make_queues(&l);
        settle_all(&l);
    }
    finish(&l);
}

static void killed(void)
{
    char *file = qocpn_image(&drive);
    QOcpnSetup s = drive;
    Load l = { 0 };

    s.file = file;
    for (unsigned i = 0; i < 4; i++) {
        attach(&l, qocpn_start(&s));
        settle_all(&l);
        run(&l, SOME + 13 * i);
        reap(&l);
        g_free(l.q->pdev);
        qocpn_kill(l.q);
    }
    attach(&l, qocpn_start(&s));
    settle_all(&l);
    finish(&l);
    qocpn_image_free(file);
}

#define OURS    "hw/nvme is no open-channel drive"

static const QOcpnTest tests[] = {
    { "four queues write, read and reset chunks", busy, OURS },
    { "controller resets lose no block and tear no chunk", resets, OURS },
    { "killing QEMU loses no block and tears no chunk", killed, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "chunk-load", tests, ARRAY_SIZE(tests));
}
