/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of 128 bits: see core/wide.h.  As limbs of 32 bits where a carry is
 * needed: C11 has no wider type than 64.
 */
#include <string.h>

#include "hw/ocp-nvme/core/wide.h"

#define LIMBS   4

OcpnWide ocpn_wide_max(unsigned size)
{
    return (OcpnWide) {
        .low = size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1,
        .high = size <= 8 ? 0 : UINT64_MAX >> 8 * (16 - size),
    };
}

OcpnWide ocpn_wide_add(OcpnWide a, uint64_t n, OcpnWide most)
{
    OcpnWide sum = { a.low + n, a.high };

    if (sum.low < n && ++sum.high == 0) {
        return most;
    }
    return ocpn_wide_less(most, sum) ? most : sum;
}

/* A becomes A / N; the rest is returned. */
static uint32_t divide(uint32_t a[LIMBS], uint32_t n)
{
    uint64_t rest = 0;

    for (unsigned i = LIMBS; i > 0; i--) {
        rest = rest << 32 | a[i - 1];
        a[i - 1] = (uint32_t)(rest / n);
        rest %= n;
    }
    return (uint32_t)rest;
}

/* A becomes A * N + PLUS.  False: it does not fit. */
static bool multiply(uint32_t a[LIMBS], uint32_t n, uint32_t plus)
{
    uint64_t carry = plus;

    for (unsigned i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a[i] * n;
        a[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return !carry;
}

static void split(OcpnWide a, uint32_t limb[LIMBS])
{
    limb[0] = (uint32_t)a.low;
    limb[1] = (uint32_t)(a.low >> 32);
    limb[2] = (uint32_t)a.high;
    limb[3] = (uint32_t)(a.high >> 32);
}

static OcpnWide join(const uint32_t limb[LIMBS])
{
    return (OcpnWide) {
        .low = limb[0] | (uint64_t)limb[1] << 32,
        .high = limb[2] | (uint64_t)limb[3] << 32,
    };
}

OcpnWide ocpn_wide_div_up(OcpnWide a, uint32_t n)
{
    uint32_t limb[LIMBS];
    bool rest;

    split(a, limb);
    rest = divide(limb, n) != 0;
    return ocpn_wide_add(join(limb), rest, ocpn_wide_max(16));
}

OcpnWide ocpn_wide_get(const uint8_t *p, unsigned size)
{
    OcpnWide a = { 0, 0 };

    while (size-- > 0) {
        a.high = a.high << 8 | a.low >> 56;
        a.low = a.low << 8 | p[size];
    }
    return a;
}

void ocpn_wide_put(uint8_t *p, unsigned size, OcpnWide a)
{
    for (unsigned i = 0; i < size; i++) {
        p[i] = (uint8_t)a.low;
        a.low = a.low >> 8 | a.high << 56;
        a.high >>= 8;
    }
}

/* The value of digit CH in BASE; BASE if it is none. */
static uint32_t digit(char ch, uint32_t base)
{
    static const char digits[] = "0123456789abcdef";
    const char *at;

    ch = ch >= 'A' && ch <= 'F' ? (char)(ch - 'A' + 'a') : ch;
    at = ch ? strchr(digits, ch) : NULL;
    return at && (uint32_t)(at - digits) < base ? (uint32_t)(at - digits)
                                                : base;
}

bool ocpn_wide_parse(const char *text, OcpnWide *a)
{
    uint32_t limb[LIMBS] = { 0 }, base = 10;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        uint32_t d = digit(*text, base);

        if (d == base || !multiply(limb, base, d)) {
            return false;
        }
    }
    *a = join(limb);
    return true;
}

void ocpn_wide_print(OcpnWide a, char text[OCPN_WIDE_DIGITS + 1])
{
    char back[OCPN_WIDE_DIGITS];
    uint32_t limb[LIMBS];
    unsigned n = 0;

    split(a, limb);
    do {
        back[n++] = (char)('0' + divide(limb, 10));
    } while (limb[0] || limb[1] || limb[2] || limb[3]);
    while (n > 0) {
        *text++ = back[--n];
    }
    *text = '\0';
}
