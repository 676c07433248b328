/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has which part of a drive: see space-int.h.
 * Implements: docs/image-format.rst, "Namespaces"; OCP Datacenter NVMe SSD,
 * NSM-5, NSM-7.
 *
 * A namespace gets the free grains that lie first, and never others, so its
 * blocks follow the order of its grains in the image.
 */
#include <string.h>

#include "nvm-int.h"
#include "hw/ocp-nvme/core/xfer.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"

static bool can_share(const OcpnNs *root)
{
    return ocpn_ocp(root->c, OCP_1_0) && !ocpn_ns_is_open_channel(root) &&
           !root->im.ms;
}

bool ocpn_space_init(OcpnNs *root, OcpnError *err)
{
    const OcpnPort *port = &root->c->port;
    OcpnSpace *s;

    if (!can_share(root)) {
        return true;
    }
    s = port->alloc(port->opaque, sizeof(*s));
    if (!s) {
        return OCPN_FAIL(err, "no memory for further namespaces");
    }
    s->slot[1] = root;
    for (uint32_t i = 2; i <= IMG_NS_MAX; i++) {
        OcpnNs *ns = s->slot[i] = &s->more[i - 2];

        ns->c = root->c;
        ns->nsid = i;
        ns->home = root;
        ns->drive = root->nsid;
        ns->cfg = root->cfg;
        ns->cfg.nsid = i;
        ns->cfg.eui64 = 0;
        ns->im = root->im;
        ns->im.nsze = 0;
    }
    root->c->space = s;
    return true;
}

static const ImgNamespaces *page_of(const OcpnCtrl *c)
{
    return (const ImgNamespaces *)(const void *)
           c->snap[IMG_STATE_NAMESPACES];
}

void ocpn_space_destroy(OcpnCtrl *c)
{
    c->port.free(c->port.opaque, c->space);
    c->space = NULL;
}

OcpnNs *ocpn_space_slot(const OcpnCtrl *c, uint32_t nsid)
{
    return c->space && nsid >= 1 && nsid <= IMG_NS_MAX &&
           (nsid == 1 || !c->root[nsid]) && nsid <= ocpn_ns_highest(c)
           ? c->space->slot[nsid] : NULL;
}

bool ocpn_space_allocated(const OcpnCtrl *c, uint32_t nsid)
{
    return c->space->now.used ? c->space->now.ns[nsid].allocated : nsid == 1;
}

bool ocpn_space_has(const OcpnNs *ns)
{
    return ns->drive == 1 && ns->c->space &&
           atomic_load_explicit(&ns->c->space->divided, memory_order_relaxed);
}

OcpnNs *ocpn_space_marked(const OcpnCtrl *c, uint32_t index)
{
    uint32_t nsid = index - IMG_STATE_MARKS + 2;

    return c->space && index >= IMG_STATE_MARKS && nsid <= IMG_NS_MAX
           ? c->space->slot[nsid] : NULL;
}

/* Those that have no slot now may have one when the drive starts next. */
void ocpn_space_unmark(OcpnCtrl *c)
{
    if (!c->space || !c->space->now.used) {
        return;                 /* its marks are those of NSID 1 */
    }
    for (uint32_t i = 2; i <= IMG_NS_MAX; i++) {
        ocpn_extents_clear(c->space->slot[i]);
    }
}

uint64_t ocpn_space_bytes(const OcpnCtrl *c)
{
    const OcpnImage *im = &c->space->slot[1]->im;

    return c->space->now.used ? c->space->bytes : im->nsze << im->lbads;
}

static uint64_t grain_bytes(const OcpnSpace *s, uint32_t grain)
{
    uint64_t at = (uint64_t)grain << s->shift, left = s->bytes - at;

    return left < UINT64_C(1) << s->shift ? left : UINT64_C(1) << s->shift;
}

uint64_t ocpn_space_owned(const OcpnCtrl *c, uint32_t nsid)
{
    const OcpnSpace *s = c->space;
    uint64_t sum = 0;

    if (!s->now.used) {
        return nsid == 1 ? ocpn_space_bytes(c) : 0;
    }
    for (uint32_t i = 0; i < s->ngrains; i++) {
        sum += s->now.owner[i] == nsid ? grain_bytes(s, i) : 0;
    }
    return sum;
}

