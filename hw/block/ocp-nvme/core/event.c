/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asynchronous events: what waits for a request, what was reported and not
 * read yet, and the requests that wait for an event.
 * Implements: NVMe Base 2.0, "Asynchronous Event Request command",
 * "Asynchronous Event Configuration (Feature Identifier 0Bh)".
 *
 * An event is known by its type and the log page that clears it, so that two
 * pages with events of one type do not silence each other.  What happens
 * again before the page was read is in the page, and is not reported twice.
 *
 * Thread: main.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

/* Bits of feature 0Bh of which one must be set; 0: always reported. */
static uint32_t enable_bits(uint8_t type, uint8_t info)
{
    if (type == NVME_AET_NOTICE) {
        return UINT32_C(1) << (8 + (info & 0xf));
    }
    if (type != NVME_AET_SMART) {
        return 0;
    }
    switch (info) {
    case NVME_AEI_SMART_SPARE:
        return NVME_SMART_SPARE;
    case NVME_AEI_SMART_TEMPERATURE:
        return NVME_SMART_TEMPERATURE;
    default:
        return NVME_SMART_RELIABILITY | NVME_SMART_READ_ONLY |
               NVME_SMART_BACKUP | NVME_SMART_PMR;
    }
}

static bool wanted(const OcpnCtrl *c, uint8_t type, uint8_t info)
{
    uint32_t bits = enable_bits(type, info);

    return !bits || (bits & ocpn_feature_now(c, NVME_FID_ASYNC_EVENT,
                                             OCPN_UUID_NONE, NULL));
}

/* The entry of (TYPE, LID), made if there is none; NULL: no room. */
static OcpnEvent *entry(OcpnCtrl *c, uint8_t type, uint8_t lid)
{
    for (uint32_t i = 0; i < c->nevents; i++) {
        if (c->event[i].type == type && c->event[i].lid == lid) {
            return &c->event[i];
        }
    }
    if (c->nevents == OCPN_NEVENTS) {
        return NULL;
    }
    c->event[c->nevents] = (OcpnEvent) { .type = type, .lid = lid };
    return &c->event[c->nevents++];
}

/* The pending event that happened first, or NULL. */
static OcpnEvent *oldest(OcpnCtrl *c)
{
    OcpnEvent *first = NULL;

    for (uint32_t i = 0; i < c->nevents; i++) {
        OcpnEvent *e = &c->event[i];

        if (e->pending && (!first || e->order < first->order)) {
            first = e;
        }
    }
    return first;
}

/* Report E with R. */
static void report(OcpnCtrl *c, OcpnEvent *e, OcpnReq *r)
{
    r->dw0 = FIELD_PUT(NVME_AE_TYPE, e->type) |
             FIELD_PUT(NVME_AE_INFO, e->info) |
             FIELD_PUT(NVME_AE_LID, e->lid);
    e->pending = false;
    e->masked = true;
    ocpn_happened(c, OCPN_HAP_AEN, (uint64_t)e->type << 16 |
                                   (uint64_t)e->info << 8 | e->lid, 0);
}

/* E to the request that has waited longest; there is one. */
static void answer(OcpnCtrl *c, OcpnEvent *e)
{
    OcpnReq *r = c->aer[0];

    c->naers--;
    memmove(&c->aer[0], &c->aer[1], c->naers * sizeof(c->aer[0]));
    report(c, e, r);
    ocpn_complete(c, r);
}

void ocpn_event_now(OcpnCtrl *c, uint8_t type, uint8_t info, uint8_t lid)
{
    OcpnEvent e = { .type = type, .info = info, .lid = lid };

    if (c->naers && !ocpn_aen_is_lost(c)) {
        answer(c, &e);
    }
}

void ocpn_event(OcpnCtrl *c, uint8_t type, uint8_t info, uint8_t lid)
{
    OcpnEvent *e = wanted(c, type, info) ? entry(c, type, lid) : NULL;
    bool news = e && !e->pending && !e->masked;

    ocpn_trace(c, OCPN_TRACE_EVENT,
               (uint64_t)type << 16 | (uint64_t)info << 8 | lid, news);
    if (!news) {
        return;
    }
    e->info = info;
    e->order = c->event_order++;
    if (ocpn_aen_is_lost(c)) {
        e->masked = true;
        return;
    }
    e->pending = true;
    if (c->naers) {
        answer(c, e);
    }
}

void ocpn_event_clear(OcpnCtrl *c, uint8_t lid)
{
    for (uint32_t i = 0; i < c->nevents; i++) {
        if (c->event[i].lid == lid) {
            c->event[i].pending = false;
            c->event[i].masked = false;
        }
    }
}

void ocpn_events_reset(OcpnCtrl *c)
{
    c->nevents = 0;
    c->event_order = 0;
}

void ocpn_ns_changed(OcpnCtrl *c, uint32_t nsid)
{
    if (nsid == 0 || nsid > OCPN_MAX_NS) {
        return;
    }
    c->changed_ns |= UINT32_C(1) << (nsid - 1);
    ocpn_happened(c, OCPN_HAP_NS_CHANGED, nsid, 0);
    ocpn_event(c, NVME_AET_NOTICE, NVME_AEI_NS_ATTR, NVME_LID_CHANGED_NS);
}

uint32_t ocpn_ns_changes(const OcpnCtrl *c)
{
    return c->changed_ns;
}

void ocpn_ns_changes_clear(OcpnCtrl *c)
{
    c->changed_ns = 0;
}

/* Asynchronous Event Request. */
OcpnFlow ocpn_async_event(OcpnCtrl *c, OcpnReq *r)
{
    OcpnEvent *e = oldest(c);

    if (e) {                    /* then no request is waiting */
        report(c, e, r);
        return FLOW_DONE;
    }
    if (c->naers > OCPN_AERL) {
        return ocpn_fail(c, r, NVME_SC_AER_LIMIT);
    }
    c->aer[c->naers++] = r;
    return FLOW_PENDING;
}
