/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Geometry options of ocp-nvme-img create. */
#ifndef OCP_NVME_IMG_GEOMETRY_H
#define OCP_NVME_IMG_GEOMETRY_H

#include <glib.h>

#include "hw/ocp-nvme/core/geometry.h"

typedef enum ImgGeoField {
    GEO_NUM_GRP,
    GEO_NUM_PU,
    GEO_NUM_CHK,
    GEO_CLBA,
    GEO_WS_MIN,
    GEO_WS_OPT,
    GEO_MW_CUNITS,
    GEO_MAXOC,
    GEO_MAXOCPU,
    GEO_PE_CYCLES,
    GEO_WIT,
    GEO_TRDT,
    GEO_TRDM,
    GEO_TWRT,
    GEO_TWRM,
    GEO_TCRST,
    GEO_TCRSM,
    GEO_NFIELDS,
} ImgGeoField;

/* What the user asked for; -1: nothing. */
typedef struct ImgGeoWish {
    gint64 value[GEO_NFIELDS];
    gint64 size;            /* bytes of data */
} ImgGeoWish;

/* Ask for nothing, and fill ENTRIES with the GEO_NFIELDS options. */
void img_geo_options(ImgGeoWish *wish, GOptionEntry *entries);

/* The first geometry option that was given; NULL if none was. */
const char *img_geo_given(const ImgGeoWish *wish);

/*
 * A geometry for drives of SIZE bytes in blocks of 2^LBADS bytes that has what
 * WISH asks for.  It may hold less than SIZE, or more if all its counts are
 * asked for.  False after a sentence on stderr.
 */
bool img_geo_choose(const ImgGeoWish *wish, uint64_t size, uint8_t lbads,
                    OcpnGeometry *g);

#endif
