/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions by name: see core/action.h.
 * Implements: docs/ocp.rst, "Actions"; OCP Datacenter NVMe SSD has none.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "force-int.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/telemetry.h"

#define AHEAD_MAX   UINT32_C(3155760000)    /* seconds: a hundred years */
#define PERCENT     100u

static bool number(const char *name, const char *text, uint64_t max,
                   uint64_t *n, OcpnError *err)
{
    OcpnWide w;

    if (!ocpn_wide_parse(text, &w) || w.high || !w.low || w.low > max) {
        return OCPN_FAIL(err, "%s takes a number from 1 to %" PRIu64
                         ", not '%s'", name, max, text);
    }
    *n = w.low;
    return true;
}

void ocpn_set_ahead(OcpnCtrl *c, uint32_t seconds)
{
    if (c->port.ahead && seconds != c->ahead) {
        c->ahead = seconds;
        c->port.ahead(c->port.opaque, seconds * NS_PER_S);
    }
}

/* What is due by then happens now; queues look at their own deadlines. */
static bool advance_time(OcpnCtrl *c, const char *text, OcpnError *err)
{
    OcpnCtrl *m;
    uint64_t n;

    if (!number("advance-time", text, AHEAD_MAX, &n, err)) {
        return false;
    }
    if (!c->port.ahead || n > AHEAD_MAX - c->ahead) {
        return OCPN_FAIL(err, "the drive's clock was advanced by %" PRIu32
                         " s already, of %" PRIu32 " that are possible",
                         c->ahead, AHEAD_MAX);
    }
    n += c->ahead;
    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        ocpn_set_ahead(m, (uint32_t)n);
        ocpn_timers_rearm(m);
        ocpn_timers_run(m);
        ocpn_kick_all(m);
        ocpn_want_main(m);
    }
    return true;
}

static bool trigger(OcpnCtrl *c, const char *text, OcpnError *err)
{
    if (!*text) {
        return OCPN_FAIL(err, "telemetry-trigger takes what is wrong, at most "
                         "64 characters");
    }
    return ocpn_telemetry_trigger(c, text, NULL, 0) ||
           OCPN_FAIL(err, "page 08h still holds a capture that the host has "
                     "not read with RAE 0; only the reason of page 07h is "
                     "another one now");
}

static void add_erases(OcpnCtrl *c, OcpnFact fact, uint64_t n)
{
    if (ocpn_fact_exists(c, fact)) {
        ocpn_fact_set(c, fact, ocpn_fact(c, fact) + n);
    }
}

/*
 * The spare goes down to its limit as the rated endurance is used up, and to
 * nothing with a ninth more: each warning comes for itself.
 */
static bool wear_step(OcpnCtrl *c, const char *text, OcpnError *err)
{
    uint64_t n, used, lost, erases, limit = ocpn_thresholds(c).spare;

    if (!number("wear-step", text, UINT8_MAX, &n, err)) {
        return false;
    }
    used = ocpn_health(c)->used + n;
    used = used < UINT8_MAX ? used : UINT8_MAX;
    lost = (used * (OCPN_SPARE - limit) + PERCENT - 1) / PERCENT;
    lost = lost < OCPN_SPARE ? lost : OCPN_SPARE;
    erases = ocpn_rated_erases(c) * n / PERCENT;
    add_erases(c, OCPN_FACT_ERASE_MIN, erases);
    add_erases(c, OCPN_FACT_ERASE_MAX, erases);
    add_erases(c, OCPN_FACT_ERASE_AVERAGE, erases);
    ocpn_set_used(c, (uint8_t)used);
    if (OCPN_SPARE - lost < ocpn_health(c)->spare) {
        ocpn_set_spare(c, (uint8_t)(OCPN_SPARE - lost));
    }
    return true;
}

static const struct Row {
    const char *name;
    bool (*act)(OcpnCtrl *c, const char *text, OcpnError *err);
    bool (*show)(OcpnCtrl *c, unsigned index, char line[OCPN_ACTION_TEXT]);
    bool any;                   /* of drives without OCP, too */
} rows[] = {
    { "advance-time", advance_time, NULL, false },
    { "corrupt", ocpn_corrupt_act, ocpn_corrupt_show, false },
    { "force-status", ocpn_force_act, ocpn_force_show, false },
    { "inject", ocpn_inject_act, ocpn_inject_show, false },
    { "power-cut", ocpn_power_cut_act, ocpn_power_cut_show, true },
    { "telemetry-trigger", trigger, NULL, false },
    { "temperature-ramp", ocpn_ramp_act, ocpn_ramp_show, false },
    { "wear-step", wear_step, NULL, false },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))

const char *ocpn_action_name(unsigned index)
{
    return index < NROWS ? rows[index].name : NULL;
}

static const struct Row *find(const char *name)
{
    for (unsigned i = 0; i < NROWS; i++) {
        if (!strcmp(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

bool ocpn_action(OcpnCtrl *c, const char *name, const char *text,
                 OcpnError *err)
{
    const struct Row *row = find(name);

    if (!row) {
        return OCPN_FAIL(err, "there is no action '%s'", name);
    }
    return (row->any ? ocpn_knobs_on(c, err) : ocpn_knobs_allowed(c, err)) &&
           row->act(c, text, err);
}

bool ocpn_action_show(OcpnCtrl *c, const char *name, unsigned index,
                      char line[OCPN_ACTION_TEXT])
{
    const struct Row *row = find(name);

    return row && row->show && row->show(c, index, line);
}
