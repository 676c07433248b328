/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions, as tests have a drive do them. */
#ifndef TESTS_UNIT_ACTION_UNIT_H
#define TESTS_UNIT_ACTION_UNIT_H

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/log.h"
#include "smart-unit.h"

static inline void act(FakeHost *h, const char *name, const char *text)
{
    OcpnError err = { "" };

    CHECK(ocpn_action(h->c, name, text, &err), "%s=%s: %s", name, text,
          err.text);
    fake_run(&h->f);
}

/* It is refused, and says WHY. */
static inline void act_refused(FakeHost *h, const char *name,
                               const char *text, const char *why)
{
    OcpnError err = { "" };

    CHECK(!ocpn_action(h->c, name, text, &err), "%s=%s", name, text);
    CHECK_HAS(err.text, why);
}

/* Line INDEX of what NAME has armed; "" if there is none. */
static inline const char *armed(FakeHost *h, const char *name, unsigned index)
{
    static char line[OCPN_ACTION_TEXT];

    line[0] = '\0';
    CHECK(ocpn_action_show(h->c, name, index, line) == (line[0] != '\0'),
          "%s", name);
    return line;
}

#endif
