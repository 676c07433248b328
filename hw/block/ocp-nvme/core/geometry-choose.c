/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choosing a geometry.  What is asked for stays; what is not gets its default,
 * and gives way where the two do not go together.
 * Implements: docs/user-guide.rst, properties of the geometry.
 */
#include <inttypes.h>

#include "hw/ocp-nvme/core/geometry-choose.h"

#define MANY_CHUNKS     2048    /* in a PU: more PUs are more realistic */
#define FEW_CHUNKS      16      /* in a PU: smaller chunks are more useful */
#define LEAST_CHUNKS    8       /* in a PU: fewer PUs are more useful */
#define MOST_PUS        8
#define MOST_GROUPS     16

#define ROW(name, member, value, blocks) \
    { name, offsetof(OcpnGeometry, member), value, blocks }

const OcpnGeometryRow ocpn_geometry_rows[OCPN_GEO_NFIELDS] = {
    [OCPN_GEO_NUM_GRP]   = ROW("num-grp", num_grp, 2, false),
    [OCPN_GEO_NUM_PU]    = ROW("num-pu", num_pu, 4, false),
    [OCPN_GEO_NUM_CHK]   = ROW("num-chk", num_chk, 0, false),  /* derived */
    [OCPN_GEO_CLBA]      = ROW("clba", clba, 4096, true),
    [OCPN_GEO_WS_MIN]    = ROW("ws-min", ws_min, 4, true),
    [OCPN_GEO_WS_OPT]    = ROW("ws-opt", ws_opt, 8, true),
    [OCPN_GEO_MW_CUNITS] = ROW("mw-cunits", mw_cunits, 24, true),
    [OCPN_GEO_MAXOC]     = ROW("maxoc", maxoc, 0, false),
    [OCPN_GEO_MAXOCPU]   = ROW("maxocpu", maxocpu, 0, false),
    [OCPN_GEO_PE_CYCLES] = ROW("pe-cycles", pe_cycles, 0, false),
    [OCPN_GEO_WIT]       = ROW("wit", wit, 10, false),
    [OCPN_GEO_TRDT]      = ROW("trdt", trdt, 70000, false),
    [OCPN_GEO_TRDM]      = ROW("trdm", trdm, 100000, false),
    [OCPN_GEO_TWRT]      = ROW("twrt", twrt, 1900000, false),
    [OCPN_GEO_TWRM]      = ROW("twrm", twrm, 3500000, false),
    [OCPN_GEO_TCRST]     = ROW("tcrst", tcrst, 3000000, false),
    [OCPN_GEO_TCRSM]     = ROW("tcrsm", tcrsm, 3000000, false),
};

void ocpn_geometry_wish_init(OcpnGeometryWish *wish)
{
    for (size_t i = 0; i < OCPN_GEO_NFIELDS; i++) {
        wish->value[i] = -1;
    }
    wish->size = -1;
}

static bool asked(const OcpnGeometryWish *wish, OcpnGeometryField field)
{
    return wish->value[field] != -1;
}

static uint32_t lesser(uint64_t a, uint32_t b)
{
    return a < b ? (uint32_t)a : b;
}

/* Up to a multiple of TO, not 0.  N is one already, or a small default. */
static uint32_t round_up(uint32_t n, uint32_t to)
{
    return (uint32_t)(((uint64_t)n + to - 1) / to * to);
}

/* Every field as asked for, or its default in blocks of this size. */
static bool take_values(const OcpnGeometryWish *wish, uint32_t scale,
                        OcpnGeometry *g, OcpnError *err)
{
    *g = (OcpnGeometry) { .num_grp = 0 };
    for (size_t i = 0; i < OCPN_GEO_NFIELDS; i++) {
        const OcpnGeometryRow *row = &ocpn_geometry_rows[i];
        int64_t value = wish->value[i];

        if (value == -1) {
            value = row->value * (row->blocks ? scale : 1);
        }
        if (value < 0 || value > UINT32_MAX) {
            return OCPN_FAIL(err, "%s is %" PRId64 ", but must be 0 to %"
                             PRIu32, row->name, value, UINT32_MAX);
        }
        *(uint32_t *)((char *)g + row->offset) = (uint32_t)value;
    }
    return true;
}

/* Numbers that the rest is divided by. */
static bool asks_for_none(const OcpnGeometryWish *wish)
{
    return wish->value[OCPN_GEO_NUM_GRP] == 0 ||
           wish->value[OCPN_GEO_NUM_PU] == 0 ||
           wish->value[OCPN_GEO_NUM_CHK] == 0 ||
           wish->value[OCPN_GEO_CLBA] == 0 ||
           wish->value[OCPN_GEO_WS_MIN] == 0 ||
           wish->value[OCPN_GEO_WS_OPT] == 0;
}

/* Keep a mw-cunits that was not asked for below clba. */
static void suit_mw_cunits(const OcpnGeometryWish *wish, OcpnGeometry *g)
{
    if (!asked(wish, OCPN_GEO_MW_CUNITS) && g->clba > 0) {
        g->mw_cunits = lesser(round_up(g->mw_cunits, g->ws_min),
                              (g->clba - 1) / g->ws_min * g->ws_min);
    }
}

