/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Geometry, and the NVM commands on chunks: Read, Write, Dataset Management.
 * Implements: OCSSD 2.0, "Geometry", "Read", "Write", "Dataset Management".
 */
#include <string.h>

#include "chunks-int.h"
#include "hw/ocp-nvme/core/dispatch.h"

static uint32_t mccap(const OcpnNsConfig *cfg)
{
    return (cfg->copy ? OCSSD_MCCAP_COPY : 0u) |
           (cfg->multi_reset ? OCSSD_MCCAP_MULTI_RESET : 0u) |
           (cfg->early_reset ? OCSSD_MCCAP_EARLY_RESET : 0u);
}

OcpnFlow ocpn_geometry(OcpnCtrl *c, OcpnReq *r)
{
    const OcpnGeometry *g;
    OcssdGeometry out;

    if (!ocpn_ns_first(c, IMG_MODE_OPEN_CHANNEL)) {
        return REJECT(c, r, INVALID_OPCODE, opc);
    }
    if (!r->ns || !ocpn_ns_is_open_channel(r->ns)) {
        return REJECT(c, r, INVALID_NS, nsid);
    }
    if (r->ns->cfg.ocssd12) {
        return ocpn_identify12(c, r);
    }
    g = &r->ns->im.geo;
    out = (OcssdGeometry) {
        .mjr = 2,
        .lbaf_grp = g->grp_bits,
        .lbaf_pu = g->pu_bits,
        .lbaf_chk = g->chk_bits,
        .lbaf_lb = g->lbk_bits,
        .mccap = to_le32(mccap(&r->ns->cfg)),
        .wit = (uint8_t)g->wit,
        .num_grp = to_le16((uint16_t)g->num_grp),
        .num_pu = to_le16((uint16_t)g->num_pu),
        .num_chk = to_le32(g->num_chk),
        .clba = to_le32(g->clba),
        .ws_min = to_le32(g->ws_min),
        .ws_opt = to_le32(g->ws_opt),
        .mw_cunits = to_le32(g->mw_cunits),
        .maxoc = to_le32(g->maxoc),
        .maxocpu = to_le32(g->maxocpu),
        .trdt = to_le32(g->trdt),
        .trdm = to_le32(g->trdm),
        .twrt = to_le32(g->twrt),
        .twrm = to_le32(g->twrm),
        .tcrst = to_le32(g->tcrst),
        .tcrsm = to_le32(g->tcrsm),
    };
    return ocpn_dptr_send(c, r, &out, sizeof(out));
}

/*
 * What Read and Write have in common.  FLOW_PENDING: go on.  The range is not
 * judged against the namespace's size: chunks decide (ADDR-R2).
 */
static OcpnFlow start(OcpnCtrl *c, OcpnReq *r, bool to_host)
{
    r->slba = (uint64_t)ocpn_cdw(r, 11) << 32 | ocpn_cdw(r, 10);
    r->nlb = FIELD_GET(NVME_RW_NLB, ocpn_cdw(r, 12)) + 1;
    if (!ocpn_mdts_ok(c, (uint64_t)r->nlb << r->ns->im.lbads)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, NVME_RW_NLB);
    }
    return ocpn_blocks_buffers(c, r, to_host);
}

static const OcpnXferOps read_ops = {
    .op = OCPN_IO_READ,
    .run = ocpn_blocks_run,
};

/* Weak blocks are reported with their data. */
static void read_done(OcpnCtrl *c, OcpnReq *r)
{
    if (!r->status && r->verdict) {
        ocpn_fail(c, r, r->verdict);
    }
    ocpn_nvm_end(c, r);
}

OcpnFlow ocpn_chunk_read(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = start(c, r, true);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!ocpn_xfer_ready(c, r)) {
        return FLOW_STALL;
    }
    ocpn_blocks_judge(c, r);
    if (r->verdict && !ocpn_verdict_moves(r)) {
        return ocpn_fail(c, r, r->verdict);
    }
    return ocpn_xfer_start(c, r, &read_ops, ocpn_nvm_fua(r), read_done);
}

