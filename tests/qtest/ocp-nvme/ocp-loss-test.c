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

static const QOcpnTest tests[] = {
    { "killed without protection", killed, NOT_NVME },
    { "a power cut that takes writes", cut, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocp-loss", tests, ARRAY_SIZE(tests));
}
