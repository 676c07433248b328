/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of power states as people write it: watts, the most first.
 * Implements: docs/user-guide.rst, "power-states".  Pure.
 */
#include <string.h>

#include "hw/ocp-nvme/core/power.h"

#define UNITS   100u            /* of 10 mW in a watt */
#define MOST    ((OCPN_DSSD_STATES - 1) * UNITS)

static bool is_gap(char c)
{
    return c == ':' || c == ',' || c == ' ' || c == '/';
}

/* Digits at *S, which moves behind at most MAX of them. */
static unsigned digits(const char **s, unsigned max, uint32_t *n)
{
    unsigned got = 0;

    for (; got < max && **s >= '0' && **s <= '9'; got++, ++*s) {
        *n = *n * 10 + (uint32_t)(**s - '0');
    }
    return got;
}

/* The LEN characters at S in 10 mW; 0: they are no number of watts. */
static uint32_t watts(const char *s, size_t len)
{
    const char *end = s + len;
    uint32_t n = 0;
    unsigned after = 0;

    if (!digits(&s, 3, &n)) {
        return 0;
    }
    if (s < end && *s == '.') {
        s++;
        after = digits(&s, 2, &n);
        if (!after) {
            return 0;
        }
    }
    for (; after < 2; after++) {
        n *= 10;
    }
    return s == end && n <= MOST ? n : 0;
}

bool ocpn_power_parse(const char *text, uint16_t table[OCPN_POWER_STATES],
                      OcpnError *err)
{
    uint16_t new[OCPN_POWER_STATES] = { 0 };
    unsigned n = 0;

    while (*text) {
        size_t len = 0;
        uint32_t w;

        while (text[len] && !is_gap(text[len])) {
            len++;
        }
        w = watts(text, len);
        if (!w) {
            return OCPN_FAIL(err, "'%.*s' is no power of a state; give watts "
                             "from 0.01 to %u, such as 25:14:8.5",
                             len < 40 ? (int)len : 40, text,
                             OCPN_DSSD_STATES - 1);
        }
        if (n == OCPN_POWER_STATES) {
            return OCPN_FAIL(err, "there are more than %u states",
                             OCPN_POWER_STATES);
        }
        if (n && w > new[n - 1]) {
            return OCPN_FAIL(err, "state %u has %.*s W, more than the one "
                             "before it; give the most powerful state first",
                             n, (int)len, text);
        }
        new[n++] = (uint16_t)w;
        text += len + (text[len] != '\0');
    }
    if (!n) {
        return OCPN_FAIL(err, "there is no state; give watts, such as "
                         "25:14:8.5");
    }
    memcpy(table, new, sizeof(new));
    return true;
}
