/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the NVM command set on a conventional namespace.
 * Proves: NVM Command Set 1.0, NVM Command Set commands: Read, Write and
 * Flush.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define MDTS        (512 * KiB)

/* Random reads and writes against a copy of the namespace kept here. */
static void model(QOcpn *q)
{
    uint64_t blocks = 4 * MiB / q->lba_size;
    g_autofree uint8_t *copy = g_malloc0(4 * MiB);
    GRand *rand = g_rand_new_with_seed(20);

    for (unsigned i = 0; i < 400; i++) {
        uint64_t slba = g_rand_int_range(rand, 0, blocks);
        uint32_t nlb = g_rand_int_range(rand, 1, 64 * KiB / q->lba_size + 1);
        uint8_t *at = copy + slba * q->lba_size;

        nlb = MIN(nlb, blocks - slba);
        if (g_rand_boolean(rand)) {
            qocpn_pattern(at, nlb * q->lba_size, i);
            QOCPN_OK(qocpn_write(q, slba, nlb, at, NULL));
        } else {
            qocpn_expect(q, slba, nlb, at);
        }
    }
    for (uint64_t slba = 0; slba < blocks; slba += MDTS / q->lba_size) {
        qocpn_expect(q, slba, MDTS / q->lba_size, copy + slba * q->lba_size);
    }
    g_rand_free(rand);
}

static void random_io(void)
{
    qocpn_each_size(model);
}

static void last_block_of(QOcpn *q)
{
    uint64_t last = qocpn_ns_size(q) - 1;
    uint8_t a[4096], b[4096];

    qocpn_pattern(a, sizeof(a), 1);
    qocpn_pattern(b, sizeof(b), 2);
    QOCPN_OK(qocpn_write(q, 0, 1, a, NULL));
    QOCPN_OK(qocpn_write(q, last, 1, b, NULL));
    qocpn_expect(q, 0, 1, a);
    qocpn_expect(q, last, 1, b);
    qocpn_expect_zero(q, 1, 1);
    qocpn_expect_zero(q, last - 1, 1);
}

static void first_and_last_block(void)
{
    qocpn_each_size(last_block_of);
}

/* Every command with an LBA range, at the end of the namespace. */
static void out_of_range(void)
{
    static const uint8_t opc[] = {
        NVME_IO_READ, NVME_IO_WRITE, NVME_IO_COMPARE, NVME_IO_WRITE_ZEROES,
        NVME_IO_VERIFY,
    };
    QOcpn *q = qocpn_start_lba(512);
    uint64_t n = qocpn_ns_size(q);
    const struct {
        uint64_t slba;
        uint32_t nlb;
    } t[] = {
        { n, 1 }, { n - 1, 2 }, { n - 7, 8 }, { UINT64_MAX, 1 },
        { UINT64_MAX, 2 }, { UINT64_MAX - 7, 8 }, { 1ull << 63, 1 },
        { (1ull << 55) + 1, 1 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(opc); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(t); k++) {
            QOcpnCmd cmd = qocpn_rw(opc[i], t[k].slba, t[k].nlb);
            QOcpnCqe cqe;

            cmd.prp1 = q->buf;
            cqe = qocpn_io(q, &cmd);
            if (QOCPN_SC(cqe) != NVME_SC_LBA_RANGE || !QOCPN_DNR(cqe)) {
                g_test_message("opcode %02x, SLBA %" PRIx64 ", %u blocks: "
                               "status %04x", opc[i], t[k].slba, t[k].nlb,
                               cqe.status);
                g_test_fail();
            }
        }
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Identify Controller: MDTS */
static void longest_transfer_of(QOcpn *q)
{
    uint32_t nlb = MDTS / q->lba_size;
    g_autofree uint8_t *data = g_malloc(MDTS);
    QOcpnCmd cmd;

    qocpn_pattern(data, MDTS, 3);
    QOCPN_OK(qocpn_write(q, 5, nlb, data, NULL));
    qocpn_expect(q, 5, nlb, data);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t more = i < 2 ? nlb + 1 : MIN(65536, qocpn_ns_size(q));

        cmd = qocpn_rw(i & 1 ? NVME_IO_READ : NVME_IO_WRITE, 0, more);
        qocpn_prp(q, &cmd, q->buf, MDTS + q->lba_size, q->list);
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_INVALID_FIELD);
    }
}

static void longest_transfer(void)
{
    qocpn_each_size(longest_transfer_of);
}

