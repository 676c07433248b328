/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An I/O on the block layer: shared by block*.c, everything in the thread of
 * the lane that it began in.
 */
#ifndef OCPN_BLOCK_H
#define OCPN_BLOCK_H

#include "block/accounting.h"

#include "ocp-nvme.h"

/*
 * A segment may cross from one block of RAM into the next.  Behind an IOMMU
 * every page of it may be elsewhere: an I/O that has more pieces goes in parts.
 */
#define OCPN_NIOV   (2 * OCPN_IO_NSEGS)

typedef struct OcpnMedia {
    OcpnIo      io;             /* the core's part; first */
    OcpnLane   *lane;
    OcpnDrive  *dr;
    struct OcpnMedia *next;     /* held */
    struct OcpnMedia *part;     /* plugged: I/Os behind it in the image ... */
    struct OcpnMedia *last;     /* ... that go with it, to this one */
    OcpnRam    *ram;            /* iov points there; NULL: mapped one by one */
    BlockAcctCookie acct;
    uint64_t    moved;          /* bytes of earlier parts */
    uint32_t    seg;            /* the next one to map ... */
    uint64_t    seg_done;       /* ... from this byte on */
    QEMUIOVector qiov;
    struct iovec iov[OCPN_NIOV];
} OcpnMedia;

static inline bool ocpn_block_moves(const OcpnMedia *m)
{
    return m->io.op == OCPN_IO_READ || m->io.op == OCPN_IO_WRITE;
}

/* block-map.c: fill the iovec with the next part.  False: not all is RAM. */
bool ocpn_block_map(OcpnMedia *m);
/* The iovec is done with; reads that failed half-way wrote there, too. */
void ocpn_block_unmap(OcpnMedia *m);

/* block.c: give M to the block layer. */
void ocpn_block_submit(OcpnMedia *m);

/* block-plug.c: keep M for the end of the run.  False: submit it now. */
bool ocpn_block_keep(OcpnMedia *m);
/* A request of N I/Os is about to go to the block layer; one has ended. */
void ocpn_block_begin(OcpnLane *lane, unsigned n);
void ocpn_block_over(OcpnLane *lane, unsigned n);

#endif
