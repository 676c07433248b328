/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that look random, and are the same after the same seed. */
#ifndef OCPN_DICE_INT_H
#define OCPN_DICE_INT_H

#include <stdint.h>

/* The next 64 bits of *STATE, which begins as any seed: SplitMix64. */
static inline uint64_t ocpn_dice(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
