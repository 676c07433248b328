/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of saved states share: a drive with something of everything, and
 * the way of its state into another controller with the same image.
 */
#ifndef TESTS_UNIT_MIGRATE_UNIT_H
#define TESTS_UNIT_MIGRATE_UNIT_H

#include <stdlib.h>

#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/migrate.h"
#include "notify-unit.h"

typedef struct Saved {
    uint8_t *bytes;
    size_t   len;
} Saved;

/* Stop fetching, let everything settle, save. */
static inline Saved save(FakeHost *h)
{
    Saved s;

    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    CHECK(ocpn_ctrl_settled(h->c), "nothing goes on");
    s.len = ocpn_ctrl_save(h->c, NULL, 0);
    s.bytes = malloc(s.len);
    CHECK_EQ(ocpn_ctrl_save(h->c, s.bytes, s.len), s.len);
    return s;
}

/* A controller that waits for a state, on the images that H has. */
static inline void power_on_incoming(FakeHost *h)
{
    OcpnError err;

    fake_port_kill(&h->f);
    h->c = h->f.c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        CHECK(ocpn_ns_add(h->c, &n->cfg, &h->f.media[n->cfg.nsid].disk, &err),
              "%s", err.text);
    }
    ocpn_ctrl_power_on_incoming(h->c);
    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_set_msix(h->c, true);
    fake_run(&h->f);
}

static inline bool reload_all(FakeHost *h, OcpnError *err)
{
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        if (!ocpn_ns_reload(ocpn_ns_root(h->c, n->cfg.nsid),
                            &h->f.media[n->cfg.nsid].disk, err)) {
            return false;
        }
    }
    return true;
}

/* Save, another controller, load, go on. */
static inline void migrate(FakeHost *h)
{
    OcpnError err = { "" };
    Saved s = save(h);

    power_on_incoming(h);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    free(s.bytes);
}

static inline void add_fault(FakeHost *h, const char *text)
{
    OcpnFaultRule rule;
    OcpnError err = { "" };

    CHECK(ocpn_fault_parse(text, &rule, &err) &&
          ocpn_fault_add(h->c, &rule, &err), "%s", err.text);
}

#endif
