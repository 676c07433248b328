/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chunk table: its memory, its pages, its locks.
 * Implements: OCSSD 2.0, "Chunk Information"; docs/image-format.rst, "Chunk
 * table".
 */
#include <string.h>

#include "chunks-int.h"

bool ocpn_chunks_init(OcpnNs *ns, OcpnError *err)
{
    const OcpnGeometry *g = &ns->im.geo;
    const OcpnPort *port = &ns->c->port;
    size_t npus = (size_t)g->num_grp * g->num_pu;
    size_t size = npus * sizeof(OcpnPu) + g->chunks * sizeof(OcpnChunk);

    ns->chunk_mem = port->alloc(port->opaque, size);
    if (!ns->chunk_mem) {
        return OCPN_FAIL(err, "no memory for the %u chunks of namespace %u",
                         g->chunks, ns->nsid);
    }
    ns->pu = ns->chunk_mem;
    ns->chunk = (OcpnChunk *)(void *)(ns->pu + npus);
    return true;
}

static size_t units(const OcpnNs *ns)
{
    return (size_t)ns->im.geo.num_grp * ns->im.geo.num_pu;
}

static void uncount_open(OcpnNs *ns)
{
    for (size_t i = 0; i < units(ns); i++) {
        atomic_fetch_sub(&ns->c->open_chunks, ns->pu[i].open);
    }
}

void ocpn_chunks_forget(OcpnNs *ns)
{
    uncount_open(ns);
    memset(ns->chunk, 0, ns->im.geo.chunks * sizeof(OcpnChunk));
    for (size_t i = 0; i < units(ns); i++) {
        ns->pu[i].open = 0;
    }
    atomic_store(&ns->wli_sum, 0);
}

void ocpn_chunks_destroy(OcpnNs *ns)
{
    const OcpnPort *port = &ns->c->port;

    if (!ns->chunk_mem) {
        return;
    }
    uncount_open(ns);
    port->free(port->opaque, ns->chunk_mem);
    ns->chunk_mem = NULL;
    ns->chunk = NULL;
    ns->pu = NULL;
}

/* The chunks of page INDEX: FIRST and their number. */
static uint32_t page_chunks(const OcpnNs *ns, uint32_t index, uint32_t *first)
{
    uint32_t left;

    *first = index * IMG_CHUNKS_PER_PAGE;
    left = ns->im.geo.chunks - *first;
    return left < IMG_CHUNKS_PER_PAGE ? left : IMG_CHUNKS_PER_PAGE;
}

/* Flags that the image has as they are here. */
#define KEPT_FLAGS  (IMG_CHUNK_OFFLINE_NEXT | IMG_CHUNK_MARKS)
_Static_assert((int)OCPN_CHUNK_OFFLINE_NEXT == (int)IMG_CHUNK_OFFLINE_NEXT &&
               0x1f << OCPN_CHUNK_MARK_SHIFT == IMG_CHUNK_MARKS,
               "flags of a chunk and of its entry");

static OcpnChunkState state_of(uint8_t cs)
{
    switch (cs) {
    case OCSSD_CS_OPEN:
        return CHUNK_OPEN;
    case OCSSD_CS_CLOSED:
        return CHUNK_CLOSED;
    case OCSSD_CS_OFFLINE:
        return CHUNK_OFFLINE;
    default:
        return CHUNK_FREE;
    }
}

/*
 * What is in the image is down on the medium.  A random-write chunk has no
 * write pointer.
 */
void ocpn_chunk_from_image(OcpnNs *ns, uint32_t chunk, const ImgChunk *e)
{
    OcpnChunk *k = &ns->chunk[chunk];

    k->state = (uint8_t)state_of(e->state);
    k->type = e->type;
    k->cnlb = from_le32(e->cnlb);
    k->wp = k->state == CHUNK_OFFLINE || ocpn_chunk_is_random(k)
            ? 0 : from_le32(e->wp);
    k->down = k->wp;
    k->resets = from_le32(e->resets);
    k->wear = e->wear;
    k->zeroed = 0;
    k->soiled = false;
    k->flags &= (uint8_t)~KEPT_FLAGS;
    k->flags |= e->flags & KEPT_FLAGS;
    atomic_fetch_add(&ns->wli_sum, ocpn_chunk_index(ns, k));
    atomic_store(&ns->worn, true);
    if (ocpn_chunk_counts(k)) {
        ocpn_chunk_pu(ns, chunk)->open++;
        atomic_fetch_add(&ns->c->open_chunks, 1);
    }
}

bool ocpn_chunks_load(OcpnNs *ns, uint32_t index, const ImgPage *p,
                      OcpnError *err)
{
    uint32_t first, n = page_chunks(ns, index, &first);

    for (uint32_t i = 0; i < n; i++) {
        ImgChunk e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        if (!ocpn_chunk_entry_valid(&ns->im, &e, first + i, err)) {
            return false;
        }
        ocpn_chunk_from_image(ns, first + i, &e);
    }
    return true;
}

