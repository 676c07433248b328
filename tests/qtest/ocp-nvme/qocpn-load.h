/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that keeps several queues busy and knows what it is owed.
 *
 * Each slot of each queue has one command at a time in flight, in blocks of
 * its own: a write of new data, or a read of what it wrote before, which is
 * compared.  Units of neighbouring slots are neighbours on the drive, so that
 * what one doorbell starts can be merged.
 *
 * A completion nobody waits for, a command that fails, and data that is not
 * what was acknowledged fail the test.  Nothing here depends on time.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_LOAD_H
#define TESTS_QTEST_OCP_NVME_QOCPN_LOAD_H

#include "qocpn.h"

#define QOCPN_LOAD_UNITS    4           /* that a slot writes in turn */
#define QOCPN_LOAD_QUEUES   64

typedef enum QOcpnOp {
    QOCPN_IDLE,
    QOCPN_READS,
    QOCPN_WRITES,
} QOcpnOp;

/* What a unit holds: the pattern NOW, or after a lost write perhaps MAYBE. */
typedef struct QOcpnUnit {
    uint32_t now, maybe;                /* seeds; 0 is zeroes, and no write */
} QOcpnUnit;

typedef struct QOcpnSlot {
    QOcpnOp op;
    uint16_t cid;
    unsigned turn;                      /* how many commands it has sent */
    unsigned unit;                      /* of the command in flight */
    uint64_t buf;
    QOcpnUnit units[QOCPN_LOAD_UNITS];
} QOcpnSlot;

typedef struct QOcpnLoad {
    QOcpn *q;
    unsigned queues, depth;
    uint64_t first;                     /* block of the first unit */
    QOcpnQueue queue[QOCPN_LOAD_QUEUES];
    QOcpnSlot *slot;                    /* DEPTH of each queue, in turn */
    unsigned busy;                      /* slots with a command in flight */
    uint64_t done;                      /* commands that have completed */
    uint32_t seed;
    bool only_reads;                    /* of each unit, once */
    bool may_fail;                      /* a failed command fails no test */
    uint64_t failed;
} QOcpnLoad;

/* A drive without I/O queues; QUEUES pairs from identifier 1 on are made. */
QOcpnLoad *qocpn_load_new(QOcpn *q, unsigned queues, unsigned depth);
void qocpn_load_free(QOcpnLoad *l);

/* Make the queue pairs (again). */
void qocpn_load_queues(QOcpnLoad *l);

/* Start a command in every idle slot, and ring. */
void qocpn_load_fill(QOcpnLoad *l);

/* Judge what has completed, without waiting; how many commands. */
unsigned qocpn_load_reap(QOcpnLoad *l);

/* Keep all queues busy until COUNT more commands are done. */
void qocpn_load_run(QOcpnLoad *l, unsigned count);

/* Let all commands complete; nothing comes after them. */
void qocpn_load_wait(QOcpnLoad *l);

/* The commands in flight are gone with a reset; or those of queue K + 1. */
void qocpn_load_lost(QOcpnLoad *l);
void qocpn_load_lost_of(QOcpnLoad *l, unsigned k);

/* L's drive holds what another host, which is no more, knows of. */
void qocpn_load_adopt(QOcpnLoad *l, const QOcpnLoad *other);

/* Wait, read all units and compare; then write those that are uncertain. */
void qocpn_load_check(QOcpnLoad *l);

#endif
