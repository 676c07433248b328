/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates, where commands come by. */
#ifndef OCPN_GATE_INT_H
#define OCPN_GATE_INT_H

#include "ctrl-int.h"

/*
 * R's owner.  FLOW_PENDING: no gate is closed for it.  FLOW_STALL: it waits
 * for one.  EFFECTS: of its row.
 */
OcpnFlow ocpn_gate_meet(OcpnCtrl *c, OcpnReq *r, uint32_t effects);

/* Main: the gates of C that are closed for its whole subsystem, bits. */
unsigned ocpn_gates_shared(const OcpnCtrl *c);

static inline OcpnFlow ocpn_gate_check(OcpnCtrl *c, OcpnReq *r,
                                       uint32_t effects)
{
    return atomic_load_explicit(&c->gates, memory_order_relaxed)
           ? ocpn_gate_meet(c, r, effects) : FLOW_PENDING;
}

#endif
