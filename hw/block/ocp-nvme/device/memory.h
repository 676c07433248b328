/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory backend that a namespace is kept on.  Private to memory*.c.
 */
#ifndef OCPN_MEMORY_H
#define OCPN_MEMORY_H

#include "ocp-nvme.h"

typedef struct OcpnMemory {
    /* frozen after open */
    uint8_t  *base;
    uint64_t  size;
    uint64_t  page;             /* multiples of it can be given back */
    int       fd;               /* -1: anonymous */
    uint64_t  fd_offset;        /* of BASE in it */
    bool      is_file;          /* it outlives QEMU */
    bool      is_shared;
    bool      sync_writes;      /* write-cache=off */

    HostMemoryBackend *backend; /* referenced */
    Error    *blocker;          /* of migration */
    NotifierWithReturn migration;
    OcpnDrive *dr;
    bool      ours;             /* main writes, any thread reads; atomic */
    unsigned  in_flight;        /* what workers do; atomic */
} OcpnMemory;

/* memory.c */
void ocpn_memory_start(OcpnLane *lane, OcpnDrive *dr, OcpnIo *io);
void ocpn_memory_drain(OcpnDrive *dr);
/* On stable storage, if it is a file.  0 or -errno.  May block. */
int ocpn_memory_sync(const OcpnMemory *m, uint64_t off, uint64_t len);

/* memory-lock.c: nobody else may open the file meanwhile, if it is one. */
bool ocpn_memory_lock(const OcpnMemory *m, Error **errp);
void ocpn_memory_unlock(const OcpnMemory *m);

#endif
