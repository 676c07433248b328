/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Persistent Event Log's inside.  Thread: main. */
#ifndef OCPN_PEL_INT_H
#define OCPN_PEL_INT_H

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/pel.h"
#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

#define OCPN_PEL_MAX    (sizeof(NvmePelHeader) + \
                         IMG_PEL_NPAGES * sizeof(((ImgPel *)0)->events))
_Static_assert(OCPN_PEL_MAX <= NVME_PEL_UNIT, "PELS says less");

/* Member of OcpnCtrl. */
typedef struct OcpnPel {
    ImgPel  *page;              /* IMG_PEL_NPAGES; NULL: no OCP */
    uint64_t newest;            /* sequence of the newest page; 0: none */
    uint8_t *context;           /* OCPN_PEL_MAX bytes */
    size_t   length;            /* of the context; 0: there is none */
    bool     existed;           /* it did before the host asked for it */
    uint16_t generation;        /* of contexts */
    char     firmware[8];       /* revision that ran; firmware[0] 0: none */
    bool     begun;             /* a host has used this power cycle */
    uint64_t reset_ns;          /* port->now() at the latest reset */
    uint64_t media_ns;          /* when a media error is logged again */
} OcpnPel;

/* Memory for it.  False: there is none. */
bool ocpn_pel_init(OcpnCtrl *c);
void ocpn_pel_destroy(OcpnCtrl *c);
extern const OcpnStatePart ocpn_pel_part;

/* pel-event.c: RUNNING: a host was using it, and goes on (migration). */
void ocpn_pel_power_on(OcpnCtrl *c, bool running);
void ocpn_pel_tick(OcpnCtrl *c);
void ocpn_pel_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                       uint64_t b);
/* Bit TYPE of MAP (32 bytes) for each type there may be. */
void ocpn_pel_types(uint8_t *map);

#endif
