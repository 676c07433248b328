/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare and Verify, on conventional namespaces.
 * Implements: NVM Command Set 1.0, "Compare command", "Verify command".
 *
 * Both read the blocks piece by piece into a scratch buffer, data and then
 * metadata.  r->cursor is the first block of the piece, r->step says what
 * was read of it.
 */
#include <string.h>

#include "hw/ocp-nvme/core/dispatch.h"

#include "nvm-int.h"

enum { NOTHING_READ, DATA_READ, PIECE_READ };

/* Read what is missing of the piece.  False: it is complete. */
static bool read_piece(OcpnCtrl *c, OcpnReq *r,
                       void (*next)(OcpnCtrl *c, OcpnReq *r))
{
    const uint64_t index = r->slba + r->cursor;

    switch (r->step) {
    case NOTHING_READ:
        r->step = r->ns->im.ms ? DATA_READ : PIECE_READ;
        ocpn_piece_data(c, r, OCPN_IO_READ, index, next);
        return true;
    case DATA_READ:
        r->step = PIECE_READ;
        ocpn_piece_meta(c, r, OCPN_IO_READ, index, next);
        return true;
    default:
        return false;
    }
}

/* The piece is done with.  False: it was the last. */
static bool next_piece(OcpnReq *r)
{
    r->cursor += ocpn_piece(r);
    r->step = NOTHING_READ;
    return r->cursor < r->nlb;
}

static void verify(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_nvm_end(c, r);
    } else if (!read_piece(c, r, verify)) {
        if (!next_piece(r)) {
            ocpn_nvm_end(c, r);
            return;
        }
        read_piece(c, r, verify);
    }
}

OcpnFlow ocpn_verify(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow;

    if (!ocpn_nvm_range(c, r)) {
        return FLOW_DONE;
    }
    if (ocpn_extent_hit(r->ns, r->slba, r->nlb)) {
        return ocpn_nvm_marked(c, r);
    }
    flow = ocpn_step_get(c, r, true);
    if (flow == FLOW_PENDING) {
        verify(c, r);
    }
    return flow;
}

/* Compare block I of the piece.  A status, 0 if it is the same. */
static uint16_t compare_block(OcpnCtrl *c, OcpnReq *r, uint32_t i)
{
    const uint32_t block = ocpn_ns_block(r->ns), ms = r->ns->im.ms;
    const uint64_t entry = r->cursor + i;
    const uint8_t *data = r->scratch + (size_t)i * block;
    const uint8_t *meta = r->scratch + OCPN_PIECE_META + (size_t)i * ms;
    const uint32_t stride = ocpn_ns_stride(r->ns);
    uint8_t *host = ocpn_work(r)->block;

    if (!ocpn_dptr_read(c, &r->data, entry * stride, host, stride) ||
        (r->meta.len && !ocpn_dptr_read(c, &r->meta, entry * ms,
                                        host + block, ms))) {
        return NVME_SC_DATA_TRANSFER_ERROR;
    }
    if (memcmp(host, data, block) ||
        ((stride > block || r->meta.len) && memcmp(host + block, meta, ms))) {
        return NVME_SC_COMPARE_FAILURE;
    }
    return NVME_SC_SUCCESS;
}

static bool compare_piece(OcpnCtrl *c, OcpnReq *r)
{
    for (uint32_t i = 0; i < ocpn_piece(r); i++) {
        uint16_t status = compare_block(c, r, i);

        if (status) {
            /* Not ocpn_fail(): the medium is well. */
            ocpn_reject_at(c, r, status, OCPN_NO_BYTE, 0);
            return false;
        }
    }
    return true;
}

static void compare(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_nvm_end(c, r);
    } else if (!read_piece(c, r, compare)) {
        if (!compare_piece(c, r) || !next_piece(r)) {
            ocpn_nvm_end(c, r);
            return;
        }
        read_piece(c, r, compare);
    }
}

void ocpn_compare_start(OcpnCtrl *c, OcpnReq *r)
{
    if (ocpn_extent_hit(r->ns, r->slba, r->nlb)) {
        ocpn_nvm_marked(c, r);
        ocpn_nvm_end(c, r);
    } else {
        compare(c, r);
    }
}

OcpnFlow ocpn_compare(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = ocpn_nvm_host(c, r, false);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (ocpn_extent_hit(r->ns, r->slba, r->nlb)) {
        return ocpn_nvm_marked(c, r);
    }
    flow = ocpn_step_get(c, r, true);
    if (flow == FLOW_PENDING) {
        compare(c, r);
    }
    return flow;
}
