/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts people write for a drive: fault rules, chunk descriptions,
 * notifications.  A text is words, NAME or NAME=VALUE, with spaces, tabs,
 * commas or colons between them; '#' begins a comment that goes to the end.
 *
 * Pure.  Hostile input: every refusal is one sentence that names the word.
 */
#ifndef HW_OCP_NVME_CORE_WORDS_H
#define HW_OCP_NVME_CORE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/core/geometry.h"

#define OCPN_WORD_MAX   47      /* characters of a name, and of a value */

typedef struct OcpnWord {
    char name[OCPN_WORD_MAX + 1];   /* lower case, whatever was written */
    char value[OCPN_WORD_MAX + 1];  /* lower case; empty: no '=' */
} OcpnWord;

/* Both ends are part of it. */
typedef struct OcpnRange {
    uint64_t first, last;
} OcpnRange;
#define OCPN_RANGE_ALL  ((OcpnRange) { 0, UINT64_MAX })

/*
 * The next word of *TEXT, which moves behind it.  1: there is one.  0: the
 * text is over.  -1: it is not a word, ERR says why.
 */
int ocpn_word_next(const char **text, OcpnWord *w, OcpnError *err);

/* W's value as a number (decimal, or hexadecimal with 0x), MIN to MAX. */
bool ocpn_word_number(const OcpnWord *w, uint64_t min, uint64_t max,
                      uint64_t *n, OcpnError *err);

/* W's value as a range: "7", "2-5", or "*" for everything. */
bool ocpn_word_range(const OcpnWord *w, uint64_t max, OcpnRange *r,
                     OcpnError *err);

/* W's value as one of N names; *I is its index.  ERR lists the names. */
bool ocpn_word_choice(const OcpnWord *w, const char *const *names, unsigned n,
                      unsigned *i, OcpnError *err);

static inline bool ocpn_range_has(const OcpnRange *r, uint64_t n)
{
    return n >= r->first && n <= r->last;
}

static inline bool ocpn_range_meets(const OcpnRange *r, uint64_t first,
                                    uint64_t last)
{
    return first <= r->last && last >= r->first;
}

/* Where in a namespace: all of it until a word says less. */
typedef struct OcpnPlace {
    OcpnRange grp, pu, chk;
    OcpnRange blk;              /* blocks of the chunks */
    OcpnRange lba;              /* host addresses; all of the above count */
} OcpnPlace;
#define OCPN_PLACE_ALL ((OcpnPlace) { OCPN_RANGE_ALL, OCPN_RANGE_ALL, \
    OCPN_RANGE_ALL, OCPN_RANGE_ALL, OCPN_RANGE_ALL })

/*
 * Take W into P if it is grp, pu, chk, blk or lba, or what older emulators
 * called them (group, punit, chunk, sec, sectr).  1: taken.  0: it is another
 * word.  -1: its value is wrong or its range was set before, ERR says which.
 */
int ocpn_place_word(OcpnPlace *p, const OcpnWord *w, OcpnError *err);

/* False, with ERR, if P names a group, unit, chunk or LBA that is not in G. */
bool ocpn_place_check(const OcpnPlace *p, const OcpnGeometry *g,
                      OcpnError *err);

/* Is chunk CHUNK in P?  Blocks are not looked at. */
bool ocpn_place_has_chunk(const OcpnPlace *p, const OcpnGeometry *g,
                          uint32_t chunk);

/* Is any of the NLB (at least 1) blocks from BLK of chunk CHUNK in P? */
bool ocpn_place_meets(const OcpnPlace *p, const OcpnGeometry *g,
                      uint32_t chunk, uint32_t blk, uint32_t nlb);

#endif
