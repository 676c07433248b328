/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the controller's registers.
 * Proves: NVMe Base 2.0, Controller Properties (registers CAP to CRTO) and
 * Controller Initialization.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define CSTS_RDY    0x1
#define CSTS_CFS    0x2

static QOcpn *start_disabled(void)
{
    return qocpn_start(&(QOcpnSetup) { .no_enable = true });
}

/* Proves: NVMe Base 2.0, Offset 0h: CAP */
static void cap_fields(void)
{
    QOcpn *q = start_disabled();
    uint64_t cap = qocpn_readq(q, NVME_REG_CAP);

    g_assert_cmphex(extract64(cap, 0, 16), ==, 2047);       /* MQES */
    g_assert_cmphex(extract64(cap, 16, 1), ==, 1);          /* CQR */
    g_assert_cmphex(extract64(cap, 17, 2), ==, 0);          /* AMS */
    g_assert_cmphex(extract64(cap, 24, 8), !=, 0);          /* TO */
    g_assert_cmphex(extract64(cap, 32, 4), ==, 0);          /* DSTRD */
    g_assert_cmphex(extract64(cap, 37, 8), ==, 0x41);       /* CSS */
    g_assert_cmphex(extract64(cap, 48, 4), ==, 0);          /* MPSMIN */
    g_assert_cmphex(extract64(cap, 52, 4), ==, 4);          /* MPSMAX */
    g_assert_cmphex(extract64(cap, 61, 3), ==, 0);          /* reserved */
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Offset 0h: CAP (NSSRS, CRMS), Offset 68h: CRTO */
static void cap_of_two_zero(void)
{
    QOcpn *q = start_disabled();
    uint64_t cap = qocpn_readq(q, NVME_REG_CAP);
    uint32_t crto = qocpn_readl(q, NVME_REG_CRTO);

    g_assert_cmphex(extract64(cap, 36, 1), ==, 1);          /* NSSRS */
    g_assert_cmphex(extract64(cap, 59, 1), ==, 1);          /* CRWMS */
    g_assert_cmphex(extract32(crto, 0, 16), !=, 0);         /* CRWMT */
    /* Without CRIMS there is no CRIMT to report. */
    if (!extract64(cap, 60, 1)) {
        g_assert_cmphex(extract32(crto, 16, 16), ==, 0);
    }
    g_assert_cmphex(qocpn_readl(q, NVME_REG_VS), ==, 0x00020000);
    qocpn_stop(q);
}

static void reset_values(void)
{
    static const unsigned zero[] = {
        NVME_REG_INTMS, NVME_REG_INTMC, NVME_REG_CC, NVME_REG_CSTS,
        NVME_REG_NSSR, NVME_REG_AQA, NVME_REG_ASQ, NVME_REG_ASQ + 4,
        NVME_REG_ACQ, NVME_REG_ACQ + 4,
    };
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_enable = true, .intx = true });

    for (size_t i = 0; i < ARRAY_SIZE(zero); i++) {
        if (qocpn_readl(q, zero[i])) {
            g_test_message("register %02xh is %08x after power on", zero[i],
                           qocpn_readl(q, zero[i]));
            g_test_fail();
        }
    }
    qocpn_stop(q);
}

