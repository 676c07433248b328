/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host with thousands of commands in flight knows of an open-channel
 * drive.  qocpn-storm-chunks.c has the commands, qocpn-storm-table.c judges
 * what becomes of them.
 *
 * A slot has two chunks.  Of each it knows how many blocks were acknowledged,
 * how many were sent, and whether a reset was: what the chunk table says lies
 * between.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_STORM_CHUNKS_H
#define TESTS_QTEST_OCP_NVME_QOCPN_STORM_CHUNKS_H

#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn-storm.h"

#define BLOCK       512
#define CLBA        16
#define WS_MIN      4
#define UNITS       8               /* parallel units, which all queues share */
#define PER_UNIT    1024            /* chunks */
#define CHUNKS      2               /* of a slot */
#define TABLE       (UNITS * PER_UNIT * sizeof(OcssdChunkInfo))

/* What is in a slot's list. */
#define FROM        0
#define TO          512
#define TOLD        1024

typedef struct StormChunk {
    unsigned wp, sent;              /* blocks acknowledged, and sent */
    bool reset;                     /* perhaps it is Free */
    uint32_t seed[CLBA];            /* of the blocks before SENT */
} StormChunk;

/* Blocks [FIRST, + N) of a chunk. */
typedef struct StormPart {
    StormChunk *chunk;
    uint64_t lba;                   /* of FIRST */
    unsigned first, n;
} StormPart;

typedef struct StormSlot {
    uint8_t opc;
    bool told;                      /* a reset that describes its chunks */
    unsigned nparts;
    StormPart part[CHUNKS];
    uint64_t data;
    StormChunk chunk[CHUNKS];
} StormSlot;

typedef struct StormDrive {
    uint32_t seed;
    uint8_t table[TABLE];
    StormSlot slot[QOCPN_STORM_SLOTS];
} StormDrive;

static inline StormSlot *storm_slot(QOcpnStorm *s, unsigned i)
{
    return &((StormDrive *)s->data)->slot[i];
}

/* The neighbours of a slot, and its two chunks, are in different units. */
static inline unsigned storm_index(unsigned i, unsigned chunk)
{
    return (i + UNITS / 2 * chunk) % UNITS * PER_UNIT + i / UNITS * CHUNKS +
           chunk;
}

/* All fields of an address are full: blocks of chunks follow each other. */
static inline uint64_t storm_lba(unsigned i, unsigned chunk)
{
    return (uint64_t)storm_index(i, chunk) * CLBA;
}

/* Fits the operations of QOcpnStormOps. */
void storm_chunks_done(QOcpnStorm *s, unsigned i, const QOcpnCqe *cqe);
void storm_chunks_lost(QOcpnStorm *s, unsigned i);
void storm_chunks_beside(QOcpnStorm *s);
void storm_chunks_settle(QOcpnStorm *s);
void storm_chunks_zeroed(QOcpnStorm *s);

#endif
