/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands, as they meet fault rules: when they were fetched, when they begin,
 * and when they complete.
 * Implements: docs/fault-injection.rst; OCP Datacenter NVMe SSD, ERRI-6, NRTDP.
 *
 * A command that stalls is asked once, however often it is tried again.  All
 * in the command's thread; what concerns the whole drive is left to main.
 */
#include "ctrl-int.h"
#include "chunks-int.h"
#include "hw/ocp-nvme/core/ocssd12.h"

/* OcpnReq.asked */
enum { FETCHED = 1 << 0, BEGUN = 1 << 1 };

/* False: R was asked that before. */
static bool ask(OcpnReq *r, unsigned when)
{
    bool first = !(r->asked & when);

    if (!r->asked) {
        r->late_ms = 0;         /* of the command that was here before */
    }
    r->asked |= (uint8_t)when;
    return first;
}

static bool names_page(const OcpnFaultRule *rule, const OcpnReq *r)
{
    uint8_t opc = r->cmd.opc, id = (uint8_t)ocpn_cdw(r, 10);
    bool feature = opc == NVME_ADM_GET_FEAT || opc == NVME_ADM_SET_FEAT;

    return (!(rule->has & OCPN_FAULT_HAS_LID) ||
            (opc == NVME_ADM_GET_LOG && id == rule->lid)) &&
           (!(rule->has & OCPN_FAULT_HAS_FID) || (feature && id == rule->fid));
}

/* Blocks that R's own dwords name.  0: none, or a list does. */
static uint32_t blocks(const OcpnReq *r)
{
    uint32_t n = FIELD_GET(NVME_RW_NLB, ocpn_cdw(r, 12)) + 1;

    switch (r->cmd.opc) {
    case NVME_IO_READ:
    case NVME_IO_WRITE:
    case NVME_IO_WRITE_UNCOR:
    case NVME_IO_COMPARE:
    case NVME_IO_WRITE_ZEROES:
    case NVME_IO_VERIFY:
        return n;
    case OCSSD_IO_VECTOR_RESET:
    case OCSSD_IO_VECTOR_WRITE:
    case OCSSD_IO_VECTOR_READ:
    case OCSSD_IO_VECTOR_COPY:
        return FIELD_GET(OCSSD_VEC_NLB, ocpn_cdw(r, 12)) ? 0 : 1;
    default:
        return 0;
    }
}

static bool in_range(const OcpnRange *at, const OcpnReq *r)
{
    uint64_t lba = (uint64_t)ocpn_cdw(r, 11) << 32 | ocpn_cdw(r, 10);
    uint32_t n;

    if (at->first == 0 && at->last == UINT64_MAX) {
        return true;
    }
    n = blocks(r);
    return n && ocpn_range_meets(at, lba, lba > UINT64_MAX - (n - 1)
                                          ? UINT64_MAX : lba + (n - 1));
}

/* Requests for events wait anyhow; whoever means them says so. */
static bool is_wanted(const OcpnFaultRule *rule, const OcpnReq *r)
{
    if (rule->type) {
        return ocpn_inject_wants(rule->type, r);
    }
    return r->sq->id || r->cmd.opc != NVME_ADM_AER ||
           (rule->has & OCPN_FAULT_HAS_OPCODE);
}

static bool meets(const OcpnFault *f, const void *what)
{
    const OcpnFaultRule *rule = &f->rule;
    const OcpnReq *r = what;

    return (!(rule->has & OCPN_FAULT_HAS_QUEUE) ||
            rule->io == (r->sq->id != 0)) &&
           (!(rule->has & OCPN_FAULT_HAS_OPCODE) ||
            rule->opcode == r->cmd.opc) &&
           (!rule->nsid || rule->nsid == from_le32(r->cmd.nsid)) &&
           names_page(rule, r) && in_range(&rule->at.lba, r) &&
           is_wanted(rule, r);
}

/* One of POINTS concerns R.  False: none. */
static bool decide(OcpnCtrl *c, unsigned points, const OcpnReq *r,
                   OcpnFaultRule *rule)
{
    bool found = ocpn_fault_decide(c, points, meets, r, rule);

    if (found && rule->type) {
        ocpn_inject_fired(c, rule);
    }
    return found;
}

bool ocpn_fault_fetched(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFaultRule rule;

    if (!ask(r, FETCHED) ||
        !decide(c, OCPN_FAULT_BIT(STATUS), r, &rule)) {
        return false;
    }
    r->late_ms = rule.ms;
    if (rule.status) {
        ocpn_fail(c, r, rule.status);
    }
    return rule.status != 0;
}

static bool is_read(const OcpnReq *r)
{
    return r->sq->id &&
           (r->cmd.opc == NVME_IO_READ ||
            (r->cmd.opc == OCSSD_IO_VECTOR_READ && r->ns &&
             ocpn_ns_is_open_channel(r->ns)));
}

/* Reads of chunks go on, with the worst of what they can be judged. */
static bool fail(OcpnCtrl *c, OcpnReq *r)
{
    if (!is_read(r)) {
        ocpn_fail(c, r, NVME_SC_INTERNAL);
        return true;
    }
    if (!ocpn_ns_is_open_channel(r->ns)) {
        r->slba = ocpn_cdw(r, 10) | (uint64_t)ocpn_cdw(r, 11) << 32;
        ocpn_fail(c, r, NVME_SC_UNRECOVERED_READ);
        return true;
    }
    r->judged = true;
    r->verdict = ocpn_chunk_status(r->ns, NVME_SC_UNRECOVERED_READ);
    r->verdict_map = r->cmd.opc != OCSSD_IO_VECTOR_READ ? 0 :
        ocpn_entries(0, FIELD_GET(OCSSD_VEC_NLB, ocpn_cdw(r, 12)) + 1);
    return false;
}

bool ocpn_fault_begins(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFaultRule rule;

    if (!ask(r, BEGUN) || !decide(c, OCPN_FAULT_BEGINS, r, &rule)) {
        return false;
    }
    switch (rule.point) {
    case OCPN_FAULT_FAIL:
        return fail(c, r);
    case OCPN_FAULT_TIMEOUT:
        r->status = NVME_SC_ABORT_REQUESTED;    /* if the host gives it up */
        r->late_ms = OCPN_NEVER;
        return true;
    case OCPN_FAULT_METADATA:
        ocpn_inject_panic(c, rule.type);
        ocpn_fail(c, r, NVME_SC_INTERNAL);
        return true;
    default:
        r->late_ms = rule.ms;
        return false;
    }
}

/* R has ended, and is not to complete now.  False: it must. */
static bool hold(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t ms = r->asked ? r->late_ms : 0;

    r->late_ms = 0;
    if (ms != OCPN_NEVER) {
        return ms && ocpn_inject_hold(c, r, c->port.now(c->port.opaque) +
                                            ms * UINT64_C(1000000));
    }
    ocpn_req_release(c, r);     /* others do not wait for ever */
    if (!ocpn_inject_hold(c, r, UINT64_MAX)) {
        return false;
    }
    atomic_fetch_add(&c->inject.timeouts, 1);
    ocpn_inject_tell(c);
    return true;
}

bool ocpn_fault_ends(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFaultRule rule;

    if (hold(c, r)) {
        return true;
    }
    if (ocpn_fault_armed(c, OCPN_FAULT_BIT(READ_DONE)) && r->ns &&
        is_read(r) && !ocpn_gate_closed(c, OCPN_GATE_PANIC) &&
        decide(c, OCPN_FAULT_BIT(READ_DONE), r, &rule)) {
        ocpn_inject_panic(c, rule.type);
    }
    return false;
}
