/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry statistics: a row each, those that are facts of C0h excepted,
 * which have rows in fact-rows.c.
 * Implements: OCP Datacenter NVMe SSD, STATI-1..32, STATI-72..103.
 *
 * The drive does no work of its own: nothing is collected, refreshed or moved,
 * and what it reports of that is 0.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

/* A number the drive knows. */
typedef struct Value {
    uint16_t    id;
    uint8_t     area, dwords, behavior;
    const char *name;           /* vendor specific ones: in LID C9h */
    uint64_t  (*get)(OcpnCtrl *c);      /* NULL: always 0 */
} Value;

/* Bytes of a page. */
typedef struct Copy {
    uint16_t id;
    uint8_t  area, dwords;
    uint8_t  page;              /* offset in OcpnStatPages */
    uint16_t at;
    uint8_t  len;
} Copy;

/* AERs wait, and are not outstanding in the sense of the statistic. */
static uint64_t admin_commands(OcpnCtrl *c)
{
    return c->cq[0] ? c->cq[0]->inflight - c->naers : 0;
}

/* Percent of what is written to the medium. */
static uint64_t host_bandwidth(OcpnCtrl *c)
{
    uint64_t host = ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS);
    uint64_t media = ocpn_fact(c, OCPN_FACT_MEDIA_WRITTEN) / 512;

    return host < media ? host / (media / 100 + 1) : 100;
}

static uint64_t gc_bandwidth(OcpnCtrl *c)
{
    return 100 - host_bandwidth(c);
}

static uint64_t namespaces(OcpnCtrl *c)
{
    uint64_t n = 0;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        n += c->ns[i] != NULL;
    }
    return n;
}

static uint64_t power_state(OcpnCtrl *c)
{
    return FIELD_GET(NVME_PM_PS, ocpn_feature_now(c, NVME_FID_POWER_MGMT,
                                                  OCPN_UUID_NONE, NULL));
}

static uint64_t watts(OcpnCtrl *c)
{
    return ocpn_feature_now(c, OCP_FID_POWER_STATE, OCPN_UUID_OCP, NULL);
}

static uint64_t program_fails(OcpnCtrl *c)
{
    return ocpn_fact(c, OCPN_FACT_SYSTEM_PROGRAM_FAILS);
}

static uint64_t erase_fails(OcpnCtrl *c)
{
    return ocpn_fact(c, OCPN_FACT_SYSTEM_ERASE_FAILS);
}

static uint64_t dram_corrected(OcpnCtrl *c)
{
    return ocpn_fact(c, OCPN_FACT_E2E_CORRECTED);
}

static uint64_t dram_uncorrected(OcpnCtrl *c)
{
    uint64_t all = ocpn_fact(c, OCPN_FACT_E2E_DETECTED);
    uint64_t good = dram_corrected(c);

    return all > good ? all - good : 0;
}

static uint64_t integrity_errors(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_MEDIA_ERRORS);
}

static uint64_t read_retries(OcpnCtrl *c)
{
    return ocpn_fact(c, OCPN_FACT_SOFT_ECC);
}

static uint64_t perst(OcpnCtrl *c)
{
    return c->telemetry.perst;
}

/* Percent in byte 0, count in bytes 3:2: of the one die and channel. */
static uint64_t bad_blocks(OcpnCtrl *c)
{
    uint64_t n = ocpn_fact(c, OCPN_FACT_BAD_USER);

    return (n < 0xffff ? n : 0xffff) << 16 |
           (ocpn_fact(c, OCPN_FACT_BAD_USER_NORM) & 0xff);
}

static uint64_t panics(OcpnCtrl *c)
{
    return ocpn_panic_state(c)->count;
}

static uint64_t busy_minutes(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_BUSY_NS) / NS_PER_MINUTE;
}

static uint64_t open_chunks(OcpnCtrl *c)
{
    return atomic_load(&c->open_chunks);
}

static uint64_t fault_rules(OcpnCtrl *c)
{
    return ocpn_fault_count(c, OCPN_FAULT_RULES);
}

