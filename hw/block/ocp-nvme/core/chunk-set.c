/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks by description.
 * Implements: docs/ocp-nvme-img.rst, "Chunk files".
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/spec/ocssd.h"

/* What the files of older emulators call something. */
typedef struct Synonym {
    const char *theirs, *ours;
} Synonym;

static void translate(char *word, const Synonym *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, list[i].theirs) == 0) {
            strcpy(word, list[i].ours);
            return;
        }
    }
}

static bool take_state(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err)
{
    static const char *const name[] = { "free", "open", "closed", "offline" };
    static const uint8_t state[] = {
        OCSSD_CS_FREE, OCSSD_CS_OPEN, OCSSD_CS_CLOSED, OCSSD_CS_OFFLINE,
    };
    unsigned int i;

    if (!ocpn_word_choice(w, name, 4, &i, err)) {
        return false;
    }
    s->state = state[i];
    return true;
}

static bool take_type(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err)
{
    static const char *const name[] = { "seq", "random" };
    static const Synonym synonym[] = {
        { "w_seq", "seq" }, { "sequential", "seq" },
        { "w_ran", "random" }, { "ran", "random" },
    };
    OcpnWord v = *w;
    unsigned int i;

    translate(v.value, synonym, sizeof(synonym) / sizeof(synonym[0]));
    if (!ocpn_word_choice(&v, name, 2, &i, err)) {
        return false;
    }
    s->random = i == 1;
    return true;
}

static bool take_offline_next(OcpnChunkSet *s, const OcpnWord *w,
                              OcpnError *err)
{
    static const char *const name[] = { "off", "on" };
    unsigned int i;

    if (!ocpn_word_choice(w, name, 2, &i, err)) {
        return false;
    }
    s->offline_next = i == 1;
    return true;
}

static bool take_wp(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err)
{
    uint64_t n;
    bool good = ocpn_word_number(w, 0, UINT32_MAX, &n, err);

    s->wp = good ? (uint32_t)n : 0;
    return good;
}

static bool take_cnlb(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err)
{
    uint64_t n;
    bool good = ocpn_word_number(w, 1, OCPN_CLBA_MAX, &n, err);

    s->cnlb = good ? (uint32_t)n : 0;
    return good;
}

static bool take_wi(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err)
{
    uint64_t n;
    bool good = ocpn_word_number(w, 0, 255, &n, err);

    s->wi = good ? (uint8_t)n : 0;
    return good;
}

static bool take_resets(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err)
{
    uint64_t n;
    bool good = ocpn_word_number(w, 0, UINT32_MAX, &n, err);

    s->resets = good ? (uint32_t)n : 0;
    return good;
}

static const struct {
    const char *name;
    uint32_t given;             /* enum OcpnChunkGiven */
    bool (*take)(OcpnChunkSet *s, const OcpnWord *w, OcpnError *err);
} fact[] = {
    { "state",        OCPN_GIVEN_STATE,        take_state },
    { "type",         OCPN_GIVEN_TYPE,         take_type },
    { "wp",           OCPN_GIVEN_WP,           take_wp },
    { "cnlb",         OCPN_GIVEN_CNLB,         take_cnlb },
    { "wi",           OCPN_GIVEN_WI,           take_wi },
    { "resets",       OCPN_GIVEN_RESETS,       take_resets },
    { "offline-next", OCPN_GIVEN_OFFLINE_NEXT, take_offline_next },
};
#define NFACTS (sizeof(fact) / sizeof(fact[0]))

/* Words that are no facts. */
static bool take_other(const OcpnWord *w, OcpnError *err)
{
    /* An image holds one namespace; older files name it. */
    if (strcmp(w->name, "ns") == 0) {
        return strcmp(w->value, "1") == 0 ||
               OCPN_FAIL(err, "ns=%s: there is only namespace 1", w->value);
    }
    if (strcmp(w->name, "prob") == 0 ||
        strcmp(w->name, "resetfail_prob") == 0 ||
        strcmp(w->name, "writefail_prob") == 0) {
        return OCPN_FAIL(err, "%s is not about the state of a chunk: give the "
                         "device a fault rule", w->name);
    }
    return OCPN_FAIL(err, "there is no word %s here: the words are grp, pu, "
                     "chk, lba, state, type, wp, cnlb, wi, resets and "
                     "offline-next", w->name);
}

