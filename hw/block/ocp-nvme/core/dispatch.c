/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an opcode becomes a call.  A row is all the device knows about a
 * command: the name, the handler, what NSID may hold, its entry in the
 * Commands Supported and Effects log, and the bit by which Identify
 * Controller claims it.  No other file lists opcodes.
 * Implements: NVMe Base 2.0, "Admin Command Set", "Common Command Format".
 */
#include "ctrl-int.h"
#include "gate-int.h"
#include "hold-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "hw/ocp-nvme/spec/ocssd12.h"

typedef enum NsRule {
    ZERO,                       /* not used: must be 0 */
    FREE,                       /* not used: anything goes */
    ONE,                        /* an active namespace */
    OPEN,                       /* an active open-channel namespace */
    ANY,                        /* an active namespace or all of them */
    OWN,                        /* the handler looks */
} NsRule;

typedef struct Row {
    const char *name;
    OcpnFlow  (*run)(OcpnCtrl *c, OcpnReq *r);
    NsRule      ns;
    uint32_t    effects;
    uint16_t    claim;          /* OACS (admin) or ONCS (I/O) */
} Row;

#define CS  NVME_EFF_CSUPP
#define WR  (NVME_EFF_CSUPP | NVME_EFF_LBCC)
#define FMT (NVME_EFF_CSUPP | NVME_EFF_LBCC | NVME_EFF_NCC | \
             NVME_EFF_CSE_NS)
#define SAN (NVME_EFF_CSUPP | NVME_EFF_LBCC | NVME_EFF_NCC | \
             NVME_EFF_CSE_CTRL)
#define CFG (NVME_EFF_CSUPP | NVME_EFF_CCC)
#define UU  NVME_EFF_USS
#define OC(name)    NVME_OACS_##name
#define ON(name)    NVME_ONCS_##name

static const Row admin[256] = {
    [NVME_ADM_DELETE_SQ] = { "Delete I/O SQ", ocpn_delete_sq, ZERO, CS, 0 },
    [NVME_ADM_CREATE_SQ] = { "Create I/O SQ", ocpn_create_sq, ZERO, CS, 0 },
    [NVME_ADM_GET_LOG] = { "Get Log Page", ocpn_get_log, OWN, CS | UU, 0 },
    [NVME_ADM_DELETE_CQ] = { "Delete I/O CQ", ocpn_delete_cq, ZERO, CS, 0 },
    [NVME_ADM_CREATE_CQ] = { "Create I/O CQ", ocpn_create_cq, ZERO, CS, 0 },
    [NVME_ADM_IDENTIFY] = { "Identify", ocpn_identify, OWN, CS, 0 },
    [NVME_ADM_NS_MGMT] = { "Namespace Management", ocpn_ns_manage, OWN,
                           CS | NVME_EFF_LBCC | NVME_EFF_NIC, OC(NS_MGMT) },
    [NVME_ADM_NS_ATTACH] = { "Namespace Attachment", ocpn_ns_attach, OWN,
                             CS | NVME_EFF_NIC, OC(NS_MGMT) },
    [NVME_ADM_ABORT] = { "Abort", ocpn_abort, FREE, CS, 0 },
    [NVME_ADM_SET_FEAT] = { "Set Features", ocpn_set_feature, OWN,
                            CFG | UU, 0 },
    [NVME_ADM_GET_FEAT] = { "Get Features", ocpn_get_feature, OWN,
                            CS | UU, 0 },
    [NVME_ADM_FW_COMMIT] = { "Firmware Commit", ocpn_fw_commit, ZERO, CFG,
                             OC(FIRMWARE) },
    [NVME_ADM_FW_DOWNLOAD] = { "Firmware Image Download", ocpn_fw_download,
                               ZERO, CS, OC(FIRMWARE) },
    [NVME_ADM_AER] = { "Asynchronous Event Request", ocpn_async_event, FREE,
                       CS, 0 },
    [NVME_ADM_DBBUF_CONFIG] = { "Doorbell Buffer Config", ocpn_dbbuf_config,
                                FREE, CS, OC(DBBUF) },
    [NVME_ADM_SELF_TEST] = { "Device Self-test", ocpn_self_test, OWN, CS,
                             OC(SELF_TEST) },
    [NVME_ADM_FORMAT] = { "Format NVM", ocpn_format, ANY, FMT, OC(FORMAT) },
    [NVME_ADM_SANITIZE] = { "Sanitize", ocpn_sanitize, ZERO, SAN, 0 },
    [OCSSD_ADM_GEOMETRY] = { "Geometry", ocpn_geometry, OPEN, CS, 0 },
    [OCSSD12_ADM_SET_BBT] = { "Set Bad Block Table", ocpn_set_bbt, OPEN, CFG,
                              0 },
    [OCSSD12_ADM_GET_BBT] = { "Get Bad Block Table", ocpn_get_bbt, OPEN, CS,
                              0 },
};

