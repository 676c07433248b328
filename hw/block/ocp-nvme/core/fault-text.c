/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault rules from texts.
 * Implements: docs/fault-injection.rst, "Properties".
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"

#define SEED        1u          /* of a rule that names none */
#define LATE_MS     1000u       /* the same */

static const struct {
    const char *name;
    uint64_t    times;          /* of a rule that names none */
} points[OCPN_FAULT_NPOINTS] = {
    [OCPN_FAULT_WRITE_NEXT_UNIT]    = { "write-next-unit", 1 },
    [OCPN_FAULT_EARLY_CLOSE]        = { "early-close", 1 },
    [OCPN_FAULT_RESET_FAIL]         = { "reset-fail", 1 },
    [OCPN_FAULT_READ_FAIL]          = { "read-fail", 0 },
    [OCPN_FAULT_HIGH_ECC]           = { "high-ecc", 0 },
    [OCPN_FAULT_STATUS]             = { "status", 1 },
    [OCPN_FAULT_FAIL]               = { "fail", 1 },
    [OCPN_FAULT_TIMEOUT]            = { "timeout", 1 },
    [OCPN_FAULT_LATENCY]            = { "latency", 1 },
    [OCPN_FAULT_RANDOM_LATENCY]     = { "random-latency", 1 },
};

const char *ocpn_fault_name(OcpnFaultPoint point)
{
    return points[point].name;
}

uint64_t ocpn_fault_times(OcpnFaultPoint point)
{
    return points[point].times;
}

/* Words of a rule; up to LBA they make its place. */
enum {
    WORD_GRP, WORD_PU, WORD_CHK, WORD_BLK, WORD_LBA, WORD_NS, WORD_AFTER,
    WORD_TIMES, WORD_PPM, WORD_SEED, WORD_OPCODE, WORD_LID, WORD_FID,
    WORD_STATUS, WORD_MS, WORD_OFFLINE_NEXT, WORD_QUEUE, NWORDS
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
    [WORD_PPM]          = { "ppm", 1, OCPN_FAULT_MILLION },
    [WORD_SEED]         = { "seed", 0, UINT64_MAX },
    [WORD_OPCODE]       = { "opcode", 0, UINT8_MAX },
    [WORD_LID]          = { "lid", 0, UINT8_MAX },
    [WORD_FID]          = { "fid", 0, UINT8_MAX },
    [WORD_STATUS]       = { "status", 1, OCPN_FAULT_STATUS_MAX },
    [WORD_MS]           = { "ms", 1, OCPN_FAULT_MS },
    [WORD_OFFLINE_NEXT] = { "offline-next", 0, 0 },
    [WORD_QUEUE]        = { "queue", 0, 0 },
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

static bool take_queue(OcpnFaultRule *rule, const OcpnWord *w,
                       OcpnError *err)
{
    static const char *const names[] = { "admin", "io" };
    unsigned i;

    if (!ocpn_word_choice(w, names, 2, &i, err)) {
        return false;
    }
    rule->has |= OCPN_FAULT_HAS_QUEUE;
    rule->io = i == 1;
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

/* Word WORD of commands is N. */
static void take_command(OcpnFaultRule *rule, unsigned word, uint64_t n)
{
    switch (word) {
    case WORD_OPCODE:
        rule->has |= OCPN_FAULT_HAS_OPCODE;
        rule->opcode = (uint8_t)n;
        break;
    case WORD_LID:
        rule->has |= OCPN_FAULT_HAS_LID;
        rule->lid = (uint8_t)n;
        break;
    case WORD_FID:
        rule->has |= OCPN_FAULT_HAS_FID;
        rule->fid = (uint8_t)n;
        break;
    case WORD_STATUS:
        rule->status = (uint16_t)n;
        break;
    default:
        rule->ms = (uint32_t)n;
        break;
    }
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
    case WORD_SEED:
        rule->seed = n;
        break;
    default:
        take_command(rule, word, n);
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
                         "pu, chk, blk, lba, after, times, ppm, seed, "
                         "offline-next, queue, opcode, lid, fid, status and "
                         "ms", w->name);
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
           : i == WORD_QUEUE ? take_queue(rule, w, err)
                             : take_number(rule, i, w, err);
}

/* False, with ERR: WHAT is wrong, and what a rule begins with. */
static bool no_point(const char *what, OcpnError *err)
{
    char list[110];              /* an error has room for no more */
    size_t at = 0;

    for (unsigned i = 0; i < OCPN_FAULT_NPOINTS && at < sizeof(list); i++) {
        at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
                               i ? ", " : "", points[i].name);
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

/* What goes without saying: of commands, those of I/O queues, a second. */
static void finish(OcpnFaultRule *rule, unsigned seen)
{
    bool admin = rule->has & (OCPN_FAULT_HAS_LID | OCPN_FAULT_HAS_FID);

    if (ocpn_fault_of_chunks(rule->point)) {
        return;
    }
    if (!(seen >> WORD_QUEUE & 1)) {
        rule->has |= OCPN_FAULT_HAS_QUEUE;
        rule->io = !admin;
    }
    if (!rule->ms && (rule->point == OCPN_FAULT_LATENCY ||
                      rule->point == OCPN_FAULT_RANDOM_LATENCY)) {
        rule->ms = LATE_MS;
    }
}

bool ocpn_fault_parse(const char *text, OcpnFaultRule *rule, OcpnError *err)
{
    OcpnFaultRule new = { .at = OCPN_PLACE_ALL, .ppm = OCPN_FAULT_MILLION,
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
    finish(&new, seen);
    if (new.point == OCPN_FAULT_STATUS && !new.status) {
        return OCPN_FAIL(err, "status needs status=, such as 'status opcode=2 "
                         "status=0x281'");
    }
    if (!ocpn_fault_check_words(&new, err)) {
        return false;
    }
    *rule = new;
    return true;
}
