/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of the NVM Command Set share: see nvm-int.h.
 * Implements: NVM Command Set 1.0, "Definitions" (which commands count as
 * reads and writes in SMART), "Metadata", "Logical Block Range".
 */
#include "nvm-int.h"
#include "used-int.h"

OcpnFlow ocpn_step_get(OcpnCtrl *c, OcpnReq *r, bool buffer)
{
    OcpnPools *p = &ocpn_req_cq(r)->pools;

    r->tables = false;
    if (buffer && !ocpn_scratch_get(c, r)) {
        /* No memory at its creation: waiting does not help. */
        return p->scratch_mem ? FLOW_STALL
                              : ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    if (!r->scratch_io) {
        r->scratch_io = ocpn_io_get(ocpn_req_cq(r));
    }
    return r->scratch_io ? FLOW_PENDING : FLOW_STALL;
}

/* Through the queue's run, so that many steps do not pile up on the stack. */
static void step_done(OcpnIo *io, OcpnIoResult result)
{
    OcpnReq *r = io->opaque;
    OcpnCtrl *c = r->sq->c;

    if (result != OCPN_IO_OK && !r->failed) {
        r->failed = true;
        ocpn_fail(c, r, ocpn_io_status(io->op, result));
    }
    r->resume = r->after;
    ocpn_req_ready(c, r);
}

void ocpn_step_io(OcpnCtrl *c, OcpnReq *r, const OcpnStep *s,
                  void (*next)(OcpnCtrl *c, OcpnReq *r))
{
    OcpnIo *io = r->scratch_io;

    r->after = next;
    io->op = s->op;
    io->fua = s->fua;
    io->unmap = s->unmap;
    io->nsid = r->ns->drive;
    io->offset = s->offset;
    io->len = s->len;
    io->buf = s->buf;
    io->nseg = 0;
    io->done = step_done;
    io->opaque = r;
    ocpn_count_io(&ocpn_req_cq(r)->count, io);
    c->port.media(c->port.opaque, io);
}

uint32_t ocpn_piece(const OcpnReq *r)
{
    uint32_t max = OCPN_PIECE_META >> r->ns->im.lbads;
    uint32_t left = r->nlb - r->cursor;
    uint32_t n = ocpn_data_row(r->ns, r->slba + r->cursor,
                               left < max ? left : max);

    return r->cmd.opc == NVME_IO_COPY
           ? ocpn_data_row(r->ns, ocpn_work(r)->dst, n) : n;
}

void ocpn_piece_data(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, uint64_t index,
                     void (*next)(OcpnCtrl *c, OcpnReq *r))
{
    ocpn_step_io(c, r, &(OcpnStep) {
        .op = op,
        .fua = op == OCPN_IO_WRITE && r->fua,
        .offset = ocpn_data_offset(r->ns, index),
        .len = (uint64_t)ocpn_piece(r) << r->ns->im.lbads,
        .buf = r->scratch,
    }, next);
}

void ocpn_piece_meta(OcpnCtrl *c, OcpnReq *r, OcpnIoOp op, uint64_t index,
                     void (*next)(OcpnCtrl *c, OcpnReq *r))
{
    ocpn_step_io(c, r, &(OcpnStep) {
        .op = op,
        .fua = op == OCPN_IO_WRITE && r->fua,
        .offset = ocpn_meta_offset(r->ns, index),
        .len = (uint64_t)ocpn_piece(r) * r->ns->im.ms,
        .buf = r->scratch + OCPN_PIECE_META,
    }, next);
}

bool ocpn_nvm_in_range(const OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    return slba <= ns->im.nsze && nlb <= ns->im.nsze - slba;
}

bool ocpn_nvm_range(OcpnCtrl *c, OcpnReq *r)
{
    r->slba = ocpn_cdw(r, 10) | (uint64_t)ocpn_cdw(r, 11) << 32;
    r->nlb = FIELD_GET(NVME_RW_NLB, ocpn_cdw(r, 12)) + 1;
    if (!ocpn_nvm_in_range(r->ns, r->slba, r->nlb)) {
        REJECT(c, r, LBA_RANGE, cdw10);
        return false;
    }
    return true;
}

OcpnFlow ocpn_nvm_host(OcpnCtrl *c, OcpnReq *r, bool to_host)
{
    const OcpnImage *im = &r->ns->im;
    uint64_t bytes;
    OcpnFlow flow;

    if (!ocpn_nvm_range(c, r)) {
        return FLOW_DONE;
    }
    bytes = (uint64_t)r->nlb * ocpn_ns_stride(r->ns);
    if (!ocpn_mdts_ok(c, bytes)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, NVME_RW_NLB);
    }
    flow = ocpn_dptr_data(c, r, bytes, to_host);
    if (flow == FLOW_PENDING && im->ms && !im->extended &&
        from_le64(r->cmd.mptr)) {
        flow = ocpn_dptr_meta(c, r, (uint64_t)r->nlb * im->ms);
    }
    return flow;
}

