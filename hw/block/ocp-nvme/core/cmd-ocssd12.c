/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Admin commands of Open-Channel 1.2: Device Identification, Get and Set Bad
 * Block Table.
 * Implements: OCSSD 1.2, sections of the same names.
 *
 * The table says what the drive and its host think of blocks; the drive
 * itself refuses only those whose chunk is offline.  The planes of a block
 * share their mark.
 */
#include <string.h>

#include "chunks-int.h"
#include "cmd-vector-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/ocssd12.h"
#include "hw/ocp-nvme/core/protect.h"

#define MARKS   0x1fu           /* enum Ocssd12Block */

static uint8_t bits_for(uint32_t n)
{
    uint8_t bits = 0;

    while (n >> bits > 1) {
        bits++;
    }
    return bits;
}

/* Bytes of MPOS: reads may be of one plane, the others are of all. */
static uint32_t mpos(uint32_t planes)
{
    uint32_t all = planes == 4 ? 4 : planes;        /* bit of this mode */

    return FIELD_PUT(OCSSD12_MPOS_READ, 1 | all) |
           FIELD_PUT(OCSSD12_MPOS_PROGRAM, all) |
           FIELD_PUT(OCSSD12_MPOS_ERASE, all);
}

static Ocssd12Group describe(const OcpnImage *im)
{
    const OcpnGeometry *g = &im->geo;
    const Ocpn12 n = ocpn_12_of(g);

    return (Ocssd12Group) {
        .num_ch = (uint8_t)g->num_grp,
        .num_lun = (uint8_t)g->num_pu,
        .num_pln = (uint8_t)n.planes,
        .num_blk = to_le16((uint16_t)g->num_chk),
        .num_pg = to_le16((uint16_t)n.pages),
        .fpg_sz = to_le16((uint16_t)(n.sectors << im->lbads)),
        .csecs = to_le16((uint16_t)(1u << im->lbads)),
        .sos = to_le16(im->ms),
        .trdt = to_le32(g->trdt),
        .trdm = to_le32(g->trdm),
        .tprt = to_le32(g->twrt),
        .tprm = to_le32(g->twrm),
        .tbet = to_le32(g->tcrst),
        .tbem = to_le32(g->tcrsm),
        .mpos = to_le32(mpos(n.planes)),
        .cpar = to_le16((uint16_t)g->num_pu),
    };
}

OcpnFlow ocpn_identify12(OcpnCtrl *c, OcpnReq *r)
{
    const OcpnGeometry *g = &r->ns->im.geo;
    const Ocpn12 n = ocpn_12_of(g);
    uint8_t sec = bits_for(n.sectors), pln = bits_for(n.planes);
    uint8_t row = (uint8_t)(sec + pln);
    Ocssd12Identify out = {
        .version = 1,
        .cgrps = 1,
        .cap = to_le32(OCSSD12_CAP_BBT),
        .ch = { g->grp_shift, g->grp_bits },
        .lun = { g->pu_shift, g->pu_bits },
        .pln = { sec, pln },
        .blk = { g->chk_shift, g->chk_bits },
        .pg = { row, (uint8_t)(g->lbk_bits - row) },
        .sec = { 0, sec },
    };

    out.grp[0] = describe(&r->ns->im);
    return ocpn_dptr_send(c, r, &out, sizeof(out));
}

/* What is thought of CHUNK's block. */
static uint8_t look(OcpnNs *ns, uint32_t chunk)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    uint8_t mark;

    ocpn_lock(&pu->lock);
    mark = ocpn_12_block(&ns->chunk[chunk]);
    ocpn_unlock(&pu->lock);
    return mark;
}

static Ocssd12Bbt make_header(OcpnNs *ns, uint32_t first, uint32_t planes)
{
    uint32_t nblk = ns->im.geo.num_chk, n[4] = { 0 };

    for (uint32_t i = 0; i < nblk; i++) {
        uint8_t mark = look(ns, first + i);

        for (unsigned bit = 0; bit < 4; bit++) {
            n[bit] += mark >> bit & 1 ? planes : 0;
        }
    }
    return (Ocssd12Bbt) {
        .tblid = { 'B', 'B', 'L', 'T' },
        .verid = to_le16(1),
        .revid = to_le16(1),
        .tblks = to_le32(nblk * planes),
        .tfact = to_le32(n[0]),
        .tgrown = to_le32(n[1]),
        .tdresv = to_le32(n[2]),
        .thresv = to_le32(n[3]),
    };
}

