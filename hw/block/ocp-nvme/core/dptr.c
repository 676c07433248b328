/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PRP and SGL to segments.
 * Implements: NVMe Base 2.0, "Physical Region Page Entry and List", "Scatter
 * Gather List (SGL)".
 *
 * Lists are read in pieces of up to 32 descriptors into a buffer of our own,
 * and only that copy is judged.  Segments that touch are merged.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dptr.h"

#define PIECE       32u         /* descriptors or PRPs read at once */
#define BUDGET      8192u       /* descriptors and entries of one command */

/* A list in the making. */
typedef struct Build {
    OcpnCtrl *c;
    OcpnReq  *r;
    OcpnDptr *d;
    uint32_t  max;              /* room in d->seg */
    uint64_t  left;             /* bytes still to be described */
    uint32_t  budget;
    bool      to_host;
    bool      stall;
    uint16_t  status;
    uint16_t  byte;             /* of the command */
} Build;

static bool refuse(Build *b, uint16_t status, size_t byte)
{
    b->status = status;
    b->byte = (uint16_t)byte;
    return false;
}

/* From the request's own segments to a big list. */
static bool grow(Build *b)
{
    const OcpnPools *p = &ocpn_req_cq(b->r)->pools;

    if (b->d->seg == b->r->big_seg || b->d == &b->r->meta) {
        return refuse(b, NVME_SC_SGL_COUNT_INVALID, offsetof(NvmeCmd, dptr));
    }
    if (!ocpn_big_get(b->c, b->r)) {
        b->stall = p->big_mem != NULL;
        return refuse(b, NVME_SC_INTERNAL, OCPN_NO_BYTE);
    }
    memcpy(b->r->big_seg, b->d->seg, b->d->nseg * sizeof(OcpnSeg));
    b->d->seg = b->r->big_seg;
    b->max = p->big_nsegs;
    return true;
}

/* Append LEN bytes at ADDR. */
static bool add(Build *b, uint64_t addr, uint64_t len)
{
    OcpnDptr *d = b->d;
    OcpnSeg *last = d->nseg ? &d->seg[d->nseg - 1] : NULL;
    bool bucket = addr == OCPN_SEG_BUCKET;

    if (!bucket && addr + (len - 1) < addr) {
        return refuse(b, NVME_SC_DATA_TRANSFER_ERROR, OCPN_NO_BYTE);
    }
    b->left -= len;
    d->len += len;
    if (last && (bucket ? last->addr == addr
                        : last->addr != OCPN_SEG_BUCKET && addr &&
                          last->addr + last->len == addr)) {
        last->len += len;
        return true;
    }
    if (d->nseg == b->max && !grow(b)) {
        return false;
    }
    d->seg[d->nseg++] = (OcpnSeg) { addr, len };
    return true;
}

static bool spend(Build *b, uint32_t n)
{
    if (n > b->budget) {
        return refuse(b, NVME_SC_SGL_COUNT_INVALID, offsetof(NvmeCmd, dptr));
    }
    b->budget -= n;
    return true;
}

static bool load(Build *b, uint64_t addr, void *buf, size_t len)
{
    if (b->c->port.read(b->c->port.opaque, addr, buf, len)) {
        return true;
    }
    return refuse(b, NVME_SC_DATA_TRANSFER_ERROR, OCPN_NO_BYTE);
}

/* The pages of N entries at E. */
static bool add_pages(Build *b, const Le64 *e, uint32_t n)
{
    const uint64_t page = b->c->page_size;
    OcpnDptr *d = b->d;
    OcpnSeg *last = &d->seg[d->nseg - 1];       /* PRP entry 1 at least */

    for (uint32_t i = 0; i < n; i++) {
        uint64_t at = from_le64(e[i]);
        uint64_t len = b->left < page ? b->left : page;

        if (at & (page - 1)) {
            return refuse(b, NVME_SC_PRP_OFFSET_INVALID,
                          offsetof(NvmeCmd, dptr.prp2));
        }
        b->left -= len;
        d->len += len;
        if (at && last->addr + last->len == at) {
            last->len += len;
            continue;
        }
        if (d->nseg == b->max && !grow(b)) {
            return false;
        }
        last = &d->seg[d->nseg++];
        *last = (OcpnSeg) { at, len };
    }
    return true;
}

/*
 * The PRP list at ADDR: it fills its page; the last entry of a page leads to
 * the next page if there is more to come.
 */
