/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault rules: their list, and the decision.
 * Implements: docs/fault-injection.rst.
 *
 * A decision walks the rules in the order in which they were added, whoever
 * added them.  Every rule for the point and the place counts a chance; the
 * first one that fires decides, and those behind it count nothing.  A rule
 * whose times are used up counts and arms nothing any more; one of a text
 * stays in the list, others go.
 *
 * Dice are splitmix64, a state a rule, and are thrown only where they matter:
 * with ppm below a million, behind the chances of "after", and for a time
 * that is left to chance.
 */
#include <string.h>

#include "ctrl-int.h"
#include "dice-int.h"

static const uint32_t most[OCPN_FAULT_NOWNERS] = {
    [OCPN_FAULT_RULES]      = OCPN_NFAULTS,
    [OCPN_FAULT_INJECTED]   = OCP_INJECTIONS,
    [OCPN_FAULT_FORCED]     = OCPN_NFORCED,
};

static bool used_up(const OcpnFault *f)
{
    return f->rule.times && f->fired >= f->rule.times;
}

/* Under the lock. */
static void rearm(OcpnFaults *fs)
{
    unsigned armed = atomic_load(&fs->armed) & OCPN_FAULT_LATE;

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

    while (i < fs->n && (!id || fs->fault[i].id != id)) {
        i++;
    }
    return i;
}

/* Under the lock. */
static uint32_t count(const OcpnFaults *fs, OcpnFaultOwner owner)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < fs->n; i++) {
        n += fs->fault[i].owner == owner;
    }
    return n;
}

/* Under the lock.  False: there is no room. */
static bool append(OcpnFaults *fs, const OcpnFault *f)
{
    if (count(fs, (OcpnFaultOwner)f->owner) >= most[f->owner]) {
        return false;
    }
    fs->fault[fs->n++] = *f;
    rearm(fs);
    return true;
}

/* Under the lock. */
static void drop(OcpnFaults *fs, uint32_t i)
{
    fs->n--;
    memmove(&fs->fault[i], &fs->fault[i + 1],
            (fs->n - i) * sizeof(fs->fault[0]));
}

/* Under the lock: a number that no rule has. */
static uint32_t new_id(OcpnFaults *fs)
{
    do {
        fs->next_id++;
    } while (!fs->next_id || find(fs, fs->next_id) < fs->n);
    return fs->next_id;
}

uint32_t ocpn_fault_add(OcpnCtrl *c, const OcpnFaultRule *rule,
                        OcpnError *err)
{
    OcpnFaults *fs = &c->faults;
    OcpnFault f = { .owner = OCPN_FAULT_RULES, .rule = *rule,
                    .dice = rule->seed };

    if (!ocpn_fault_check(c, rule, err)) {
        return 0;
    }
    ocpn_lock(&fs->lock);
    if (count(fs, OCPN_FAULT_RULES) < OCPN_NFAULTS) {
        f.id = new_id(fs);
        append(fs, &f);
    }
    ocpn_unlock(&fs->lock);
    if (!f.id) {
        return OCPN_FAIL(err, "there are %u rules, and no room for more; "
                         "delete=N removes one, clear all", OCPN_NFAULTS);
    }
    return f.id;
}

bool ocpn_fault_put(OcpnCtrl *c, const OcpnFault *f)
{
    bool ok;

    ocpn_lock(&c->faults.lock);
    ok = append(&c->faults, f);
    ocpn_unlock(&c->faults.lock);
    return ok;
}

bool ocpn_fault_restore(OcpnCtrl *c, const OcpnFault *fault, OcpnError *err)
{
    OcpnFaults *fs = &c->faults;
    bool ok;

    if (!ocpn_fault_check(c, &fault->rule, err)) {
        return false;
    }
    ocpn_lock(&fs->lock);
    ok = (fault->owner == OCPN_FAULT_RULES) == (fault->id != 0) &&
         find(fs, fault->id) == fs->n && append(fs, fault);
    ocpn_unlock(&fs->lock);
    return ok || OCPN_FAIL(err, "fault rule %u comes twice, or after as many "
                           "others as there can be", (unsigned)fault->id);
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
        drop(fs, i);
        rearm(fs);
    }
    ocpn_unlock(&fs->lock);
    return found;
}

uint32_t ocpn_fault_remove(OcpnCtrl *c,
                           bool (*which)(const OcpnFault *f, void *opaque),
                           void *opaque)
{
    OcpnFaults *fs = &c->faults;
    uint32_t kept = 0, gone;

    ocpn_lock(&fs->lock);
    for (uint32_t i = 0; i < fs->n; i++) {
        if (!which(&fs->fault[i], opaque)) {
            fs->fault[kept++] = fs->fault[i];
        }
    }
    gone = fs->n - kept;
    fs->n = kept;
    rearm(fs);
    ocpn_unlock(&fs->lock);
    return gone;
}

