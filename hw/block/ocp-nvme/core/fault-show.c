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

#define SEED        1u          /* of a rule that names none */

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

static void put_number(Text *t, const char *word, uint64_t n, uint64_t usual)
{
    char s[64];

    if (n != usual) {
        snprintf(s, sizeof(s), " %s=%" PRIu64, word, n);
        put(t, s);
    }
}

/* One number, or two with a '-' between them; addresses in hexadecimal. */
static void put_range(Text *t, const char *word, const OcpnRange *r)
{
    char s[64];

    if (r->first == 0 && r->last == UINT64_MAX) {
        return;
    }
    if (!strcmp(word, "lba")) {
        snprintf(s, sizeof(s), " lba=0x%" PRIx64 "-0x%" PRIx64, r->first,
                 r->last);
    } else {
        snprintf(s, sizeof(s), " %s=%" PRIu64 "-%" PRIu64, word, r->first,
                 r->last);
    }
    if (r->first == r->last) {
        *strchr(s, '-') = '\0';
    }
    put(t, s);
}

static void put_hex(Text *t, const char *word, unsigned n)
{
    char s[32];

    snprintf(s, sizeof(s), " %s=0x%02x", word, n);
    put(t, s);
}

/* What is said of commands. */
static void show_command(Text *t, const OcpnFaultRule *r)
{
    bool admin = r->has & (OCPN_FAULT_HAS_LID | OCPN_FAULT_HAS_FID);

    if (!r->io && !admin) {
        put(t, " queue=admin");
    }
    if (r->has & OCPN_FAULT_HAS_OPCODE) {
        put_hex(t, "opcode", r->opcode);
    }
    if (r->has & OCPN_FAULT_HAS_LID) {
        put_hex(t, "lid", r->lid);
    }
    if (r->has & OCPN_FAULT_HAS_FID) {
        put_hex(t, "fid", r->fid);
    }
    if (r->status) {
        put_hex(t, "status", r->status);
    }
    put_number(t, "ms", r->ms, 0);
}

static void show(Text *t, const OcpnFault *f)
{
    const OcpnFaultRule *r = &f->rule;
    char s[80];

    snprintf(s, sizeof(s), "%" PRIu32 ": %s", f->id, ocpn_fault_name(r->point));
    put(t, s);
    if (!ocpn_fault_of_chunks(r->point)) {
        show_command(t, r);
    }
    put_number(t, "ns", r->nsid, 0);
    put_range(t, "grp", &r->at.grp);
    put_range(t, "pu", &r->at.pu);
    put_range(t, "chk", &r->at.chk);
    put_range(t, "blk", &r->at.blk);
    put_range(t, "lba", &r->at.lba);
    put_number(t, "after", r->after, 0);
    put_number(t, "times", r->times, ocpn_fault_times(r->point));
    put_number(t, "ppm", r->ppm, OCPN_FAULT_MILLION);
    put_number(t, "seed", r->seed, SEED);
    put(t, r->offline_next ? " offline-next=on" : "");
    snprintf(s, sizeof(s), " # chances %" PRIu64 ", fired %" PRIu64,
             f->chances, f->fired);
    put(t, s);
}

bool ocpn_fault_show(OcpnCtrl *c, unsigned index, char *buf, size_t len)
{
    OcpnFault f;

    if (!ocpn_fault_nth(c, OCPN_FAULT_RULES, index, &f)) {
        return false;
    }
    if (len) {
        show(&(Text) { .buf = buf, .len = len }, &f);
    }
    return true;
}