/*
 * What a restart finds: nothing that is only on its way to the medium.  So a
 * chunk whose last blocks are not down is not Closed yet, and one without any
 * is still Free.
 */
ImgChunk ocpn_chunk_to_image(const OcpnChunk *k)
{
    uint8_t state = k->state;

    if (k->down < k->wp) {
        state = k->down ? CHUNK_OPEN : CHUNK_FREE;
    }
    return (ImgChunk) {
        .state = ocpn_chunk_cs(state),
        .type = k->type,
        .flags = k->flags & KEPT_FLAGS,
        .wear = k->wear,
        .wp = to_le32(k->down),
        .cnlb = to_le32(k->cnlb),
        .resets = to_le32(k->resets),
    };
}

void ocpn_chunks_store(OcpnNs *ns, uint32_t index, ImgPage *p)
{
    uint32_t first, n = page_chunks(ns, index, &first);
    OcpnPu *held = NULL;

    memset(p->payload, 0, sizeof(p->payload));
    for (uint32_t i = 0; i < n; i++) {
        OcpnPu *pu = ocpn_chunk_pu(ns, first + i);
        ImgChunk e;

        if (pu != held) {
            if (held) {
                ocpn_unlock(&held->lock);
            }
            ocpn_lock(&pu->lock);
            held = pu;
        }
        e = ocpn_chunk_to_image(&ns->chunk[first + i]);
        memcpy(p->payload + i * sizeof(e), &e, sizeof(e));
    }
    if (held) {
        ocpn_unlock(&held->lock);
    }
}

void ocpn_chunk_describe(OcpnNs *ns, uint32_t chunk, OcssdChunkInfo *info)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    uint64_t slba = ocpn_addr_lba(&ns->im.geo, chunk, 0);
    bool absolute;
    OcpnChunk k;

    ocpn_lock(&pu->lock);
    k = ns->chunk[chunk];
    ocpn_unlock(&pu->lock);
    absolute = ns->cfg.wp_absolute && !ocpn_chunk_is_random(&k) &&
               (k.state == CHUNK_OPEN || k.state == CHUNK_CLOSED);
    *info = (OcssdChunkInfo) {
        .cs = ocpn_chunk_cs(k.state),
        .ct = k.type,
        .wli = ocpn_chunk_index(ns, &k),
        .slba = to_le64(slba),
        .cnlb = to_le64(k.cnlb),
        .wp = to_le64((absolute ? slba : 0) + k.wp),
    };
}

static void add_pu(OcpnPuSet *s, uint32_t pu)
{
    uint32_t at = s->n;

    while (at > 0 && s->pu[at - 1] > pu) {
        at--;
    }
    if (at > 0 && s->pu[at - 1] == pu) {
        return;
    }
    memmove(&s->pu[at + 1], &s->pu[at], (s->n - at) * sizeof(s->pu[0]));
    s->pu[at] = pu;
    s->n++;
}

void ocpn_pus_lock(OcpnNs *ns, OcpnPuSet *s, const OcpnGroup *g, uint32_t n)
{
    s->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (g[i].chunk != OCPN_CHUNK_NONE) {
            add_pu(s, ocpn_addr_pu(&ns->im.geo, g[i].chunk));
        }
    }
    for (uint32_t i = 0; i < s->n; i++) {
        ocpn_lock(&ns->pu[s->pu[i]].lock);
    }
}

void ocpn_pus_unlock(OcpnNs *ns, const OcpnPuSet *s)
{
    for (uint32_t i = s->n; i > 0; i--) {
        ocpn_unlock(&ns->pu[s->pu[i - 1]].lock);
    }
}

void ocpn_chunk_unopen(OcpnCtrl *c, OcpnPu *pu)
{
    pu->open--;
    atomic_fetch_sub(&c->open_chunks, 1);
}

void ocpn_chunk_trace(OcpnNs *ns, uint32_t chunk)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    uint32_t wp;
    uint8_t state;

    if (!ocpn_tracing(ns->c)) {
        return;
    }
    ocpn_lock(&pu->lock);
    wp = ns->chunk[chunk].wp;
    state = ocpn_chunk_cs(ns->chunk[chunk].state);
    ocpn_unlock(&pu->lock);
    ocpn_trace(ns->c, OCPN_TRACE_CHUNK, (uint64_t)ns->nsid << 32 | chunk,
               (uint64_t)state << 32 | wp);
}

/* The page of G's chunk, if G changed it. */
static uint32_t page_of(const OcpnGroup *g)
{
    return g->chunk != OCPN_CHUNK_NONE && g->nlb
           ? g->chunk / IMG_CHUNKS_PER_PAGE : OCPN_PAGE_NONE;
}

void ocpn_chunks_dirty(OcpnReq *r)
{
    for (uint32_t i = 0; i < r->ngroups; i++) {
        uint32_t page = page_of(&r->group[i]), j = 0;

        while (j < i && page_of(&r->group[j]) != page) {
            j++;
        }
        if (j == i && page != OCPN_PAGE_NONE) {
            ocpn_store_dirty(&r->ns->store, IMG_REGION_CHUNKS, page);
        }
    }
}