OcpnFlow ocpn_chunk_write(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = start(c, r, false);

    if (flow == FLOW_PENDING && !ocpn_xfer_ready(c, r)) {
        flow = FLOW_STALL;
    }
    if (flow == FLOW_PENDING) {
        flow = ocpn_groups_accept(c, r, NULL);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    return ocpn_xfer_start(c, r, &ocpn_groups_xfer, ocpn_nvm_fua(r),
                           ocpn_groups_landed);
}

/* The ranges of a command in its scratch buffer, and behind them its groups. */
#define RANGES_SIZE (OCPN_RESETS_MAX * sizeof(NvmeDsmRange))
_Static_assert(RANGES_SIZE + OCPN_RESETS_MAX * sizeof(OcpnGroup) <=
               OCPN_SCRATCH, "ranges and groups fit in a scratch buffer");

/* Is the chunk of group I named before it? */
static bool named_before(const OcpnReq *r, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (r->group[j].chunk == r->group[i].chunk) {
            return true;
        }
    }
    return false;
}

/*
 * What is wrong with group I, from a range of NLB blocks, whatever the state
 * of its chunk (DSM-R1, R2, R4).  A chunk's size never changes: no lock.
 */
static uint16_t range_status(const OcpnReq *r, uint32_t i, uint32_t nlb)
{
    const OcpnGroup *g = &r->group[i];
    const OcpnNsConfig *cfg = &r->ns->cfg;

    if (g->chunk == OCPN_CHUNK_NONE) {
        return OCSSD_SC_INVALID_RESET;
    }
    if (g->blk != 0 ||
        (!cfg->dsm_loose && nlb != r->ns->chunk[g->chunk].cnlb)) {
        return NVME_SC_LBA_RANGE;
    }
    if (!cfg->multi_reset && named_before(r, i)) {
        return OCSSD_SC_INVALID_RESET;
    }
    return 0;
}

static bool add_group(OcpnReq *r, uint32_t chunk, uint32_t blk, uint32_t nlb)
{
    uint32_t i = r->ngroups;

    if (i == OCPN_RESETS_MAX) {
        return false;
    }
    r->group[i] = (OcpnGroup) { .chunk = chunk, .blk = blk, .first = i,
                                .req = r };
    r->group[i].status = range_status(r, i, nlb);
    r->ngroups++;
    return true;
}

/* DSM-R4: the chunks behind A that lie in the NLB blocks from A on, too. */
static bool add_more(OcpnReq *r, const OcpnAddr *a, uint32_t nlb)
{
    const OcpnGeometry *g = &r->ns->im.geo;
    uint64_t end = ocpn_addr_lba(g, a->chunk, 0) + nlb;

    for (uint32_t k = a->chunk + 1; k < g->chunks; k++) {
        uint32_t cnlb = r->ns->chunk[k].cnlb;

        if (ocpn_addr_lba(g, k, 0) + cnlb > end) {
            break;
        }
        if (!add_group(r, k, 0, cnlb)) {
            return false;
        }
    }
    return true;
}

/* Groups of the N ranges.  False: more chunks than a command can reset. */
static bool make_groups(OcpnReq *r, uint32_t n)
{
    r->group = (OcpnGroup *)(void *)(r->scratch + RANGES_SIZE);
    r->ngroups = 0;
    for (uint32_t i = 0; i < n; i++) {
        NvmeDsmRange range;
        uint32_t nlb;
        OcpnAddr a;

        memcpy(&range, r->scratch + i * sizeof(range), sizeof(range));
        nlb = from_le32(range.nlb);
        a = ocpn_addr_of(r->ns, from_le64(range.slba));
        if (!add_group(r, a.chunk, a.blk, nlb) ||
            (r->ns->cfg.dsm_loose && a.chunk != OCPN_CHUNK_NONE &&
             a.blk == 0 && !add_more(r, &a, nlb))) {
            return false;
        }
    }
    return true;
}

OcpnFlow ocpn_chunk_dsm(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t n = FIELD_GET(NVME_DSM_NR, ocpn_cdw(r, 10)) + 1;
    uint64_t len = n * sizeof(NvmeDsmRange);
    OcpnFlow flow;

    if (!FIELD_GET(NVME_DSM_AD, ocpn_cdw(r, 11))) {
        return FLOW_DONE;
    }
    flow = ocpn_dptr_data(c, r, len, false);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    flow = ocpn_step_get(c, r, true);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!ocpn_dptr_read(c, &r->data, 0, r->scratch, len)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    if (!make_groups(r, n)) {
        return REJECT(c, r, INVALID_FIELD, cdw10);
    }
    return ocpn_resets_run(c, r, true);
}
