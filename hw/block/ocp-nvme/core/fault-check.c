/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault rules: which there can be.
 * Implements: docs/fault-injection.rst, "Properties".
 */
#include <inttypes.h>

#include "ctrl-int.h"

/* RULE is for a namespace that is there, or for all that have chunks. */
static bool check_chunks(const OcpnCtrl *c, const OcpnFaultRule *rule,
                         OcpnError *err)
{
    unsigned found = 0;
    OcpnError why;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        const OcpnNs *ns = c->ns[i];

        if (!ns || !ocpn_ns_is_open_channel(ns) ||
            (rule->nsid && rule->nsid != i)) {
            continue;
        }
        if (!ocpn_place_check(&rule->at, &ns->im.geo, &why)) {
            return OCPN_FAIL(err, "namespace %" PRIu32 ": %.220s", i,
                             why.text);
        }
        found++;
    }
    if (!found && rule->nsid) {
        return OCPN_FAIL(err, "ns=%" PRIu32 " is no open-channel namespace "
                         "of this drive", rule->nsid);
    }
    return found || OCPN_FAIL(err, "the drive has no open-channel namespace, "
                              "and only chunks have such faults");
}

static bool is_all(const OcpnRange *r)
{
    return r->first == 0 && r->last == UINT64_MAX;
}

static bool has(const OcpnFaultRule *rule, unsigned bits)
{
    return rule->has & bits;
}

/* In the words of RULE, whose point commands pass. */
static bool check_command(const OcpnFaultRule *rule, const char *name,
                          OcpnError *err)
{
    const OcpnPlace *at = &rule->at;
    bool admin = has(rule, OCPN_FAULT_HAS_LID | OCPN_FAULT_HAS_FID);

    if (!is_all(&at->grp) || !is_all(&at->pu) || !is_all(&at->chk) ||
        !is_all(&at->blk)) {
        return OCPN_FAIL(err, "%s has no grp, pu, chk or blk: it is of "
                         "commands, whose place is lba", name);
    }
    if (has(rule, OCPN_FAULT_HAS_LID) && has(rule, OCPN_FAULT_HAS_FID)) {
        return OCPN_FAIL(err, "lid= and fid= are of different commands; give "
                         "one of them");
    }
    if (admin && rule->io) {
        return OCPN_FAIL(err, "lid= and fid= are of admin commands; leave out "
                         "queue=io");
    }
    if (!rule->io && !is_all(&at->lba)) {
        return OCPN_FAIL(err, "lba= is of I/O commands; leave out what is of "
                         "admin commands");
    }
    if (rule->status > OCPN_FAULT_STATUS_MAX ||
        (rule->status && rule->point != OCPN_FAULT_STATUS)) {
        return OCPN_FAIL(err, "status=0x%x: only the point status has it, "
                         "1 to 0x%x", rule->status, OCPN_FAULT_STATUS_MAX);
    }
    if (rule->ms > OCPN_FAULT_MS ||
        (rule->ms && (rule->point == OCPN_FAULT_FAIL ||
                      rule->point == OCPN_FAULT_TIMEOUT))) {
        return OCPN_FAIL(err, "ms=%" PRIu32 ": %s has no time, or only one up "
                         "to %u", rule->ms, name, OCPN_FAULT_MS);
    }
    if (!rule->status && !rule->ms && rule->point != OCPN_FAULT_FAIL &&
        rule->point != OCPN_FAULT_TIMEOUT) {
        return OCPN_FAIL(err, "%s needs ms= or status=", name);
    }
    return !rule->offline_next ||
           OCPN_FAIL(err, "only early-close has offline-next");
}

bool ocpn_fault_check_words(const OcpnFaultRule *rule, OcpnError *err)
{
    const char *name = ocpn_fault_name(rule->point);

    if (!ocpn_fault_of_chunks(rule->point)) {
        return check_command(rule, name, err);
    }
    return (!rule->has && !rule->status && !rule->ms) ||
           OCPN_FAIL(err, "%s is of chunks: it has no queue, opcode, lid, "
                     "fid, status or ms", name);
}

bool ocpn_fault_check(const OcpnCtrl *c, const OcpnFaultRule *rule,
                      OcpnError *err)
{
    if (!ocpn_fault_check_words(rule, err)) {
        return false;
    }
    if (ocpn_fault_of_chunks(rule->point)) {
        return check_chunks(c, rule, err);
    }
    return !rule->nsid || ocpn_ns_slot(c, rule->nsid) ||
           OCPN_FAIL(err, "ns=%" PRIu32 " is no namespace of this drive",
                     rule->nsid);
}
