/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry statistics that are facts of SMART extended (C0h): the one table
 * that says which identifier each has.
 * Implements: OCP Datacenter NVMe SSD, STATI-33..71 and statistics 6Ah to 6Ch.
 */
#include "ctrl-int.h"

/* A fact's place in the value. */
typedef struct Part {
    uint8_t fact;               /* OcpnFact */
    uint8_t at, len;            /* bytes; 0: there is no such part */
} Part;

typedef struct Row {
    uint16_t id;
    uint8_t  dwords;
    uint8_t  ocp;               /* OcpVersion that has it first */
    Part     part[4];
} Row;

#define FACT(name, at, len)     { OCPN_FACT_##name, (at), (len) }
#define ONE(name, len)          { FACT(name, 0, len) }
#define TWO(a, n, b, m)         { FACT(a, 0, n), FACT(b, n, m) }

static const Row rows[] = {
    { 0x1e, 4, OCP_2_0, ONE(MEDIA_WRITTEN, 16) },
    { 0x1f, 4, OCP_2_0, ONE(MEDIA_READ, 16) },
    { 0x20, 2, OCP_2_0, TWO(BAD_USER, 6, BAD_USER_NORM, 2) },
    { 0x21, 2, OCP_2_0, TWO(BAD_SYSTEM, 6, BAD_SYSTEM_NORM, 2) },
    { 0x22, 2, OCP_2_0, ONE(XOR_RECOVERY, 8) },
    { 0x23, 2, OCP_2_0, ONE(UNCORRECTABLE, 8) },
    { 0x24, 2, OCP_2_0, ONE(SOFT_ECC, 8) },
    { 0x25, 2, OCP_2_0, TWO(E2E_DETECTED, 4, E2E_CORRECTED, 4) },
    { 0x26, 1, OCP_2_0, ONE(SYSTEM_USED, 1) },
    { 0x27, 2, OCP_2_0, ONE(REFRESH, 7) },
    { 0x28, 2, OCP_2_0, TWO(ERASE_MAX, 4, ERASE_MIN, 4) },
    { 0x29, 1, OCP_2_0, TWO(THROTTLE_EVENTS, 1, THROTTLE_STATUS, 1) },
    { 0x2a, 2, OCP_2_0, { FACT(SPEC_ERRATA, 0, 1), FACT(SPEC_POINT, 1, 2),
                          FACT(SPEC_MINOR, 3, 2), FACT(SPEC_MAJOR, 5, 1) } },
    { 0x2b, 2, OCP_2_0, ONE(PCIE_CORRECTABLE, 8) },
    { 0x2c, 1, OCP_2_0, ONE(INCOMPLETE_SHUTDOWNS, 4) },
    { 0x2d, 1, OCP_2_0, ONE(FREE_BLOCKS, 1) },
    { 0x2e, 1, OCP_2_0, ONE(CAPACITOR, 2) },
    { 0x2f, 1, OCP_2_0, ONE(BASE_ERRATA, 1) },
    { 0x30, 1, OCP_2_5, ONE(CMDSET_ERRATA, 1) },
    { 0x31, 1, OCP_2_6, ONE(MI_ERRATA, 1) },
    { 0x32, 2, OCP_2_0, ONE(UNALIGNED, 8) },
    { 0x33, 2, OCP_2_0, ONE(SECURITY_VERSION, 8) },
    { 0x34, 2, OCP_2_0, ONE(NUSE, 8) },
    { 0x35, 4, OCP_2_0, ONE(PLP_STARTS, 16) },
    { 0x36, 4, OCP_2_0, ONE(ENDURANCE, 16) },
    { 0x37, 2, OCP_2_0, ONE(LINK_RETRAINS, 8) },
    { 0x38, 2, OCP_2_0, ONE(POWER_CHANGES, 8) },
    { 0x39, 2, OCP_2_5, ONE(LOWEST_FIRMWARE, 8) },
    { 0x3b, 1, OCP_2_6, ONE(DIES_OFFLINE, 2) },
    { 0x3c, 1, OCP_2_6, ONE(MAX_TEMPERATURE, 1) },
    { 0x3d, 2, OCP_2_6, ONE(ERASE_AVERAGE, 8) },
    { 0x3e, 1, OCP_2_6, ONE(COMMAND_TIMEOUTS, 4) },
    { 0x3f, 2, OCP_2_6, TWO(SYSTEM_PROGRAM_FAILS, 4,
                            SYSTEM_PROGRAM_NORM, 1) },
    { 0x40, 2, OCP_2_6, TWO(SYSTEM_READ_FAILS, 4, SYSTEM_READ_NORM, 1) },
    { 0x41, 2, OCP_2_6, TWO(SYSTEM_ERASE_FAILS, 4, SYSTEM_ERASE_NORM, 1) },
    { 0x42, 1, OCP_2_6, ONE(PEAK_POWER, 2) },
    { 0x43, 1, OCP_2_6, ONE(AVERAGE_POWER, 2) },
    { 0x44, 2, OCP_2_6, ONE(ENERGY, 6) },
    { 0x6a, 1, OCP_2_7, ONE(FORM_FACTOR, 1) },
    { 0x6b, 2, OCP_2_7, TWO(DIES_BAD, 6, DIES_BAD_NORM, 2) },
    { 0x6c, 1, OCP_2_7, ONE(DIE_RETIREMENT, 2) },
};

static void put_part(OcpnCtrl *c, const Part *p, uint8_t *value)
{
    uint64_t low = ocpn_fact(c, (OcpnFact)p->fact);
    uint64_t high = ocpn_fact_high(c, (OcpnFact)p->fact);

    for (unsigned i = 0; i < p->len; i++) {
        value[p->at + i] = (uint8_t)((i < 8 ? low : high) >> i % 8 * 8);
    }
}

void ocpn_stat_facts_fill(OcpnCtrl *c, OcpnFill *f)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t value[16] = { 0 };

        if (!ocpn_ocp(c, (OcpVersion)rows[i].ocp)) {
            continue;
        }
        for (unsigned k = 0; k < 4 && rows[i].part[k].len; k++) {
            put_part(c, &rows[i].part[k], value);
        }
        ocpn_stat_put(f, rows[i].id, OCP_STAT_STOPS_KEPT, rows[i].dwords,
                      value);
    }
}
