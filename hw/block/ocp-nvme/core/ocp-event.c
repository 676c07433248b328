/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry's event FIFOs: what happens goes into rings, and the rings into
 * the data areas.
 * Implements: OCP Datacenter NVMe SSD, "Event FIFOs".
 *
 * An event has no time of its own: a timestamp goes before the first one, and
 * before one that comes a second or more after the last timestamp.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

#define STAMP_NS    UINT64_C(1000000000)

_Static_assert(OCPN_NFIFOS <= OCP_NFIFOS, "more FIFOs than a page has");
_Static_assert(OCPN_FIFO_SIZE % 4 == 0, "a FIFO is no whole dwords");

static const struct {
    const char *name;
    uint8_t     area;
} fifos[OCPN_NFIFOS] = {
    [OCPN_FIFO_CTRL] = { "Controller", 1 },
    [OCPN_FIFO_MEDIA] = { "Media", 1 },
    [OCPN_FIFO_COMMANDS] = { "Commands", 2 },
    [OCPN_FIFO_DRIVE] = { "Drive", 2 },
};

const char *ocpn_fifo_name(unsigned fifo)
{
    return fifos[fifo].name;
}

unsigned ocpn_fifo_area(unsigned fifo)
{
    return fifos[fifo].area;
}

void ocpn_fifo_timestamp(OcpnCtrl *c, uint8_t t[8])
{
    uint8_t origin;
    uint64_t ms = ocpn_timestamp(c, &origin);

    for (unsigned i = 0; i < 6; i++, ms >>= 8) {
        t[i] = (uint8_t)ms;
    }
    t[6] = (uint8_t)FIELD_PUT(NVME_TIMESTAMP_ORIGIN, origin);
    t[7] = 0;
}

static void push(OcpnFifo *f, uint8_t class, uint16_t id, unsigned dwords,
                 const uint8_t *data)
{
    OcpnFifoEntry *e = &f->entry[f->n++ % OCPN_FIFO_EVENTS];
    OcpEvent head = {
        .class = class, .id = to_le16(id), .dwords = (uint8_t)dwords,
    };

    e->size = (uint8_t)(sizeof(head) + dwords * 4);
    memcpy(e->bytes, &head, sizeof(head));
    memcpy(e->bytes + sizeof(head), data, dwords * 4);
}

static void push_time(OcpnCtrl *c, OcpnFifo *f)
{
    uint64_t now = c->port.now(c->port.opaque);
    uint8_t t[8];

    if (!f->n || now - f->stamp >= STAMP_NS) {
        f->stamp = now;
        ocpn_fifo_timestamp(c, t);
        push(f, OCP_EVENT_TIMESTAMP, OCP_TIMESTAMP_SNAPSHOT, 2, t);
    }
}

static void count(OcpnCtrl *c, OcpnHappening what, uint64_t a)
{
    OcpnTelemetry *t = &c->telemetry;

    switch (what) {
    case OCPN_HAP_ENABLED:
    case OCPN_HAP_DISABLED:
        t->enabled = what == OCPN_HAP_ENABLED;
        break;
    case OCPN_HAP_RESET:
        if (a == OCPN_RESET_COLD && t->enabled) {
            t->perst++;
            ocpn_telemetry_keep(c, false);
        }
        t->enabled = false;
        break;
    default:
        break;
    }
}

void ocpn_ocp_events(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b)
{
    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    count(c, what, a);
    for (size_t i = 0; i < ocpn_nevent_rows; i++) {
        const OcpnEventRow *row = &ocpn_event_rows[i];
        OcpnFifo *f = &c->ocp_events.fifo[row->fifo];
        uint8_t data[OCPN_EVENT_MAX - sizeof(OcpEvent)] = { 0 };

        if (row->what != what || (row->when && !row->when(c, a, b))) {
            continue;
        }
        if (row->data) {
            row->data(c, row, a, b, data);
        }
        push_time(c, f);
        push(f, row->class, row->id, row->dwords, data);
    }
}

bool ocpn_fifo_fill(OcpnCtrl *c, unsigned fifo, OcpnFill *f)
{
    const OcpnFifo *from = &c->ocp_events.fifo[fifo];
    uint64_t i = from->n < OCPN_FIFO_EVENTS ? 0 : from->n - OCPN_FIFO_EVENTS;
    uint8_t *at = ocpn_fill_take(f, OCPN_FIFO_SIZE);

    for (; at && i < from->n; i++) {
        const OcpnFifoEntry *e = &from->entry[i % OCPN_FIFO_EVENTS];

        memcpy(at, e->bytes, e->size);
        at += e->size;
    }
    return at != NULL;
}
