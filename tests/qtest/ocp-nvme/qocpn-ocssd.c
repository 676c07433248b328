/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: Geometry, Chunk Information and vector commands of an
 * open-channel namespace, at the byte offsets of OCSSD 2.0.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define LID_CHUNK_INFO  0xca
#define OPC_GEOMETRY    0xe2
#define OPC_RESET       0x90

#define CHUNK_BYTES     32
#define MAX_VECTOR      64

QOcpnGeometry qocpn_geometry(QOcpn *q)
{
    uint8_t b[4096];

    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = OPC_GEOMETRY, .nsid = 1, .prp1 = q->buf,
    }));
    qtest_memread(q->qts, q->buf, b, sizeof(b));
    return (QOcpnGeometry) {
        .grp_bits = b[8],
        .pu_bits = b[9],
        .chk_bits = b[10],
        .lb_bits = b[11],
        .mccap = ldl_le_p(b + 16),
        .wit = b[32],
        .num_grp = lduw_le_p(b + 64),
        .num_pu = lduw_le_p(b + 66),
        .num_chk = ldl_le_p(b + 68),
        .clba = ldl_le_p(b + 72),
        .ws_min = ldl_le_p(b + 128),
        .ws_opt = ldl_le_p(b + 132),
        .mw_cunits = ldl_le_p(b + 136),
        .maxoc = ldl_le_p(b + 140),
        .maxocpu = ldl_le_p(b + 144),
    };
}

static QOcpnChunk decode_chunk(const uint8_t *b)
{
    return (QOcpnChunk) {
        .cs = b[0],
        .ct = b[1],
        .wli = b[2],
        .slba = ldq_le_p(b + 8),
        .cnlb = ldq_le_p(b + 16),
        .wp = ldq_le_p(b + 24),
    };
}

QOcpnChunk qocpn_chunk(QOcpn *q, unsigned index)
{
    uint8_t b[CHUNK_BYTES];

    g_assert_cmphex(qocpn_get_log(q, LID_CHUNK_INFO, 1,
                                  (uint64_t)index * CHUNK_BYTES, b,
                                  sizeof(b)), ==, 0);
    return decode_chunk(b);
}

uint64_t qocpn_lba(const QOcpnGeometry *g, unsigned grp, unsigned pu,
                   unsigned chk, uint64_t lb)
{
    uint64_t lba = grp;

    lba = lba << g->pu_bits | pu;
    lba = lba << g->chk_bits | chk;
    return lba << g->lb_bits | lb;
}

/* A list of one is the LBA itself; a longer one lies at AT (VEC-R1). */
static uint64_t put_list(QOcpn *q, uint64_t at, const uint64_t *lba,
                         unsigned count)
{
    if (count == 1) {
        return lba[0];
    }
    for (unsigned i = 0; i < count; i++) {
        qtest_writeq(q->qts, at + 8 * i, lba[i]);
    }
    return at;
}

QOcpnCqe qocpn_vector(QOcpn *q, const QOcpnVector *v)
{
    bool write = v->opc == 0x91;
    bool data = write || v->opc == 0x92;
    size_t len = data ? (size_t)v->count * q->lba_size : 0;
    size_t md_len = v->count * (data ? q->ms : CHUNK_BYTES);
    uint64_t lists = q->md + 32 * KiB;
    uint64_t list = put_list(q, lists, v->lba, v->count);
    QOcpnCmd cmd = {
        .opc = v->opc,
        .nsid = 1,
        .mptr = v->md ? q->md : 0,
        .cdw10 = list,
        .cdw11 = list >> 32,
        .cdw12 = v->count - 1,
    };
    QOcpnCqe cqe;

    g_assert_cmpuint(v->count, >=, 1);
    g_assert_cmpuint(v->count, <=, MAX_VECTOR);
    if (v->dst) {
        list = put_list(q, lists + 8 * MAX_VECTOR, v->dst, v->count);
        cmd.cdw14 = list;
        cmd.cdw15 = list >> 32;
    }
    if (data) {
        qocpn_prp(q, &cmd, q->buf, len, q->list);
    }
    if (write) {
        qtest_bufwrite(q->qts, q->buf, v->data, len);
    }
    if (write && v->md) {
        qtest_bufwrite(q->qts, q->md, v->md, md_len);
    }
    cqe = qocpn_io(q, &cmd);
    if (data && !write) {
        qtest_bufread(q->qts, q->buf, v->data, len);
    }
    if (v->md && !write) {
        qtest_bufread(q->qts, q->md, v->md, md_len);
    }
    return cqe;
}

QOcpnCqe qocpn_chunk_reset(QOcpn *q, uint64_t lba)
{
    return qocpn_vector(q, &(QOcpnVector) {
        .opc = OPC_RESET, .count = 1, .lba = &lba,
    });
}