static bool prp_list(Build *b, uint64_t addr)
{
    const uint64_t page = b->c->page_size;
    const size_t byte = offsetof(NvmeCmd, dptr.prp2);
    Le64 e[PIECE];

    if (addr & 7) {
        return refuse(b, NVME_SC_PRP_OFFSET_INVALID, byte);
    }
    while (b->left) {
        uint64_t room = (page - (addr & (page - 1))) / sizeof(e[0]);
        uint64_t want = (b->left + page - 1) / page;
        uint32_t n = (uint32_t)(room < PIECE ? room : PIECE);
        bool chain = want > room && n == room;

        if (want < n) {
            n = (uint32_t)want;
        }
        if (!spend(b, n) || !load(b, addr, e, n * sizeof(e[0]))) {
            return false;
        }
        addr += n * sizeof(e[0]);
        if (!add_pages(b, e, n - chain)) {
            return false;
        }
        if (chain) {
            addr = from_le64(e[n - 1]);
            if (addr & (page - 1)) {
                return refuse(b, NVME_SC_PRP_OFFSET_INVALID, byte);
            }
        }
    }
    return true;
}

/*
 * A transfer of up to two pages needs no list, and most are.  False: it is
 * another one, or one with something to refuse; nothing is described then.
 */
static bool two_pages(const OcpnCtrl *c, OcpnReq *r, uint64_t len)
{
    const uint64_t page = c->page_size;
    uint64_t prp1 = from_le64(r->cmd.dptr.prp1);
    uint64_t prp2 = from_le64(r->cmd.dptr.prp2);
    uint64_t first = page - (prp1 & (page - 1));
    OcpnSeg *seg = r->inline_seg;

    /* The last page ends behind all addresses, and one is OCPN_SEG_BUCKET. */
    if (prp1 & 3 || prp1 >= UINT64_MAX - 2 * page) {
        return false;
    }
    if (len > first) {
        if (len - first > page || prp2 & (page - 1) ||
            prp2 >= UINT64_MAX - 2 * page) {
            return false;
        }
        if (prp1 + first != prp2) {
            seg[0] = (OcpnSeg) { prp1, first };
            seg[1] = (OcpnSeg) { prp2, len - first };
            r->data = (OcpnDptr) { .seg = seg, .nseg = 2, .len = len };
            return true;
        }
    }
    seg[0] = (OcpnSeg) { prp1, len };
    r->data = (OcpnDptr) { .seg = seg, .nseg = 1, .len = len };
    return true;
}

static bool prps(Build *b)
{
    const uint64_t page = b->c->page_size;
    uint64_t prp1 = from_le64(b->r->cmd.dptr.prp1);
    uint64_t prp2 = from_le64(b->r->cmd.dptr.prp2);
    uint64_t first = page - (prp1 & (page - 1));

    if (prp1 & 3) {
        return refuse(b, NVME_SC_PRP_OFFSET_INVALID,
                      offsetof(NvmeCmd, dptr.prp1));
    }
    if (!add(b, prp1, first < b->left ? first : b->left)) {
        return false;
    }
    if (!b->left) {
        return true;
    }
    if (b->left > page) {
        return prp_list(b, prp2);
    }
    if (prp2 & (page - 1)) {
        return refuse(b, NVME_SC_PRP_OFFSET_INVALID,
                      offsetof(NvmeCmd, dptr.prp2));
    }
    return add(b, prp2, b->left);
}

/* A descriptor that describes data.  Bytes beyond the transfer are unused. */
static bool sgl_data(Build *b, const NvmeSgl *s)
{
    uint64_t len = from_le32(s->len);
    uint8_t type = FIELD_GET(NVME_SGL_TYPE, s->type);
    uint64_t addr = from_le64(s->addr);

    if (FIELD_GET(NVME_SGL_SUBTYPE, s->type) != NVME_SGL_SUB_ADDRESS ||
        (type != NVME_SGL_DATA_BLOCK && type != NVME_SGL_BIT_BUCKET)) {
        return refuse(b, NVME_SC_SGL_TYPE_INVALID, offsetof(NvmeCmd, dptr));
    }
    if (type == NVME_SGL_BIT_BUCKET) {
        if (!b->to_host) {
            return true;        /* shall be ignored on writes */
        }
        addr = OCPN_SEG_BUCKET;
    } else if (addr == OCPN_SEG_BUCKET) {   /* no such byte of memory */
        return refuse(b, NVME_SC_DATA_TRANSFER_ERROR, OCPN_NO_BYTE);
    }
    if (len > b->left) {
        len = b->left;
    }
    return !len || add(b, addr, len);
}

/*
 * The descriptors at ADDR; the last of a non-last segment leads on.  NEXT is
 * the segment descriptor that comes, or has length 0.
 */
