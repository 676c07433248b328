/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands in flight: rings and accounting.
 */
#include "qemu/osdep.h"
#include <sys/mman.h>
#include <glib/gstdio.h>
#include "qocpn-storm.h"

#define RAM_BYTES   (128 * MiB)
#define SHORT_CQ    32              /* entries, where a host reads slowly */
#define SQ_BYTES    (QOCPN_STORM_RING * 64)
#define CQ_BYTES    (QOCPN_STORM_RING * 16)

void *qocpn_storm_at(QOcpnStorm *s, uint64_t addr)
{
    g_assert_cmphex(addr, <, RAM_BYTES);
    return s->ram + addr;
}

static uint64_t cut(uint64_t *at, uint64_t bytes)
{
    uint64_t addr = *at;

    *at += QEMU_ALIGN_UP(bytes, QOCPN_PAGE);
    return addr;
}

/* All that the drive may touch is in one piece. */
static void lay_out(QOcpnStorm *s)
{
    uint64_t at;

    s->size = (uint64_t)QOCPN_STORM_SLOTS * QOCPN_STORM_BYTES +
              QOCPN_STORM_QUEUES * (SQ_BYTES + CQ_BYTES) + 8 * QOCPN_PAGE;
    s->base = at = qocpn_buf(s->q, s->size);
    s->adm_sq = cut(&at, QOCPN_STORM_ADMIN * 64);
    s->adm_cq = cut(&at, QOCPN_STORM_ADMIN * 16);
    s->db = cut(&at, QOCPN_PAGE);
    s->ei = cut(&at, QOCPN_PAGE);
    for (unsigned k = 0; k < QOCPN_STORM_QUEUES; k++) {
        s->queue[k].sq = cut(&at, SQ_BYTES);
        s->queue[k].cq = cut(&at, CQ_BYTES);
    }
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        s->slot[i].buf = cut(&at, QOCPN_STORM_DATA + QOCPN_PAGE);
        s->slot[i].list = cut(&at, QOCPN_PAGE);
    }
    g_assert_cmphex(at, <=, s->base + s->size);
}

static char *map_ram(QOcpnStorm *s, const char *more)
{
    int fd = g_file_open_tmp("ocp-nvme-ram-XXXXXX", &s->ram_file, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, RAM_BYTES), ==, 0);
    s->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    g_assert_true(s->ram != MAP_FAILED);
    close(fd);
    return g_strdup_printf("-machine memory-backend=ram0 -object "
                           "memory-backend-file,id=ram0,share=on,size=128M,"
                           "mem-path=%s %s", s->ram_file, more ?: "");
}

QOcpnStorm *qocpn_storm_start(const QOcpnStormOps *ops, const QOcpnSetup *more)
{
    QOcpnStorm *s = g_new0(QOcpnStorm, 1);
    QOcpnSetup setup = *ops->setup;
    g_autofree char *args = map_ram(s, more->args);

    setup.args = args;
    setup.no_enable = true;
    setup.no_flush = true;          /* nothing here ends QEMU's host */
    setup.props = ",x-test-knobs=on";
    setup.port = more->port;
    setup.throttle = more->throttle;
    setup.file = more->file;
    s->ops = ops;
    s->rng = qocpn_storm_seed();
    /* Else each of QEMU's threads keeps free memory of its own. */
    g_setenv("MALLOC_ARENA_MAX", "1", true);
    s->q = qocpn_start(&setup);
    lay_out(s);
    s->data = ops->start(s);
    g_test_message("QOCPN_SEED=%u", s->rng);
    return s;
}

void qocpn_storm_stop(QOcpnStorm *s)
{
    g_test_message("at most %" PRIu64 " commands in flight", s->most);
    g_test_message("measured: %" PRIu64 " resets, deletions and removals under "
                   "load", s->events);
    g_test_message("measured: %" PRIu64 " commands completed once around these",
                   s->done + s->aborted);
    g_test_message("measured: %" PRIu64 " commands lost to these resets",
                   s->lost);
    qocpn_stop(s->q);
    munmap(s->ram, RAM_BYTES);
    g_unlink(s->ram_file);
    g_free(s->ram_file);
    g_free(s->data);
    g_free(s);
}

/* ------------------------------------------------------------- queues */

