/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the optional NVM commands on a conventional namespace.
 * Proves: NVM Command Set 1.0: Compare, Write Zeroes, Verify, Write
 * Uncorrectable, Dataset Management and Copy commands.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define MDTS        (512 * KiB)

/* Proves: NVM Command Set 1.0, Compare command */
static void compare_of(QOcpn *q)
{
    unsigned nlb = 16 * KiB / q->lba_size;
    uint8_t data[16 * KiB];
    QOcpnCmd cmd = qocpn_rw(NVME_IO_COMPARE, 3, nlb);

    qocpn_pattern(data, sizeof(data), 4);
    QOCPN_OK(qocpn_write(q, 3, nlb, data, NULL));
    qocpn_prp(q, &cmd, q->buf, sizeof(data), q->list);
    qtest_bufwrite(q->qts, q->buf, data, sizeof(data));
    QOCPN_OK(qocpn_io(q, &cmd));
    for (unsigned at = 0; at < sizeof(data); at += 1023) {
        qtest_writeb(q->qts, q->buf + at, data[at] ^ 0x40);
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_COMPARE_FAILURE);
        qtest_writeb(q->qts, q->buf + at, data[at]);
    }
    QOCPN_OK(qocpn_io(q, &cmd));
    qocpn_expect(q, 3, nlb, data);
}

static void compare(void)
{
    qocpn_each_size(compare_of);
}

/* Proves: NVM Command Set 1.0, Write Zeroes command */
static void write_zeroes_of(QOcpn *q)
{
    unsigned nlb = 64 * KiB / q->lba_size;
    g_autofree uint8_t *data = g_malloc(64 * KiB);
    QOcpnCmd cmd;

    qocpn_pattern(data, 64 * KiB, 5);
    QOCPN_OK(qocpn_write(q, 10, nlb, data, NULL));
    cmd = qocpn_rw(NVME_IO_WRITE_ZEROES, 12, 3);
    QOCPN_OK(qocpn_io(q, &cmd));
    memset(data + 2 * q->lba_size, 0, 3 * q->lba_size);
    qocpn_expect(q, 10, nlb, data);
    /* Deallocate instead: reads zeroes too, as DLFEAT says. */
    cmd = qocpn_rw(NVME_IO_WRITE_ZEROES, 16, 2);
    cmd.cdw12 |= 1u << 25;
    QOCPN_OK(qocpn_io(q, &cmd));
    memset(data + 6 * q->lba_size, 0, 2 * q->lba_size);
    qocpn_expect(q, 10, nlb, data);
}

static void write_zeroes(void)
{
    qocpn_each_size(write_zeroes_of);
}

/* Not limited by MDTS: 65536 blocks, or all there are. */
static void write_zeroes_long(void)
{
    QOcpn *q = qocpn_start_lba(512);
    uint64_t n = MIN(qocpn_ns_size(q), 65536);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE_ZEROES, 0, n);
    uint8_t data[512];

    qocpn_pattern(data, sizeof(data), 6);
    QOCPN_OK(qocpn_write(q, 0, 1, data, NULL));
    QOCPN_OK(qocpn_write(q, n - 1, 1, data, NULL));
    QOCPN_OK(qocpn_io(q, &cmd));
    qocpn_expect_zero(q, 0, 1);
    qocpn_expect_zero(q, n - 1, 1);
    qocpn_stop(q);
}

/* Proves: NVM Command Set 1.0, Verify command: no data moves */
static void verify(void)
{
    QOcpn *q = qocpn_start_lba(512);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_VERIFY, 0, 8);
    uint8_t data[4096], got[4096];

    qocpn_pattern(data, sizeof(data), 7);
    QOCPN_OK(qocpn_write(q, 0, 8, data, NULL));
    qtest_memset(q->qts, q->buf, 0xa5, sizeof(got));
    cmd.prp1 = q->buf;
    QOCPN_OK(qocpn_io(q, &cmd));
    qtest_memread(q->qts, q->buf, got, sizeof(got));
    for (unsigned i = 0; i < sizeof(got); i++) {
        g_assert_cmphex(got[i], ==, 0xa5);
    }
    qocpn_stop(q);
}

