/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors as the monitor says and sees them.
 * Implements: docs/ocp.rst, "Actions".
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "inject-int.h"
#include "hw/ocp-nvme/core/words.h"

/* What a text says. */
typedef struct Order {
    uint64_t type, after, ms;
    bool repeat;
} Order;

static bool take_word(Order *o, unsigned *seen, const OcpnWord *w,
                      OcpnError *err)
{
    static const char *const names[] = { "type", "after", "ms", "repeat" };
    unsigned i = 0;

    while (i < 4 && strcmp(names[i], w->name)) {
        i++;
    }
    if (i == 4 || *seen >> i & 1 || (i == 3 && *w->value)) {
        return OCPN_FAIL(err, "'%s' is not expected; give type=, and what you "
                         "like of after=, ms= and repeat, each once", w->name);
    }
    *seen |= 1u << i;
    switch (i) {
    case 0:
        return ocpn_word_number(w, 1, OCP_INJECT_NTYPES - 1, &o->type, err);
    case 1:
        return ocpn_word_number(w, 0, UINT16_MAX, &o->after, err);
    case 2:
        return ocpn_word_number(w, 1, UINT32_MAX, &o->ms, err);
    default:
        o->repeat = true;
        return true;
    }
}

bool ocpn_inject_act(OcpnCtrl *c, const char *text, OcpnError *err)
{
    Order o = { 0 };
    unsigned seen = 0;
    OcpnWord w;
    int got;

    if (!strcmp(text, "clear")) {
        ocpn_inject_clear(c, true);
        return true;
    }
    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        if (!take_word(&o, &seen, &w, err)) {
            return false;
        }
    }
    if (got < 0) {
        return false;
    }
    if (!o.type) {
        return OCPN_FAIL(err, "give type=, such as 'type=0x0f after=10', or "
                         "clear");
    }
    return ocpn_inject(c, (uint32_t)o.type, (uint32_t)o.after, (uint32_t)o.ms,
                       !o.repeat, err);
}

bool ocpn_inject_show(OcpnCtrl *c, unsigned index,
                      char line[OCPN_ACTION_TEXT])
{
    OcpInjection e[OCP_INJECTIONS];
    char ms[16] = "";

    if (index >= ocpn_inject_get(c, e)) {
        return false;
    }
    if (from_le32(e[index].ms)) {
        snprintf(ms, sizeof(ms), " ms=%" PRIu32, from_le32(e[index].ms));
    }
    snprintf(line, OCPN_ACTION_TEXT, "type=0x%02x%s%s",
             from_le16(e[index].type), ms,
             e[index].flags & OCP_INJECTION_SINGLE ? "" : " repeat");
    return true;
}
