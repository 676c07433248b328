/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving blocks: see core/xfer.h.
 *
 * The blocks of a command are walked from entry 0.  Each step takes the
 * longest run, cuts from it what one I/O can carry, and starts that I/O; it
 * stops when the queue has no I/O left and goes on when one of its own comes
 * back.  Metadata of a piece travels in an I/O of its own, beside the data.
 * Two cases go through a scratch buffer of the queue, one piece at a time:
 * interleaved metadata, and host memory in crumbs smaller than a block.
 */
#include "ctrl-int.h"
#include "xfer-int.h"

/* I/O of a request: which entries it covers is kept for errors. */
static void piece_done(OcpnIo *io, OcpnIoResult result);

uint16_t ocpn_io_status(OcpnIoOp op, OcpnIoResult result)
{
    switch (result) {
    case OCPN_IO_OK:
        return NVME_SC_SUCCESS;
    case OCPN_IO_NODMA:
        return NVME_SC_DATA_TRANSFER_ERROR;
    case OCPN_IO_NOSPC:
        if (op != OCPN_IO_READ) {   /* a read needs no room */
            return NVME_SC_CAPACITY_EXCEEDED;
        }
        break;
    case OCPN_IO_ERROR:
        break;
    }
    if (op == OCPN_IO_FLUSH) {
        return NVME_SC_INTERNAL;
    }
    return op == OCPN_IO_READ ? NVME_SC_UNRECOVERED_READ
                              : NVME_SC_WRITE_FAULT;
}

bool ocpn_xfer_ready(OcpnCtrl *c, OcpnReq *r)
{
    (void)c;
    return ocpn_req_cq(r)->pools.nios >= 2;     /* data and metadata */
}

void ocpn_xfer_failed(OcpnCtrl *c, OcpnReq *r, uint32_t first, uint32_t n,
                      OcpnIoResult result)
{
    if (r->xfer->error) {       /* it knows what the status is */
        r->xfer->error(c, r, first, n, result);
    } else if (!r->failed) {
        ocpn_fail(c, r, ocpn_io_status(r->xfer->op, result));
    }
    r->failed = true;
}

static OcpnIo *new_io(OcpnReq *r, uint64_t offset, uint64_t len,
                      uint32_t first, uint32_t n)
{
    OcpnIo *io = ocpn_io_get(ocpn_req_cq(r));

    io->op = r->xfer->op;
    io->fua = r->fua;
    io->nsid = r->ns->drive;
    io->offset = offset;
    io->len = len;
    io->done = piece_done;
    io->opaque = r;
    io->first = first;
    io->count = n;
    return io;
}

static void submit(OcpnCtrl *c, OcpnReq *r, OcpnIo *io)
{
    r->pending++;
    ocpn_count_io(&ocpn_req_cq(r)->count, io);
    c->port.media(c->port.opaque, io);
}

bool ocpn_xfer_zeroes(const OcpnReq *r)
{
    const OcpnImage *im = &r->ns->im;

    return im->ms && !im->extended && !r->meta.len &&
           r->xfer->op == OCPN_IO_WRITE;
}

uint32_t ocpn_xfer_zero(const OcpnReq *r, uint32_t n, uint64_t *index)
{
    return r->xfer->zero ? r->xfer->zero(r, r->cursor, index) : n;
}

/* Metadata of N entries from the cursor; zeros if the host gives none. */
static void start_meta(OcpnCtrl *c, OcpnReq *r, const OcpnRun *run,
                       uint32_t n)
{
    const uint32_t ms = r->ns->im.ms;
    uint64_t covered, index = run->index;
    uint32_t count = n;
    bool zeroes;
    OcpnIo *io;

    if (!ms) {
        return;
    }
    zeroes = ocpn_xfer_zeroes(r);
    if (zeroes) {
        count = ocpn_xfer_zero(r, n, &index);
    }
    if (!count || (!r->meta.len && !zeroes)) {
        return;
    }
    io = new_io(r, ocpn_meta_offset(r->ns, index), (uint64_t)count * ms,
                r->cursor, n);
    if (!zeroes) {
        io->nseg = ocpn_dptr_slice(&r->meta, (uint64_t)r->cursor * ms,
                                   io->len, io->seg, OCPN_IO_NSEGS,
                                   &covered);
    } else {
        io->op = OCPN_IO_ZERO;
    }
    submit(c, r, io);
}

/*
 * How many entries of RUN fit the segments of IO, which gets them.  0: not
 * one.
 */
