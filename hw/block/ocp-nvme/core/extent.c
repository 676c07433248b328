/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks marked by Write Uncorrectable: sorted, disjoint extents that do not
 * touch each other.
 * Implements: NVM Command Set 1.0, "Write Uncorrectable command";
 * docs/image-format.rst, "Uncorrectable extent".
 *
 * There is room for IMG_NEXTENTS of them.  A mark that would need one more is
 * refused.  Removing a mark from the middle of an extent can need one more,
 * too, and must not fail: the block was written, and has to be readable.  The
 * shorter rest of the extent then loses its mark.
 */
#include <string.h>

#include "nvm-int.h"

/* The first extent that ends at block LBA or behind it. */
static uint32_t find(const OcpnNs *ns, uint64_t lba)
{
    uint32_t lo = 0, hi = ns->nextents;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (ns->extent[mid].slba + ns->extent[mid].nlb < lba) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* Let N extents take the place of the OLD ones from I on. */
static void resize(OcpnNs *ns, uint32_t i, uint32_t old, uint32_t n)
{
    uint32_t count = ns->nextents;

    memmove(&ns->extent[i + n], &ns->extent[i + old],
            (count - i - old) * sizeof(ns->extent[0]));
    ns->nextents = count - old + n;
}

static bool hit(const OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    uint32_t i = find(ns, slba + 1);    /* the end is not part of it */

    return i < ns->nextents && ns->extent[i].slba < slba + nlb;
}

static bool add(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    uint64_t end = slba + nlb;
    uint32_t i = find(ns, slba), n = 0;

    /* Those it overlaps or touches become one with it. */
    while (i + n < ns->nextents && ns->extent[i + n].slba <= end) {
        uint64_t s = ns->extent[i + n].slba;
        uint64_t e = s + ns->extent[i + n].nlb;

        slba = s < slba ? s : slba;
        end = e > end ? e : end;
        n++;
    }
    if (!n && ns->nextents == IMG_NEXTENTS) {
        return false;
    }
    resize(ns, i, n, 1);
    ns->extent[i].slba = slba;
    ns->extent[i].nlb = end - slba;
    return true;
}

static bool del(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    uint64_t end = slba + nlb, left = 0, right = 0;
    uint32_t i = find(ns, slba + 1), n = 0;

    while (i + n < ns->nextents && ns->extent[i + n].slba < end) {
        n++;
    }
    if (!n) {
        return false;
    }
    if (ns->extent[i].slba < slba) {
        left = slba - ns->extent[i].slba;
    }
    if (ns->extent[i + n - 1].slba + ns->extent[i + n - 1].nlb > end) {
        right = ns->extent[i + n - 1].slba + ns->extent[i + n - 1].nlb - end;
    }
    if (left && right && n == 1 && ns->nextents == IMG_NEXTENTS) {
        left = left > right ? left : 0;
        right = left ? 0 : right;
    }
    resize(ns, i, n, (left ? 1u : 0u) + (right ? 1u : 0u));
    if (left) {
        ns->extent[i].slba = slba - left;
        ns->extent[i++].nlb = left;
    }
    if (right) {
        ns->extent[i].slba = end;
        ns->extent[i].nlb = right;
    }
    return true;
}

static void dirty(OcpnNs *ns)
{
    ocpn_store_dirty(&ns->home->store, IMG_REGION_STATE,
                     ns == ns->home ? (uint32_t)IMG_STATE_UNCORRECTABLE
                                    : IMG_STATE_MARKS + ns->nsid - 2);
}

bool ocpn_extent_find(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    bool found;

    ocpn_lock(&ns->extent_lock);
    found = hit(ns, slba, nlb);
    ocpn_unlock(&ns->extent_lock);
    return found;
}

bool ocpn_extent_add(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    bool done;

    ocpn_lock(&ns->extent_lock);
    done = add(ns, slba, nlb);
    ocpn_unlock(&ns->extent_lock);
    if (done) {
        dirty(ns);
    }
    return done;
}

bool ocpn_extent_del(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    bool changed;

    if (!ns->nextents) {
        return false;
    }
    ocpn_lock(&ns->extent_lock);
    changed = del(ns, slba, nlb);
    ocpn_unlock(&ns->extent_lock);
    if (changed) {
        dirty(ns);
    }
    return changed;
}

void ocpn_extents_clear(OcpnNs *ns)
{
    ocpn_power_cut_forget(ns->c, ns->nsid);
    ocpn_lock(&ns->extent_lock);
    ns->nextents = 0;
    ocpn_unlock(&ns->extent_lock);
    dirty(ns);
}

void ocpn_extents_limit(OcpnNs *ns, uint64_t nsze)
{
    ocpn_lock(&ns->extent_lock);
    del(ns, nsze, INT64_MAX - nsze);
    ocpn_unlock(&ns->extent_lock);
}

/*
 * The page is whatever the image holds: what is no block of the namespace is
 * ignored, what overlaps is merged.
 */
void ocpn_extents_load(OcpnNs *ns, const ImgPage *p, uint64_t nsze)
{
    const ImgExtent *e = (const ImgExtent *)(const void *)p->payload;

    ns->nextents = 0;
    if (ocpn_ns_is_open_channel(ns)) {
        return;
    }
    for (uint32_t i = 0; i < IMG_NEXTENTS; i++) {
        uint64_t slba = from_le64(e[i].slba), nlb = from_le64(e[i].nlb);

        if (nlb && slba < nsze) {
            add(ns, slba, nlb < nsze - slba ? nlb : nsze - slba);
        }
    }
}

void ocpn_extents_store(OcpnNs *ns, ImgPage *p)
{
    ImgExtent *e = (ImgExtent *)(void *)p->payload;

    memset(e, 0, IMG_NEXTENTS * sizeof(*e));
    ocpn_lock(&ns->extent_lock);
    for (uint32_t i = 0; i < ns->nextents; i++) {
        e[i].slba = to_le64(ns->extent[i].slba);
        e[i].nlb = to_le64(ns->extent[i].nlb);
    }
    ocpn_unlock(&ns->extent_lock);
}
