/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Health: what follows from temperature, spare, wear and power-loss
 * protection.
 * Implements: NVMe Base 2.0, "SMART / Health Information"; OCP Datacenter NVMe
 * SSD, TTHROTTLE-1..3, THRMS-1, EOL-3..5, ROWTM-1, PLP, STD-LOG-2..4.
 *
 * A setter changes one thing; ocpn_health_update() then finds which warnings
 * apply, tells the host those that are new, and opens or closes the gate for
 * writes.  Throttling, and all but the temperature, is of OCP drives.
 *
 * Thread: main.
 */
#include "ctrl-int.h"
#include "health-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

#define ZERO_CELSIUS    273u
#define RATED           100u    /* percent of the endurance */

#define RELIABILITY_BITS (NVME_SMART_RELIABILITY | NVME_SMART_READ_ONLY | \
                          NVME_SMART_BACKUP | NVME_SMART_PMR)
#define ALL_BITS    (RELIABILITY_BITS | NVME_SMART_SPARE | \
                     NVME_SMART_TEMPERATURE)

const OcpnHealth *ocpn_health(const OcpnCtrl *c)
{
    return &c->health;
}

static bool is_beyond(uint16_t now, uint32_t limits)
{
    return now >= (limits & 0xffff) || now <= limits >> 16;
}

static bool too_hot_or_cold(const OcpnCtrl *c)
{
    bool beyond = c->health.throttle ||
                  is_beyond(c->health.temperature,
                            ocpn_feature_now(c, NVME_FID_TEMPERATURE,
                                             OCPN_UUID_NONE, NULL));

    for (uint32_t i = 0; i < OCPN_NSENSORS; i++) {
        beyond |= ocpn_sensor(c, i) &&
                  is_beyond(ocpn_sensor(c, i), c->hot.limits[i]);
    }
    return beyond;
}

/* EOL-5; section 2.4 of the specification's feature C2h. */
static bool is_read_only(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_1_0) && !c->health.raw &&
           (!c->health.spare || ocpn_plp_read_only(c));
}

uint8_t ocpn_warnings(const OcpnCtrl *c)
{
    const OcpnHealth *h = &c->health;
    uint8_t bits = h->forced | (h->incomplete ? NVME_SMART_READ_ONLY : 0);

    if (h->raw) {
        return bits;
    }
    bits |= too_hot_or_cold(c) ? NVME_SMART_TEMPERATURE : 0;
    bits |= h->spare < ocpn_thresholds(c).spare ? NVME_SMART_SPARE : 0;
    bits |= h->spare == 0 ? NVME_SMART_RELIABILITY : 0;
    bits |= h->plp == OCPN_PLP_FAILED ? NVME_SMART_BACKUP : 0;
    bits |= is_read_only(c) ? NVME_SMART_READ_ONLY : 0;
    return bits;
}

uint8_t ocpn_endgrp_warnings(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_1_0)
           ? ocpn_warnings(c) & (NVME_SMART_SPARE | NVME_SMART_RELIABILITY |
                                 NVME_SMART_READ_ONLY) : 0;
}

/*
 * Feature 0Bh has a bit for each warning, an event has several warnings.
 * A host is told what it was not told yet.
 */
static void raise(OcpnCtrl *c, uint8_t now)
{
    uint8_t news = now & (uint8_t)~c->health.told;
    uint32_t enabled = ocpn_feature_now(c, NVME_FID_ASYNC_EVENT,
                                        OCPN_UUID_NONE, NULL);

    c->health.told = now;
    if (news & enabled & RELIABILITY_BITS) {
        ocpn_event(c, NVME_AET_SMART, NVME_AEI_SMART_RELIABILITY,
                   NVME_LID_SMART);
    }
    if (news & NVME_SMART_SPARE) {
        ocpn_event(c, NVME_AET_SMART, NVME_AEI_SMART_SPARE, NVME_LID_SMART);
    }
    if (news & NVME_SMART_TEMPERATURE) {
        ocpn_event(c, NVME_AET_SMART, NVME_AEI_SMART_TEMPERATURE,
                   NVME_LID_SMART);
    }
}

/* EOL-3, EOL-4: the host is told, and may go on. */
static void check_wear(OcpnCtrl *c)
{
    uint64_t used = ocpn_ocp(c, OCP_1_0) ? ocpn_wear_percent(c) : 0;

    if (used > c->health.used) {
        c->health.used = used < UINT8_MAX ? (uint8_t)used : UINT8_MAX;
    }
    if (c->health.used >= RATED && !c->health.told_used) {
        ocpn_subsys_event(c, NVME_AET_SMART, NVME_AEI_SMART_RELIABILITY,
                          NVME_LID_SMART);
    }
    c->health.told_used = c->health.used >= RATED;
}

