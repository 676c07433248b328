/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wear-levelling: which chunks have left the band the drive asks for.
 * Implements: OCSSD 2.0, "Wear-level Index Delta Threshold (WIT)"; the
 * notification of state 100h.
 *
 * The average is compared as sum / chunks without a division: INDEX is
 * INDEX * chunks from it, and WIT is WIT * chunks.
 */
#include "ctrl-int.h"

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
