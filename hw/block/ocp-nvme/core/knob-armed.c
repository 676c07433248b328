/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of what is armed: events that come too often or not at all, and stale
 * pages.
 * Implements: docs/ocp.rst, "Knobs".
 */
#include <string.h>

#include "ctrl-int.h"
#include "knob-int.h"

static bool number(const char *value, uint64_t max, uint64_t *n)
{
    OcpnWide w;

    if (!ocpn_wide_parse(value, &w) || w.high || w.low > max) {
        return false;
    }
    *n = w.low;
    return true;
}

static bool set_rate(OcpnCtrl *c, const char *value, bool set,
                     OcpnError *err)
{
    uint64_t n;

    if (!number(value, OCPN_AEN_RATE_MAX, &n)) {
        return OCPN_FAIL(err, "aen-rate is events a second, 0 to %u, not "
                         "'%s'", OCPN_AEN_RATE_MAX, value);
    }
    if (set) {
        ocpn_aen_flood(c, (uint16_t)n);
    }
    return true;
}

static void get_rate(OcpnCtrl *c, char text[OCPN_KNOB_TEXT])
{
    snprintf(text, OCPN_KNOB_TEXT, "%u", c->armed.aen_rate);
}

/* A number of events, or a percentage of them. */
static bool set_drop(OcpnCtrl *c, const char *value, bool set,
                     OcpnError *err)
{
    size_t len = strlen(value);
    bool percent = len && len < 8 && value[len - 1] == '%';
    char digits[8] = "";
    uint64_t n;

    if (percent) {
        memcpy(digits, value, len - 1);
    }
    if (!number(percent ? digits : value, percent ? 100 : UINT16_MAX, &n)) {
        return OCPN_FAIL(err, "aen-drop is a number of events up to %u, or a "
                         "percentage such as 25%%, not '%s'", UINT16_MAX,
                         value);
    }
    if (set) {
        ocpn_aen_lose(c, percent ? 0 : (uint16_t)n, percent ? (uint8_t)n : 0);
    }
    return true;
}

static void get_drop(OcpnCtrl *c, char text[OCPN_KNOB_TEXT])
{
    const OcpnArmed *a = &c->armed;

    snprintf(text, OCPN_KNOB_TEXT, "%u%s",
             a->aen_percent ? a->aen_percent : a->aen_drop,
             a->aen_percent ? "%" : "");
}

static bool set_lag(OcpnCtrl *c, const char *value, bool set,
                    OcpnError *err)
{
    uint64_t n;

    if (!number(value, OCPN_LAG_MAX, &n)) {
        return OCPN_FAIL(err, "update-lag-ms is milliseconds, 0 to %u, not "
                         "'%s'", OCPN_LAG_MAX, value);
    }
    if (set) {
        ocpn_lag_set(c, (uint32_t)n);
    }
    return true;
}

static void get_lag(OcpnCtrl *c, char text[OCPN_KNOB_TEXT])
{
    snprintf(text, OCPN_KNOB_TEXT, "%u", (unsigned)c->lag.ms);
}

static const struct Row {
    const char *name;
    bool (*set)(OcpnCtrl *c, const char *value, bool set, OcpnError *err);
    void (*get)(OcpnCtrl *c, char text[OCPN_KNOB_TEXT]);
} rows[] = {
    { "aen-drop", set_drop, get_drop },
    { "aen-rate", set_rate, get_rate },
    { "update-lag-ms", set_lag, get_lag },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))

static const char *name(unsigned index)
{
    return rows[index].name;
}

static bool set_knob(OcpnCtrl *c, unsigned index, const char *value, bool set,
                     OcpnError *err)
{
    if (!rows[index].set(c, value, set, err)) {
        return false;
    }
    if (set) {
        ocpn_facts_dirty(c);
    }
    return true;
}

static bool get(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT],
                OcpnError *err)
{
    (void)err;
    rows[index].get(c, text);
    return true;
}

const OcpnKnobs ocpn_knobs_armed = { NROWS, name, set_knob, get, NULL };
