/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wear-levelling: which chunks have left the band the drive asks for; and how
 * worn the drive is as a whole.
 * Implements: OCSSD 2.0, "Wear-level Index Delta Threshold (WIT)"; the
 * notification of state 100h.
 *
 * The average is compared as sum / chunks without a division: INDEX is
 * INDEX * chunks from it, and WIT is WIT * chunks.
 */
#include "chunks-int.h"

static bool is_within(const OcpnGeometry *g, uint8_t index, uint64_t sum)
{
    uint64_t scaled = (uint64_t)index * g->chunks;
    uint64_t apart = scaled > sum ? scaled - sum : sum - scaled;

    return apart <= (uint64_t)g->wit * g->chunks;
}

void ocpn_wear_changed(OcpnNs *ns, uint32_t chunk, uint8_t was, uint8_t now)
{
    const OcpnGeometry *g = &ns->im.geo;
    uint64_t before, after;

    if (was == now) {
        return;
    }
    before = atomic_fetch_add(&ns->wli_sum, (uint64_t)now - was);
    after = before + now - was;
    if (g->wit && is_within(g, was, before) && !is_within(g, now, after)) {
        ocpn_notify(ns->c, &(OcpnNotice) {
            .lba = ocpn_addr_lba(g, chunk, 0),
            .nsid = ns->nsid,
            .state = OCSSD_NS_WLI,
            .mask = OCSSD_NM_CHUNK,
        });
    }
}

static void add_chunk(OcpnWear *w, const OcpnChunk *k)
{
    if (k->state == CHUNK_OFFLINE) {
        w->offline++;
        return;
    }
    w->most = k->resets > w->most ? k->resets : w->most;
    w->least = !w->chunks || k->resets < w->least ? k->resets : w->least;
    w->resets += k->resets;
    w->chunks++;
}

/* A lock at a time: writes of other parallel units go on. */
static void look(OcpnNs *ns)
{
    uint32_t per_pu = ns->im.geo.num_chk;

    ns->wear = (OcpnWear) { 0 };
    for (uint32_t i = 0; i < ns->im.geo.chunks; i++) {
        if (i % per_pu == 0) {
            ocpn_lock(&ocpn_chunk_pu(ns, i)->lock);
        }
        add_chunk(&ns->wear, &ns->chunk[i]);
        if (i % per_pu == per_pu - 1) {
            ocpn_unlock(&ocpn_chunk_pu(ns, i)->lock);
        }
    }
}

static void add(OcpnWear *sum, const OcpnWear *w)
{
    if (w->chunks) {
        sum->least = !sum->chunks || w->least < sum->least ? w->least
                                                           : sum->least;
        sum->most = w->most > sum->most ? w->most : sum->most;
    }
    sum->chunks += w->chunks;
    sum->offline += w->offline;
    sum->resets += w->resets;
}

OcpnWear ocpn_wear(OcpnCtrl *c)
{
    OcpnWear sum = { 0 };

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnNs *ns = c->ns[i];

        if (!ns || !ns->chunk) {
            continue;
        }
        if (atomic_exchange(&ns->worn, false)) {
            look(ns);
        }
        add(&sum, &ns->wear);
    }
    return sum;
}