static bool take_word(OcpnChunkSet *s, OcpnWord *w, OcpnError *err)
{
    static const Synonym synonym[] = { { "pe_cycles", "resets" } };
    int placed = ocpn_place_word(&s->at, w, err);

    if (placed != 0) {
        return placed > 0 &&
               (s->at.blk.last == UINT64_MAX ||
                OCPN_FAIL(err, "%s=%s: a chunk is described whole, without "
                          "its blocks", w->name, w->value));
    }
    translate(w->name, synonym, sizeof(synonym) / sizeof(synonym[0]));
    for (size_t i = 0; i < NFACTS; i++) {
        if (strcmp(w->name, fact[i].name) != 0) {
            continue;
        }
        if (s->given & fact[i].given) {
            return OCPN_FAIL(err, "%s=%s: %s was given before", w->name,
                             w->value, w->name);
        }
        s->given |= fact[i].given;
        return fact[i].take(s, w, err);
    }
    return take_other(w, err);
}

int ocpn_chunk_set_parse(const char *line, OcpnChunkSet *s, OcpnError *err)
{
    bool any = false;
    OcpnWord w;
    int got;

    *s = (OcpnChunkSet) { .at = OCPN_PLACE_ALL };
    while ((got = ocpn_word_next(&line, &w, err)) == 1) {
        if (!take_word(s, &w, err)) {
            return -1;
        }
        any = true;
    }
    if (got < 0 || !any) {
        return got;
    }
    if (s->given == 0) {
        (void)OCPN_FAIL(err, "nothing is said of these chunks: give state, "
                        "type, wp, cnlb, wi, resets or offline-next");
        return -1;
    }
    return 1;
}

static bool given(const OcpnChunkSet *s, uint32_t facts)
{
    return (s->given & facts) == facts;
}

static bool apply_size(const OcpnImage *im, const OcpnChunkSet *s,
                       ImgChunk *e, OcpnError *err)
{
    const OcpnGeometry *g = &im->geo;

    if (!given(s, OCPN_GIVEN_CNLB)) {
        return true;
    }
    if (s->cnlb % g->ws_min != 0 || s->cnlb > g->clba) {
        return OCPN_FAIL(err, "cnlb=%" PRIu32 ": must be a multiple of %"
                         PRIu32 " up to %" PRIu32, s->cnlb, g->ws_min,
                         g->clba);
    }
    e->cnlb = to_le32(s->cnlb);
    return true;
}

static bool is_written(const ImgChunk *e)
{
    return e->state == OCSSD_CS_OPEN || e->state == OCSSD_CS_CLOSED;
}

/* After apply_size().  What WAS before matters, if no state is given. */
static bool apply_type(const OcpnImage *im, const OcpnChunkSet *s,
                       ImgChunk *e, uint32_t chunk, OcpnError *err)
{
    bool was_random = e->type & OCSSD_CT_RANDOM;
    bool random = given(s, OCPN_GIVEN_TYPE) ? s->random : was_random;

    if (random && !was_random && im->maps.length == 0) {
        return OCPN_FAIL(err, "type=random: the image has no pages for block "
                         "maps, which random-write chunks need");
    }
    if (random != was_random && !given(s, OCPN_GIVEN_STATE) &&
        is_written(e)) {
        return OCPN_FAIL(err, "type=%s: chunk %" PRIu32 " is open or closed; "
                         "give its new state, too", random ? "random" : "seq",
                         chunk);
    }
    e->type = (uint8_t)((random ? OCSSD_CT_RANDOM : OCSSD_CT_SEQUENTIAL) |
                        (from_le32(e->cnlb) != im->geo.clba
                         ? OCSSD_CT_SIZE_DEVIATES : 0));
    return true;
}

