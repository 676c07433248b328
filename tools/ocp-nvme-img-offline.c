/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks that are bad from the factory. */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

/* "17" or "17-23" to two numbers. */
static bool parse_range(const char *text, guint64 *first, guint64 *last)
{
    char *end;

    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    *first = *last = g_ascii_strtoull(text, &end, 10);
    if (end[0] == '-' && g_ascii_isdigit(end[1])) {
        *last = g_ascii_strtoull(end + 1, &end, 10);
    }
    return end[0] == '\0' && *first <= *last;
}

uint8_t *img_parse_chunks(const char *option, const char *text,
                          uint32_t chunks)
{
    uint8_t *named = g_malloc0(chunks);
    g_auto(GStrv) word = g_strsplit(text, ",", -1);

    for (size_t i = 0; word[i]; i++) {
        guint64 first, last;

        if (!parse_range(word[i], &first, &last) || last >= chunks) {
            img_fail("%s has '%s', but must be chunk numbers from 0 to %"
                     PRIu32 " and ranges of them, such as 3,17,40-42", option,
                     word[i], chunks - 1);
            g_free(named);
            return NULL;
        }
        memset(named + first, 1, last - first + 1);
    }
    return named;
}

bool img_parse_bad(const char *ppm, const char *seed, ImgBad *bad)
{
    bool hex = seed && (g_str_has_prefix(seed, "0x") ||
                        g_str_has_prefix(seed, "0X"));

    *bad = (ImgBad) { 0, 0 };
    if (seed && !ppm) {
        img_fail("--seed is for --bad; give --bad, too");
        return false;
    }
    if (ppm && !g_ascii_string_to_unsigned(ppm, 10, 0, 1000000, &bad->ppm,
                                           NULL)) {
        img_fail("--bad is '%s', but must be 0 to 1000000, how many of a "
                 "million chunks are bad", ppm);
        return false;
    }
    if (seed && !g_ascii_string_to_unsigned(seed + (hex ? 2 : 0),
                                            hex ? 16 : 10, 0, G_MAXUINT64,
                                            &bad->seed, NULL)) {
        img_fail("--seed is '%s', but must be 0 to 18446744073709551615, or "
                 "hexadecimal with 0x", seed);
        return false;
    }
    return true;
}

/* Number CHUNK of splitmix64's numbers for SEED, modulo a million. */
static bool is_bad(const ImgBad *bad, uint32_t chunk)
{
    uint64_t z = bad->seed + ((uint64_t)chunk + 1) * 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return z % 1000000 < bad->ppm;
}

int img_make_bad(ImgFile *f, const OcpnImage *im, const ImgBad *bad,
                 const uint8_t *named, uint32_t *n)
{
    g_autofree ImgChunk *was = img_load_chunks(f, im), *is = NULL;

    *n = 0;
    if (!was) {
        return EXIT_NOT_RUN;
    }
    is = g_memdup2(was, im->geo.chunks * sizeof(*was));
    for (uint32_t i = 0; i < im->geo.chunks; i++) {
        if ((named && named[i]) || is_bad(bad, i)) {
            is[i].state = OCSSD_CS_OFFLINE;
            ++*n;
        }
    }
    return *n ? img_store_chunks(f, im, was, is) : EXIT_FINE;
}
