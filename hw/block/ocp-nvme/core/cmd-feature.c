/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Get Features and Set Features: select, save, scope and capabilities from
 * the feature's row; the rest is the row's.
 * Implements: NVMe Base 2.0, "Get Features command", "Set Features command".
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"
#include "uuid-int.h"

/* A feature a command is about, and whose. */
typedef struct Target {
    const OcpnFeature *f;
    unsigned index;
    OcpnCtrl *home;             /* whose value it is */
    OcpnNs  *ns;                /* NULL: controller scope, or all */
    bool     all;               /* every namespace that has it */
} Target;

/* FLOW_PENDING: found. */
static OcpnFlow find_row(OcpnCtrl *c, OcpnReq *r, Target *t)
{
    uint8_t fid = FIELD_GET(NVME_FEAT_FID, ocpn_cdw(r, 10));
    OcpnUuid uuid;

    if (!ocpn_uuid_select(c, FIELD_GET(NVME_FEAT_UUIDX, ocpn_cdw(r, 14)),
                          fid, &uuid)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw14, NVME_FEAT_UUIDX);
    }
    t->f = ocpn_feature_find(c, fid, uuid, &t->index);
    if (!t->f) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_FEAT_FID);
    }
    t->home = t->f->flags & OCPN_FEAT_SUBSYS ? ocpn_subsys(c) : c;
    return FLOW_PENDING;
}

/* Does the feature exist in NS's mode? */
static bool has_feature(const OcpnNs *ns, const OcpnFeature *f)
{
    return ns && (!f->modes || (f->modes >> ns->im.mode & 1));
}

/* FLOW_PENDING: NSID fits a namespace specific feature. */
static OcpnFlow find_ns(OcpnCtrl *c, OcpnReq *r, Target *t, bool set)
{
    uint32_t nsid = from_le32(r->cmd.nsid);

    if (set && nsid == NVME_NSID_ALL) {
        t->all = true;
        return FLOW_PENDING;
    }
    t->ns = ocpn_ns_get(c, nsid);
    for (uint32_t i = 1; !set && !nsid && i <= OCPN_MAX_NS; i++) {
        if ((t->f->flags & OCPN_FEAT_NSID0) && !t->ns &&
            has_feature(c->ns[i], t->f)) {
            t->ns = c->ns[i];
        }
    }
    if (!t->ns) {
        return ocpn_ns_refuse(c, r);
    }
    return has_feature(t->ns, t->f) ? FLOW_PENDING
                                    : REJECT(c, r, INVALID_NS, nsid);
}

/* FLOW_PENDING: NSID fits a vendor feature of OCP, which none is of a ns. */
static OcpnFlow check_ocp_nsid(OcpnCtrl *c, OcpnReq *r, const Target *t,
                               bool set)
{
    uint32_t nsid = from_le32(r->cmd.nsid);
    uint8_t strict = c->cfg.ocp.nsid;
    bool all = nsid == NVME_NSID_ALL;

    if (!set && strict == OCPN_NSID_LENIENT) {
        return FLOW_PENDING;
    }
    if (strict == OCPN_NSID_2_0 && (t->f->fid == OCP_FID_ERROR_INJECTION
                                    ? !all : nsid != 0)) {
        return REJECT(c, r, INVALID_FIELD, nsid);
    }
    if (nsid == 0 || all) {
        return FLOW_PENDING;
    }
    return nsid <= ocpn_ns_highest(c)
           ? REJECT(c, r, FEATURE_NOT_NS_SPECIFIC, nsid)
           : REJECT(c, r, INVALID_FIELD, nsid);
}

/* FLOW_PENDING: NSID fits. */
static OcpnFlow check_scope(OcpnCtrl *c, OcpnReq *r, Target *t, bool set)
{
    uint32_t nsid = from_le32(r->cmd.nsid);

    if (t->f->flags & OCPN_FEAT_NS) {
        return find_ns(c, r, t, set);
    }
    if (t->f->flags & OCPN_FEAT_OCP) {
        return check_ocp_nsid(c, r, t, set);
    }
    if (nsid > ocpn_ns_highest(c) && nsid != NVME_NSID_ALL) {
        return REJECT(c, r, INVALID_NS, nsid);
    }
    if (set && nsid && nsid != NVME_NSID_ALL) {
        return REJECT(c, r, FEATURE_NOT_NS_SPECIFIC, nsid);
    }
    return FLOW_PENDING;
}

static OcpnFeatureValue *value_of(OcpnCtrl *c, OcpnNs *ns, unsigned index)
{
    return ns ? &ns->feature[index] : &c->feature[index];
}

/* The byte and bit of CDW11 where VALUE first has what F does not allow. */
static OcpnFlow refuse_value(OcpnCtrl *c, OcpnReq *r, uint32_t bad)
{
    unsigned bit = 0;

    while (!(bad >> bit & 1)) {
        bit++;
    }
    return ocpn_reject_at(c, r, NVME_SC_INVALID_FIELD,
                          offsetof(NvmeCmd, cdw11) + bit / 8, bit % 8);
}

/* Ask the feature about one value.  False: refused. */
static bool ask(OcpnCtrl *c, OcpnReq *r, const OcpnFeature *f, OcpnNs *ns,
                uint32_t *value)
{
    *value = ocpn_cdw(r, 11) & f->mask;
    if ((f->flags & OCPN_FEAT_OCP) && !c->cfg.ocp.lax_reserved &&
        *value != ocpn_cdw(r, 11)) {
        refuse_value(c, r, *value ^ ocpn_cdw(r, 11));
        return false;
    }
    if (*value & f->zero) {
        refuse_value(c, r, *value & f->zero);
        return false;
    }
    return !f->set || f->set(c, r, ns, value);
}

