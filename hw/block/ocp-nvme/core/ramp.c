/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temperature ramps: kelvin by kelvin from the temperature there is to
 * another one, each when its time has come.
 * Implements: docs/ocp.rst, "Actions"; OCP Datacenter NVMe SSD has none.
 *
 * What a kelvin causes is in health.c, as if a knob had set it then.
 *
 * Thread: main.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/wide.h"
#include "hw/ocp-nvme/core/words.h"

#define MS_MAX          UINT64_C(86400000)  /* a day */
#define FAR             1000u   /* kelvin: what a ramp covers at most */
#define ZERO_CELSIUS    273

uint16_t ocpn_kelvin(const char *text)
{
    size_t len = strlen(text);
    bool below = text[0] == '-';
    bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    char digits[8];
    OcpnWide n;
    int64_t k;

    if (!hex && len && (text[len - 1] | 0x20) == 'c') {
        if (len - 1 - below >= sizeof(digits)) {
            return 0;
        }
        memcpy(digits, text + below, len - 1 - below);
        digits[len - 1 - below] = '\0';
        if (!ocpn_wide_parse(digits, &n)) {
            return 0;
        }
        k = (below ? -(int64_t)n.low : (int64_t)n.low) + ZERO_CELSIUS;
    } else {
        if (!ocpn_wide_parse(text, &n) || n.high || n.low > UINT16_MAX) {
            return 0;
        }
        k = (int64_t)n.low;
    }
    return k > 0 && k <= UINT16_MAX ? (uint16_t)k : 0;
}

static uint32_t apart(uint16_t a, uint16_t b)
{
    return a > b ? (uint32_t)(a - b) : (uint32_t)(b - a);
}

/* When the temperature is KELVIN from the ramp's begin. */
static uint64_t when(const OcpnHot *h, uint32_t kelvin)
{
    uint32_t all = apart(h->ramp_from, h->ramp_to);

    return h->ramp_begin + h->ramp_ns / all * kelvin +
           h->ramp_ns % all * kelvin / all;
}

/* What is behind the temperature now, if there is a ramp. */
static uint32_t done(const OcpnCtrl *c)
{
    return apart(c->hot.ramp_from, c->health.temperature);
}

uint64_t ocpn_ramp_next(const OcpnCtrl *c)
{
    return c->hot.ramp_ns ? when(&c->hot, done(c) + 1) : UINT64_MAX;
}

void ocpn_ramp_end(OcpnCtrl *c)
{
    c->hot.ramp_ns = 0;
    ocpn_timer_at(c, OCPN_TIMER_RAMP, UINT64_MAX);
}

/* One that came late makes up for it. */
void ocpn_ramp_tick(OcpnCtrl *c)
{
    OcpnHot *h = &c->hot;
    uint64_t now = c->port.now(c->port.opaque), at;

    while ((at = ocpn_ramp_next(c)) != UINT64_MAX) {
        uint16_t next = (uint16_t)(h->ramp_to > h->ramp_from
                                   ? c->health.temperature + 1
                                   : c->health.temperature - 1);

        if (at > now) {
            ocpn_timer_at(c, OCPN_TIMER_RAMP, at);
            return;
        }
        if (next == h->ramp_to) {
            h->ramp_ns = 0;
        }
        ocpn_temperature_at(c, next, at);
    }
}

static void begin(OcpnCtrl *c, uint16_t to, uint64_t ms)
{
    c->hot.ramp_from = c->health.temperature;
    c->hot.ramp_to = to;
    c->hot.ramp_begin = c->port.now(c->port.opaque);
    c->hot.ramp_ns = to == c->health.temperature ? 0 : ms * NS_PER_MS;
    ocpn_ramp_tick(c);
    ocpn_facts_dirty(c);
}

static bool take_word(const OcpnWord *w, uint16_t *to, uint64_t *ms,
                      OcpnError *err)
{
    if (!strcmp(w->name, "ms") && !*ms) {
        return ocpn_word_number(w, 1, MS_MAX, ms, err);
    }
    if (!strcmp(w->name, "to") && !*to) {
        *to = ocpn_kelvin(w->value);
        return *to ||
               OCPN_FAIL(err, "to is kelvin from 1 to 65535, or degrees such "
                         "as 85C, not '%s'", w->value);
    }
    return OCPN_FAIL(err, "temperature-ramp takes to= and ms=, once each, not "
                     "'%s'", w->name);
}

bool ocpn_ramp_act(OcpnCtrl *c, const char *text, OcpnError *err)
{
    uint16_t to = 0, from = c->health.temperature;
    uint64_t ms = 0;
    OcpnWord w;
    int got;

    if (!strcmp(text, "clear")) {
        ocpn_ramp_end(c);
        ocpn_facts_dirty(c);
        return true;
    }
    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        if (!take_word(&w, &to, &ms, err)) {
            return false;
        }
    }
    if (got < 0) {
        return false;
    }
    if (!to || !ms) {
        return OCPN_FAIL(err, "give to= and ms=, such as 'to=358 ms=60000', "
                         "or clear");
    }
    if (apart(from, to) > FAR) {
        return OCPN_FAIL(err, "from %u to %u kelvin are more than the %u of a "
                         "ramp; set the temperature first", from, to, FAR);
    }
    begin(c, to, ms);
    return true;
}

bool ocpn_ramp_show(OcpnCtrl *c, unsigned index, char line[OCPN_ACTION_TEXT])
{
    uint64_t past = c->port.now(c->port.opaque) - c->hot.ramp_begin;

    if (index || !c->hot.ramp_ns) {
        return false;
    }
    snprintf(line, OCPN_ACTION_TEXT, "to=%u ms=%" PRIu64, c->hot.ramp_to,
             past < c->hot.ramp_ns ? (c->hot.ramp_ns - past) / NS_PER_MS : 0);
    return true;
}

/* Is the temperature on the way, and not there yet? */
static bool can_be(const OcpnCtrl *c, uint16_t from, uint16_t to)
{
    uint16_t now = c->health.temperature;

    return from && to && apart(from, to) <= FAR &&
           (from < to ? now >= from && now < to : now <= from && now > to);
}

void ocpn_ramp_load(OcpnCtrl *c, const ImgFacts *p)
{
    uint64_t ns = from_le64(p->ramp_ns), past = from_le64(p->ramp_past);
    uint64_t now = c->port.now(c->port.opaque);
    uint16_t from = from_le16(p->ramp_from), to = from_le16(p->ramp_to);

    ocpn_ramp_end(c);
    if (!ns || ns > MS_MAX * NS_PER_MS || past > ns || !can_be(c, from, to)) {
        return;
    }
    c->hot.ramp_begin = now > past ? now - past : 0;
    c->hot.ramp_ns = ns;
    c->hot.ramp_from = from;
    c->hot.ramp_to = to;
    ocpn_timer_at(c, OCPN_TIMER_RAMP, ocpn_ramp_next(c));
}

void ocpn_ramp_store(const OcpnCtrl *c, ImgFacts *p)
{
    uint64_t past = c->port.now(c->port.opaque) - c->hot.ramp_begin;

    if (!c->hot.ramp_ns) {
        return;
    }
    p->ramp_ns = to_le64(c->hot.ramp_ns);
    p->ramp_past = to_le64(past < c->hot.ramp_ns ? past : c->hot.ramp_ns);
    p->ramp_from = to_le16(c->hot.ramp_from);
    p->ramp_to = to_le16(c->hot.ramp_to);
}
