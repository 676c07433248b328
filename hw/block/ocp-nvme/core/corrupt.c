/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log pages that are damaged on purpose, between the page and the host: what
 * tools must not believe.
 * Implements: docs/ocp.rst, "Damaged pages".
 *
 * Nothing of it is in the drive's state; the page is right again as soon as it
 * is read without.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/words.h"
#include "uuid-int.h"

#define GUID_SIZE       16u
#define LID_COMPONENTS  0xc6

/* A field of a page; LEN 0: the page has none. */
typedef struct Field {
    uint16_t at;
    uint8_t  len;
} Field;

/* Where pages say what and how long they are. */
typedef struct Row {
    uint8_t  lid;
    uint16_t guid;              /* 0: none */
    Field    version;
    Field    length;
    uint32_t header;            /* what the shortest page says there */
} Row;

#define SMALL(l)    { (l), 496, { 494, 2 }, { 0, 0 }, 0 }
#define LARGE(l)    { (l), 4080, { 4078, 2 }, { 0, 0 }, 0 }

static const Row rows[] = {
    { NVME_LID_TELEMETRY_HOST, 0, { 0, 0 }, { 8, 6 }, 0 },
    { NVME_LID_TELEMETRY_CTRL, 0, { 0, 0 }, { 8, 6 }, 0 },
    SMALL(0xc0), SMALL(0xc1), LARGE(0xc2), SMALL(0xc3), LARGE(0xc4),
    LARGE(0xc5),
    { LID_COMPONENTS, 16, { 0, 2 }, { 32, 16 }, 64 },   /* bytes */
    SMALL(0xc7),
    { 0xc9, 16, { 0, 1 }, { 32, 8 }, 108 },     /* dwords */
};

static const char *const words[OCPN_DAMAGE_N] = {
    "none", "guid", "version", "length", "size", "garbage", "short",
};

static const Row *find_row(uint8_t lid)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].lid == lid) {
            return &rows[i];
        }
    }
    return NULL;
}

bool ocpn_corrupt_can(uint8_t lid, OcpnDamage damage)
{
    const Row *row = find_row(lid);

    switch (damage) {
    case OCPN_DAMAGE_GUID:
        return row && row->guid;
    case OCPN_DAMAGE_VERSION:
        return row && row->version.len;
    case OCPN_DAMAGE_LENGTH:
    case OCPN_DAMAGE_SIZE:
        return row && row->length.len;
    default:
        return damage < OCPN_DAMAGE_N;
    }
}

/* The byte at N of a field that says how long the page is. */
static uint8_t longer(const Row *row, unsigned n, uint8_t was, uint8_t *carry)
{
    uint8_t is = (uint8_t)(was << 1 | *carry);

    /* Telemetry has three numbers of two bytes there. */
    *carry = row->lid >= OCPN_VENDOR_FIRST || !(n & 1) ? was >> 7 : 0;
    return is;
}

/* Version 1 of page C6h counts dwords. */
static uint8_t of_header(const OcpnCtrl *c, const Row *row, unsigned n)
{
    bool dwords = row->lid == LID_COMPONENTS && !ocpn_ocp(c, OCP_2_6);
    uint32_t header = row->header / (dwords ? 4 : 1);

    return (uint8_t)(n < 4 ? header >> 8 * n : 0);
}

/* splitmix64 of the place: the same garbage each time, and in any pieces. */
static uint8_t garbage(uint8_t lid, uint64_t at)
{
    uint64_t z = ((uint64_t)lid << 56) + at * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint8_t)(z ^ z >> 31);
}

static bool is_in(uint64_t at, unsigned first, unsigned len)
{
    return at >= first && at - first < len;
}

/* Fields are read in one piece, as reads begin at dwords. */
void ocpn_corrupt(const OcpnCtrl *c, uint8_t lid, uint64_t size, uint64_t off,
                  uint8_t *buf, size_t len)
{
    OcpnDamage damage = (OcpnDamage)c->corrupt.damage[lid];
    const Row *row = find_row(lid);
    uint8_t carry = 0;

    if (damage == OCPN_DAMAGE_NONE || !ocpn_corrupt_can(lid, damage)) {
        return;
    }
    for (size_t i = 0; i < len; i++) {
        uint64_t at = off + i;

        if (damage == OCPN_DAMAGE_GARBAGE) {
            buf[i] = garbage(lid, at);
        } else if (damage == OCPN_DAMAGE_SHORT) {
            buf[i] = at < size / 2 ? buf[i] : 0;
        } else if (damage == OCPN_DAMAGE_GUID) {
            buf[i] ^= is_in(at, row->guid, GUID_SIZE) ? 0xff : 0;
        } else if (damage == OCPN_DAMAGE_VERSION) {
            buf[i] = is_in(at, row->version.at, row->version.len) ? 0
                                                                  : buf[i];
        } else if (is_in(at, row->length.at, row->length.len)) {
            unsigned n = (unsigned)(at - row->length.at);

            buf[i] = damage == OCPN_DAMAGE_SIZE
                     ? of_header(c, row, n) : longer(row, n, buf[i], &carry);
        }
    }
}

/* Both words, each once. */
static bool parse(const char *text, uint8_t *lid, unsigned *damage,
                  OcpnError *err)
{
    uint64_t n = UINT64_MAX;
    OcpnWord w;
    int got;

    *damage = OCPN_DAMAGE_N;
    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        if (!strcmp(w.name, "lid") && n == UINT64_MAX) {
            if (!ocpn_word_number(&w, 0, UINT8_MAX, &n, err)) {
                return false;
            }
        } else if (!strcmp(w.name, "what") && *damage == OCPN_DAMAGE_N) {
            if (!ocpn_word_choice(&w, words, OCPN_DAMAGE_N, damage, err)) {
                return false;
            }
        } else {
            return OCPN_FAIL(err, "'%s' is not expected; give lid= and "
                             "what=, each once, or clear", w.name);
        }
    }
    *lid = (uint8_t)n;
    return !got && ((n != UINT64_MAX && *damage < OCPN_DAMAGE_N) ||
                    OCPN_FAIL(err, "give lid= and what=, such as 'lid=0xc0 "
                              "what=guid', or clear"));
}

bool ocpn_corrupt_act(OcpnCtrl *c, const char *text, OcpnError *err)
{
    unsigned damage;
    uint8_t lid;

    if (!strcmp(text, "clear")) {
        c->corrupt = (OcpnCorrupt) { { 0 } };
        return true;
    }
    if (!parse(text, &lid, &damage, err)) {
        return false;
    }
    if (!ocpn_log_find(c, lid, OCPN_UUID_NONE)) {
        return OCPN_FAIL(err, "lid=0x%02x: the drive has no such page", lid);
    }
    if (!ocpn_corrupt_can(lid, (OcpnDamage)damage)) {
        return OCPN_FAIL(err, "what=%s: page 0x%02x has no such field; "
                         "garbage and short are for every page",
                         words[damage], lid);
    }
    c->corrupt.damage[lid] = (uint8_t)damage;
    return true;
}

bool ocpn_corrupt_show(OcpnCtrl *c, unsigned index,
                       char line[OCPN_ACTION_TEXT])
{
    for (unsigned lid = 0; lid < 256; lid++) {
        uint8_t damage = c->corrupt.damage[lid];

        if (damage && !index--) {
            snprintf(line, OCPN_ACTION_TEXT, "lid=0x%02x what=%s", lid,
                     words[damage]);
            return true;
        }
    }
    return false;
}
