/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the image keeps of telemetry: LID 08h as a whole, the reason of the
 * latest failure, and the generation numbers.
 * Implements: docs/image-format.rst, "Device state"; OCP Datacenter NVMe SSD,
 * TEL-3, TEL-4.
 *
 * The pages are written one after the other: power may fail in between.  A
 * capture that is not as the first page says was never finished.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/crc32c.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

#define NPAGES  9u              /* one, and those of the data areas */

_Static_assert(OCPN_AREAS_SIZE <= (NPAGES - 1) * IMG_PAGE_PAYLOAD,
               "the data areas do not fit their state pages");

/* Where page NTH of the data areas is in them, and how much it holds. */
static size_t piece(unsigned nth, size_t *at)
{
    *at = (nth - 1) * (size_t)IMG_PAGE_PAYLOAD;
    if (*at >= OCPN_AREAS_SIZE) {
        return 0;
    }
    return OCPN_AREAS_SIZE - *at < IMG_PAGE_PAYLOAD ? OCPN_AREAS_SIZE - *at
                                                    : IMG_PAGE_PAYLOAD;
}

static void load_first(OcpnTelemetry *t, const uint8_t *payload)
{
    ImgTelemetry s;

    memcpy(&s, payload, sizeof(s));
    t->generation[OCPN_TELEMETRY_HOST] = s.host_generation;
    t->generation[OCPN_TELEMETRY_CTRL] = s.generation;
    t->captured[OCPN_TELEMETRY_CTRL] =
        s.captured == 1 && from_le32(s.length) == OCPN_AREAS_SIZE;
    t->available = s.available == 1 && t->captured[OCPN_TELEMETRY_CTRL];
    t->unchecked = t->captured[OCPN_TELEMETRY_CTRL];
    t->crc = from_le32(s.crc32c);
    t->perst = from_le32(s.perst);
    t->latest = s.latest;
    t->reason[OCPN_TELEMETRY_CTRL] = s.reason;
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnTelemetry *t = &c->telemetry;
    size_t at, n;

    if (!t->areas[OCPN_TELEMETRY_CTRL]) {
        return;
    }
    if (!nth) {
        load_first(t, payload);
        return;
    }
    n = piece(nth, &at);
    if (n) {
        memcpy(t->areas[OCPN_TELEMETRY_CTRL] + at, payload, n);
        t->unchecked = true;
    }
}

static void store_first(const OcpnTelemetry *t, uint8_t *payload)
{
    ImgTelemetry s = {
        .host_generation = t->generation[OCPN_TELEMETRY_HOST],
        .generation = t->generation[OCPN_TELEMETRY_CTRL],
        .available = t->available,
        .captured = t->captured[OCPN_TELEMETRY_CTRL],
        .length = to_le32(OCPN_AREAS_SIZE),
        .crc32c = to_le32(t->crc),
        .perst = to_le32(t->perst),
        .latest = t->latest,
        .reason = t->reason[OCPN_TELEMETRY_CTRL],
    };

    memcpy(payload, &s, sizeof(s));
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    const OcpnTelemetry *t = &c->telemetry;
    size_t at, n;

    if (!t->areas[OCPN_TELEMETRY_CTRL]) {
        return;
    }
    if (!nth) {
        store_first(t, payload);
        return;
    }
    n = piece(nth, &at);
    if (n) {
        memcpy(payload, t->areas[OCPN_TELEMETRY_CTRL] + at, n);
    }
}

void ocpn_telemetry_check(OcpnCtrl *c)
{
    const OcpnTelemetryLog log = OCPN_TELEMETRY_CTRL;
    OcpnTelemetry *t = &c->telemetry;

    if (!t->unchecked) {
        return;
    }
    t->unchecked = false;
    if (t->captured[log] &&
        ocpn_crc32c(0, t->areas[log], OCPN_AREAS_SIZE) != t->crc) {
        t->captured[log] = t->available = false;
    }
}

void ocpn_telemetry_keep(OcpnCtrl *c, bool data)
{
    for (unsigned i = 0; i < (data ? NPAGES : 1); i++) {
        ocpn_state_dirty(c, IMG_STATE_TELEMETRY + i);
    }
    ocpn_state_sync(c);
}

const OcpnStatePart ocpn_telemetry_state = {
    .page = IMG_STATE_TELEMETRY,
    .npages = NPAGES,
    .load = load,
    .store = store,
};
