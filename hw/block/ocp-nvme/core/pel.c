/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Persistent Event Log: its pages, and reporting contexts.
 * Implements: NVMe Base 2.0, "Persistent Event Log (Log Identifier 0Dh)"; OCP
 * Datacenter NVMe SSD, STD-LOG-9; docs/image-format.rst, "Device state".
 *
 * The log is a ring of state pages with whole events in them: an event costs
 * one page of the image, and an event that does not fit into the newest page
 * takes the place of the oldest.  A reporting context is a copy, so that what
 * a host reads in pieces stays the same while events come and go.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/identify.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

#define ROOM        sizeof(((ImgPel *)0)->events)
/* A sequence number that no drive gets to. */
#define TOO_HIGH    (UINT64_MAX / 2)

_Static_assert(sizeof(NvmePelEvent) + OCPN_PEL_DATA <= ROOM,
               "a page must hold any event");

bool ocpn_pel_init(OcpnCtrl *c)
{
    OcpnPel *p = &c->pel;

    if (!ocpn_ocp(c, OCP_1_0)) {
        return true;
    }
    p->page = c->port.alloc(c->port.opaque,
                            IMG_PEL_NPAGES * sizeof(*p->page));
    p->context = c->port.alloc(c->port.opaque, OCPN_PEL_MAX);
    if (!p->page || !p->context) {
        ocpn_pel_destroy(c);
        return false;
    }
    return true;
}

void ocpn_pel_destroy(OcpnCtrl *c)
{
    c->port.free(c->port.opaque, c->pel.page);
    c->port.free(c->port.opaque, c->pel.context);
    c->pel = (OcpnPel) { 0 };
}

static unsigned index_of(uint64_t sequence)
{
    return (unsigned)((sequence - 1) % IMG_PEL_NPAGES);
}

/* The page AGE pages older than the newest; NULL: not there (any more). */
static const ImgPel *page_of(const OcpnPel *p, unsigned age)
{
    const ImgPel *page;

    if (!p->page || p->newest <= age) {
        return NULL;
    }
    page = &p->page[index_of(p->newest - age)];
    return from_le64(page->sequence) == p->newest - age ? page : NULL;
}

/* Bytes of the event at AT, which is no farther than USED.  0: none is. */
static size_t event_size(const uint8_t *events, size_t at, size_t used)
{
    NvmePelEvent e;
    size_t size;

    if (used - at < sizeof(e)) {
        return 0;
    }
    memcpy(&e, events + at, sizeof(e));
    size = sizeof(e) + from_le16(e.el);
    return e.ehl == NVME_PEL_EHL && from_le16(e.vsil) <= from_le16(e.el) &&
           size <= used - at ? size : 0;
}

/* What an image says is page NTH. */
static bool is_page(const ImgPel *page, unsigned nth)
{
    uint64_t sequence = from_le64(page->sequence);
    size_t used = from_le16(page->used), at = 0, size;
    unsigned n = 0;

    if (!sequence || sequence > TOO_HIGH || index_of(sequence) != nth ||
        used > ROOM) {
        return false;
    }
    while ((size = event_size(page->events, at, used)) != 0) {
        at += size;
        n++;
    }
    return at == used && n == from_le16(page->count);
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnPel *p = &c->pel;
    ImgPel *page;

    if (!p->page) {
        return;
    }
    page = &p->page[nth];
    memcpy(page, payload, sizeof(*page));
    if (!is_page(page, nth)) {
        memset(page, 0, sizeof(*page));
    }
    p->newest = 0;
    for (unsigned i = 0; i < IMG_PEL_NPAGES; i++) {
        uint64_t sequence = from_le64(p->page[i].sequence);

        p->newest = sequence > p->newest ? sequence : p->newest;
    }
    p->length = 0;
    if (p->newest) {
        page = &p->page[index_of(p->newest)];
        p->generation = from_le16(page->generation);
        memcpy(p->firmware, page->firmware, sizeof(p->firmware));
    }
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    if (c->pel.page) {
        memcpy(payload, &c->pel.page[nth], sizeof(c->pel.page[nth]));
    }
}

const OcpnStatePart ocpn_pel_part = {
    .page = IMG_STATE_PEL,
    .npages = IMG_PEL_NPAGES,
    .load = load,
    .store = store,
};

/* The newest page has changed. */
static void keep(OcpnCtrl *c)
{
    OcpnPel *p = &c->pel;
    ImgPel *page = &p->page[index_of(p->newest)];

    page->generation = to_le16(p->generation);
    memcpy(page->firmware, p->firmware, sizeof(page->firmware));
    ocpn_state_dirty(c, IMG_STATE_PEL + index_of(p->newest));
    ocpn_state_sync(c);
}

