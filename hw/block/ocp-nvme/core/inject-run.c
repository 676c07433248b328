/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors: what commands that met one leave to main.
 * Implements: OCP Datacenter NVMe SSD, ERRI-6, NRTDP.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/core/panic.h"

void ocpn_inject_tell(OcpnCtrl *c)
{
    atomic_store(&c->inject.news, true);
    ocpn_want_main(c);
}

void ocpn_inject_fired(OcpnCtrl *c, const OcpnFaultRule *rule)
{
    if (rule->times && ocpn_inject_type(rule->type)->fire) {
        atomic_fetch_or(&c->inject.over, UINT64_C(1) << rule->type);
        ocpn_inject_tell(c);
    }
}

void ocpn_inject_panic(OcpnCtrl *c, uint32_t type)
{
    ocpn_gate_close(c, OCPN_GATE_PANIC);
    atomic_store(&c->inject.panic, type);
    ocpn_inject_tell(c);
}

void ocpn_inject_run(OcpnCtrl *c)
{
    OcpnInject *i = &c->inject;
    uint64_t over;
    uint32_t panic;

    if (!atomic_load_explicit(&i->news, memory_order_relaxed) ||
        !atomic_exchange(&i->news, false)) {
        return;
    }
    ocpn_fact_add(c, OCPN_FACT_COMMAND_TIMEOUTS,
                  atomic_exchange(&i->timeouts, 0));
    over = atomic_exchange(&i->over, 0);
    for (uint32_t type = 0; over; type++, over >>= 1) {
        if (over & 1) {
            ocpn_inject_undo(c, type);
        }
    }
    panic = atomic_exchange(&i->panic, 0);
    if (panic) {
        ocpn_panic(c, OCP_PANIC_VENDOR + panic);
    }
    ocpn_inject_dirty(c);
    ocpn_inject_due(c);
}
