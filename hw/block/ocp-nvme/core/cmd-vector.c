/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Reset, Write and Read.
 * Implements: OCSSD 2.0, "Vector Chunk Read", "Vector Chunk Write", "Vector
 * Chunk Reset".
 *
 * A command names 1 to 64 blocks: one in its dwords, or more in a list that
 * is contiguous in host memory, whatever PSDT says.
 */
#include <string.h>

#include "cmd-vector-int.h"
#include "hw/ocp-nvme/core/dispatch.h"

OcpnFlow ocpn_vector_context(OcpnCtrl *c, OcpnReq *r)
{
    if (ocpn_vec_get(c, r)) {
        return FLOW_PENDING;
    }
    /* No memory at its creation: waiting does not help. */
    return ocpn_req_cq(r)->pools.vec_mem ? FLOW_STALL
                                         : ocpn_fail(c, r, NVME_SC_INTERNAL);
}

bool ocpn_vector_list(OcpnCtrl *c, uint64_t addr, uint32_t n, uint64_t *lba)
{
    const size_t len = n * sizeof(Le64);

    if (addr > UINT64_MAX - (len - 1) ||
        !c->port.read(c->port.opaque, addr, lba, len)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        Le64 e;

        memcpy(&e, &lba[i], sizeof(e));
        lba[i] = from_le64(e);
    }
    return true;
}

OcpnFlow ocpn_vector_count(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t cdw12 = ocpn_cdw(r, 12);

    if (FIELD_GET(OCSSD_VEC_RSVD, cdw12)) {     /* VEC-R3: not 6 bits of it */
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, OCSSD_VEC_RSVD);
    }
    r->nlb = FIELD_GET(OCSSD_VEC_NLB, cdw12) + 1;
    r->slba = (uint64_t)ocpn_cdw(r, 11) << 32 | ocpn_cdw(r, 10);
    return FLOW_PENDING;
}

/* The LBAs of a list, if R has one.  FLOW_PENDING: go on. */
static OcpnFlow get_list(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow;

    if (r->nlb == 1) {
        return FLOW_PENDING;
    }
    flow = ocpn_vector_context(c, r);
    if (flow == FLOW_PENDING &&
        !ocpn_vector_list(c, r->slba, r->nlb, r->vec->lba)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    return flow;
}

/* What Write and Read have in common.  FLOW_PENDING: go on. */
static OcpnFlow start(OcpnCtrl *c, OcpnReq *r, bool to_host)
{
    OcpnFlow flow = ocpn_vector_count(c, r);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!ocpn_mdts_ok(c, (uint64_t)r->nlb << r->ns->im.lbads)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, OCSSD_VEC_NLB);
    }
    flow = get_list(c, r);
    if (flow == FLOW_PENDING) {
        flow = ocpn_blocks_buffers(c, r, to_host);
    }
    if (flow == FLOW_PENDING && !ocpn_xfer_ready(c, r)) {
        flow = FLOW_STALL;
    }
    return flow;
}

/*
 * A medium's failure is reported before unwritten blocks are (section "Vector
 * Chunk Read"): the bitmap then says where it failed.
 */
static void read_error(OcpnCtrl *c, OcpnReq *r, uint32_t first, uint32_t n,
                       OcpnIoResult result)
{
    uint16_t status = ocpn_io_status(OCPN_IO_READ, result);
    uint64_t others = r->status || r->verdict == status ? r->bitmap : 0;

    r->bitmap = others | ocpn_entries(first, n);    /* the log looks there */
    if (!r->status) {
        ocpn_fail(c, r, status);
    }
}

static const OcpnXferOps read_ops = {
    .op = OCPN_IO_READ,
    .run = ocpn_blocks_run,
    .error = read_error,
};

static void read_done(OcpnCtrl *c, OcpnReq *r)
{
    if (!r->status && r->verdict) {
        ocpn_fail(c, r, r->verdict);
    }
    ocpn_req_set_bitmap(r, r->bitmap);
    ocpn_nvm_end(c, r);
}

OcpnFlow ocpn_vector_read(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = start(c, r, true);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    ocpn_blocks_judge(c, r);
    return ocpn_xfer_start(c, r, &read_ops, false, read_done);
}

OcpnFlow ocpn_vector_write(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = start(c, r, false);

    if (flow == FLOW_PENDING) {
        flow = ocpn_groups_accept(c, r, r->vec ? r->vec->lba : NULL);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    return ocpn_xfer_start(c, r, &ocpn_groups_xfer, false,
                           ocpn_groups_landed);
}

/*
 * An erase of Open-Channel 1.2 names a block once for each plane, and may name
 * any page of it.  A chunk is erased once; its other entries are none.
 */
static void make_erases(OcpnReq *r)
{
    r->group = r->vec ? r->vec->group : &r->one;
    r->ngroups = 0;
    for (uint32_t i = 0; i < r->nlb; i++) {
        uint32_t chunk = ocpn_addr_of(r->ns, ocpn_req_lba(r, i)).chunk;
        uint32_t j = 0;

        while (j < r->ngroups && r->group[j].chunk != chunk) {
            j++;
        }
        if (j == r->ngroups || chunk == OCPN_CHUNK_NONE) {
            r->group[r->ngroups++] = (OcpnGroup) {
                .chunk = chunk, .first = i, .req = r,
                .status = chunk == OCPN_CHUNK_NONE ? OCSSD_SC_INVALID_RESET
                                                   : 0,
            };
        }
    }
}

/* One group an entry; it must be the first block of a chunk (rule R1). */
static void make_resets(OcpnReq *r)
{
    r->group = r->vec ? r->vec->group : &r->one;
    r->ngroups = r->nlb;
    for (uint32_t i = 0; i < r->nlb; i++) {
        OcpnAddr a = ocpn_addr_of(r->ns, ocpn_req_lba(r, i));
        bool bad = a.chunk == OCPN_CHUNK_NONE || a.blk != 0;

        /* Behind a chunk's end there is nothing to describe (VR-R2). */
        if (bad && a.chunk != OCPN_CHUNK_NONE &&
            a.blk >= r->ns->chunk[a.chunk].cnlb) {
            a.chunk = OCPN_CHUNK_NONE;
        }
        r->group[i] = (OcpnGroup) {
            .chunk = a.chunk, .blk = a.blk, .first = i, .req = r,
            .status = bad ? OCSSD_SC_INVALID_RESET : 0,
        };
    }
}

OcpnFlow ocpn_vector_reset(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = ocpn_vector_count(c, r);

    if (flow == FLOW_PENDING) {
        flow = get_list(c, r);
    }
    if (flow == FLOW_PENDING && from_le64(r->cmd.mptr) &&
        !r->ns->cfg.ocssd12) {
        flow = ocpn_dptr_meta(c, r, r->nlb * sizeof(OcssdChunkInfo));
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (r->ns->cfg.ocssd12) {
        make_erases(r);
    } else {
        make_resets(r);
    }
    return ocpn_resets_run(c, r, false);
}
