/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words, numbers, ranges and places in texts that people write.
 * Implements: docs/ocp-nvme-img.rst, "Chunk files" (the words).
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/words.h"

/* A word as a sentence shows it; what cannot be printed is a '?'. */
typedef struct Shown {
    char text[OCPN_WORD_MAX + 4];
} Shown;

static bool is_gap(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ':';
}

static bool is_end(char c)
{
    return c == '\0' || c == '#' || is_gap(c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The C library's would ask the locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_printable(char c)
{
    return c > ' ' && c <= '~';
}

static bool is_name(char c)
{
    char l = lower(c);

    return is_digit(c) || (l >= 'a' && l <= 'z') || c == '-' || c == '_';
}

static Shown show(const char *s, size_t len)
{
    Shown shown = { "" };
    size_t n = len < OCPN_WORD_MAX ? len : OCPN_WORD_MAX;

    for (size_t i = 0; i < n; i++) {
        shown.text[i] = s[i] == ' ' || is_printable(s[i]) ? s[i] : '?';
    }
    if (n < len) {
        memcpy(shown.text + n, "...", 3);
    }
    return shown;
}

static void copy_lower(char *to, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        to[i] = lower(from[i]);
    }
    to[len] = '\0';
}

/* The LEN bytes at S, which are no separators, to W. */
static bool split(OcpnWord *w, const char *s, size_t len, OcpnError *err)
{
    const char *equals = memchr(s, '=', len);
    size_t name = equals ? (size_t)(equals - s) : len;
    size_t value = equals ? len - name - 1 : 0;

    for (size_t i = 0; i < len; i++) {
        if (!is_printable(s[i])) {
            return OCPN_FAIL(err, "\"%s\": byte 0x%02x cannot be in a word",
                             show(s, len).text, (unsigned char)s[i]);
        }
    }
    if (name > OCPN_WORD_MAX || value > OCPN_WORD_MAX) {
        return OCPN_FAIL(err, "\"%s\": a name and a value have at most %d "
                         "characters", show(s, len).text, OCPN_WORD_MAX);
    }
    for (size_t i = 0; i < name; i++) {
        if (!is_name(s[i])) {
            return OCPN_FAIL(err, "\"%s\": '%c' cannot be in a name",
                             show(s, len).text, s[i]);
        }
    }
    if (name == 0 || (equals && (value == 0 ||
                                 memchr(equals + 1, '=', value)))) {
        return OCPN_FAIL(err, "\"%s\" is not a word like name=value",
                         show(s, len).text);
    }
    copy_lower(w->name, s, name);
    copy_lower(w->value, s + len - value, value);
    return true;
}

int ocpn_word_next(const char **text, OcpnWord *w, OcpnError *err)
{
    const char *s = *text;
    size_t len = 0;

    while (is_gap(*s)) {
        s++;
    }
    while (!is_end(s[len])) {
        len++;
    }
    if (len == 0) {
        *text = s;
        return 0;
    }
    *text = s + len;
    return split(w, s, len, err) ? 1 : -1;
}

static int digit_of(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* The number at *S, which moves behind it.  False: none that fits 64 bits. */
static bool get_number(const char **s, uint64_t *n)
{
    const char *p = *s;
    uint64_t base = 10, v = 0;
    const char *first;

    if (p[0] == '0' && p[1] == 'x') {
        base = 16;
        p += 2;
    }
    for (first = p; *p; p++) {
        uint64_t digit = (uint64_t)digit_of(*p);

        if (digit >= base) {
            break;
        }
        if (v > (UINT64_MAX - digit) / base) {
            return false;
        }
        v = v * base + digit;
    }
    *s = p;
    *n = v;
    return p != first;
}

bool ocpn_word_number(const OcpnWord *w, uint64_t min, uint64_t max,
                      uint64_t *n, OcpnError *err)
{
    const char *s = w->value;
    uint64_t v;

    if (!get_number(&s, &v) || *s != '\0' || v < min || v > max) {
        return OCPN_FAIL(err, "%s=%s: must be a number from %" PRIu64 " to %"
                         PRIu64, w->name, w->value, min, max);
    }
    *n = v;
    return true;
}

bool ocpn_word_range(const OcpnWord *w, uint64_t max, OcpnRange *r,
                     OcpnError *err)
{
    const char *s = w->value;
    OcpnRange got = OCPN_RANGE_ALL;
    bool good;

    if (strcmp(s, "*") == 0) {
        *r = got;
        return true;
    }
    good = get_number(&s, &got.first);
    got.last = got.first;
    if (good && *s == '-') {
        s++;
        good = get_number(&s, &got.last);
    }
    if (!good || *s != '\0' || got.first > got.last || got.last > max) {
        return OCPN_FAIL(err, "%s=%s: must be a number up to %" PRIu64 ", a "
                         "range like 2-5, or * for all", w->name, w->value,
                         max);
    }
    *r = got;
    return true;
}

/* "a, b or c" to BUF; what does not fit is cut. */
static void list_names(char *buf, size_t len, const char *const *names,
                       unsigned n)
{
    size_t at = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < n && at < len; i++) {
        const char *gap = i == 0 ? "" : i == n - 1 ? " or " : ", ";
        int wrote = snprintf(buf + at, len - at, "%s%s", gap, names[i]);

        at += wrote > 0 ? (size_t)wrote : 0;
    }
}

bool ocpn_word_choice(const OcpnWord *w, const char *const *names, unsigned n,
                      unsigned *i, OcpnError *err)
{
    char list[sizeof(err->text) - 2 * sizeof(w->name) - 10];

    for (unsigned k = 0; k < n; k++) {
        if (strcmp(w->value, names[k]) == 0) {
            *i = k;
            return true;
        }
    }
    list_names(list, sizeof(list), names, n);
    return OCPN_FAIL(err, "%s=%s: must be %s", w->name, w->value, list);
}

static bool is_all(const OcpnRange *r)
{
    return r->first == 0 && r->last == UINT64_MAX;
}

int ocpn_place_word(OcpnPlace *p, const OcpnWord *w, OcpnError *err)
{
    /* The second and third name are those of older emulators' files. */
    const struct {
        const char *name[3];
        OcpnRange *range;
        uint64_t max;
    } row[] = {
        { { "grp", "group", "" },   &p->grp, UINT32_MAX },
        { { "pu", "punit", "" },    &p->pu,  UINT32_MAX },
        { { "chk", "chunk", "" },   &p->chk, UINT32_MAX },
        { { "blk", "sec", "sectr" }, &p->blk, UINT32_MAX },
        { { "lba", "", "" },        &p->lba, UINT64_MAX },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        if (strcmp(w->name, row[i].name[0]) != 0 &&
            strcmp(w->name, row[i].name[1]) != 0 &&
            strcmp(w->name, row[i].name[2]) != 0) {
            continue;
        }
        if (!is_all(row[i].range)) {
            (void)OCPN_FAIL(err, "%s=%s: %s was given before", w->name,
                            w->value, row[i].name[0]);
            return -1;
        }
        return ocpn_word_range(w, row[i].max, row[i].range, err) ? 1 : -1;
    }
    return 0;
}

/* Is R all, or inside the numbers 0 to COUNT - 1? */
static bool check_range(const OcpnRange *r, const char *name, uint32_t count,
                        OcpnError *err)
{
    if (is_all(r) || r->last < count) {
        return true;
    }
    return OCPN_FAIL(err, "%s=%" PRIu64 " does not exist: there are 0 to %"
                     PRIu32, name, r->last, count - 1);
}

static bool check_lba(const OcpnGeometry *g, uint64_t lba, OcpnError *err)
{
    OcpnAddr a;

    return (ocpn_addr_split(g, lba, &a) && a.blk < g->clba) ||
           OCPN_FAIL(err, "lba=0x%" PRIx64 " does not exist in this geometry",
                     lba);
}

bool ocpn_place_check(const OcpnPlace *p, const OcpnGeometry *g,
                      OcpnError *err)
{
    return check_range(&p->grp, "grp", g->num_grp, err) &&
           check_range(&p->pu, "pu", g->num_pu, err) &&
           check_range(&p->chk, "chk", g->num_chk, err) &&
           check_range(&p->blk, "blk", g->clba, err) &&
           (is_all(&p->lba) || (check_lba(g, p->lba.first, err) &&
                                check_lba(g, p->lba.last, err)));
}

static bool has_numbers(const OcpnPlace *p, const OcpnGeometry *g,
                        uint32_t chunk)
{
    return ocpn_range_has(&p->chk, chunk % g->num_chk) &&
           ocpn_range_has(&p->pu, chunk / g->num_chk % g->num_pu) &&
           ocpn_range_has(&p->grp, chunk / g->num_chk / g->num_pu);
}

bool ocpn_place_has_chunk(const OcpnPlace *p, const OcpnGeometry *g,
                          uint32_t chunk)
{
    return has_numbers(p, g, chunk) &&
           ocpn_range_meets(&p->lba, ocpn_addr_lba(g, chunk, 0),
                            ocpn_addr_lba(g, chunk, g->clba - 1));
}

bool ocpn_place_meets(const OcpnPlace *p, const OcpnGeometry *g,
                      uint32_t chunk, uint32_t blk, uint32_t nlb)
{
    uint64_t base = ocpn_addr_lba(g, chunk, 0);
    uint64_t first = blk, last = (uint64_t)blk + nlb - 1;

    if (!has_numbers(p, g, chunk) ||
        !ocpn_range_meets(&p->blk, first, last)) {
        return false;
    }
    /* One block has to be in both ranges. */
    first = first < p->blk.first ? p->blk.first : first;
    last = last > p->blk.last ? p->blk.last : last;
    return ocpn_range_meets(&p->lba, base + first, base + last);
}
