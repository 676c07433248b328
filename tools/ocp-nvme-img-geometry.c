/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sensible geometry from a size and what the user insists on. */
#include <inttypes.h>

#include "ocp-nvme-img-geometry.h"
#include "ocp-nvme-img.h"

#define MANY_CHUNKS     2048    /* in a PU: more PUs are more realistic */
#define FEW_CHUNKS      16      /* in a PU: smaller chunks are more useful */
#define LEAST_CHUNKS    8       /* in a PU: fewer PUs are more useful */
#define MOST_PUS        8
#define MOST_GROUPS     16

static const struct {
    const char *name, *help;
    size_t offset;              /* in OcpnGeometry */
    uint32_t value;             /* if nothing is asked for, 4096-byte blocks */
    bool units;                 /* in blocks: more of them if smaller */
} fields[GEO_NFIELDS] = {
#define FIELD(member) offsetof(OcpnGeometry, member)
    [GEO_NUM_GRP]   = { "num-grp", "groups, 1 to 256",
                        FIELD(num_grp), 2, false },
    [GEO_NUM_PU]    = { "num-pu", "parallel units per group, 1 to 256",
                        FIELD(num_pu), 4, false },
    [GEO_NUM_CHK]   = { "num-chk", "chunks per parallel unit, 1 to 65536",
                        FIELD(num_chk), 0, false },
    [GEO_CLBA]      = { "clba", "blocks per chunk, 1 to 16777216",
                        FIELD(clba), 4096, true },
    [GEO_WS_MIN]    = { "ws-min", "least blocks per write [4]",
                        FIELD(ws_min), 4, true },
    [GEO_WS_OPT]    = { "ws-opt", "best blocks per write [8]",
                        FIELD(ws_opt), 8, true },
    [GEO_MW_CUNITS] = { "mw-cunits", "blocks to write behind a block before "
                        "it can be read [24]", FIELD(mw_cunits), 24, true },
    [GEO_MAXOC]     = { "maxoc", "most open chunks, 0: no limit [0]",
                        FIELD(maxoc), 0, false },
    [GEO_MAXOCPU]   = { "maxocpu", "most open chunks per parallel unit, 0: no "
                        "limit [0]", FIELD(maxocpu), 0, false },
    [GEO_PE_CYCLES] = { "pe-cycles", "resets a chunk lasts, 0: for ever [0]",
                        FIELD(pe_cycles), 0, false },
    [GEO_WIT]       = { "wit", "wear-level index threshold, 0 to 255 [10]",
                        FIELD(wit), 10, false },
    [GEO_TRDT]      = { "trdt", "typical read time in ns [70000]",
                        FIELD(trdt), 70000, false },
    [GEO_TRDM]      = { "trdm", "longest read time in ns [100000]",
                        FIELD(trdm), 100000, false },
    [GEO_TWRT]      = { "twrt", "typical write time in ns [1900000]",
                        FIELD(twrt), 1900000, false },
    [GEO_TWRM]      = { "twrm", "longest write time in ns [3500000]",
                        FIELD(twrm), 3500000, false },
    [GEO_TCRST]     = { "tcrst", "typical chunk reset time in ns [3000000]",
                        FIELD(tcrst), 3000000, false },
    [GEO_TCRSM]     = { "tcrsm", "longest chunk reset time in ns [3000000]",
                        FIELD(tcrsm), 3000000, false },
#undef FIELD
};

void img_geo_options(ImgGeoWish *wish, GOptionEntry *entries)
{
    wish->size = -1;
    for (size_t i = 0; i < GEO_NFIELDS; i++) {
        wish->value[i] = -1;
        entries[i] = (GOptionEntry) {
            .long_name = fields[i].name,
            .arg = G_OPTION_ARG_INT64,
            .arg_data = &wish->value[i],
            .description = fields[i].help,
            .arg_description = "N",
        };
    }
}

static bool asked(const ImgGeoWish *wish, ImgGeoField field)
{
    return wish->value[field] != -1;
}

const char *img_geo_given(const ImgGeoWish *wish)
{
    for (ImgGeoField i = 0; i < GEO_NFIELDS; i++) {
        if (asked(wish, i)) {
            return fields[i].name;
        }
    }
    return NULL;
}

/* Every field as asked for, or its default in blocks of this size. */
static bool take_values(const ImgGeoWish *wish, uint32_t scale,
                        OcpnGeometry *g)
{
    *g = (OcpnGeometry) { .num_grp = 0 };
    for (ImgGeoField i = 0; i < GEO_NFIELDS; i++) {
        gint64 value = wish->value[i];

        if (value == -1) {
            value = fields[i].value * (fields[i].units ? scale : 1);
        }
        if (value < 0 || value > UINT32_MAX) {
            img_fail("--%s is %" PRId64 ", but must be 0 to %" PRIu32,
                     fields[i].name, value, UINT32_MAX);
            return false;
        }
        *(uint32_t *)((char *)g + fields[i].offset) = (uint32_t)value;
    }
    return true;
}

