/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs by name: see core/knob.h.
 * Implements: docs/user-guide.rst, "Knobs"; OCP Datacenter NVMe SSD has none.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/knob.h"
#include "knob-int.h"

#define UNSUPPORTED "unsupported"

static const OcpnKnobs *const families[] = {
    &ocpn_knobs_drive,
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

bool ocpn_knobs_on(const OcpnCtrl *c, OcpnError *err)
{
    if (c->subsys.further) {
        return OCPN_FAIL(err, "this is a further controller (subsys=); knobs "
                         "are of the first one of its subsystem");
    }
    return c->cfg.ocp.knobs ||
           OCPN_FAIL(err, "knobs are off; give the drive x-test-knobs=on");
}

bool ocpn_knobs_allowed(const OcpnCtrl *c, OcpnError *err)
{
    if (!c->subsys.further && !ocpn_ocp(c, OCP_1_0)) {
        return OCPN_FAIL(err, "knobs are of OCP drives, and this one has "
                         "ocp-version=off");
    }
    return ocpn_knobs_on(c, err);
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
void ocpn_spare_follow(OcpnCtrl *c, OcpnFact norm)
{
    uint64_t left = ocpn_fact(c, norm);

    if (!c->health.raw && left < c->health.spare) {
        ocpn_set_spare(c, (uint8_t)left);
    }
}

static void derive(OcpnCtrl *c, OcpnFact fact)
{
    if (fact == OCPN_FACT_BAD_USER) {
        ocpn_spare_follow(c, OCPN_FACT_BAD_USER_NORM);
    } else if (fact == OCPN_FACT_BAD_SYSTEM) {
        ocpn_spare_follow(c, OCPN_FACT_BAD_SYSTEM_NORM);
    }
    ocpn_health_update(c);
}

/* Judge NAME and VALUE; then, if SET, set it, which works. */
static bool knob(OcpnCtrl *c, const char *name, const char *value, bool set,
                 OcpnError *err)
{
    unsigned index;
    const OcpnKnobs *family = find_family(name, &index);
    OcpnFact fact;
    OcpnWide n;

    if (!ocpn_knobs_allowed(c, err)) {
        return false;
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
    if (find_family(name, &index)) {
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
    unsigned index;
    const OcpnKnobs *family = find_family(name, &index);
    OcpnFact fact;

    if (family) {
        return family->get(c, index, text, err);
    }
    if (!find_fact(c, name, &fact, err)) {
        return false;
    }
    ocpn_wide_print(ocpn_fact_wide(c, fact), text);
    return true;
}

bool ocpn_knob_save(OcpnCtrl *c, const char *name, char text[OCPN_KNOB_TEXT])
{
    unsigned index;
    const OcpnKnobs *family = find_family(name, &index);
    OcpnError ignored;

    return family && family->save ? family->save(c, index, text)
                                  : ocpn_knob_get(c, name, text, &ignored);
}
