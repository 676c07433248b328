/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a read of chunks comes to, before anything moves.
 * Implements: OCSSD 2.0, "Vector Chunk Read", "Media Feedback Feature", DULBE;
 * specification notes 7.6, 8.3.
 *
 * Three things can be said of blocks: the medium cannot read them, the host
 * may not (it is unwritten and DULBE asks for an error), the medium can hardly
 * read them.  The first that is true of any block is the status, and the
 * bitmap names the blocks it is true of.
 */
#include "chunks-int.h"
#include "hw/ocp-nvme/core/ocssd12.h"

#define READ_FAULTS     (1u << OCPN_FAULT_READ_FAIL | \
                         1u << OCPN_FAULT_HIGH_ECC)

typedef struct Verdict {
    bool     failing, unreadable, weak;
    uint64_t failing_map, unreadable_map, weak_map;     /* of vectors */
} Verdict;

/* Bit ENTRY and those of N - 1 that follow; scalar commands have no bitmap. */
static uint64_t bits(const OcpnReq *r, uint32_t entry, uint32_t n)
{
    return ocpn_req_is_vector(r) ? ocpn_entries(entry, n) : 0;
}

/* Does the host want to know of weak blocks?  One of 1.2 is not asked. */
static bool asks_ecc(const OcpnReq *r)
{
    uint8_t feedback = atomic_load(&r->ns->feedback);

    if (r->ns->cfg.ocssd12) {
        return r->cmd.opc == OCSSD_IO_VECTOR_READ;
    }
    return (r->cmd.opc == NVME_IO_READ && feedback & OCSSD_MF_HECC) ||
           (r->cmd.opc == OCSSD_IO_VECTOR_READ && feedback & OCSSD_MF_VHECC);
}

/* Faults of N readable entries from ENTRY, which follow each other. */
static void meet_faults(OcpnReq *r, uint32_t entry, uint32_t n, Verdict *v)
{
    OcpnAddr a = ocpn_addr_of(r->ns, ocpn_req_lba(r, entry));

    if (ocpn_fault(r->ns, OCPN_FAULT_READ_FAIL, a.chunk, a.blk, n, NULL)) {
        v->failing = true;
        v->failing_map |= bits(r, entry, n);
    } else if (asks_ecc(r) && ocpn_fault(r->ns, OCPN_FAULT_HIGH_ECC, a.chunk,
                                         a.blk, n, NULL)) {
        v->weak = true;
        v->weak_map |= bits(r, entry, n);
    }
}

static void judge_run(OcpnReq *r, uint32_t entry, const OcpnRun *run,
                      bool dulbe, bool faults, Verdict *v)
{
    if (run->kind == OCPN_RUN_PATTERN) {
        if (dulbe || run->refused) {
            v->unreadable = true;
            v->unreadable_map |= bits(r, entry, run->nlb);
        }
    } else if (faults && !ocpn_req_is_vector(r)) {
        meet_faults(r, entry, run->nlb, v);
    } else if (faults) {
        for (uint32_t i = 0; i < run->nlb; i++) {
            meet_faults(r, entry + i, 1, v);
        }
    }
}

/* A host of 1.2 finds out what is written by reading it. */
static bool finds_empty_pages(const OcpnReq *r)
{
    return r->ns->cfg.ocssd12 && r->cmd.opc == OCSSD_IO_VECTOR_READ;
}

static void draw(OcpnCtrl *c, OcpnReq *r)
{
    bool dulbe = atomic_load(&r->ns->dulbe) || finds_empty_pages(r);
    bool faults = ocpn_fault_armed(c, READ_FAULTS);
    Verdict v = { .failing = false };

    r->verdict = 0;
    r->verdict_map = 0;
    if (!dulbe && !faults && r->ns->cfg.window != OCPN_WINDOW_ERROR) {
        return;
    }
    for (uint32_t i = 0; i < r->nlb; ) {
        OcpnRun run;

        ocpn_blocks_look(r, i, &run);
        judge_run(r, i, &run, dulbe, faults, &v);
        i += run.nlb;
    }
    if (v.failing) {
        r->verdict = NVME_SC_UNRECOVERED_READ;
        r->verdict_map = v.failing_map;
    } else if (v.unreadable) {
        r->verdict = NVME_SC_DULB;
        r->verdict_map = v.unreadable_map;
    } else if (v.weak) {
        r->verdict = OCSSD_SC_HIGH_ECC;
        r->verdict_map = v.weak_map;
    }
    r->verdict = ocpn_chunk_status(r->ns, r->verdict);
}

/* A command that stalls begins again; its dice do not. */
void ocpn_blocks_judge(OcpnCtrl *c, OcpnReq *r)
{
    if (!r->judged) {
        draw(c, r);
        r->judged = true;
    }
    r->bitmap = r->verdict_map;
}

bool ocpn_verdict_moves(const OcpnReq *r)
{
    return r->verdict == OCSSD_SC_HIGH_ECC;
}
