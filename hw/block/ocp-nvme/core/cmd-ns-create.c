/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespace Management, create.
 * Implements: NVMe Base 2.0, "Namespace Management command"; NVM Command Set
 * 1.0, "Namespace Management" (host specified fields); OCP Datacenter NVMe
 * SSD, NVMe-AD-3, NSM-2, NSM-3, NSM-7.
 *
 * First the grains become zeros, then the table says whose they are: a cut of
 * power leaves no namespace, or one without anybody's old data.
 */
#include "cmd-ns-int.h"
#include "protect-int.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"

enum { ZERO_GRAINS, WRITE_MARKS, WRITE_TABLE };

static uint32_t format_index(uint8_t flbas)
{
    return FIELD_GET(NVME_FLBAS_INDEX_LO, flbas) |
           (uint32_t)FIELD_GET(NVME_FLBAS_INDEX_HI, flbas) << 4;
}

/* The data structure is no part of the command: there is no byte to blame. */
static OcpnFlow refuse(OcpnCtrl *c, OcpnReq *r, uint16_t status)
{
    return ocpn_reject_at(c, r, status, OCPN_NO_BYTE, 0);
}

/* FLOW_PENDING: the drive can have such a namespace, if there is room. */
static OcpnFlow check(OcpnCtrl *c, OcpnReq *r, const NvmeIdNs *want)
{
    uint64_t nsze = from_le64(want->nsze), ncap = from_le64(want->ncap);

    if (format_index(want->flbas) >= ocpn_lbaf_count(c->space->slot[1]) ||
        want->dps) {
        return refuse(c, r, NVME_SC_INVALID_FORMAT);
    }
    if (!nsze || !ncap || ncap > nsze) {
        return refuse(c, r, NVME_SC_INVALID_FIELD);
    }
    if (ncap < nsze) {
        return refuse(c, r, NVME_SC_THIN_UNSUPPORTED);
    }
    if ((want->nmic & ~NVME_NMIC_SHARED) || from_le32(want->anagrpid) ||
        from_le16(want->nvmsetid) || from_le16(want->endgid) > 1) {
        return refuse(c, r, NVME_SC_INVALID_FIELD);
    }
    return FLOW_PENDING;
}

/* The lowest that is free; 0: none. */
static uint32_t free_nsid(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= IMG_NS_MAX; i++) {
        if (ocpn_space_slot(c, i) && !ocpn_space_allocated(c, i)) {
            return i;
        }
    }
    return 0;
}

/* Give NSID free grains of BYTES.  The caller knows that there are enough. */
static void take_grains(OcpnSpace *s, uint32_t nsid, uint64_t bytes)
{
    uint64_t taken = 0;

    for (uint32_t i = 0; i < s->ngrains && taken < bytes; i++) {
        uint64_t at = (uint64_t)i << s->shift, left = s->bytes - at;

        if (!s->now.owner[i]) {
            s->now.owner[i] = (uint8_t)nsid;
            taken += left < UINT64_C(1) << s->shift
                     ? left : UINT64_C(1) << s->shift;
        }
    }
}

static void create(OcpnCtrl *c, OcpnReq *r)
{
    OcpnNs *ns = r->ns;

    if (r->failed ||
        (r->step < WRITE_TABLE && c->state == OCPN_STOPPING)) {
        ocpn_ns_change_undo(c, r, r->step == WRITE_TABLE);
        return;
    }
    switch (r->step) {
    case ZERO_GRAINS:
        if (!ocpn_space_zero(c, r, create)) {
            r->step = WRITE_MARKS;
            ocpn_extents_clear(ns);
            ocpn_protect_forget(ns);
            ocpn_store_join(&ns->home->store, r, true, create);
        }
        break;
    case WRITE_MARKS:
        r->step = WRITE_TABLE;
        c->space->now.ns[ns->nsid].allocated = true;
        ocpn_ns_change_write(c, r, create);
        break;
    default:
        r->dw0 = ns->nsid;
        ocpn_ns_change_end(c, r);
    }
}

/* The slot has its blocks, but is not allocated yet. */
static void begin(OcpnCtrl *c, OcpnReq *r, uint32_t nsid,
                  const NvmeIdNs *want)
{
    OcpnSpace *s = c->space;
    OcpnSpaceNs *e = &s->now.ns[nsid];

    ocpn_ns_change_begin(c, r);
    s->targets = 1u << nsid;
    *e = (OcpnSpaceNs) {
        .allocated = true,
        .lbads = ocpn_lbaf_lbads(s->slot[1], format_index(want->flbas)),
        .nmic = want->nmic,
        .generation = ++s->now.generation,
        .nsze = from_le64(want->nsze),
    };
    take_grains(s, nsid, e->nsze << e->lbads);
    ocpn_space_derive(c, nsid);
    e->allocated = false;
    r->ns = s->slot[nsid];
    r->slba = 0;
    r->step = ZERO_GRAINS;
    create(c, r);
}

OcpnFlow ocpn_ns_create(OcpnCtrl *c, OcpnReq *r)
{
    uint8_t page[NVME_IDENTIFY_SIZE];
    const NvmeIdNs *want = (const NvmeIdNs *)(const void *)page;
    OcpnFlow flow = ocpn_dptr_fetch(c, r, page, sizeof(page));
    uint32_t nsid;
    uint8_t lbads;

    if (flow != FLOW_DONE || r->status) {
        return flow;
    }
    flow = check(c, r, want);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    nsid = free_nsid(c);
    if (!nsid) {
        return refuse(c, r, NVME_SC_NSID_UNAVAILABLE);
    }
    lbads = ocpn_lbaf_lbads(c->space->slot[1], format_index(want->flbas));
    if (from_le64(want->nsze) > ocpn_space_owned(c, 0) >> lbads) {
        uint64_t nsze = from_le64(want->nsze);

        r->slba = nsze > UINT64_MAX >> lbads ? UINT64_MAX : nsze << lbads;
        return refuse(c, r, NVME_SC_NS_INSUFFICIENT_CAP);
    }
    flow = ocpn_step_get(c, r, false);
    if (flow == FLOW_PENDING) {
        begin(c, r, nsid, want);
    }
    return flow;
}