static uint8_t shift_for(uint64_t bytes)
{
    uint8_t shift = OCPN_GRAIN_SHIFT;

    while ((bytes - 1) >> shift >= IMG_NS_GRAINS) {
        shift++;
    }
    return shift;
}

uint64_t ocpn_space_grain(const OcpnCtrl *c)
{
    return UINT64_C(1) << shift_for(ocpn_space_bytes(c));
}

static void set_size(OcpnSpace *s, uint64_t bytes)
{
    s->bytes = bytes;
    s->shift = shift_for(bytes);
    s->ngrains = (uint32_t)((bytes - 1) >> s->shift) + 1;
}

void ocpn_space_measure(OcpnCtrl *c)
{
    OcpnSpace *s = c->space;
    const OcpnImage *im = &s->slot[1]->im;

    if (s->now.used) {
        return;
    }
    set_size(s, im->nsze << im->lbads);
    s->now = (OcpnSpaceTable) { 0 };
    s->now.ns[1] = (OcpnSpaceNs) {
        .allocated = true, .attached = true,
        .lbads = im->lbads, .nsze = im->nsze,
    };
    memset(s->now.owner, 1, s->ngrains);
}

/* Unlike that of all namespaces there were before. */
static void make_ids(OcpnNs *ns, uint32_t generation)
{
    memcpy(ns->nguid, ns->im.uuid, sizeof(ns->nguid));
    for (unsigned i = 0; i < 4; i++) {
        ns->nguid[12 + i] ^= (uint8_t)(generation >> (24 - 8 * i));
    }
}

void ocpn_space_derive(OcpnCtrl *c, uint32_t nsid)
{
    OcpnSpace *s = c->space;
    const OcpnSpaceNs *e = &s->now.ns[nsid];
    OcpnNs *ns = s->slot[nsid];
    uint16_t *map = s->map[nsid];
    bool plain = true;
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->ngrains; i++) {
        if (s->now.owner[i] == nsid) {
            plain &= i == n;
            map[n++] = (uint16_t)i;
        }
    }
    ns->map = plain ? NULL : map;
    ns->shift = s->shift;
    ns->im.nsze = e->nsze;
    ns->im.lbads = e->allocated ? e->lbads : 12;
    make_ids(ns, e->generation);
    c->ns[nsid] = e->attached ? ns : NULL;
}

uint64_t ocpn_grains_row(const OcpnNs *ns, uint64_t index, uint64_t nlb)
{
    uint64_t at = index << ns->im.lbads, end = at + (nlb << ns->im.lbads);
    uint64_t grain = at >> ns->shift, row = (grain + 1) << ns->shift;

    if (!nlb) {
        return 0;
    }
    while (row < end && ns->map[grain + 1] == ns->map[grain] + 1u) {
        grain++;
        row += UINT64_C(1) << ns->shift;
    }
    return ((row < end ? row : end) - at) >> ns->im.lbads;
}

/* An entry that cannot be is none. */
static void load_entry(OcpnCtrl *c, uint32_t nsid, const ImgNamespace *p)
{
    OcpnSpaceNs *e = &c->space->now.ns[nsid];
    uint64_t nsze = from_le64(p->nsze), owned = ocpn_space_owned(c, nsid);

    if ((p->flags & IMG_NS_ALLOCATED) && (p->lbads == 9 || p->lbads == 12) &&
        nsze && nsze <= owned >> p->lbads) {
        *e = (OcpnSpaceNs) {
            .allocated = true,
            .attached = p->flags & IMG_NS_ATTACHED,
            .lbads = p->lbads,
            .nmic = p->nmic & NVME_NMIC_SHARED,
            .generation = from_le32(p->generation),
            .nsze = nsze,
        };
    }
}

static void load_table(OcpnCtrl *c, const ImgNamespaces *p)
{
    OcpnSpace *s = c->space;
    OcpnSpaceTable *t = &s->now;

    *t = (OcpnSpaceTable) { .used = true };
    t->generation = from_le32(p->generation);
    memcpy(t->owner, p->owner, s->ngrains);
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        load_entry(c, i, &p->ns[i - 1]);    /* also if it has no slot now */
    }
    for (uint32_t i = 0; i < s->ngrains; i++) {
        if (t->owner[i] > IMG_NS_MAX || !t->ns[t->owner[i]].allocated) {
            t->owner[i] = 0;
        }
    }
}

