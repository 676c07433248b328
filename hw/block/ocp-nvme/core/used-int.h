/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which blocks of a conventional namespace are written: for NUSE.  A bit for
 * each block, or each group of blocks if the image has too few pages for that.
 *
 * Threads: _set() and _clear() any, without a lock if nothing changes; the
 * rest main, while no command uses the namespace.  NS->used must not be NULL.
 */
#ifndef OCPN_USED_INT_H
#define OCPN_USED_INT_H

#include "ctrl-int.h"

typedef struct OcpnUsed {
    uint64_t nbits;             /* frozen, but for Format: that count */
    uint8_t  shift;             /* the same: 2^SHIFT blocks a bit */
    _Atomic uint64_t count;     /* bits that are set */
    _Atomic uint64_t word[];    /* bit b is bit b % 64 of word b / 64 */
} OcpnUsed;

/*
 * A divided drive keeps no record: its pages are of blocks in another order.
 * Any thread.
 */
static inline bool ocpn_used_kept(const OcpnNs *ns)
{
    return ns->used && !ocpn_space_has(ns);
}

/*
 * Blocks were written, or deallocated.  Their pages are dirty and go with the
 * store's next round, which nobody needs to wait for.
 */
void ocpn_used_set(OcpnNs *ns, uint64_t slba, uint64_t nlb);
void ocpn_used_clear(OcpnNs *ns, uint64_t slba, uint64_t nlb);
/* All of them are. */
void ocpn_used_set_all(OcpnNs *ns, bool used);
/* The number of blocks has changed; no bit is set. */
void ocpn_used_shape(OcpnNs *ns);

/* As ocpn_maps_..., of conventional namespaces. */
bool ocpn_used_init(OcpnNs *ns, OcpnError *err);
void ocpn_used_destroy(OcpnNs *ns);
void ocpn_used_forget(OcpnNs *ns);
void ocpn_used_load(OcpnNs *ns, uint32_t index, const ImgPage *p);
void ocpn_used_store(OcpnNs *ns, uint32_t index, ImgPage *p);

#endif