/* Make the write units that were not asked for suit those that were. */
static void suit_units(const OcpnGeometryWish *wish, OcpnGeometry *g)
{
    bool clba_asked = asked(wish, OCPN_GEO_CLBA);

    if (!asked(wish, OCPN_GEO_WS_MIN)) {
        while (g->ws_min > 1 &&
               ((asked(wish, OCPN_GEO_WS_OPT) && g->ws_opt % g->ws_min) ||
                (clba_asked && g->clba % g->ws_min))) {
            g->ws_min--;
        }
    }
    if (!asked(wish, OCPN_GEO_WS_OPT)) {
        g->ws_opt = round_up(g->ws_opt, g->ws_min);
        while (clba_asked && g->ws_opt > g->ws_min && g->clba % g->ws_opt) {
            g->ws_opt -= g->ws_min;
        }
    }
    if (!clba_asked) {
        g->clba = round_up(g->clba, g->ws_opt);
    }
    suit_mw_cunits(wish, g);
}

static uint64_t per_pu(const OcpnGeometry *g, uint64_t blocks)
{
    return blocks / g->num_grp / g->num_pu;
}

/* More parallel units for a big drive. */
static void more_pus(const OcpnGeometryWish *wish, uint64_t blocks,
                     OcpnGeometry *g)
{
    bool grp = !asked(wish, OCPN_GEO_NUM_GRP);
    bool pu = !asked(wish, OCPN_GEO_NUM_PU);

    while (per_pu(g, blocks) / g->clba > MANY_CHUNKS) {
        if (pu && g->num_pu < MOST_PUS && g->num_pu <= g->num_grp) {
            g->num_pu *= 2;
        } else if (grp && g->num_grp < MOST_GROUPS) {
            g->num_grp *= 2;
        } else if (pu && g->num_pu < MOST_PUS) {
            g->num_pu *= 2;
        } else {
            return;
        }
    }
}

/* Fewer for a tiny one. */
static void fewer_pus(const OcpnGeometryWish *wish, uint64_t blocks,
                      OcpnGeometry *g)
{
    bool grp = !asked(wish, OCPN_GEO_NUM_GRP);
    bool pu = !asked(wish, OCPN_GEO_NUM_PU);

    while (per_pu(g, blocks) / g->clba < LEAST_CHUNKS) {
        if (pu && g->num_pu > 1) {
            g->num_pu /= 2;
        } else if (grp && g->num_grp > 1) {
            g->num_grp /= 2;
        } else {
            return;
        }
    }
}

/* Chunks that are neither too few nor too many.  Units may be up to 2^32. */
static void suit_clba(uint64_t blocks, OcpnGeometry *g)
{
    uint64_t unit = g->ws_opt, behind = (uint64_t)g->mw_cunits + 1;
    uint64_t least = behind > 8 * unit ? behind : 8 * unit;

    while ((per_pu(g, blocks) / g->clba > OCPN_CHK_MAX ||
            blocks / g->clba > OCPN_CHUNKS_MAX) &&
           g->clba <= OCPN_CLBA_MAX / 2) {
        g->clba *= 2;
    }
    while (per_pu(g, blocks) / g->clba < FEW_CHUNKS &&
           g->clba % (2 * unit) == 0 && g->clba / 2 >= least) {
        g->clba /= 2;
    }
}

/* The counts that were not asked for.  False if there is room for none. */
static bool suit_counts(const OcpnGeometryWish *wish, uint64_t blocks,
                        OcpnGeometry *g)
{
    bool clba = !asked(wish, OCPN_GEO_CLBA);
    bool chk = !asked(wish, OCPN_GEO_NUM_CHK);

    if (clba && chk) {
        more_pus(wish, blocks, g);
        suit_clba(blocks, g);
    } else if (clba && wish->size != -1) {
        uint64_t fit = per_pu(g, blocks) / g->num_chk / g->ws_opt * g->ws_opt;

        g->clba = lesser(fit, UINT32_MAX);
        suit_mw_cunits(wish, g);
    }
    if (chk) {
        more_pus(wish, blocks, g);
        fewer_pus(wish, blocks, g);
        g->num_chk = lesser(per_pu(g, blocks) / g->clba, UINT32_MAX);
    }
    return g->clba != 0 && g->num_chk != 0;
}

/* What no drive could have is said before what this one is too small for. */
static bool fail_small(uint64_t size, uint8_t lbads, OcpnGeometry *g,
                       OcpnError *err)
{
    if (g->num_chk == 0) {
        g->num_chk = 1;
    }
    if (g->clba == 0) {
        g->clba = g->ws_opt;
        g->mw_cunits = 0;
    }
    if (!ocpn_geometry_init(g, lbads, err)) {
        return false;
    }
    return OCPN_FAIL(err, "size is %" PRIu64 " bytes, which is too small for "
                     "%" PRIu32 " x %" PRIu32 " x %" PRIu32 " chunks of %"
                     PRIu32 " blocks; give a larger size, or a smaller "
                     "num-grp, num-pu, num-chk or clba", size, g->num_grp,
                     g->num_pu, g->num_chk, g->clba);
}

bool ocpn_geometry_choose(const OcpnGeometryWish *wish, uint64_t size,
                          uint8_t lbads, OcpnGeometry *g, OcpnError *err)
{
    if (!take_values(wish, 4096u >> lbads, g, err)) {
        return false;
    }
    if (asks_for_none(wish)) {
        if (!asked(wish, OCPN_GEO_NUM_CHK)) {
            g->num_chk = 1;
        }
        return ocpn_geometry_init(g, lbads, err);   /* says which */
    }
    suit_units(wish, g);
    if (!suit_counts(wish, size >> lbads, g)) {
        return fail_small(size, lbads, g, err);
    }
    return ocpn_geometry_init(g, lbads, err);
}
