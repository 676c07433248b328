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
#include <stdio.h>
#include <string.h>

#include "ctrl-int.h"

/* Bytes behind the OcpnPage array: page buffers want their own alignment. */
#define BUF_ALIGN   4096u

static uint64_t align_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) / to * to;
}

static uint32_t page_number(const OcpnStore *s, uint32_t region,
                            uint32_t index)
{
    return region == IMG_REGION_STATE ? index : s->nstate + index;
}

typedef struct Load {
    OcpnStore *s;
    uint32_t   region;
} Load;

static bool load_page(void *opaque, uint32_t index, const ImgPage *p,
                      unsigned slot, OcpnError *err)
{
    Load *l = opaque;
    OcpnPage *page = &l->s->page[page_number(l->s, l->region, index)];

    page->sequence = from_le64(p->sequence);
    page->slot = (uint8_t)slot;
    if (l->region == IMG_REGION_STATE) {
        ocpn_state_load(l->s->ns, index, p);
        return true;
    }
    return ocpn_chunks_load(l->s->ns, index, p, err);
}

static bool load_region(OcpnStore *s, const OcpnDisk *disk, uint32_t region,
                        OcpnError *err)
{
    Load l = { s, region };
    const size_t size = 1u << 20;
    void *buf = s->c->port.alloc(s->c->port.opaque, size);
    bool ok;

    if (!buf) {
        snprintf(err->text, sizeof(err->text),
                 "no memory to read the tables of the image");
        return false;
    }
    ok = ocpn_page_load_all(&s->ns->im, disk, region, buf, size, load_page,
                            &l, err);
    s->c->port.free(s->c->port.opaque, buf);
    return ok;
}

static bool get_memory(OcpnStore *s)
{
    const OcpnPort *port = &s->c->port;
    size_t io = align_up(s->c->cfg.io_size, 64);
    size_t pages = align_up(s->npages * sizeof(OcpnPage), 64);
    size_t ios = (OCPN_STORE_NBUFS + 1) * io;
    size_t size = pages + ios + OCPN_STORE_NBUFS * IMG_BLOCK + BUF_ALIGN;
    char *mem = port->alloc(port->opaque, size);
    char *bufs;

    if (!mem) {
        return false;
    }
    s->mem = mem;
    s->page = (OcpnPage *)(void *)mem;
    bufs = mem + (align_up((uintptr_t)mem + pages + ios, BUF_ALIGN) -
                  (uintptr_t)mem);
    s->flush_io = (OcpnIo *)(void *)(mem + pages + OCPN_STORE_NBUFS * io);
    for (unsigned i = 0; i < OCPN_STORE_NBUFS; i++) {
        s->buf[i].io = (OcpnIo *)(void *)(mem + pages + i * io);
        s->buf[i].page = (ImgPage *)(void *)(bufs + i * IMG_BLOCK);
        s->buf[i].next = s->free;
        s->free = &s->buf[i];
    }
    for (uint32_t i = 0; i < s->npages; i++) {
        s->page[i].next = OCPN_PAGE_NONE;
    }
    return true;
}

bool ocpn_store_init(OcpnStore *s, OcpnCtrl *c, OcpnNs *ns,
                     const OcpnDisk *disk, OcpnError *err)
{
    s->c = c;
    s->ns = ns;
    s->nstate = ocpn_image_npages(ns->im.state);
    s->npages = s->nstate + ocpn_image_npages(ns->im.chunks);
    s->dirty = s->round = OCPN_PAGE_NONE;
    if (!get_memory(s)) {
        snprintf(err->text, sizeof(err->text),
                 "no memory for the tables of the image");
        return false;
    }
    return load_region(s, disk, IMG_REGION_STATE, err) &&
           (!ns->im.chunks.length ||
            load_region(s, disk, IMG_REGION_CHUNKS, err));
}

void ocpn_store_destroy(OcpnStore *s)
{
    if (s->mem) {
        s->c->port.free(s->c->port.opaque, s->mem);
        s->mem = NULL;
    }
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
    uint32_t n = page_number(s, region, index);

    ocpn_lock(&s->lock);
    put_dirty(s, n);
    ocpn_unlock(&s->lock);
}

static void fill(OcpnStore *s, uint32_t n, ImgPage *p)
{
    bool state = n < s->nstate;
    uint32_t index = state ? n : n - s->nstate;

    memset(p, 0, sizeof(*p));
    if (state) {
        ocpn_state_store(s->ns, index, p);
    } else {
        ocpn_chunks_store(s->ns, index, p);
    }
    ocpn_page_seal(&s->ns->im, p, state ? IMG_REGION_STATE
                                        : IMG_REGION_CHUNKS,
                   index, s->page[n].sequence + 1);
}

static void page_written(OcpnIo *io, OcpnIoResult result);

/* Write page N, which this round owns, from buffer B, which nobody else has. */
static void write_page(OcpnStore *s, OcpnStoreBuf *b, uint32_t n)
{
    bool state = n < s->nstate;
    OcpnIo *io = b->io;

    fill(s, n, b->page);
    b->number = n;
    io->op = OCPN_IO_WRITE;
    io->fua = false;
    io->nsid = s->ns->nsid;
    io->offset = ocpn_page_offset(&s->ns->im, state ? IMG_REGION_STATE
                                                    : IMG_REGION_CHUNKS,
                                  state ? n : n - s->nstate,
                                  !s->page[n].slot);
    io->len = IMG_BLOCK;
    io->buf = b->page;
    io->nseg = 0;
    io->done = page_written;
    io->opaque = b;
    b->store = s;
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
    s->again = false;
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
 * last is down, let its requests go and begin the next.
 */
static void drive(OcpnStore *s)
{
    for (;;) {
        OcpnStoreBuf *b;
        OcpnReq *done = NULL;
        bool failed = false, idle = false;
        uint32_t n = 0, count = 0;
        Step step;

        ocpn_lock(&s->lock);
        step = next_step(s, &b, &n);
        if (step == STEP_LAST) {
            done = s->waiting;
            s->waiting = NULL;
            failed = s->failed;
            count = s->count;
            idle = !s->joining && !s->again;
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
            if (idle) {
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
    if (result == OCPN_IO_OK) {
        page->sequence++;
        page->slot = !page->slot;
    } else {
        s->failed = true;
        put_dirty(s, b->number);    /* again with the next round */
    }
    b->next = s->free;
    s->free = b;
    s->inflight--;
    ocpn_unlock(&s->lock);
    drive(s);
}

OcpnFlow ocpn_store_join(OcpnStore *s, OcpnReq *r, bool fua,
                         void (*after)(OcpnCtrl *c, OcpnReq *r))
{
    r->after = after;
    ocpn_lock(&s->lock);
    r->next = s->joining;
    s->joining = r;
    s->join_fua |= fua;
    ocpn_unlock(&s->lock);
    drive(s);
    return FLOW_PENDING;
}

void ocpn_store_sync(OcpnStore *s)
{
    ocpn_lock(&s->lock);
    s->again = true;
    ocpn_unlock(&s->lock);
    drive(s);
}

bool ocpn_store_idle(OcpnStore *s)
{
    bool idle;

    ocpn_lock(&s->lock);
    idle = !s->running && !s->joining && !s->again;
    ocpn_unlock(&s->lock);
    return idle;
}
