/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors: which are armed.
 * Implements: OCP Datacenter NVMe SSD, ERRI-1..6, SERRI-10.
 *
 * What an entry does is in inject-type.c, how commands meet it in
 * inject-meet.c.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/panic.h"
#include "inject-int.h"

bool ocpn_inject_offered(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_1_0) &&
           c->cfg.ocp.profile != OCPN_PROFILE_META;     /* FB-CONF-4, 5 */
}

/* What the entries wait for. */
void ocpn_inject_rearm(OcpnInject *i)
{
    unsigned armed = OCPN_INJECT_LATE;  /* stays until a reset */
    uint64_t due = UINT64_MAX;

    for (uint32_t n = 0; n < i->n; n++) {
        const OcpnInjection *e = &i->entry[n];
        unsigned at = ocpn_inject_type(ocpn_injection_type(e))->at;

        armed |= at;
        if (at == OCPN_INJECT_AT_READ && e->chances < due) {
            due = e->chances;
        }
    }
    atomic_store(&i->due, due);
    atomic_fetch_or(&i->armed, armed & ~(unsigned)OCPN_INJECT_LATE);
    atomic_fetch_and(&i->armed, armed);
}

void ocpn_inject_fired(OcpnCtrl *c, uint32_t n)
{
    OcpnInject *i = &c->inject;
    OcpnInjection *e = &i->entry[n];
    uint32_t type = ocpn_injection_type(e);

    if (!ocpn_injection_single(e)) {
        return;
    }
    memmove(e, e + 1, (--i->n - n) * sizeof(*e));
    ocpn_inject_rearm(i);
    if (ocpn_inject_type(type)->fire) {
        atomic_fetch_or(&i->over, UINT64_C(1) << type);
        ocpn_inject_tell(c);
    }
}

/* Arm E, or do what it says at once.  There is room. */
static void add(OcpnCtrl *c, OcpnInjection e)
{
    const OcpnInjectType *t = ocpn_inject_type(ocpn_injection_type(&e));
    OcpnInject *i = &c->inject;

    if (t->fire) {
        t->fire(c, true);
    }
    if (t->at == OCPN_INJECT_AT_ONCE && ocpn_injection_single(&e)) {
        return;
    }
    if (t->at == OCPN_INJECT_AT_READ) {
        e.chances = atomic_load(&i->reads) + ocpn_injection_reads(&e);
    }
    ocpn_lock(&i->lock);
    i->entry[i->n++] = e;
    ocpn_inject_rearm(i);
    ocpn_unlock(&i->lock);
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
            add(c, (OcpnInjection) { .wire = e[i] });
        }
    }
    ocpn_inject_dirty(c);
    return true;
}

uint32_t ocpn_inject_get(OcpnCtrl *c, OcpInjection *e)
{
    OcpnInject *i = &c->inject;
    uint32_t n;

    ocpn_lock(&i->lock);
    n = i->n;
    for (uint32_t k = 0; k < n; k++) {
        e[k] = i->entry[k].wire;
    }
    ocpn_unlock(&i->lock);
    return n;
}

static bool counts(const OcpnInjectType *t)
{
    return t->at & (OCPN_INJECT_AT_IO | OCPN_INJECT_AT_ADMIN |
                    OCPN_INJECT_AT_READ);
}

static bool has_time(uint32_t type)
{
    return type == OCP_INJECT_LATENCY || type == OCP_INJECT_RANDOM_LATENCY;
}

static bool check_order(uint32_t type, uint32_t after, uint32_t ms,
                        OcpnError *err)
{
    const OcpnInjectType *t = ocpn_inject_type(type);

    if (!t) {
        return OCPN_FAIL(err, "type 0x%x: there is no such error",
                         (unsigned)type);
    }
    if (after && !counts(t)) {
        return OCPN_FAIL(err, "type 0x%x waits for no command, so it is not "
                         "after %u", (unsigned)type, (unsigned)after);
    }
    if (after > UINT16_MAX) {
        return OCPN_FAIL(err, "after %u commands: at most %u",
                         (unsigned)after, UINT16_MAX);
    }
    return !ms || has_time(type) ||
           OCPN_FAIL(err, "type 0x%x has no time, and %u ms were given",
                     (unsigned)type, (unsigned)ms);
}

static bool has_room(OcpnInject *i)
{
    uint32_t n;

    ocpn_lock(&i->lock);
    n = i->n;
    ocpn_unlock(&i->lock);
    return n < OCP_INJECTIONS;
}

bool ocpn_inject(OcpnCtrl *c, uint32_t type, uint32_t after, uint32_t ms,
                 bool single, OcpnError *err)
{
    bool panics = ocpn_inject_panics(type);
    OcpnInjection e = {
        .wire = {
            .flags = (uint8_t)(OCP_INJECTION_ENABLE |
                               (single ? OCP_INJECTION_SINGLE : 0)),
            .type = to_le16((uint16_t)type),
            .reads = to_le16(panics ? (uint16_t)after : 0),
            .ms = to_le32(ms),
        },
        .chances = after,
    };

    if (!ocpn_knobs_allowed(c, err) || !check_order(type, after, ms, err)) {
        return false;
    }
    if (!has_room(&c->inject)) {
        return OCPN_FAIL(err, "%u errors are armed, and there is no room for "
                         "more", OCP_INJECTIONS);
    }
    if (panics && !after) {
        ocpn_panic(c, OCP_PANIC_VENDOR + type);
    }
    if (!(panics && !after && single)) {
        add(c, e);
    }
    ocpn_inject_dirty(c);
    ocpn_state_sync(c);
    return true;
}

bool ocpn_inject_take(OcpnCtrl *c, enum OcpInjectType type)
{
    OcpnInject *i = &c->inject;
    bool found = false;

    ocpn_lock(&i->lock);
    for (uint32_t n = 0; n < i->n && !found; n++) {
        if (ocpn_injection_type(&i->entry[n]) == type) {
            found = true;
            ocpn_inject_fired(c, n);
        }
    }
    ocpn_unlock(&i->lock);
    return found;
}

void ocpn_inject_clear(OcpnCtrl *c, bool all)
{
    OcpnInject *i = &c->inject;
    uint64_t over = 0;
    uint32_t kept = 0;

    ocpn_lock(&i->lock);
    for (uint32_t n = 0; n < i->n; n++) {
        const OcpnInjection *e = &i->entry[n];
        uint32_t type = ocpn_injection_type(e);

        if (!all && ocpn_inject_panics(type) && !ocpn_injection_single(e)) {
            i->entry[kept++] = *e;
        } else {
            over |= UINT64_C(1) << type;
        }
    }
    i->n = kept;
    ocpn_inject_rearm(i);
    ocpn_unlock(&i->lock);
    if (over) {
        ocpn_inject_dirty(c);
    }
    for (uint32_t type = 0; over; type++, over >>= 1) {
        if ((over & 1) && ocpn_inject_type(type)->fire) {
            ocpn_inject_type(type)->fire(c, false);
        }
    }
}
