/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several controllers, one drive.
 * Implements: NVMe Base 2.0, "NVM Subsystem Entities", "Controller
 * Identifier"; OCP Datacenter NVMe SSD, scopes of log pages.
 *
 * All of it is cold state and main's, so the first controller's may be read
 * and changed on behalf of a further one.  No queue of a further one gets to
 * a namespace: it has none attached.
 */
#include <inttypes.h>

#include "ctrl-int.h"
#include "gate-int.h"

OcpnConfig ocpn_subsys_config(const OcpnCtrl *first)
{
    OcpnConfig cfg = {
        .discard = first->cfg.discard,
        .exact_nn = first->cfg.exact_nn,
        .ocp = first->cfg.ocp,
    };

    put_ascii(cfg.serial, sizeof(cfg.serial), '\0', first->cfg.serial);
    put_ascii(cfg.firmware, sizeof(cfg.firmware), '\0', first->cfg.firmware);
    cfg.ocp.knobs = false;      /* they are the first one's */
    return cfg;
}

void ocpn_subsys_init(OcpnCtrl *c)
{
    c->subsys.first = c->subsys.member[0] = c;
}

bool ocpn_subsys_join(OcpnCtrl *c, OcpnCtrl *first, OcpnError *err)
{
    uint16_t id = 1;

    if (first->subsys.further) {
        return OCPN_FAIL(err, "it is a further controller itself; name the "
                         "first one of its subsystem");
    }
    while (id < OCPN_MAX_CTRLS && first->subsys.member[id]) {
        id++;
    }
    if (id == OCPN_MAX_CTRLS) {
        return OCPN_FAIL(err, "its subsystem has %u controllers already, and "
                         "can have no more", OCPN_MAX_CTRLS);
    }
    c->subsys = (OcpnSubsys) { .first = first, .cntlid = id, .further = true };
    first->subsys.member[id] = c;
    atomic_store(&c->gates, ocpn_gates_shared(first));
    ocpn_set_ahead(c, first->ahead);
    return true;
}

void ocpn_subsys_leave(OcpnCtrl *c)
{
    OcpnSubsys *s = &c->subsys;

    if (s->first != c) {
        s->first->subsys.member[s->cntlid] = NULL;
        s->first = s->member[0] = c;
        s->lost = true;
        return;
    }
    for (unsigned i = 1; i < OCPN_MAX_CTRLS; i++) {
        if (s->member[i]) {
            ocpn_subsys_leave(s->member[i]);
        }
    }
}

uint16_t ocpn_cntlid(const OcpnCtrl *c)
{
    return c->subsys.cntlid;
}

/* The rest of what power on means is the first one's. */
bool ocpn_subsys_power_on(OcpnCtrl *c, bool running)
{
    if (!c->subsys.further) {
        return false;
    }
    ocpn_features_reset(c);
    if (running) {
        ocpn_latency_power_on_incoming(c);
    } else {
        ocpn_latency_power_on(c);
    }
    return true;
}

OcpnCtrl *ocpn_subsys_next(const OcpnCtrl *c, unsigned *i)
{
    const OcpnSubsys *s = &c->subsys.first->subsys;

    while (*i < OCPN_MAX_CTRLS) {
        OcpnCtrl *m = s->member[(*i)++];

        if (m) {
            return m;
        }
    }
    return NULL;
}

unsigned ocpn_subsys_controllers(const OcpnCtrl *c)
{
    unsigned n = 0;

    for (unsigned i = 0; ocpn_subsys_next(c, &i);) {
        n++;
    }
    return n;
}

void ocpn_subsys_event(OcpnCtrl *c, uint8_t type, uint8_t info, uint8_t lid)
{
    OcpnCtrl *m;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        ocpn_event(m, type, info, lid);
    }
}

void ocpn_subsys_reset(OcpnCtrl *c, OcpnReset kind)
{
    OcpnCtrl *m;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        ocpn_ctrl_reset(m, kind);
    }
}