static bool is_of(const OcpnFault *f, void *owner)
{
    return f->owner == *(const OcpnFaultOwner *)owner;
}

void ocpn_fault_remove_all(OcpnCtrl *c, OcpnFaultOwner owner)
{
    ocpn_fault_remove(c, is_of, &owner);
}

void ocpn_fault_clear(OcpnCtrl *c)
{
    ocpn_fault_remove_all(c, OCPN_FAULT_RULES);
}

uint32_t ocpn_fault_count(OcpnCtrl *c, OcpnFaultOwner owner)
{
    uint32_t n;

    ocpn_lock(&c->faults.lock);
    n = count(&c->faults, owner);
    ocpn_unlock(&c->faults.lock);
    return n;
}

bool ocpn_fault_nth(OcpnCtrl *c, OcpnFaultOwner owner, uint32_t index,
                    OcpnFault *f)
{
    OcpnFaults *fs = &c->faults;
    bool found = false;

    ocpn_lock(&fs->lock);
    for (uint32_t i = 0; i < fs->n && !found; i++) {
        found = fs->fault[i].owner == owner && !index--;
        if (found) {
            *f = fs->fault[i];
        }
    }
    ocpn_unlock(&fs->lock);
    return found;
}

bool ocpn_fault_armed(const OcpnCtrl *c, unsigned points_asked)
{
    return ocpn_faults_armed(&c->faults, points_asked);
}

void ocpn_fault_none_late(OcpnCtrl *c)
{
    ocpn_lock(&c->faults.lock);
    atomic_fetch_and(&c->faults.armed, ~OCPN_FAULT_LATE);
    ocpn_unlock(&c->faults.lock);
}

uint32_t ocpn_fault_roll(uint64_t *dice, uint32_t n)
{
    return (uint32_t)(ocpn_dice(dice) % n) + 1;
}

/* F, which is not used up, has a chance.  True: it fires. */
static bool take_chance(OcpnFault *f)
{
    f->chances++;
    if (f->chances <= f->rule.after) {
        return false;
    }
    /* 32 bits times a million stay below 2^52. */
    if (f->rule.ppm < OCPN_FAULT_MILLION &&
        (ocpn_dice(&f->dice) >> 32) * OCPN_FAULT_MILLION >> 32 >=
        f->rule.ppm) {
        return false;
    }
    f->fired++;
    return true;
}

/* Rule I has fired: what it does to *RULE, the time drawn, and to the list. */
static void fires(OcpnFaults *fs, uint32_t i, OcpnFaultRule *rule)
{
    OcpnFault *f = &fs->fault[i];

    *rule = f->rule;
    if (rule->point == OCPN_FAULT_RANDOM_LATENCY) {
        rule->ms = ocpn_fault_roll(f->owner == OCPN_FAULT_INJECTED
                                   ? &fs->dice : &f->dice, rule->ms);
    }
    if (rule->ms || rule->point == OCPN_FAULT_TIMEOUT) {
        atomic_fetch_or(&fs->armed, OCPN_FAULT_LATE);
    }
    if (f->rule.anew) {
        f->chances = 0;
    }
    if (used_up(f)) {
        if (f->owner != OCPN_FAULT_RULES) {
            drop(fs, i);
        }
        rearm(fs);
    }
}

bool ocpn_fault_decide(OcpnCtrl *c, unsigned points, OcpnFaultMeets *meets,
                       const void *what, OcpnFaultRule *rule)
{
    OcpnFaults *fs = &c->faults;
    bool found = false;

    ocpn_lock(&fs->lock);
    for (uint32_t i = 0; i < fs->n && !found; i++) {
        OcpnFault *f = &fs->fault[i];

        if (!(points >> f->rule.point & 1) || used_up(f) || !meets(f, what)) {
            continue;
        }
        found = take_chance(f);
        if (found) {
            fires(fs, i, rule);
        }
    }
    ocpn_unlock(&fs->lock);
    return found;
}

/* Blocks of a chunk. */
typedef struct Blocks {
    const OcpnNs *ns;
    uint32_t chunk, blk, nlb;
} Blocks;

static bool meets_blocks(const OcpnFault *f, const void *what)
{
    const Blocks *b = what;

    return (!f->rule.nsid || f->rule.nsid == b->ns->nsid) &&
           ocpn_place_meets(&f->rule.at, &b->ns->im.geo, b->chunk, b->blk,
                            b->nlb);
}

bool ocpn_fault(OcpnNs *ns, OcpnFaultPoint point, uint32_t chunk,
                uint32_t blk, uint32_t nlb, OcpnFaultRule *rule)
{
    OcpnFaultRule fired;
    bool found = ocpn_fault_decide(ns->c, 1u << point, meets_blocks,
                                   &(Blocks) { ns, chunk, blk, nlb }, &fired);

    if (found && rule) {
        *rule = fired;
    }
    return found;
}
