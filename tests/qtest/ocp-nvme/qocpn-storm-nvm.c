/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands in flight: those of a conventional drive.
 *
 * A slot has four blocks.  Of each it knows what it holds, and after a lost
 * write what it may hold instead; then it is read before it is changed again.
 */
#include "qemu/osdep.h"
#include "qocpn-storm.h"

#define BLOCK       4096
#define BLOCKS      4               /* of a slot */
#define NEVER       UINT32_MAX      /* the seed of bytes that no block has */

typedef struct Block {
    uint32_t now, also;             /* seeds; 0 is zeroes */
} Block;

/* The command of a slot in flight: it makes blocks [FIRST, + N) these. */
typedef struct Slot {
    uint8_t opc;
    bool unlike;                    /* a Compare with other data */
    bool fused;                     /* the next command is the second of two */
    unsigned first, n;
    uint64_t data;                  /* where its bytes are */
    uint32_t seed[BLOCKS];
    Block block[BLOCKS];
} Slot;

typedef struct Drive {
    uint32_t seed;
    Slot slot[QOCPN_STORM_SLOTS];
} Drive;

static const QOcpnSetup setup = {
    .lba_size = BLOCK, .size = 80 * MiB,
};

static Slot *slot_of(QOcpnStorm *s, unsigned i)
{
    return &((Drive *)s->data)->slot[i];
}

static void *start(QOcpnStorm *s)
{
    return g_new0(Drive, 1);
}

static void fill(void *p, uint32_t seed)
{
    qocpn_storm_fill(p, BLOCK, seed);
}

static bool is(const void *p, uint32_t seed)
{
    return qocpn_storm_is(p, BLOCK, seed);
}

/* --------------------------------------------------------------- commands */

/* Halves of neighbouring slots are neighbours, so that I/O can be merged. */
static uint64_t lba(unsigned i, unsigned block)
{
    return block / 2 * QOCPN_STORM_SLOTS * 2 + i * 2 + block % 2;
}

/* What a read must tell before the blocks are changed. */
static bool is_uncertain(const Slot *w)
{
    for (unsigned b = 0; b < BLOCKS; b++) {
        if (w->block[b].now != w->block[b].also) {
            return true;
        }
    }
    return false;
}

static QOcpnCmd rw(Slot *w, unsigned i, uint8_t opc, unsigned first,
                   unsigned n)
{
    w->opc = opc;
    w->first = first;
    w->n = n;
    return qocpn_rw(opc, lba(i, first), n);
}

static void read_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd, unsigned first)
{
    Slot *w = slot_of(s, i);

    *cmd = rw(w, i, NVME_IO_READ, first, 2);
    w->data = qocpn_storm_point(s, i, cmd, 2 * BLOCK);
}

/* New data for the blocks of W. */
static void write_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd, unsigned first)
{
    Drive *d = s->data;
    Slot *w = slot_of(s, i);

    *cmd = rw(w, i, NVME_IO_WRITE, first, 1 + qocpn_storm_pick(s, 2));
    w->data = qocpn_storm_point(s, i, cmd, w->n * BLOCK);
    for (unsigned b = 0; b < w->n; b++) {
        w->seed[b] = ++d->seed;
        fill(qocpn_storm_at(s, w->data + b * BLOCK), w->seed[b]);
    }
    if (qocpn_storm_pick(s, 8) == 0) {
        cmd->cdw12 |= 1u << 30;         /* FUA */
    }
}

static void compare_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd,
                        unsigned first)
{
    Slot *w = slot_of(s, i);

    *cmd = rw(w, i, NVME_IO_COMPARE, first, 1);
    w->data = qocpn_storm_point(s, i, cmd, BLOCK);
    w->unlike = qocpn_storm_pick(s, 2);
    fill(qocpn_storm_at(s, w->data),
         w->unlike ? NEVER : w->block[first].now);
}

static void zero_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd, unsigned first)
{
    Slot *w = slot_of(s, i);

    *cmd = rw(w, i, NVME_IO_WRITE_ZEROES, first, 2);
    w->seed[0] = w->seed[1] = 0;
}

static void discard_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd,
                        unsigned first)
{
    Slot *w = slot_of(s, i);
    uint8_t *range = qocpn_storm_at(s, s->slot[i].list);

    zero_cmd(s, i, cmd, first);
    w->opc = NVME_IO_DSM;
    stl_le_p(range, 0);
    stl_le_p(range + 4, 2);
    stq_le_p(range + 8, lba(i, first));
    *cmd = (QOcpnCmd) {
        .opc = NVME_IO_DSM, .nsid = 1, .prp1 = s->slot[i].list, .cdw11 = 4,
    };
}

/* Blocks 0 and 1 onto 2 and 3. */
static void copy_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    Slot *w = slot_of(s, i);
    uint8_t *range = qocpn_storm_at(s, s->slot[i].list);

    memset(range, 0, 32);
    stq_le_p(range + 8, lba(i, 0));
    stw_le_p(range + 16, 1);
    rw(w, i, NVME_IO_COPY, 2, 2);
    w->seed[0] = w->block[0].now;
    w->seed[1] = w->block[1].now;
    *cmd = (QOcpnCmd) {
        .opc = NVME_IO_COPY, .nsid = 1, .prp1 = s->slot[i].list,
        .cdw10 = lba(i, 2), .cdw11 = lba(i, 2) >> 32,
    };
}

