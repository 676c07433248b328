/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespace Management and Namespace Attachment, for the namespaces that
 * share the drive of NSID 1.
 * Implements: NVMe Base 2.0, "Namespace Management command", "Namespace
 * Attachment command"; OCP Datacenter NVMe SSD, NVMe-AD-3, NVMe-AD-4.
 *
 * One of these commands works at a time, and not beside Format NVM; others
 * stall the admin queue.  A namespace that goes is hidden first: commands
 * that come find none, those it has are waited for.  Then its grains, or its
 * attachment, go from the table.  A reset before that brings it back.
 */
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/protect.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"

#include "cmd-ns-int.h"
#include "hold-int.h"

#define CNTLID      0u          /* of the only one that has namespaces */

enum { SEL_CREATE, SEL_DELETE };
enum { SEL_ATTACH, SEL_DETACH };
enum { WRITE_TABLE, CLEAR_MARKS };

static bool deletes(const OcpnReq *r)
{
    return r->cmd.opc == NVME_ADM_NS_MGMT;
}

static bool is_target(const OcpnCtrl *c, uint32_t nsid)
{
    return c->space->targets >> nsid & 1;
}

void ocpn_ns_change_begin(OcpnCtrl *c, OcpnReq *r)
{
    OcpnSpace *s = c->space;

    (void)r;
    ocpn_space_measure(c);
    s->was = s->now;
    s->now.used = true;
    s->busy = true;
    s->events = 0;
}

void ocpn_ns_change_write(OcpnCtrl *c, OcpnReq *r,
                          void (*next)(OcpnCtrl *c, OcpnReq *r))
{
    ocpn_state_dirty(c, IMG_STATE_NAMESPACES);
    ocpn_store_join(&c->root[1]->store, r, true, next);
}

void ocpn_ns_change_end(OcpnCtrl *c, OcpnReq *r)
{
    OcpnSpace *s = c->space;

    s->busy = false;
    atomic_store(&s->divided, s->now.used);
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (s->events >> i & 1) {
            ocpn_ns_changed(c, i);
        }
    }
    ocpn_complete(c, r);
}

static void derive_targets(OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (is_target(c, i)) {
            ocpn_space_derive(c, i);
        }
    }
}

void ocpn_ns_change_undo(OcpnCtrl *c, OcpnReq *r, bool written)
{
    OcpnSpace *s = c->space;

    s->now = s->was;
    s->events = 0;
    derive_targets(c);
    if (written) {
        ocpn_state_dirty(c, IMG_STATE_NAMESPACES);
    }
    if (!r->status) {
        ocpn_fail(c, r, c->state == OCPN_STOPPING ? NVME_SC_ABORT_REQUESTED
                                                  : NVME_SC_WRITE_FAULT);
    }
    ocpn_ns_change_end(c, r);
}

/* The table without the targets is in the image. */
static void removed(OcpnCtrl *c, OcpnReq *r)
{
    OcpnSpace *s = c->space;

    if (r->step == CLEAR_MARKS) {
        ocpn_ns_change_end(c, r);       /* their marks mean nothing now */
        return;
    }
    if (r->failed) {
        ocpn_ns_change_undo(c, r, true);
        return;
    }
    derive_targets(c);
    if (!deletes(r)) {
        ocpn_ns_change_end(c, r);
        return;
    }
    r->step = CLEAR_MARKS;
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (is_target(c, i)) {
            ocpn_extents_clear(s->slot[i]);
        }
    }
    ocpn_store_join(&c->root[1]->store, r, false, removed);
}

/* Nobody uses the targets any more. */
static void remove_targets(OcpnCtrl *c, OcpnReq *r)
{
    OcpnSpaceTable *t = &c->space->now;

    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (!is_target(c, i)) {
            continue;
        }
        t->ns[i].attached = false;
        for (uint32_t g = 0; deletes(r) && g < IMG_NS_GRAINS; g++) {
            t->owner[g] = t->owner[g] == i ? 0 : t->owner[g];
        }
        if (deletes(r)) {
            t->ns[i] = (OcpnSpaceNs) { 0 };
        }
    }
    r->step = WRITE_TABLE;
    ocpn_ns_change_write(c, r, removed);
}

static bool targets_idle(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (is_target(c, i) && ocpn_ns_users(c->space->slot[i])) {
            return false;
        }
    }
    return true;
}

static void stop_waiting(OcpnCtrl *c)
{
    c->space->waiting = NULL;
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (is_target(c, i)) {
            atomic_store(&c->space->slot[i]->leaving, false);
        }
    }
}

void ocpn_ns_gone_run(OcpnCtrl *c)
{
    OcpnReq *r = c->space ? c->space->waiting : NULL;

    if (!r) {
        return;
    }
    if (c->state == OCPN_STOPPING) {
        stop_waiting(c);
        ocpn_ns_change_undo(c, r, false);
    } else if (ocpn_ns_closed(c) && targets_idle(c)) {
        stop_waiting(c);
        remove_targets(c, r);
    }
}

