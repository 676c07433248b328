/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller's state pages: whose each is, and the snapshots that go to
 * the image.
 *
 * The store may run in any thread, and what the pages are made of is main's:
 * what is written is what main left when it called ocpn_state_dirty().  Three
 * pages are made from other threads: under locks of their own the error log
 * and each namespace's uncorrectable blocks, and the write protection.
 */
#include <string.h>

#include "ctrl-int.h"
#include "protect-int.h"
#include "state-int.h"
#include "nvm-int.h"
#include "hw/ocp-nvme/core/state.h"

static void load_counters(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    (void)nth;
    ocpn_counters_load(c, payload);
}

static void store_counters(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    (void)nth;
    c->said_open = c->marked_open || ocpn_shutdown_closes(c);
    ocpn_counters_store(c, payload, c->said_open);
}

static void load_features(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    (void)nth;
    ocpn_features_load(c, payload);
}

static void store_features(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    (void)nth;
    ocpn_features_store(c, payload);
}

static const OcpnStatePart counters = {
    .page = IMG_STATE_COUNTERS,
    .npages = 1,
    .streamed = true,
    .load = load_counters,
    .store = store_counters,
};

static const OcpnStatePart features = {
    .page = IMG_STATE_FEATURES,
    .npages = 1,
    .streamed = true,
    .load = load_features,
    .store = store_features,
};

/* Every part.  A new one is declared in its core/<part>-int.h. */
static const OcpnStatePart *const parts[] = {
    &counters,
    &features,
    &ocpn_download_part,
    &ocpn_facts_part,
    &ocpn_firmware_part,
    &ocpn_latency_part,
    &ocpn_pel_part,
    &ocpn_self_test_part,
    &ocpn_panic_part,
    &ocpn_inject_part,
    &ocpn_sanitize_part,
    &ocpn_space_part,
    &ocpn_telemetry_state,
};

/* The part that page INDEX belongs to, or NULL. */
static const OcpnStatePart *part_of(uint32_t index)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (index - parts[i]->page < parts[i]->npages) {
            return parts[i];
        }
    }
    return NULL;
}

bool ocpn_state_init(OcpnCtrl *c)
{
    c->snap = c->port.alloc(c->port.opaque,
                            IMG_STATE_NPAGES * sizeof(*c->snap));
    return c->snap != NULL;
}

/* Whose marks page INDEX of the image of NS has; NULL: it has none. */
static OcpnNs *marked(OcpnNs *ns, uint32_t index)
{
    return index == IMG_STATE_UNCORRECTABLE ? ns
           : ns->nsid == 1 ? ocpn_space_marked(ns->c, index) : NULL;
}

static void load(OcpnNs *ns, uint32_t index, const ImgPage *p, bool again)
{
    const OcpnStatePart *part = ns->nsid == 1 ? part_of(index) : NULL;

    if (part) {
        memcpy(ns->c->snap[index], p->payload, sizeof(ns->c->snap[index]));
    }
    if (part && !(again && part->streamed)) {
        part->load(ns->c, index - part->page, p->payload);
    }
    if (index == IMG_STATE_PROTECT) {
        ocpn_protect_load(ns, p);
    } else if (marked(ns, index)) {
        ocpn_extents_load(marked(ns, index), p,
                          ns->nsid == 1 && ns->c->space ? INT64_MAX
                                                        : ns->im.nsze);
    } else if (ns->nsid == 1 && index == IMG_STATE_ERRORS && !again) {
        ocpn_errors_load(ns->c, p);
    }
}

void ocpn_state_load(OcpnNs *ns, uint32_t index, const ImgPage *p)
{
    load(ns, index, p, false);
}

void ocpn_state_reload(OcpnNs *ns, uint32_t index, const ImgPage *p)
{
    load(ns, index, p, true);
}

void ocpn_state_store(OcpnNs *ns, uint32_t index, ImgPage *p)
{
    OcpnCtrl *c = ns->c;

    if (index == IMG_STATE_PROTECT) {
        ocpn_protect_store(ns, p);
    } else if (marked(ns, index)) {
        ocpn_extents_store(marked(ns, index), p);
    } else if (ns->nsid == 1 && index == IMG_STATE_ERRORS) {
        ocpn_errors_store(c, p);
    } else if (ns->nsid == 1 && part_of(index)) {
        ocpn_lock(&c->snap_lock);
        memcpy(p->payload, c->snap[index], sizeof(p->payload));
        ocpn_unlock(&c->snap_lock);
    }
}

void ocpn_state_dirty(OcpnCtrl *c, uint32_t index)
{
    const OcpnStatePart *part = part_of(index);

    if (!c->root[1]) {
        return;
    }
    if (part) {
        ocpn_lock(&c->snap_lock);
        memset(c->snap[index], 0, sizeof(c->snap[index]));
        part->store(c, index - part->page, c->snap[index]);
        ocpn_unlock(&c->snap_lock);
    }
    ocpn_store_dirty(&c->root[1]->store, IMG_REGION_STATE, index);
}

void ocpn_state_sync(OcpnCtrl *c)
{
    if (c->root[1]) {
        ocpn_store_sync(&c->root[1]->store);
    }
}
