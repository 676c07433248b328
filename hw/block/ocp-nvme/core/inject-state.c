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

/* Could E be armed?  What fires at once is so only if it lasts. */
static bool is_armed(const OcpInjection *e)
{
    const OcpnInjectType *t = ocpn_inject_type(from_le16(e->type));

    return t && (e->flags & OCP_INJECTION_ENABLE) &&
           (t->at != OCPN_INJECT_AT_ONCE ||
            !(e->flags & OCP_INJECTION_SINGLE));
}

static void load_entry(OcpnInject *i, const ImgInjection *e)
{
    OcpnInjection *to = &i->entry[i->n];
    uint64_t reads = atomic_load(&i->reads), chances = from_le64(e->chances);

    if (i->n == OCP_INJECTIONS || !is_armed(&e->wire)) {
        return;
    }
    *to = (OcpnInjection) { .wire = e->wire, .chances = chances };
    if (ocpn_inject_panics(ocpn_injection_type(to))) {
        to->chances = chances < UINT64_MAX - reads ? reads + chances
                                                   : UINT64_MAX;
    }
    i->n++;
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnInject *i = &c->inject;
    ImgInject s;
    uint32_t n;

    memcpy(&s, payload, sizeof(s));
    ocpn_lock(&i->lock);
    if (!nth) {
        i->n = 0;
        i->left = s.n <= OCP_INJECTIONS ? s.n : 0;
        i->dice = from_le64(s.dice);
        i->free_blocks = from_le64(s.free_blocks);
    }
    n = i->left < IMG_INJECTIONS ? i->left : IMG_INJECTIONS;
    for (uint32_t k = 0; k < n && ocpn_ocp(c, OCP_1_0); k++) {
        load_entry(i, &s.entry[k]);
    }
    i->left -= n;
    ocpn_inject_rearm(i);
    ocpn_unlock(&i->lock);
}

static ImgInjection stored(const OcpnInject *i, const OcpnInjection *e)
{
    uint64_t reads = atomic_load(&i->reads), chances = e->chances;

    if (ocpn_inject_panics(ocpn_injection_type(e))) {
        chances = chances > reads ? chances - reads : 1;
    }
    return (ImgInjection) { .wire = e->wire, .chances = to_le64(chances) };
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    OcpnInject *i = &c->inject;
    uint32_t first = nth * IMG_INJECTIONS;
    ImgInject s;

    memset(&s, 0, sizeof(s));
    ocpn_lock(&i->lock);
    if (!nth) {
        s.n = (uint8_t)i->n;
        s.dice = to_le64(i->dice);
        s.free_blocks = to_le64(i->free_blocks);
    }
    for (uint32_t k = first; k < i->n && k - first < IMG_INJECTIONS; k++) {
        s.entry[k - first] = stored(i, &i->entry[k]);
    }
    ocpn_unlock(&i->lock);
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
