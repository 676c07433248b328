/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands in flight: what became of those of an
 * open-channel drive, by their answers and by the chunk table.
 */
#include "qemu/osdep.h"
#include "qocpn-storm-chunks.h"

#define PIECE       (64 * KiB)      /* of the table, with one command */

/* Zeroes: it is not, or perhaps not, written. */
static bool may_be(const StormChunk *k, unsigned block, const void *p)
{
    return (block < k->sent && qocpn_storm_is(p, BLOCK, k->seed[block])) ||
           ((block >= k->wp || k->reset) && qocpn_storm_is(p, BLOCK, 0));
}

static void judge_data(QOcpnStorm *s, unsigned i)
{
    const StormPart *p = &storm_slot(s, i)->part[0];

    for (unsigned b = 0; b < p->n; b++) {
        const StormChunk *k = p->chunk;
        const void *data = qocpn_storm_at(s, storm_slot(s, i)->data +
                                             b * BLOCK);

        if (!may_be(k, p->first + b, data)) {
            g_error("%s: slot %u: block %" PRIx64 " is %016" PRIx64 "; %u "
                    "blocks of its chunk were acknowledged, %u sent%s",
                    s->where, i, p->lba + b, ldq_le_p(data), k->wp, k->sent,
                    k->reset ? ", and a reset" : "");
        }
    }
}

/* The descriptor of a chunk that was reset. */
static void judge_told(QOcpnStorm *s, unsigned i)
{
    const StormSlot *w = storm_slot(s, i);
    const uint8_t *b = qocpn_storm_at(s, s->slot[i].list + TOLD);

    for (unsigned j = 0; j < w->nparts; j++, b += sizeof(OcssdChunkInfo)) {
        if (b[0] != OCSSD_CS_FREE || ldq_le_p(b + 8) != w->part[j].lba ||
            ldq_le_p(b + 16) != CLBA || ldq_le_p(b + 24) != 0) {
            g_error("%s: slot %u: a reset told state %u of %" PRIx64, s->where,
                    i, b[0], ldq_le_p(b + 8));
        }
    }
}

/* All that the command has sent is so. */
static void acknowledge(QOcpnStorm *s, unsigned i)
{
    StormSlot *w = storm_slot(s, i);

    if (w->told) {
        judge_told(s, i);
    }
    for (unsigned c = 0; c < CHUNKS; c++) {
        StormChunk *k = &w->chunk[c];

        k->wp = k->sent = k->reset ? 0 : k->sent;
        k->reset = false;
    }
}

void storm_chunks_done(QOcpnStorm *s, unsigned i, const QOcpnCqe *cqe)
{
    uint8_t opc = storm_slot(s, i)->opc;
    uint16_t sc = QOCPN_SC(*cqe);

    if (sc && !qocpn_storm_allows(s, sc)) {
        g_error("%s: slot %u, opcode %02x: status %03x, bitmap %x", s->where,
                i, opc, sc, cqe->dw0);
    }
    s->aborted += sc != 0;
    if (!sc && (opc == NVME_IO_READ || opc == OCSSD_IO_VECTOR_READ)) {
        judge_data(s, i);
    } else if (!sc) {
        acknowledge(s, i);
    }
}

/* What was sent stays uncertain. */
void storm_chunks_lost(QOcpnStorm *s, unsigned i)
{
}

/* --------------------------------------------------------- the chunk table */

/* False: the drive may not say what it holds. */
static bool get_table(QOcpnStorm *s)
{
    StormDrive *d = s->data;

    for (unsigned at = 0; at < TABLE; at += PIECE) {
        uint16_t sc = qocpn_get_log(s->q, OCSSD_LID_CHUNK_INFO, 1, at,
                                    d->table + at, PIECE);

        if (sc && qocpn_storm_allows(s, sc)) {
            return false;
        }
        g_assert_cmphex(sc, ==, 0);
    }
    return true;
}

/* A unit is written whole or not at all; its chunk is what its blocks say. */
static unsigned judge_chunk(QOcpnStorm *s, unsigned i, unsigned c)
{
    const StormDrive *d = s->data;
    const uint8_t *b = d->table + storm_index(i, c) * sizeof(OcssdChunkInfo);
    const StormChunk *k = &storm_slot(s, i)->chunk[c];
    uint64_t wp = b[0] == OCSSD_CS_FREE ? 0 : ldq_le_p(b + 24);
    uint8_t cs = wp == 0 ? OCSSD_CS_FREE :
                 wp == CLBA ? OCSSD_CS_CLOSED : OCSSD_CS_OPEN;

    if (b[0] != cs || ldq_le_p(b + 8) != storm_lba(i, c) ||
        ldq_le_p(b + 16) != CLBA ||
        (wp != k->wp && wp != k->sent && !(k->reset && wp == 0))) {
        g_error("%s: slot %u: chunk %" PRIx64 " has state %u and %" PRIu64
                " blocks; %u were acknowledged, %u sent%s", s->where, i,
                ldq_le_p(b + 8), b[0], wp, k->wp, k->sent,
                k->reset ? ", and a reset" : "");
    }
    return wp;
}

/* While they change. */
void storm_chunks_beside(QOcpnStorm *s)
{
    bool told = get_table(s);

    for (unsigned i = 0; told && i < QOCPN_STORM_SLOTS; i++) {
        for (unsigned c = 0; c < CHUNKS; c++) {
            judge_chunk(s, i, c);
        }
    }
}

void storm_chunks_settle(QOcpnStorm *s)
{
    g_assert_true(get_table(s));
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        for (unsigned c = 0; c < CHUNKS; c++) {
            StormChunk *k = &storm_slot(s, i)->chunk[c];

            k->wp = k->sent = judge_chunk(s, i, c);
            k->reset = false;
        }
    }
    for (s->only_reads = 1; s->only_reads <= CHUNKS; s->only_reads++) {
        qocpn_storm_post(s);
        qocpn_storm_wait(s);
    }
    s->only_reads = 0;
}

void storm_chunks_zeroed(QOcpnStorm *s)
{
    for (unsigned i = 0; i < QOCPN_STORM_SLOTS; i++) {
        for (unsigned c = 0; c < CHUNKS; c++) {
            storm_slot(s, i)->chunk[c].reset = true;
        }
    }
}
