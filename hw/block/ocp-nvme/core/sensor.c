/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temperature sensors of OCP drives, and their thresholds.
 * Implements: OCP Datacenter NVMe SSD, TRPT-1; NVMe Base 2.0, "SMART / Health
 * Information", Temperature Sensor 1 to 8, "Temperature Threshold".
 *
 * Two sensors follow the composite temperature: one is as hot, and one is a
 * little cooler.  One that was set stays where it is, and does not move the
 * composite temperature.
 *
 * Thread: main.
 */
#include "ctrl-int.h"

#define FOLLOWS 0u              /* or is not there */
#define ABSENT  UINT16_MAX

uint16_t ocpn_sensor(const OcpnCtrl *c, uint32_t i)
{
    static const uint8_t cooler[] = { 0, 5 };
    uint16_t now = c->health.temperature;

    if (i >= OCPN_NSENSORS || !ocpn_ocp(c, OCP_1_0) ||
        c->hot.sensor[i] == ABSENT) {
        return 0;
    }
    if (c->hot.sensor[i] != FOLLOWS) {
        return c->hot.sensor[i];
    }
    if (i >= sizeof(cooler)) {
        return 0;
    }
    return now > cooler[i] ? (uint16_t)(now - cooler[i]) : 1;
}

bool ocpn_sensor_follows(const OcpnCtrl *c, uint32_t i)
{
    return c->hot.sensor[i] == FOLLOWS;
}

void ocpn_sensor_set(OcpnCtrl *c, uint32_t i, uint16_t kelvin)
{
    c->hot.sensor[i] = kelvin ? kelvin : ABSENT;
    ocpn_health_update(c);
    ocpn_facts_dirty(c);
}

void ocpn_sensor_follow(OcpnCtrl *c, uint32_t i)
{
    c->hot.sensor[i] = FOLLOWS;
    ocpn_health_update(c);
    ocpn_facts_dirty(c);
}

uint32_t ocpn_sensor_limits(const OcpnCtrl *c, uint32_t i)
{
    return c->hot.limits[i];
}

void ocpn_sensor_limits_set(OcpnCtrl *c, uint32_t i, uint32_t limits)
{
    c->hot.limits[i] = limits;
}

void ocpn_sensors_reset(OcpnCtrl *c)
{
    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        c->hot.limits[i] = OCPN_SENSOR_LIMITS;
    }
}

void ocpn_sensors_init(OcpnCtrl *c)
{
    ocpn_sensors_reset(c);
    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        c->hot.sensor[i] = FOLLOWS;
    }
}

void ocpn_sensors_load(OcpnCtrl *c, const ImgFacts *p)
{
    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        c->hot.limits[i] = from_le32(p->limits[i]) ^ OCPN_SENSOR_LIMITS;
        c->hot.sensor[i] = from_le16(p->sensor[i]);
    }
}

void ocpn_sensors_store(const OcpnCtrl *c, ImgFacts *p)
{
    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        p->limits[i] = to_le32(c->hot.limits[i] ^ OCPN_SENSOR_LIMITS);
        p->sensor[i] = to_le16(c->hot.sensor[i]);
    }
}
