/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry logs: when the drive captures its state, and how a host reads it.
 * Implements: NVMe Base 2.0, "Telemetry Host-Initiated (Log Identifier 07h)",
 * "Telemetry Controller-Initiated (Log Identifier 08h)"; OCP Datacenter NVMe
 * SSD, TEL-1..5.
 *
 * What LID 08h holds stays, over resets and power cycles, until the host has
 * read it and something else fails.  What LID 07h holds is gone at power off.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/crc32c.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "identify-int.h"

static const uint32_t kept[OCPN_NAREAS] = OCPN_AREA_BLOCKS;

bool ocpn_telemetry_init(OcpnCtrl *c)
{
    OcpnTelemetry *t = &c->telemetry;

    if (!ocpn_ocp(c, OCP_1_0)) {
        return true;
    }
    for (unsigned i = 0; i < OCPN_NTELEMETRY; i++) {
        t->areas[i] = c->port.alloc(c->port.opaque, OCPN_AREAS_SIZE);
    }
    if (!t->areas[OCPN_TELEMETRY_HOST] || !t->areas[OCPN_TELEMETRY_CTRL]) {
        ocpn_telemetry_destroy(c);
        return false;
    }
    return true;
}

void ocpn_telemetry_destroy(OcpnCtrl *c)
{
    for (unsigned i = 0; i < OCPN_NTELEMETRY; i++) {
        c->port.free(c->port.opaque, c->telemetry.areas[i]);
        c->telemetry.areas[i] = NULL;
    }
}

/* TEXT into N bytes, padded with zeros; what is not ASCII becomes '?'. */
static void put_text(char *dst, size_t n, const char *text)
{
    put_ascii(dst, n, '\0', text);
    for (size_t i = 0; i < n; i++) {
        if (dst[i] && (dst[i] < ' ' || dst[i] > '~')) {
            dst[i] = '?';
        }
    }
}

static OcpReason reason(const char *error, const char *file, unsigned line)
{
    OcpReason r = { .valid = OCP_REASON_ERROR };

    put_text(r.error, sizeof(r.error), error);
    if (file) {
        const char *name = strrchr(file, '/');

        put_text(r.file, sizeof(r.file), name ? name + 1 : file);
        r.valid |= OCP_REASON_FILE;
    }
    if (line) {
        r.line = to_le16((uint16_t)(line < 0xffff ? line : 0xffff));
        r.valid |= OCP_REASON_LINE;
    }
    return r;
}

static void capture(OcpnCtrl *c, OcpnTelemetryLog log)
{
    OcpnTelemetry *t = &c->telemetry;

    memset(t->areas[log], 0, OCPN_AREAS_SIZE);
    ocpn_areas_fill(c, t->areas[log]);
    t->captured[log] = true;
    t->generation[log]++;
}

/* What is served instead of LOG; NULL: nothing. */
static const OcpnRecorded *recorded(const OcpnCtrl *c, OcpnTelemetryLog log)
{
    const OcpnRecorded *r = &c->cfg.ocp.telemetry;

    return r->bytes && r->bytes[0] == (log == OCPN_TELEMETRY_HOST
                                       ? NVME_LID_TELEMETRY_HOST
                                       : NVME_LID_TELEMETRY_CTRL) ? r : NULL;
}

void ocpn_telemetry_capture(OcpnCtrl *c)
{
    OcpnTelemetry *t = &c->telemetry;

    if (!t->areas[OCPN_TELEMETRY_HOST] || recorded(c, OCPN_TELEMETRY_HOST)) {
        return;
    }
    capture(c, OCPN_TELEMETRY_HOST);
    t->reason[OCPN_TELEMETRY_HOST] =
        t->latest.error[0] ? t->latest : reason("Requested by the host",
                                                NULL, 0);
    ocpn_telemetry_keep(c, false);
    ocpn_happened(c, OCPN_HAP_TELEMETRY, NVME_LID_TELEMETRY_HOST,
                  t->generation[OCPN_TELEMETRY_HOST]);
}

bool ocpn_telemetry_trigger(OcpnCtrl *c, const char *error, const char *file,
                            unsigned line)
{
    const OcpnTelemetryLog log = OCPN_TELEMETRY_CTRL;
    OcpnTelemetry *t = &c->telemetry;
    bool fresh = !t->available;

    if (!t->areas[log]) {
        return false;
    }
    ocpn_telemetry_check(c);
    t->latest = reason(error, file, line);
    if (fresh) {
        capture(c, log);
        t->reason[log] = t->latest;
        t->available = true;
        t->crc = ocpn_crc32c(0, t->areas[log], OCPN_AREAS_SIZE);
    }
    ocpn_telemetry_keep(c, fresh);
    if (fresh) {
        ocpn_happened(c, OCPN_HAP_TELEMETRY, NVME_LID_TELEMETRY_CTRL,
                      t->generation[log]);
        ocpn_subsys_event(c, NVME_AET_NOTICE, NVME_AEI_TELEMETRY,
                          NVME_LID_TELEMETRY_CTRL);
    }
    return fresh;
}

