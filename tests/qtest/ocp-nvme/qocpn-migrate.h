/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host moves from one QEMU to another.
 *
 * The guest's memory, queues and clock come along, so a QOcpn goes on where
 * another one was.  What a test keeps beside it (a QOcpnLoad, a QOcpnShadow)
 * it points to the new one.  Everything is used from one thread; every wait
 * ends the program after a minute.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_MIGRATE_H
#define TESTS_QTEST_OCP_NVME_QOCPN_MIGRATE_H

#include "qocpn.h"

typedef enum QOcpnWay {
    QOCPN_LIVE,         /* over a socket; both have the image */
    QOCPN_BY_FILE,      /* into a file; QEMU ends; another one reads it */
    QOCPN_BY_EXEC,      /* the same through a program's pipes */
    QOCPN_MIRROR,       /* over a socket; the image is mirrored to a copy */
    QOCPN_SNAPSHOT,     /* savevm; QEMU ends; loadvm in another one */
    QOCPN_NWAYS
} QOcpnWay;

/* "live migration", and so on. */
const char *qocpn_way_name(QOcpnWay way);

/* What all moves of this program amount to. */
typedef struct QOcpnMoved {
    unsigned migrations;        /* that came to their end, snapshots too */
    unsigned refused;           /* that were to fail, and did */
    uint64_t bytes;             /* read and compared afterwards */
    uint64_t commands;          /* that a move found under way */
} QOcpnMoved;

extern QOcpnMoved qocpn_moved;

/* What the moves of this program come to, for scripts/test to print. */
void qocpn_moved_print(void);

/* Begin to migrate Q to URI. */
void qocpn_migrate(QOcpn *q, const char *uri);
/* Migrate Q to URI: does that end well? */
bool qocpn_migrates(QOcpn *q, const char *uri);

/* A capability of QEMU's, or a parameter that is a number. */
void qocpn_migrate_can(QOcpn *q, const char *capability, bool on);
void qocpn_migrate_set(QOcpn *q, const char *parameter, int64_t value);

/* The status that query-migrate tells; free with g_free(). */
char *qocpn_migrate_status(QOcpn *q);

/* Wait for STATUS.  False: the migration ended with another one. */
bool qocpn_migrate_until(QOcpn *q, const char *status);

/* A QEMU as SETUP says that waits for URI, or to be told; not enabled. */
QOcpn *qocpn_incoming(const QOcpnSetup *setup, const char *uri);

/* Does the VM run? */
bool qocpn_runs(QOcpn *q);

/* The guest of Q runs in DST: its queues, memory and events are DST's now. */
void qocpn_go_on(QOcpn *dst, QOcpn *q);

/*
 * All of it: Q's guest to a new QEMU as TO says, whose file is the image, or
 * for QOCPN_MIRROR a copy of it that may be old.  For QOCPN_SNAPSHOT both are
 * on the same qcow2 file.  Stops Q, and returns who goes on; where the VM was
 * stopped, it waits for "cont".
 */
QOcpn *qocpn_move(QOcpn *q, const QOcpnSetup *to, QOcpnWay way);

/* Make the image of TO equal to Q's, and keep it so, until _mirror_end(). */
void qocpn_mirror_begin(QOcpn *q, QOcpn *dst, const char *socket);
void qocpn_mirror_end(QOcpn *q);

/* A qcow2 file on top of FILE; remove it with g_unlink() and g_free(). */
char *qocpn_overlay(const char *file);

/* A copy of FILE beside it, for a mirror; the same. */
char *qocpn_twin(const char *file);

/* Run COMMAND in QEMU's monitor for people; it must have nothing to say. */
void qocpn_monitor(QOcpn *q, const char *command);

#endif
