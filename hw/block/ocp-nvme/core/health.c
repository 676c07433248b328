/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Health: what follows from temperature, spare, wear and power-loss
 * protection.
 * Implements: NVMe Base 2.0, "SMART / Health Information".
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

const OcpnHealth *ocpn_health(const OcpnCtrl *c)
{
    return &c->health;
}

uint8_t ocpn_warnings(const OcpnCtrl *c)
{
    uint32_t limits = ocpn_feature_now(c, NVME_FID_TEMPERATURE,
                                       OCPN_UUID_NONE, NULL);
    uint16_t now = c->health.temperature;

    return now >= (limits & 0xffff) || now <= limits >> 16
           ? NVME_SMART_TEMPERATURE : 0;
}

void ocpn_health_init(OcpnCtrl *c)
{
    c->health = (OcpnHealth) {
        .temperature = OCPN_TEMPERATURE,
        .spare = OCPN_SPARE,
    };
}

void ocpn_health_update(OcpnCtrl *c)
{
    (void)c;
}

void ocpn_set_temperature(OcpnCtrl *c, uint16_t kelvin)
{
    c->health.temperature = kelvin;
    ocpn_health_update(c);
}

void ocpn_set_spare(OcpnCtrl *c, uint8_t percent)
{
    c->health.spare = percent;
    ocpn_health_update(c);
}

void ocpn_set_used(OcpnCtrl *c, uint8_t percent)
{
    c->health.used = percent;
    ocpn_health_update(c);
}

void ocpn_set_plp(OcpnCtrl *c, OcpnPlp state)
{
    c->health.plp = (uint8_t)state;
    ocpn_health_update(c);
}

void ocpn_set_incomplete(OcpnCtrl *c, bool incomplete)
{
    c->health.incomplete = incomplete;
    ocpn_health_update(c);
}

void ocpn_force_warnings(OcpnCtrl *c, uint8_t bits)
{
    c->health.forced = bits;
    ocpn_health_update(c);
}
