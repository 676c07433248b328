/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks by way of a scratch buffer, for host memory that no I/O can carry:
 * interleaved metadata, and segments smaller than a block.
 *
 * One piece at a time: the image's data (first half of the buffer), then its
 * metadata (second half), each an I/O; between them and the host, copies.
 */
#include <string.h>

#include "ctrl-int.h"
#include "xfer-int.h"

/* Data of a piece; metadata, at most 64 bytes a block of 512, fits behind. */
#define HALF    (OCPN_SCRATCH / 2)

/* The host's side of block I of the piece: data, then metadata. */
static bool host_block(OcpnCtrl *c, OcpnReq *r, uint32_t i, bool to_host)
{
    const uint32_t block = ocpn_ns_block(r->ns), ms = r->ns->im.ms;
    const uint64_t entry = r->cursor + i;
    uint8_t *data = r->scratch + (size_t)i * block;
    uint8_t *meta = r->scratch + HALF + (size_t)i * ms;
    bool ext = r->ns->im.extended;
    const OcpnDptr *md = ext ? &r->data : &r->meta;
    uint64_t at = entry * ocpn_ns_stride(r->ns);
    uint64_t md_at = ext ? at + block : entry * ms;

    if (to_host) {
        return ocpn_dptr_write(c, &r->data, at, data, block) &&
               (!ms || !md->len ||
                ocpn_dptr_write(c, md, md_at, meta, ms));
    }
    return ocpn_dptr_read(c, &r->data, at, data, block) &&
           (!ms || !md->len || ocpn_dptr_read(c, md, md_at, meta, ms));
}

static bool host_piece(OcpnCtrl *c, OcpnReq *r, bool to_host)
{
    for (uint32_t i = 0; i < r->bounce_nlb; i++) {
        if (!host_block(c, r, i, to_host)) {
            ocpn_xfer_failed(c, r, r->cursor, r->bounce_nlb, OCPN_IO_NODMA);
            return false;
        }
    }
    return true;
}

static void piece_over(OcpnCtrl *c, OcpnReq *r)
{
    r->cursor += r->bounce_nlb;
    r->bouncing = false;
    if (!r->starting) {
        ocpn_xfer_go(c, r);
    }
}

static void meta_done(OcpnIo *io, OcpnIoResult result)
{
    OcpnReq *r = io->opaque;
    OcpnCtrl *c = r->sq->c;

    if (result != OCPN_IO_OK) {
        ocpn_xfer_failed(c, r, r->cursor, r->bounce_nlb, result);
    } else if (r->xfer->op == OCPN_IO_READ) {
        host_piece(c, r, true);
    }
    piece_over(c, r);
}

static void start(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, void *buf,
                  uint64_t offset, uint64_t len,
                  void (*done)(OcpnIo *, OcpnIoResult))
{
    OcpnIo *io = r->scratch_io;

    io->op = op;
    io->fua = r->fua;
    io->nsid = r->ns->drive;
    io->offset = offset;
    io->len = len;
    io->buf = buf;
    io->nseg = 0;
    io->done = done;
    io->opaque = r;
    ocpn_count_io(&ocpn_req_cq(r)->count, io);
    c->port.media(c->port.opaque, io);
}

/* False: there is nothing to do for the metadata. */
static bool start_meta(OcpnCtrl *c, OcpnReq *r)
{
    const bool zeroes = ocpn_xfer_zeroes(r);
    uint64_t index = r->bounce_index;
    uint32_t n = r->bounce_nlb;

    if (zeroes) {
        n = ocpn_xfer_zero(r, n, &index);
    }
    if (!r->ns->im.ms || !n) {
        return false;
    }
    start(c, r, zeroes ? OCPN_IO_ZERO : r->xfer->op,
          zeroes ? NULL : r->scratch + HALF, ocpn_meta_offset(r->ns, index),
          (uint64_t)n * r->ns->im.ms, meta_done);
    return true;
}

static void data_done(OcpnIo *io, OcpnIoResult result)
{
    OcpnReq *r = io->opaque;

    if (result != OCPN_IO_OK || !start_meta(r->sq->c, r)) {
        meta_done(io, result);
    }
}

/*
 * Another command will give a buffer back, unless there was no memory for any
 * of them; then waiting would have no end.
 */
static bool no_scratch(OcpnCtrl *c, OcpnReq *r)
{
    if (ocpn_req_cq(r)->pools.scratch_mem) {
        return false;
    }
    ocpn_xfer_failed(c, r, r->cursor, r->nlb - r->cursor, OCPN_IO_ERROR);
    r->cursor = r->nlb;
    return true;
}

bool ocpn_xfer_bounce(OcpnCtrl *c, OcpnReq *r, const OcpnRun *run)
{
    uint32_t max = HALF >> r->ns->im.lbads;

    if (r->pending) {           /* one thing at a time */
        return false;
    }
    if (!ocpn_scratch_get(c, r)) {
        return no_scratch(c, r);
    }
    r->bouncing = true;
    r->bounce_nlb = run->nlb < max ? run->nlb : max;
    r->bounce_index = run->index;
    if (r->xfer->op == OCPN_IO_WRITE && !host_piece(c, r, false)) {
        piece_over(c, r);
        return true;
    }
    start(c, r, r->xfer->op, r->scratch, ocpn_data_offset(r->ns, run->index),
          (uint64_t)r->bounce_nlb << r->ns->im.lbads, data_done);
    return true;
}

static void scratch_done(OcpnIo *io, OcpnIoResult result)
{
    OcpnReq *r = io->opaque;

    r->failed |= result != OCPN_IO_OK;
    r->io_result = (uint8_t)result;
    r->after(r->sq->c, r);
}

void ocpn_scratch_io(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, uint64_t offset,
                     uint64_t len, bool fua,
                     void (*after)(OcpnCtrl *c, OcpnReq *r))
{
    OcpnIo *io = r->scratch_io;

    r->after = after;
    io->op = op;
    io->fua = fua;
    io->unmap = r->unmap;
    io->nsid = r->ns->drive;
    io->offset = offset;
    io->len = len;
    io->buf = op == OCPN_IO_READ || op == OCPN_IO_WRITE ? r->scratch : NULL;
    io->nseg = 0;
    io->done = scratch_done;
    io->opaque = r;
    ocpn_count_io(&ocpn_req_cq(r)->count, io);
    c->port.media(c->port.opaque, io);
}
