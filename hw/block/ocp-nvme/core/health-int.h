/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drive's health, inside the core. */
#ifndef OCPN_HEALTH_INT_H
#define OCPN_HEALTH_INT_H

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

/* Heat over time.  Cold. */
typedef struct OcpnHot {
    bool     off;               /* the drive switched itself off: too hot */
    uint32_t limits[OCPN_NSENSORS];     /* over in 15:0, under in 31:16 */
    uint16_t sensor[OCPN_NSENSORS];     /* kelvin; see sensor.c */
    uint64_t since;             /* port->now(): the times are up to here */
    uint64_t warning_ns;        /* at WCTEMP or above, below CCTEMP */
    uint64_t critical_ns;       /* at CCTEMP or above */
    uint64_t ramp_begin;        /* port->now(); the temperature moves ... */
    uint64_t ramp_ns;           /* ... for so long; 0: it does not */
    uint16_t ramp_from, ramp_to;
} OcpnHot;

/* As ocpn_set_temperature() did at NS, and no ramp ends by it. */
void ocpn_temperature_at(OcpnCtrl *c, uint16_t kelvin, uint64_t ns);

/* raw.c.  The knob; it ends at power on. */
uint16_t ocpn_raw(OcpnCtrl *c);
void ocpn_set_raw(OcpnCtrl *c, uint16_t raw);
void ocpn_raw_init(OcpnCtrl *c);
void ocpn_raw_reset(OcpnCtrl *c);       /* of the machine: it stays */
/* knob.c.  No more spare than fact NORM says that is left. */
void ocpn_spare_follow(OcpnCtrl *c, OcpnFact norm);

/* sensor.c.  At power on; at a reset; from and to the state page of facts. */
void ocpn_sensors_init(OcpnCtrl *c);
void ocpn_sensors_reset(OcpnCtrl *c);
void ocpn_sensors_load(OcpnCtrl *c, const ImgFacts *p);
void ocpn_sensors_store(const OcpnCtrl *c, ImgFacts *p);

/* ramp.c.  The timer; no ramp any more; the action and what it shows. */
void ocpn_ramp_tick(OcpnCtrl *c);
/* When the temperature will be another one; UINT64_MAX: there is no ramp. */
uint64_t ocpn_ramp_next(const OcpnCtrl *c);
void ocpn_ramp_end(OcpnCtrl *c);
bool ocpn_ramp_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_ramp_show(OcpnCtrl *c, unsigned index, char line[OCPN_ACTION_TEXT]);
/* From and to the state page of facts. */
void ocpn_ramp_load(OcpnCtrl *c, const ImgFacts *p);
void ocpn_ramp_store(const OcpnCtrl *c, ImgFacts *p);

/* Main: from and to the state page of facts.  What cannot be is left out. */
void ocpn_health_load(OcpnCtrl *c, const ImgFacts *p);
void ocpn_health_store(OcpnCtrl *c, ImgFacts *p);
/* A row of happen.c. */
void ocpn_health_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                          uint64_t b);

#endif