static uint32_t round_up(uint32_t n, uint32_t to)
{
    return to == 0 ? n : (uint32_t)(((uint64_t)n + to - 1) / to * to);
}

/* Make the write units that were not asked for suit those that were. */
static void suit_units(const ImgGeoWish *wish, OcpnGeometry *g)
{
    bool clba_asked = asked(wish, GEO_CLBA);

    if (!asked(wish, GEO_WS_MIN)) {
        while (g->ws_min > 1 &&
               ((asked(wish, GEO_WS_OPT) && g->ws_opt % g->ws_min) ||
                (clba_asked && g->clba % g->ws_min))) {
            g->ws_min--;
        }
    }
    if (!asked(wish, GEO_WS_OPT)) {
        g->ws_opt = round_up(g->ws_opt, g->ws_min);
        while (clba_asked && g->ws_opt > g->ws_min && g->clba % g->ws_opt) {
            g->ws_opt -= g->ws_min;
        }
    }
    if (!clba_asked) {
        g->clba = round_up(g->clba, g->ws_opt);
    }
    if (!asked(wish, GEO_MW_CUNITS) && g->ws_min > 0 && g->clba > 0) {
        g->mw_cunits = MIN(round_up(g->mw_cunits, g->ws_min),
                           (g->clba - 1) / g->ws_min * g->ws_min);
    }
}

static uint64_t per_pu(const OcpnGeometry *g, uint64_t blocks)
{
    return blocks / g->num_grp / g->num_pu;
}

/* More parallel units for a big drive. */
static void more_pus(const ImgGeoWish *wish, uint64_t blocks, OcpnGeometry *g)
{
    bool grp = !asked(wish, GEO_NUM_GRP), pu = !asked(wish, GEO_NUM_PU);

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
static void fewer_pus(const ImgGeoWish *wish, uint64_t blocks,
                      OcpnGeometry *g)
{
    bool grp = !asked(wish, GEO_NUM_GRP), pu = !asked(wish, GEO_NUM_PU);

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

/* Chunks that are neither too few nor too many. */
static void suit_clba(uint64_t blocks, OcpnGeometry *g)
{
    uint32_t least = MAX(g->mw_cunits + 1, 8 * g->ws_opt);

    while ((per_pu(g, blocks) / g->clba > OCPN_CHK_MAX ||
            blocks / g->clba > OCPN_CHUNKS_MAX) &&
           g->clba <= OCPN_CLBA_MAX / 2) {
        g->clba *= 2;
    }
    while (per_pu(g, blocks) / g->clba < FEW_CHUNKS &&
           g->clba % (2 * g->ws_opt) == 0 && g->clba / 2 >= least) {
        g->clba /= 2;
    }
}

/* The counts that were not asked for. */
static bool suit_counts(const ImgGeoWish *wish, uint64_t blocks,
                        OcpnGeometry *g)
{
    bool clba = !asked(wish, GEO_CLBA), chk = !asked(wish, GEO_NUM_CHK);

    if (clba && chk) {
        more_pus(wish, blocks, g);
        suit_clba(blocks, g);
    } else if (clba && wish->size != -1 && g->num_chk != 0) {
        uint64_t fit = per_pu(g, blocks) / g->num_chk / g->ws_opt * g->ws_opt;

        g->clba = (uint32_t)MIN(fit, UINT32_MAX);
        if (!asked(wish, GEO_MW_CUNITS) && g->clba > 0) {
            g->mw_cunits = MIN(g->mw_cunits,
                               (g->clba - 1) / g->ws_min * g->ws_min);
        }
    }
    if (chk) {
        more_pus(wish, blocks, g);
        fewer_pus(wish, blocks, g);
        g->num_chk = (uint32_t)MIN(per_pu(g, blocks) / g->clba, UINT32_MAX);
    }
    return g->clba != 0 && g->num_chk != 0;
}

bool img_geo_choose(const ImgGeoWish *wish, uint64_t size, uint8_t lbads,
                    OcpnGeometry *g)
{
    static const ImgGeoField counted[] = { GEO_NUM_GRP, GEO_NUM_PU,
                                           GEO_CLBA, GEO_WS_MIN, GEO_WS_OPT };
    bool can_derive = true;
    OcpnError err;

    if (!take_values(wish, 4096u >> lbads, g)) {
        return false;
    }
    suit_units(wish, g);
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        if (wish->value[counted[i]] == 0) {
            can_derive = false;     /* ocpn_geometry_init() says why */
            g->num_chk = MAX(g->num_chk, 1u);
        }
    }
    if (can_derive && !suit_counts(wish, size >> lbads, g) &&
        wish->value[GEO_NUM_CHK] != 0) {
        g_autofree char *text = img_size_text(size);

        img_fail("%s (%" PRIu64 " bytes) is too small for one chunk in each "
                 "of %" PRIu64 " parallel units; give a larger --size, or a "
                 "smaller --clba, --num-grp or --num-pu", text, size,
                 (uint64_t)g->num_grp * g->num_pu);
        return false;
    }
    if (!ocpn_geometry_init(g, lbads, &err)) {
        img_fail("--%s", err.text);
        return false;
    }
    return true;
}
