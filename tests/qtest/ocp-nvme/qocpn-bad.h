/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host, for tests of bad vector commands: a drive with chunks
 * in all four states, and commands that must leave them as they are.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_BAD_H
#define TESTS_QTEST_OCP_NVME_QOCPN_BAD_H

#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn.h"

/* 2 groups, 3 PUs, 5 chunks of 96 blocks: the addresses have holes. */
#define BAD_GEOMETRY \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --offline 2"

#define BAD_BLOCK       4096
#define BAD_NCHUNKS     30
#define BAD_CLBA        96

/* Chunks, by their first address, and the state each is in. */
#define BAD_CLOSED      0x0000ull
#define BAD_OPEN        0x0080ull       /* 8 blocks written */
#define BAD_OFFLINE     0x0100ull
#define BAD_FREE        0x0180ull
#define BAD_FREE2       0x0400ull
#define BAD_FREE3       0x0800ull

/* Bytes of a command (bits above bit 8), as Error Information has them. */
#define BAD_AT_OPC      0
#define BAD_AT_FUSE     1
#define BAD_AT_PSDT     (1 | 6 << 8)
#define BAD_AT_NSID     4
#define BAD_AT_MPTR     16
#define BAD_AT_DPTR     24
#define BAD_AT_PRP2     32
#define BAD_AT_NLB      48
#define BAD_AT_NLB_HIGH (48 | 6 << 8)
#define BAD_NOWHERE     0xffff

typedef struct QOcpnBad {
    QOcpn *q;
    uint64_t src, dst;          /* guest memory for two lists */
    uint8_t before[32 * BAD_NCHUNKS];   /* log page CAh */
} QOcpnBad;

/* What a command must end with; all zero: success. */
typedef struct QOcpnWant {
    uint16_t status, where;
    uint64_t bitmap;            /* completion dwords 1 and 0 */
} QOcpnWant;
#define WANT(sc, where, bits)   ((QOcpnWant) { (sc), (where), (bits) })
#define WANT_OK                 ((QOcpnWant) { 0 })

/* A drive with MS bytes of metadata a block, and these of QOcpnSetup. */
QOcpnBad *qocpn_bad_start(unsigned ms, const char *props, const char *more);

/* It must live still, and its open chunk must go on where it was. */
void qocpn_bad_stop(QOcpnBad *d);

/* N addresses as a command wants them: in its dwords, or in a list at AT. */
uint64_t qocpn_bad_list(QOcpnBad *d, uint64_t at, const uint64_t *lba,
                        unsigned n);

/* A command with N addresses; a copy of up to 4 goes to BAD_FREE. */
QOcpnCmd qocpn_bad_vector(QOcpnBad *d, uint8_t opc, const uint64_t *lba,
                          unsigned n);
/* The same with four that follow each other. */
QOcpnCmd qocpn_bad_four(QOcpnBad *d, uint8_t opc, uint64_t lba);

/* CMD must end as WANT says, with its DNR and log entry; no chunk changes. */
void qocpn_bad_expect(QOcpnBad *d, const char *what, const QOcpnCmd *cmd,
                      QOcpnWant want);

/* What the chunks are now is right. */
void qocpn_bad_accept(QOcpnBad *d);

#endif
