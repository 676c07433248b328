/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Written blocks of conventional namespaces.
 * Implements: NVM Command Set 1.0, "Namespace Utilization (NUSE)"; OCP
 * Datacenter NVMe SSD, NUSE-1; docs/image-format.rst, "Block maps".
 *
 * A command looks at the words of its blocks.  Only if that changes some, it
 * changes them at once, counts, and marks their pages.  It does not wait for
 * them: no block reads as anything else for what they say, so they may be as
 * old as the last round of the store when the power goes.  Shutdown, Flush and
 * a timer begin one.
 */
#include <inttypes.h>
#include <string.h>

#include "used-int.h"

#define WORDS       (IMG_MAP_BITS / 64)     /* of a page */

static size_t words(const OcpnNs *ns)
{
    return (size_t)ns->im.nmaps * WORDS;
}

void ocpn_used_shape(OcpnNs *ns)
{
    uint64_t room = (uint64_t)ns->im.nmaps * IMG_MAP_BITS;
    OcpnUsed *u = ns->used;

    u->shift = 0;
    while (((ns->im.nsze - 1) >> u->shift) + 1 > room) {
        u->shift++;
    }
    u->nbits = ((ns->im.nsze - 1) >> u->shift) + 1;
}

bool ocpn_used_init(OcpnNs *ns, OcpnError *err)
{
    const OcpnPort *port = &ns->c->port;

    if (!ns->im.nmaps) {
        return true;
    }
    ns->used = port->alloc(port->opaque, sizeof(OcpnUsed) +
                           words(ns) * sizeof(ns->used->word[0]));
    if (!ns->used) {
        return OCPN_FAIL(err, "no memory for the %" PRIu32 " pages of block "
                         "maps of namespace %" PRIu32, ns->im.nmaps, ns->nsid);
    }
    ocpn_used_shape(ns);
    return true;
}

void ocpn_used_destroy(OcpnNs *ns)
{
    ns->c->port.free(ns->c->port.opaque, ns->used);
    ns->used = NULL;
}

void ocpn_used_forget(OcpnNs *ns)
{
    if (!ns->used) {
        return;
    }
    ocpn_used_shape(ns);
    for (size_t i = 0; i < words(ns); i++) {
        atomic_store_explicit(&ns->used->word[i], 0, memory_order_relaxed);
    }
    atomic_store(&ns->used->count, 0);
}

/* Bits FROM to END, not beyond it, of their word. */
static uint64_t mask(uint64_t from, uint64_t end)
{
    return UINT64_MAX >> (64 - (end - from)) << (from % 64);
}

/* Those bits become SET.  How many were not. */
static unsigned change_word(_Atomic uint64_t *word, uint64_t bits, bool set)
{
    uint64_t was = atomic_load_explicit(word, memory_order_relaxed);

    if (!((set ? ~was : was) & bits)) {
        return 0;
    }
    was = set ? atomic_fetch_or(word, bits) : atomic_fetch_and(word, ~bits);
    return (unsigned)__builtin_popcountll((set ? ~was : was) & bits);
}

static void change(OcpnNs *ns, uint64_t from, uint64_t end, bool set)
{
    OcpnUsed *u = ns->used;

    while (from < end) {
        uint64_t page = from / IMG_MAP_BITS, n = 0;
        uint64_t stop = (page + 1) * IMG_MAP_BITS;

        stop = stop < end ? stop : end;
        while (from < stop) {
            uint64_t next = (from / 64 + 1) * 64;

            next = next < stop ? next : stop;
            n += change_word(&u->word[from / 64], mask(from, next), set);
            from = next;
        }
        if (n) {
            atomic_fetch_add(&u->count, set ? n : 0 - n);
            ocpn_store_dirty(&ns->store, IMG_REGION_MAPS, (uint32_t)page);
        }
    }
}

void ocpn_used_set(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    const OcpnUsed *u = ns->used;

    if (nlb) {
        change(ns, slba >> u->shift, ((slba + nlb - 1) >> u->shift) + 1, true);
    }
}

/* Of a group of which blocks are left, nothing is known: it stays. */
void ocpn_used_clear(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    const OcpnUsed *u = ns->used;
    uint64_t end = slba + nlb, group = UINT64_C(1) << u->shift;

    change(ns, (slba + group - 1) >> u->shift,
           end == ns->im.nsze ? u->nbits : end >> u->shift, false);
}

void ocpn_used_set_all(OcpnNs *ns, bool used)
{
    change(ns, 0, ns->used->nbits, used);
}

bool ocpn_ns_counts_used(const OcpnNs *ns)
{
    return ocpn_used_kept(ns);
}

uint64_t ocpn_ns_used(const OcpnNs *ns)
{
    const OcpnUsed *u = ns->used;
    uint64_t n;

    if (!ocpn_used_kept(ns)) {
        return ns->im.nsze;
    }
    n = atomic_load_explicit(&u->count, memory_order_relaxed) << u->shift;
    return n < ns->im.nsze ? n : ns->im.nsze;
}

/* What is behind the last block is not looked at. */
void ocpn_used_load(OcpnNs *ns, uint32_t index, const ImgPage *p)
{
    const ImgMap *w = (const ImgMap *)(const void *)p->payload;
    OcpnUsed *u = ns->used;

    for (uint32_t i = 0; i < WORDS; i++) {
        uint64_t at = ((uint64_t)index * WORDS + i) * 64;
        uint64_t end = at + 64 < u->nbits ? at + 64 : u->nbits;
        Le64 bits;

        if (at < end) {
            memcpy(&bits, w->bit + i * sizeof(bits), sizeof(bits));
            u->count += change_word(&u->word[at / 64],
                                    from_le64(bits) & mask(at, end), true);
        }
    }
}

void ocpn_used_store(OcpnNs *ns, uint32_t index, ImgPage *p)
{
    ImgMap *w = (ImgMap *)(void *)p->payload;

    memset(w, 0, sizeof(*w));
    for (uint32_t i = 0; i < WORDS; i++) {
        Le64 bits = to_le64(atomic_load(&ns->used->word[(size_t)index * WORDS
                                                        + i]));

        memcpy(w->bit + i * sizeof(bits), &bits, sizeof(bits));
    }
}
