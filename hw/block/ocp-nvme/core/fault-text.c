/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault rules as texts.
 * Implements: docs/fault-injection.rst, "Properties".
 *
 * What is shown can be read again: words that say what a rule does anyway are
 * left out, and the counts behind it are a comment.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"

#define MILLION     1000000u
#define SEED        1u          /* of a rule that names none */

static const struct {
    const char *name;
    uint64_t    times;          /* of a rule that names none */
} points[OCPN_FAULT_NPOINTS] = {
    [OCPN_FAULT_WRITE_NEXT_UNIT]    = { "write-next-unit", 1 },
    [OCPN_FAULT_EARLY_CLOSE]        = { "early-close", 1 },
    [OCPN_FAULT_RESET_FAIL]         = { "reset-fail", 1 },
    [OCPN_FAULT_READ_FAIL]          = { "read-fail", 0 },
    [OCPN_FAULT_HIGH_ECC]           = { "high-ecc", 0 },
};

/* Words of a rule; up to LBA they make its place. */
enum {
    WORD_GRP, WORD_PU, WORD_CHK, WORD_BLK, WORD_LBA, WORD_NS, WORD_AFTER,
    WORD_TIMES, WORD_PPM, WORD_SEED, WORD_OFFLINE_NEXT, NWORDS
};

static const struct {
    const char *name;
    uint64_t    min, max;       /* of numbers */
} words[NWORDS] = {
    [WORD_GRP]          = { "grp", 0, 0 },
    [WORD_PU]           = { "pu", 0, 0 },
    [WORD_CHK]          = { "chk", 0, 0 },
    [WORD_BLK]          = { "blk", 0, 0 },
    [WORD_LBA]          = { "lba", 0, 0 },
    [WORD_NS]           = { "ns", 1, OCPN_MAX_NS },
    [WORD_AFTER]        = { "after", 0, UINT64_MAX },
    [WORD_TIMES]        = { "times", 0, UINT64_MAX },
    [WORD_PPM]          = { "ppm", 1, MILLION },
    [WORD_SEED]         = { "seed", 0, UINT64_MAX },
    [WORD_OFFLINE_NEXT] = { "offline-next", 0, 0 },
};

static bool take_offline_next(OcpnFaultRule *rule, const OcpnWord *w,
                              OcpnError *err)
{
    static const char *const names[] = { "off", "on" };
    unsigned i;

    if (rule->point != OCPN_FAULT_EARLY_CLOSE) {
        return OCPN_FAIL(err, "offline-next=%s: only early-close has it, %s "
                         "has not", w->value, points[rule->point].name);
    }
    if (!ocpn_word_choice(w, names, 2, &i, err)) {
        return false;
    }
    rule->offline_next = i == 1;
    return true;
}

static bool take_place(OcpnFaultRule *rule, unsigned word, const OcpnWord *w,
                       OcpnError *err)
{
    if (rule->point == OCPN_FAULT_RESET_FAIL && word >= WORD_BLK) {
        return OCPN_FAIL(err, "%s=%s: reset-fail has no %s, resets are of "
                         "whole chunks", w->name, w->value, w->name);
    }
    return ocpn_place_word(&rule->at, w, err) > 0;
}

static bool take_number(OcpnFaultRule *rule, unsigned word, const OcpnWord *w,
                        OcpnError *err)
{
    uint64_t n;

    if (!ocpn_word_number(w, words[word].min, words[word].max, &n, err)) {
        return false;
    }
    switch (word) {
    case WORD_NS:
        rule->nsid = (uint32_t)n;
        break;
    case WORD_AFTER:
        rule->after = n;
        break;
    case WORD_TIMES:
        rule->times = n;
        break;
    case WORD_PPM:
        rule->ppm = (uint32_t)n;
        break;
    default:
        rule->seed = n;
        break;
    }
    return true;
}

/* Take W into RULE; SEEN has a bit for each word that was there before. */
static bool take_word(OcpnFaultRule *rule, unsigned *seen, const OcpnWord *w,
                      OcpnError *err)
{
    unsigned i = 0;

    while (i < NWORDS && strcmp(words[i].name, w->name) != 0) {
        i++;
    }
    if (i == NWORDS) {
        return OCPN_FAIL(err, "'%s' is no word of a rule, which has ns, grp, "
                         "pu, chk, blk, lba, after, times, ppm, seed and "
                         "offline-next", w->name);
    }
    if (*seen >> i & 1) {
        return OCPN_FAIL(err, "%s=%s: %s was given before", w->name,
                         w->value, w->name);
    }
    *seen |= 1u << i;
    if (i <= WORD_LBA) {
        return take_place(rule, i, w, err);
    }
    return i == WORD_OFFLINE_NEXT ? take_offline_next(rule, w, err)
                                  : take_number(rule, i, w, err);
}