void ocpn_nvm_wrote(OcpnReq *r, uint64_t slba, uint64_t nlb)
{
    r->tables |= ocpn_extent_del(r->ns, slba, nlb);
    if (ocpn_used_kept(r->ns)) {
        ocpn_used_set(r->ns, slba, nlb);
    }
}

void ocpn_nvm_freed(OcpnReq *r, uint64_t slba, uint64_t nlb)
{
    r->tables |= ocpn_extent_del(r->ns, slba, nlb);
    if (ocpn_used_kept(r->ns)) {
        ocpn_used_clear(r->ns, slba, nlb);
    }
}

/*
 * With state-sync=flush a command leaves its tables to the next Flush.  A FUA
 * write then waits for all that is dirty: an earlier write may have removed
 * the mark that would make this one's blocks unreadable after a power cut.
 */
void ocpn_nvm_commit(OcpnCtrl *c, OcpnReq *r, bool fua)
{
    bool wait = ocpn_tables_lag(c) ? fua : r->tables;

    if (!wait) {
        ocpn_nvm_end(c, r);
        return;
    }
    ocpn_store_join(&r->ns->home->store, r, fua, ocpn_nvm_end);
}

enum {
    AS_READ     = 1 << 0,       /* SMART Host Read Command */
    AS_WRITE    = 1 << 1,       /* User Data Out Command */
    READS_DATA  = 1 << 2,       /* SMART Data Units Read Command */
    WRITES_DATA = 1 << 3,
};

static unsigned counts_as(uint8_t opcode)
{
    switch (opcode) {
    case NVME_IO_READ:
    case NVME_IO_COMPARE:
    case OCSSD_IO_VECTOR_READ:
        return AS_READ | READS_DATA;
    case NVME_IO_VERIFY:
        return READS_DATA;
    case NVME_IO_WRITE:
    case OCSSD_IO_VECTOR_WRITE:
        return AS_WRITE | WRITES_DATA;
    case NVME_IO_COPY:
    case OCSSD_IO_VECTOR_COPY:
        return AS_READ | AS_WRITE | WRITES_DATA;
    default:
        return 0;
    }
}

/* SMART-21: does the write begin inside an indirection unit? */
static bool is_unaligned(const OcpnCtrl *c, const OcpnReq *r)
{
    uint64_t iu = c->cfg.ocp.iu ? c->cfg.ocp.iu : 4096;

    return r->cmd.opc == NVME_IO_WRITE &&
           r->slba << r->ns->im.lbads & (iu - 1);
}

static void count(OcpnCtrl *c, OcpnReq *r)
{
    OcpnShard *s = &ocpn_req_cq(r)->count;
    const unsigned as = counts_as(r->cmd.opc);

    if (as & AS_READ) {
        ocpn_count(s, OCPN_COUNT_READ_COMMANDS, 1);
    }
    if (as & AS_WRITE) {
        ocpn_count(s, OCPN_COUNT_WRITE_COMMANDS, 1);
        ocpn_count(s, OCPN_COUNT_UNALIGNED, is_unaligned(c, r));
        if (atomic_load_explicit(&c->cut.armed, memory_order_relaxed)) {
            ocpn_power_cut_wrote(c, r);
        }
    }
    if (as & (READS_DATA | WRITES_DATA)) {
        ocpn_count(s, as & READS_DATA ? OCPN_COUNT_READ_SECTORS
                                      : OCPN_COUNT_WRITTEN_SECTORS,
                   (uint64_t)r->nlb << (r->ns->im.lbads - 9));
    }
}

void ocpn_nvm_end(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed && !r->status) {
        ocpn_fail(c, r, NVME_SC_WRITE_FAULT);   /* of a table */
    }
    if (!r->status) {
        count(c, r);
    }
    if (r->peer) {
        ocpn_fused_end(c, r);
    } else {
        ocpn_complete(c, r);
    }
}