static bool sgl_segment(Build *b, const NvmeSgl *seg, NvmeSgl *next)
{
    bool last = FIELD_GET(NVME_SGL_TYPE, seg->type) == NVME_SGL_LAST_SEGMENT;
    uint64_t addr = from_le64(seg->addr);
    uint32_t len = from_le32(seg->len);
    uint32_t n = len / sizeof(NvmeSgl);
    NvmeSgl s[PIECE];

    memset(next, 0, sizeof(*next));
    if (!len || len % sizeof(NvmeSgl)) {
        return refuse(b, NVME_SC_SGL_SEGMENT_INVALID,
                      offsetof(NvmeCmd, dptr));
    }
    while (n && b->left) {
        uint32_t k = n < PIECE ? n : PIECE;

        if (!spend(b, k) || !load(b, addr, s, k * sizeof(s[0]))) {
            return false;
        }
        for (uint32_t i = 0; i < k && b->left; i++) {
            uint8_t type = FIELD_GET(NVME_SGL_TYPE, s[i].type);

            if (!last && n - i == 1 && (type == NVME_SGL_SEGMENT ||
                                        type == NVME_SGL_LAST_SEGMENT)) {
                *next = s[i];
                return true;
            }
            if (type == NVME_SGL_SEGMENT || type == NVME_SGL_LAST_SEGMENT) {
                return refuse(b, last ? NVME_SC_SGL_SEGMENT_INVALID
                                      : NVME_SC_SGL_COUNT_INVALID,
                              offsetof(NvmeCmd, dptr));
            }
            if (!sgl_data(b, &s[i])) {
                return false;
            }
        }
        n -= k;
        addr += k * sizeof(s[0]);
    }
    return true;
}

/* The list that begins with SGL; SHORT is the status if it ends too early. */
static bool sgls(Build *b, NvmeSgl sgl, uint16_t too_short)
{
    uint8_t type = FIELD_GET(NVME_SGL_TYPE, sgl.type);

    if (type != NVME_SGL_SEGMENT && type != NVME_SGL_LAST_SEGMENT) {
        if (!sgl_data(b, &sgl)) {
            return false;
        }
    } else {
        NvmeSgl next;

        do {
            if (FIELD_GET(NVME_SGL_SUBTYPE, sgl.type)) {
                return refuse(b, NVME_SC_SGL_TYPE_INVALID,
                              offsetof(NvmeCmd, dptr));
            }
            if (!spend(b, 1) || !sgl_segment(b, &sgl, &next)) {
                return false;
            }
            sgl = next;
        } while (b->left && next.type);
    }
    return !b->left || refuse(b, too_short, offsetof(NvmeCmd, dptr));
}

static OcpnFlow result(Build *b, bool ok)
{
    if (ok) {
        return FLOW_PENDING;
    }
    if (b->stall) {
        return FLOW_STALL;
    }
    if (b->d == &b->r->meta && b->byte == offsetof(NvmeCmd, dptr)) {
        b->byte = offsetof(NvmeCmd, mptr);
    }
    return ocpn_reject_at(b->c, b->r, b->status, b->byte, 0);
}

static OcpnFlow build_data(OcpnCtrl *c, OcpnReq *r, uint64_t len,
                           bool to_host)
{
    Build b = {
        .c = c, .r = r, .d = &r->data, .max = OCPN_REQ_NSEGS, .left = len,
        .budget = BUDGET, .to_host = to_host,
    };

    r->data = (OcpnDptr) { .seg = r->inline_seg };
    if (!len) {
        return FLOW_PENDING;
    }
    if (FIELD_GET(NVME_CMD_PSDT, r->cmd.flags) == NVME_CMD_PSDT_PRP) {
        return result(&b, prps(&b));
    }
    return result(&b, sgls(&b, r->cmd.dptr.sgl,
                           NVME_SC_SGL_DATA_LEN_INVALID));
}

OcpnFlow ocpn_dptr_data(OcpnCtrl *c, OcpnReq *r, uint64_t len, bool to_host)
{
    if (len && !FIELD_GET(NVME_CMD_PSDT, r->cmd.flags) &&
        two_pages(c, r, len)) {
        return FLOW_PENDING;
    }
    return build_data(c, r, len, to_host);
}

OcpnFlow ocpn_dptr_meta(OcpnCtrl *c, OcpnReq *r, uint64_t len)
{
    Build b = {
        .c = c, .r = r, .d = &r->meta, .left = len, .budget = BUDGET,
        .max = sizeof(r->meta_seg) / sizeof(r->meta_seg[0]),
        .to_host = (r->cmd.opc & 3) == 2,   /* opcodes say the direction */
    };
    uint8_t psdt = FIELD_GET(NVME_CMD_PSDT, r->cmd.flags);
    uint64_t mptr = from_le64(r->cmd.mptr);
    NvmeSgl sgl;

    r->meta = (OcpnDptr) { .seg = r->meta_seg };
    if (psdt != NVME_CMD_PSDT_SGL_MPTR) {
        if (psdt == NVME_CMD_PSDT_PRP && mptr & 3) {
            return REJECT(c, r, INVALID_FIELD, mptr);
        }
        return result(&b, add(&b, mptr, len));
    }
    if (mptr & 7) {
        return REJECT(c, r, SGL_OFFSET_INVALID, mptr);
    }
    if (!load(&b, mptr, &sgl, sizeof(sgl))) {
        return result(&b, false);
    }
    return result(&b, sgls(&b, sgl, NVME_SC_SGL_MD_LEN_INVALID));
}