/* I/O commands by the mode of the namespace they name. */
static const Row io[2][256] = {
    [IMG_MODE_OPEN_CHANNEL - 1] = {
        [NVME_IO_FLUSH] = { "Flush", ocpn_flush, ANY, CS, 0 },
        [NVME_IO_WRITE] = { "Write", ocpn_chunk_write, ONE, WR, 0 },
        [NVME_IO_READ] = { "Read", ocpn_chunk_read, ONE, CS, 0 },
        [NVME_IO_DSM] = { "Dataset Management", ocpn_chunk_dsm, ONE, WR,
                          ON(DSM) },
        [OCSSD_IO_VECTOR_RESET] = { "Vector Chunk Reset",
                                    ocpn_vector_reset, ONE, WR, 0 },
        [OCSSD_IO_VECTOR_WRITE] = { "Vector Chunk Write",
                                    ocpn_vector_write, ONE, WR, 0 },
        [OCSSD_IO_VECTOR_READ] = { "Vector Chunk Read", ocpn_vector_read,
                                   ONE, CS, 0 },
        [OCSSD_IO_VECTOR_COPY] = { "Vector Chunk Copy", ocpn_vector_copy,
                                   ONE, WR, 0 },
    },
    [IMG_MODE_CONVENTIONAL - 1] = {
        [NVME_IO_FLUSH] = { "Flush", ocpn_flush, ANY, CS, 0 },
        [NVME_IO_WRITE] = { "Write", ocpn_write, ONE, WR, 0 },
        [NVME_IO_READ] = { "Read", ocpn_read, ONE, CS, 0 },
        [NVME_IO_WRITE_UNCOR] = { "Write Uncorrectable",
                                  ocpn_write_uncorrectable, ONE, WR,
                                  ON(WRITE_UNCOR) },
        [NVME_IO_COMPARE] = { "Compare", ocpn_compare, ONE, CS,
                              ON(COMPARE) },
        [NVME_IO_WRITE_ZEROES] = { "Write Zeroes", ocpn_write_zeroes, ONE,
                                   WR, ON(WRITE_ZEROES) },
        [NVME_IO_DSM] = { "Dataset Management", ocpn_dsm, ONE, WR,
                          ON(DSM) },
        [NVME_IO_VERIFY] = { "Verify", ocpn_verify, ONE, CS, ON(VERIFY) },
        [NVME_IO_COPY] = { "Copy", ocpn_copy, ONE, WR, ON(COPY) },
    },
};

static bool any_12(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->ns[i] && c->ns[i]->cfg.ocssd12) {
            return true;
        }
    }
    return false;
}

