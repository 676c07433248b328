/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw health: fields of pages are what knobs say, and nothing follows from
 * them.
 * Implements: docs/ocp.rst, "Knobs", raw; OCP Datacenter NVMe SSD has none.
 *
 * Normalised fields stand still, as facts do that were set by hand; all else
 * that would follow asks for ->health.raw.
 */
#include "ctrl-int.h"

/* What is computed from other facts that knobs set. */
static const OcpnFact derived[] = {
    OCPN_FACT_BAD_USER_NORM, OCPN_FACT_BAD_SYSTEM_NORM, OCPN_FACT_DIES_BAD,
    OCPN_FACT_DIES_BAD_NORM, OCPN_FACT_SYSTEM_PROGRAM_NORM,
    OCPN_FACT_SYSTEM_READ_NORM, OCPN_FACT_SYSTEM_ERASE_NORM,
};

static void hold(OcpnCtrl *c, bool still)
{
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++) {
        if (still) {
            ocpn_fact_set_wide(c, derived[i], ocpn_fact_wide(c, derived[i]));
        } else {
            ocpn_fact_follow(c, derived[i]);
        }
    }
}

uint16_t ocpn_raw(OcpnCtrl *c)
{
    return c->health.raw;
}

/* It has changed meanwhile, from WAS. */
static void follow_norm(OcpnCtrl *c, OcpnFact norm, uint64_t was)
{
    if (ocpn_fact(c, norm) != was) {
        ocpn_spare_follow(c, norm);
    }
}

/* What had no consequences has them now, as if it was set just now. */
static void derive(OcpnCtrl *c)
{
    uint64_t user = ocpn_fact(c, OCPN_FACT_BAD_USER_NORM);
    uint64_t system = ocpn_fact(c, OCPN_FACT_BAD_SYSTEM_NORM);
    uint16_t kelvin = c->health.temperature;

    hold(c, false);
    follow_norm(c, OCPN_FACT_BAD_USER_NORM, user);
    follow_norm(c, OCPN_FACT_BAD_SYSTEM_NORM, system);
    c->health.temperature = OCPN_TEMPERATURE;
    ocpn_temperature_at(c, kelvin, c->port.now(c->port.opaque));
}

void ocpn_set_raw(OcpnCtrl *c, uint16_t raw)
{
    uint32_t ignored;

    if (c->health.raw == raw) {
        return;
    }
    ocpn_hot_minutes(c, &ignored, &ignored);    /* up to now */
    c->health.raw = raw;
    if (raw) {
        hold(c, true);
        ocpn_health_update(c);
    } else {
        derive(c);
    }
}

/* Facts that stood still do so again; they have their values. */
void ocpn_raw_reset(OcpnCtrl *c)
{
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++) {
        c->facts.fixed[derived[i]] |= c->health.raw;
    }
}

/* The images may not be this drive's yet: nothing is written. */
void ocpn_raw_init(OcpnCtrl *c)
{
    if (c->health.raw) {
        c->health.raw = false;
        hold(c, false);
    }
}
