/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what drives lose when the power goes.
 * Proves: docs/ocp.rst, "Panics", "Power cuts"; OCP Datacenter NVMe SSD,
 * INCS-4.
 */
#include "qemu/osdep.h"
#include "knob.h"

#define NOT_NVME    "hw/nvme is no OCP drive"
#define KNOBS       ",ocp-version=2.7,x-test-knobs=on"
#define PAGE        512

#define READ_ONLY       (1u << 30)      /* feature C2h, CDW11 */
#define WRITE_THROUGH   (2u << 30)
#define NORMAL          (3u << 30)

static QOcpn *start(const char *file)
{
    return qocpn_start(&(QOcpnSetup) { .file = file, .props = KNOBS });
}

static uint16_t write_block(QOcpn *q)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 8, 1);

    cmd.prp1 = q->buf;
    return QOCPN_SC(qocpn_io(q, &cmd));
}

/* Incomplete shutdowns, and the recovery action that is asked for. */
static void expect(QOcpn *q, uint32_t incomplete, uint8_t action)
{
    uint8_t page[PAGE];

    g_assert_cmphex(qocpn_get_log(q, 0xc0, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmpuint(ldl_le_p(page + 112), ==, incomplete);
    g_assert_cmphex(qocpn_get_log(q, 0xc1, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmpuint(page[3], ==, action);
}

/* A kill with protection failed, in each of the three modes. */
static void killed(void)
{
    static const struct {
        uint32_t mode;
        uint16_t status;
        unsigned lost;
    } t[] = {
        { READ_ONLY, 0x020, 0 }, { WRITE_THROUGH, 0, 0 }, { NORMAL, 0, 1 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        char *file = qocpn_image(&(QOcpnSetup) { .props = KNOBS });
        QOcpn *q = start(file);
        uint8_t page[PAGE];

        QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_SET_FEAT, .cdw10 = 0xc2, .cdw11 = t[i].mode,
        }));
        must_set(q, "plp-state", "failed");
        g_assert_cmphex(write_block(q), ==, t[i].status);
        qocpn_kill(q);

        q = start(file);
        expect(q, t[i].lost, t[i].lost ? 0x02 : 0);
        if (t[i].lost) {
            g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, page,
                                          PAGE), ==, 0);
            g_assert_cmphex(page[0] & 0x08, ==, 0x08);
            g_assert_cmphex(write_block(q), ==, 0x006);
        }
        qocpn_kill(q);                  /* nothing was written */
        q = start(file);
        expect(q, t[i].lost, t[i].lost ? 0x02 : 0);
        qocpn_stop(q);
        qocpn_image_free(file);
    }
}

/* Two of three writes are lost; to see which, the panic is ended by hand. */
static void cut(void)
{
    static const uint16_t want[] = { 0, 0x281, 0x281 };
    QOcpn *q = start(NULL);
    uint8_t page[PAGE];

    must_set(q, "power-cut", "after-writes=3 drop-last=2");
    for (unsigned i = 0; i < 3; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 10 * i, 1);

        cmd.prp1 = q->buf;
        qocpn_post(q, &q->io, &cmd);
        qocpn_ring(q, &q->io);
        if (i < 2) {
            QOcpnCqe cqe;

            QOCPN_UNTIL(q, qocpn_reap(q, &q->io, &cqe));
            QOCPN_OK(cqe);
        }
    }
    QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
    qocpn_enable(q);
    expect(q, 1, 0x02);
    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmphex(page[0], ==, 0x08);
    g_assert_cmpuint(ldq_le_p(page + 144), ==, 1);
    must_set(q, "panic", "0");
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, q->msi ? 1 : 0));
    for (unsigned i = 0; i < 3; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 10 * i, 1);

        cmd.prp1 = q->buf;
        g_assert_cmphex(QOCPN_SC(qocpn_io(q, &cmd)), ==, want[i]);
    }
    qocpn_stop(q);
}

#define FIXTURE \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24"
#define BLOCK       4096

/* Blocks [lba, lba + n), each of one byte that says which. */
static void fill(QOcpn *q, uint64_t lba, unsigned n)
{
    g_autofree uint8_t *data = g_malloc(n * BLOCK);

    for (unsigned i = 0; i < n; i++) {
        memset(data + i * BLOCK, lba + i + 1, BLOCK);
    }
    QOCPN_OK(qocpn_write(q, lba, n, data, NULL));
}

/* Block LBA is all of this byte. */
static void expect_block(QOcpn *q, uint64_t lba, uint8_t byte)
{
    uint8_t got[BLOCK], want[BLOCK];

    memset(want, byte, BLOCK);
    QOCPN_OK(qocpn_read(q, lba, 1, got, NULL));
    g_assert_cmpmem(got, BLOCK, want, BLOCK);
}

/*
 * D46, without an end of QEMU: open chunks after a request, and their blocks
 * after they were filled up.  Chunk 0 was open at 48, chunk 1 at 8.
 */
static void chunks(void)
{
    static const struct {
        const char *text;
        uint8_t cs0, cs1;
        uint64_t wp0, wp1;
        unsigned torn;          /* the first of four blocks of chunk 0 */
    } t[] = {
        { "now", 0x04, 0x04, 48, 8, 0 },
        { "now power-loss=keep", 0x04, 0x04, 48, 8, 0 },
        { "now power-loss=close", 0x02, 0x02, 48, 8, 0 },
        { "now power-loss=drop", 0x04, 0x01, 24, 0, 0 },
        { "now power-loss=drop tear=part seed=7", 0x04, 0x01, 28, 0, 0 },
        { "now power-loss=drop tear=unit seed=7", 0x04, 0x04, 32, 4, 28 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        QOcpn *q = qocpn_start(&(QOcpnSetup) {
            .open_channel = true, .geometry = FIXTURE, .props = KNOBS,
        });
        QOcpnChunk k;

        fill(q, 0, 48);
        fill(q, 128, 8);
        must_set(q, "power-cut", t[i].text);
        QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
        qocpn_enable(q);
        expect(q, 0, 0);
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, q->msi ? 1 : 0));
        k = qocpn_chunk(q, 0);
        g_assert_cmphex(k.cs, ==, t[i].cs0);
        g_assert_cmpuint(k.wp, ==, t[i].wp0);
        k = qocpn_chunk(q, 1);
        g_assert_cmphex(k.cs, ==, t[i].cs1);
        g_assert_cmpuint(k.wp, ==, t[i].wp1);
        if (t[i].cs0 == 0x04) {
            fill(q, t[i].wp0, 96 - t[i].wp0);
        }
        for (unsigned b = 0; b < 96; b++) {
            bool there = (t[i].cs0 == 0x04 || b < t[i].wp0) &&
                         !(t[i].torn && b >= t[i].torn && b < t[i].torn + 4);

            expect_block(q, b, there ? b + 1 : 0);
        }
        qocpn_stop(q);
    }
}

static const QOcpnTest tests[] = {
    { "killed without protection", killed, NOT_NVME },
    { "a power cut that takes writes", cut, NOT_NVME },
    { "power cuts of open chunks", chunks, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocp-loss", tests, ARRAY_SIZE(tests));
}
