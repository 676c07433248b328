/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors: which are armed.
 * Implements: OCP Datacenter NVMe SSD, ERRI-1..6, SERRI-10.
 *
 * An entry is a fault rule.  What it does is in inject-type.c and, where
 * commands meet it, in fault-meet.c.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/panic.h"

bool ocpn_inject_offered(const OcpnCtrl *c)
{
    return !c->subsys.further && ocpn_ocp(c, OCP_1_0) &&
           c->cfg.ocp.profile != OCPN_PROFILE_META;     /* FB-CONF-4, 5 */
}

bool ocpn_injection_lasts(const OcpInjection *wire)
{
    return ocpn_inject_type(from_le16(wire->type))->point !=
           OCPN_FAULT_LASTS || !(wire->flags & OCP_INJECTION_SINGLE);
}

OcpnFault ocpn_injection(const OcpInjection *wire, uint64_t after)
{
    uint32_t type = from_le16(wire->type), ms = from_le32(wire->ms);
    const OcpnInjectType *t = ocpn_inject_type(type);
    bool panics = t->point == OCPN_FAULT_READ_DONE;
    uint64_t reads = from_le16(wire->reads);    /* 0: the next one, too */

    ms = ms < OCPN_NEVER ? ms : OCPN_NEVER - 1;
    return (OcpnFault) {
        .owner = OCPN_FAULT_INJECTED,
        .wire = *wire,
        .rule = {
            .point = (OcpnFaultPoint)t->point,
            .at = OCPN_PLACE_ALL,
            .after = panics ? reads - (reads > 0) : after,
            .times = wire->flags & OCP_INJECTION_SINGLE ? 1 : 0,
            .ppm = OCPN_FAULT_MILLION,
            .anew = panics,
            .type = (uint8_t)type,
            .has = OCPN_FAULT_HAS_QUEUE,
            .io = !t->admin,
            .ms = ms && ocpn_inject_has_time(type) ? ms : t->ms,
        },
    };
}

void ocpn_inject_undo(OcpnCtrl *c, uint32_t type)
{
    c->inject.effects &= ~(UINT64_C(1) << type);
    ocpn_inject_type(type)->fire(c, false);
}

/* Arm WIRE, or do what it says at once.  There is room. */
static void add(OcpnCtrl *c, const OcpInjection *wire, uint64_t after)
{
    OcpnFault f = ocpn_injection(wire, after);
    const OcpnInjectType *t = ocpn_inject_type(f.rule.type);

    if (t->fire) {
        if (ocpn_injection_lasts(wire)) {
            c->inject.effects |= UINT64_C(1) << f.rule.type;
        }
        t->fire(c, true);
    }
    if (ocpn_injection_lasts(wire)) {
        (void)ocpn_fault_put(c, &f);
    }
}

static bool is_zero(const void *p, size_t n)
{
    const uint8_t *b = p;

    while (n && !b[n - 1]) {
        n--;
    }
    return n == 0;
}

/* ERRI-4: no entry, whatever follows. */
static bool is_empty(const OcpInjection *e)
{
    return !e->flags && !e->rsvd1 && !from_le16(e->type);
}

/* Only what its type knows is set. */
static bool check_reserved(const OcpnCtrl *c, const OcpInjection *e)
{
    const uint8_t known = OCP_INJECTION_ENABLE | OCP_INJECTION_SINGLE;

    return c->cfg.ocp.lax_reserved ||
           (!(e->flags & ~known) && !e->rsvd1 &&
            (!ocpn_inject_panics(from_le16(e->type)) ||
             is_zero(e->rsvd6, sizeof(*e) - offsetof(OcpInjection, rsvd6))));
}

/* ERRI-5 */
static bool check(const OcpnCtrl *c, const OcpInjection *e)
{
    uint32_t type = from_le16(e->type);
    const OcpnInjectType *t = ocpn_inject_type(type);

    return t && ocpn_ocp(c, (OcpVersion)t->since) && check_reserved(c, e) &&
           (!ocpn_inject_panics(type) || (e->flags & OCP_INJECTION_SINGLE));
}

static bool check_all(const OcpnCtrl *c, const OcpInjection *e, uint32_t n)
{
    uint32_t first = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t type = from_le16(e[i].type);

        if (is_empty(&e[i])) {
            continue;
        }
        if (!check(c, &e[i])) {
            return false;
        }
        first = first ? first : type;
        if (ocpn_ocp(c, OCP_2_7) && type != first) {
            return false;       /* 2.7: one type in a command */
        }
    }
    return true;
}