static void read_only(void)
{
    static const unsigned ro[] = {
        NVME_REG_CAP, NVME_REG_CAP + 4, NVME_REG_VS, NVME_REG_CSTS,
        NVME_REG_CRTO,
    };
    QOcpn *q = start_disabled();

    for (size_t i = 0; i < ARRAY_SIZE(ro); i++) {
        uint32_t before = qocpn_readl(q, ro[i]);

        qocpn_writel(q, ro[i], ~before);
        g_assert_cmphex(qocpn_readl(q, ro[i]), ==, before);
        qocpn_writel(q, ro[i], 0);
        g_assert_cmphex(qocpn_readl(q, ro[i]), ==, before);
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Offset 24h: AQA, 28h: ASQ, 30h: ACQ */
static void admin_queue_masks(void)
{
    QOcpn *q = start_disabled();

    qocpn_writel(q, NVME_REG_AQA, 0xffffffff);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_AQA), ==, 0x0fff0fff);
    qocpn_writeq(q, NVME_REG_ASQ, UINT64_MAX);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ASQ), ==, 0xfffffffffffff000ull);
    qocpn_writeq(q, NVME_REG_ACQ, UINT64_MAX);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ACQ), ==, 0xfffffffffffff000ull);
    qocpn_writel(q, NVME_REG_AQA, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_AQA), ==, 0);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Controller Properties: access widths */
static void halves(void)
{
    QOcpn *q = start_disabled();
    uint64_t cap = qocpn_readq(q, NVME_REG_CAP);

    g_assert_cmphex(qocpn_readl(q, NVME_REG_CAP), ==, (uint32_t)cap);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CAP + 4), ==, cap >> 32);
    for (unsigned r = NVME_REG_ASQ; r <= NVME_REG_ACQ; r += 8) {
        qocpn_writel(q, r, 0x12345000);
        qocpn_writel(q, r + 4, 0x9abcdef0);
        g_assert_cmphex(qocpn_readq(q, r), ==, 0x9abcdef012345000ull);
        qocpn_writel(q, r + 4, 0);
        g_assert_cmphex(qocpn_readq(q, r), ==, 0x12345000);
        qocpn_writeq(q, r, 0x0fedcba987654000ull);
        g_assert_cmphex(qocpn_readl(q, r), ==, 0x87654000);
        g_assert_cmphex(qocpn_readl(q, r + 4), ==, 0x0fedcba9);
    }
    qocpn_stop(q);
}

static void undefined_is_zero(void)
{
    QOcpn *q = start_disabled();

    /* Reserved, CMB, boot partition and PMR registers: none is supported. */
    g_assert_cmphex(qocpn_readl(q, 0x18), ==, 0);
    for (unsigned off = 0x38; off < 0x1000; off += 4) {
        if (off == NVME_REG_CRTO) {
            continue;
        }
        qocpn_writel(q, off, 0xffffffff);
        if (qocpn_readl(q, off)) {
            g_test_message("register %03xh reads %08x", off,
                           qocpn_readl(q, off));
            g_test_fail();
        }
    }
    qocpn_stop(q);
}

/* Narrow and misaligned accesses have no defined result; they do no harm. */
static void odd_accesses(void)
{
    QOcpn *q = start_disabled();
    uint64_t cap = qocpn_readq(q, NVME_REG_CAP);

    for (unsigned off = 0; off < 0x1040; off++) {
        uint64_t word = UINT64_MAX;

        qpci_io_readb(q->pdev, q->bar, off);
        qpci_io_readw(q->pdev, q->bar, off);
        qpci_io_writeb(q->pdev, q->bar, off, 0xff);
        qpci_io_writew(q->pdev, q->bar, off, 0xffff);
        qpci_memwrite(q->pdev, q->bar, off, &word, 3);
        qpci_memread(q->pdev, q->bar, off, &word, 7);
    }
    g_assert_cmphex(qocpn_readq(q, NVME_REG_CAP), ==, cap);
    qocpn_disable(q);
    qocpn_enable(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS), ==, CSTS_RDY);
    qocpn_stop(q);
}

static void interrupt_mask(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_enable = true, .intx = true });

    qocpn_writel(q, NVME_REG_INTMS, 0x0000000f);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_INTMS), ==, 0x0f);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_INTMC), ==, 0x0f);
    qocpn_writel(q, NVME_REG_INTMS, 0x80000000);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_INTMC), ==, 0x8000000f);
    qocpn_writel(q, NVME_REG_INTMC, 0x00000005);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_INTMS), ==, 0x8000000a);
    qocpn_writel(q, NVME_REG_INTMC, 0xffffffff);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_INTMS), ==, 0);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-66
 * Proves: NVMe Base 2.0, Offset 14h: CC; Offset 1Ch: CSTS (CFS)
 */
