/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a request's blocks can be read, and where it is.
 * Implements: OCSSD 2.0, "Chunk Model" (reads), "Vector Chunk Read".
 *
 * Every block is judged alone.  Blocks that are not readable, or do not exist,
 * hold predefined data.
 */
#include "chunks-int.h"

/*
 * The longest row of blocks from LBA on, at most MAX, that are alike: all
 * readable, or none.  Rows end with the addresses of their chunk.
 */
static void look(OcpnNs *ns, uint64_t lba, uint32_t max, OcpnRun *run)
{
    const OcpnGeometry *g = &ns->im.geo;
    uint32_t span = 1u << g->lbk_bits, readable = 0;
    OcpnAddr a = { .blk = (uint32_t)(lba & (span - 1)) };

    if (ocpn_addr_split(g, lba, &a)) {
        OcpnPu *pu = ocpn_chunk_pu(ns, a.chunk);

        ocpn_lock(&pu->lock);
        readable = ocpn_chunk_readable(&ns->chunk[a.chunk], g->mw_cunits);
        ocpn_unlock(&pu->lock);
    }
    if (a.blk < readable) {
        run->kind = OCPN_RUN_MEDIA;
        run->index = (uint64_t)a.chunk * g->clba + a.blk;
        run->nlb = readable - a.blk;
    } else {
        run->kind = OCPN_RUN_PATTERN;
        run->index = 0;
        run->nlb = span - a.blk;
    }
    run->byte = ocpn_blocks_pattern(ns);
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

/* look() for a request; a row beyond 2^64 ends at an LBA that is not there. */
static void look_at(const OcpnReq *r, uint32_t entry, OcpnRun *run)
{
    look(r->ns, ocpn_req_lba(r, entry), row(r, entry), run);
}

void ocpn_blocks_run(OcpnCtrl *c, OcpnReq *r, uint32_t entry, OcpnRun *run)
{
    (void)c;
    look_at(r, entry, run);
    while (entry + run->nlb < r->nlb) {
        OcpnRun more;

        look_at(r, entry + run->nlb, &more);
        if (more.kind != run->kind ||
            (run->kind == OCPN_RUN_MEDIA &&
             more.index != run->index + run->nlb)) {
            return;
        }
        run->nlb += more.nlb;
    }
}

uint64_t ocpn_blocks_unreadable(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t bitmap = 0;

    for (uint32_t i = 0; i < r->nlb; ) {
        OcpnRun run;

        ocpn_blocks_run(c, r, i, &run);
        if (run.kind == OCPN_RUN_PATTERN) {
            bitmap |= ocpn_entries(i, run.nlb);
        }
        i += run.nlb;
    }
    return bitmap;
}

bool ocpn_blocks_any_unreadable(OcpnCtrl *c, OcpnReq *r)
{
    for (uint32_t i = 0; i < r->nlb; ) {
        OcpnRun run;

        ocpn_blocks_run(c, r, i, &run);
        if (run.kind == OCPN_RUN_PATTERN) {
            return true;
        }
        i += run.nlb;
    }
    return false;
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
