/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power states.
 * Implements: OCP Datacenter NVMe SSD, "Power", PWR-1, PWR-5, "DSSD Power
 * State", DSSDPSS-2, DSSDPSG-1, DSSDPSG-2, SMART-31; NVMe Base 2.0, "Power
 * Management".
 *
 * Feature C7h stores the watts that were set last, and 0 if Feature 02h was
 * set later: then its state counts.  The same holds for what is saved.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

/* 10 mW; the last one is idle. */
static const uint16_t factory[] = { 2500, 2000, 1600, 1400, 1200, 850, 500 };
#define NFACTORY    (sizeof(factory) / sizeof(factory[0]))

#define UNITS_PER_WH    (3600u * 100u)  /* of 10 mW s */

#define PS          FIELD_PUT(NVME_PM_PS, NVME_PM_PS_MASK)

static const uint16_t *table(const OcpnCtrl *c)
{
    return c->cfg.ocp.power[0] ? c->cfg.ocp.power : factory;
}

unsigned ocpn_power_states(const OcpnCtrl *c)
{
    unsigned n = 0;

    if (table(c) == factory) {
        return NFACTORY;
    }
    while (n < OCPN_POWER_STATES && c->cfg.ocp.power[n]) {
        n++;
    }
    return n;
}

uint16_t ocpn_power_max(const OcpnCtrl *c, unsigned ps)
{
    return table(c)[ps];
}

/* State 0 is where drives begin, so it is always one that works. */
bool ocpn_power_is_idle(const OcpnCtrl *c, unsigned ps)
{
    return ps && ocpn_power_max(c, ps) <= OCPN_IDLE_POWER;
}

unsigned ocpn_power_max_watts(const OcpnCtrl *c, unsigned ps)
{
    return (ocpn_power_max(c, ps) + 99u) / 100;
}

unsigned ocpn_power_min_watts(const OcpnCtrl *c)
{
    unsigned ps = ocpn_power_states(c) - 1;

    while (ocpn_power_is_idle(c, ps)) {
        ps--;
    }
    return ocpn_power_max_watts(c, ps);
}

unsigned ocpn_power_state_for(const OcpnCtrl *c, unsigned watts)
{
    unsigned ps = 0, n = ocpn_power_states(c);

    while (ps + 1 < n && ocpn_power_max_watts(c, ps) > watts) {
        ps++;
    }
    return ps;
}

unsigned ocpn_power_state(const OcpnCtrl *c)
{
    return c->power.state;
}

/* The feature's values, or NULL: this version has no such feature. */
static OcpnFeatureValue *values(OcpnCtrl *c, uint8_t fid)
{
    OcpnUuid uuid = fid == OCP_FID_POWER_STATE ? OCPN_UUID_OCP
                                               : OCPN_UUID_NONE;
    unsigned i;

    return ocpn_feature_find(c, fid, uuid, &i) ? &c->feature[i] : NULL;
}

/* The state a value of 02h means; what an image says may be none. */
static unsigned state_in(const OcpnCtrl *c, uint32_t value)
{
    unsigned ps = FIELD_GET(NVME_PM_PS, value);

    return ps < ocpn_power_states(c) ? ps : 0;
}

static bool is_watts(const OcpnCtrl *c, uint32_t value)
{
    return value >= ocpn_power_min_watts(c) && value < OCPN_DSSD_STATES;
}

uint32_t ocpn_power_watts(OcpnCtrl *c, unsigned sel, uint32_t value)
{
    const OcpnFeatureValue *v = values(c, NVME_FID_POWER_MGMT);
    unsigned ps = 0;

    if (is_watts(c, value)) {
        return value;
    }
    if (sel == NVME_FEAT_SEL_CURRENT) {
        ps = c->power.state;
    } else if (sel == NVME_FEAT_SEL_SAVED && v && v->has_saved) {
        ps = state_in(c, v->saved);
    }
    return ocpn_power_max_watts(c, ps);
}

void ocpn_power_by_state(OcpnCtrl *c, bool save)
{
    OcpnFeatureValue *v = values(c, OCP_FID_POWER_STATE);

    if (v) {
        v->now = 0;
    }
    if (v && save) {
        v->saved = 0;
        v->has_saved = true;
    }
}

void ocpn_power_by_watts(OcpnCtrl *c, unsigned watts, bool save)
{
    OcpnFeatureValue *v = values(c, NVME_FID_POWER_MGMT);

    if (v && save) {
        v->saved = (v->saved & ~PS) | ocpn_power_state_for(c, watts);
        v->has_saved = true;
    }
}

/* 10 mW s since power on. */
static uint64_t spent(OcpnCtrl *c)
{
    const OcpnPower *p = &c->power;
    uint64_t past = c->port.now(c->port.opaque) - p->since;

    return p->energy +
           past / NS_PER_S * ocpn_power_max(c, p->state) +
           past % NS_PER_S * ocpn_power_max(c, p->state) / NS_PER_S;
}

uint64_t ocpn_power_energy(OcpnCtrl *c)
{
    return c->power.known ? spent(c) / UNITS_PER_WH : 0;
}

/* SMART-31; a host that asks for other watts in the same state changes it. */
static void enter(OcpnCtrl *c, unsigned ps, unsigned watts)
{
    OcpnPower *p = &c->power;

    if (p->known && (p->state != ps || p->watts != watts)) {
        ocpn_fact_add(c, OCPN_FACT_POWER_CHANGES, 1);
    }
    p->energy = p->known ? spent(c) : 0;
    p->since = c->port.now(c->port.opaque);
    p->known = true;
    p->state = (uint8_t)ps;
    p->watts = (uint16_t)watts;
    if (!ocpn_power_is_idle(c, ps)) {
        p->awake = (uint8_t)ps;
    }
    ocpn_gate_set(c, OCPN_GATE_IDLE, ocpn_power_is_idle(c, ps));
}

void ocpn_power_apply(OcpnCtrl *c)
{
    OcpnFeatureValue *number = values(c, NVME_FID_POWER_MGMT);
    const OcpnFeatureValue *watts = values(c, OCP_FID_POWER_STATE);
    unsigned ps;

    if (!ocpn_ocp(c, OCP_1_0) || !number) {
        return;
    }
    ps = watts && is_watts(c, watts->now)
         ? ocpn_power_state_for(c, watts->now) : state_in(c, number->now);
    number->now = (number->now & ~PS) | FIELD_PUT(NVME_PM_PS, ps);
    enter(c, ps, watts && is_watts(c, watts->now)
                 ? watts->now : ocpn_power_max_watts(c, ps));
}

void ocpn_power_forget(OcpnCtrl *c)
{
    c->power.known = false;
}

void ocpn_power_wake(OcpnCtrl *c)
{
    ocpn_gate_set(c, OCPN_GATE_IDLE, false);
    atomic_store(&c->power.woken, true);
    ocpn_want_main(c);
}

void ocpn_power_run(OcpnCtrl *c)
{
    OcpnFeatureValue *number = values(c, NVME_FID_POWER_MGMT);

    if (atomic_exchange(&c->power.woken, false) && number &&
        ocpn_power_is_idle(c, c->power.state)) {
        number->now = (number->now & ~PS) |
                      FIELD_PUT(NVME_PM_PS, c->power.awake);
        ocpn_power_apply(c);
    }
}
