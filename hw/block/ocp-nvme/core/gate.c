/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: which commands a condition of the drive refuses.
 * Implements: OCP Datacenter NVMe SSD, "INCS-6", "EOL-5", "PLP"; NVMe Base
 * 2.0, "Sanitize Operations", which admin commands are allowed, "Namespace
 * Write Protection", which commands modify a namespace.
 */
#include "ctrl-int.h"
#include "gate-int.h"
#include "protect-int.h"
#include "uuid-int.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocssd12.h"

typedef struct Row {
    bool     io;                /* I/O commands ... */
    bool     writes;            /* ... of them only those that write */
    bool     protects;          /* ... or write to a namespace that has it */
    bool     admin;             /* admin commands, but for what may run */
    bool     sanitize;          /* the Sanitize command */
    uint16_t status;
} Row;

static const Row rows[OCPN_GATE_N] = {
    [OCPN_GATE_PANIC] = { .io = true, .sanitize = true,
                          .status = NVME_SC_INTERNAL },
    [OCPN_GATE_SANITIZE] = { .io = true, .admin = true,
                             .status = NVME_SC_SANITIZE_IN_PROGRESS },
    [OCPN_GATE_SANITIZE_FAILED] = { .io = true, .admin = true,
                                    .status = NVME_SC_SANITIZE_FAILED },
    [OCPN_GATE_READ_ONLY] = { .writes = true,
                              .status = NVME_SC_NS_WRITE_PROTECTED },
    [OCPN_GATE_PROTECT] = { .protects = true,
                            .status = NVME_SC_NS_WRITE_PROTECTED },
};

static void set(OcpnCtrl *c, OcpnGate gate, bool closed)
{
    if (closed) {
        atomic_fetch_or(&c->gates, 1u << gate);
    } else {
        atomic_fetch_and(&c->gates, ~(1u << gate));
    }
}

/* I/O closes and opens these, and only the first controller has any. */
static bool is_own(OcpnGate gate)
{
    return gate == OCPN_GATE_IDLE || gate == OCPN_GATE_CUT;
}

unsigned ocpn_gates_shared(const OcpnCtrl *c)
{
    unsigned closed = atomic_load(&c->gates);

    for (unsigned i = 0; i < OCPN_GATE_N; i++) {
        closed &= is_own((OcpnGate)i) ? ~(1u << i) : ~0u;
    }
    return closed;
}

void ocpn_gate_set(OcpnCtrl *c, OcpnGate gate, bool closed)
{
    OcpnCtrl *m;

    if (is_own(gate)) {
        set(c, gate, closed);
        return;
    }
    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        set(m, gate, closed);
    }
}

void ocpn_gate_close(OcpnCtrl *c, OcpnGate gate)
{
    set(c, gate, true);
}

bool ocpn_gate_closed(const OcpnCtrl *c, OcpnGate gate)
{
    return atomic_load_explicit(&c->gates, memory_order_relaxed) >> gate & 1;
}

/* Pages that say nothing of user data, and those of vendors. */
static bool may_read(uint8_t lid)
{
    switch (lid) {
    case NVME_LID_SUPPORTED:
    case NVME_LID_ERROR:
    case NVME_LID_SMART:
    case NVME_LID_CHANGED_NS:
    case NVME_LID_EFFECTS:
    case NVME_LID_RESERVATION:
    case NVME_LID_SANITIZE:
        return true;
    default:
        return lid >= OCPN_VENDOR_FIRST;
    }
}

/* Admin commands that may run while the drive is sanitized, or has failed. */
static bool may_run(const OcpnReq *r, OcpnGate gate)
{
    switch (r->cmd.opc) {
    case NVME_ADM_DELETE_SQ:
    case NVME_ADM_CREATE_SQ:
    case NVME_ADM_DELETE_CQ:
    case NVME_ADM_CREATE_CQ:
    case NVME_ADM_IDENTIFY:
    case NVME_ADM_ABORT:
    case NVME_ADM_SET_FEAT:
    case NVME_ADM_GET_FEAT:
    case NVME_ADM_AER:
    case NVME_ADM_KEEP_ALIVE:
    case NVME_ADM_DBBUF_CONFIG: /* as queues: what hosts start with */
    case OCSSD_ADM_GEOMETRY:    /* as Identify */
    case OCSSD12_ADM_GET_BBT:
        return true;
    case NVME_ADM_GET_LOG:
        return may_read(FIELD_GET(NVME_LOG_LID, ocpn_cdw(r, 10)));
    case NVME_ADM_SANITIZE:
        return gate == OCPN_GATE_SANITIZE_FAILED;
    default:
        return false;
    }
}

/* Of Dataset Management, only Deallocate modifies. */
static bool is_protected(const OcpnReq *r, uint32_t effects)
{
    return (effects & NVME_EFF_LBCC) && r->ns && ocpn_protection(r->ns) &&
           (r->cmd.opc != NVME_IO_DSM ||
            FIELD_GET(NVME_DSM_AD, ocpn_cdw(r, 11)));
}

static bool refuses(OcpnGate gate, const OcpnReq *r, uint32_t effects)
{
    const Row *row = &rows[gate];

    if (!r->sq->id) {
        return (row->admin && !may_run(r, gate)) ||
               (row->sanitize && r->cmd.opc == NVME_ADM_SANITIZE);
    }
    return row->io || (row->writes && (effects & NVME_EFF_LBCC)) ||
           (row->protects && is_protected(r, effects));
}

OcpnFlow ocpn_gate_meet(OcpnCtrl *c, OcpnReq *r, uint32_t effects)
{
    unsigned closed = atomic_load_explicit(&c->gates, memory_order_relaxed);

    if ((closed >> OCPN_GATE_CUT & 1) && r->sq->id) {
        return FLOW_STALL;
    }
    if ((closed >> OCPN_GATE_IDLE & 1) && r->sq->id) {
        ocpn_power_wake(c);
    }
    for (unsigned i = 0; closed >> i; i++) {
        if ((closed >> i & 1) && refuses((OcpnGate)i, r, effects)) {
            return ocpn_fail(c, r, rows[i].status);
        }
    }
    return (closed >> OCPN_GATE_UNPROTECTED & 1) && r->sq->id &&
           (effects & NVME_EFF_LBCC) ? ocpn_unprotected_meet(c, r)
                                     : FLOW_PENDING;
}
