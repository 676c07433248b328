/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands in flight: those of an open-channel drive.
 *
 * A chunk of which something was lost is only read until the table has told
 * what became of it.
 */
#include "qemu/osdep.h"
#include "qocpn-storm-chunks.h"

/* 1 + 2 + 10 + 4 bits of address: all of them are used. */
static const QOcpnSetup setup = {
    .open_channel = true, .lba_size = BLOCK,
    .size = (uint64_t)UNITS * PER_UNIT * CLBA * BLOCK,
    .geometry = "--num-grp 2 --num-pu 4 --num-chk 1024 --clba 16"
                " --ws-min 4 --ws-opt 4 --mw-cunits 0",
};

static void *start(QOcpnStorm *s)
{
    return g_new0(StormDrive, 1);
}

static bool is_uncertain(const StormSlot *w)
{
    for (unsigned c = 0; c < CHUNKS; c++) {
        if (w->chunk[c].sent != w->chunk[c].wp || w->chunk[c].reset) {
            return true;
        }
    }
    return false;
}

/* --------------------------------------------------------------- commands */

static void add(StormSlot *w, unsigned i, unsigned chunk, unsigned first,
                unsigned n)
{
    w->part[w->nparts++] = (StormPart) {
        .chunk = &w->chunk[chunk], .lba = storm_lba(i, chunk) + first,
        .first = first, .n = n,
    };
}

static unsigned blocks_of(const StormSlot *w)
{
    unsigned n = 0;

    for (unsigned j = 0; j < w->nparts; j++) {
        n += w->part[j].n;
    }
    return n;
}

/* Addresses [FROM, TO) of W's parts to where the command finds them. */
static void put_list(QOcpnStorm *s, unsigned i, unsigned off, unsigned from,
                     unsigned to)
{
    const StormSlot *w = storm_slot(s, i);
    uint8_t *list = qocpn_storm_at(s, s->slot[i].list + off);

    for (unsigned j = from; j < to; j++) {
        for (unsigned b = 0; b < w->part[j].n; b++, list += 8) {
            stq_le_p(list, w->part[j].lba + b);
        }
    }
}

static void vector(QOcpnStorm *s, unsigned i, uint8_t opc, QOcpnCmd *cmd)
{
    StormSlot *w = storm_slot(s, i);
    unsigned n = blocks_of(w);
    uint64_t at = s->slot[i].list + FROM;

    w->opc = opc;
    put_list(s, i, FROM, 0, w->nparts);
    *cmd = (QOcpnCmd) {
        .opc = opc, .nsid = 1, .cdw10 = at, .cdw11 = at >> 32,
        .cdw12 = n - 1,
    };
    if (n == 1) {
        cmd->cdw10 = w->part[0].lba;
        cmd->cdw11 = w->part[0].lba >> 32;
    }
}

/* By address if W has one part and chance says so, or by list. */
static void move(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd, uint8_t scalar,
                 uint8_t list)
{
    StormSlot *w = storm_slot(s, i);

    if (w->nparts == 1 && qocpn_storm_pick(s, 2)) {
        w->opc = scalar;
        *cmd = qocpn_rw(scalar, w->part[0].lba, w->part[0].n);
    } else {
        vector(s, i, list, cmd);
    }
    w->data = qocpn_storm_point(s, i, cmd, blocks_of(w) * BLOCK);
}

static void read_part(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd,
                      unsigned chunk, unsigned first, unsigned n)
{
    add(storm_slot(s, i), i, chunk, first, n);
    move(s, i, cmd, NVME_IO_READ, OCSSD_IO_VECTOR_READ);
}

/* Some of what was sent; of a Free chunk what nobody has written. */
static void read_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    unsigned chunk = qocpn_storm_pick(s, CHUNKS);
    unsigned n = MAX(storm_slot(s, i)->chunk[chunk].sent, WS_MIN);
    unsigned first = qocpn_storm_pick(s, n);

    read_part(s, i, cmd, chunk, first, 1 + qocpn_storm_pick(s, n - first));
}

/* All of CHUNK that was acknowledged. */
static void read_all(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd, unsigned chunk)
{
    unsigned wp = storm_slot(s, i)->chunk[chunk].wp;

    read_part(s, i, cmd, chunk, 0, wp ?: WS_MIN);
}

/* Is there room for N more blocks?  Then they are sent. */
static bool extend(StormSlot *w, unsigned i, unsigned chunk, unsigned n)
{
    StormChunk *k = &w->chunk[chunk];

    if (k->wp + n > CLBA) {
        return false;
    }
    add(w, i, chunk, k->wp, n);
    k->sent = k->wp + n;
    return true;
}