/* A text that grows in a buffer of LEN bytes, and is cut at its end. */
typedef struct Text {
    char  *buf;
    size_t len, at;
} Text;

static void put(Text *t, const char *s)
{
    while (*s && t->len - t->at > 1) {
        t->buf[t->at++] = *s++;
    }
    t->buf[t->at] = '\0';
}

/* False, with ERR: WHAT is wrong, and what a rule begins with. */
static bool no_point(const char *what, OcpnError *err)
{
    char list[160];
    Text t = { .buf = list, .len = sizeof(list) };

    for (unsigned i = 0; i < OCPN_FAULT_NPOINTS; i++) {
        put(&t, i ? ", " : "");
        put(&t, points[i].name);
    }
    return OCPN_FAIL(err, "%s; a rule begins with one of %s", what, list);
}

/* The first word of *TEXT; it has no value. */
static bool take_point(const char **text, OcpnFaultPoint *point,
                       OcpnError *err)
{
    char what[2 * OCPN_WORD_MAX + 24];
    OcpnWord w;
    int got = ocpn_word_next(text, &w, err);

    if (got < 0) {
        return false;
    }
    if (!got) {
        return no_point("the rule is empty", err);
    }
    for (unsigned i = 0; i < OCPN_FAULT_NPOINTS && !w.value[0]; i++) {
        if (strcmp(points[i].name, w.name) == 0) {
            *point = (OcpnFaultPoint)i;
            return true;
        }
    }
    snprintf(what, sizeof(what), "'%s%s%s' is no point", w.name,
             w.value[0] ? "=" : "", w.value);
    return no_point(what, err);
}

bool ocpn_fault_parse(const char *text, OcpnFaultRule *rule, OcpnError *err)
{
    OcpnFaultRule new = { .at = OCPN_PLACE_ALL, .ppm = MILLION,
                          .seed = SEED };
    unsigned seen = 0;
    OcpnWord w;
    int got;

    if (!take_point(&text, &new.point, err)) {
        return false;
    }
    new.times = points[new.point].times;
    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        if (!take_word(&new, &seen, &w, err)) {
            return false;
        }
    }
    if (got < 0) {
        return false;
    }
    *rule = new;
    return true;
}

static void put_number(Text *t, unsigned word, uint64_t n, uint64_t usual)
{
    char s[64];

    if (n != usual) {
        snprintf(s, sizeof(s), " %s=%" PRIu64, words[word].name, n);
        put(t, s);
    }
}

/* One number, or two with a '-' between them; addresses in hexadecimal. */
static void put_range(Text *t, unsigned word, const OcpnRange *r)
{
    char s[64];

    if (r->first == 0 && r->last == UINT64_MAX) {
        return;
    }
    if (word == WORD_LBA) {
        snprintf(s, sizeof(s), " lba=0x%" PRIx64 "-0x%" PRIx64, r->first,
                 r->last);
    } else {
        snprintf(s, sizeof(s), " %s=%" PRIu64 "-%" PRIu64, words[word].name,
                 r->first, r->last);
    }
    if (r->first == r->last) {
        *strchr(s, '-') = '\0';
    }
    put(t, s);
}

static void show(Text *t, const OcpnFault *f)
{
    const OcpnFaultRule *r = &f->rule;
    char s[80];

    snprintf(s, sizeof(s), "%" PRIu32 ": %s", f->id, points[r->point].name);
    put(t, s);
    put_number(t, WORD_NS, r->nsid, 0);
    put_range(t, WORD_GRP, &r->at.grp);
    put_range(t, WORD_PU, &r->at.pu);
    put_range(t, WORD_CHK, &r->at.chk);
    put_range(t, WORD_BLK, &r->at.blk);
    put_range(t, WORD_LBA, &r->at.lba);
    put_number(t, WORD_AFTER, r->after, 0);
    put_number(t, WORD_TIMES, r->times, points[r->point].times);
    put_number(t, WORD_PPM, r->ppm, MILLION);
    put_number(t, WORD_SEED, r->seed, SEED);
    put(t, r->offline_next ? " offline-next=on" : "");
    snprintf(s, sizeof(s), " # chances %" PRIu64 ", fired %" PRIu64,
             f->chances, f->fired);
    put(t, s);
}

bool ocpn_fault_show(OcpnCtrl *c, unsigned index, char *buf, size_t len)
{
    OcpnFaults *fs = &c->faults;
    OcpnFault f = { 0 };

    ocpn_lock(&fs->lock);
    if (index < fs->n) {
        f = fs->fault[index];
    }
    ocpn_unlock(&fs->lock);
    if (f.id && len) {
        show(&(Text) { .buf = buf, .len = len }, &f);
    }
    return f.id;
}