static const QOcpnRefusal refusals[] = {
    { "Read of NSID 0", { .opc = NVME_IO_READ, .prp1 = 0x200000 },
      NVME_SC_INVALID_NS, 4 },
    { "Read of every namespace",
      { .opc = NVME_IO_READ, .nsid = QOCPN_ALL_NS, .prp1 = 0x200000 },
      NVME_SC_INVALID_NS, 4 },
    { "Read of an NSID past NN",
      { .opc = NVME_IO_READ, .nsid = 0xfffffff0, .prp1 = 0x200000 },
      NVME_SC_INVALID_NS, 4 },
    { "Write of NSID 0", { .opc = NVME_IO_WRITE, .prp1 = 0x200000 },
      NVME_SC_INVALID_NS, 4 },
    { "an I/O opcode that does not exist",
      { .opc = 0x7f, .nsid = 1, .prp1 = 0x200000 },
      NVME_SC_INVALID_OPCODE, 0 },
    { "reserved FUSE 11b", { .opc = NVME_IO_COMPARE, .flags = 3, .nsid = 1,
                             .prp1 = 0x200000 }, NVME_SC_INVALID_FIELD, 1 },
    { "reserved PSDT 11b", { .opc = NVME_IO_READ, .flags = 3 << 6, .nsid = 1,
                             .prp1 = 0x200000 }, NVME_SC_INVALID_FIELD, 1, 6 },
    { "Read past the end",
      { .opc = NVME_IO_READ, .nsid = 1, .prp1 = 0x200000, .cdw11 = 1 },
      NVME_SC_LBA_RANGE, 40, 0, 48 },
};

static void refused_values(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused(q, &q->io, refusals, ARRAY_SIZE(refusals));
    qocpn_stop(q);
}

static void refused_logged(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused_logged(q, &q->io, refusals, ARRAY_SIZE(refusals));
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Flush command; Identify Controller: VWC */
static void flush(void)
{
    QOcpn *q = qocpn_start_lba(512);
    uint8_t id[4096];
    QOcpnCqe cqe;

    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) { .opc = NVME_IO_FLUSH, .nsid = 1 }));
    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    cqe = qocpn_io(q, &(QOcpnCmd) {
        .opc = NVME_IO_FLUSH, .nsid = QOCPN_ALL_NS,
    });
    /*
     * VWC bits 2:1: 11b says that Flush takes NSID FFFFFFFFh, and so does an
     * OCP drive, where VWC is 0.
     */
    g_assert_cmphex(QOCPN_SC(cqe), ==,
                    (id[525] >> 1 & 3) == 2 ? NVME_SC_INVALID_NS : 0);
    QOCPN_STATUS(qocpn_io(q, &(QOcpnCmd) { .opc = NVME_IO_FLUSH }),
                 NVME_SC_INVALID_NS);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-19
 * FUA, limited retry, and reading back after a restart of QEMU.
 */
static void durable(void)
{
    QOcpnSetup setup = { .lba_size = 4096 };
    char *file = qocpn_image(&setup);
    QOcpn *q;
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 7, 2);
    uint8_t data[8192];

    setup.file = file;
    q = qocpn_start(&setup);
    qocpn_pattern(data, sizeof(data), 12);
    qtest_bufwrite(q->qts, q->buf, data, sizeof(data));
    qocpn_prp(q, &cmd, q->buf, sizeof(data), q->list);
    cmd.cdw12 |= 1u << 30 | 1u << 31;
    QOCPN_OK(qocpn_io(q, &cmd));
    qocpn_expect(q, 7, 2, data);
    qocpn_stop(q);
    q = qocpn_start(&setup);
    qocpn_expect(q, 7, 2, data);
    qocpn_expect_zero(q, 9, 1);
    cmd.opc = NVME_IO_READ;
    qocpn_prp(q, &cmd, q->buf, sizeof(data), q->list);
    QOCPN_OK(qocpn_io(q, &cmd));
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* Queue depth: 60 writes at once, then 60 reads at once. */
static void deep_queue(void)
{
    QOcpn *q = qocpn_start_lba(4096);
    uint8_t data[60][64];

    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 60; i++) {
            QOcpnCmd cmd = qocpn_rw(pass ? NVME_IO_READ : NVME_IO_WRITE,
                                    3 * i, 1);

            cmd.prp1 = q->buf + i * 4096;
            if (!pass) {
                qocpn_pattern(data[i], sizeof(data[i]), i);
                qtest_bufwrite(q->qts, cmd.prp1, data[i], sizeof(data[i]));
            } else {
                qtest_memset(q->qts, cmd.prp1, 0, 4096);
            }
            qocpn_post(q, &q->io, &cmd);
        }
        qocpn_ring(q, &q->io);
        for (unsigned i = 0; i < 60; i++) {
            QOCPN_OK(qocpn_wait(q, &q->io));
        }
    }
    for (unsigned i = 0; i < 60; i++) {
        uint8_t got[64];

        qtest_memread(q->qts, q->buf + i * 4096, got, sizeof(got));
        g_assert_cmpmem(got, sizeof(got), data[i], sizeof(data[i]));
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "random reads and writes agree with a model", random_io },
    { "the first and the last block hold data", first_and_last_block },
    { "ranges past the end are refused", out_of_range },
    { "MDTS bytes move and no more", longest_transfer },
    { "illegal commands are refused", refused_values },
    { "illegal commands are logged with the byte", refused_logged,
      "hw/nvme keeps no Error Information" },
    { "Flush agrees with VWC", flush },
    { "data survives a restart", durable },
    { "60 commands at once move their own data", deep_queue },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "nvm", tests, ARRAY_SIZE(tests));
}
