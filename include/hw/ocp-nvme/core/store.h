/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paged regions of an image at run time: what changed reaches the image
 * before the command that depends on it completes.
 *
 * Group commit.  A round writes every page that is dirty when it starts, each
 * to its other slot; requests that joined before it complete when it ends.
 * One round at a time; what comes meanwhile goes into the next.
 *
 * Thread: any owner thread; the store has a lock of its own.
 */
#ifndef HW_OCP_NVME_CORE_STORE_H
#define HW_OCP_NVME_CORE_STORE_H

#include "hw/ocp-nvme/core/image.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"

#define OCPN_STORE_NBUFS    8

/* A page's place in its life; numbers: state, then chunk, then map pages. */
typedef struct OcpnPage {
    uint64_t sequence;
    uint32_t next;              /* dirty list; OCPN_PAGE_NONE ends it */
    uint8_t  slot;              /* where the current copy is */
    bool     listed;            /* waits to be written */
} OcpnPage;
#define OCPN_PAGE_NONE  UINT32_MAX

typedef struct OcpnStoreBuf {
    struct OcpnStore *store;
    OcpnIo  *io;
    ImgPage *page;
    uint32_t number;
    struct OcpnStoreBuf *next;
} OcpnStoreBuf;

typedef struct OcpnStore {
    OcpnCtrl *c;
    OcpnNs   *ns;
    OcpnLock  lock;
    uint32_t  npages;
    uint32_t  first[IMG_REGION_END];    /* number of a region's page 0 */
    OcpnPage *page;
    uint32_t  dirty;            /* list for the next round */
    OcpnReq  *joining;          /* requests for the next round */
    bool      running;
    bool      driving;          /* drive() is on some thread's stack */
    bool      again;            /* a round without requests is wanted */
    bool      join_mark, mark;  /* main waits for the next round, for this */
    bool      marked;           /* it is over, and main does not know yet */
    bool      mark_failed;      /* ... and something was not written */
    bool      fua, join_fua;
    bool      failed;           /* a page of this round did */
    bool      join_order;       /* maps are the last of the next round */
    bool      missed;           /* a page of this round is not in the image */
    uint32_t  round;            /* pages of this round not started */
    uint32_t  later;            /* ... and maps that wait for all of these */
    uint32_t  inflight;
    uint32_t  count;            /* pages this round wrote, for traces */
    OcpnReq  *waiting;          /* requests of this round */
    OcpnIo   *flush_io;
    OcpnStoreBuf *free;
    OcpnStoreBuf  buf[OCPN_STORE_NBUFS];
    void     *mem;              /* all of the above arrays */
} OcpnStore;

/* Main, before any queue.  DISK reads the pages.  False: ERR says why. */
bool ocpn_store_init(OcpnStore *s, OcpnCtrl *c, OcpnNs *ns,
                     const OcpnDisk *disk, OcpnError *err);
void ocpn_store_destroy(OcpnStore *s);

/* The page of REGION (IMG_REGION_STATE, _CHUNKS, _MAPS) must be written. */
void ocpn_store_dirty(OcpnStore *s, uint32_t region, uint32_t index);

/*
 * R waits until all that is dirty now is in the image; then AFTER is called
 * in R's thread, with r->failed set if it could not be written.  FUA: on
 * stable storage.  Always FLOW_PENDING.
 */
OcpnFlow ocpn_store_join(OcpnStore *s, OcpnReq *r, bool fua,
                         void (*after)(OcpnCtrl *c, OcpnReq *r));

/* Write what is dirty, soon; nobody waits. */
void ocpn_store_sync(OcpnStore *s);
/*
 * The same, but maps when all else is in the image; if something cannot be
 * written, they wait for the next round.
 */
void ocpn_store_sync_in_order(OcpnStore *s);
/* As _sync(), unless nothing is dirty. */
void ocpn_store_tidy(OcpnStore *s);
/* As _sync(), and flush the disk.  Nobody waits for it. */
void ocpn_store_flush(OcpnStore *s);

/*
 * The same, and main is told when all that is dirty now is in the image, or
 * could not be written: then ocpn_store_marked() is true, once.  Of several
 * that wait, the last one counts, and _mark_failed() says which of the two it
 * was.  Main, all of them.
 */
void ocpn_store_mark(OcpnStore *s);
bool ocpn_store_marked(OcpnStore *s);
bool ocpn_store_mark_failed(OcpnStore *s);

/*
 * Nothing is being written and nobody waits.  Pages may still be dirty: one
 * that cannot be written must not hold up a shutdown for ever.
 */
bool ocpn_store_idle(OcpnStore *s);

#endif
