/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved events, features, notifications, faults and errors.
 * Implements: docs/user-guide.rst, "Migration".
 */
#include <inttypes.h>
#include <string.h>

#include "migrate-int.h"

bool ocpn_load_event(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedEvent *s = part;

    if (c->nevents == OCPN_NEVENTS || s->type > 7 || s->pending > 1 ||
        s->masked > 1 || from_le32(s->order) >= c->event_order) {
        return OCPN_FAIL(err, "event %u (type %u, page 0x%x) cannot be",
                         (unsigned)c->nevents, s->type, s->lid);
    }
    for (uint32_t i = 0; i < c->nevents; i++) {
        if (c->event[i].type == s->type && c->event[i].lid == s->lid) {
            return OCPN_FAIL(err, "the event of type %u for page 0x%x comes "
                             "twice", s->type, s->lid);
        }
    }
    c->event[c->nevents++] = (OcpnEvent) {
        .type = s->type, .info = s->info, .lid = s->lid,
        .pending = s->pending, .masked = s->masked,
        .order = from_le32(s->order),
    };
    return true;
}

/* Can a value of F be V? */
static bool possible(const OcpnFeature *f, uint32_t v)
{
    return v == f->def || !(v & (~f->mask | f->zero));
}

bool ocpn_load_feature(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedFeature *s = part;
    uint32_t now = from_le32(s->now), saved = from_le32(s->saved);
    uint32_t nsid = from_le32(s->nsid);
    OcpnNs *ns = ocpn_ns_slot(c, nsid);     /* the image comes later */
    unsigned i;
    const OcpnFeature *f = s->uuid <= OCPN_UUID_OCP
        ? ocpn_feature_row_of(c, s->fid, (OcpnUuid)s->uuid, &i) : NULL;

    if (!f || (nsid && (!ns || !(f->flags & OCPN_FEAT_NS))) ||
        !possible(f, now) ||
        s->has_saved > (f->flags & OCPN_FEAT_SAVE && !nsid) ||
        (s->has_saved && saved & (~f->mask | f->zero))) {
        return OCPN_FAIL(err, "feature 0x%02x of namespace %" PRIu32 " cannot "
                         "be 0x%" PRIx32 " (saved: 0x%" PRIx32 ")", s->fid,
                         nsid, now, saved);
    }
    (ns ? ns->feature : c->feature)[i] = (OcpnFeatureValue) {
        .now = now, .saved = saved, .has_saved = s->has_saved,
    };
    return true;
}

bool ocpn_load_notice(OcpnCtrl *c, const void *part, OcpnError *err)
{
    OcpnNotices *n = &c->notices;

    if (n->n == OCPN_NNOTICES) {
        return OCPN_FAIL(err, "there are more than %u notifications",
                         OCPN_NNOTICES);
    }
    memcpy(&n->entry[n->n++], part, sizeof(n->entry[0]));
    return true;
}

static OcpnRange range(const SavedRange *r)
{
    return (OcpnRange) { from_le64(r->first), from_le64(r->last) };
}

static bool is_range(const OcpnRange *r)
{
    return r->first <= r->last;
}

/* Forced statuses are a knob of OCP drives. */
static bool is_owner(const OcpnCtrl *c, const SavedFault *s)
{
    return s->owner == OCPN_FAULT_RULES ||
           (s->owner == OCPN_FAULT_FORCED && ocpn_ocp(c, OCP_1_0) &&
            from_le32(s->point) == OCPN_FAULT_STATUS);
}

bool ocpn_load_fault(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedFault *s = part;
    OcpnFault f = {
        .id = from_le32(s->id),
        .owner = s->owner,
        .chances = from_le64(s->chances),
        .fired = from_le64(s->fired),
        .dice = from_le64(s->dice),
        .rule = {
            .nsid = from_le32(s->nsid), .ppm = from_le32(s->ppm),
            .after = from_le64(s->after), .times = from_le64(s->times),
            .seed = from_le64(s->seed), .offline_next = s->offline_next != 0,
            .at = { range(&s->grp), range(&s->pu), range(&s->chk),
                    range(&s->blk), range(&s->lba) },
            .has = s->has, .io = s->io != 0, .opcode = s->opcode,
            .lid = s->lid, .fid = s->fid,
            .status = from_le16(s->status), .ms = from_le32(s->ms),
        },
    };
    const OcpnPlace *at = &f.rule.at;

    if (from_le32(s->point) >= OCPN_FAULT_NPOINTS || !f.rule.ppm ||
        f.rule.ppm > 1000000 || !is_range(&at->grp) || !is_range(&at->pu) ||
        !is_range(&at->chk) || !is_range(&at->blk) || !is_range(&at->lba) ||
        !is_owner(c, s)) {
        return OCPN_FAIL(err, "fault rule %" PRIu32 " cannot be: its point, "
                         "its ppm or its place", f.id);
    }
    f.rule.point = (OcpnFaultPoint)from_le32(s->point);
    return ocpn_fault_restore(c, &f, err);
}

bool ocpn_load_fault_1(OcpnCtrl *c, const void *part, OcpnError *err)
{
    SavedFault s;

    memset(&s, 0, sizeof(s));
    memcpy(&s, part, offsetof(SavedFault, owner));
    return from_le32(s.point) < OCPN_FAULT_NCHUNK
           ? ocpn_load_fault(c, &s, err)
           : OCPN_FAIL(err, "there is no fault of point %" PRIu32,
                       from_le32(s.point));
}

bool ocpn_load_errors(OcpnCtrl *c, const void *part, OcpnError *err)
{
    ImgPage p = { 0 };

    (void)err;
    memcpy(p.payload, part, sizeof(p.payload));
    memset(c->error, 0, sizeof(c->error));
    ocpn_errors_load(c, &p);
    return true;
}
