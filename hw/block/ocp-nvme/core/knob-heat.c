/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of temperatures: kelvin, or degrees Celsius.
 * Implements: docs/ocp.rst, "Knobs".
 */
#include <string.h>

#include "ctrl-int.h"
#include "knob-int.h"

/* The composite one, then sensors from the first on. */
static const char *const names[] = {
    "temperature",
    "sensor[1]", "sensor[2]", "sensor[3]", "sensor[4]",
    "sensor[5]", "sensor[6]", "sensor[7]", "sensor[8]",
};
#define NNAMES  (sizeof(names) / sizeof(names[0]))
#define COMPOSITE   0u
#define SENSOR_MAX  (UINT16_MAX - 1)

_Static_assert(NNAMES == 1 + OCPN_NSENSORS, "a name for each sensor");

static const char *name(unsigned index)
{
    return names[index];
}

static bool set_sensor(OcpnCtrl *c, unsigned index, const char *value, bool set,
                       OcpnError *err)
{
    bool follow = !strcmp(value, "auto");
    uint16_t kelvin = ocpn_kelvin(value);
    OcpnWide n;

    if (!follow &&
        ((!kelvin && !(ocpn_wide_parse(value, &n) && !n.low && !n.high)) ||
         kelvin > SENSOR_MAX)) {
        return OCPN_FAIL(err, "%s is kelvin from 1 to %u, degrees such as "
                         "85C, 0 for no sensor, or auto, not '%s'",
                         names[index], SENSOR_MAX, value);
    }
    if (set && follow) {
        ocpn_sensor_follow(c, index - 1);
    } else if (set) {
        ocpn_sensor_set(c, index - 1, kelvin);
    }
    return true;
}

static bool set_knob(OcpnCtrl *c, unsigned index, const char *value, bool set,
                     OcpnError *err)
{
    uint16_t kelvin = ocpn_kelvin(value);

    if (index != COMPOSITE) {
        return set_sensor(c, index, value, set, err);
    }
    if (!kelvin) {
        return OCPN_FAIL(err, "%s is kelvin from 1 to %u, or degrees such as "
                         "85C, not '%s'", names[index], UINT16_MAX, value);
    }
    if (set) {
        ocpn_set_temperature(c, kelvin);
    }
    return true;
}

static bool get(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT],
                OcpnError *err)
{
    (void)err;
    snprintf(text, OCPN_KNOB_TEXT, "%u",
             index == COMPOSITE ? ocpn_health(c)->temperature
                                : ocpn_sensor(c, index - 1));
    return true;
}

static bool save(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT])
{
    if (index != COMPOSITE && ocpn_sensor_follows(c, index - 1)) {
        snprintf(text, OCPN_KNOB_TEXT, "auto");
        return true;
    }
    return get(c, index, text, NULL);
}

const OcpnKnobs ocpn_knobs_heat = { NNAMES, name, set_knob, get, save };
