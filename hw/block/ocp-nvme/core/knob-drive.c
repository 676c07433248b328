/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of the drive that are small numbers or words, a row each.
 * Implements: docs/ocp.rst, "Knobs".
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/panic.h"
#include "hw/ocp-nvme/spec/ocp-error.h"
#include "knob-int.h"

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
    { "raw", false, true, { "off", "on" }, ocpn_raw, ocpn_set_raw },
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
    { "format-ms", 0, UINT16_MAX, { NULL },
      ocpn_format_ms, ocpn_set_format_ms },
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

static const char *name(unsigned index)
{
    return rows[index].name;
}

static bool set_knob(OcpnCtrl *c, unsigned index, const char *value, bool set,
                     OcpnError *err)
{
    uint16_t v;

    if (!parse_row(&rows[index], value, &v, err)) {
        return false;
    }
    if (set) {
        rows[index].set(c, v);
    }
    return true;
}

static bool get(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT],
                OcpnError *err)
{
    const Row *row = &rows[index];

    (void)err;
    if (row->word[0]) {
        snprintf(text, OCPN_KNOB_TEXT, "%s", row->word[row->get(c) & 3]);
    } else {
        snprintf(text, OCPN_KNOB_TEXT, "%u", row->get(c));
    }
    return true;
}

/* What no health check is to find any more says the fact alone. */
static bool save(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT])
{
    if (rows[index].get == get_capacitors && !c->capacitors.news) {
        return false;
    }
    return get(c, index, text, NULL);
}

const OcpnKnobs ocpn_knobs_drive = { NROWS, name, set_knob, get, save };
