/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry's data areas: the state of the drive, as it is when they are
 * filled.
 * Implements: OCP Datacenter NVMe SSD, "Telemetry Data Area 1", "Telemetry
 * Data Area 2".
 *
 * Areas 1 and 2 have statistics, then event FIFOs; area 1 begins with a
 * header and two copies of pages.  Area 3 is empty, area 4 is the error log.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocp.h"

#define PAGE_SIZE   512u        /* of pages that statistics are copied from */

_Static_assert(OCPN_NERRORS * sizeof(NvmeErrorEntry) <=
               OCPN_AREA4 * NVME_TELEMETRY_BLOCK, "area 4 is too small");

/* Page LID into PAGE (zeros).  NULL: the drive has none. */
static const uint8_t *copy_page(OcpnCtrl *c, uint8_t lid, OcpnUuid uuid,
                                uint16_t lsi, uint8_t *page)
{
    const OcpnLogPage *p = ocpn_log_find(c, lid, uuid);
    OcpnLogAsk ask = { .lsi = lsi };

    if (!p || !p->fill || p->size > PAGE_SIZE) {
        return NULL;
    }
    p->fill(c, &ask, page);
    return page;
}

/* What "start" counts from, in dwords: the area, or the page it is in. */
static uint64_t base(const OcpnCtrl *c, unsigned area)
{
    uint64_t at = NVME_TELEMETRY_BLOCK *
                  (1 + (area == 1 ? 0 : (uint64_t)ocpn_area_blocks(c, 1)));

    return c->cfg.ocp.page_offsets ? at / 4 : 0;
}

static void put_span(OcpSpan *s, uint64_t from, size_t start, size_t end)
{
    s->start = to_le64(from + start / 4);
    s->size = to_le64((end - start) / 4);
}

static void put_head(OcpnCtrl *c, OcpArea1 *a)
{
    static const uint8_t guid[16] = OCP_TELEMETRY_GUID;

    a->major = to_le16(OCP_TELEMETRY_MAJOR);
    a->minor = to_le16(OCP_TELEMETRY_MINOR);
    ocpn_fifo_timestamp(c, a->timestamp);
    memcpy(a->guid, guid, sizeof(guid));
    if (ocpn_ocp(c, OCP_2_5)) {
        a->nprofiles = OCPN_TELEMETRY_PROFILES;
        a->profile = (uint8_t)ocpn_feature_now(c, OCP_FID_TELEMETRY,
                                               OCPN_UUID_OCP, NULL);
        a->strings = to_le64(ocpn_strings_length(c) / 4);
    }
    put_ascii(a->firmware, sizeof(a->firmware), ' ',
              ocpn_firmware_revision(c));
}

/* Statistics and FIFOs of AREA into F; HEAD says where they are. */
static void put_area(OcpnCtrl *c, unsigned area, const OcpnStatPages *pages,
                     OcpArea1 *head, OcpnFill *f)
{
    size_t start = f->at;

    ocpn_stats_fill(c, area, pages, f);
    put_span(&head->stats[area - 1], base(c, area), start, f->at);
    for (unsigned i = 0; i < OCPN_NFIFOS; i++) {
        start = f->at;
        if (ocpn_fifo_area(i) == area && ocpn_fifo_fill(c, i, f)) {
            head->fifo_area[i] = (uint8_t)area;
            put_span(&head->fifo[i], base(c, area), start, f->at);
        }
    }
}

static void damage(uint8_t *areas, OcpnTelemetryBug bug)
{
    OcpArea1 *a = (OcpArea1 *)(void *)areas;

    switch (bug) {
    case OCPN_TELEMETRY_FIFO_SIZE0:
        a->fifo[0].size = to_le64(0);
        break;
    case OCPN_TELEMETRY_STAT_ID0:
        memset(areas + sizeof(*a), 0, 2);
        break;
    case OCPN_TELEMETRY_SLS_MISMATCH:
        a->strings = to_le64(from_le64(a->strings) + 1);
        break;
    case OCPN_TELEMETRY_SOUND:
        break;
    }
}

void ocpn_areas_fill(OcpnCtrl *c, uint8_t *areas)
{
    OcpArea1 *head = (OcpArea1 *)(void *)areas;
    NvmeErrorEntry *error = (NvmeErrorEntry *)(void *)(areas + OCPN_AREA4_AT);
    OcpnFill one = {
        .buf = areas, .size = OCPN_AREA2_AT, .at = sizeof(*head),
    };
    OcpnFill two = {
        .buf = areas + OCPN_AREA2_AT, .size = OCPN_AREA4_AT - OCPN_AREA2_AT,
    };
    uint8_t endurance[PAGE_SIZE] = { 0 };
    OcpnStatPages pages;

    put_head(c, head);
    pages.smart = copy_page(c, NVME_LID_SMART, OCPN_UUID_NONE, 0,
                            head->smart);
    pages.extended = copy_page(c, OCP_LID_SMART, OCPN_UUID_OCP, 0,
                               head->extended);
    pages.endurance = copy_page(c, NVME_LID_ENDGRP, OCPN_UUID_NONE, 1,
                                endurance);
    put_area(c, 1, &pages, head, &one);
    put_area(c, 2, &pages, head, &two);
    for (unsigned i = 0; i < OCPN_NERRORS; i++) {
        ocpn_error_get(c, i, &error[i]);
    }
    damage(areas, (OcpnTelemetryBug)c->telemetry.bug);
}