/* What the configuration or the namespaces take away. */
static bool admin_there(const OcpnCtrl *c, uint8_t opc)
{
    switch (opc) {
    case NVME_ADM_DBBUF_CONFIG:
        return c->cfg.dbbuf;
    case NVME_ADM_FW_COMMIT:
    case NVME_ADM_FW_DOWNLOAD:
        return ocpn_firmware_present(c) && !c->subsys.further;
    case NVME_ADM_SELF_TEST:
    case NVME_ADM_SANITIZE:
        return ocpn_ocp(c, OCP_1_0) && !c->subsys.further;
    case NVME_ADM_NS_MGMT:
    case NVME_ADM_NS_ATTACH:
        return c->space != NULL;
    case NVME_ADM_FORMAT:
        return ocpn_ns_first(c, IMG_MODE_CONVENTIONAL) != NULL;
    case OCSSD_ADM_GEOMETRY:
        return ocpn_ns_first(c, IMG_MODE_OPEN_CHANNEL) != NULL;
    case OCSSD12_ADM_SET_BBT:
    case OCSSD12_ADM_GET_BBT:
        return any_12(c);
    }
    return admin[opc].run != NULL;
}

static OcpnFlow check_ns(OcpnCtrl *c, OcpnReq *r, NsRule rule)
{
    uint32_t nsid = from_le32(r->cmd.nsid);

    r->ns = ocpn_ns_get(c, nsid);
    switch (rule) {
    case ZERO:
        if (nsid) {
            return REJECT(c, r, INVALID_FIELD, nsid);
        }
        return FLOW_PENDING;
    case ANY:
        if (nsid == NVME_NSID_ALL) {
            return FLOW_PENDING;
        }
        break;
    case OPEN:
        if (r->ns && !ocpn_ns_is_open_channel(r->ns)) {
            return REJECT(c, r, INVALID_NS, nsid);
        }
        break;
    case ONE:
        break;
    case FREE:
    case OWN:
        return FLOW_PENDING;
    }
    return r->ns ? FLOW_PENDING : ocpn_ns_refuse(c, r);
}

/* BEGINS: there are rules for commands that begin. */
static OcpnFlow dispatch_admin(OcpnCtrl *c, OcpnReq *r, bool begins)
{
    const Row *row = &admin[r->cmd.opc];
    OcpnFlow flow;

    if (!admin_there(c, r->cmd.opc)) {
        return REJECT(c, r, INVALID_OPCODE, opc);
    }
    if (FIELD_GET(NVME_CMD_FUSE, r->cmd.flags)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, flags, NVME_CMD_FUSE);
    }
    if (FIELD_GET(NVME_CMD_PSDT, r->cmd.flags)) {   /* PRPs only */
        return REJECT_FIELD(c, r, INVALID_FIELD, flags, NVME_CMD_PSDT);
    }
    flow = check_ns(c, r, row->ns);
    if (flow == FLOW_PENDING) {
        flow = ocpn_gate_check(c, r, row->effects);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    return begins && ocpn_fault_begins(c, r) ? FLOW_DONE : row->run(c, r);
}

/*
 * The namespace must not be formatted under the command: see cmd-format.c.
 * FLOW_PENDING: go on.  FLOW_STALL: a fused pair has it.
 */
static OCPN_HOT OcpnFlow hold_ns(OcpnCtrl *c, OcpnReq *r)
{
    if (!r->ns || ocpn_ns_hold(r, r->ns)) {
        return FLOW_PENDING;
    }
    return atomic_load(&r->ns->formatting)
           ? REJECT(c, r, FORMAT_IN_PROGRESS, nsid) : FLOW_STALL;
}

/* The row for NS, or of any mode if no namespace is meant. */
static const Row *io_row(const OcpnNs *ns, uint8_t opc)
{
    unsigned mode = ns ? ns->im.mode : IMG_MODE_OPEN_CHANNEL;

    if (!ns && !io[mode - 1][opc].run) {
        mode = IMG_MODE_CONVENTIONAL;
    }
    return &io[mode - 1][opc];
}

