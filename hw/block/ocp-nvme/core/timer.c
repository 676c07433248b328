/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers: what each calls, and the port's one clock for all of them.
 */
#include "ctrl-int.h"

/* A new one is declared in its core/<part>-int.h. */
static void (*const rows[OCPN_TIMER_N])(OcpnCtrl *c) = {
    [OCPN_TIMER_SMART] = ocpn_facts_tick,
    [OCPN_TIMER_LATENCY] = ocpn_latency_tick,
    [OCPN_TIMER_PLP] = ocpn_plp_tick,
    [OCPN_TIMER_FIRMWARE] = ocpn_firmware_finish,
    [OCPN_TIMER_PEL] = ocpn_pel_tick,
    [OCPN_TIMER_AEN] = ocpn_aen_tick,
    [OCPN_TIMER_LAG] = ocpn_lag_tick,
    [OCPN_TIMER_RAMP] = ocpn_ramp_tick,
    [OCPN_TIMER_SELF_TEST] = ocpn_self_test_tick,
    [OCPN_TIMER_INJECT] = ocpn_inject_due,
    [OCPN_TIMER_SANITIZE] = ocpn_sanitize_tick,
    [OCPN_TIMER_FORMAT] = ocpn_format_run,
};

/* Wake main for the first one. */
static void arm(OcpnCtrl *c)
{
    uint64_t first = UINT64_MAX;

    for (unsigned i = 0; i < OCPN_TIMER_N; i++) {
        uint64_t at = ocpn_timer_when(c, (OcpnTimer)i);

        first = at < first ? at : first;
    }
    c->port.wake_at(c->port.opaque, first);
}

void ocpn_timers_rearm(OcpnCtrl *c)
{
    arm(c);
}

void ocpn_timer_at(OcpnCtrl *c, OcpnTimer timer, uint64_t ns)
{
    uint64_t at = ns == UINT64_MAX ? 0 : ns + !ns;

    if (at || c->timer[timer]) {
        c->timer[timer] = at;
        arm(c);
    }
}

void ocpn_timer_in(OcpnCtrl *c, OcpnTimer timer, uint64_t ns)
{
    uint64_t now = c->port.now(c->port.opaque);

    ocpn_timer_at(c, timer, ns < UINT64_MAX - now ? now + ns : UINT64_MAX);
}

uint64_t ocpn_timer_when(const OcpnCtrl *c, OcpnTimer timer)
{
    return c->timer[timer] ? c->timer[timer] : UINT64_MAX;
}

void ocpn_timers_run(OcpnCtrl *c)
{
    uint64_t now = 0;

    for (unsigned i = 0; i < OCPN_TIMER_N; i++) {
        if (!c->timer[i]) {
            continue;
        }
        now = now ? now : c->port.now(c->port.opaque);
        if (c->timer[i] > now) {
            continue;
        }
        c->timer[i] = 0;
        if (rows[i]) {
            rows[i](c);
        }
        arm(c);
    }
}
