/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: Identify, log pages, features, and refusals.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define ERROR_ENTRY     64

uint16_t qocpn_identify(QOcpn *q, uint8_t cns, uint32_t nsid, void *buf)
{
    QOcpnCqe cqe = qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_IDENTIFY, .nsid = nsid, .prp1 = q->buf, .cdw10 = cns,
    });

    qtest_memread(q->qts, q->buf, buf, 4096);
    return QOCPN_SC(cqe);
}

static QOcpnCqe get_log(QOcpn *q, uint32_t cdw10, uint32_t nsid, uint64_t off,
                        size_t len)
{
    uint32_t numd = len / 4 - 1;
    QOcpnCmd cmd = {
        .opc = NVME_ADM_GET_LOG,
        .nsid = nsid,
        .cdw10 = cdw10 | (numd & 0xffff) << 16,
        .cdw11 = numd >> 16,
        .cdw12 = off,
        .cdw13 = off >> 32,
    };

    g_assert_cmpuint(len, <=, QOCPN_BUF_SIZE);
    qocpn_prp(q, &cmd, q->buf, len, q->list);
    return qocpn_admin(q, &cmd);
}

uint16_t qocpn_get_log(QOcpn *q, uint8_t lid, uint32_t nsid, uint64_t off,
                       void *buf, size_t len)
{
    QOcpnCqe cqe = get_log(q, lid | 1 << 15, nsid, off, len);

    qtest_memread(q->qts, q->buf, buf, len);
    return QOCPN_SC(cqe);
}

void qocpn_clear_event(QOcpn *q, uint8_t lid)
{
    QOCPN_OK(get_log(q, lid, QOCPN_ALL_NS, 0, 64));
}

QOcpnCqe qocpn_get_feature(QOcpn *q, uint8_t fid, uint8_t sel, uint32_t nsid)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_GET_FEAT, .nsid = nsid, .prp1 = q->buf,
        .cdw10 = (uint32_t)sel << 8 | fid,
    });
}

QOcpnCqe qocpn_set_feature(QOcpn *q, uint8_t fid, uint32_t nsid,
                           uint32_t cdw11)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_SET_FEAT, .nsid = nsid, .prp1 = q->buf,
        .cdw10 = fid, .cdw11 = cdw11,
    });
}

/*
 * NVMe Base 2.0, "Error Information": the newest entry is the first.  Bytes
 * 8, 10, 12, 14, 24: SQID, CID, status field, parameter error location, NSID.
 */
static void check_entry(QOcpn *q, const QOcpnRefusal *r, uint16_t sqid,
                        const QOcpnCqe *cqe)
{
    uint8_t e[ERROR_ENTRY];
    uint16_t loc;

    g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 0, e, sizeof(e)),
                    ==, 0);
    loc = lduw_le_p(e + 14);
    if (r->byte2 && (loc & 0xff) == r->byte2) {
        loc = (loc & ~0xff) | r->byte;
    }
    if (lduw_le_p(e + 8) != sqid || lduw_le_p(e + 10) != cqe->cid ||
        lduw_le_p(e + 12) >> 1 != cqe->status ||
        ldl_le_p(e + 24) != r->cmd.nsid ||
        loc != (r->byte | r->bit << 8)) {
        g_test_message("%s: Error Information has SQID %u CID %u status %04x "
                       "byte %u bit %u NSID %x; expected SQID %u CID %u "
                       "status %04x byte %u bit %u NSID %x", r->what,
                       lduw_le_p(e + 8), lduw_le_p(e + 10),
                       lduw_le_p(e + 12) >> 1, loc & 0xff, loc >> 8,
                       ldl_le_p(e + 24), sqid, cqe->cid, cqe->status,
                       r->byte, r->bit, r->cmd.nsid);
        g_test_fail();
    }
}

static void refused(QOcpn *q, QOcpnQueue *queue, const QOcpnRefusal *r,
                    bool logged)
{
    QOcpnCqe cqe = qocpn_cmd(q, queue, &r->cmd);
    /* hw/nvme forgets it here and there, which is no reason to skip. */
    bool dnr = QOCPN_DNR(cqe) || qocpn_is_upstream();

    if (QOCPN_SC(cqe) != r->status || !dnr) {
        g_test_message("%s: status %03x DNR %u, expected %03x DNR 1", r->what,
                       QOCPN_SC(cqe), QOCPN_DNR(cqe), r->status);
        g_test_fail();
    } else if (logged) {
        check_entry(q, r, queue->id, &cqe);
    }
}

void qocpn_refused(QOcpn *q, QOcpnQueue *queue, const QOcpnRefusal *table,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        refused(q, queue, &table[i], false);
    }
}

void qocpn_refused_logged(QOcpn *q, QOcpnQueue *queue,
                          const QOcpnRefusal *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        refused(q, queue, &table[i], true);
    }
}

void qocpn_alive(QOcpn *q)
{
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    g_assert_cmphex(qocpn_readl(q, 0x1c) & 3, ==, 1);
    QOCPN_OK(qocpn_read(q, 0, 1, NULL, NULL));
}