/* Proves: NVM Command Set 1.0, Write Uncorrectable command */
static void write_uncorrectable_of(QOcpn *q)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE_UNCOR, 20, 4);
    QOcpnCmd verify_cmd = qocpn_rw(NVME_IO_VERIFY, 18, 8);
    uint8_t data[8 * 4096];

    qocpn_pattern(data, sizeof(data), 8);
    QOCPN_OK(qocpn_write(q, 18, 8, data, NULL));
    QOCPN_OK(qocpn_io(q, &cmd));
    for (unsigned i = 0; i < 8; i++) {
        bool bad = i >= 2 && i < 6;

        g_assert_cmphex(QOCPN_SC(qocpn_read(q, 18 + i, 1, NULL, NULL)), ==,
                        bad ? NVME_SC_UNRECOVERED_READ : 0);
    }
    QOCPN_STATUS(qocpn_read(q, 18, 8, NULL, NULL), NVME_SC_UNRECOVERED_READ);
    QOCPN_STATUS(qocpn_io(q, &verify_cmd), NVME_SC_UNRECOVERED_READ);
    /* Writing heals, block by block. */
    QOCPN_OK(qocpn_write(q, 21, 1, data, NULL));
    qocpn_expect(q, 21, 1, data);
    QOCPN_STATUS(qocpn_read(q, 20, 2, NULL, NULL), NVME_SC_UNRECOVERED_READ);
    QOCPN_OK(qocpn_write(q, 18, 8, data, NULL));
    qocpn_expect(q, 18, 8, data);
}

static void write_uncorrectable(void)
{
    qocpn_each_size(write_uncorrectable_of);
}

static QOcpnCqe dsm(QOcpn *q, unsigned ranges, uint32_t cdw11)
{
    QOcpnCmd cmd = {
        .opc = NVME_IO_DSM, .nsid = 1, .cdw10 = ranges - 1, .cdw11 = cdw11,
    };

    qocpn_prp(q, &cmd, q->buf, ranges * 16, q->list);
    return qocpn_io(q, &cmd);
}

static void dsm_range(QOcpn *q, unsigned i, uint64_t slba, uint32_t nlb)
{
    qtest_writel(q->qts, q->buf + i * 16, 0);
    qtest_writel(q->qts, q->buf + i * 16 + 4, nlb);
    qtest_writeq(q->qts, q->buf + i * 16 + 8, slba);
}

/* Proves: NVM Command Set 1.0, Dataset Management command; DLFEAT */
static void deallocate(void)
{
    QOcpn *q = qocpn_start_lba(4096);
    g_autofree uint8_t *data = g_malloc(MDTS);
    unsigned nlb = MDTS / 4096;
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    qocpn_pattern(data, MDTS, 9);
    QOCPN_OK(qocpn_write(q, 0, nlb, data, NULL));
    dsm_range(q, 0, 4, 2);
    dsm_range(q, 1, 9, 1);
    dsm_range(q, 2, 64, 32);
    QOCPN_OK(dsm(q, 3, 1 << 2));
    if ((id[33] & 7) == 1) {                /* DLFEAT: reads as zeroes */
        memset(data + 4 * 4096, 0, 2 * 4096);
        memset(data + 9 * 4096, 0, 4096);
        memset(data + 64 * 4096, 0, 32 * 4096);
        qocpn_expect(q, 0, nlb, data);
    }
    /* Hints without Deallocate leave everything alone. */
    QOCPN_OK(qocpn_write(q, 0, nlb, data, NULL));
    dsm_range(q, 0, 0, nlb);
    QOCPN_OK(dsm(q, 1, 1 << 0 | 1 << 1));
    qocpn_expect(q, 0, nlb, data);
    qocpn_stop(q);
}

static void deallocate_256_ranges(void)
{
    QOcpn *q = qocpn_start_lba(4096);
    uint8_t data[4096];

    qocpn_pattern(data, sizeof(data), 10);
    for (unsigned i = 0; i < 512; i++) {
        QOCPN_OK(qocpn_write(q, i, 1, data, NULL));
    }
    for (unsigned i = 0; i < 256; i++) {
        dsm_range(q, i, 2 * i, 1);
    }
    QOCPN_OK(dsm(q, 256, 1 << 2));
    for (unsigned i = 0; i < 512; i += 51) {
        if (i & 1) {
            qocpn_expect(q, i, 1, data);
        } else {
            qocpn_expect_zero(q, i, 1);
        }
    }
    qocpn_stop(q);
}

static void deallocate_out_of_range(void)
{
    QOcpn *q = qocpn_start_lba(512);
    uint64_t n = qocpn_ns_size(q);

    dsm_range(q, 0, n, 1);
    QOCPN_STATUS(dsm(q, 1, 1 << 2), NVME_SC_LBA_RANGE);
    dsm_range(q, 0, n - 1, 2);
    QOCPN_STATUS(dsm(q, 1, 1 << 2), NVME_SC_LBA_RANGE);
    dsm_range(q, 0, UINT64_MAX, UINT32_MAX);
    QOCPN_STATUS(dsm(q, 1, 1 << 2), NVME_SC_LBA_RANGE);
    qocpn_stop(q);
}

