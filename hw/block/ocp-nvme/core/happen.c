/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who listens to what happens.
 */
#include "ctrl-int.h"
#include "protect-int.h"

/* A new one is declared in its core/<part>-int.h. */
static const struct {
    OcpnListener hear;
    bool         further;       /* of what happens to others than the first */
} listeners[] = {
    { ocpn_facts_happened, false },
    { ocpn_firmware_happened, false },
    { ocpn_health_happened, true },
    { ocpn_latency_happened, true },
    { ocpn_ocp_events, false },
    { ocpn_pel_happened, false },
    { ocpn_protect_heard, false },
    { ocpn_self_test_happened, false },
    { ocpn_record, true },
    /* Last: what they cause comes after. */
    { ocpn_power_cut_heard, false },
    { ocpn_panic_heard, true },
};

void ocpn_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b)
{
    for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
        if (!c->subsys.further || listeners[i].further) {
            listeners[i].hear(c, what, a, b);
        }
    }
}
