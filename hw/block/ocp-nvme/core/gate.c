/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: which commands a condition of the drive refuses.
 * Implements: OCP Datacenter NVMe SSD, "INCS-6", "EOL-5", "PLP"; NVMe Base
 * 2.0, "Sanitize Operations".
 */
#include "ctrl-int.h"
#include "gate-int.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

typedef struct Row {
    bool     io;                /* I/O commands ... */
    bool     writes;            /* ... of them only those that write */
    bool     admin;             /* admin commands, but for what may run */
    uint16_t status;
} Row;

static const Row rows[OCPN_GATE_N] = {
    [OCPN_GATE_PANIC] = { .io = true, .status = NVME_SC_INTERNAL },
    [OCPN_GATE_SANITIZE] = { .io = true, .admin = true,
                             .status = NVME_SC_SANITIZE_IN_PROGRESS },
    [OCPN_GATE_SANITIZE_FAILED] = { .io = true, .admin = true,
                                    .status = NVME_SC_SANITIZE_FAILED },
    [OCPN_GATE_READ_ONLY] = { .writes = true,
                              .status = NVME_SC_NS_WRITE_PROTECTED },
};

void ocpn_gate_set(OcpnCtrl *c, OcpnGate gate, bool closed)
{
    if (closed) {
        atomic_fetch_or(&c->gates, 1u << gate);
    } else {
        atomic_fetch_and(&c->gates, ~(1u << gate));
    }
}

bool ocpn_gate_closed(const OcpnCtrl *c, OcpnGate gate)
{
    return atomic_load_explicit(&c->gates, memory_order_relaxed) >> gate & 1;
}

/* Admin commands that may run while the drive is sanitized. */
static bool may_run(const OcpnReq *r)
{
    switch (r->cmd.opc) {
    case NVME_ADM_FORMAT:
    case NVME_ADM_SELF_TEST:
        return false;
    default:
        return true;
    }
}

static bool refuses(const Row *row, const OcpnReq *r, uint32_t effects)
{
    if (!r->sq->id) {
        return row->admin && !may_run(r);
    }
    return row->io || (row->writes && (effects & NVME_EFF_LBCC));
}

OcpnFlow ocpn_gate_meet(OcpnCtrl *c, OcpnReq *r, uint32_t effects)
{
    unsigned closed = atomic_load_explicit(&c->gates, memory_order_relaxed);

    if ((closed >> OCPN_GATE_IDLE & 1) && r->sq->id) {
        ocpn_power_wake(c);
    }
    for (unsigned i = 0; closed; i++, closed >>= 1) {
        if ((closed & 1) && refuses(&rows[i], r, effects)) {
            return ocpn_fail(c, r, rows[i].status);
        }
    }
    return FLOW_PENDING;
}
