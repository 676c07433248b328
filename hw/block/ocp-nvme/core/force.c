/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statuses that are forced: rules name commands, and what they end with or how
 * late.
 * Implements: docs/ocp.rst, "Forced statuses".
 *
 * A rule is asked before anything of the command is looked at; the first one
 * that means the command decides.  One that is used up is gone.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "force-int.h"
#include "hw/ocp-nvme/core/words.h"

#define STATUS_MAX  0x7ffu      /* SCT and SC */
#define LATE_MAX    3600000u    /* ms: an hour */

/* Does R name page or feature ID in CDW10?  -1: does not matter. */
static bool names(const OcpnReq *r, int16_t id)
{
    return id < 0 || (uint8_t)ocpn_cdw(r, 10) == id;
}

static bool is_meant(const OcpnForce *f, const OcpnReq *r)
{
    bool log = r->cmd.opc == NVME_ADM_GET_LOG;
    bool feature = r->cmd.opc == NVME_ADM_GET_FEAT ||
                   r->cmd.opc == NVME_ADM_SET_FEAT;

    return f->io == (r->sq->id != 0) &&
           (f->opcode < 0 || f->opcode == r->cmd.opc) &&
           (f->lid < 0 || (log && names(r, f->lid))) &&
           (f->fid < 0 || (feature && names(r, f->fid)));
}

/* Under the lock: rule I is gone. */
static void drop(OcpnForced *fs, uint32_t i)
{
    uint32_t left = atomic_load(&fs->n) - 1;

    memmove(&fs->rule[i], &fs->rule[i + 1], (left - i) * sizeof(fs->rule[0]));
    atomic_store(&fs->n, left);
}

/* The rule for R, which it uses up a little.  False: there is none. */
static bool take(OcpnForced *fs, const OcpnReq *r, OcpnForce *rule)
{
    bool found = false;

    ocpn_lock(&fs->lock);
    for (uint32_t i = 0; i < atomic_load(&fs->n) && !found; i++) {
        OcpnForce *f = &fs->rule[i];

        found = is_meant(f, r);
        if (found) {
            *rule = *f;
        }
        if (found && f->times && !--f->times) {
            drop(fs, i);
        }
    }
    ocpn_unlock(&fs->lock);
    return found;
}

/* Late commands are held back as those of injected errors are. */
bool ocpn_force_meet(OcpnCtrl *c, OcpnReq *r)
{
    OcpnForce f;

    if (!take(&c->forced, r, &f)) {
        return false;
    }
    if (f.ms) {
        r->late_ms = f.ms;
        atomic_fetch_or(&c->inject.armed, (unsigned)OCPN_INJECT_LATE);
    }
    if (f.status) {
        ocpn_fail(c, r, f.status);
    }
    return f.status != 0;
}

bool ocpn_force_add(OcpnCtrl *c, const OcpnForce *rule, OcpnError *err)
{
    OcpnForced *fs = &c->forced;
    bool room;

    if ((!rule->status && !rule->ms) || rule->status > STATUS_MAX ||
        (rule->io && (rule->lid >= 0 || rule->fid >= 0)) ||
        (rule->lid >= 0 && rule->fid >= 0)) {
        return OCPN_FAIL(err, "a forced status of 0x%x for such a command "
                         "cannot be", rule->status);
    }
    ocpn_lock(&fs->lock);
    room = atomic_load(&fs->n) < OCPN_NFORCED;
    if (room) {
        fs->rule[atomic_load(&fs->n)] = *rule;
        atomic_fetch_add(&fs->n, 1);
    }
    ocpn_unlock(&fs->lock);
    return room || OCPN_FAIL(err, "there are %u rules, and no room for more; "
                             "clear removes them", OCPN_NFORCED);
}

void ocpn_force_clear(OcpnCtrl *c)
{
    ocpn_lock(&c->forced.lock);
    atomic_store(&c->forced.n, 0);
    ocpn_unlock(&c->forced.lock);
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
    [WORD_STATUS] = { "status", 1, STATUS_MAX },
    [WORD_MS]     = { "ms", 1, LATE_MAX },
    [WORD_COUNT]  = { "count", 0, UINT32_MAX },
};

static const char *const queues[] = { "admin", "io" };

static bool take_word(OcpnForce *f, unsigned *seen, const OcpnWord *w,
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
        f->opcode = (int16_t)n;
        break;
    case WORD_LID:
        f->lid = (int16_t)n;
        break;
    case WORD_FID:
        f->fid = (int16_t)n;
        break;
    case WORD_STATUS:
        f->status = (uint16_t)n;
        break;
    case WORD_MS:
        f->ms = (uint32_t)n;
        break;
    default:
        f->times = (uint32_t)n;
        break;
    }
    return true;
}

bool ocpn_force_act(OcpnCtrl *c, const char *text, OcpnError *err)
{
    OcpnForce f = { .opcode = -1, .lid = -1, .fid = -1, .times = 1 };
    unsigned seen = 0;
    OcpnWord w;
    int got;

    if (!strcmp(text, "clear")) {
        ocpn_force_clear(c);
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
    if ((!f.status && !f.ms) || (f.opcode < 0 && f.lid < 0 && f.fid < 0)) {
        return OCPN_FAIL(err, "give status= or ms=, and one of opcode=, lid= "
                         "and fid=, such as 'lid=0xc0 status=0x006 count=2', "
                         "or clear");
    }
    if ((f.lid >= 0) + (f.fid >= 0) + f.io > 1) {
        return OCPN_FAIL(err, "lid=, fid= and queue=io are of different "
                         "commands; give one of them");
    }
    return ocpn_force_add(c, &f, err);
}

bool ocpn_force_show(OcpnCtrl *c, unsigned index,
                     char line[OCPN_ACTION_TEXT])
{
    char opcode[16] = "", id[16] = "", status[20] = "", end[20] = "";
    OcpnForce f = { 0 };

    ocpn_lock(&c->forced.lock);
    if (index < atomic_load(&c->forced.n)) {
        f = c->forced.rule[index];
    }
    ocpn_unlock(&c->forced.lock);
    if (!f.status && !f.ms) {
        return false;
    }
    if (f.status) {
        snprintf(status, sizeof(status), " status=0x%03x", f.status);
    }
    if (f.ms) {
        snprintf(end, sizeof(end), " ms=%" PRIu32, f.ms);
    }
    if (f.opcode >= 0) {
        snprintf(opcode, sizeof(opcode), " opcode=0x%02x",
                 (unsigned)f.opcode);
    }
    if (f.lid >= 0 || f.fid >= 0) {
        snprintf(id, sizeof(id), " %s=0x%02x", f.lid >= 0 ? "lid" : "fid",
                 (unsigned)(f.lid >= 0 ? f.lid : f.fid));
    }
    snprintf(line, OCPN_ACTION_TEXT, "queue=%s%s%s%s%s count=%" PRIu32,
             queues[f.io], opcode, id, status, end, f.times);
    return true;
}