/* The marks of the unit's blocks, each once for every plane. */
static bool send_marks(OcpnCtrl *c, OcpnReq *r, uint32_t first,
                       uint32_t planes)
{
    uint8_t row[256];
    uint32_t step = (uint32_t)sizeof(row) / planes;

    for (uint32_t i = 0; i < r->ns->im.geo.num_chk; i += step) {
        uint32_t n = r->ns->im.geo.num_chk - i;

        n = n < step ? n : step;
        for (uint32_t k = 0; k < n; k++) {
            memset(row + k * planes, look(r->ns, first + i + k), planes);
        }
        if (!ocpn_dptr_write(c, &r->data, sizeof(Ocssd12Bbt) +
                             (uint64_t)i * planes, row, n * planes)) {
            return false;
        }
    }
    return true;
}

static bool is_12(const OcpnReq *r)
{
    return r->ns->cfg.ocssd12;
}

OcpnFlow ocpn_get_bbt(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t ppa = (uint64_t)ocpn_cdw(r, 11) << 32 | ocpn_cdw(r, 10);
    uint32_t planes, first;
    Ocssd12Bbt head;
    OcpnFlow flow;
    OcpnAddr a;

    if (!is_12(r)) {
        return REJECT(c, r, INVALID_OPCODE, opc);
    }
    a = ocpn_addr_of(r->ns, ppa);
    if (a.chunk == OCPN_CHUNK_NONE) {
        return REJECT(c, r, INVALID_FIELD, cdw10);
    }
    planes = ocpn_12_of(&r->ns->im.geo).planes;
    first = a.chunk - a.chunk % r->ns->im.geo.num_chk;
    flow = ocpn_dptr_data(c, r, sizeof(head) + (uint64_t)planes *
                          r->ns->im.geo.num_chk, true);
    if (flow != FLOW_PENDING) {
        return flow;
    }
    head = make_header(r->ns, first, planes);
    if (!ocpn_dptr_write(c, &r->data, 0, &head, sizeof(head)) ||
        !send_marks(c, r, first, planes)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    return FLOW_DONE;
}

static void set_mark(OcpnNs *ns, uint32_t chunk, uint8_t mark)
{
    OcpnPu *pu = ocpn_chunk_pu(ns, chunk);
    OcpnChunk *k = &ns->chunk[chunk];

    ocpn_lock(&pu->lock);
    k->flags &= (uint8_t)~(MARKS << OCPN_CHUNK_MARK_SHIFT);
    k->flags |= (uint8_t)(mark << OCPN_CHUNK_MARK_SHIFT);
    ocpn_unlock(&pu->lock);
    ocpn_store_dirty(&ns->store, IMG_REGION_CHUNKS,
                     chunk / IMG_CHUNKS_PER_PAGE);
}

static void marks_stored(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    ocpn_complete(c, r);
}

OcpnFlow ocpn_set_bbt(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t cdw12 = ocpn_cdw(r, 12);
    uint32_t n = FIELD_GET(OCSSD12_BBT_NLB, cdw12) + 1;
    uint64_t ppa = (uint64_t)ocpn_cdw(r, 11) << 32 | ocpn_cdw(r, 10);
    uint64_t list[OCPN_VEC_MAX] = { ppa };

    if (!is_12(r)) {
        return REJECT(c, r, INVALID_OPCODE, opc);
    }
    if (ocpn_protection(r->ns)) {
        return REJECT(c, r, NS_WRITE_PROTECTED, nsid);
    }
    if (n > OCPN_VEC_MAX) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, OCSSD12_BBT_NLB);
    }
    if (FIELD_GET(OCSSD12_BBT_VALUE, cdw12) & ~MARKS) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw12, OCSSD12_BBT_VALUE);
    }
    if (n > 1 && !ocpn_vector_list(c, ppa, n, list)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (ocpn_addr_of(r->ns, list[i]).chunk == OCPN_CHUNK_NONE) {
            return REJECT(c, r, INVALID_FIELD, cdw10);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        set_mark(r->ns, ocpn_addr_of(r->ns, list[i]).chunk,
                 (uint8_t)FIELD_GET(OCSSD12_BBT_VALUE, cdw12));
    }
    r->failed = false;
    return ocpn_store_join(&r->ns->store, r, ocpn_write_through(c),
                           marks_stored);
}
