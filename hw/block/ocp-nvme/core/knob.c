/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs by name: see core/knob.h.
 * Implements: docs/user-guide.rst, "Knobs"; OCP Datacenter NVMe SSD has none.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/panic.h"
#include "hw/ocp-nvme/spec/ocp-error.h"
#include "knob-int.h"

#define UNSUPPORTED "unsupported"

/* A knob that is no fact. */
typedef struct Row {
    const char *name;
    uint16_t min, max;
    const char *word[4];        /* of the values from 0 on; or none */
    uint16_t (*get)(OcpnCtrl *c);
    void     (*set)(OcpnCtrl *c, uint16_t value);
} Row;

static uint16_t get_spare(OcpnCtrl *c)
{
    return ocpn_health(c)->spare;
}

static void set_spare(OcpnCtrl *c, uint16_t value)
{
    ocpn_set_spare(c, (uint8_t)value);
}

static uint16_t get_used(OcpnCtrl *c)
{
    return ocpn_health(c)->used;
}

static void set_used(OcpnCtrl *c, uint16_t value)
{
    ocpn_set_used(c, (uint8_t)value);
}

static uint16_t get_plp(OcpnCtrl *c)
{
    return ocpn_health(c)->plp;
}

static void set_plp(OcpnCtrl *c, uint16_t value)
{
    ocpn_set_plp(c, (OcpnPlp)value);
}

/* What they are; the fact is what the last health check has found. */
static uint16_t get_capacitors(OcpnCtrl *c)
{
    return c->capacitors.news ? c->capacitors.percent
                              : (uint16_t)ocpn_fact(c, OCPN_FACT_CAPACITOR);
}

static uint16_t get_opal(OcpnCtrl *c)
{
    return (uint16_t)ocpn_opal(c);
}

static void set_opal(OcpnCtrl *c, uint16_t value)
{
    ocpn_set_opal(c, (OcpnOpal)value);
}

/* As the number of the type that causes it. */
static uint16_t get_panic(OcpnCtrl *c)
{
    const OcpnPanic *p = ocpn_panic_state(c);
    uint64_t type = p->last == OCP_PANIC_DATA_LOST
                    ? OCP_INJECT_INCOMPLETE : p->last - OCP_PANIC_VENDOR;

    return !p->active ? 0 : type < UINT16_MAX ? (uint16_t)type : UINT16_MAX;
}

static void set_panic(OcpnCtrl *c, uint16_t type)
{
    if (!type) {
        ocpn_panic_end(c);
    } else {
        ocpn_panic(c, type == OCP_INJECT_INCOMPLETE
                      ? OCP_PANIC_DATA_LOST : OCP_PANIC_VENDOR + type);
    }
}

static uint16_t get_failing(OcpnCtrl *c)
{
    uint32_t n = ocpn_panic_state(c)->fail;

    return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

static void set_failing(OcpnCtrl *c, uint16_t value)
{
    ocpn_panic_fail(c, value);
}

static uint16_t get_incomplete(OcpnCtrl *c)
{
    return ocpn_panic_state(c)->incomplete;
}

static void set_incomplete(OcpnCtrl *c, uint16_t value)
{
    ocpn_incomplete_shutdown(c, value);
}

static uint16_t get_warnings(OcpnCtrl *c)
{
    return ocpn_health(c)->forced;
}

static void force_warnings(OcpnCtrl *c, uint16_t value)
{
    ocpn_force_warnings(c, (uint8_t)value);
}

static uint16_t get_damage(OcpnCtrl *c)
{
    return c->telemetry.bug;
}

static void set_damage(OcpnCtrl *c, uint16_t value)
{
    ocpn_telemetry_damage(c, (OcpnTelemetryBug)value);
}

static uint16_t get_sanitize_ms(OcpnCtrl *c)
{
    return ocpn_sanitize_ms(c);
}

static uint16_t get_sanitize_fail(OcpnCtrl *c)
{
    return ocpn_sanitize_fails(c);
}

static void set_sanitize_fail(OcpnCtrl *c, uint16_t value)
{
    ocpn_set_sanitize_fails(c, value);
}

static const Row rows[] = {
    { "spare", 0, OCPN_SPARE, { NULL }, get_spare, set_spare },
    { "percentage-used", 0, UINT8_MAX, { NULL }, get_used, set_used },
    { "plp-state", OCPN_PLP_OK, OCPN_PLP_FAILED,
      { "ok", "degraded", "failed" }, get_plp, set_plp },
    { "capacitors", 0, UINT16_MAX - 1, { NULL },
      get_capacitors, ocpn_set_capacitors },
    { "opal-state", OCPN_OPAL_INACTIVE, OCPN_OPAL_ACTIVATED,
      { "inactive", "activated" }, get_opal, set_opal },
    { "sanitize-ms", 0, UINT16_MAX, { NULL },
      get_sanitize_ms, ocpn_set_sanitize_ms },
    { "sanitize-fail", 0, 1, { "off", "on" },
      get_sanitize_fail, set_sanitize_fail },
    { "critical-warning", 0, 63, { NULL }, get_warnings, force_warnings },
    { "panic", 0, OCP_INJECT_METADATA, { NULL }, get_panic, set_panic },
    { "recovery-fails", 0, UINT16_MAX, { NULL }, get_failing, set_failing },
    { "arm-incomplete-shutdown", false, true, { "off", "on" },
      get_incomplete, set_incomplete },
    { "telemetry-damage", OCPN_TELEMETRY_SOUND, OCPN_TELEMETRY_SLS_MISMATCH,
      { "none", "fifo-size", "statistic-id", "string-size" },
      get_damage, set_damage },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))

