/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a request's blocks can be read, and where it is.
 * Implements: OCSSD 2.0, "Chunk Model" (reads), "Vector Chunk Read".
 *
 * Every block is judged alone.  Blocks that are not readable, or do not exist,
 * hold predefined data.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/block-map.h"

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/*
 * The blocks of chunk K from A on, at most MAX: what a host gets of them.
 * Its unit's lock is held.
 */
static void look_chunk(const OcpnNs *ns, const OcpnChunk *k,
                       const OcpnAddr *a, uint32_t max, OcpnRun *run)
{
    const OcpnGeometry *g = &ns->im.geo;
    uint32_t written = ocpn_chunk_window(k);
    uint32_t readable = ocpn_chunk_readable(k, g->mw_cunits);

    if (ns->cfg.window == OCPN_WINDOW_DATA) {
        readable = written;
    }
    if (ocpn_chunk_is_random(k)) {
        /* While it is reset it is Free, and its map is not empty yet. */
        if (a->blk < k->cnlb &&
            (k->state == CHUNK_OPEN || k->state == CHUNK_CLOSED) &&
            ocpn_map_look(ns, a->chunk, a->blk, least(max, k->cnlb - a->blk),
                          &run->nlb)) {
            run->kind = OCPN_RUN_MEDIA;
        }
    } else if (a->blk < readable) {
        run->kind = OCPN_RUN_MEDIA;
        run->nlb = least(max, readable - a->blk);
        if (k->map && ocpn_map_look(ns, a->chunk, a->blk, run->nlb,
                                    &run->nlb)) {
            run->kind = OCPN_RUN_PATTERN;       /* lost */
        }
    } else if (a->blk < written && ns->cfg.window == OCPN_WINDOW_ERROR) {
        run->nlb = written - a->blk;
        run->refused = true;
    }
}

/*
 * The longest row of blocks from LBA on, at most MAX, that are alike: all
 * readable, or none.  Rows end with the addresses of their chunk.
 */
static void look(OcpnNs *ns, uint64_t lba, uint32_t max, OcpnRun *run)
{
    const OcpnGeometry *g = &ns->im.geo;
    uint32_t span = 1u << g->lbk_bits;
    OcpnAddr a = { .blk = (uint32_t)(lba & (span - 1)) };
    uint32_t unit;

    *run = (OcpnRun) { .kind = OCPN_RUN_PATTERN, .nlb = span - a.blk,
                       .byte = ocpn_blocks_pattern(ns) };
    if (ocpn_addr_find(g, lba, &a, &unit)) {
        OcpnPu *pu = &ns->pu[unit];

        ocpn_lock(&pu->lock);
        look_chunk(ns, &ns->chunk[a.chunk], &a, max, run);
        ocpn_unlock(&pu->lock);
    }
    if (run->kind == OCPN_RUN_MEDIA) {
        run->index = (uint64_t)a.chunk * g->clba + a.blk;
    }
    if (run->nlb > max) {
        run->nlb = max;
    }
}

/* Entries from ENTRY on whose LBAs follow each other. */
static uint32_t row(const OcpnReq *r, uint32_t entry)
{
    uint32_t n = 1;

    if (!r->vec) {
        return r->nlb - entry;
    }
    while (entry + n < r->nlb &&
           r->vec->lba[entry + n] == r->vec->lba[entry] + n) {
        n++;
    }
    return n;
}

/* A row beyond 2^64 ends at an LBA that is not there. */
void ocpn_blocks_look(const OcpnReq *r, uint32_t entry, OcpnRun *run)
{
    look(r->ns, ocpn_req_lba(r, entry), row(r, entry), run);
}

/* Would entry ENTRY, if it can be read, be dense block INDEX? */
static bool follows(const OcpnReq *r, uint32_t entry, uint64_t index)
{
    const OcpnGeometry *g = &r->ns->im.geo;
    OcpnAddr a;
    uint32_t pu;

    return ocpn_addr_find(g, ocpn_req_lba(r, entry), &a, &pu) &&
           (uint64_t)a.chunk * g->clba + a.blk == index;
}

void ocpn_blocks_run(OcpnCtrl *c, OcpnReq *r, uint32_t entry, OcpnRun *run)
{
    (void)c;
    ocpn_blocks_look(r, entry, run);
    while (run->kind == OCPN_RUN_MEDIA && entry + run->nlb < r->nlb &&
           follows(r, entry + run->nlb, run->index + run->nlb)) {
        OcpnRun more;

        ocpn_blocks_look(r, entry + run->nlb, &more);
        if (more.kind != OCPN_RUN_MEDIA) {
            return;
        }
        run->nlb += more.nlb;
    }
}

OcpnFlow ocpn_blocks_buffers(OcpnCtrl *c, OcpnReq *r, bool to_host)
{
    const OcpnImage *im = &r->ns->im;
    OcpnFlow flow = ocpn_dptr_data(c, r, (uint64_t)r->nlb << im->lbads,
                                   to_host);

    /* No metadata pointer: no metadata moves (D55). */
    if (flow == FLOW_PENDING && im->ms && from_le64(r->cmd.mptr)) {
        flow = ocpn_dptr_meta(c, r, (uint64_t)r->nlb * im->ms);
    }
    return flow;
}