/* The admin rings stay where they are, so that they can be looked at. */
static void admin_up(QOcpnStorm *s)
{
    QOcpn *q = s->q;
    uint32_t last = QOCPN_STORM_ADMIN - 1;

    memset(qocpn_storm_at(s, s->adm_sq), 0, 4 * QOCPN_PAGE);
    q->adm = (QOcpnQueue) {
        .size = QOCPN_STORM_ADMIN, .phase = true,
        .sq = s->adm_sq, .cq = s->adm_cq,
    };
    q->events = 0;
    qocpn_writel(q, NVME_REG_AQA, last << 16 | last);
    qocpn_writeq(q, NVME_REG_ASQ, s->adm_sq);
    qocpn_writeq(q, NVME_REG_ACQ, s->adm_cq);
    qocpn_enable_cc(q, QOCPN_CC);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & 3, ==, 1);
}

void qocpn_storm_queue(QOcpnStorm *s, unsigned k)
{
    QOcpnStormQueue *w = &s->queue[k];
    QOcpnQueue sq = { .id = k + 1, .size = QOCPN_STORM_RING, .sq = w->sq };
    QOcpnQueue cq = { .id = k + 1, .cq = w->cq };

    memset(qocpn_storm_at(s, w->sq), 0, SQ_BYTES);
    memset(qocpn_storm_at(s, w->cq), 0, CQ_BYTES);
    memset(qocpn_storm_at(s, s->db + 8 * (k + 1)), 0, 8);
    memset(qocpn_storm_at(s, s->ei + 8 * (k + 1)), 0, 8);
    *w = (QOcpnStormQueue) {
        .sq = w->sq, .cq = w->cq, .phase = true,
        .cq_size = s->few ? SHORT_CQ : QOCPN_STORM_RING,
    };
    cq.size = w->cq_size;
    QOCPN_OK(qocpn_create_cq(s->q, &cq, k + 1));
    QOCPN_OK(qocpn_create_sq(s->q, &sq, k + 1));
}

/* FLBAS, of Identify Namespace. */
static uint8_t lba_format(QOcpn *q)
{
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    return id[26] & 0xf;
}

void qocpn_storm_up(QOcpnStorm *s)
{
    admin_up(s);
    s->lba_format = lba_format(s->q);
    s->shadow = qocpn_storm_pick(s, 3) == 0;
    if (s->shadow) {
        QOCPN_OK(qocpn_admin(s->q, &(QOcpnCmd) {
            .opc = NVME_ADM_DBBUF_CONFIG, .prp1 = s->db, .prp2 = s->ei,
        }));
    }
    for (unsigned k = 0; k < QOCPN_STORM_QUEUES; k++) {
        qocpn_storm_queue(s, k);
    }
    s->gen++;
}

static void ring(QOcpnStorm *s, unsigned k, bool cq)
{
    QOcpnStormQueue *w = &s->queue[k];
    uint32_t value = cq ? w->head : w->tail;

    if (s->shadow) {
        stl_le_p(qocpn_storm_at(s, s->db + 8 * (k + 1) + 4 * cq), value);
    }
    qocpn_writel(s->q, cq ? qocpn_cq_doorbell(s->q, k + 1)
                          : qocpn_sq_doorbell(s->q, k + 1), value);
}

static void encode(uint8_t *sqe, const QOcpnCmd *cmd, uint16_t cid)
{
    const uint32_t dw[] = { cmd->cdw10, cmd->cdw11, cmd->cdw12, cmd->cdw13,
                            cmd->cdw14, cmd->cdw15 };

    memset(sqe, 0, 64);
    sqe[0] = cmd->opc;
    sqe[1] = cmd->flags;
    stw_le_p(sqe + 2, cid);
    stl_le_p(sqe + 4, cmd->nsid);
    stq_le_p(sqe + 16, cmd->mptr);
    stq_le_p(sqe + 24, cmd->prp1);
    stq_le_p(sqe + 32, cmd->prp2);
    for (unsigned i = 0; i < 6; i++) {
        stl_le_p(sqe + 40 + 4 * i, dw[i]);
    }
}

/* Identifiers tell the slot, and an old life of it from this one. */
static bool post(QOcpnStorm *s, unsigned i)
{
    QOcpnStormQueue *w = &s->queue[i / QOCPN_STORM_DEPTH];
    QOcpnStormSlot *t = &s->slot[i];
    QOcpnCmd cmd = { 0 };

    if (!s->ops->next(s, i, &cmd)) {
        return false;
    }
    t->cid = (s->gen++ & 0x7f) << 8 | i % QOCPN_STORM_DEPTH;
    t->order = w->sent++;
    t->busy = true;
    w->busy++;
    s->busy++;
    encode(qocpn_storm_at(s, w->sq + w->tail * 64), &cmd, t->cid);
    w->tail = (w->tail + 1) % QOCPN_STORM_RING;
    return true;
}

