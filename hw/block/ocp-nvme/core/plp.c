/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power-loss protection: health checks, and write-through mode.
 * Implements: OCP Datacenter NVMe SSD, PLP-2, PLP-3, ROWTM-1, SMART-19, "PLP
 * Health Check Interval", "EOL/PLP Failure Mode".
 *
 * What protection that has failed means for critical warnings, events and the
 * gate for writes is in health.c.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/ocp.h"

#define MINUTE_MS       UINT64_C(60000)

OcpnPlpMode ocpn_plp_mode(const OcpnCtrl *c)
{
    uint32_t value = ocpn_feature_now(c, OCP_FID_PLP_MODE, OCPN_UUID_OCP,
                                      NULL) >> OCP_PLP_MODE_SHIFT;

    return value ? (OcpnPlpMode)value : OCPN_PLP_READ_ONLY;
}

static bool failed_in(const OcpnCtrl *c, OcpnPlpMode mode)
{
    return ocpn_ocp(c, OCP_1_0) && c->health.plp == OCPN_PLP_FAILED &&
           !c->health.raw && ocpn_plp_mode(c) == mode;
}

bool ocpn_plp_read_only(const OcpnCtrl *c)
{
    return failed_in(c, OCPN_PLP_READ_ONLY);
}

bool ocpn_plp_exposed(const OcpnCtrl *c)
{
    return failed_in(c, OCPN_PLP_NORMAL);
}

void ocpn_plp_restore(OcpnCtrl *c)
{
    c->capacitors.through = failed_in(c, OCPN_PLP_WRITE_THROUGH);
    ocpn_write_through_update(c);
    ocpn_unprotected_restore(c);
}

/* What a host has written before must not wait for a shutdown, either. */
void ocpn_plp_update(OcpnCtrl *c)
{
    bool was = c->capacitors.through, now;

    ocpn_plp_restore(c);
    ocpn_unprotected_update(c);
    now = c->capacitors.through && c->state == OCPN_READY;
    for (uint32_t i = 1; now && !was && i <= OCPN_MAX_NS; i++) {
        if (c->root[i]) {
            ocpn_store_flush(&c->root[i]->store);
        }
    }
}

void ocpn_set_capacitors(OcpnCtrl *c, uint16_t percent)
{
    c->capacitors.percent = percent < UINT16_MAX ? percent : UINT16_MAX - 1;
    c->capacitors.news = true;
}

void ocpn_plp_check(OcpnCtrl *c)
{
    OcpnPlp found = c->capacitors.percent ? OCPN_PLP_OK : OCPN_PLP_FAILED;

    if (!c->capacitors.news) {
        return;
    }
    c->capacitors.news = false;
    ocpn_fact_set(c, OCPN_FACT_CAPACITOR, c->capacitors.percent);
    ocpn_set_plp(c, found);
}

void ocpn_plp_power_on(OcpnCtrl *c)
{
    ocpn_plp_check(c);
    ocpn_plp_restore(c);
}

static uint64_t minute_ns(const OcpnCtrl *c)
{
    return (c->cfg.ocp.plp_ms ? c->cfg.ocp.plp_ms : MINUTE_MS) * NS_PER_MS;
}

void ocpn_plp_tick(OcpnCtrl *c)
{
    ocpn_plp_check(c);
    ocpn_timer_in(c, OCPN_TIMER_PLP, c->capacitors.minutes * minute_ns(c));
}

/* A reset, which sets the same again, does not put the next check off. */
void ocpn_plp_set_interval(OcpnCtrl *c, uint16_t minutes)
{
    if (minutes == c->capacitors.minutes) {
        return;
    }
    c->capacitors.minutes = minutes;
    if (minutes) {
        ocpn_timer_in(c, OCPN_TIMER_PLP, minutes * minute_ns(c));
    } else {
        ocpn_timer_at(c, OCPN_TIMER_PLP, UINT64_MAX);
    }
}