static void copy_range(QOcpn *q, unsigned i, uint64_t slba, unsigned nlb)
{
    qtest_memset(q->qts, q->buf + i * 32, 0, 32);
    qtest_writeq(q->qts, q->buf + i * 32 + 8, slba);
    qtest_writew(q->qts, q->buf + i * 32 + 16, nlb - 1);
}

static QOcpnCqe copy_to(QOcpn *q, uint64_t sdlba, unsigned ranges,
                        unsigned format)
{
    QOcpnCmd cmd = {
        .opc = NVME_IO_COPY, .nsid = 1, .cdw10 = sdlba,
        .cdw11 = sdlba >> 32, .cdw12 = (ranges - 1) | format << 8,
    };

    qocpn_prp(q, &cmd, q->buf, ranges * 32, q->list);
    return qocpn_io(q, &cmd);
}

/* Proves: NVM Command Set 1.0, Copy command, descriptor format 0 */
static void copy_of(QOcpn *q)
{
    unsigned b = q->lba_size;
    uint8_t data[16 * 4096], want[8 * 4096];

    qocpn_pattern(data, sizeof(data), 11);
    QOCPN_OK(qocpn_write(q, 0, 16, data, NULL));
    copy_range(q, 0, 8, 3);
    copy_range(q, 1, 1, 1);
    copy_range(q, 2, 12, 4);
    QOCPN_OK(copy_to(q, 100, 3, 0));
    memcpy(want, data + 8 * b, 3 * b);
    memcpy(want + 3 * b, data + b, b);
    memcpy(want + 4 * b, data + 12 * b, 4 * b);
    qocpn_expect(q, 100, 8, want);
    qocpn_expect(q, 0, 16, data);
    qocpn_expect_zero(q, 108, 1);
}

static void copy(void)
{
    qocpn_each_size(copy_of);
}

/* MSSRL, MCL and MSRC of Identify Namespace: bytes 74, 76 and 80. */
static void copy_limits(void)
{
    QOcpn *q = qocpn_start_lba(512);
    uint64_t n = qocpn_ns_size(q);
    uint8_t id[4096];
    unsigned mssrl, mcl, ranges;

    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    mssrl = lduw_le_p(id + 74);
    mcl = ldl_le_p(id + 76);
    ranges = id[80] + 1;
    copy_range(q, 0, 0, mssrl);
    QOCPN_OK(copy_to(q, 1000, 1, 0));
    if (mssrl < 65535) {
        copy_range(q, 0, 0, mssrl + 1);
        QOCPN_STATUS(copy_to(q, 1000, 1, 0), NVME_SC_CMD_SIZE_LIMIT);
    }
    if (mcl < ranges * mssrl) {
        unsigned i;

        for (i = 0; i * mssrl <= mcl; i++) {
            copy_range(q, i, 0, mssrl);
        }
        QOCPN_STATUS(copy_to(q, 1000, i, 0), NVME_SC_CMD_SIZE_LIMIT);
    }
    copy_range(q, 0, n - 1, 2);
    QOCPN_STATUS(copy_to(q, 0, 1, 0), NVME_SC_LBA_RANGE);
    copy_range(q, 0, 0, 2);
    QOCPN_STATUS(copy_to(q, n - 1, 1, 0), NVME_SC_LBA_RANGE);
    QOCPN_STATUS(copy_to(q, UINT64_MAX, 1, 0), NVME_SC_LBA_RANGE);
    QOCPN_STATUS(copy_to(q, 0, 1, 15), NVME_SC_INVALID_FIELD);
    if (ranges < 256) {
        for (unsigned i = 0; i <= ranges; i++) {
            copy_range(q, i, 0, 1);
        }
        QOCPN_STATUS(copy_to(q, 0, ranges + 1, 0), NVME_SC_CMD_SIZE_LIMIT);
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "Compare finds one wrong byte", compare },
    { "Write Zeroes clears its blocks", write_zeroes },
    { "Write Zeroes takes 65536 blocks", write_zeroes_long },
    { "Verify moves no data", verify },
    { "Write Uncorrectable lasts until the next write",
      write_uncorrectable, "hw/nvme has no Write Uncorrectable" },
    { "Deallocate clears its ranges", deallocate },
    { "Deallocate takes 256 ranges", deallocate_256_ranges },
    { "Deallocate past the end is refused", deallocate_out_of_range,
      "hw/nvme skips such ranges" },
    { "Copy gathers its ranges", copy },
    { "Copy keeps its limits", copy_limits },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "nvm-opt", tests, ARRAY_SIZE(tests));
}