void qocpn_storm_post(QOcpnStorm *s)
{
    for (unsigned k = 0; k < QOCPN_STORM_QUEUES; k++) {
        unsigned first = k * QOCPN_STORM_DEPTH, n = 0;

        for (unsigned i = first; i < first + QOCPN_STORM_DEPTH; i++) {
            n += !s->slot[i].busy && post(s, i);
        }
        if (n) {
            ring(s, k, false);
        }
    }
    s->most = MAX(s->most, s->busy);
}

/* -------------------------------------------------------- completions */

static bool take(QOcpnStorm *s, QOcpnStormQueue *w, QOcpnCqe *cqe)
{
    const uint8_t *b = qocpn_storm_at(s, w->cq + w->head * 16);

    if ((qatomic_load_acquire(&b[14]) & 1) != w->phase) {
        return false;
    }
    *cqe = (QOcpnCqe) {
        .dw0 = ldl_le_p(b),
        .dw1 = ldl_le_p(b + 4),
        .sqhd = lduw_le_p(b + 8),
        .sqid = lduw_le_p(b + 10),
        .cid = lduw_le_p(b + 12),
        .status = lduw_le_p(b + 14) >> 1,
    };
    if (++w->head == w->cq_size) {
        w->head = 0;
        w->phase = !w->phase;
    }
    return true;
}

static void over(QOcpnStorm *s, unsigned i)
{
    s->slot[i].busy = false;
    s->queue[i / QOCPN_STORM_DEPTH].busy--;
    s->busy--;
}

static void judge(QOcpnStorm *s, unsigned k, const QOcpnCqe *cqe)
{
    unsigned i = k * QOCPN_STORM_DEPTH + (cqe->cid & 0xff);
    QOcpnStormSlot *t = &s->slot[i];

    if ((cqe->cid & 0xff) >= QOCPN_STORM_DEPTH || !t->busy ||
        t->cid != cqe->cid || cqe->sqid != k + 1) {
        g_error("%s: queue %u: CID %04x of queue %u completed, which is not "
                "in flight", s->where, k + 1, cqe->cid, cqe->sqid);
    }
    over(s, i);
    t->status = QOCPN_SC(*cqe);
    s->done++;
    s->ops->done(s, i, cqe);
}

unsigned qocpn_storm_reap(QOcpnStorm *s)
{
    unsigned n = 0;

    for (unsigned k = 0; k < QOCPN_STORM_QUEUES; k++) {
        QOcpnCqe cqe;
        bool any = false;

        while (take(s, &s->queue[k], &cqe)) {
            judge(s, k, &cqe);
            any = true;
            n++;
        }
        if (any && !s->deaf) {
            ring(s, k, true);
        }
    }
    return n;
}

void qocpn_storm_wait(QOcpnStorm *s)
{
    while (s->busy) {
        QOCPN_UNTIL(s->q, qocpn_storm_reap(s));
    }
}

void qocpn_storm_lost(QOcpnStorm *s, unsigned k)
{
    unsigned first = k * QOCPN_STORM_DEPTH;

    for (unsigned i = first; i < first + QOCPN_STORM_DEPTH; i++) {
        if (s->slot[i].busy) {
            over(s, i);
            s->lost++;
            s->ops->lost(s, i);
        }
    }
}

void qocpn_storm_lost_all(QOcpnStorm *s)
{
    for (unsigned k = 0; k < QOCPN_STORM_QUEUES; k++) {
        qocpn_storm_lost(s, k);
    }
}

void qocpn_storm_expect_first(QOcpnStorm *s, unsigned k)
{
    QOcpnStormQueue *w = &s->queue[k];
    unsigned first = k * QOCPN_STORM_DEPTH;

    for (unsigned i = first; i < first + QOCPN_STORM_DEPTH; i++) {
        QOcpnStormSlot *t = &s->slot[i];

        if (t->busy && t->order < w->sent - w->busy) {
            g_error("%s: queue %u: command %u was fetched and has no "
                    "completion, %u have", s->where, k + 1, t->order,
                    w->sent - w->busy);
        }
    }
}
