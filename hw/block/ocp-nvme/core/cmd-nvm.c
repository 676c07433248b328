/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read and Write on conventional namespaces, Flush on all.
 * Implements: NVM Command Set 1.0, "Read command", "Write command"; NVMe Base
 * 2.0, "Flush command".
 *
 * No namespace has protection information, so PRINFO and the tags mean
 * nothing; no directive is offered, so DTYPE must be 0.  Limited Retry changes
 * nothing: there are no retries.  A read is always of what the medium has,
 * with FUA or without.
 */
#include "hw/ocp-nvme/core/dispatch.h"

#include "hold-int.h"
#include "nvm-int.h"
#include "used-int.h"

/* Block ENTRY of the command is block SLBA + ENTRY, and so on to the end. */
static void run(OcpnCtrl *c, OcpnReq *r, uint32_t entry, OcpnRun *run)
{
    (void)c;
    run->kind = OCPN_RUN_MEDIA;
    run->index = r->slba + entry;
    run->nlb = ocpn_data_row(r->ns, run->index, r->nlb - entry);
}

static const OcpnXferOps reads = { .op = OCPN_IO_READ, .run = run };
static const OcpnXferOps writes = { .op = OCPN_IO_WRITE, .run = run };

OcpnFlow ocpn_read(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = ocpn_nvm_host(c, r, true);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (ocpn_extent_hit(r->ns, r->slba, r->nlb)) {
        return ocpn_nvm_marked(c, r);
    }
    if (!ocpn_xfer_ready(c, r)) {
        return FLOW_STALL;
    }
    return ocpn_xfer_start(c, r, &reads, false, ocpn_nvm_end);
}

static void written(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_nvm_end(c, r);
        return;
    }
    ocpn_nvm_wrote(r, r->slba, r->nlb);
    ocpn_nvm_commit(c, r, ocpn_nvm_fua(r));
}

OcpnFlow ocpn_write_prepare(OcpnCtrl *c, OcpnReq *r)
{
    if (FIELD_GET(NVME_RW_DTYPE, ocpn_cdw(r, 12))) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, NVME_RW_DTYPE);
    }
    return ocpn_nvm_host(c, r, false);
}

OcpnFlow ocpn_write_start(OcpnCtrl *c, OcpnReq *r)
{
    r->tables = false;
    return ocpn_xfer_start(c, r, &writes, ocpn_nvm_fua(r), written);
}

OcpnFlow ocpn_write(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = ocpn_write_prepare(c, r);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    return ocpn_xfer_ready(c, r) ? ocpn_write_start(c, r) : FLOW_STALL;
}

/*
 * Flush of all namespaces: the next one, from r->step on, becomes R's.  One
 * that is being formatted has nothing left to keep, and is passed over.
 */
static bool enter_next(OcpnCtrl *c, OcpnReq *r)
{
    while (r->step < OCPN_MAX_NS) {
        OcpnNs *ns = ocpn_ns_get(c, ++r->step);

        if (ns && ocpn_ns_hold_beside(r, ns)) {
            r->ns = ns;
            return true;
        }
    }
    return false;
}

enum { FLUSH_TABLES, FLUSH_MEDIA, FLUSHED };

/* One namespace after the other; r->cursor says what comes next. */
static void flush(OcpnCtrl *c, OcpnReq *r)
{
    bool all = from_le32(r->cmd.nsid) == NVME_NSID_ALL;

    if (!r->failed && r->cursor == FLUSHED && all) {
        ocpn_ns_drop(c, r);
        r->cursor = enter_next(c, r) ? FLUSH_TABLES : FLUSHED;
    }
    if (r->failed || r->cursor == FLUSHED) {
        ocpn_nvm_end(c, r);
    } else if (r->cursor == FLUSH_TABLES && c->cfg.sync_flush) {
        r->cursor = FLUSH_MEDIA;
        ocpn_store_join(&r->ns->home->store, r, false, flush);
    } else {
        if (r->cursor == FLUSH_TABLES && ocpn_used_kept(r->ns)) {
            ocpn_store_tidy(&r->ns->store);     /* it does not wait for it */
        }
        r->cursor = FLUSHED;
        ocpn_step_io(c, r, &(OcpnStep) { .op = OCPN_IO_FLUSH }, flush);
    }
}

OcpnFlow ocpn_flush(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow = ocpn_step_get(c, r, false);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (from_le32(r->cmd.nsid) == NVME_NSID_ALL && !enter_next(c, r)) {
        return FLOW_DONE;
    }
    flush(c, r);
    return FLOW_PENDING;
}