static void refused_enables(void)
{
    static const struct {
        const char *what;
        uint32_t cc, aqa;
        uint64_t asq, acq;
    } t[] = {
        { "MPS above MPSMAX", QOCPN_CC | 5 << 7, 0x001f001f },
        { "MPS 15", QOCPN_CC | 15 << 7, 0x001f001f },
        { "CSS 001b", QOCPN_CC | 1 << 4, 0x001f001f },
        { "CSS 101b", QOCPN_CC | 5 << 4, 0x001f001f },
        { "CSS 111b, admin only", QOCPN_CC | 7 << 4, 0x001f001f },
        { "one-entry admin SQ", QOCPN_CC, 0x001f0000 },
        { "one-entry admin CQ", QOCPN_CC, 0x0000001f },
        { "ASQ not aligned to 8 KiB pages", QOCPN_CC | 1 << 7, 0x001f001f,
          0x1001000, 0x1002000 },
        { "ACQ not aligned to 64 KiB pages", QOCPN_CC | 4 << 7, 0x001f001f,
          0x1000000, 0x1008000 },
    };
    QOcpn *q = start_disabled();

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        qocpn_writel(q, NVME_REG_AQA, t[i].aqa);
        qocpn_writeq(q, NVME_REG_ASQ, t[i].asq ?: 0x1000000);
        qocpn_writeq(q, NVME_REG_ACQ, t[i].acq ?: 0x1010000);
        qocpn_enable_cc(q, t[i].cc);
        if ((qocpn_readl(q, NVME_REG_CSTS) & 3) != CSTS_CFS) {
            g_test_message("%s: CSTS %08x", t[i].what,
                           qocpn_readl(q, NVME_REG_CSTS));
            g_test_fail();
        }
        qocpn_disable(q);
        g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & 3, ==, 0);
    }
    /* None of it is for ever. */
    qocpn_enable(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & 3, ==, CSTS_RDY);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Offset 14h: CC (AMS) */
static void refused_arbitration(void)
{
    static const unsigned ams[] = { 1, 2, 6, 7 };
    QOcpn *q = start_disabled();

    for (size_t i = 0; i < ARRAY_SIZE(ams); i++) {
        qocpn_admin_queue(q, 32);
        qocpn_enable_cc(q, QOCPN_CC | ams[i] << 11);
        g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & 3, ==, CSTS_CFS);
        qocpn_disable(q);
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Offset 14h: CC (CSS 110b, MPS) */
static void accepted_enables(void)
{
    static const uint32_t cc[] = {
        QOCPN_CC, QOCPN_CC | 6 << 4, QOCPN_CC | 1 << 7, QOCPN_CC | 4 << 7,
        /* IOSQES and IOCQES matter only when I/O queues are created. */
        0x00000001,
    };
    QOcpn *q = start_disabled();
    uint64_t ring = ROUND_UP(qocpn_buf(q, 256 * KiB), 64 * KiB);
    uint8_t id[4096];

    for (size_t i = 0; i < ARRAY_SIZE(cc); i++) {
        qocpn_admin_queue(q, 32);
        qtest_memset(q->qts, ring, 0, 128 * KiB);
        q->adm.sq = ring;
        q->adm.cq = ring + 64 * KiB;
        qocpn_writeq(q, NVME_REG_ASQ, q->adm.sq);
        qocpn_writeq(q, NVME_REG_ACQ, q->adm.cq);
        qocpn_enable_cc(q, cc[i]);
        g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS), ==, CSTS_RDY);
        g_assert_cmphex(qocpn_readl(q, NVME_REG_CC), ==, cc[i]);
        g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
        qocpn_disable(q);
    }
    qocpn_stop(q);
}

