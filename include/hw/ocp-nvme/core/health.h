/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drive's health: temperature, spare, wear, the power-loss protection, and
 * the critical warnings that follow from them.  What changes here raises the
 * asynchronous events, closes gates and counts facts that belong to it.
 * NVMe Base 2.0, "SMART / Health Information"; OCP Datacenter NVMe SSD,
 * TTHROTTLE, EOL, PLP.
 */
#ifndef HW_OCP_NVME_CORE_HEALTH_H
#define HW_OCP_NVME_CORE_HEALTH_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/ocp.h"

#define OCPN_TEMPERATURE    310u    /* kelvin, composite, at power on */
/* What properties leave as it is; see ocpn_thresholds(). */
#define OCPN_WCTEMP         350u    /* warning */
#define OCPN_HEATED         350u    /* throttling begins */
#define OCPN_COOL           348u    /* below it throttling ends */
#define OCPN_CCTEMP         358u    /* critical */
#define OCPN_MNTMT          313u    /* HCTM: from here to the critical one */

/* Sensors of OCP drives at most; two are there unless they are set. */
#define OCPN_NSENSORS       8u
/* Over in bits 15:0, under in 31:16; without a host's doing. */
#define OCPN_SENSOR_LIMITS  UINT32_C(0xffff)

#define OCPN_SPARE          100u    /* percent of what there was */
#define OCPN_SPARE_LIMIT    10u     /* percent: below it a warning */

typedef enum OcpnPlp { OCPN_PLP_OK, OCPN_PLP_DEGRADED, OCPN_PLP_FAILED }
    OcpnPlp;

/* Frozen into one struct; zeros and what ocpn_health_init() makes of it. */
typedef struct OcpnHealth {
    uint16_t temperature;       /* kelvin */
    uint8_t  throttle;          /* 0: no; 1..3 */
    uint8_t  spare;             /* percent */
    uint8_t  used;              /* percent of the rated endurance, 0..255 */
    uint8_t  plp;               /* OcpnPlp */
    bool     incomplete;        /* data were lost at power off: not recovered */
    bool     raw;               /* nothing follows from any of them */
    uint8_t  forced;            /* critical warnings that are set anyhow */
    uint8_t  told;              /* critical warnings that were reported */
    bool     told_used;         /* that the rated endurance is used up */
} OcpnHealth;

/* As configured, all there.  Any thread. */
OcpnThresholds ocpn_thresholds(const OcpnCtrl *c);

/* Main, all of them. */
const OcpnHealth *ocpn_health(const OcpnCtrl *c);
/* Bits NVME_SMART_ of Critical Warning that apply now. */
uint8_t ocpn_warnings(const OcpnCtrl *c);

/* The same, as endurance group 1 tells it; 0: there is no such group. */
uint8_t ocpn_endgrp_warnings(const OcpnCtrl *c);

/* Kelvin at sensor I, from 0 on; 0: there is no such sensor. */
uint16_t ocpn_sensor(const OcpnCtrl *c, uint32_t i);
/* Has nobody set it?  I: below OCPN_NSENSORS. */
bool ocpn_sensor_follows(const OcpnCtrl *c, uint32_t i);
/* It stays at KELVIN, 1 to 65534; 0: there is no such sensor. */
void ocpn_sensor_set(OcpnCtrl *c, uint32_t i, uint16_t kelvin);
/* It follows the temperature, if it is 0 or 1; else it is not there. */
void ocpn_sensor_follow(OcpnCtrl *c, uint32_t i);
/* Its thresholds (feature 04h), until a reset.  I is one there is. */
uint32_t ocpn_sensor_limits(const OcpnCtrl *c, uint32_t i);
void ocpn_sensor_limits_set(OcpnCtrl *c, uint32_t i, uint32_t limits);

void ocpn_health_init(OcpnCtrl *c);     /* power on */
/* Something a warning or a gate depends on has changed. */
void ocpn_health_update(OcpnCtrl *c);
/* Warnings BITS that apply are news to the host, even if it knows them. */
void ocpn_health_tell(OcpnCtrl *c, uint8_t bits);

/* Minutes at WCTEMP or above but below CCTEMP, and at CCTEMP or above. */
void ocpn_hot_minutes(OcpnCtrl *c, uint32_t *warning, uint32_t *critical);

/* From now on; a ramp there is ends. */
void ocpn_set_temperature(OcpnCtrl *c, uint16_t kelvin);
/*
 * Kelvin of TEXT: a number, or degrees Celsius with a C behind them, such as
 * 85C.  0: it is none from 1 to 65535 kelvin.  Any thread.
 */
uint16_t ocpn_kelvin(const char *text);
/* At 0 the drive is read-only. */
void ocpn_set_spare(OcpnCtrl *c, uint8_t percent);
void ocpn_set_used(OcpnCtrl *c, uint8_t percent);
void ocpn_set_plp(OcpnCtrl *c, OcpnPlp state);
void ocpn_set_incomplete(OcpnCtrl *c, bool incomplete);
void ocpn_force_warnings(OcpnCtrl *c, uint8_t bits);

#endif
