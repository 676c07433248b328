/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: guest buffers, PRP lists, SGL descriptors, and reads
 * and writes of namespace 1.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

uint64_t qocpn_buf(QOcpn *q, size_t size)
{
    size_t bytes = ROUND_UP(size, QOCPN_PAGE);
    uint64_t addr = guest_alloc(q->alloc, bytes);

    qtest_memset(q->qts, addr, 0, bytes);
    return addr;
}

void qocpn_prp(QOcpn *q, QOcpnCmd *cmd, uint64_t addr, size_t len,
               uint64_t list)
{
    uint64_t page = ROUND_DOWN(addr, QOCPN_PAGE) + QOCPN_PAGE;
    uint64_t end = addr + len;
    unsigned n = 0;

    cmd->prp1 = addr;
    cmd->prp2 = 0;
    if (page >= end) {
        return;
    }
    if (page + QOCPN_PAGE >= end) {
        cmd->prp2 = page;
        return;
    }
    cmd->prp2 = list;
    for (; page < end; page += QOCPN_PAGE) {
        /* The last entry of a list page leads on when more are to come. */
        if (n == QOCPN_PAGE / 8 - 1 && page + QOCPN_PAGE < end) {
            qtest_writeq(q->qts, list + n * 8, list + QOCPN_PAGE);
            list += QOCPN_PAGE;
            n = 0;
        }
        qtest_writeq(q->qts, list + n * 8, page);
        n++;
    }
}

QOcpnCmd qocpn_rw(uint8_t opc, uint64_t slba, uint32_t nlb)
{
    return (QOcpnCmd) {
        .opc = opc,
        .nsid = 1,
        .cdw10 = slba,
        .cdw11 = slba >> 32,
        .cdw12 = nlb - 1,
    };
}

QOcpnCqe qocpn_read(QOcpn *q, uint64_t slba, uint32_t nlb, void *buf,
                    void *md)
{
    QOcpnCmd cmd = qocpn_rw(0x02, slba, nlb);
    size_t len = (size_t)nlb * q->lba_size;
    QOcpnCqe cqe;

    g_assert_cmpuint(len, <=, QOCPN_BUF_SIZE);
    qocpn_prp(q, &cmd, q->buf, len, q->list);
    cmd.mptr = md ? q->md : 0;
    cqe = qocpn_io(q, &cmd);
    if (buf) {
        qtest_memread(q->qts, q->buf, buf, len);
    }
    if (md) {
        qtest_memread(q->qts, q->md, md, (size_t)nlb * q->ms);
    }
    return cqe;
}

QOcpnCqe qocpn_write(QOcpn *q, uint64_t slba, uint32_t nlb, const void *buf,
                     const void *md)
{
    QOcpnCmd cmd = qocpn_rw(0x01, slba, nlb);
    size_t len = (size_t)nlb * q->lba_size;

    g_assert_cmpuint(len, <=, QOCPN_BUF_SIZE);
    qocpn_prp(q, &cmd, q->buf, len, q->list);
    qtest_bufwrite(q->qts, q->buf, buf, len);
    if (md) {
        cmd.mptr = q->md;
        qtest_bufwrite(q->qts, q->md, md, (size_t)nlb * q->ms);
    }
    return qocpn_io(q, &cmd);
}

void qocpn_expect(QOcpn *q, uint64_t slba, uint32_t nlb, const void *want)
{
    size_t len = (size_t)nlb * q->lba_size;
    g_autofree uint8_t *got = g_malloc(len);
    const uint8_t *b = want;

    QOCPN_OK(qocpn_read(q, slba, nlb, got, NULL));
    for (size_t i = 0; i < len; i++) {
        if (got[i] != b[i]) {
            g_test_message("LBA %" PRIu64 " + %u: byte %zu is %02x, not %02x",
                           slba, nlb, i, got[i], b[i]);
            g_test_fail();
            return;
        }
    }
}

void qocpn_expect_zero(QOcpn *q, uint64_t slba, uint32_t nlb)
{
    g_autofree uint8_t *zero = g_malloc0((size_t)nlb * q->lba_size);

    qocpn_expect(q, slba, nlb, zero);
}

uint64_t qocpn_ns_size(QOcpn *q)
{
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    return ldq_le_p(id);
}

bool qocpn_is_zero(const void *buf, size_t len)
{
    const uint8_t *b = buf;

    for (size_t i = 0; i < len; i++) {
        if (b[i]) {
            return false;
        }
    }
    return true;
}

void qocpn_pattern(void *buf, size_t len, uint32_t seed)
{
    uint8_t *b = buf;
    uint32_t x = seed * 2654435761u + 1;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        b[i] = x >> 24;
    }
}

bool qocpn_is_pattern(const void *buf, size_t len, uint32_t a, uint32_t b)
{
    g_autofree uint8_t *want = g_malloc(2 * len);
    const uint8_t *got = buf;

    qocpn_pattern(want, len, a);
    qocpn_pattern(want + len, len, b);
    for (size_t i = 0; i < len; i += 4) {
        if (memcmp(got + i, want + i, 4) &&
            memcmp(got + i, want + len + i, 4)) {
            return false;
        }
    }
    return true;
}

void qocpn_sgl(QOcpn *q, uint64_t at, uint8_t type, uint64_t addr,
               uint32_t len)
{
    uint8_t d[16] = { 0 };

    stq_le_p(d, addr);
    stl_le_p(d + 8, len);
    d[15] = type;
    qtest_memwrite(q->qts, at, d, sizeof(d));
}

void qocpn_sgl1(QOcpnCmd *cmd, uint8_t type, uint64_t addr, uint32_t len)
{
    cmd->flags = 1 << 6;
    cmd->prp1 = addr;
    cmd->prp2 = (uint64_t)type << 56 | len;
}