bool ocpn_inject_set(OcpnCtrl *c, const OcpInjection *e, uint32_t n)
{
    if (!check_all(c, e, n)) {
        return false;
    }
    ocpn_inject_clear(c, true);
    for (uint32_t i = 0; i < n; i++) {
        if (e[i].flags & OCP_INJECTION_ENABLE) {
            add(c, &e[i], 0);
        }
    }
    ocpn_inject_dirty(c);
    return true;
}

uint32_t ocpn_inject_get(OcpnCtrl *c, OcpInjection *e)
{
    OcpnFaults *fs = &c->faults;
    uint32_t n = 0;

    ocpn_lock(&fs->lock);
    for (uint32_t k = 0; k < fs->n; k++) {
        if (fs->fault[k].owner == OCPN_FAULT_INJECTED) {
            e[n++] = fs->fault[k].wire;
        }
    }
    ocpn_unlock(&fs->lock);
    return n;
}

static bool check_order(uint32_t type, uint32_t after, uint32_t ms,
                        OcpnError *err)
{
    const OcpnInjectType *t = ocpn_inject_type(type);

    if (!t) {
        return OCPN_FAIL(err, "type 0x%x: there is no such error",
                         (unsigned)type);
    }
    if (after && !ocpn_inject_counts(t)) {
        return OCPN_FAIL(err, "type 0x%x waits for no command, so it is not "
                         "after %u", (unsigned)type, (unsigned)after);
    }
    if (after > UINT16_MAX) {
        return OCPN_FAIL(err, "after %u commands: at most %u",
                         (unsigned)after, UINT16_MAX);
    }
    return !ms || ocpn_inject_has_time(type) ||
           OCPN_FAIL(err, "type 0x%x has no time, and %u ms were given",
                     (unsigned)type, (unsigned)ms);
}

bool ocpn_inject(OcpnCtrl *c, uint32_t type, uint32_t after, uint32_t ms,
                 bool single, OcpnError *err)
{
    bool panics = ocpn_inject_panics(type);
    OcpInjection e = {
        .flags = (uint8_t)(OCP_INJECTION_ENABLE |
                           (single ? OCP_INJECTION_SINGLE : 0)),
        .type = to_le16((uint16_t)type),
        .reads = to_le16(panics ? (uint16_t)after : 0),
        .ms = to_le32(ms),
    };

    if (!ocpn_knobs_allowed(c, err) || !check_order(type, after, ms, err)) {
        return false;
    }
    if (ocpn_fault_count(c, OCPN_FAULT_INJECTED) >= OCP_INJECTIONS) {
        return OCPN_FAIL(err, "%u errors are armed, and there is no room for "
                         "more", OCP_INJECTIONS);
    }
    if (panics && !after) {
        ocpn_panic(c, OCP_PANIC_VENDOR + type);
    }
    if (!(panics && !after && single)) {
        add(c, &e, after);
    }
    ocpn_inject_dirty(c);
    ocpn_state_sync(c);
    return true;
}

static bool is_of_type(const OcpnFault *f, const void *type)
{
    return f->rule.type == *(const enum OcpInjectType *)type;
}

bool ocpn_inject_take(OcpnCtrl *c, enum OcpInjectType type)
{
    OcpnFaultRule rule;
    bool found = ocpn_fault_decide(c, OCPN_FAULT_BIT(SANITIZE), is_of_type,
                                   &type, &rule);

    if (found) {
        ocpn_inject_fired(c, &rule);
    }
    return found;
}

typedef struct Cleared {
    bool     all;
    uint64_t types;             /* 1 << type of those that go */
} Cleared;

/* Does F go? */
static bool is_cleared(const OcpnFault *f, void *opaque)
{
    Cleared *o = opaque;

    if (f->owner != OCPN_FAULT_INJECTED ||
        (!o->all && f->rule.anew && !f->rule.times)) {
        return false;
    }
    o->types |= UINT64_C(1) << f->rule.type;
    return true;
}

void ocpn_inject_clear(OcpnCtrl *c, bool all)
{
    Cleared o = { .all = all, .types = c->inject.effects };

    if (ocpn_fault_remove(c, is_cleared, &o)) {
        ocpn_inject_dirty(c);
    }
    for (uint32_t type = 0; o.types; type++, o.types >>= 1) {
        if ((o.types & 1) && ocpn_inject_type(type)->fire) {
            ocpn_inject_undo(c, type);
        }
    }
}