/* Without its table the namespaces would be mixed up. */
bool ocpn_space_check(OcpnNs *root, OcpnError *err)
{
    const ImgNamespaces *p = page_of(root->c);
    OcpnSpace *s = root->c->space;

    if (ocpn_ns_is_open_channel(root) || !p->used) {
        return true;
    }
    if (!s) {
        return OCPN_FAIL(err, "the drive was divided by Namespace "
                         "Management, which needs an ocp-version");
    }
    set_size(s, root->im.nsze << root->im.lbads);
    return (p->used == 1 && from_le64(p->bytes) == s->bytes &&
            p->shift == s->shift && from_le16(p->ngrains) == s->ngrains) ||
           OCPN_FAIL(err, "the table of namespaces is of another drive: it "
                     "divides %llu bytes, and there are %llu",
                     (unsigned long long)from_le64(p->bytes),
                     (unsigned long long)s->bytes);
}

bool ocpn_space_lists(const OcpnCtrl *c, uint32_t nsid)
{
    const ImgNamespaces *p = page_of(c);

    return c->space && p->used && nsid >= 1 && nsid <= IMG_NS_MAX &&
           p->ns[nsid - 1].flags & IMG_NS_ALLOCATED;
}

void ocpn_space_apply(OcpnCtrl *c)
{
    OcpnSpace *s = c->space;

    if (!s) {
        return;
    }
    s->now.used = false;
    ocpn_space_measure(c);
    if (page_of(c)->used) {
        load_table(c, page_of(c));
    }
    atomic_store(&s->divided, s->now.used);
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (!ocpn_space_slot(c, i)) {
            continue;
        }
        if (i > 1) {
            s->slot[i]->im = s->slot[1]->im;    /* which may be another now */
        }
        ocpn_space_derive(c, i);
        ocpn_extents_limit(s->slot[i], s->slot[i]->im.nsze);
    }
}

bool ocpn_space_relayout(OcpnImage *im, uint8_t lbads)
{
    im->nsze = (im->nsze << im->lbads) >> lbads;
    im->lbads = lbads;
    return im->nsze != 0;
}

void ocpn_space_format(OcpnNs *ns, const OcpnImage *im)
{
    OcpnSpaceNs *e = &ns->c->space->now.ns[ns->nsid];

    ns->im.lbads = e->lbads = im->lbads;
    ns->im.nsze = e->nsze = im->nsze;
    ocpn_state_dirty(ns->c, IMG_STATE_NAMESPACES);
}

bool ocpn_space_zero(OcpnCtrl *c, OcpnReq *r,
                     void (*next)(OcpnCtrl *c, OcpnReq *r))
{
    OcpnNs *ns = r->ns;
    uint64_t index = r->slba, n = ns->im.nsze - index;
    uint64_t max = OCPN_ZERO_MAX >> ns->im.lbads;

    if (!n) {
        return false;
    }
    n = ocpn_data_row(ns, index, (uint32_t)(n < max ? n : max));
    r->slba += n;
    ocpn_step_io(c, r, &(OcpnStep) {
        .op = OCPN_IO_ZERO, .unmap = true,
        .offset = ocpn_data_offset(ns, index), .len = n << ns->im.lbads,
    }, next);
    return true;
}

/* ocpn_space_apply() reads it, when all drives are there. */
static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    (void)c;
    (void)nth;
    (void)payload;
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    const OcpnSpace *s = c->space;
    ImgNamespaces *p = (ImgNamespaces *)(void *)payload;

    (void)nth;
    if (!s || !s->now.used) {
        return;
    }
    p->used = 1;
    p->shift = s->shift;
    p->ngrains = to_le16((uint16_t)s->ngrains);
    p->generation = to_le32(s->now.generation);
    p->bytes = to_le64(s->bytes);
    memcpy(p->owner, s->now.owner, s->ngrains);
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        const OcpnSpaceNs *e = &s->now.ns[i];

        p->ns[i - 1] = (ImgNamespace) {
            .flags = (e->allocated ? IMG_NS_ALLOCATED : 0) |
                     (e->attached ? IMG_NS_ATTACHED : 0),
            .lbads = e->lbads,
            .nmic = e->nmic,
            .generation = to_le32(e->generation),
            .nsze = to_le64(e->nsze),
        };
    }
}

const OcpnStatePart ocpn_space_part = {
    .page = IMG_STATE_NAMESPACES,
    .npages = 1,
    .load = load,
    .store = store,
};