void ocpn_telemetry_taken(OcpnCtrl *c)
{
    if (c->telemetry.available) {
        c->telemetry.available = false;
        ocpn_telemetry_keep(c, false);
    }
}

void ocpn_telemetry_damage(OcpnCtrl *c, OcpnTelemetryBug bug)
{
    c->telemetry.bug = (uint8_t)bug;
}

bool ocpn_telemetry_area4(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_2_5);
}

uint32_t ocpn_area_blocks(const OcpnCtrl *c, unsigned area)
{
    uint32_t given = c->cfg.ocp.areas[area - 1];

    return given > kept[area - 1] ? given : kept[area - 1];
}

/* Those of areas up to AREA, which are one behind the other. */
static uint32_t blocks_to(const OcpnCtrl *c, unsigned area)
{
    uint32_t sum = 0;

    for (unsigned i = 1; i <= area; i++) {
        sum += ocpn_area_blocks(c, i);
    }
    return sum;
}

/* Feature 16h: the host knows of area 4. */
static bool has_area4(const OcpnCtrl *c)
{
    uint32_t host = ocpn_feature_now(c, NVME_FID_HOST_BEHAVIOR,
                                     OCPN_UUID_NONE, NULL);

    return ocpn_telemetry_area4(c) && host >> 8 * NVME_HBS_ETDAS & 1;
}

uint64_t ocpn_telemetry_length(OcpnCtrl *c, OcpnTelemetryLog log, bool create)
{
    if (recorded(c, log)) {
        return recorded(c, log)->size;
    }
    ocpn_telemetry_check(c);
    if (!create && !c->telemetry.captured[log]) {
        return NVME_TELEMETRY_BLOCK;
    }
    return NVME_TELEMETRY_BLOCK *
           (1 + (uint64_t)blocks_to(c, has_area4(c) ? 4 : 3));
}

static void put_header(OcpnCtrl *c, OcpnTelemetryLog log,
                       NvmeTelemetryHeader *h)
{
    const OcpnTelemetry *t = &c->telemetry;
    static const uint8_t ieee[3] = OCPN_IEEE;
    uint8_t scope = ocpn_ocp(c, OCP_2_5) ? NVME_TELEMETRY_SCOPE_CTRL : 0;

    memset(h, 0, sizeof(*h));
    memcpy(h->ieee, ieee, sizeof(ieee));
    if (log == OCPN_TELEMETRY_HOST) {
        h->lid = NVME_LID_TELEMETRY_HOST;
        h->host_scope = scope;
        h->host_generation = t->generation[OCPN_TELEMETRY_HOST];
    } else {
        h->lid = NVME_LID_TELEMETRY_CTRL;
        h->host_generation = scope;     /* there it is */
    }
    h->available = t->available;
    h->generation = t->generation[OCPN_TELEMETRY_CTRL];
    h->reason = t->captured[log] || log == OCPN_TELEMETRY_CTRL
                ? t->reason[log] : t->latest;
    if (t->captured[log]) {
        for (unsigned i = 0; i < 3; i++) {
            h->last[i] = to_le16((uint16_t)blocks_to(c, i + 1));
        }
        h->last4 = to_le32(has_area4(c) ? blocks_to(c, 4) : 0);
    }
}

/* Bytes [AT, AT + LEN) of the areas; what is not kept of them is zeros. */
static void copy_areas(OcpnCtrl *c, const uint8_t *areas, uint64_t at,
                       uint8_t *buf, size_t len)
{
    uint64_t from = 0, n;

    memset(buf, 0, len);
    for (unsigned i = 0; i < OCPN_NAREAS; i++) {
        uint64_t end = from + kept[i] * (uint64_t)NVME_TELEMETRY_BLOCK;
        uint64_t lo = at > from ? at : from;

        n = at + len < end ? at + len : end;
        if (lo < n) {
            memcpy(buf + (lo - at), areas + (lo - from), (size_t)(n - lo));
        }
        areas += end - from;
        from += ocpn_area_blocks(c, i + 1) * (uint64_t)NVME_TELEMETRY_BLOCK;
    }
}

void ocpn_telemetry_read(OcpnCtrl *c, OcpnTelemetryLog log, uint64_t off,
                         void *buf, size_t len)
{
    NvmeTelemetryHeader h;
    size_t head = 0;

    if (recorded(c, log)) {
        memcpy(buf, recorded(c, log)->bytes + off, len);
        return;
    }
    if (off < sizeof(h)) {
        head = sizeof(h) - (size_t)off;
        head = head < len ? head : len;
        put_header(c, log, &h);
        memcpy(buf, (const char *)&h + off, head);
    }
    if (head < len) {
        copy_areas(c, c->telemetry.areas[log], off + head - sizeof(h),
                   (uint8_t *)buf + head, len - head);
    }
}