void ocpn_pel_add(OcpnCtrl *c, uint8_t type, uint8_t revision,
                  const void *data, size_t len)
{
    OcpnPel *p = &c->pel;
    size_t size = sizeof(NvmePelEvent) + len, used = 0;
    uint8_t origin;
    NvmePelEvent head = {
        .type = type, .revision = revision, .ehl = NVME_PEL_EHL,
        .timestamp = to_le64(ocpn_timestamp(c, &origin)),
        .el = to_le16((uint16_t)len),
    };
    ImgPel *page;

    if (!p->page || len > OCPN_PEL_DATA) {
        return;
    }
    if (p->newest) {
        used = from_le16(p->page[index_of(p->newest)].used);
    }
    if (!p->newest || ROOM - used < size) {
        used = 0;
        page = &p->page[index_of(++p->newest)];
        memset(page, 0, sizeof(*page));
        page->sequence = to_le64(p->newest);
    }
    page = &p->page[index_of(p->newest)];
    memcpy(page->events + used, &head, sizeof(head));
    memcpy(page->events + used + sizeof(head), data, len);
    page->used = to_le16((uint16_t)(used + size));
    page->count = to_le16((uint16_t)(from_le16(page->count) + 1));
    keep(c);
}

bool ocpn_pel_established(const OcpnCtrl *c)
{
    return c->pel.length > 0;
}

uint64_t ocpn_pel_length(const OcpnCtrl *c)
{
    uint64_t length = sizeof(NvmePelHeader);

    if (c->pel.length) {
        return c->pel.length;
    }
    for (unsigned age = 0; age < IMG_PEL_NPAGES; age++) {
        const ImgPel *page = page_of(&c->pel, age);

        length += page ? from_le16(page->used) : 0;
    }
    return length;
}

/* The events of PAGE to TO, the last one first.  How many there were. */
static unsigned put_reversed(const ImgPel *page, uint8_t *to)
{
    size_t used = from_le16(page->used), at = 0, size;
    unsigned n = 0;

    to += used;
    while ((size = event_size(page->events, at, used)) != 0) {
        to -= size;
        memcpy(to, page->events + at, size);
        at += size;
        n++;
    }
    return n;
}

static void put_header(OcpnCtrl *c, NvmePelHeader *h, uint32_t n)
{
    NvmeIdCtrl id;

    ocpn_claims(c, &id);
    *h = (NvmePelHeader) {
        .lid = NVME_LID_PERSISTENT_EVENT,
        .tnev = to_le32(n),
        .tll = to_le64(c->pel.length),
        .revision = NVME_PEL_REVISION_1_4,
        .lhl = to_le16(sizeof(*h) - offsetof(NvmePelHeader, timestamp)),
        .poh = to_le128(ocpn_power_on_seconds(c) / 3600),
        .pcc = to_le64(ocpn_power_cycles(c)),
        .vid = id.vid,
        .ssvid = id.ssvid,
    };
    ocpn_fifo_timestamp(c, h->timestamp);
    memcpy(h->sn, id.sn, sizeof(h->sn));
    memcpy(h->mn, id.mn, sizeof(h->mn));
    memcpy(h->subnqn, id.subnqn, sizeof(h->subnqn));
    ocpn_pel_types(h->supported);
    if (ocpn_ocp(c, OCP_2_5)) {
        h->revision = NVME_PEL_REVISION_2_0;
        h->gnum = to_le16(c->pel.generation);
    }
}

void ocpn_pel_establish(OcpnCtrl *c)
{
    OcpnPel *p = &c->pel;
    size_t at = sizeof(NvmePelHeader);
    uint32_t n = 0;

    p->existed = p->length > 0;
    if (p->existed) {
        return;
    }
    for (unsigned age = 0; age < IMG_PEL_NPAGES; age++) {
        const ImgPel *page = page_of(p, age);

        if (page) {
            n += put_reversed(page, p->context + at);
            at += from_le16(page->used);
        }
    }
    p->length = at;
    p->generation++;
    if (p->newest) {
        keep(c);
    }
    put_header(c, (NvmePelHeader *)(void *)p->context, n);
}

void ocpn_pel_release(OcpnCtrl *c)
{
    c->pel.length = 0;
}

void ocpn_pel_read(const OcpnCtrl *c, uint64_t off, void *buf, size_t len)
{
    NvmePelHeader *h = (NvmePelHeader *)(void *)c->pel.context;
    uint32_t rci = NVME_PEL_RCE | FIELD_PUT(NVME_PEL_RCPIT,
                                            NVME_PEL_RCPIT_PORT);

    h->rci = to_le32(c->pel.existed && ocpn_ocp(c, OCP_2_5) ? rci : 0);
    memcpy(buf, c->pel.context + off, len);
}