/* FLOW_PENDING: R may run, as ROW says, and holds its namespace. */
static OCPN_HOT OcpnFlow check_io(OcpnCtrl *c, OcpnReq *r, bool fused,
                                const Row **found)
{
    OcpnNs *ns = ocpn_ns_quick(c, from_le32(r->cmd.nsid));
    const Row *row = io_row(ns, r->cmd.opc);
    OcpnFlow flow;

    *found = row;
    if (!row->run) {
        return REJECT(c, r, INVALID_OPCODE, opc);
    }
    if (FIELD_GET(NVME_CMD_FUSE, r->cmd.flags) && !fused) {
        return REJECT_FIELD(c, r, INVALID_FIELD, flags, NVME_CMD_FUSE);
    }
    if (FIELD_GET(NVME_CMD_PSDT, r->cmd.flags) > NVME_CMD_PSDT_SGL_MPTR) {
        return REJECT_FIELD(c, r, INVALID_FIELD, flags, NVME_CMD_PSDT);
    }
    if (ns && row->ns == ONE) {
        r->ns = ns;             /* as nearly all commands */
    } else {
        flow = check_ns(c, r, row->ns);
        if (flow != FLOW_PENDING) {
            return flow;
        }
    }
    flow = ocpn_gate_check(c, r, row->effects);
    return flow == FLOW_PENDING ? hold_ns(c, r) : flow;
}

static OcpnFlow dispatch_io(OcpnCtrl *c, OcpnReq *r, bool begins)
{
    const Row *row;
    OcpnFlow flow = check_io(c, r, false, &row);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    return begins && ocpn_fault_begins(c, r) ? FLOW_DONE : row->run(c, r);
}

static OCPN_HOT void trace(OcpnCtrl *c, const OcpnReq *r)
{
    ocpn_trace(c, OCPN_TRACE_CMD, ocpn_req_id(r),
               (uint64_t)r->cmd.opc << 32 | from_le32(r->cmd.nsid));
}

OcpnFlow ocpn_dispatch_fused(OcpnCtrl *c, OcpnReq *r)
{
    const Row *row;

    trace(c, r);
    return check_io(c, r, true, &row);
}

OcpnFlow ocpn_dispatch(OcpnCtrl *c, OcpnReq *r)
{
    unsigned armed = atomic_load_explicit(&c->faults.armed,
                                          memory_order_relaxed);
    bool begins = armed & OCPN_FAULT_BEGINS;

    trace(c, r);
    if ((armed & OCPN_FAULT_BIT(STATUS)) && ocpn_fault_fetched(c, r)) {
        return FLOW_DONE;
    }
    return r->sq->id ? dispatch_io(c, r, begins)
                     : dispatch_admin(c, r, begins);
}

uint32_t ocpn_admin_effects(const OcpnCtrl *c, uint8_t opc)
{
    return admin_there(c, opc) ? admin[opc].effects : 0;
}

/* The union over the modes that namespaces have. */
uint32_t ocpn_io_effects(const OcpnCtrl *c, uint8_t opc)
{
    uint32_t effects = 0;

    for (uint8_t mode = 1; mode <= 2; mode++) {
        if (ocpn_ns_first(c, mode) && io[mode - 1][opc].run) {
            effects |= io[mode - 1][opc].effects;
        }
    }
    return effects;
}

uint16_t ocpn_oacs(const OcpnCtrl *c)
{
    uint16_t bits = 0;

    for (unsigned opc = 0; opc < 256; opc++) {
        if (admin_there(c, (uint8_t)opc)) {
            bits |= admin[opc].claim;
        }
    }
    return bits;
}

uint16_t ocpn_oncs(const OcpnCtrl *c)
{
    uint16_t bits = NVME_ONCS_SAVE_SELECT | NVME_ONCS_TIMESTAMP;

    for (uint8_t mode = 1; mode <= 2; mode++) {
        for (unsigned opc = 0; opc < 256; opc++) {
            if (ocpn_ns_first(c, mode)) {
                bits |= io[mode - 1][opc].claim;
            }
        }
    }
    return bits;
}
