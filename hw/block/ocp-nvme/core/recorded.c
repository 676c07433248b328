/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded pages: see core/recorded.h.
 * Implements: docs/ocp.rst, "Recorded telemetry".  Pure.
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/recorded.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocp-telemetry.h"

static bool area_ends(unsigned area, uint32_t last, uint32_t size,
                      OcpnError *err)
{
    return last < size / NVME_TELEMETRY_BLOCK ||
           OCPN_FAIL(err, "its data area %u ends with block %" PRIu32 ", and "
                     "its last one is %" PRIu32, area, last,
                     size / NVME_TELEMETRY_BLOCK - 1);
}

bool ocpn_recorded_telemetry(const OcpnRecorded *r, OcpnError *err)
{
    NvmeTelemetryHeader h;

    if (r->size < sizeof(h) || r->size % NVME_TELEMETRY_BLOCK ||
        r->size > OCPN_RECORDED_TELEMETRY) {
        return OCPN_FAIL(err, "telemetry is a multiple of %u bytes, at most %u"
                         ", not %" PRIu32, NVME_TELEMETRY_BLOCK,
                         OCPN_RECORDED_TELEMETRY, r->size);
    }
    memcpy(&h, r->bytes, sizeof(h));
    if (h.lid != NVME_LID_TELEMETRY_HOST && h.lid != NVME_LID_TELEMETRY_CTRL) {
        return OCPN_FAIL(err, "telemetry begins with 0x07 or 0x08, its log "
                         "page, not with 0x%02x", h.lid);
    }
    for (unsigned i = 0; i < 3; i++) {
        if (!area_ends(i + 1, from_le16(h.last[i]), r->size, err)) {
            return false;
        }
    }
    return area_ends(4, from_le32(h.last4), r->size, err);
}

static bool span_ends(const char *name, OcpSpan s, uint64_t dwords,
                      OcpnError *err)
{
    uint64_t start = from_le64(s.start), n = from_le64(s.size);

    return (start <= dwords && n <= dwords - start) ||
           OCPN_FAIL(err, "its %s are %" PRIu64 " dwords from %" PRIu64 " on, "
                     "and it has %" PRIu64, name, n, start, dwords);
}

bool ocpn_recorded_strings(const OcpnRecorded *r, OcpnError *err)
{
    uint64_t dwords = r->size / 4;
    OcpStrings h;

    if (r->size < sizeof(h) || r->size % 4 ||
        r->size > OCPN_RECORDED_STRINGS) {
        return OCPN_FAIL(err, "strings are a multiple of 4 bytes, %zu to %u, "
                         "not %" PRIu32, sizeof(h), OCPN_RECORDED_STRINGS,
                         r->size);
    }
    memcpy(&h, r->bytes, sizeof(h));
    if (from_le64(h.size) > dwords) {
        return OCPN_FAIL(err, "it says that it has %" PRIu64 " dwords, and has "
                         "%" PRIu64, from_le64(h.size), dwords);
    }
    return span_ends("statistics", h.statistics, dwords, err) &&
           span_ends("events", h.events, dwords, err) &&
           span_ends("vendor events", h.vendor_events, dwords, err) &&
           span_ends("strings", h.ascii, dwords, err);
}
