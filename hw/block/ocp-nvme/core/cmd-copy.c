/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy, on conventional namespaces.
 * Implements: NVM Command Set 1.0, "Copy command", Descriptor Format 0h.
 *
 * The source ranges are copied in their order, each in pieces of up to 48 KiB
 * from its first block on; a piece is read, data and metadata, before it is
 * written.  That is what a host gets whose source and destination overlap.
 * When a piece fails, those before it stay copied, and Dword 0 of the
 * completion tells the range.
 */
#include "hw/ocp-nvme/core/dispatch.h"

#include "nvm-int.h"

/* What comes next for the piece. */
enum { READ_DATA, READ_META, WRITE_DATA, WRITE_META, PIECE_COPIED };

/* The next range becomes R's.  False: there is none, or it cannot be read. */
static bool next_range(OcpnCtrl *c, OcpnReq *r)
{
    OcpnWork *w = ocpn_work(r);
    const NvmeCopyRange *s = &w->copy[w->range];

    if (w->range == w->nranges) {
        return false;
    }
    w->range++;
    r->slba = from_le64(s->slba);
    r->nlb = from_le16(s->nlb) + 1u;
    r->cursor = 0;
    if (ocpn_extent_hit(r->ns, r->slba, r->nlb)) {
        r->failed = true;
        ocpn_nvm_marked(c, r);
        return false;
    }
    return true;
}

static void finish(OcpnCtrl *c, OcpnReq *r)
{
    const OcpnWork *w = ocpn_work(r);
    uint64_t sdlba = ocpn_cdw(r, 10) | (uint64_t)ocpn_cdw(r, 11) << 32;

    if (r->failed && w->dst != sdlba) {
        r->dw0 = w->range - 1;
    }
    r->nlb = (uint32_t)(w->dst - sdlba);
    ocpn_nvm_commit(c, r, r->fua);
}

static void copy(OcpnCtrl *c, OcpnReq *r)
{
    const bool ms = r->ns->im.ms;
    OcpnWork *w = ocpn_work(r);
    uint32_t n = ocpn_piece(r);

    if (!r->failed && r->step == PIECE_COPIED) {
        ocpn_nvm_wrote(r, w->dst, n);
        w->dst += n;
        r->cursor += n;
        r->step = READ_DATA;
    }
    if (r->failed || (r->cursor == r->nlb && !next_range(c, r))) {
        finish(c, r);
        return;
    }
    switch (r->step) {
    case READ_DATA:
        r->step = ms ? READ_META : WRITE_DATA;
        ocpn_piece_data(c, r, OCPN_IO_READ, r->slba + r->cursor, copy);
        break;
    case READ_META:
        r->step = WRITE_DATA;
        ocpn_piece_meta(c, r, OCPN_IO_READ, r->slba + r->cursor, copy);
        break;
    case WRITE_DATA:
        r->step = ms ? WRITE_META : PIECE_COPIED;
        ocpn_piece_data(c, r, OCPN_IO_WRITE, w->dst, copy);
        break;
    default:
        r->step = PIECE_COPIED;
        ocpn_piece_meta(c, r, OCPN_IO_WRITE, w->dst, copy);
        break;
    }
}

/* Judge the source ranges; TOTAL is how many blocks they have. */
static uint16_t judge(const OcpnReq *r, const OcpnWork *w, uint64_t *total)
{
    *total = 0;
    for (uint32_t i = 0; i < w->nranges; i++) {
        uint32_t nlb = from_le16(w->copy[i].nlb) + 1u;

        *total += nlb;
        if (nlb > OCPN_COPY_MSSRL || *total > OCPN_COPY_MCL) {
            return NVME_SC_CMD_SIZE_LIMIT;
        }
        if (!ocpn_nvm_in_range(r->ns, from_le64(w->copy[i].slba), nlb)) {
            return NVME_SC_LBA_RANGE;
        }
    }
    return NVME_SC_SUCCESS;
}

/* Fetch the ranges and judge them.  FLOW_PENDING: go on. */
static OcpnFlow get_ranges(OcpnCtrl *c, OcpnReq *r)
{
    OcpnWork *w = ocpn_work(r);
    uint64_t total;
    uint16_t status;
    OcpnFlow flow;

    w->range = 0;
    w->nranges = FIELD_GET(NVME_COPY_NR, ocpn_cdw(r, 12)) + 1;
    w->dst = ocpn_cdw(r, 10) | (uint64_t)ocpn_cdw(r, 11) << 32;
    flow = ocpn_dptr_fetch(c, r, w->copy, w->nranges * sizeof(w->copy[0]));
    if (flow != FLOW_DONE || r->status) {
        return flow;
    }
    status = judge(r, w, &total);
    if (status) {
        return ocpn_fail(c, r, status);
    }
    if (!ocpn_nvm_in_range(r->ns, w->dst, total)) {
        return REJECT(c, r, LBA_RANGE, cdw10);
    }
    return FLOW_PENDING;
}

OcpnFlow ocpn_copy(OcpnCtrl *c, OcpnReq *r)
{
    const uint32_t cdw12 = ocpn_cdw(r, 12);
    OcpnFlow flow;

    if (FIELD_GET(NVME_COPY_DESFMT, cdw12)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, NVME_COPY_DESFMT);
    }
    if (FIELD_GET(NVME_COPY_DTYPE, cdw12)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, NVME_COPY_DTYPE);
    }
    if (FIELD_GET(NVME_COPY_NR, cdw12) > OCPN_COPY_MSRC) {
        return REJECT_FIELD(c, r, CMD_SIZE_LIMIT, cdw12, NVME_COPY_NR);
    }
    flow = ocpn_step_get(c, r, true);
    if (flow == FLOW_PENDING) {
        flow = get_ranges(c, r);
    }
    if (flow == FLOW_PENDING) {
        r->nlb = 0;
        r->fua = FIELD_GET(NVME_COPY_FUA, cdw12) || ocpn_write_through(c);
        copy(c, r);
    }
    return flow;
}