static uint32_t piece(const OcpnReq *r, const OcpnRun *run, OcpnIo *io)
{
    const OcpnDptr *d = &r->data;
    const uint8_t lbads = r->ns->im.lbads;
    uint64_t off = (uint64_t)r->cursor << lbads;
    uint64_t len = (uint64_t)run->nlb << lbads, covered, crumb;

    if (d->nseg == 1 && d->seg[0].addr != OCPN_SEG_BUCKET) {
        io->seg[0] = (OcpnSeg) { d->seg[0].addr + off, len };
        io->nseg = 1;
        return run->nlb;
    }
    io->nseg = ocpn_dptr_slice(d, off, len, io->seg, OCPN_IO_NSEGS, &covered);
    crumb = covered & ((1u << lbads) - 1);
    if (crumb) {                /* end at a block's end */
        len = covered - crumb;
        io->nseg = len ? ocpn_dptr_slice(d, off, len, io->seg, OCPN_IO_NSEGS,
                                         &covered)
                       : 0;
        covered = len;
    }
    return (uint32_t)(covered >> lbads);
}

static bool start_media(OcpnCtrl *c, OcpnReq *r, const OcpnRun *run)
{
    OcpnIo *io;
    uint32_t n;

    if (!ocpn_xfer_ready(c, r)) {
        return false;
    }
    if (r->ns->im.extended) {
        return ocpn_xfer_bounce(c, r, run);
    }
    io = new_io(r, ocpn_data_offset(r->ns, run->index), 0, r->cursor, 0);
    n = piece(r, run, io);
    if (!n) {
        ocpn_io_unget(ocpn_req_cq(r), io);
        return ocpn_xfer_bounce(c, r, run);
    }
    io->len = (uint64_t)n << r->ns->im.lbads;
    io->count = n;
    start_meta(c, r, run, n);
    r->cursor += n;
    submit(c, r, io);
    return true;
}

static void fill_pattern(OcpnCtrl *c, OcpnReq *r, const OcpnRun *run)
{
    const uint32_t stride = ocpn_ns_stride(r->ns);
    const uint32_t ms = r->meta.len ? r->ns->im.ms : 0;

    if (!ocpn_dptr_fill(c, &r->data, (uint64_t)r->cursor * stride, run->byte,
                        (uint64_t)run->nlb * stride) ||
        (ms && !ocpn_dptr_fill(c, &r->meta, (uint64_t)r->cursor * ms,
                               run->byte, (uint64_t)run->nlb * ms))) {
        ocpn_xfer_failed(c, r, r->cursor, run->nlb, OCPN_IO_NODMA);
    }
    r->cursor += run->nlb;
}

/*
 * R holds nothing that is in flight, and its queue has nothing to give: try
 * again when another command is over.
 */
static void wait_for_pool(OcpnReq *r)
{
    OcpnCq *cq = ocpn_req_cq(r);

    r->next = cq->waiters;
    cq->waiters = r;
}

void ocpn_xfer_go(OcpnCtrl *c, OcpnReq *r)
{
    bool more = true;

    r->starting = true;         /* an I/O may end before media() returns */
    while (more && r->cursor < r->nlb && !r->bouncing) {
        OcpnRun run = { .kind = OCPN_RUN_SKIP, .nlb = 1 };

        r->xfer->run(c, r, r->cursor, &run);
        if (run.nlb > r->nlb - r->cursor) {
            run.nlb = r->nlb - r->cursor;
        }
        switch (run.kind) {
        case OCPN_RUN_MEDIA:
            more = start_media(c, r, &run);
            break;
        case OCPN_RUN_PATTERN:
            fill_pattern(c, r, &run);
            break;
        case OCPN_RUN_SKIP:
            r->cursor += run.nlb;
            break;
        }
    }
    r->starting = false;
    if (r->pending || r->bouncing) {
        return;                 /* it goes on when they end */
    }
    if (r->cursor == r->nlb) {
        r->after(c, r);
    } else {
        wait_for_pool(r);
    }
}

static void piece_done(OcpnIo *io, OcpnIoResult result)
{
    OcpnReq *r = io->opaque;
    OcpnCtrl *c = r->sq->c;
    uint32_t first = io->first, n = io->count;

    ocpn_io_put(ocpn_req_cq(r), io);
    r->pending--;
    if (result != OCPN_IO_OK) {
        ocpn_xfer_failed(c, r, first, n, result);
    }
    if (!r->starting) {
        ocpn_xfer_go(c, r);
    }
}

OcpnFlow ocpn_xfer_start(OcpnCtrl *c, OcpnReq *r, const OcpnXferOps *ops,
                         bool fua, void (*after)(OcpnCtrl *c, OcpnReq *r))
{
    r->xfer = ops;
    r->fua = fua;
    r->after = after;
    r->cursor = 0;
    ocpn_xfer_go(c, r);
    return FLOW_PENDING;
}
