/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statuses that are forced: rules name commands, and what they end with or how
 * late.
 * Implements: docs/ocp.rst, "Forced statuses".
 *
 * They are fault rules of the point that commands pass before anything of them
 * is looked at.  One that is used up is gone.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "force-int.h"
#include "hw/ocp-nvme/core/words.h"

bool ocpn_force_add(OcpnCtrl *c, const OcpnFaultRule *rule, OcpnError *err)
{
    return ocpn_fault_check(c, rule, err) &&
           (ocpn_fault_put(c, &(OcpnFault) { .owner = OCPN_FAULT_FORCED,
                                             .rule = *rule,
                                             .dice = rule->seed }) ||
            OCPN_FAIL(err, "there are %u rules, and no room for more; clear "
                      "removes them", OCPN_NFORCED));
}

/* Words of a rule. */
enum { WORD_QUEUE, WORD_OPCODE, WORD_LID, WORD_FID, WORD_STATUS, WORD_MS,
       WORD_COUNT, NWORDS };

static const struct {
    const char *name;
    uint64_t min, max;
} words[NWORDS] = {
    [WORD_QUEUE]  = { "queue", 0, 0 },
    [WORD_OPCODE] = { "opcode", 0, UINT8_MAX },
    [WORD_LID]    = { "lid", 0, UINT8_MAX },
    [WORD_FID]    = { "fid", 0, UINT8_MAX },
    [WORD_STATUS] = { "status", 1, OCPN_FAULT_STATUS_MAX },
    [WORD_MS]     = { "ms", 1, OCPN_FAULT_MS },
    [WORD_COUNT]  = { "count", 0, UINT32_MAX },
};

static const char *const queues[] = { "admin", "io" };

static bool take_word(OcpnFaultRule *f, unsigned *seen, const OcpnWord *w,
                      OcpnError *err)
{
    unsigned i = 0, queue;
    uint64_t n;

    while (i < NWORDS && strcmp(words[i].name, w->name)) {
        i++;
    }
    if (i == NWORDS || *seen >> i & 1) {
        return OCPN_FAIL(err, "'%s' is not expected; a rule has queue, "
                         "opcode, lid, fid, status, ms and count, each once",
                         w->name);
    }
    *seen |= 1u << i;
    if (i == WORD_QUEUE) {
        if (!ocpn_word_choice(w, queues, 2, &queue, err)) {
            return false;
        }
        f->io = queue != 0;
        return true;
    }
    if (!ocpn_word_number(w, words[i].min, words[i].max, &n, err)) {
        return false;
    }
    switch (i) {
    case WORD_OPCODE:
        f->has |= OCPN_FAULT_HAS_OPCODE;
        f->opcode = (uint8_t)n;
        break;
    case WORD_LID:
        f->has |= OCPN_FAULT_HAS_LID;
        f->lid = (uint8_t)n;
        break;
    case WORD_FID:
        f->has |= OCPN_FAULT_HAS_FID;
        f->fid = (uint8_t)n;
        break;
    case WORD_STATUS:
        f->status = (uint16_t)n;
        break;
    case WORD_MS:
        f->ms = (uint32_t)n;
        break;
    default:
        f->times = n;
        break;
    }
    return true;
}

bool ocpn_force_act(OcpnCtrl *c, const char *text, OcpnError *err)
{
    OcpnFaultRule f = {
        .point = OCPN_FAULT_STATUS, .at = OCPN_PLACE_ALL, .times = 1,
        .ppm = OCPN_FAULT_MILLION, .has = OCPN_FAULT_HAS_QUEUE,
    };
    const unsigned ids = OCPN_FAULT_HAS_LID | OCPN_FAULT_HAS_FID;
    unsigned seen = 0;
    OcpnWord w;
    int got;

    if (!strcmp(text, "clear")) {
        ocpn_fault_remove_all(c, OCPN_FAULT_FORCED);
        return true;
    }
    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        if (!take_word(&f, &seen, &w, err)) {
            return false;
        }
    }
    if (got < 0) {
        return false;
    }
    if ((!f.status && !f.ms) || !(f.has & (OCPN_FAULT_HAS_OPCODE | ids))) {
        return OCPN_FAIL(err, "give status= or ms=, and one of opcode=, lid= "
                         "and fid=, such as 'lid=0xc0 status=0x006 count=2', "
                         "or clear");
    }
    if ((f.has & ids) == ids || (f.io && f.has & ids)) {
        return OCPN_FAIL(err, "lid=, fid= and queue=io are of different "
                         "commands; give one of them");
    }
    return ocpn_force_add(c, &f, err);
}

bool ocpn_force_show(OcpnCtrl *c, unsigned index,
                     char line[OCPN_ACTION_TEXT])
{
    char opcode[16] = "", id[16] = "", status[20] = "", end[20] = "";
    OcpnFault fault;
    const OcpnFaultRule *f = &fault.rule;

    if (!ocpn_fault_nth(c, OCPN_FAULT_FORCED, index, &fault)) {
        return false;
    }
    if (f->status) {
        snprintf(status, sizeof(status), " status=0x%03x", f->status);
    }
    if (f->ms) {
        snprintf(end, sizeof(end), " ms=%" PRIu32, f->ms);
    }
    if (f->has & OCPN_FAULT_HAS_OPCODE) {
        snprintf(opcode, sizeof(opcode), " opcode=0x%02x", f->opcode);
    }
    if (f->has & (OCPN_FAULT_HAS_LID | OCPN_FAULT_HAS_FID)) {
        bool log = f->has & OCPN_FAULT_HAS_LID;

        snprintf(id, sizeof(id), " %s=0x%02x", log ? "lid" : "fid",
                 log ? f->lid : f->fid);
    }
    snprintf(line, OCPN_ACTION_TEXT, "queue=%s%s%s%s%s count=%" PRIu64,
             queues[f->io], opcode, id, status, end,
             f->times ? f->times - fault.fired : 0);
    return true;
}
