/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error log: a ring of the last failures, kept over resets and, in its
 * state page, over power cycles.
 * Implements: NVMe Base 2.0, "Error Information (Log Identifier 01h)".
 *
 * Failure number n (from 1) is in slot (n - 1) % OCPN_NERRORS; a slot with
 * another number in it is empty.
 */
#include <string.h>

#include "ctrl-int.h"

#define NO_PLACE    OCPN_NO_BYTE
#define ENTRY       sizeof(NvmeErrorEntry)

_Static_assert(OCPN_NERRORS * ENTRY <= IMG_PAGE_PAYLOAD,
               "the error log does not fit its state page");

/* The first block of a list that failed; 0 if the list is used up. */
static uint64_t first_of_list(const OcpnReq *r)
{
    uint32_t i = 0;

    if (r->cmd.opc == OCSSD_IO_VECTOR_COPY) {
        return 0;
    }
    while (i < OCPN_VEC_MAX && !(r->bitmap >> i & 1)) {
        i++;
    }
    return r->vec->lba[i < OCPN_VEC_MAX ? i : 0];
}

/* The first block of R that failed; 0 if the medium has no part in it. */
static uint64_t first_lba(const OcpnReq *r)
{
    if (!r->ns || FIELD_GET(NVME_SC_SCT, r->status) != NVME_SCT_MEDIA) {
        return 0;
    }
    for (uint32_t i = 0; i < r->ngroups; i++) {
        const OcpnGroup *g = &r->group[i];

        if (g->status && g->chunk != OCPN_CHUNK_NONE) {
            return ocpn_addr_lba(&r->ns->im.geo, g->chunk, g->blk);
        }
    }
    return r->vec ? first_of_list(r) : r->slba;
}

/* The Status Field as the completion has it; its Phase Tag is not known. */
static uint16_t status_field(const OcpnReq *r)
{
    return (uint16_t)(FIELD_PUT(NVME_CQE_STATUS, r->status) |
                      FIELD_PUT(NVME_CQE_DNR, ocpn_status_dnr(r->status)));
}

static uint16_t location(const OcpnReq *r)
{
    return r->error_byte == NO_PLACE ? NVME_ERR_PARAM_NONE :
           (uint16_t)(FIELD_PUT(NVME_ERR_PARAM_BYTE, r->error_byte) |
                      FIELD_PUT(NVME_ERR_PARAM_BIT, r->error_bit));
}

/* The bytes that a namespace would have needed: cmd-ns.c left them there. */
static uint64_t command_info(const OcpnReq *r)
{
    return r->status == NVME_SC_NS_INSUFFICIENT_CAP ? r->slba : 0;
}

void ocpn_error_add(OcpnCtrl *c, const OcpnReq *r)
{
    NvmeErrorEntry e = {
        .sqid = to_le16(r->sq->id),
        .cid = r->cmd.cid,
        .status = to_le16(status_field(r)),
        .param = to_le16(location(r)),
        .lba = to_le64(first_lba(r)),
        .nsid = r->cmd.nsid,
        .cmd_info = to_le64(command_info(r)),
    };
    uint64_t n;

    ocpn_lock(&c->error_lock);
    n = ++c->error_count;
    e.count = to_le64(n);
    c->error[(n - 1) % OCPN_NERRORS] = e;
    ocpn_unlock(&c->error_lock);
    ocpn_failure_add(c, r);
}

/* Entry INDEX, 0 the newest.  Under error_lock. */
static void get(const OcpnCtrl *c, unsigned index, NvmeErrorEntry *e)
{
    uint64_t n = c->error_count - index;
    const NvmeErrorEntry *slot = &c->error[(n - 1) % OCPN_NERRORS];

    memset(e, 0, sizeof(*e));
    if (index < OCPN_NERRORS && index < c->error_count &&
        from_le64(slot->count) == n) {
        *e = *slot;
    }
}

void ocpn_error_get(OcpnCtrl *c, unsigned index, NvmeErrorEntry *e)
{
    ocpn_lock(&c->error_lock);
    get(c, index, e);
    ocpn_unlock(&c->error_lock);
}

uint64_t ocpn_error_count(OcpnCtrl *c)
{
    uint64_t n;

    ocpn_lock(&c->error_lock);
    n = c->error_count;
    ocpn_unlock(&c->error_lock);
    return n;
}

/* Entries that cannot be (their number is not of the last ones) are dropped. */
void ocpn_errors_load(OcpnCtrl *c, const ImgPage *p)
{
    uint64_t total = c->error_count;

    for (unsigned i = 0; i < OCPN_NERRORS; i++) {
        NvmeErrorEntry e;
        uint64_t n;

        memcpy(&e, p->payload + i * ENTRY, ENTRY);
        n = from_le64(e.count);
        if (n >= 1 && n <= total && total - n < OCPN_NERRORS) {
            c->error[(n - 1) % OCPN_NERRORS] = e;
        }
    }
}

void ocpn_errors_store(OcpnCtrl *c, ImgPage *p)
{
    ocpn_lock(&c->error_lock);
    for (unsigned i = 0; i < OCPN_NERRORS; i++) {
        NvmeErrorEntry e;

        get(c, i, &e);
        memcpy(p->payload + i * ENTRY, &e, ENTRY);
    }
    ocpn_unlock(&c->error_lock);
}