/* With 64 KiB pages a transfer of 4 KiB fits behind PRP1 at any offset. */
static void big_pages(void)
{
    QOcpn *q = start_disabled();
    uint64_t ring = ROUND_UP(qocpn_buf(q, 256 * KiB), 64 * KiB);
    uint64_t buf = ROUND_UP(qocpn_buf(q, 192 * KiB), 64 * KiB);
    uint8_t want[4096], got[4096];
    QOcpnCmd cmd = { .opc = NVME_ADM_IDENTIFY, .cdw10 = 1 };

    qocpn_admin_queue(q, 32);
    q->adm.sq = ring;
    q->adm.cq = ring + 64 * KiB;
    qocpn_writeq(q, NVME_REG_ASQ, q->adm.sq);
    qocpn_writeq(q, NVME_REG_ACQ, q->adm.cq);
    qocpn_enable_cc(q, QOCPN_CC | 4 << 7);
    g_assert_cmphex(qocpn_identify(q, 0x01, 0, want), ==, 0);
    cmd.prp1 = buf + 0x3004;
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memread(q->qts, cmd.prp1, got, sizeof(got));
    g_assert_cmpmem(got, sizeof(got), want, sizeof(want));
    /* 1 KiB in the first page, 3 KiB in the second. */
    cmd.prp1 = buf + 64 * KiB - 1 * KiB;
    cmd.prp2 = buf;
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memread(q->qts, cmd.prp1, got, 1 * KiB);
    qtest_memread(q->qts, cmd.prp2, got + 1 * KiB, 3 * KiB);
    g_assert_cmpmem(got, sizeof(got), want, sizeof(want));
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Controller Reset: AQA, ASQ, ACQ keep their values */
static void registers_over_disable(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint32_t aqa = qocpn_readl(q, NVME_REG_AQA);
    uint64_t asq = qocpn_readq(q, NVME_REG_ASQ);
    uint64_t acq = qocpn_readq(q, NVME_REG_ACQ);

    qocpn_disable(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CC) & 1, ==, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_AQA), ==, aqa);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ASQ), ==, asq);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ACQ), ==, acq);
    qocpn_stop(q);
}

/* Another value than the signature must not reset anything. */
static void nssr_needs_signature(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_writel(q, NVME_REG_NSSR, 0x4e564d64);
    qocpn_writel(q, NVME_REG_NSSR, 0);
    qocpn_idle(q, 10);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_NSSR), ==, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS), ==, CSTS_RDY);
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "CAP says what the controller can do", cap_fields,
      "hw/nvme has other limits by default" },
    { "CAP, CRTO and VS are those of NVMe 2.0", cap_of_two_zero,
      "hw/nvme claims NVMe 1.4" },
    { "registers are zero after power on", reset_values },
    { "a write to a read-only register changes nothing", read_only },
    { "AQA, ASQ and ACQ keep only their defined bits", admin_queue_masks,
      "hw/nvme stores the reserved bits too" },
    { "an 8-byte register works as two halves", halves },
    { "undefined registers read zero", undefined_is_zero,
      "hw/nvme stores CMBMSC without a memory buffer" },
    { "narrow and misaligned accesses do no harm", odd_accesses },
    { "INTMS sets and INTMC clears", interrupt_mask },
    { "an illegal configuration ends in CSTS.CFS", refused_enables },
    { "an arbitration that CAP.AMS lacks ends in CSTS.CFS",
      refused_arbitration, "hw/nvme accepts every CC.AMS" },
    { "every legal configuration becomes ready", accepted_enables },
    { "64 KiB memory pages change the PRP rules", big_pages },
    { "the admin queue registers survive CC.EN", registers_over_disable },
    { "NSSR wants its signature", nssr_needs_signature },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "regs", tests, ARRAY_SIZE(tests));
}
