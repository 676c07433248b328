/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Telemetry String Log: names of what is vendor specific in telemetry,
 * computed from the rows that describe it.
 * Implements: OCP Datacenter NVMe SSD, "Telemetry String Log (Log Identifier
 * C9h)".
 *
 * Readers disagree on two points.  Unless the drive is asked to be strict, a
 * string has a space behind it that its length does not count, for readers
 * that take one character more or one less; and names of vendor specific
 * classes are in both event tables.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/ocp.h"

#define ENTRY       sizeof(OcpString)
#define ASCII_MAX   2048u

/* A page in the making. */
typedef struct Page {
    OcpnFill entries;           /* the header and the tables */
    OcpnFill ascii;             /* the strings */
    bool     compat;
} Page;

/* TEXT into the ASCII table; returns its offset there, in bytes. */
static size_t put_string(Page *p, const char *text)
{
    size_t len = strlen(text) + p->compat;
    char *at = ocpn_fill_take(&p->ascii, (len + 3) & ~(size_t)3);

    if (!at) {
        return 0;
    }
    put_ascii(at, (len + 3) & ~(size_t)3, ' ', text);
    return (size_t)((uint8_t *)at - p->ascii.buf);
}

static void put_entry(Page *p, uint8_t a, uint8_t b, uint8_t c,
                      const char *text)
{
    OcpString s = { .key = { a, b, c } };
    uint8_t *at = ocpn_fill_take(&p->entries, ENTRY);

    if (at) {
        s.length = (uint8_t)(strlen(text) - !p->compat);
        s.offset = to_le64(put_string(p, text) / 4);
        memcpy(at, &s, sizeof(s));
    }
}

/* By identifier. */
static void put_statistics(Page *p)
{
    const char *name;
    uint16_t id;

    for (unsigned i = 0; (name = ocpn_stat_vendor(i, &id)); i++) {
        put_entry(p, (uint8_t)id, (uint8_t)(id >> 8), 0, name);
    }
}

static void put_event(Page *p, uint8_t class, uint16_t id, const char *name)
{
    put_entry(p, class, (uint8_t)id, (uint8_t)(id >> 8), name);
}

/* By class and identifier, as the rows are. */
static void put_events(Page *p)
{
    for (size_t i = 0; i < ocpn_nevent_rows; i++) {
        const OcpnEventRow *row = &ocpn_event_rows[i];

        if (row->name) {
            put_event(p, row->class, row->id, row->name);
        }
    }
}

static void put_vendor_events(Page *p)
{
    for (size_t i = 0; i < ocpn_nevent_extras; i++) {
        const OcpnEventExtra *e = &ocpn_event_extras[i];

        put_event(p, e->class, e->id, e->name);
    }
    if (p->compat) {
        put_events(p);
    }
}

static OcpSpan span(size_t start, size_t end)
{
    return (OcpSpan) {
        .start = to_le64(start / 4), .size = to_le64((end - start) / 4),
    };
}

static void put_head(OcpStrings *h)
{
    static const uint8_t guid[16] = OCP_STRINGS_GUID;

    h->version = OCP_STRINGS_VERSION;
    memcpy(h->guid, guid, sizeof(guid));
    for (unsigned i = 0; i < OCPN_NFIFOS; i++) {
        put_ascii(h->fifo[i], sizeof(h->fifo[i]), '\0', ocpn_fifo_name(i));
    }
}

/* The page into BUF, OCPN_STRINGS_MAX zeroed bytes; returns its length. */
static uint32_t fill(OcpnCtrl *c, uint8_t *buf)
{
    OcpStrings *h = (OcpStrings *)(void *)buf;
    uint8_t ascii[ASCII_MAX] = { 0 };
    Page p = {
        .entries = { .buf = buf, .size = OCPN_STRINGS_MAX - ASCII_MAX,
                     .at = sizeof(*h) },
        .ascii = { .buf = ascii, .size = sizeof(ascii) },
        .compat = !c->cfg.ocp.no_string_compat,
    };
    size_t events, vendor_events, strings, end;

    put_head(h);
    put_statistics(&p);
    events = p.entries.at;
    put_events(&p);
    vendor_events = p.entries.at;
    put_vendor_events(&p);
    strings = p.entries.at;
    p.ascii.at += -p.ascii.at % ENTRY;  /* tables are whole entries long */
    end = strings + p.ascii.at;
    for (size_t i = 0; i < p.ascii.at; i++) {
        buf[strings + i] = ascii[i] ? ascii[i] : ' ';
    }
    h->size = to_le64(end / 4);
    h->statistics = span(sizeof(*h), events);
    h->events = span(events, vendor_events);
    h->vendor_events = span(vendor_events, strings);
    h->ascii = span(strings, end);
    return (uint32_t)end;
}

uint32_t ocpn_strings_length(OcpnCtrl *c)
{
    uint8_t page[OCPN_STRINGS_MAX] = { 0 };

    return c->cfg.ocp.strings.bytes ? c->cfg.ocp.strings.size
                                    : fill(c, page);
}

void ocpn_strings_read(OcpnCtrl *c, uint64_t off, void *buf, size_t len)
{
    uint8_t page[OCPN_STRINGS_MAX] = { 0 };

    if (c->cfg.ocp.strings.bytes) {
        memcpy(buf, c->cfg.ocp.strings.bytes + off, len);
    } else {
        fill(c, page);
        memcpy(buf, page + off, len);
    }
}
