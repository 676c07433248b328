/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault rules: their list, and the decision.
 * Implements: docs/fault-injection.rst.
 *
 * A decision walks the rules in the order in which they were added.  Every
 * rule for the point and the place counts a chance; the first one that fires
 * decides, and those behind it count nothing.  A rule whose times are used up
 * stays in the list, but counts and arms nothing any more.
 *
 * Dice are splitmix64, a state a rule, and are thrown only where they matter:
 * with ppm below a million, behind the chances of "after".
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"

#define MILLION     1000000u

/* RULE is for a namespace that is there, or for all that have chunks. */
static bool check_namespaces(const OcpnCtrl *c, const OcpnFaultRule *rule,
                             OcpnError *err)
{
    unsigned found = 0;
    OcpnError why;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        const OcpnNs *ns = c->ns[i];

        if (!ns || !ocpn_ns_is_open_channel(ns) ||
            (rule->nsid && rule->nsid != i)) {
            continue;
        }
        if (!ocpn_place_check(&rule->at, &ns->im.geo, &why)) {
            return OCPN_FAIL(err, "namespace %" PRIu32 ": %.220s", i,
                             why.text);
        }
        found++;
    }
    if (!found && rule->nsid) {
        return OCPN_FAIL(err, "ns=%" PRIu32 " is no open-channel namespace "
                         "of this drive", rule->nsid);
    }
    return found || OCPN_FAIL(err, "the drive has no open-channel namespace, "
                              "and only chunks have faults");
}

static bool used_up(const OcpnFault *f)
{
    return f->rule.times && f->fired >= f->rule.times;
}

/* Under the lock. */
static void rearm(OcpnFaults *fs)
{
    unsigned armed = 0;

    for (uint32_t i = 0; i < fs->n; i++) {
        if (!used_up(&fs->fault[i])) {
            armed |= 1u << fs->fault[i].rule.point;
        }
    }
    atomic_store(&fs->armed, armed);
}

/* Index of rule ID, or N.  Under the lock. */
static uint32_t find(const OcpnFaults *fs, uint32_t id)
{
    uint32_t i = 0;

    while (i < fs->n && fs->fault[i].id != id) {
        i++;
    }
    return i;
}

/* Under the lock, and there is room. */
static uint32_t append(OcpnFaults *fs, const OcpnFaultRule *rule)
{
    uint32_t id = fs->next_id;

    do {
        id++;
    } while (!id || find(fs, id) < fs->n);
    fs->next_id = id;
    fs->fault[fs->n++] = (OcpnFault) { .id = id, .rule = *rule,
                                       .dice = rule->seed };
    rearm(fs);
    return id;
}

uint32_t ocpn_fault_add(OcpnCtrl *c, const OcpnFaultRule *rule,
                        OcpnError *err)
{
    OcpnFaults *fs = &c->faults;
    uint32_t id = 0;

    if (!check_namespaces(c, rule, err)) {
        return 0;
    }
    ocpn_lock(&fs->lock);
    if (fs->n < OCPN_NFAULTS) {
        id = append(fs, rule);
    }
    ocpn_unlock(&fs->lock);
    if (!id) {
        return OCPN_FAIL(err, "there are %u rules, and no room for more; "
                         "delete=N removes one, clear all", OCPN_NFAULTS);
    }
    return id;
}

bool ocpn_fault_restore(OcpnCtrl *c, const OcpnFault *fault, OcpnError *err)
{
    OcpnFaults *fs = &c->faults;
    bool ok;

    if (!check_namespaces(c, &fault->rule, err)) {
        return false;
    }
    ocpn_lock(&fs->lock);
    ok = fs->n < OCPN_NFAULTS && fault->id && find(fs, fault->id) == fs->n;
    if (ok) {
        fs->fault[fs->n++] = *fault;
        rearm(fs);
    }
    ocpn_unlock(&fs->lock);
    return ok || OCPN_FAIL(err, "fault rule %" PRIu32 " comes twice, or after "
                           "%u others", fault->id, OCPN_NFAULTS);
}

bool ocpn_fault_del(OcpnCtrl *c, uint32_t id)
{
    OcpnFaults *fs = &c->faults;
    uint32_t i;
    bool found;

    ocpn_lock(&fs->lock);
    i = find(fs, id);
    found = i < fs->n;
    if (found) {
        fs->n--;
        memmove(&fs->fault[i], &fs->fault[i + 1],
                (fs->n - i) * sizeof(fs->fault[0]));
        rearm(fs);
    }
    ocpn_unlock(&fs->lock);
    return found;
}

void ocpn_fault_clear(OcpnCtrl *c)
{
    ocpn_lock(&c->faults.lock);
    c->faults.n = 0;
    rearm(&c->faults);
    ocpn_unlock(&c->faults.lock);
}

bool ocpn_fault_armed(const OcpnCtrl *c, unsigned points_asked)
{
    return atomic_load_explicit(&c->faults.armed, memory_order_relaxed) &
           points_asked;
}

static uint64_t throw_dice(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* F, which is not used up, has a chance.  True: it fires. */
static bool take_chance(OcpnFault *f)
{
    f->chances++;
    if (f->chances <= f->rule.after) {
        return false;
    }
    /* 32 bits times a million stay below 2^52. */
    if (f->rule.ppm < MILLION &&
        (throw_dice(&f->dice) >> 32) * MILLION >> 32 >= f->rule.ppm) {
        return false;
    }
    f->fired++;
    return true;
}

bool ocpn_fault(OcpnNs *ns, OcpnFaultPoint point, uint32_t chunk,
                uint32_t blk, uint32_t nlb, OcpnFaultRule *rule)
{
    OcpnFaults *fs = &ns->c->faults;
    bool fires = false;

    ocpn_lock(&fs->lock);
    for (uint32_t i = 0; i < fs->n && !fires; i++) {
        OcpnFault *f = &fs->fault[i];

        if (f->rule.point != point || used_up(f) ||
            (f->rule.nsid && f->rule.nsid != ns->nsid) ||
            !ocpn_place_meets(&f->rule.at, &ns->im.geo, chunk, blk, nlb)) {
            continue;
        }
        fires = take_chance(f);
        if (fires && rule) {
            *rule = f->rule;
        }
        if (fires && used_up(f)) {
            rearm(fs);
        }
    }
    ocpn_unlock(&fs->lock);
    return fires;
}
