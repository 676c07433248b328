/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options, and values as text. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ocp-nvme-img.h"

bool img_parse_words(int argc, char **argv, const ImgUsage *usage,
                     const GOptionEntry *entries, char **word, int n)
{
    g_autofree char *name = g_strdup_printf("ocp-nvme-img %s", argv[0]);
    g_autofree char *words = g_strdup_printf("%s - %s", usage->words,
                                             usage->summary);
    GOptionContext *context = g_option_context_new(words);
    g_autoptr(GError) error = NULL;
    bool ok;

    g_set_prgname(name);
    g_option_context_set_description(context, usage->description);
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, &argc, &argv, &error);
    g_option_context_free(context);
    if (!ok) {
        img_fail("%s; '%s --help' lists the options", error->message, name);
        return false;
    }
    if (argc > 1 && g_str_equal(argv[1], "--")) {
        argv++;
        argc--;
    }
    if (argc != n + 1) {
        img_fail("%s given; '%s --help' says more",
                 n > 1 ? "not exactly IMAGE and FILE are" :
                 argc <= n ? "no FILE is" : "more than one FILE is", name);
        return false;
    }
    memcpy(word, argv + 1, (size_t)n * sizeof(*word));
    return true;
}

bool img_parse(int argc, char **argv, const ImgUsage *usage,
               const GOptionEntry *entries, char **file)
{
    return img_parse_words(argc, argv, usage, entries, file, 1);
}

/* The power of two a suffix stands for; -1 if it is none. */
static int suffix_shift(const char *suffix)
{
    static const char letters[] = "KMGTPE";
    const char *at;

    if (suffix[0] == '\0') {
        return 0;
    }
    at = strchr(letters, g_ascii_toupper(suffix[0]));
    if (!at || (suffix[1] != '\0' && g_ascii_strcasecmp(suffix + 1, "iB") &&
                g_ascii_strcasecmp(suffix + 1, "B"))) {
        return -1;
    }
    return 10 * (int)(at - letters + 1);
}

bool img_parse_size(const char *option, const char *text, uint64_t *size)
{
    char *end = NULL;
    double value = g_ascii_isdigit(text[0]) ? g_ascii_strtod(text, &end) : -1;
    int shift = end ? suffix_shift(end) : -1;

    /* Below 2^53 a double is exact, whatever the unit. */
    if (shift >= 0) {
        value *= (double)((uint64_t)1 << shift);
    }
    if (shift < 0 || value < 1 || value > 0x1p62) {
        img_fail("%s is '%s', but must be a number of bytes from 1 to 4E, "
                 "such as 64M, 8G or 1.5T", option, text);
        return false;
    }
    *size = (uint64_t)value;
    return true;
}

char *img_size_text(uint64_t bytes)
{
    static const char *const unit[] = {
        "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
    };
    unsigned int u = 0;
    double value = (double)bytes;

    while (value >= 1024 && u + 1 < G_N_ELEMENTS(unit)) {
        value /= 1024;
        u++;
    }
    return g_strdup_printf("%.4g %s", value, unit[u]);
}

void img_uuid_text(const uint8_t uuid[16], char text[37])
{
    for (unsigned int i = 0; i < 16; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;

        text += sprintf(text, "%s%02x", dash ? "-" : "", uuid[i]);
    }
}

bool img_uuid_parse(const char *text, uint8_t uuid[16])
{
    char back[37];

    for (unsigned int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += text[0] == '-';
        }
        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1])) {
            return false;
        }
        uuid[i] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 |
                            g_ascii_xdigit_value(text[1]));
        text += 2;
    }
    img_uuid_text(uuid, back);
    return text[0] == '\0' &&
           strcmp(back, "00000000-0000-0000-0000-000000000000") != 0;
}

bool img_uuid_random(uint8_t uuid[16])
{
    if (getrandom(uuid, 16, 0) != 16) {
        img_fail("the system has no random numbers for a UUID; give --uuid");
        return false;
    }
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);   /* RFC 4122, version 4 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    return true;
}

const char *img_mode_name(uint8_t mode)
{
    return mode == IMG_MODE_OPEN_CHANNEL ? "open-channel" : "conventional";
}
