/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications as people write them: state=high mask=chunk lba=0x80.
 * Implements: docs/user-guide.rst, "Notifications"; OCSSD 2.0, "Chunk
 * Notification Log Page", what an entry's fields may be.
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/notify.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/words.h"

/* NLB has 16 bits and is 0's based. */
#define NLB_MAX     (UINT64_C(1) << 16)

enum { STATE, MASK, LBA, NLB, NS, NNAMES };

static const char *const names[NNAMES] = {
    [STATE] = "state", [MASK] = "mask", [LBA] = "lba", [NLB] = "nlb",
    [NS] = "ns",
};

static const char *const state_names[] = {
    "low", "medium", "high", "unrecoverable", "refreshed", "wli",
};
static const uint16_t states[] = {
    OCSSD_NS_ERROR_LOW, OCSSD_NS_ERROR_MEDIUM, OCSSD_NS_ERROR_HIGH,
    OCSSD_NS_UNRECOVERABLE, OCSSD_NS_REFRESHED, OCSSD_NS_WLI,
};

static const char *const mask_names[] = { "block", "chunk", "pu" };
static const uint8_t masks[] = {
    OCSSD_NM_BLOCK, OCSSD_NM_CHUNK, OCSSD_NM_PU,
};

/* What the text said so far. */
typedef struct Said {
    bool given[NNAMES];
    unsigned state, mask;       /* indexes of the names above */
    uint64_t lba, nlb, nsid;
} Said;

static bool take_word(Said *s, const OcpnWord *w, OcpnError *err)
{
    unsigned i = 0;

    while (i < NNAMES && strcmp(w->name, names[i]) != 0) {
        i++;
    }
    if (i == NNAMES) {
        return OCPN_FAIL(err, "%s is not a word of a notification; these "
                         "are: state, mask, lba, nlb, ns", w->name);
    }
    if (s->given[i]) {
        return OCPN_FAIL(err, "%s=%s: %s was given before", w->name, w->value,
                         w->name);
    }
    s->given[i] = true;
    switch (i) {
    case STATE:
        return ocpn_word_choice(w, state_names, 6, &s->state, err);
    case MASK:
        return ocpn_word_choice(w, mask_names, 3, &s->mask, err);
    case LBA:
        return ocpn_word_number(w, 0, UINT64_MAX, &s->lba, err);
    case NLB:
        return ocpn_word_number(w, 1, NLB_MAX, &s->nlb, err);
    default:
        return ocpn_word_number(w, 1, OCPN_MAX_NS, &s->nsid, err);
    }
}

static bool read_words(const char *text, uint32_t nsid, Said *s,
                       OcpnError *err)
{
    OcpnWord w;
    int got;

    *s = (Said) { .nlb = 1, .nsid = nsid };
    while ((got = ocpn_word_next(&text, &w, err)) > 0) {
        if (!take_word(s, &w, err)) {
            return false;
        }
    }
    for (unsigned i = STATE; got == 0 && i <= LBA; i++) {
        if (!s->given[i]) {
            return OCPN_FAIL(err, "a notification needs %s, like state=high "
                             "mask=chunk lba=0x80", names[i]);
        }
    }
    if (got == 0 && s->given[NLB] && masks[s->mask] != OCSSD_NM_BLOCK) {
        return OCPN_FAIL(err, "nlb=%" PRIu64 " is for mask=block, not for "
                         "mask=%s", s->nlb, mask_names[s->mask]);
    }
    return got == 0;
}

/* Does the address mean what the mask says?  BLK is in chunk CHUNK of G. */
static bool check_mask(const Said *s, const OcpnGeometry *g, OcpnAddr a,
                       uint64_t cnlb, OcpnError *err)
{
    uint64_t first = ocpn_addr_lba(g, a.chunk, 0);

    switch (masks[s->mask]) {
    case OCSSD_NM_BLOCK:
        return s->nlb <= cnlb - a.blk ||
               OCPN_FAIL(err, "nlb=%" PRIu64 ": from lba=0x%" PRIx64 " to the "
                         "end of its chunk it can be 1 to %" PRIu64, s->nlb,
                         s->lba, cnlb - a.blk);
    case OCSSD_NM_CHUNK:
        return s->lba == first ||
               OCPN_FAIL(err, "lba=0x%" PRIx64 ": mask=chunk wants the first "
                         "block of the chunk, 0x%" PRIx64, s->lba, first);
    default:
        first = ocpn_addr_lba(g, ocpn_addr_pu(g, a.chunk) * g->num_chk, 0);
        return s->lba == first ||
               OCPN_FAIL(err, "lba=0x%" PRIx64 ": mask=pu wants the first "
                         "block of the parallel unit, 0x%" PRIx64, s->lba,
                         first);
    }
}

static bool check_place(const Said *s, OcpnNs *ns, OcpnError *err)
{
    OcssdChunkInfo info;
    OcpnAddr a;

    if (!ocpn_addr_split(&ns->im.geo, s->lba, &a)) {
        return OCPN_FAIL(err, "lba=0x%" PRIx64 " does not exist in the "
                         "geometry of namespace %u", s->lba, ns->nsid);
    }
    ocpn_chunk_describe(ns, a.chunk, &info);
    if (a.blk >= from_le64(info.cnlb)) {
        return OCPN_FAIL(err, "lba=0x%" PRIx64 " does not exist: its chunk "
                         "ends at 0x%" PRIx64, s->lba,
                         s->lba - a.blk + from_le64(info.cnlb) - 1);
    }
    return check_mask(s, &ns->im.geo, a, from_le64(info.cnlb), err);
}

bool ocpn_notify_parse(const OcpnCtrl *c, const char *text, uint32_t nsid,
                       OcpnNotice *n, OcpnError *err)
{
    OcpnNs *ns;
    Said s;

    if (!read_words(text, nsid, &s, err)) {
        return false;
    }
    ns = ocpn_ns_get(c, (uint32_t)s.nsid);
    if (!ns || !ocpn_ns_is_open_channel(ns)) {
        return OCPN_FAIL(err, "ns=%" PRIu64 " is not an open-channel "
                         "namespace of this drive", s.nsid);
    }
    if (!check_place(&s, ns, err)) {
        return false;
    }
    *n = (OcpnNotice) {
        .lba = s.lba,
        .nsid = ns->nsid,
        .state = states[s.state],
        .mask = masks[s.mask],
        .nlb = (uint16_t)(s.nlb - 1),
    };
    return true;
}