static const OcpnKnobs *const families[] = {
    &ocpn_knobs_armed,
    &ocpn_knobs_heat,
    &ocpn_knobs_latency,
};
#define NFAMILIES   (sizeof(families) / sizeof(families[0]))

const char *ocpn_knob_name(unsigned index)
{
    if (index < OCPN_FACT_N) {
        return ocpn_fact_rows[index].name;
    }
    index -= OCPN_FACT_N;
    if (index < NROWS) {
        return rows[index].name;
    }
    index -= (unsigned)NROWS;
    for (unsigned i = 0; i < NFAMILIES; i++) {
        if (index < families[i]->n) {
            return families[i]->name(index);
        }
        index -= families[i]->n;
    }
    return NULL;
}

/* NULL: it is in none. */
static const OcpnKnobs *find_family(const char *name, unsigned *index)
{
    for (unsigned i = 0; i < NFAMILIES; i++) {
        for (*index = 0; *index < families[i]->n; ++*index) {
            if (!strcmp(families[i]->name(*index), name)) {
                return families[i];
            }
        }
    }
    return NULL;
}

/* NULL: it is a fact, or nothing. */
static const Row *find_row(const char *name)
{
    for (unsigned i = 0; i < NROWS; i++) {
        if (!strcmp(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* The fact of that name; what is no longer or not yet in the page is none. */
static bool find_fact(const OcpnCtrl *c, const char *name, OcpnFact *fact,
                      OcpnError *err)
{
    for (unsigned i = 0; i < OCPN_FACT_N; i++) {
        if (strcmp(ocpn_fact_rows[i].name, name)) {
            continue;
        }
        *fact = (OcpnFact)i;
        return ocpn_fact_exists(c, *fact) ||
               OCPN_FAIL(err, "log page C0h has no %s in this ocp-version; "
                         "choose a later one", name);
    }
    return OCPN_FAIL(err, "there is no knob '%s'", name);
}

bool ocpn_knobs_allowed(const OcpnCtrl *c, OcpnError *err)
{
    if (c->subsys.further) {
        return OCPN_FAIL(err, "this is a further controller (subsys=); knobs "
                         "are of the first one of its subsystem");
    }
    if (!ocpn_ocp(c, OCP_1_0)) {
        return OCPN_FAIL(err, "knobs are of OCP drives, and this one has "
                         "ocp-version=off");
    }
    return c->cfg.ocp.knobs ||
           OCPN_FAIL(err, "knobs are off; give the drive x-test-knobs=on");
}

/* False: the sentence with all words that it could be. */
static bool is_no_word(const Row *row, const char *value, OcpnError *err)
{
    char all[64] = "";
    size_t at = 0;

    for (unsigned i = 0; i < 4 && row->word[i]; i++) {
        bool last = i == 3 || !row->word[i + 1];

        at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s",
                               i == 0 ? "" : last ? " or " : ", ",
                               row->word[i]);
    }
    return OCPN_FAIL(err, "%s is %s, not '%s'", row->name, all, value);
}

/* VALUE as a number of ROW. */
static bool parse_row(const Row *row, const char *value, uint16_t *out,
                      OcpnError *err)
{
    OcpnWide n;

    for (uint16_t i = 0; i < 4 && row->word[i]; i++) {
        if (!strcmp(row->word[i], value)) {
            *out = i;
            return true;
        }
    }
    if (row->word[0]) {
        return is_no_word(row, value, err);
    }
    if (!ocpn_wide_parse(value, &n) || n.high || n.low < row->min ||
        n.low > row->max) {
        return OCPN_FAIL(err, "%s is a number from %u to %u, not '%s'",
                         row->name, row->min, row->max, value);
    }
    *out = (uint16_t)n.low;
    return true;
}

/* VALUE as a number that FACT's field can hold. */
static bool parse(OcpnFact fact, const char *value, OcpnWide *n,
                  OcpnError *err)
{
    const OcpnFactRow *row = &ocpn_fact_rows[fact];

    if (fact == OCPN_FACT_BAD_SYSTEM && !strcmp(value, UNSUPPORTED)) {
        *n = ocpn_wide_max(row->size);
        return true;
    }
    return (ocpn_wide_parse(value, n) &&
            !ocpn_wide_less(ocpn_wide_max(row->size), *n)) ||
           OCPN_FAIL(err, "%s is a number of at most %u bytes, not '%s'",
                     row->name, row->size, value);
}

/* Spare blocks that replaced bad ones are no longer there. */
static void derive(OcpnCtrl *c, OcpnFact fact)
{
    OcpnFact norm = fact == OCPN_FACT_BAD_USER ? OCPN_FACT_BAD_USER_NORM
                                               : OCPN_FACT_BAD_SYSTEM_NORM;
    uint64_t left;

    if (fact == OCPN_FACT_BAD_USER || fact == OCPN_FACT_BAD_SYSTEM) {
        left = ocpn_fact(c, norm);
        if (left < ocpn_health(c)->spare) {
            ocpn_set_spare(c, (uint8_t)left);
        }
    }
    ocpn_health_update(c);
}

/* Judge NAME and VALUE; then, if SET, set it, which works. */
static bool knob(OcpnCtrl *c, const char *name, const char *value, bool set,
                 OcpnError *err)
{
    const Row *row = find_row(name);
    unsigned index;
    const OcpnKnobs *family = find_family(name, &index);
    OcpnFact fact;
    uint16_t v = 0;
    OcpnWide n;

    if (!ocpn_knobs_allowed(c, err) ||
        (row && !parse_row(row, value, &v, err))) {
        return false;
    }
    if (row && set) {
        row->set(c, v);
    }
    if (row) {
        return true;
    }
    if (family) {
        return family->set(c, index, value, set, err);
    }
    if (!find_fact(c, name, &fact, err) || !parse(fact, value, &n, err)) {
        return false;
    }
    if (set) {
        ocpn_fact_set_wide(c, fact, n);
        derive(c, fact);
    }
    return true;
}

bool ocpn_knob_set(OcpnCtrl *c, const char *name, const char *value,
                   OcpnError *err)
{
    return knob(c, name, value, true, err);
}

bool ocpn_knob_check(OcpnCtrl *c, const char *name, const char *value,
                     OcpnError *err)
{
    return knob(c, name, value, false, err);
}

bool ocpn_knob_is_fact(unsigned index)
{
    return index < OCPN_FACT_N;
}

bool ocpn_knob_add(OcpnCtrl *c, const char *name, const char *value,
                   OcpnError *err)
{
    OcpnFact fact;
    unsigned index;
    OcpnWide n;

    if (!ocpn_knobs_allowed(c, err)) {
        return false;
    }
    if (find_row(name) || find_family(name, &index)) {
        return OCPN_FAIL(err, "%s is no counter; set it", name);
    }
    if (!find_fact(c, name, &fact, err)) {
        return false;
    }
    if (!ocpn_wide_parse(value, &n) || n.high) {
        return OCPN_FAIL(err, "what is added to %s is a number of at most 8 "
                         "bytes, not '%s'", name, value);
    }
    ocpn_fact_add(c, fact, n.low);
    derive(c, fact);
    return true;
}

bool ocpn_knob_get(OcpnCtrl *c, const char *name, char text[OCPN_KNOB_TEXT],
                   OcpnError *err)
{
    const Row *row = find_row(name);
    unsigned index;
    const OcpnKnobs *family = find_family(name, &index);
    OcpnFact fact;

    if (family) {
        return family->get(c, index, text, err);
    }
    if (row && row->word[0]) {
        snprintf(text, OCPN_KNOB_TEXT, "%s", row->word[row->get(c) & 3]);
        return true;
    }
    if (row) {
        snprintf(text, OCPN_KNOB_TEXT, "%u", row->get(c));
        return true;
    }
    if (!find_fact(c, name, &fact, err)) {
        return false;
    }
    ocpn_wide_print(ocpn_fact_wide(c, fact), text);
    return true;
}
