/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Geometry options of ocp-nvme-img create: core/geometry-choose.c decides. */
#include "ocp-nvme-img-geometry.h"

static const char *const help[OCPN_GEO_NFIELDS] = {
    [OCPN_GEO_NUM_GRP]   = "groups, 1 to 256",
    [OCPN_GEO_NUM_PU]    = "parallel units per group, 1 to 256",
    [OCPN_GEO_NUM_CHK]   = "chunks per parallel unit, 1 to 65536",
    [OCPN_GEO_CLBA]      = "blocks per chunk, 1 to 16777216",
    [OCPN_GEO_WS_MIN]    = "least blocks per write [4]",
    [OCPN_GEO_WS_OPT]    = "best blocks per write [8]",
    [OCPN_GEO_MW_CUNITS] = "blocks to write behind a block before it can be "
                           "read [24]",
    [OCPN_GEO_MAXOC]     = "most open chunks, 0: no limit [0]",
    [OCPN_GEO_MAXOCPU]   = "most open chunks per parallel unit, 0: no limit "
                           "[0]",
    [OCPN_GEO_PE_CYCLES] = "resets a chunk lasts, 0: for ever [0]",
    [OCPN_GEO_WIT]       = "wear-level index threshold, 0 to 255 [10]",
    [OCPN_GEO_TRDT]      = "typical read time in ns [70000]",
    [OCPN_GEO_TRDM]      = "longest read time in ns [100000]",
    [OCPN_GEO_TWRT]      = "typical write time in ns [1900000]",
    [OCPN_GEO_TWRM]      = "longest write time in ns [3500000]",
    [OCPN_GEO_TCRST]     = "typical chunk reset time in ns [3000000]",
    [OCPN_GEO_TCRSM]     = "longest chunk reset time in ns [3000000]",
};

void img_geo_options(OcpnGeometryWish *wish, GOptionEntry *entries)
{
    ocpn_geometry_wish_init(wish);
    for (size_t i = 0; i < OCPN_GEO_NFIELDS; i++) {
        entries[i] = (GOptionEntry) {
            .long_name = ocpn_geometry_rows[i].name,
            .arg = G_OPTION_ARG_INT64,
            .arg_data = &wish->value[i],
            .description = help[i],
            .arg_description = "N",
        };
    }
}

const char *img_geo_given(const OcpnGeometryWish *wish)
{
    for (size_t i = 0; i < OCPN_GEO_NFIELDS; i++) {
        if (wish->value[i] != -1) {
            return ocpn_geometry_rows[i].name;
        }
    }
    return NULL;
}