static void put(OcpnCtrl *c, OcpnReq *r, const Target *t, OcpnNs *ns,
                uint32_t value)
{
    if (t->f->take) {
        t->f->take(r, ns, value);
        return;
    }
    value_of(c, ns, t->index)->now = value;
    if (t->f->apply) {
        t->f->apply(c, ns, value);
    }
}

/* All namespaces change or none does.  False: refused. */
static bool set_all(OcpnCtrl *c, OcpnReq *r, const Target *t)
{
    uint32_t value[OCPN_MAX_NS + 1];

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (has_feature(c->ns[i], t->f) &&
            !ask(c, r, t->f, c->ns[i], &value[i])) {
            return false;
        }
    }
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (has_feature(c->ns[i], t->f)) {
            put(c, r, t, c->ns[i], value[i]);
        }
    }
    return true;
}

static bool set_value(OcpnCtrl *c, OcpnReq *r, const Target *t)
{
    uint32_t value;

    if (t->all) {
        return set_all(c, r, t);
    }
    if (!ask(t->home, r, t->f, t->ns, &value)) {
        return false;
    }
    put(t->home, r, t, t->ns, value);
    return true;
}

/* Attached or not by now. */
static void end_taking(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t nsid = from_le32(r->cmd.nsid);
    Target t = { 0 };

    if (find_row(c, r, &t) != FLOW_PENDING || !t.f->taken) {
        return;
    }
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnNs *ns = ocpn_ns_slot(c, i);

        if (ns && (nsid == i || nsid == NVME_NSID_ALL)) {
            t.f->taken(r, ns);
        }
    }
}

static void saved(OcpnCtrl *c, OcpnReq *r)
{
    end_taking(c, r);
    if (r->failed) {
        ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    ocpn_complete(c, r);
}

/* One namespace after the other until all is on stable storage. */
static void sync_next(OcpnCtrl *c, OcpnReq *r)
{
    while (!r->failed && r->step < OCPN_MAX_NS) {
        OcpnNs *ns = c->root[++r->step];

        if (ns) {
            ocpn_store_join(&ns->store, r, true, sync_next);
            return;
        }
    }
    saved(c, r);
}

/* Keep the value just set over resets and power cycles. */
static OcpnFlow save(OcpnCtrl *c, OcpnReq *r, const Target *t)
{
    OcpnFeatureValue *v = value_of(c, NULL, t->index);
    OcpnStore *s = &c->root[1]->store;

    v->saved = v->now;
    v->has_saved = true;
    ocpn_state_dirty(c, IMG_STATE_FEATURES);
    if (t->f->flags & OCPN_FEAT_SYNC) {
        sync_next(c, r);
        return FLOW_PENDING;
    }
    return ocpn_store_join(s, r, true, saved);
}

/* A further controller has no image to save anything in. */
static bool is_saveable(const OcpnCtrl *c, const OcpnFeature *f)
{
    return f->flags & OCPN_FEAT_SAVE && !c->subsys.further;
}

static uint32_t capabilities(const OcpnCtrl *c, const OcpnFeature *f)
{
    uint32_t bits = f->flags & OCPN_FEAT_CAPABILITIES;

    return is_saveable(c, f) ? bits : bits & ~(uint32_t)OCPN_FEAT_SAVE;
}

OcpnFlow ocpn_set_feature(OcpnCtrl *c, OcpnReq *r)
{
    bool sv = FIELD_GET(NVME_FEAT_SV, ocpn_cdw(r, 10));
    Target t = { 0 };
    OcpnFlow flow = find_row(c, r, &t);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!(t.f->flags & OCPN_FEAT_CHANGE)) {
        return REJECT_FIELD(c, r, FEATURE_NOT_CHANGEABLE, cdw10,
                            NVME_FEAT_FID);
    }
    if (sv && (!is_saveable(c, t.f) || !c->root[1])) {
        return REJECT_FIELD(c, r, FEATURE_NOT_SAVEABLE, cdw10, NVME_FEAT_SV);
    }
    flow = check_scope(c, r, &t, true);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!set_value(c, r, &t)) {
        return FLOW_DONE;
    }
    ocpn_happened(c, OCPN_HAP_FEATURE_SET, t.f->fid, ocpn_cdw(r, 11));
    if (sv) {
        return save(c, r, &t);
    }
    if (t.f->flags & OCPN_FEAT_SYNC) {
        sync_next(c, r);
        return FLOW_PENDING;
    }
    return FLOW_DONE;
}

static uint32_t selected(const OcpnCtrl *c, const OcpnFeature *f,
                         const OcpnFeatureValue *v, uint32_t sel)
{
    switch (sel) {
    case NVME_FEAT_SEL_CURRENT:
        return v->now;
    case NVME_FEAT_SEL_SAVED:
        return v->has_saved ? v->saved : ocpn_feature_default(c, f);
    default:
        return ocpn_feature_default(c, f);
    }
}

OcpnFlow ocpn_get_feature(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t sel = FIELD_GET(NVME_FEAT_SEL, ocpn_cdw(r, 10));
    Target t = { 0 };
    OcpnFlow flow = find_row(c, r, &t);
    uint32_t value;

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (sel > NVME_FEAT_SEL_CAPABILITIES) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_FEAT_SEL);
    }
    if (sel == NVME_FEAT_SEL_CAPABILITIES) {
        r->dw0 = capabilities(c, t.f);
        return FLOW_DONE;
    }
    flow = check_scope(c, r, &t, false);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    value = selected(c, t.f, value_of(t.home, t.ns, t.index), sel);
    if (!t.f->get || t.f->get(t.home, r, t.ns, sel, &value)) {
        r->dw0 = value;
    }
    return FLOW_DONE;
}