/* Hide TARGETS, and go on when nobody uses them. */
static OcpnFlow hide(OcpnCtrl *c, OcpnReq *r, uint32_t targets)
{
    OcpnSpace *s = c->space;

    ocpn_ns_change_begin(c, r);
    s->targets = targets;
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (is_target(c, i)) {
            s->events |= s->now.ns[i].attached ? 1u << i : 0;
            atomic_store(&s->slot[i]->leaving, true);
            ocpn_inject_settle_ns(c, s->slot[i]);
            c->ns[i] = NULL;
        }
    }
    s->waiting = r;
    ocpn_ns_close(c);
    ocpn_want_main(c);
    return FLOW_PENDING;
}

/* One of the space that is allocated.  FLOW_PENDING: it is. */
static OcpnFlow check_nsid(OcpnCtrl *c, OcpnReq *r, uint32_t nsid)
{
    if (ocpn_space_slot(c, nsid)) {
        return ocpn_space_allocated(c, nsid) ? FLOW_PENDING
                                             : ocpn_ns_refuse(c, r);
    }
    return ocpn_ns_root(c, nsid) ? REJECT(c, r, INVALID_FIELD, nsid)
                                 : ocpn_ns_refuse(c, r);
}

static OcpnFlow delete(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t nsid = from_le32(r->cmd.nsid), targets = 0;
    bool protected = false;
    OcpnFlow flow;

    if (nsid != NVME_NSID_ALL) {
        flow = check_nsid(c, r, nsid);
        if (flow != FLOW_PENDING) {
            return flow;
        }
    }
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (ocpn_space_slot(c, i) && ocpn_space_allocated(c, i) &&
            (nsid == i || nsid == NVME_NSID_ALL)) {
            targets |= 1u << i;
            protected |= ocpn_protection(c->space->slot[i]);
        }
    }
    if (protected) {
        return REJECT(c, r, NS_WRITE_PROTECTED, nsid);
    }
    return targets ? hide(c, r, targets) : FLOW_DONE;
}

/*
 * FLOW_PENDING: nothing else changes namespaces.  A format that takes its time
 * would keep the admin queue waiting.
 */
static OcpnFlow check_quiet(OcpnCtrl *c, OcpnReq *r)
{
    if (ocpn_format_waits(c)) {
        return REJECT(c, r, FORMAT_IN_PROGRESS, nsid);
    }
    return c->space->busy || c->nformats ? FLOW_STALL : FLOW_PENDING;
}

OcpnFlow ocpn_ns_manage(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = check_quiet(c, r);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    switch (FIELD_GET(NVME_NS_SEL, ocpn_cdw(r, 10))) {
    case SEL_CREATE:
        if (from_le32(r->cmd.nsid)) {
            return REJECT(c, r, INVALID_FIELD, nsid);
        }
        if (FIELD_GET(NVME_ID_CSI, ocpn_cdw(r, 11)) != NVME_CSI_NVM) {
            return REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_ID_CSI);
        }
        return ocpn_ns_create(c, r);
    case SEL_DELETE:
        return delete(c, r);
    default:
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_NS_SEL);
    }
}

static void attached(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_ns_change_undo(c, r, true);
        return;
    }
    ocpn_features_attach(c, r->ns);
    derive_targets(c);
    ocpn_ns_change_end(c, r);
}

static OcpnFlow attach(OcpnCtrl *c, OcpnReq *r, uint32_t nsid)
{
    OcpnSpace *s = c->space;

    ocpn_ns_change_begin(c, r);
    s->targets = s->events = 1u << nsid;
    s->now.ns[nsid].attached = true;
    r->ns = s->slot[nsid];
    ocpn_ns_change_write(c, r, attached);
    return FLOW_PENDING;
}

/* FLOW_PENDING: it names the controller. */
static OcpnFlow check_controllers(OcpnCtrl *c, OcpnReq *r)
{
    uint8_t page[NVME_IDENTIFY_SIZE];
    const NvmeCtrlList *list = (const NvmeCtrlList *)(const void *)page;
    OcpnFlow flow = ocpn_dptr_fetch(c, r, page, sizeof(page));

    if (flow != FLOW_DONE || r->status) {
        return flow;
    }
    if (from_le16(list->count) != 1 ||
        from_le16(list->cntlid[0]) != CNTLID) {
        return ocpn_reject_at(c, r, NVME_SC_CTRL_LIST_INVALID, OCPN_NO_BYTE,
                              0);
    }
    return FLOW_PENDING;
}

OcpnFlow ocpn_ns_attach(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t sel = FIELD_GET(NVME_NS_SEL, ocpn_cdw(r, 10));
    uint32_t nsid = from_le32(r->cmd.nsid);
    OcpnFlow flow = check_quiet(c, r);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (sel > SEL_DETACH) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_NS_SEL);
    }
    if (nsid == NVME_NSID_ALL) {
        return REJECT(c, r, INVALID_FIELD, nsid);
    }
    flow = check_nsid(c, r, nsid);
    if (flow == FLOW_PENDING) {
        flow = check_controllers(c, r);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (sel == SEL_DETACH) {
        return ocpn_ns_get(c, nsid) ? hide(c, r, 1u << nsid)
                                    : REJECT(c, r, NS_NOT_ATTACHED, nsid);
    }
    return ocpn_ns_get(c, nsid) ? REJECT(c, r, NS_ALREADY_ATTACHED, nsid)
                                : attach(c, r, nsid);
}
