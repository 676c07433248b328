/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drive's health, inside the core. */
#ifndef OCPN_HEALTH_INT_H
#define OCPN_HEALTH_INT_H

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

/* Heat over time.  Cold. */
typedef struct OcpnHot {
    bool     off;               /* the drive switched itself off: too hot */
    uint32_t limits[OCPN_NSENSORS];     /* over in 15:0, under in 31:16 */
    uint64_t since;             /* port->now(): the times are up to here */
    uint64_t warning_ns;        /* at WCTEMP or above, below CCTEMP */
    uint64_t critical_ns;       /* at CCTEMP or above */
} OcpnHot;

/* Main: from and to the state page of facts.  What cannot be is left out. */
void ocpn_health_load(OcpnCtrl *c, const ImgFacts *p);
void ocpn_health_store(OcpnCtrl *c, ImgFacts *p);
/* A row of happen.c. */
void ocpn_health_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                          uint64_t b);

#endif