void ocpn_health_update(OcpnCtrl *c)
{
    uint8_t was = c->health.told, now = ocpn_warnings(c);
    OcpnCtrl *m;

    if (!c->health.raw) {
        check_wear(c);
    }
    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        raise(m, now);
    }
    ocpn_gate_set(c, OCPN_GATE_READ_ONLY, is_read_only(c));
    ocpn_plp_update(c);
    if (now != was) {
        ocpn_happened(c, OCPN_HAP_WARNING, now, was);
    }
}

void ocpn_health_tell(OcpnCtrl *c, uint8_t bits)
{
    c->health.told &= (uint8_t)~bits;
    ocpn_health_update(c);
}

/* SLOG-11: a change of health is in the image at once. */
static void changed(OcpnCtrl *c)
{
    ocpn_health_update(c);
    ocpn_facts_dirty(c);
}

/* Time at the temperature there was; no more than a ramp leaves it there. */
static void pass_time(OcpnCtrl *c, uint64_t now)
{
    uint64_t past, end = ocpn_ramp_next(c);
    OcpnThresholds t = ocpn_thresholds(c);

    now = now < end ? now : end;
    now = now > c->hot.since ? now : c->hot.since;
    past = c->health.raw ? 0 : now - c->hot.since;
    if (c->health.temperature >= t.critical) {
        c->hot.critical_ns += past;
    } else if (c->health.temperature >= t.warning) {
        c->hot.warning_ns += past;
    }
    c->hot.since = now;
}

static uint32_t minutes(uint64_t ns)
{
    return ns / NS_PER_MINUTE < UINT32_MAX ? (uint32_t)(ns / NS_PER_MINUTE)
                                           : UINT32_MAX;
}

void ocpn_hot_minutes(OcpnCtrl *c, uint32_t *warning, uint32_t *critical)
{
    pass_time(c, c->port.now(c->port.opaque));
    *warning = minutes(c->hot.warning_ns);
    *critical = minutes(c->hot.critical_ns);
}

void ocpn_health_init(OcpnCtrl *c)
{
    ocpn_sensors_init(c);
    ocpn_raw_init(c);
    c->health.temperature = OCPN_TEMPERATURE;
    c->health.throttle = 0;
    c->health.forced = 0;
    c->health.told = 0;
    c->health.told_used = false;
    c->hot.off = false;
    c->hot.since = c->port.now(c->port.opaque);
    ocpn_ramp_end(c);
    ocpn_armed_init(c);
}

/*
 * THRMS-1: nothing is lost, but only a drive that has cooled down can be
 * enabled again.
 */
static void switch_off(OcpnCtrl *c)
{
    OcpnCtrl *m;

    c->hot.off = true;
    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        if (m->state != OCPN_READY) {
            continue;
        }
        m->marked_open = false;     /* power may go now */
        if (m->shutdown == OCPN_SHUT_NONE) {
            ocpn_shutdown_begin(m);
        }
        atomic_store(&m->fatal, true);
        ocpn_want_main(m);
    }
}

/* TTHROTTLE-2: throttling begins at 77 degrees and ends below 75. */
static void throttle(OcpnCtrl *c)
{
    OcpnThresholds t = ocpn_thresholds(c);
    uint16_t now = c->health.temperature;
    uint8_t was = c->health.throttle;

    if (now >= t.throttle_on) {
        c->health.throttle = 1;
    } else if (now < t.throttle_off) {
        c->health.throttle = 0;
    }
    if (c->health.throttle > was) {
        ocpn_fact_add(c, OCPN_FACT_THROTTLE_EVENTS, 1);
    }
    if (c->health.throttle != was) {
        ocpn_happened(c, OCPN_HAP_THROTTLE, c->health.throttle, was);
    }
}

static void note_most(OcpnCtrl *c, uint16_t kelvin)
{
    uint16_t celsius = kelvin > ZERO_CELSIUS
                       ? (uint16_t)(kelvin - ZERO_CELSIUS) : 0;

    if (celsius > ocpn_fact(c, OCPN_FACT_MAX_TEMPERATURE)) {
        ocpn_fact_set(c, OCPN_FACT_MAX_TEMPERATURE, celsius);
    }
}

void ocpn_temperature_at(OcpnCtrl *c, uint16_t kelvin, uint64_t ns)
{
    uint16_t was = c->health.temperature;
    uint8_t throttled = c->health.throttle;
    OcpnThresholds t = ocpn_thresholds(c);
    bool critical = was < t.critical && kelvin >= t.critical;

    pass_time(c, ns);
    c->health.temperature = kelvin;
    if (c->health.raw) {
        changed(c);
        return;
    }
    if (ocpn_ocp(c, OCP_1_0)) {
        throttle(c);
        note_most(c, kelvin);
        c->hot.off = c->hot.off && kelvin >= t.throttle_off;
    }
    if (kelvin != was) {
        ocpn_happened(c, OCPN_HAP_TEMPERATURE, kelvin, was);
    }
    changed(c);
    if (critical || throttled > c->health.throttle) {
        ocpn_subsys_event(c, NVME_AET_SMART, NVME_AEI_SMART_TEMPERATURE,
                          NVME_LID_SMART);
    }
    if (critical && c->cfg.ocp.thermal_shutdown && ocpn_ocp(c, OCP_1_0)) {
        switch_off(c);
    }
}

