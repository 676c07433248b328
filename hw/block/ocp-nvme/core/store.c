/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group commit of pages: see core/store.h.
 *
 * A round begins with the list of dirty pages as it is.  Each page is
 * serialised from memory when its turn comes, sealed with its next sequence
 * number and written to the slot that is not current, so a torn write leaves
 * the page as it was.  A page that becomes dirty again while it still waits
 * in the round needs nothing: the round will see the change.  The store's
 * lock protects the lists only; it is never held while a page is serialised
 * (that takes the locks of parallel units) or an I/O is started.
 */
#include <string.h>

#include "ctrl-int.h"
#include "state-int.h"

static uint32_t region_of(const OcpnStore *s, uint32_t n)
{
    return n >= s->first[IMG_REGION_MAPS] ? IMG_REGION_MAPS
           : n >= s->first[IMG_REGION_CHUNKS] ? IMG_REGION_CHUNKS
                                              : IMG_REGION_STATE;
}

/* Under the lock. */
static void put_dirty(OcpnStore *s, uint32_t n)
{
    if (!s->page[n].listed) {
        s->page[n].listed = true;
        s->page[n].next = s->dirty;
        s->dirty = n;
    }
}

void ocpn_store_dirty(OcpnStore *s, uint32_t region, uint32_t index)
{
    ocpn_lock(&s->lock);
    put_dirty(s, s->first[region] + index);
    ocpn_unlock(&s->lock);
}

static void fill(OcpnStore *s, uint32_t n, ImgPage *p)
{
    uint32_t region = region_of(s, n), index = n - s->first[region];

    memset(p, 0, sizeof(*p));
    switch (region) {
    case IMG_REGION_STATE:
        ocpn_state_store(s->ns, index, p);
        break;
    case IMG_REGION_CHUNKS:
        ocpn_chunks_store(s->ns, index, p);
        break;
    default:
        ocpn_maps_store(s->ns, index, p);
        break;
    }
    ocpn_page_seal(&s->ns->im, p, region, index, s->page[n].sequence + 1);
}

static void page_written(OcpnIo *io, OcpnIoResult result);

/* Write page N, which this round owns, from buffer B, which nobody else has. */
static void write_page(OcpnStore *s, OcpnStoreBuf *b, uint32_t n)
{
    uint32_t region = region_of(s, n);
    OcpnIo *io = b->io;

    fill(s, n, b->page);
    b->number = n;
    io->op = OCPN_IO_WRITE;
    io->fua = false;
    io->lost = false;
    io->nsid = s->ns->nsid;
    io->offset = ocpn_page_offset(&s->ns->im, region, n - s->first[region],
                                  !s->page[n].slot);
    io->len = IMG_BLOCK;
    io->buf = b->page;
    io->nseg = 0;
    io->done = page_written;
    io->opaque = b;
    b->store = s;
    atomic_fetch_add_explicit(&s->c->facts.system_written, IMG_BLOCK,
                              memory_order_relaxed);
    s->c->port.media(s->c->port.opaque, io);
}

/* The next page of the round and a buffer for it.  Under the lock. */
static OcpnStoreBuf *take(OcpnStore *s, uint32_t *n)
{
    OcpnStoreBuf *b = s->free;

    if (!b || s->round == OCPN_PAGE_NONE) {
        return NULL;
    }
    s->free = b->next;
    *n = s->round;
    s->round = s->page[*n].next;
    s->page[*n].listed = false;
    s->inflight++;
    s->count++;
    return b;
}

/* Under the lock: maps wait until all else of the round is in the image. */
static void put_off_maps(OcpnStore *s)
{
    uint32_t n = s->round;

    s->round = OCPN_PAGE_NONE;
    while (n != OCPN_PAGE_NONE) {
        uint32_t next = s->page[n].next;
        uint32_t *list = region_of(s, n) == IMG_REGION_MAPS ? &s->later
                                                            : &s->round;

        s->page[n].next = *list;
        *list = n;
        n = next;
    }
}

/* The same: all else is, or something could not be written. */
static void take_up_maps(OcpnStore *s)
{
    while (s->missed && s->later != OCPN_PAGE_NONE) {
        uint32_t n = s->later;

        s->later = s->page[n].next;
        s->page[n].listed = false;
        put_dirty(s, n);
        s->join_order = true;
    }
    s->round = s->later;
    s->later = OCPN_PAGE_NONE;
}

/* A round may begin: what is dirty and who joined belong to it now. */
static void begin(OcpnStore *s)
{
    s->running = true;
    s->failed = false;
    s->round = s->dirty;
    s->dirty = OCPN_PAGE_NONE;
    s->waiting = s->joining;
    s->joining = NULL;
    s->fua = s->join_fua;
    s->join_fua = false;
    s->mark = s->join_mark;
    s->join_mark = false;
    s->again = s->missed = false;
    if (s->join_order) {
        s->join_order = false;
        put_off_maps(s);
    }
    s->count = 0;
}

static void finish(OcpnStore *s, OcpnReq *r, bool failed)
{
    while (r) {
        OcpnReq *next = r->next;

        r->failed |= failed;
        r->resume = r->after;
        ocpn_req_ready(s->c, r);
        r = next;
    }
}

static void drive(OcpnStore *s);

static void flushed(OcpnIo *io, OcpnIoResult result)
{
    OcpnStore *s = io->opaque;

    ocpn_lock(&s->lock);
    s->failed |= result != OCPN_IO_OK;
    s->inflight--;
    ocpn_unlock(&s->lock);
    drive(s);
}

/* All pages of a round are written; somebody wants them on stable storage. */
static void flush(OcpnStore *s)
{
    OcpnIo *io = s->flush_io;

    io->op = OCPN_IO_FLUSH;
    io->nsid = s->ns->nsid;
    io->done = flushed;
    io->opaque = s;
    s->c->port.media(s->c->port.opaque, io);
}

