/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format NVM commands that take their time.
 * Implements: docs/ocp.rst, "Knobs", format-ms; NVMe Base 2.0, Format Progress
 * Indicator of Identify Namespace.
 *
 * The time passes first, from port->now() in r->slba to that in r->held_ns, 0
 * being at once; nobody uses the namespaces then, and they are as they were.
 * So a command that ends before has done nothing.
 */
#include "ctrl-int.h"

uint16_t ocpn_format_ms(OcpnCtrl *c)
{
    return c->format.ms;
}

void ocpn_set_format_ms(OcpnCtrl *c, uint16_t ms)
{
    c->format.ms = ms;
    ocpn_facts_dirty(c);
}

static uint64_t now(OcpnCtrl *c)
{
    return c->port.now(c->port.opaque);
}

void ocpn_format_time(OcpnCtrl *c, OcpnReq *r)
{
    r->slba = now(c);
    r->held_ns = c->format.ms ? r->slba + c->format.ms * NS_PER_MS : 0;
}

/* A drive that was shut down begins nothing: its power may go. */
bool ocpn_format_due(OcpnCtrl *c, const OcpnReq *r)
{
    return !r->held_ns ||
           (r->held_ns <= now(c) && c->shutdown == OCPN_SHUT_NONE);
}

/* Rounded up: 0 is the end. */
static uint8_t left(OcpnCtrl *c, const OcpnReq *r)
{
    uint64_t t = now(c), most = r->held_ns - r->slba;

    if (r->held_ns <= t) {
        return 0;
    }
    return (uint8_t)(((r->held_ns - t) * OCPN_FORMAT_ALL + most - 1) / most);
}

void ocpn_format_note(OcpnCtrl *c, const OcpnReq *r)
{
    c->format.past = (uint8_t)(r->held_ns ? OCPN_FORMAT_ALL - left(c, r) : 0);
}

void ocpn_format_arm(OcpnCtrl *c)
{
    uint64_t t = now(c), first = UINT64_MAX;

    for (const OcpnReq *r = c->formats; r; r = r->next) {
        if (r->held_ns > t && r->held_ns < first) {
            first = r->held_ns;
        }
    }
    if (first != ocpn_timer_when(c, OCPN_TIMER_FORMAT)) {
        ocpn_timer_at(c, OCPN_TIMER_FORMAT, first);
    }
}

void ocpn_format_settle(OcpnCtrl *c)
{
    for (OcpnReq *r = c->formats; r; r = r->next) {
        r->held_ns = 0;
    }
}

bool ocpn_format_waits(const OcpnCtrl *c)
{
    for (const OcpnReq *r = c->formats; r; r = r->next) {
        if (r->held_ns) {
            return true;
        }
    }
    return false;
}

uint8_t ocpn_format_left(OcpnCtrl *c, const OcpnNs *ns)
{
    if (!atomic_load(&ns->formatting) || c->sanitize.holds) {
        return 0;
    }
    for (const OcpnReq *r = c->formats; r; r = r->next) {
        if (r->bitmap >> ns->nsid & 1 && left(c, r)) {
            return left(c, r);
        }
    }
    return 1;                   /* its time is over, but it is not */
}

bool ocpn_format_recover(OcpnCtrl *c, OcpnReq *r)
{
    bool panic = ocpn_panic_action(c) != 0;

    if (!ocpn_panic_recover(c, OCP_RECOVER_FORMAT)) {
        ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    return panic && !ocpn_panic_action(c);
}

/* The image says that there is no panic any more, or cannot. */
static void recovered(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed && !r->status) {
        ocpn_fail(c, r, NVME_SC_WRITE_FAULT);
    }
    ocpn_complete(c, r);
}

void ocpn_format_complete(OcpnCtrl *c, OcpnReq *r, bool ended)
{
    if (ended && c->root[1]) {
        ocpn_store_join(&c->root[1]->store, r, true, recovered);
    } else {
        ocpn_complete(c, r);
    }
}
