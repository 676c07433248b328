/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Copy.
 * Implements: OCSSD 2.0, "Vector Chunk Copy".
 *
 * The sources are judged first, then the destinations are accepted like a
 * vector write's.  After that data moves run by run through a scratch buffer:
 * read, write, then the same for the metadata.
 */
#include <string.h>

#include "cmd-vector-int.h"
#include "hw/ocp-nvme/core/dispatch.h"

/* In r->vec->lba, a source that holds predefined data; else a dense index. */
#define PATTERN UINT64_MAX

/* The next I/O of the run at r->cursor, in r->step. */
enum { READ_DATA, WRITE_DATA, READ_META, WRITE_META, NSTEPS };

/* Source LBAs to indexes. */
static void find_sources(OcpnCtrl *c, OcpnReq *r)
{
    for (uint32_t i = 0; i < r->nlb; ) {
        uint32_t first = i;
        OcpnRun run;

        ocpn_blocks_run(c, r, first, &run);
        for (; i < first + run.nlb; i++) {
            bool media = run.kind == OCPN_RUN_MEDIA;

            r->vec->lba[i] = media ? run.index + (i - first) : PATTERN;
        }
    }
}

/* Entries from the cursor that one I/O reads and one writes. */
static uint32_t run_length(OcpnReq *r, const OcpnGroup *g)
{
    const uint64_t *src = r->vec->lba;
    uint32_t max = OCPN_SCRATCH >> r->ns->im.lbads;
    uint32_t end = g->first + g->nlb, n = 1;

    while (n < max && r->cursor + n < end &&
           src[r->cursor + n] == (src[r->cursor] == PATTERN
                                  ? PATTERN : src[r->cursor] + n)) {
        n++;
    }
    return n;
}

static void step_done(OcpnCtrl *c, OcpnReq *r);

static bool writes(const OcpnReq *r)
{
    return r->step == WRITE_DATA || r->step == WRITE_META;
}

/* Start r->step of the run at the cursor.  False: it needs no I/O. */
static bool start_step(OcpnCtrl *c, OcpnReq *r)
{
    const OcpnNs *ns = r->ns;
    const OcpnGroup *g = ocpn_group_of(r, r->cursor);
    bool meta = r->step >= READ_META;
    uint64_t n = run_length(r, g);
    uint64_t len = meta ? n * ns->im.ms : n << ns->im.lbads;
    uint64_t index = writes(r) ? ocpn_group_index(r, g, r->cursor)
                               : r->vec->lba[r->cursor];

    if (!len) {
        return false;
    }
    if (index == PATTERN) {
        memset(r->scratch, ocpn_blocks_pattern(ns), len);
        return false;
    }
    ocpn_scratch_io(c, r, writes(r) ? OCPN_IO_WRITE : OCPN_IO_READ,
                    meta ? ocpn_meta_offset(ns, index)
                         : ocpn_data_offset(ns, index),
                    len, false, step_done);
    return true;
}

/* The step is over: on to the next one, or past the group if it failed. */
static void advance(OcpnReq *r)
{
    OcpnGroup *g = ocpn_group_of(r, r->cursor);

    if (r->failed) {
        r->failed = false;
        g->status = writes(r) ? OCSSD_SC_CHUNK_EARLY_CLOSE
                              : NVME_SC_UNRECOVERED_READ;
        r->cursor = g->first + g->nlb;
        r->step = READ_DATA;
    } else if (++r->step == NSTEPS) {
        r->cursor += run_length(r, g);
        r->step = READ_DATA;
    }
}

static void copy(OcpnCtrl *c, OcpnReq *r)
{
    while (r->cursor < r->nlb) {
        const OcpnGroup *g = ocpn_group_of(r, r->cursor);

        if (g->status) {        /* a fault: its data does not move */
            r->cursor = g->first + g->nlb;
        } else if (start_step(c, r)) {
            return;
        } else {
            advance(r);
        }
    }
    ocpn_groups_landed(c, r);
}

static void go_on(OcpnCtrl *c, OcpnReq *r)
{
    advance(r);
    copy(c, r);
}

/* By way of the queue's run: many steps must not pile up on the stack. */
static void step_done(OcpnCtrl *c, OcpnReq *r)
{
    r->resume = go_on;
    ocpn_req_ready(c, r);
}

/* Both lists; one entry each stands in the command itself (VCP-R1). */
static bool get_lists(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t dst = (uint64_t)ocpn_cdw(r, 15) << 32 | ocpn_cdw(r, 14);

    if (r->nlb == 1) {
        r->vec->lba[0] = r->slba;
        r->vec->dst[0] = dst;
        return true;
    }
    return ocpn_vector_list(c, r->slba, r->nlb, r->vec->lba) &&
           ocpn_vector_list(c, dst, r->nlb, r->vec->dst);
}

/* Judge sources, then destinations.  FLOW_PENDING: data may move. */
static OcpnFlow accept(OcpnCtrl *c, OcpnReq *r)
{
    ocpn_blocks_judge(c, r);
    if (r->verdict) {
        ocpn_req_set_bitmap(r, r->bitmap);
        return ocpn_fail(c, r, r->verdict);
    }
    find_sources(c, r);
    return ocpn_groups_accept(c, r, r->vec->dst);
}

OcpnFlow ocpn_vector_copy(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow;

    if (!r->ns->cfg.copy) {
        return REJECT(c, r, INVALID_OPCODE, opc);
    }
    flow = ocpn_vector_count(c, r);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    flow = ocpn_step_get(c, r, true);
    if (flow == FLOW_PENDING) {
        flow = ocpn_vector_context(c, r);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!get_lists(c, r)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    flow = accept(c, r);
    if (flow == FLOW_PENDING) {
        r->cursor = 0;
        r->step = READ_DATA;
        copy(c, r);
    }
    return flow;
}