/* What drive() shall do next.  Under the lock. */
typedef enum Step { STEP_NONE, STEP_WRITE, STEP_FLUSH, STEP_LAST } Step;

static Step next_step(OcpnStore *s, OcpnStoreBuf **b, uint32_t *n)
{
    if (!s->running && (s->joining || s->again)) {
        begin(s);
    }
    if (s->round == OCPN_PAGE_NONE && !s->inflight) {
        take_up_maps(s);
    }
    *b = take(s, n);
    if (*b) {
        return STEP_WRITE;
    }
    if (!s->running || s->inflight || s->round != OCPN_PAGE_NONE) {
        return STEP_NONE;
    }
    if (s->fua) {
        s->fua = false;
        s->inflight++;
        return STEP_FLUSH;
    }
    s->running = false;
    return STEP_LAST;
}

/*
 * Drive the round: start writes while there are pages and buffers; when the
 * last is down, let its requests go and begin the next.  An I/O may end while
 * it is started, in here or in another thread: then who drives goes on with
 * what that left, so the stack does not grow with the pages.
 */
static void drive(OcpnStore *s)
{
    bool first = true;

    for (;;) {
        OcpnStoreBuf *b = NULL;
        OcpnReq *done = NULL;
        bool failed = false, tell = false;
        uint32_t n = 0, count = 0;
        Step step = STEP_NONE;

        ocpn_lock(&s->lock);
        if (!first || !s->driving) {
            step = next_step(s, &b, &n);
            s->driving = step != STEP_NONE;
        }
        first = false;
        if (step == STEP_LAST) {
            done = s->waiting;
            s->waiting = NULL;
            failed = s->failed;
            count = s->count;
            if (s->mark && !s->join_mark) {
                s->marked = true;
                s->mark_failed = failed;
            }
            tell = s->marked || (!s->joining && !s->again);
        }
        ocpn_unlock(&s->lock);
        switch (step) {
        case STEP_NONE:
            return;
        case STEP_WRITE:
            write_page(s, b, n);
            break;
        case STEP_FLUSH:
            flush(s);
            break;
        case STEP_LAST:
            ocpn_trace(s->c, OCPN_TRACE_COMMIT,
                       (uint64_t)s->ns->nsid << 32 | count, done != NULL);
            finish(s, done, failed);
            if (tell) {
                ocpn_want_main(s->c);
            }
            break;
        }
    }
}

static void page_written(OcpnIo *io, OcpnIoResult result)
{
    OcpnStoreBuf *b = io->opaque;
    OcpnStore *s = b->store;
    OcpnPage *page = &s->page[b->number];

    ocpn_lock(&s->lock);
    if (result == OCPN_IO_OK && !io->lost) {
        page->sequence++;
        page->slot = !page->slot;
    } else {
        s->failed |= result != OCPN_IO_OK;
        s->missed = true;
        put_dirty(s, b->number);    /* again with the next round */
    }
    b->next = s->free;
    s->free = b;
    s->inflight--;
    ocpn_unlock(&s->lock);
    drive(s);
}

void ocpn_store_commit(OcpnStore *s)
{
    drive(s);
}

/* Those who join in one run of a queue shall be of one round. */
OcpnFlow ocpn_store_join(OcpnStore *s, OcpnReq *r, bool fua,
                         void (*after)(OcpnCtrl *c, OcpnReq *r))
{
    OcpnCq *cq = ocpn_req_cq(r);

    r->after = after;
    ocpn_lock(&s->lock);
    r->next = s->joining;
    s->joining = r;
    s->join_fua |= fua;
    ocpn_unlock(&s->lock);
    if (cq->inside) {
        cq->joined |= 1u << (s->ns->nsid - 1);
    } else {
        drive(s);
    }
    return FLOW_PENDING;
}

void ocpn_store_sync(OcpnStore *s)
{
    ocpn_lock(&s->lock);
    s->again = true;
    ocpn_unlock(&s->lock);
    drive(s);
}

void ocpn_store_sync_in_order(OcpnStore *s)
{
    ocpn_lock(&s->lock);
    s->join_order = true;
    ocpn_unlock(&s->lock);
    ocpn_store_sync(s);
}

void ocpn_store_tidy(OcpnStore *s)
{
    bool dirty;

    ocpn_lock(&s->lock);
    dirty = s->dirty != OCPN_PAGE_NONE;
    s->again |= dirty;
    ocpn_unlock(&s->lock);
    if (dirty) {
        drive(s);
    }
}

void ocpn_store_flush(OcpnStore *s)
{
    ocpn_lock(&s->lock);
    s->join_fua = true;
    ocpn_unlock(&s->lock);
    ocpn_store_sync(s);
}

void ocpn_store_mark(OcpnStore *s)
{
    ocpn_lock(&s->lock);
    s->join_mark = true;
    s->marked = false;
    ocpn_unlock(&s->lock);
    ocpn_store_sync(s);
}

bool ocpn_store_marked(OcpnStore *s)
{
    bool marked;

    ocpn_lock(&s->lock);
    marked = s->marked;
    s->marked = false;
    ocpn_unlock(&s->lock);
    return marked;
}

bool ocpn_store_mark_failed(OcpnStore *s)
{
    bool failed;

    ocpn_lock(&s->lock);
    failed = s->mark_failed;
    ocpn_unlock(&s->lock);
    return failed;
}

bool ocpn_store_idle(OcpnStore *s)
{
    bool idle;

    ocpn_lock(&s->lock);
    idle = !s->running && !s->joining && !s->again && !s->marked;
    ocpn_unlock(&s->lock);
    return idle;
}