/* A Compare that succeeds, of slot I, and a Write to the same of I + 1. */
static void fused_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    Slot *w = slot_of(s, i), *next = slot_of(s, i + 1);

    *cmd = rw(w, i + 1, NVME_IO_COMPARE, 0, 1);
    cmd->flags = 1;
    cmd->prp1 = w->data = s->slot[i].buf;
    w->unlike = false;
    fill(qocpn_storm_at(s, w->data), next->block[0].now);
    next->fused = true;
}

static void second_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    Drive *d = s->data;
    Slot *w = slot_of(s, i);

    w->fused = false;
    *cmd = rw(w, i, NVME_IO_WRITE, 0, 1);
    cmd->flags = 2;
    cmd->prp1 = w->data = s->slot[i].buf;
    w->seed[0] = ++d->seed;
    fill(qocpn_storm_at(s, w->data), w->seed[0]);
}

static bool may_fuse(QOcpnStorm *s, unsigned i)
{
    return (i + 1) % QOCPN_STORM_DEPTH && !s->slot[i + 1].busy &&
           !is_uncertain(slot_of(s, i + 1)) && !qocpn_storm_pick(s, 64);
}

/* The first two blocks or the last ones, whichever must be read. */
static unsigned uncertain(const Slot *w)
{
    return w->block[0].now != w->block[0].also ||
           w->block[1].now != w->block[1].also ? 0 : 2;
}

static void any_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    static void (*const cmds[])(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd,
                                unsigned first) = {
        write_cmd, write_cmd, write_cmd, write_cmd, write_cmd, read_cmd,
        read_cmd, read_cmd, compare_cmd, zero_cmd, discard_cmd,
    };
    unsigned what = qocpn_storm_pick(s, ARRAY_SIZE(cmds) + 3);
    Slot *w = slot_of(s, i);

    if (what < ARRAY_SIZE(cmds)) {
        cmds[what](s, i, cmd, 2 * qocpn_storm_pick(s, 2));
    } else if (what == ARRAY_SIZE(cmds)) {
        copy_cmd(s, i, cmd);
    } else if (what == ARRAY_SIZE(cmds) + 1) {
        *cmd = rw(w, i, NVME_IO_VERIFY, 2, 2);
    } else {
        w->opc = NVME_IO_FLUSH;
        w->n = 0;
        *cmd = (QOcpnCmd) { .opc = NVME_IO_FLUSH, .nsid = 1 };
    }
}

static bool next(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    Slot *w = slot_of(s, i);

    if (w->fused) {
        second_cmd(s, i, cmd);
    } else if (s->only_reads) {
        read_cmd(s, i, cmd, s->only_reads == 1 ? 0 : 2);
    } else if (is_uncertain(w)) {
        read_cmd(s, i, cmd, uncertain(w));
    } else if (s->fuse && may_fuse(s, i)) {
        fused_cmd(s, i, cmd);
    } else {
        any_cmd(s, i, cmd);
    }
    return true;
}

/* ------------------------------------------------------------- the answers */

static bool changes(const Slot *w)
{
    return w->opc == NVME_IO_WRITE || w->opc == NVME_IO_WRITE_ZEROES ||
           w->opc == NVME_IO_DSM || w->opc == NVME_IO_COPY;
}

/* What is read now is so from now on. */
static void judge_data(QOcpnStorm *s, unsigned i)
{
    Slot *w = slot_of(s, i);

    for (unsigned b = 0; b < w->n; b++) {
        const uint8_t *p = qocpn_storm_at(s, w->data + b * BLOCK);
        Block *k = &w->block[w->first + b];

        if (is(p, k->now)) {
            k->also = k->now;
        } else if (is(p, k->also)) {
            k->now = k->also;
        } else {
            g_error("%s: block %" PRIu64 " is neither pattern %u nor %u: %016"
                    PRIx64, s->where, lba(i, w->first + b), k->now,
                    k->also, ldq_le_p(p));
        }
    }
}

/* Some of it may have been done. */
static void lost(QOcpnStorm *s, unsigned i)
{
    Slot *w = slot_of(s, i);

    w->fused = false;
    for (unsigned b = 0; changes(w) && b < w->n; b++) {
        w->block[w->first + b].also = w->seed[b];
    }
}

static void done(QOcpnStorm *s, unsigned i, const QOcpnCqe *cqe)
{
    Slot *w = slot_of(s, i);
    uint16_t sc = QOCPN_SC(*cqe);
    uint16_t want = w->opc == NVME_IO_COMPARE && w->unlike
                    ? NVME_SC_COMPARE_FAILURE : 0;

    if (sc != want) {
        if (!qocpn_storm_allows(s, sc)) {
            g_error("%s: slot %u, opcode %02x: status %03x, not %03x",
                    s->where, i, w->opc, sc, want);
        }
        s->aborted++;
        lost(s, i);
    } else if (w->opc == NVME_IO_READ) {
        judge_data(s, i);
    } else if (changes(w)) {
        for (unsigned b = 0; b < w->n; b++) {
            Block *k = &w->block[w->first + b];

            k->now = k->also = w->seed[b];
        }
    }
}

static void settle(QOcpnStorm *s)
{
    for (s->only_reads = 1; s->only_reads <= 2; s->only_reads++) {
        qocpn_storm_post(s);
        qocpn_storm_wait(s);
    }
    s->only_reads = 0;
}

static void zeroed(QOcpnStorm *s)
{
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        for (unsigned b = 0; b < BLOCKS; b++) {
            slot_of(s, i)->block[b].also = 0;
        }
    }
}

const QOcpnStormOps qocpn_storm_nvm = {
    .setup = &setup,
    .start = start,
    .next = next,
    .done = done,
    .lost = lost,
    .settle = settle,
    .zeroed = zeroed,
};
