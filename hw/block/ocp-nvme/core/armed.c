/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What knobs have armed: see armed-int.h.
 * Implements: docs/ocp.rst, "Knobs"; OCP Datacenter NVMe SSD has none.
 *
 * An event that is lost was sent as far as the drive knows, so it does not
 * come again before its page is read.
 */
#include "ctrl-int.h"
#include "dice-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"

void ocpn_aen_flood(OcpnCtrl *c, uint16_t rate)
{
    c->armed.aen_rate = rate;
    ocpn_timer_in(c, OCPN_TIMER_AEN, rate ? NS_PER_S / rate : UINT64_MAX);
}

/* One that came late does not make up for it. */
void ocpn_aen_tick(OcpnCtrl *c)
{
    ocpn_aen_flood(c, c->armed.aen_rate);
    ocpn_event_now(c, NVME_AET_VENDOR, 0, OCP_LID_SMART);
}

void ocpn_aen_lose(OcpnCtrl *c, uint16_t n, uint8_t percent)
{
    c->armed.aen_drop = n;
    c->armed.aen_percent = percent;
    c->armed.dice = c->cfg.ocp.seed;
}

bool ocpn_aen_is_lost(OcpnCtrl *c)
{
    OcpnArmed *a = &c->armed;

    if (a->aen_drop) {
        a->aen_drop--;
        ocpn_facts_dirty(c);
        return true;
    }
    return a->aen_percent &&
           (ocpn_dice(&a->dice) >> 32) * 100 >> 32 < a->aen_percent;
}

void ocpn_armed_init(OcpnCtrl *c)
{
    ocpn_aen_flood(c, 0);
    ocpn_lag_set(c, 0);
    c->armed = (OcpnArmed) { 0 };
}

void ocpn_armed_load(OcpnCtrl *c, const ImgFacts *p)
{
    uint16_t rate = from_le16(p->aen_rate);

    c->armed = (OcpnArmed) {
        .aen_drop = from_le16(p->aen_drop),
        .aen_percent = p->aen_percent <= 100 ? p->aen_percent : 0,
        .dice = from_le64(p->dice),
    };
    ocpn_aen_flood(c, rate <= OCPN_AEN_RATE_MAX ? rate : 0);
}

void ocpn_armed_store(const OcpnCtrl *c, ImgFacts *p)
{
    p->aen_rate = to_le16(c->armed.aen_rate);
    p->aen_drop = to_le16(c->armed.aen_drop);
    p->aen_percent = c->armed.aen_percent;
    p->dice = to_le64(c->armed.dice);
}
