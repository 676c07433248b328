/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store's beginning and end: its memory, and the pages of an image into
 * the tables that they are of.
 * Implements: docs/image-format.rst, "Pages".
 */
#include <stdio.h>

#include "ctrl-int.h"
#include "state-int.h"

/* In the order of page numbers, and of loading: a map is of a chunk. */
static const uint32_t paged[] = {
    IMG_REGION_STATE, IMG_REGION_CHUNKS, IMG_REGION_MAPS,
};

/* Bytes behind the OcpnPage array: page buffers want their own alignment. */
#define BUF_ALIGN   4096u

static uint64_t align_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) / to * to;
}

typedef struct Load {
    OcpnStore *s;
    uint32_t   region;
    bool       again;
} Load;

static bool load_page(void *opaque, uint32_t index, const ImgPage *p,
                      unsigned slot, OcpnError *err)
{
    Load *l = opaque;
    OcpnPage *page = &l->s->page[l->s->first[l->region] + index];

    page->sequence = from_le64(p->sequence);
    page->slot = (uint8_t)slot;
    switch (l->region) {
    case IMG_REGION_STATE:
        if (l->again) {
            ocpn_state_reload(l->s->ns, index, p);
        } else {
            ocpn_state_load(l->s->ns, index, p);
        }
        return true;
    case IMG_REGION_CHUNKS:
        return ocpn_chunks_load(l->s->ns, index, p, err);
    default:
        return ocpn_maps_load(l->s->ns, index, p, err);
    }
}

/* Each region by what the one before it said. */
static bool load_all(OcpnStore *s, const OcpnDisk *disk, bool again,
                     OcpnError *err)
{
    const OcpnPort *port = &s->c->port;
    const size_t size = 1u << 20;
    void *buf = port->alloc(port->opaque, size);
    bool ok = buf != NULL;

    if (!ok) {
        snprintf(err->text, sizeof(err->text),
                 "no memory to read the tables of the image");
        return false;
    }
    for (size_t i = 0; ok && i < sizeof(paged) / sizeof(paged[0]); i++) {
        Load l = { s, paged[i], again };

        ok = ocpn_page_load_all(&s->ns->im, disk, paged[i], buf, size,
                                load_page, &l, err);
    }
    port->free(port->opaque, buf);
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
    s->npages = 0;
    for (size_t i = 0; i < sizeof(paged) / sizeof(paged[0]); i++) {
        s->first[paged[i]] = s->npages;
        s->npages += ocpn_image_npages(ocpn_image_region(&ns->im, paged[i]));
    }
    s->dirty = s->round = s->later = OCPN_PAGE_NONE;
    if (!get_memory(s)) {
        snprintf(err->text, sizeof(err->text),
                 "no memory for the tables of the image");
        return false;
    }
    return load_all(s, disk, false, err);
}

bool ocpn_store_reload(OcpnStore *s, const OcpnDisk *disk, OcpnError *err)
{
    for (uint32_t i = 0; i < s->npages; i++) {
        s->page[i] = (OcpnPage) { .next = OCPN_PAGE_NONE };
    }
    s->dirty = OCPN_PAGE_NONE;
    return load_all(s, disk, true, err);
}

void ocpn_store_destroy(OcpnStore *s)
{
    if (s->mem) {
        s->c->port.free(s->c->port.opaque, s->mem);
        s->mem = NULL;
    }
}
