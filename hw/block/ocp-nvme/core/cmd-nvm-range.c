/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that say something about blocks without moving data: Write Zeroes,
 * Write Uncorrectable, Dataset Management.  Conventional namespaces.
 * Implements: NVM Command Set 1.0, "Write Zeroes command", "Write
 * Uncorrectable command", "Dataset Management command".
 *
 * Deallocated blocks read as zeros (DLFEAT 1), metadata too, so deallocating
 * is zeroing that gives the space back.  Of the attributes of Dataset
 * Management only Deallocate does something.  MDTS does not limit these
 * commands.
 */
#include "hw/ocp-nvme/core/dispatch.h"

#include "nvm-int.h"

enum { NOTHING_ZEROED, DATA_ZEROED, PIECE_ZEROED };

/* Blocks of one I/O, from r->cursor on. */
static uint32_t zero_piece(const OcpnReq *r)
{
    uint32_t max = (uint32_t)(OCPN_ZERO_MAX >> r->ns->im.lbads);
    uint32_t left = r->nlb - r->cursor;

    return ocpn_data_row(r->ns, r->slba + r->cursor,
                         left < max ? left : max);
}

/* The next range of Dataset Management that is not empty becomes R's. */
static bool next_range(OcpnReq *r)
{
    OcpnWork *w;

    if (r->cmd.opc != NVME_IO_DSM) {
        return false;
    }
    w = ocpn_work(r);
    while (w->range < w->nranges) {
        const NvmeDsmRange *d = &w->dsm[w->range++];

        r->slba = from_le64(d->slba);
        r->nlb = from_le32(d->nlb);
        r->cursor = 0;
        if (r->nlb) {
            return true;
        }
    }
    return false;
}

/* Zero what R names, piece by piece; r->step says how far the piece is. */
static void zero(OcpnCtrl *c, OcpnReq *r)
{
    const uint32_t ms = r->ns->im.ms;
    OcpnStep s = { .op = OCPN_IO_ZERO, .fua = r->fua, .unmap = r->unmap };
    uint64_t index, n;

    if (!r->failed && r->step == PIECE_ZEROED) {
        (r->unmap ? ocpn_nvm_freed : ocpn_nvm_wrote)(r, r->slba + r->cursor,
                                                     zero_piece(r));
        r->cursor += zero_piece(r);
        r->step = NOTHING_ZEROED;
    }
    if (r->failed || (r->cursor == r->nlb && !next_range(r))) {
        ocpn_nvm_commit(c, r, r->fua);
        return;
    }
    index = r->slba + r->cursor;
    n = zero_piece(r);
    if (r->step == NOTHING_ZEROED) {
        r->step = ms ? DATA_ZEROED : PIECE_ZEROED;
        s.offset = ocpn_data_offset(r->ns, index);
        s.len = n << r->ns->im.lbads;
    } else {
        r->step = PIECE_ZEROED;
        s.offset = ocpn_meta_offset(r->ns, index);
        s.len = n * ms;
    }
    ocpn_step_io(c, r, &s, zero);
}

OcpnFlow ocpn_write_zeroes(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow;

    if (!ocpn_nvm_range(c, r)) {
        return FLOW_DONE;
    }
    flow = ocpn_step_get(c, r, false);
    if (flow == FLOW_PENDING) {
        r->fua = ocpn_nvm_fua(r);
        r->unmap = FIELD_GET(NVME_WZ_DEAC, ocpn_cdw(r, 12));
        zero(c, r);
    }
    return flow;
}

/*
 * The list of marks has a limit that no field of Identify can tell; beyond it
 * the answer is Capacity Exceeded, and nothing has been marked.
 */
OcpnFlow ocpn_write_uncorrectable(OcpnCtrl *c, OcpnReq *r)
{
    if (!ocpn_nvm_range(c, r)) {
        return FLOW_DONE;
    }
    if (!ocpn_extent_add(r->ns, r->slba, r->nlb)) {
        return ocpn_fail(c, r, NVME_SC_CAPACITY_EXCEEDED);
    }
    r->tables = true;
    ocpn_nvm_commit(c, r, ocpn_write_through(c));
    return FLOW_PENDING;
}

static bool ranges_exist(const OcpnReq *r, const OcpnWork *w)
{
    for (uint32_t i = 0; i < w->nranges; i++) {
        if (!ocpn_nvm_in_range(r->ns, from_le64(w->dsm[i].slba),
                               from_le32(w->dsm[i].nlb))) {
            return false;
        }
    }
    return true;
}

OcpnFlow ocpn_dsm(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t n = FIELD_GET(NVME_DSM_NR, ocpn_cdw(r, 10)) + 1;
    OcpnFlow flow = ocpn_step_get(c, r, true);
    OcpnWork *w;

    if (flow != FLOW_PENDING) {
        return flow;
    }
    w = ocpn_work(r);
    flow = ocpn_dptr_fetch(c, r, w->dsm, n * sizeof(w->dsm[0]));
    if (flow != FLOW_DONE || r->status) {
        return flow;
    }
    w->range = 0;
    w->nranges = n;
    if (!ranges_exist(r, w)) {
        return ocpn_fail(c, r, NVME_SC_LBA_RANGE);
    }
    if (!FIELD_GET(NVME_DSM_AD, ocpn_cdw(r, 11))) {
        return FLOW_DONE;
    }
    r->nlb = 0;
    r->fua = ocpn_write_through(c);
    r->unmap = true;
    zero(c, r);
    return FLOW_PENDING;
}