void ocpn_set_temperature(OcpnCtrl *c, uint16_t kelvin)
{
    ocpn_ramp_end(c);
    ocpn_temperature_at(c, kelvin, c->port.now(c->port.opaque));
}

void ocpn_set_spare(OcpnCtrl *c, uint8_t percent)
{
    c->health.spare = percent < OCPN_SPARE ? percent : OCPN_SPARE;
    changed(c);
}

void ocpn_set_used(OcpnCtrl *c, uint8_t percent)
{
    c->health.used = percent;
    changed(c);
}

/* SMART-19: what a health check of the capacitors would have found. */
void ocpn_set_plp(OcpnCtrl *c, OcpnPlp state)
{
    c->health.plp = (uint8_t)state;
    if (state == OCPN_PLP_FAILED) {
        ocpn_fact_set(c, OCPN_FACT_CAPACITOR, 0);
    } else if (!ocpn_fact(c, OCPN_FACT_CAPACITOR)) {
        ocpn_fact_set(c, OCPN_FACT_CAPACITOR, 100);
    }
    changed(c);
}

void ocpn_set_incomplete(OcpnCtrl *c, bool incomplete)
{
    c->health.incomplete = incomplete;
    changed(c);
}

void ocpn_force_warnings(OcpnCtrl *c, uint8_t bits)
{
    c->health.forced = bits & ALL_BITS;
    changed(c);
}

/* A reset made the host forget what it was told. */
void ocpn_health_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                          uint64_t b)
{
    (void)a;
    (void)b;
    if (what == OCPN_HAP_RESET && c->subsys.further) {
        c->health.told = 0;
        raise(c, ocpn_warnings(ocpn_subsys(c)));
    } else if (what == OCPN_HAP_RESET) {
        ocpn_sensors_reset(c);
        c->health.told_used = false;
        ocpn_health_tell(c, ALL_BITS);
    }
}

void ocpn_health_load(OcpnCtrl *c, const ImgFacts *p)
{
    uint16_t kelvin = from_le16(p->temperature);
    uint8_t lost = p->spare_lost < OCPN_SPARE ? p->spare_lost : OCPN_SPARE;
    uint64_t most = UINT64_MAX / NS_PER_MS;

    c->health = (OcpnHealth) {
        .temperature = kelvin ? kelvin : OCPN_TEMPERATURE,
        .throttle = p->throttle <= 3 ? p->throttle : 0,
        .spare = (uint8_t)(OCPN_SPARE - lost),
        .used = p->used,
        .plp = p->plp <= OCPN_PLP_FAILED ? p->plp : OCPN_PLP_OK,
        .incomplete = p->incomplete == 1,
        .raw = p->raw == 1,
        .forced = p->forced & ALL_BITS,
        .told = p->told & ALL_BITS,
        .told_used = p->told_used == 1,
    };
    c->hot = (OcpnHot) {
        .off = p->off == 1,
        .since = c->port.now(c->port.opaque),
        .warning_ns = from_le64(p->warning_ms) < most
                      ? from_le64(p->warning_ms) * NS_PER_MS : 0,
        .critical_ns = from_le64(p->critical_ms) < most
                       ? from_le64(p->critical_ms) * NS_PER_MS : 0,
    };
    c->format.ms = from_le16(p->format_ms);
    c->opal = p->opal == OCPN_OPAL_ACTIVATED ? OCPN_OPAL_ACTIVATED
                                             : OCPN_OPAL_INACTIVE;
    ocpn_sensors_load(c, p);
    ocpn_ramp_load(c, p);
    ocpn_armed_load(c, p);
    ocpn_gate_set(c, OCPN_GATE_READ_ONLY, is_read_only(c));
    ocpn_plp_restore(c);
}

void ocpn_health_store(OcpnCtrl *c, ImgFacts *p)
{
    const OcpnHealth *h = &c->health;

    pass_time(c, c->port.now(c->port.opaque));
    p->spare_lost = (uint8_t)(OCPN_SPARE - h->spare);
    p->used = h->used;
    p->plp = h->plp;
    p->incomplete = h->incomplete;
    p->throttle = h->throttle;
    p->raw = h->raw;
    p->forced = h->forced;
    p->told = h->told;
    p->off = c->hot.off;
    p->temperature = to_le16(h->temperature);
    p->told_used = h->told_used;
    p->warning_ms = to_le64(c->hot.warning_ns / NS_PER_MS);
    p->critical_ms = to_le64(c->hot.critical_ns / NS_PER_MS);
    p->opal = c->opal;
    p->format_ms = to_le16(c->format.ms);
    ocpn_sensors_store(c, p);
    ocpn_ramp_store(c, p);
    ocpn_armed_store(c, p);
}
