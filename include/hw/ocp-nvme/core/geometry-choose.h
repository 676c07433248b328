/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sensible geometry from a size and what somebody insists on, for
 * ocp-nvme-img create and auto-format=on.
 *
 * These functions keep no state; they may be called from any thread.
 */
#ifndef HW_OCP_NVME_CORE_GEOMETRY_CHOOSE_H
#define HW_OCP_NVME_CORE_GEOMETRY_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/core/geometry.h"

typedef enum OcpnGeometryField {
    OCPN_GEO_NUM_GRP,
    OCPN_GEO_NUM_PU,
    OCPN_GEO_NUM_CHK,
    OCPN_GEO_CLBA,
    OCPN_GEO_WS_MIN,
    OCPN_GEO_WS_OPT,
    OCPN_GEO_MW_CUNITS,
    OCPN_GEO_MAXOC,
    OCPN_GEO_MAXOCPU,
    OCPN_GEO_PE_CYCLES,
    OCPN_GEO_WIT,
    OCPN_GEO_TRDT,
    OCPN_GEO_TRDM,
    OCPN_GEO_TWRT,
    OCPN_GEO_TWRM,
    OCPN_GEO_TCRST,
    OCPN_GEO_TCRSM,
    OCPN_GEO_NFIELDS
} OcpnGeometryField;

typedef struct OcpnGeometryRow {
    const char *name;           /* of the property and, after --, the option */
    size_t offset;              /* of a uint32_t in OcpnGeometry */
    uint32_t value;             /* if nothing is asked for; blocks of 4096 */
    bool blocks;                /* counts blocks: more of them if smaller */
} OcpnGeometryRow;

extern const OcpnGeometryRow ocpn_geometry_rows[OCPN_GEO_NFIELDS];

/* What is asked for; -1: nothing.  Any other number may be hostile. */
typedef struct OcpnGeometryWish {
    int64_t value[OCPN_GEO_NFIELDS];
    int64_t size;               /* bytes of data; num-chk then decides clba */
} OcpnGeometryWish;

/* Ask for nothing. */
void ocpn_geometry_wish_init(OcpnGeometryWish *wish);

/*
 * A geometry for drives of SIZE bytes of data in blocks of 2^LBADS bytes, 9 to
 * 12, that has what WISH asks for, as ocpn_geometry_init() leaves it.  It may
 * hold less than SIZE, or more if all its counts are asked for.
 * False, with ERR: it begins with the name of a field, or "size".
 */
bool ocpn_geometry_choose(const OcpnGeometryWish *wish, uint64_t size,
                          uint8_t lbads, OcpnGeometry *g, OcpnError *err);

#endif
