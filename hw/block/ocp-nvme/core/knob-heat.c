/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of temperatures: kelvin, or degrees Celsius.
 * Implements: docs/ocp.rst, "Knobs".
 */
#include "ctrl-int.h"
#include "knob-int.h"

static const char *name(unsigned index)
{
    (void)index;
    return "temperature";
}

static bool set_knob(OcpnCtrl *c, unsigned index, const char *value, bool set,
                     OcpnError *err)
{
    uint16_t kelvin = ocpn_kelvin(value);

    if (!kelvin) {
        return OCPN_FAIL(err, "%s is kelvin from 1 to 65535, or degrees such "
                         "as 85C, not '%s'", name(index), value);
    }
    if (set) {
        ocpn_set_temperature(c, kelvin);
    }
    return true;
}

static bool get(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT],
                OcpnError *err)
{
    (void)index;
    (void)err;
    snprintf(text, OCPN_KNOB_TEXT, "%u", ocpn_health(c)->temperature);
    return true;
}

const OcpnKnobs ocpn_knobs_heat = { 1, name, set_knob, get };
