/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts in words: what the action reads and shows.
 * Implements: docs/ocp.rst, "Power cuts".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/words.h"

enum { WORD_NOW, WORD_AFTER, WORD_DROP, WORD_LOSS, WORD_TEAR, WORD_SEED,
       NWORDS };

static const char *const losses[] = {
    [OCPN_POWER_KEEP] = "keep", [OCPN_POWER_CLOSE] = "close",
    [OCPN_POWER_DROP] = "drop",
};
static const char *const tears[OCPN_NTEARS] = {
    [OCPN_TEAR_OFF] = "off", [OCPN_TEAR_PART] = "part",
    [OCPN_TEAR_UNIT] = "unit",
};

static const struct {
    const char *name;
    uint64_t min, max;
    const char *const *choice;  /* MAX of them; NULL: a number */
} words[NWORDS] = {
    [WORD_NOW]   = { "now", 0, 0, NULL },
    [WORD_AFTER] = { "after-writes", 1, UINT32_MAX, NULL },
    [WORD_DROP]  = { "drop-last", 0, OCPN_CUT_DROP, NULL },
    [WORD_LOSS]  = { "power-loss", 0, 3, losses },
    [WORD_TEAR]  = { "tear", 0, OCPN_NTEARS, tears },
    [WORD_SEED]  = { "seed", 0, OCPN_CUT_SEED, NULL },
};

static bool take(unsigned i, const OcpnWord *w, uint64_t *n, OcpnError *err)
{
    unsigned choice = 0;

    if (i == WORD_NOW) {
        return !w->value[0] ||
               OCPN_FAIL(err, "now takes no value, not '%s'", w->value);
    }
    if (!words[i].choice) {
        return ocpn_word_number(w, words[i].min, words[i].max, n, err);
    }
    if (!ocpn_word_choice(w, words[i].choice, (unsigned)words[i].max, &choice,
                          err)) {
        return false;
    }
    *n = choice;
    return true;
}

/* The words of TEXT that are there; SEEN has their bits. */
static bool parse(const char *text, uint64_t n[NWORDS], unsigned *seen,
                  OcpnError *err)
{
    OcpnWord w;
    int got;

    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        unsigned i = 0;

        while (i < NWORDS && strcmp(words[i].name, w.name)) {
            i++;
        }
        if (i == NWORDS || *seen >> i & 1) {
            return OCPN_FAIL(err, "power-cut takes now or after-writes=N, "
                             "drop-last=M, power-loss=, tear= and seed=, each "
                             "once, or clear, not '%s'", w.name);
        }
        if (!take(i, &w, &n[i], err)) {
            return false;
        }
        *seen |= 1u << i;
    }
    return got == 0;
}

static bool check(const uint64_t n[NWORDS], unsigned seen, OcpnError *err)
{
    const unsigned when = seen & (1u << WORD_NOW | 1u << WORD_AFTER);

    if (!when) {
        return OCPN_FAIL(err, "power-cut takes now, clear, or after-writes=N "
                         "with drop-last=M: give after-writes=");
    }
    if (seen >> WORD_NOW & 1 && seen & (1u << WORD_AFTER | 1u << WORD_DROP)) {
        return OCPN_FAIL(err, "writes from now on can be lost, and no earlier "
                         "ones: give after-writes=N and drop-last=M, not "
                         "'now'");
    }
    return n[WORD_DROP] <= n[WORD_AFTER] ||
           OCPN_FAIL(err, "drop-last=%" PRIu64 " is more than after-writes=%"
                     PRIu64 "; writes from now on can be lost, and no earlier "
                     "ones", n[WORD_DROP], n[WORD_AFTER]);
}

bool ocpn_power_cut_parse(const char *text, OcpnCutOrder *o, OcpnError *err)
{
    uint64_t n[NWORDS] = { [WORD_LOSS] = OCPN_CUT_OWN };
    unsigned seen = 0;

    if (!parse(text, n, &seen, err) || !check(n, seen, err)) {
        return false;
    }
    *o = (OcpnCutOrder) {
        .left = (uint32_t)n[WORD_AFTER], .drop = (uint32_t)n[WORD_DROP],
        .wish = { (uint8_t)n[WORD_LOSS], (uint8_t)n[WORD_TEAR],
                  (uint16_t)n[WORD_SEED] },
    };
    return true;
}

static void show_wish(OcpnCutWish wish, char *line, size_t len)
{
    int at = 0;

    if (wish.loss != OCPN_CUT_OWN) {
        at = snprintf(line, len, " power-loss=%s", losses[wish.loss]);
    }
    if (wish.tear) {
        snprintf(line + at, len - (size_t)at, " tear=%s seed=%u",
                 tears[wish.tear], wish.seed);
    }
}

bool ocpn_power_cut_show(OcpnCtrl *c, unsigned index,
                         char line[OCPN_ACTION_TEXT])
{
    uint32_t left, drop;
    OcpnCutWish wish;
    int at;

    ocpn_lock(&c->cut.lock);
    left = c->cut.left;
    drop = c->cut.drop;
    wish = c->cut.wish;
    ocpn_unlock(&c->cut.lock);
    if (index || !left) {
        return false;
    }
    at = snprintf(line, OCPN_ACTION_TEXT, "after-writes=%" PRIu32
                  " drop-last=%" PRIu32, left, drop);
    show_wish(wish, line + at, OCPN_ACTION_TEXT - (size_t)at);
    return true;
}
