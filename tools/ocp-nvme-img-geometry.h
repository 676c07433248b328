/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Geometry options of ocp-nvme-img create. */
#ifndef OCP_NVME_IMG_GEOMETRY_H
#define OCP_NVME_IMG_GEOMETRY_H

#include <glib.h>

#include "hw/ocp-nvme/core/geometry-choose.h"

/* Ask for nothing, and fill ENTRIES with the OCPN_GEO_NFIELDS options. */
void img_geo_options(OcpnGeometryWish *wish, GOptionEntry *entries);

/* The first geometry option that was given; NULL if none was. */
const char *img_geo_given(const OcpnGeometryWish *wish);

#endif
