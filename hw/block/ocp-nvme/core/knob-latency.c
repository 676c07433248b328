/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of the latency monitor: its counters, and its timer.
 * Implements: docs/ocp.rst, "Knobs"; they prove LMLOG-3 without waiting.
 */
#include <inttypes.h>

#include "ctrl-int.h"
#include "knob-int.h"

#define BUCKET(set, b)  "lm." set "[" b "].read", "lm." set "[" b "].write", \
                        "lm." set "[" b "].deallocate"
#define BUCKETS(set)    BUCKET(set, "0"), BUCKET(set, "1"), \
                        BUCKET(set, "2"), BUCKET(set, "3")

/* Cells as the monitor numbers them; the timer is the last. */
static const char *const names[] = {
    BUCKETS("active"), BUCKETS("static"), "lm.timer",
};
#define NNAMES  (sizeof(names) / sizeof(names[0]))
#define TIMER   (2 * OCPN_LATENCY_NCELLS)

_Static_assert(NNAMES == TIMER + 1, "a name for each cell");

static const char *name(unsigned index)
{
    return names[index];
}

static bool is_there(const OcpnCtrl *c, OcpnError *err)
{
    return ocpn_latency_present(c) ||
           OCPN_FAIL(err, "this ocp-version has no latency monitor; choose "
                     "2.0 or later");
}

static bool set_knob(OcpnCtrl *c, unsigned index, const char *value, bool set,
                     OcpnError *err)
{
    uint32_t max = index == TIMER ? UINT16_MAX : UINT32_MAX;
    unsigned cell = index % OCPN_LATENCY_NCELLS;
    OcpnWide n;

    if (!is_there(c, err)) {
        return false;
    }
    if (!ocpn_wide_parse(value, &n) || n.high || n.low > max) {
        return OCPN_FAIL(err, "%s is a number up to %" PRIu32 ", not '%s'",
                         names[index], max, value);
    }
    if (!set) {
        return true;
    }
    return index == TIMER
           ? ocpn_latency_set_timer(c, (uint16_t)n.low)
           : ocpn_latency_set_count(c, index < OCPN_LATENCY_NCELLS,
                                    cell / OCPN_LATENCY_NOPS,
                                    cell % OCPN_LATENCY_NOPS,
                                    (uint32_t)n.low);
}

static bool get(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT],
                OcpnError *err)
{
    unsigned cell = index % OCPN_LATENCY_NCELLS;
    OcpnLatencyView v;
    uint32_t n;

    if (!is_there(c, err)) {
        return false;
    }
    ocpn_latency_get(c, &v);
    n = index == TIMER ? v.timer
        : (index < OCPN_LATENCY_NCELLS ? v.active : v.fixed)[cell].count;
    snprintf(text, OCPN_KNOB_TEXT, "%" PRIu32, n);
    return true;
}

const OcpnKnobs ocpn_knobs_latency = { NNAMES, name, set_knob, get, NULL };
