/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Implements: OCSSD 2.0, sections 2.1 to 2.3 (geometry, addresses). */
#include <inttypes.h>

#include "hw/ocp-nvme/core/geometry.h"

/* Bits that hold the numbers 0..COUNT-1: none for a count of one. */
static uint8_t bits_for(uint32_t count)
{
    uint8_t bits = 0;

    while (bits < 32 && (uint64_t)1 << bits < count) {
        bits++;
    }
    return bits;
}

static bool check_counts(const OcpnGeometry *g, OcpnError *err)
{
    const struct {
        const char *name, *what;
        uint32_t value, max;
    } count[] = {
        { "num-grp", "groups",                   g->num_grp, OCPN_GRP_MAX },
        { "num-pu",  "parallel units per group", g->num_pu,  OCPN_PU_MAX },
        { "num-chk", "chunks per parallel unit", g->num_chk, OCPN_CHK_MAX },
        { "clba",    "logical blocks per chunk", g->clba,    OCPN_CLBA_MAX },
        { "ws-min",  "logical blocks",           g->ws_min,  OCPN_CLBA_MAX },
        { "ws-opt",  "logical blocks",           g->ws_opt,  OCPN_CLBA_MAX },
    };

    for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
        if (count[i].value == 0 || count[i].value > count[i].max) {
            return OCPN_FAIL(err, "%s is %" PRIu32 ", but must be 1 to %"
                             PRIu32 " %s", count[i].name, count[i].value,
                             count[i].max, count[i].what);
        }
    }
    return true;
}

/* The write unit's rules (OCSSD 2.0, section 2.2). */
static bool check_units(const OcpnGeometry *g, OcpnError *err)
{
    if (g->ws_opt % g->ws_min != 0) {
        return OCPN_FAIL(err, "ws-opt is %" PRIu32 ", but must be a multiple "
                         "of ws-min, which is %" PRIu32,
                         g->ws_opt, g->ws_min);
    }
    if (g->clba % g->ws_opt != 0) {
        return OCPN_FAIL(err, "clba is %" PRIu32 ", but must be a multiple "
                         "of ws-opt, which is %" PRIu32, g->clba, g->ws_opt);
    }
    if (g->mw_cunits % g->ws_min != 0) {
        return OCPN_FAIL(err, "mw-cunits is %" PRIu32 ", but must be a "
                         "multiple of ws-min, which is %" PRIu32,
                         g->mw_cunits, g->ws_min);
    }
    if (g->mw_cunits >= g->clba) {
        return OCPN_FAIL(err, "mw-cunits is %" PRIu32 ", but must be less "
                         "than clba, which is %" PRIu32,
                         g->mw_cunits, g->clba);
    }
    return true;
}

static bool check_limits(const OcpnGeometry *g, OcpnError *err)
{
    if (g->maxoc != 0 && g->maxocpu > g->maxoc) {
        return OCPN_FAIL(err, "maxocpu is %" PRIu32 ", but must not be more "
                         "than maxoc, which is %" PRIu32,
                         g->maxocpu, g->maxoc);
    }
    if (g->wit > 255) {
        return OCPN_FAIL(err, "wit is %" PRIu32 ", but must be 0 to 255",
                         g->wit);
    }
    return true;
}

/* After check_counts(): products of counts fit 64 bits. */
static bool check_size(const OcpnGeometry *g, uint8_t lbads, OcpnError *err)
{
    uint64_t chunks = (uint64_t)g->num_grp * g->num_pu * g->num_chk;
    unsigned int bits = (unsigned int)g->grp_shift + g->grp_bits + lbads;

    if (chunks > OCPN_CHUNKS_MAX) {
        return OCPN_FAIL(err, "num-grp x num-pu x num-chk is %" PRIu64
                         " chunks, but a namespace has at most %u",
                         chunks, OCPN_CHUNKS_MAX);
    }
    if (bits > OCPN_ADDR_BITS) {
        return OCPN_FAIL(err, "the geometry %" PRIu32 "x%" PRIu32 "x%" PRIu32
                         "x%" PRIu32 " needs byte addresses of %u bits, but a "
                         "host has %d: make clba or num-chk smaller",
                         g->num_grp, g->num_pu, g->num_chk, g->clba, bits,
                         OCPN_ADDR_BITS);
    }
    return true;
}

bool ocpn_geometry_init(OcpnGeometry *g, uint8_t lbads, OcpnError *err)
{
    if (!check_counts(g, err) || !check_units(g, err) ||
        !check_limits(g, err)) {
        return false;
    }
    g->grp_bits = bits_for(g->num_grp);
    g->pu_bits = bits_for(g->num_pu);
    g->chk_bits = bits_for(g->num_chk);
    g->lbk_bits = bits_for(g->clba);
    g->chk_shift = g->lbk_bits;
    g->pu_shift = (uint8_t)(g->chk_shift + g->chk_bits);
    g->grp_shift = (uint8_t)(g->pu_shift + g->pu_bits);
    if (!check_size(g, lbads, err)) {
        return false;
    }
    g->chunks = g->num_grp * g->num_pu * g->num_chk;
    return true;
}

uint64_t ocpn_geometry_nsze(const OcpnGeometry *g)
{
    return (uint64_t)1 << (g->grp_shift + g->grp_bits);
}

bool ocpn_addr_split(const OcpnGeometry *g, uint64_t lba, OcpnAddr *a)
{
    uint32_t pu;

    return ocpn_addr_find(g, lba, a, &pu);
}

uint64_t ocpn_addr_lba(const OcpnGeometry *g, uint32_t chunk, uint32_t blk)
{
    uint64_t chk = chunk % g->num_chk;
    uint64_t pu = chunk / g->num_chk % g->num_pu;
    uint64_t grp = chunk / g->num_chk / g->num_pu;

    return grp << g->grp_shift | pu << g->pu_shift |
           chk << g->chk_shift | blk;
}
