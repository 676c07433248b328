/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who listens to what happens.
 */
#include "ctrl-int.h"
#include "protect-int.h"

/* A new one is declared in its core/<part>-int.h. */
static const OcpnListener listeners[] = {
    ocpn_facts_happened,
    ocpn_firmware_happened,
    ocpn_health_happened,
    ocpn_latency_happened,
    ocpn_ocp_events,
    ocpn_pel_happened,
    ocpn_protect_heard,
    ocpn_self_test_happened,
    ocpn_record,
    ocpn_panic_heard,           /* last: what it causes comes after */
};

void ocpn_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b)
{
    for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
        listeners[i](c, what, a, b);
    }
}
