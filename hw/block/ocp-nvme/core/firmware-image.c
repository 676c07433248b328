/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a firmware image says of itself, in its first line.
 * Implements: docs/ocp.rst, "Firmware"; NVMe Base 2.0, "Firmware Update
 * Process".
 *
 * Any file is an image.  One that does not begin with MAGIC has a revision
 * made of its contents, and the security version of what runs.  Thread: main.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/wide.h"

#define MAGIC       "ocp-nvme-firmware"
#define MAX_MS      60000u

typedef struct Parse {
    OcpnFirmware *img;
    bool bad;                   /* its signature */
} Parse;

static bool set_revision(Parse *p, const char *value)
{
    size_t len = strlen(value);

    for (size_t i = 0; i < len; i++) {
        if (value[i] <= ' ' || value[i] > '~') {
            return false;
        }
    }
    if (!len || len > OCPN_FW_REVISION) {
        return false;
    }
    memcpy(p->img->revision, value, len + 1);
    return true;
}

static bool set_security(Parse *p, const char *value)
{
    OcpnWide n;

    if (!ocpn_wide_parse(value, &n) || n.high) {
        return false;
    }
    p->img->security = n.low;
    return true;
}

static bool set_bad(Parse *p, const char *value)
{
    p->bad = !strcmp(value, "on");
    return p->bad || !strcmp(value, "off");
}

static bool set_reset(Parse *p, const char *value)
{
    static const char *const word[OCPN_FW_RESET_N] = {
        [OCPN_FW_RESET_NONE] = "none",
        [OCPN_FW_RESET_CONTROLLER] = "controller",
        [OCPN_FW_RESET_SUBSYSTEM] = "subsystem",
        [OCPN_FW_RESET_CONVENTIONAL] = "conventional",
    };

    for (uint8_t i = 0; i < OCPN_FW_RESET_N; i++) {
        if (!strcmp(value, word[i])) {
            p->img->reset = i;
            return true;
        }
    }
    return false;
}

static bool set_ms(Parse *p, const char *value)
{
    OcpnWide n;

    if (!ocpn_wide_parse(value, &n) || n.high || n.low > MAX_MS) {
        return false;
    }
    p->img->ms = (uint16_t)n.low;
    return true;
}

static const struct {
    const char *key;
    bool      (*set)(Parse *p, const char *value);
} rows[] = {
    { "bad-signature", set_bad },
    { "ms", set_ms },
    { "reset", set_reset },
    { "revision", set_revision },
    { "svn", set_security },
};

/* WORD is KEY=VALUE. */
static bool set_word(Parse *p, char *word)
{
    char *value = strchr(word, '=');

    if (!value) {
        return false;
    }
    *value++ = '\0';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!strcmp(rows[i].key, word)) {
            return rows[i].set(p, value);
        }
    }
    return false;
}

/* LINE is changed. */
static bool parse(Parse *p, char *line)
{
    const size_t magic = strlen(MAGIC);
    char *at = line + magic;

    if (strncmp(line, MAGIC, magic) || (*at && *at != ' ')) {
        return true;            /* says nothing of itself */
    }
    while (*at) {
        size_t len;

        at += strspn(at, " ");
        len = strcspn(at, " ");
        if (at[len]) {
            at[len++] = '\0';
        }
        if (*at && !set_word(p, at)) {
            return false;
        }
        at += len;
    }
    return true;
}

static bool is_whole(const OcpnDownload *d)
{
    for (uint32_t u = 0; u < d->units; u++) {
        if (!(d->map[u / 8] >> u % 8 & 1)) {
            return false;
        }
    }
    return d->units > 0;
}

/* The first line of D.  False: it does not end. */
static bool first_line(const OcpnDownload *d, char line[IMG_FW_HEAD])
{
    size_t len = 0;

    while (len < IMG_FW_HEAD && d->head[len] && d->head[len] != '\n') {
        line[len] = d->head[len];
        len++;
    }
    if (len == IMG_FW_HEAD) {
        return false;
    }
    line[len] = '\0';
    return true;
}

bool ocpn_firmware_take(OcpnCtrl *c, OcpnFirmware *img)
{
    OcpnDownload *d = &c->firmware.download;
    Parse p = { .img = img };
    char line[IMG_FW_HEAD];
    bool good;

    *img = (OcpnFirmware) {
        .loaded = true,
        .ms = OCPN_FW_USUAL_MS,
        .security = ocpn_firmware_security(c),
        .sum = d->sum,
    };
    snprintf(img->revision, sizeof(img->revision), "%08" PRIX32, d->sum);
    good = is_whole(d) &&
           (!first_line(d, line)
            ? strncmp(d->head, MAGIC, strlen(MAGIC)) != 0 : parse(&p, line));
    memset(d, 0, sizeof(*d));
    return good && !p.bad;
}
