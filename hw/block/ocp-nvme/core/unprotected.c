/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes without power-loss protection: see unprotected-int.h.
 * Implements: OCP Datacenter NVMe SSD, INCS-4, "EOL/PLP Failure Mode", normal
 * operation.
 *
 * What counts them when power has gone is in panic.c.  Writes with Force Unit
 * Access are on the medium when they complete, so they do not wait.  A Flush
 * saves nothing: the drive says that it has no volatile write cache.
 */
#include "ctrl-int.h"
#include "nvm-int.h"

static bool is_closed(const OcpnCtrl *c)
{
    return ocpn_plp_exposed(c) && c->unprotected.state != OCPN_EXPOSED_DATA;
}

void ocpn_unprotected_restore(OcpnCtrl *c)
{
    bool was = ocpn_gate_closed(c, OCPN_GATE_UNPROTECTED);

    ocpn_gate_set(c, OCPN_GATE_UNPROTECTED, is_closed(c));
    if (was && !is_closed(c)) {
        ocpn_kick_all(c);
    }
}

void ocpn_unprotected_forget(OcpnCtrl *c)
{
    if (c->unprotected.state != OCPN_EXPOSED_NONE) {
        c->unprotected.state = OCPN_EXPOSED_NONE;
        ocpn_panic_dirty(c);
        ocpn_state_sync(c);
    }
    atomic_store(&c->unprotected.failed, false);
    ocpn_unprotected_restore(c);
}

/*
 * A drive that is protected again, or that leaves this mode, has nothing left
 * in its cache that could get lost.  Before a host enables it, values that are
 * not in force yet mean nothing.
 */
void ocpn_unprotected_update(OcpnCtrl *c)
{
    if (!ocpn_plp_exposed(c) && c->state == OCPN_READY) {
        ocpn_unprotected_forget(c);
    } else {
        ocpn_unprotected_restore(c);
    }
}

/* Where an attempt to note has failed, each write asks for another one. */
OcpnFlow ocpn_unprotected_meet(OcpnCtrl *c, OcpnReq *r)
{
    if (r->cmd.opc == NVME_IO_WRITE && ocpn_nvm_fua(r)) {
        return FLOW_PENDING;
    }
    atomic_store(&c->unprotected.asked, true);
    ocpn_want_main(c);
    return atomic_load(&c->unprotected.failed)
           ? ocpn_fail(c, r, NVME_SC_WRITE_FAULT) : FLOW_STALL;
}

void ocpn_unprotected_run(OcpnCtrl *c)
{
    if (!atomic_exchange(&c->unprotected.asked, false) ||
        c->unprotected.state != OCPN_EXPOSED_NONE || !ocpn_plp_exposed(c)) {
        return;
    }
    c->unprotected.state = OCPN_EXPOSED_NOTING;
    ocpn_panic_dirty(c);
    if (c->root[1]) {
        ocpn_store_mark(&c->root[1]->store);
    } else {
        ocpn_unprotected_noted(c, false);
    }
}

void ocpn_unprotected_noted(OcpnCtrl *c, bool failed)
{
    if (c->unprotected.state != OCPN_EXPOSED_NOTING) {
        return;
    }
    c->unprotected.state = failed ? OCPN_EXPOSED_NONE : OCPN_EXPOSED_DATA;
    atomic_store(&c->unprotected.failed, failed);
    ocpn_unprotected_restore(c);
    if (failed) {
        ocpn_panic_dirty(c);   /* nothing was written yet */
        ocpn_kick_all(c);
    }
}
