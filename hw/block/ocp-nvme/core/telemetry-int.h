/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry's inside: what was captured, and what it is made of.
 * Thread: main.
 */
#ifndef OCPN_TELEMETRY_INT_H
#define OCPN_TELEMETRY_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "hw/ocp-nvme/spec/ocp-telemetry.h"

/* Blocks of the data areas as they are kept: OCPN_AREA_BLOCKS. */
#define OCPN_AREA1          32u     /* OCP 2.5: 16 KiB */
#define OCPN_AREA2          16u
#define OCPN_AREA4          8u
#define OCPN_AREA2_AT       (OCPN_AREA1 * NVME_TELEMETRY_BLOCK)
#define OCPN_AREA4_AT       ((OCPN_AREA1 + OCPN_AREA2) * NVME_TELEMETRY_BLOCK)
#define OCPN_AREAS_SIZE     (OCPN_AREA4_AT + OCPN_AREA4 * NVME_TELEMETRY_BLOCK)

/* Memory that is filled from its start; what does not fit stays out. */
typedef struct OcpnFill {
    uint8_t *buf;               /* zeros where nothing is yet */
    size_t   size, at;
} OcpnFill;

/* The next N bytes of it, or NULL. */
static inline void *ocpn_fill_take(OcpnFill *f, size_t n)
{
    uint8_t *p = f->buf + f->at;

    if (n > f->size - f->at) {
        return NULL;
    }
    f->at += n;
    return p;
}

/* Pages that statistics are copied from; NULL: the drive has no such page. */
typedef struct OcpnStatPages {
    const uint8_t *smart, *extended, *endurance;    /* 02h, C0h, 09h */
} OcpnStatPages;

/* Member of OcpnCtrl. */
typedef struct OcpnTelemetry {
    uint8_t  *areas[OCPN_NTELEMETRY];   /* OCPN_AREAS_SIZE; NULL: no OCP */
    bool      captured[OCPN_NTELEMETRY];
    bool      unchecked;        /* 08h came from the image: see CRC */
    uint32_t  crc;
    uint8_t   generation[OCPN_NTELEMETRY];
    bool      available;        /* 08h waits for the host */
    OcpReason reason[OCPN_NTELEMETRY];
    OcpReason latest;           /* of all failures; error[0] 0: none yet */
    uint8_t   bug;              /* OcpnTelemetryBug */
    bool      enabled;          /* CC.EN, as PERST finds it */
    uint32_t  perst;            /* ever */
} OcpnTelemetry;

/* Blocks of AREA, from 1 on, as hosts see it. */
uint32_t ocpn_area_blocks(const OcpnCtrl *c, unsigned area);

/* Memory for it.  False: there is none. */
bool ocpn_telemetry_init(OcpnCtrl *c);
void ocpn_telemetry_destroy(OcpnCtrl *c);
/* Have the image keep it, soon; DATA: the captured areas as well. */
void ocpn_telemetry_keep(OcpnCtrl *c, bool data);
/* telemetry-state.c: is what came from the image what went there? */
void ocpn_telemetry_check(OcpnCtrl *c);
extern const OcpnStatePart ocpn_telemetry_state;

/* telemetry-area.c: the drive's state now into AREAS (zeros so far). */
void ocpn_areas_fill(OcpnCtrl *c, uint8_t *areas);

/* telemetry-stat.c: descriptors of the statistics of AREA (1, 2). */
void ocpn_stats_fill(OcpnCtrl *c, unsigned area, const OcpnStatPages *pages,
                     OcpnFill *f);
/* One of them: ID, BEHAVIOR and its value, bytes of DWORDS dwords. */
void ocpn_stat_put(OcpnFill *f, uint16_t id, unsigned behavior,
                   unsigned dwords, const uint8_t *value);
/* Vendor specific statistic INDEX of those there are; NULL: no more. */
const char *ocpn_stat_vendor(unsigned index, uint16_t *id);

#endif
