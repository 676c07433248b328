/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drive whose I/Os fail when a test says so: node d0 lies on f0, the image,
 * or on a blkdebug node between the two, which d0 is given by a reopen.  Used
 * from the test's thread, as all of qocpn.h.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_ERRORS_H
#define TESTS_QTEST_OCP_NVME_QOCPN_ERRORS_H

#include "qocpn.h"

#define QOCPN_ANYWHERE  (-1)

/* Types of regions of an image, and a page's slots: docs/image-format.rst. */
enum { QOCPN_REGION_STATE = 1, QOCPN_REGION_CHUNKS = 2, QOCPN_REGION_DATA = 4 };
#define QOCPN_SLOT      4096

/* I/Os that fail. */
typedef struct QOcpnFault {
    const char *iotype;         /* of blkdebug: "read", "write-zeroes", ... */
    int error;                  /* EIO, ... */
    int64_t at;                 /* those with this byte, or QOCPN_ANYWHERE */
    unsigned times;             /* so many of them; 0: all */
} QOcpnFault;

/*
 * As qocpn_start(); d0 on f0, its file, is SETUP's node, and its format raw.
 * The file stays: it is SETUP's, or the caller removes it.
 */
QOcpn *qocpn_errors_start(const QOcpnSetup *setup, const char *file);

/* From now on the N FAULTs; those of before are gone. */
void qocpn_errors_set(QOcpn *q, const QOcpnFault *fault, size_t n);
/* One. */
void qocpn_errors_set_one(QOcpn *q, const char *iotype, int error, int64_t at,
                          unsigned times);
/* All is well again. */
void qocpn_errors_clear(QOcpn *q);

/* Byte of FILE, a raw image, where the region of TYPE begins. */
uint64_t qocpn_errors_region(const char *file, unsigned type);

/*
 * The VM stops because of an I/O error, and says so: BLOCK_IO_ERROR for
 * OPERATION ("read" or "write") with error ERROR, STOP, and query-status.
 */
void qocpn_errors_stopped(QOcpn *q, const char *operation, int error);
/* Is STATE the status of the VM? */
bool qocpn_errors_state(QOcpn *q, const char *state);
void qocpn_errors_cont(QOcpn *q);

/* Nothing has completed on QUEUE, nor does it soon. */
void qocpn_errors_pending(QOcpn *q, QOcpnQueue *queue);

#endif
