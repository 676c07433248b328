/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open-Channel 1.2 on the chunks of 2.0.
 *
 * A chunk is a block across all planes of its unit.  Within it sectors run
 * first, then planes, then pages, which is the order in which a 1.2 host
 * writes; with powers of two a physical page address is then the same number
 * as the 2.0 address, and only its fields have other names.
 */
#ifndef HW_OCP_NVME_CORE_OCSSD12_H
#define HW_OCP_NVME_CORE_OCSSD12_H

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/spec/ocssd12.h"

/* What a 1.2 host makes of the geometry; powers of two but for PAGES. */
typedef struct Ocpn12 {
    uint32_t sectors;           /* of a page: ws_min */
    uint32_t planes;            /* ws_opt / ws_min, or 1 */
    uint32_t pages;             /* of a block */
} Ocpn12;

Ocpn12 ocpn_12_of(const OcpnGeometry *g);

/* False, with ERR: a 1.2 host could not address the image IM. */
bool ocpn_12_check(const OcpnImage *im, OcpnError *err);

/* STATUS of a chunk as the host of NS knows it. */
uint16_t ocpn_12_status(uint16_t status);

static inline uint16_t ocpn_chunk_status(const OcpnNs *ns, uint16_t status)
{
    return ns->cfg.ocssd12 ? ocpn_12_status(status) : status;
}

/* What the bad block table says of a block, in chunk K: Ocssd12Block. */
uint8_t ocpn_12_block(const OcpnChunk *k);

#endif