/* A write pointer of a sequential chunk that is, or becomes, E. */
static bool check_wp(const OcpnImage *im, const ImgChunk *e, uint32_t wp,
                     uint32_t chunk, OcpnError *err)
{
    uint32_t cnlb = from_le32(e->cnlb), ws_min = im->geo.ws_min;

    if (e->state == OCSSD_CS_FREE) {
        return wp == 0 ||
               OCPN_FAIL(err, "wp=%" PRIu32 ": chunk %" PRIu32 " is free, so "
                         "give state=open or state=closed", wp, chunk);
    }
    if (e->state == OCSSD_CS_OPEN && (wp == 0 || wp >= cnlb || wp % ws_min)) {
        return OCPN_FAIL(err, "wp=%" PRIu32 ": chunk %" PRIu32 " is open, so "
                         "it must be a multiple of %" PRIu32 ", above 0 and "
                         "below %" PRIu32, wp, chunk, ws_min, cnlb);
    }
    if (wp > cnlb || wp % ws_min) {
        return OCPN_FAIL(err, "wp=%" PRIu32 ": must be a multiple of %" PRIu32
                         " up to %" PRIu32, wp, ws_min, cnlb);
    }
    return true;
}

/* After apply_type(). */
static bool apply_state(const OcpnImage *im, const OcpnChunkSet *s,
                        ImgChunk *e, uint32_t chunk, OcpnError *err)
{
    bool random = e->type & OCSSD_CT_RANDOM;
    uint32_t wp = s->wp;

    if (given(s, OCPN_GIVEN_STATE)) {
        e->state = s->state;
        if (random && is_written(e)) {
            return OCPN_FAIL(err, "state: random-write chunk %" PRIu32 " can "
                             "be set to free or offline only, for nobody "
                             "says which of its blocks are written", chunk);
        }
        if (e->state == OCSSD_CS_OPEN && !given(s, OCPN_GIVEN_WP)) {
            return OCPN_FAIL(err, "state=open needs wp, the blocks written");
        }
        e->wp = to_le32(e->state == OCSSD_CS_CLOSED ? from_le32(e->cnlb) : 0);
    }
    /* Where the write pointer says nothing, older files have one. */
    if (given(s, OCPN_GIVEN_WP) && !random && e->state != OCSSD_CS_OFFLINE) {
        e->wp = to_le32(wp);
        return check_wp(im, e, wp, chunk, err);
    }
    return true;
}

static bool apply_wear(const OcpnImage *im, const OcpnChunkSet *s,
                       ImgChunk *e, OcpnError *err)
{
    uint64_t pe = im->geo.pe_cycles;
    uint32_t least = (uint32_t)((s->wi * pe + 254) / 255);

    if (pe != 0 && given(s, OCPN_GIVEN_WI | OCPN_GIVEN_RESETS)) {
        return OCPN_FAIL(err, "wi=%u: follows from resets in this drive, "
                         "whose chunks last %" PRIu64 " resets; give one of "
                         "them", s->wi, pe);
    }
    if (given(s, OCPN_GIVEN_WI) && pe != 0) {
        e->resets = to_le32(least);
    } else if (given(s, OCPN_GIVEN_WI)) {
        e->wear = s->wi;
    }
    if (given(s, OCPN_GIVEN_RESETS)) {
        e->resets = to_le32(s->resets);
    }
    return true;
}

bool ocpn_chunk_set_apply(const OcpnImage *im, const OcpnChunkSet *s,
                          uint32_t chunk, ImgChunk *e, OcpnError *err)
{
    ImgChunk t = *e;

    if (given(s, OCPN_GIVEN_OFFLINE_NEXT)) {
        t.flags = (uint8_t)(t.flags & ~(unsigned int)IMG_CHUNK_OFFLINE_NEXT);
        t.flags |= s->offline_next ? IMG_CHUNK_OFFLINE_NEXT : 0;
    }
    if (!apply_size(im, s, &t, err) || !apply_type(im, s, &t, chunk, err) ||
        !apply_state(im, s, &t, chunk, err) || !apply_wear(im, s, &t, err) ||
        !ocpn_chunk_entry_valid(im, &t, chunk, err)) {
        return false;
    }
    *e = t;
    return true;
}
