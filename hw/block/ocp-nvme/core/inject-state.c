/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors in the image: they do not outlive the power, but what they
 * have done to the drive's health does, and is undone at the next power on;
 * and a migration finds them there.
 * Implements: docs/image-format.rst, "Device state".
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/image-ocp.h"
#include "inject-int.h"

#define NPAGES  2u

/* Could E be armed? */
static bool is_armed(const OcpInjection *e)
{
    return ocpn_inject_type(from_le16(e->type)) &&
           (e->flags & OCP_INJECTION_ENABLE) && ocpn_injection_lasts(e);
}

/* Chances that F has still to let pass; of panics also the one that fires. */
static uint64_t chances(const OcpnFault *f)
{
    uint64_t all = f->rule.after + (f->rule.point == OCPN_FAULT_READ_DONE);

    return all > f->chances ? all - f->chances : 0;
}

static void load_entry(OcpnCtrl *c, const ImgInjection *e)
{
    uint64_t left = from_le64(e->chances), all;
    OcpnFault f;

    if (!is_armed(&e->wire)) {
        return;
    }
    f = ocpn_injection(&e->wire, left);
    all = chances(&f);
    f.chances = left < all ? all - (left ? left : 1) : 0;
    (void)ocpn_fault_put(c, &f);        /* there is room for all */
}

/* The page of facts, in which what they have done is, has it, too. */
void ocpn_inject_effects_load(OcpnCtrl *c, const ImgFacts *p)
{
    uint64_t bits = from_le64(p->injected);

    c->inject.effects = 0;
    for (uint32_t type = 0; p->whole == 1 && type < OCP_INJECT_NTYPES; type++) {
        const OcpnInjectType *t = ocpn_inject_type(type);

        if (bits >> type & 1 && t && t->fire) {
            c->inject.effects |= UINT64_C(1) << type;
        }
    }
    c->inject.free_blocks = p->whole == 1 ? from_le64(p->free_blocks) : 0;
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnInject *i = &c->inject;
    ImgInject s;
    uint32_t n;

    memcpy(&s, payload, sizeof(s));
    if (!nth) {
        ocpn_fault_remove_all(c, OCPN_FAULT_INJECTED);
        i->left = s.n <= OCP_INJECTIONS ? s.n : 0;
        if (!ocpn_facts_whole(c)) {
            i->free_blocks = from_le64(s.free_blocks);
        }
        ocpn_lock(&c->faults.lock);
        c->faults.dice = from_le64(s.dice);
        ocpn_unlock(&c->faults.lock);
    }
    n = i->left < IMG_INJECTIONS ? i->left : IMG_INJECTIONS;
    for (uint32_t k = 0; k < n && ocpn_ocp(c, OCP_1_0); k++) {
        load_entry(c, &s.entry[k]);
    }
    i->left -= n;
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    OcpnFaults *fs = &c->faults;
    uint32_t first = nth * IMG_INJECTIONS, n = 0;
    ImgInject s;

    memset(&s, 0, sizeof(s));
    ocpn_lock(&fs->lock);
    for (uint32_t k = 0; k < fs->n; k++) {
        const OcpnFault *f = &fs->fault[k];

        if (f->owner != OCPN_FAULT_INJECTED) {
            continue;
        }
        if (n >= first && n - first < IMG_INJECTIONS) {
            s.entry[n - first] = (ImgInjection) {
                .wire = f->wire, .chances = to_le64(chances(f)),
            };
        }
        n++;
    }
    if (!nth) {
        s.n = (uint8_t)n;
        s.dice = to_le64(fs->dice);
        s.free_blocks = to_le64(c->inject.free_blocks);
    }
    ocpn_unlock(&fs->lock);
    memcpy(payload, &s, sizeof(s));
}

const OcpnStatePart ocpn_inject_part = {
    .page = IMG_STATE_INJECT,
    .npages = NPAGES,
    .load = load,
    .store = store,
};

void ocpn_inject_dirty(OcpnCtrl *c)
{
    for (uint32_t k = 0; k < NPAGES && ocpn_ocp(c, OCP_1_0); k++) {
        ocpn_state_dirty(c, IMG_STATE_INJECT + k);
    }
}
