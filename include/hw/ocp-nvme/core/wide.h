/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of 128 bits, as counters of log pages are.  Pure.
 */
#ifndef HW_OCP_NVME_CORE_WIDE_H
#define HW_OCP_NVME_CORE_WIDE_H

#include <stdbool.h>

#include "hw/ocp-nvme/spec/bytes.h"

typedef struct OcpnWide {
    uint64_t low, high;
} OcpnWide;

#define OCPN_WIDE_DIGITS    39      /* decimal, of the largest */

static inline bool ocpn_wide_less(OcpnWide a, OcpnWide b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* The largest number that SIZE bytes (1 to 16) can hold. */
OcpnWide ocpn_wide_max(unsigned size);
/* A + N, or MOST if that is less. */
OcpnWide ocpn_wide_add(OcpnWide a, uint64_t n, OcpnWide most);
/* A / N, rounded up; N is 1 to 2^32 - 1. */
OcpnWide ocpn_wide_div_up(OcpnWide a, uint32_t n);

/* The SIZE bytes (1 to 16) at P, and back. */
OcpnWide ocpn_wide_get(const uint8_t *p, unsigned size);
void ocpn_wide_put(uint8_t *p, unsigned size, OcpnWide a);

/* TEXT, decimal or hexadecimal with 0x.  False: it is no number that fits. */
bool ocpn_wide_parse(const char *text, OcpnWide *a);
/* A in decimal, with its NUL. */
void ocpn_wide_print(OcpnWide a, char text[OCPN_WIDE_DIGITS + 1]);

static inline Le128 ocpn_wide_le(OcpnWide a)
{
    Le128 w;

    ocpn_wide_put(w.b, sizeof(w.b), a);
    return w;
}

#endif