/* One or two units to one chunk, or one to each. */
static bool write_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    StormDrive *d = s->data;
    StormSlot *w = storm_slot(s, i);
    unsigned how = qocpn_storm_pick(s, 5), block = 0;

    if (how < 4) {
        extend(w, i, how % 2, WS_MIN * (1 + how / 2));
    } else {
        extend(w, i, 0, WS_MIN);
        extend(w, i, 1, WS_MIN);
    }
    if (!w->nparts) {
        return false;
    }
    move(s, i, cmd, NVME_IO_WRITE, OCSSD_IO_VECTOR_WRITE);
    for (unsigned j = 0; j < w->nparts; j++) {
        const StormPart *p = &w->part[j];

        for (unsigned b = 0; b < p->n; b++, block++) {
            p->chunk->seed[p->first + b] = ++d->seed;
            qocpn_storm_fill(qocpn_storm_at(s, w->data + block * BLOCK),
                             BLOCK, d->seed);
        }
    }
    if (w->opc == NVME_IO_WRITE && qocpn_storm_pick(s, 8) == 0) {
        cmd->cdw12 |= 1u << 30;     /* FUA */
    }
    return true;
}

/* The last unit of one chunk to the end of the other one. */
static bool copy_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    StormSlot *w = storm_slot(s, i);
    unsigned from = qocpn_storm_pick(s, 2);
    StormChunk *src = &w->chunk[from], *dst = &w->chunk[!from];
    uint64_t at = s->slot[i].list + TO;

    if (!src->wp || !extend(w, i, !from, WS_MIN)) {
        return false;
    }
    add(w, i, from, src->wp - WS_MIN, WS_MIN);
    memcpy(dst->seed + dst->wp, src->seed + src->wp - WS_MIN,
           WS_MIN * sizeof(dst->seed[0]));
    vector(s, i, OCSSD_IO_VECTOR_COPY, cmd);
    put_list(s, i, FROM, 1, 2);
    put_list(s, i, TO, 0, 1);
    cmd->cdw12 = WS_MIN - 1;
    cmd->cdw14 = at;
    cmd->cdw15 = at >> 32;
    return true;
}

static void discard(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    StormSlot *w = storm_slot(s, i);
    uint8_t *range = qocpn_storm_at(s, s->slot[i].list);

    w->opc = NVME_IO_DSM;
    for (unsigned j = 0; j < w->nparts; j++, range += 16) {
        stl_le_p(range, 0);
        stl_le_p(range + 4, CLBA);
        stq_le_p(range + 8, w->part[j].lba);
    }
    *cmd = (QOcpnCmd) {
        .opc = NVME_IO_DSM, .nsid = 1, .prp1 = s->slot[i].list,
        .cdw10 = w->nparts - 1, .cdw11 = 4,
    };
}

/* All chunks that are full. */
static bool reset_cmd(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    StormSlot *w = storm_slot(s, i);

    for (unsigned c = 0; c < CHUNKS; c++) {
        if (w->chunk[c].wp == CLBA) {
            add(w, i, c, 0, 1);
            w->chunk[c].reset = true;
        }
    }
    if (!w->nparts) {
        return false;
    }
    w->told = qocpn_storm_pick(s, 2);
    if (!w->told && qocpn_storm_pick(s, 2)) {
        discard(s, i, cmd);
        return true;
    }
    vector(s, i, OCSSD_IO_VECTOR_RESET, cmd);
    cmd->mptr = w->told ? s->slot[i].list + TOLD : 0;
    return true;
}

static bool next(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd)
{
    StormSlot *w = storm_slot(s, i);
    unsigned what = qocpn_storm_pick(s, 16);

    w->nparts = 0;
    w->told = false;
    if (s->only_reads) {
        read_all(s, i, cmd, s->only_reads - 1);
    } else if (is_uncertain(w) || what < 4) {
        read_cmd(s, i, cmd);
    } else if (!(what < 7 && copy_cmd(s, i, cmd)) &&
               !(what > 9 && reset_cmd(s, i, cmd)) &&
               !write_cmd(s, i, cmd)) {
        read_cmd(s, i, cmd);
    }
    return true;
}

const QOcpnStormOps qocpn_storm_chunks = {
    .setup = &setup,
    .start = start,
    .next = next,
    .done = storm_chunks_done,
    .lost = storm_chunks_lost,
    .beside = storm_chunks_beside,
    .settle = storm_chunks_settle,
    .zeroed = storm_chunks_zeroed,
};