static const Value values[] = {
    { 0x01, 1, 1, OCP_STAT_GAUGE, NULL, admin_commands },
    { 0x02, 1, 1, OCP_STAT_GAUGE, NULL, host_bandwidth },
    { 0x03, 1, 1, OCP_STAT_GAUGE, NULL, gc_bandwidth },
    { 0x04, 1, 1, OCP_STAT_GAUGE, NULL, namespaces },
    { 0x05, 1, 2, OCP_STAT_STOPS, NULL, NULL },     /* internal writes */
    { 0x06, 1, 2, OCP_STAT_STOPS, NULL, NULL },     /* internal reads */
    { 0x07, 1, 1, OCP_STAT_STOPS, NULL, NULL },     /* their queues */
    { 0x08, 1, 1, OCP_STAT_STOPS, NULL, NULL },
    { 0x09, 1, 2, OCP_STAT_STOPS, NULL, NULL },     /* pending trims */
    { 0x0a, 1, 2, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* host trims */
    { 0x0b, 1, 1, OCP_STAT_GAUGE, NULL, power_state },
    { 0x0c, 1, 1, OCP_STAT_GAUGE, NULL, watts },
    { 0x0d, 1, 2, OCP_STAT_STOPS_KEPT, NULL, program_fails },
    { 0x0e, 1, 2, OCP_STAT_STOPS_KEPT, NULL, erase_fails },
    { 0x0f, 1, 4, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* read disturb */
    { 0x10, 1, 4, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* retention */
    { 0x11, 1, 4, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* wear levelling */
    { 0x12, 1, 2, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* read recovery */
    { 0x13, 1, 2, OCP_STAT_GAUGE, NULL, NULL },         /* collection */
    { 0x14, 1, 1, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* SRAM, corrected */
    { 0x15, 1, 1, OCP_STAT_STOPS_KEPT, NULL, dram_corrected },
    { 0x16, 1, 1, OCP_STAT_STOPS_KEPT, NULL, NULL },    /* ... not */
    { 0x17, 1, 1, OCP_STAT_STOPS_KEPT, NULL, dram_uncorrected },
    { 0x18, 1, 1, OCP_STAT_STOPS_KEPT, NULL, integrity_errors },
    { 0x19, 1, 1, OCP_STAT_STOPS_KEPT, NULL, read_retries },
    { 0x1a, 1, 1, OCP_STAT_STOPS_KEPT, NULL, perst },
    { 0x1b, 1, 2, OCP_STAT_STOPS_KEPT, NULL, bad_blocks },
    { 0x1c, 1, 2, OCP_STAT_STOPS_KEPT, NULL, bad_blocks },
    { 0x1d, 1, 2, OCP_STAT_STOPS_KEPT, NULL, bad_blocks },
    { 0x45, 1, 1, OCP_STAT_STOPS_KEPT, NULL, panics },
    { 0x46, 1, 4, OCP_STAT_STOPS_KEPT, NULL, busy_minutes },
    { 0x8000, 2, 1, OCP_STAT_GAUGE, "Open Chunks", open_chunks },
    { 0x8001, 2, 2, OCP_STAT_WRAPS_KEPT, "Chunk Notifications",
      ocpn_notices_count },
    { 0x8002, 2, 1, OCP_STAT_GAUGE, "Fault Rules", fault_rules },
    { 0x8003, 2, 2, OCP_STAT_GAUGE, "Failed Commands Not Logged",
      ocpn_failures_lost },
};
#define NVALUES (sizeof(values) / sizeof(values[0]))

#define SMART(id, n, at, len) \
    { id, 2, n, offsetof(OcpnStatPages, smart), at, len }
#define ENDURANCE(id, n, at, len) \
    { id, 2, n, offsetof(OcpnStatPages, endurance), at, len }

static const Copy copies[] = {
    { 0x3a, 1, 1, offsetof(OcpnStatPages, extended), 494, 2 },
    SMART(0x47, 1, 0, 1), SMART(0x48, 1, 1, 2), SMART(0x49, 1, 3, 1),
    SMART(0x4a, 1, 4, 1), SMART(0x4b, 1, 5, 1), SMART(0x4c, 1, 6, 1),
    SMART(0x4d, 4, 32, 16), SMART(0x4e, 4, 48, 16), SMART(0x4f, 4, 64, 16),
    SMART(0x50, 4, 80, 16), SMART(0x51, 4, 96, 16), SMART(0x52, 4, 112, 16),
    SMART(0x53, 4, 128, 16), SMART(0x54, 4, 144, 16), SMART(0x55, 4, 160, 16),
    SMART(0x56, 4, 176, 16), SMART(0x57, 1, 192, 4), SMART(0x58, 1, 196, 4),
    SMART(0x59, 1, 200, 2), SMART(0x5a, 1, 202, 2), SMART(0x5b, 1, 204, 2),
    SMART(0x5c, 1, 206, 2), SMART(0x5d, 1, 208, 2), SMART(0x5e, 1, 210, 2),
    SMART(0x5f, 1, 212, 2), SMART(0x60, 1, 214, 2), SMART(0x61, 1, 216, 4),
    SMART(0x62, 1, 220, 4), SMART(0x63, 1, 224, 4), SMART(0x64, 1, 228, 4),
    ENDURANCE(0x65, 4, 32, 16), ENDURANCE(0x66, 4, 48, 16),
    ENDURANCE(0x67, 4, 64, 16), ENDURANCE(0x68, 4, 80, 16),
    ENDURANCE(0x69, 4, 144, 16),
};

void ocpn_stat_put(OcpnFill *f, uint16_t id, unsigned behavior,
                   unsigned dwords, const uint8_t *value)
{
    bool hint = id >= OCP_STAT_HINT_FIRST && id <= OCP_STAT_HINT_LAST;
    OcpStatistic s = {
        .id = to_le16(id),
        .info = (uint8_t)(FIELD_PUT(OCP_STAT_BEHAVIOR, behavior) |
                          FIELD_PUT(OCP_STAT_HINT, hint)),
        .dwords = to_le16((uint16_t)dwords),
    };
    uint8_t *at = ocpn_fill_take(f, sizeof(s) + dwords * 4);

    if (at) {
        memcpy(at, &s, sizeof(s));
        memcpy(at + sizeof(s), value, dwords * 4);
    }
}

static void put_values(OcpnCtrl *c, unsigned area, OcpnFill *f)
{
    for (size_t i = 0; i < NVALUES; i++) {
        const Value *v = &values[i];
        uint64_t n = v->area == area && v->get ? v->get(c) : 0;
        uint8_t bytes[16] = { 0 };

        if (v->dwords == 1 && n > UINT32_MAX) {
            n = UINT32_MAX;
        }
        for (unsigned k = 0; k < 8; k++) {
            bytes[k] = (uint8_t)(n >> 8 * k);
        }
        if (v->area == area) {
            ocpn_stat_put(f, v->id, v->behavior, v->dwords, bytes);
        }
    }
}

static void put_copies(unsigned area, const OcpnStatPages *pages, OcpnFill *f)
{
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        const Copy *k = &copies[i];
        const uint8_t *page;
        uint8_t bytes[16] = { 0 };

        memcpy(&page, (const char *)pages + k->page, sizeof(page));
        if (k->area == area && page) {
            memcpy(bytes, page + k->at, k->len);
            ocpn_stat_put(f, k->id, OCP_STAT_STOPS_KEPT, k->dwords, bytes);
        }
    }
}

static void put_facts(OcpnCtrl *c, OcpnFill *f)
{
    for (uint16_t id = 1; id < OCP_STAT_HINT_LAST; id++) {
        uint8_t value[16];
        unsigned dwords = ocpn_fact_statistic(c, id, value);

        if (dwords) {
            ocpn_stat_put(f, id, OCP_STAT_STOPS_KEPT, dwords, value);
        }
    }
}

void ocpn_stats_fill(OcpnCtrl *c, unsigned area, const OcpnStatPages *pages,
                     OcpnFill *f)
{
    put_values(c, area, f);
    if (area == 1) {
        put_facts(c, f);
    }
    put_copies(area, pages, f);
    ocpn_fill_take(f, sizeof(OcpStatistic));    /* identifier 0 */
}

const char *ocpn_stat_vendor(unsigned index, uint16_t *id)
{
    for (size_t i = 0; i < NVALUES; i++) {
        if (values[i].name && index-- == 0) {
            *id = values[i].id;
            return values[i].name;
        }
    }
    return NULL;
}
