/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many knobs at once: all of them, or none.
 * Implements: docs/ocp.rst, "State files"; OCP Datacenter NVMe SSD has none.
 */
#include <string.h>

#include "ctrl-int.h"
#include "knob-int.h"

/* What is set first says what follows from the others; facts come last. */
static unsigned turn(const char *name)
{
    for (unsigned i = 0; ocpn_knob_is_fact(i); i++) {
        if (!strcmp(ocpn_knob_name(i), name)) {
            return 2;
        }
    }
    return strcmp(name, "raw") ? 1 : 0;
}

/* What is so already and is set all the same would stand still from then on. */
static bool is_so(OcpnCtrl *c, const OcpnKnobValue *v)
{
    char text[OCPN_KNOB_TEXT];

    return ocpn_knob_save(c, v->name, text) && !strcmp(text, v->value);
}

bool ocpn_knobs_load(OcpnCtrl *c, const OcpnKnobValue *v, size_t n, bool set,
                     OcpnError *err)
{
    if (!ocpn_knobs_allowed(c, err)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!ocpn_knob_check(c, v[i].name, v[i].value, err)) {
            return false;
        }
    }
    for (unsigned now = 0; set && now < 3; now++) {
        for (size_t i = 0; i < n; i++) {
            if (turn(v[i].name) == now && !is_so(c, &v[i]) &&
                !ocpn_knob_set(c, v[i].name, v[i].value, err)) {
                return false;
            }
        }
    }
    return true;
}
