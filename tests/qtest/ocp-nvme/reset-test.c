/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: every way to reset or shut the controller down, idle and with
 * commands in flight.
 * Proves: NVMe Base 2.0, Controller Reset, NVM Subsystem Reset, Controller
 * Shutdown; NVMe over PCIe Transport 1.0, Function Level Reset.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define SHST(csts)      extract32(csts, 2, 2)
#define SHN_NORMAL      (1u << 14)
#define SHN_ABRUPT      (2u << 14)
#define NSSRO           (1u << 4)

typedef void Reset(QOcpn *q);

/* The drive is held when these are called, and let go after the request. */
static void by_cc(QOcpn *q)
{
    qocpn_writel(q, NVME_REG_CC, QOCPN_CC & ~1u);
    qocpn_idle(q, 5);
    qocpn_hold(q, false);
    qocpn_disable(q);
}

static void by_flr(QOcpn *q)
{
    qocpn_flr(q);
    qocpn_idle(q, 5);
    qocpn_hold(q, false);
    qocpn_pci_restore(q);
}

static void by_nssr(QOcpn *q)
{
    qocpn_writel(q, NVME_REG_NSSR, NVME_NSSR_RESET);
    qocpn_idle(q, 5);
    qocpn_hold(q, false);
    qocpn_pci_restore(q);
    QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
}

static void by_system(QOcpn *q)
{
    qtest_system_reset(q->qts);
    qocpn_hold(q, false);
    qocpn_pci_restore(q);
}

/* After any of them a host starts as after power on. */
static void bring_up(QOcpn *q)
{
    QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
    qocpn_enable(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & 3, ==, 1);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, q->msi ? 1 : 0));
    qocpn_alive(q);
}

/*
 * FAILURE-CASE-32 FAILURE-CASE-63
 * Five times over: idle, with events pending, with queues full of reads.
 */
static void resets(Reset *reset)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .throttle = true,
    });
    QOcpnCqe cqe;

    for (unsigned round = 0; round < 5; round++) {
        QOcpnCmd read = qocpn_rw(NVME_IO_READ, round, 8);
        QOcpnQueue old = q->io;

        read.prp1 = q->buf;
        qocpn_hold(q, true);
        qocpn_post_aer(q);
        qocpn_post_aer(q);
        for (unsigned i = 0; round && i < 16 * round - 1; i++) {
            qocpn_post(q, &q->io, &read);
        }
        qocpn_ring(q, &q->io);
        if (round > 2) {
            qocpn_idle(q, 3);
        }
        reset(q);
        old.head = q->io.head;
        bring_up(q);
        /* Nothing arrives in a ring that is no more. */
        qocpn_idle(q, 5);
        while (qocpn_take(q, &old, &cqe)) {
            /* Those from before the reset. */
        }
        qocpn_idle(q, 5);
        g_assert_false(qocpn_peek(q, &old, &cqe));
    }
    qocpn_stop(q);
}

static void cc_reset(void)
{
    resets(by_cc);
}

static void flr(void)
{
    resets(by_flr);
}

static void nssr(void)
{
    resets(by_nssr);
}

static void system_reset(void)
{
    resets(by_system);
}

/* Proves: NVMe Base 2.0, Offset 1Ch: CSTS (NSSRO) */
static void nssro(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .throttle = true });

    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & NSSRO, ==, 0);
    by_nssr(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & NSSRO, ==, NSSRO);
    bring_up(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & NSSRO, ==, NSSRO);
    qocpn_writel(q, NVME_REG_CSTS, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & NSSRO, ==, NSSRO);
    qocpn_writel(q, NVME_REG_CSTS, NSSRO);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & NSSRO, ==, 0);
    qocpn_stop(q);
}

/* Registers after resets other than CC.EN are those after power on. */
static void registers_after(Reset *reset)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .throttle = true });

    reset(q);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CC), ==, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & ~NSSRO, ==, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_AQA), ==, 0);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ASQ), ==, 0);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ACQ), ==, 0);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_CAP), ==, q->cap);
    qocpn_stop(q);
}

static void registers_after_resets(void)
{
    registers_after(by_flr);
    registers_after(by_system);
}

static void registers_after_nssr(void)
{
    registers_after(by_nssr);
}

static void shutdown_with(uint32_t shn, bool in_flight)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .throttle = true,
    });
    QOcpnCmd write = qocpn_rw(NVME_IO_WRITE, 0, 8);

    write.prp1 = q->buf;
    qocpn_hold(q, in_flight);
    for (unsigned i = 0; in_flight && i < 20; i++) {
        qocpn_post(q, &q->io, &write);
    }
    qocpn_ring(q, &q->io);
    g_assert_cmphex(SHST(qocpn_readl(q, NVME_REG_CSTS)), ==, 0);
    qocpn_writel(q, NVME_REG_CC, QOCPN_CC | shn);
    g_assert_cmphex(SHST(qocpn_readl(q, NVME_REG_CSTS)), !=, 0);
    qocpn_idle(q, 5);
    qocpn_hold(q, false);
    QOCPN_UNTIL(q, SHST(qocpn_readl(q, NVME_REG_CSTS)) == 2);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CC) & 3u << 14, ==, shn);
    /* A new enable is the way back. */
    qocpn_disable(q);
    bring_up(q);
    g_assert_cmphex(SHST(qocpn_readl(q, NVME_REG_CSTS)), ==, 0);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Controller Shutdown: CC.SHN, CSTS.SHST */
static void normal_shutdown(void)
{
    shutdown_with(SHN_NORMAL, false);
    shutdown_with(SHN_NORMAL, true);
}

static void abrupt_shutdown(void)
{
    shutdown_with(SHN_ABRUPT, false);
    shutdown_with(SHN_ABRUPT, true);
}

/* What was written before a normal shutdown is there after power off. */
static void data_over_shutdown(void)
{
    QOcpnSetup setup = { .lba_size = 4096 };
    char *file = qocpn_image(&setup);
    uint8_t data[4096], got[4096];
    QOcpn *q;

    setup.file = file;
    qocpn_pattern(data, sizeof(data), 1);
    q = qocpn_start(&setup);
    QOCPN_OK(qocpn_write(q, 99, 1, data, NULL));
    qocpn_writel(q, NVME_REG_CC, QOCPN_CC | SHN_NORMAL);
    QOCPN_UNTIL(q, SHST(qocpn_readl(q, NVME_REG_CSTS)) == 2);
    qocpn_stop(q);
    q = qocpn_start(&setup);
    QOCPN_OK(qocpn_read(q, 99, 1, got, NULL));
    g_assert_cmpmem(got, sizeof(got), data, sizeof(data));
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* SMART bytes 112 and 144: power cycles and unsafe shutdowns. */
static void unsafe_shutdowns(void)
{
    QOcpnSetup setup = { 0 };
    char *file = qocpn_image(&setup);
    uint64_t cycles[3], unsafe[3];

    setup.file = file;
    for (unsigned i = 0; i < 3; i++) {
        QOcpn *q = qocpn_start(&setup);
        uint8_t smart[512];

        g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, smart, 512),
                        ==, 0);
        cycles[i] = ldq_le_p(smart + 112);
        unsafe[i] = ldq_le_p(smart + 144);
        if (i == 0) {
            qocpn_writel(q, NVME_REG_CC, QOCPN_CC | SHN_NORMAL);
            QOCPN_UNTIL(q, SHST(qocpn_readl(q, NVME_REG_CSTS)) == 2);
        }
        qocpn_stop(q);
    }
    g_assert_cmpuint(cycles[1], ==, cycles[0] + 1);
    g_assert_cmpuint(cycles[2], ==, cycles[1] + 1);
    g_assert_cmpuint(unsafe[1], ==, unsafe[0]);
    g_assert_cmpuint(unsafe[2], ==, unsafe[1] + 1);
    qocpn_image_free(file);
}

/* CC.EN flipped without waiting: the drive follows, and ends ready. */
static void impatient_host(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .throttle = true,
    });

    for (unsigned i = 0; i < 200; i++) {
        QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 1);

        read.prp1 = q->buf;
        qocpn_hold(q, i & 16);
        qocpn_post(q, &q->io, &read);
        qocpn_ring(q, &q->io);
        qocpn_writel(q, NVME_REG_CC, QOCPN_CC & ~1u);
        if (i % 3) {
            qocpn_writel(q, NVME_REG_CC, QOCPN_CC);
        }
        if (i % 7 == 0) {
            qocpn_writel(q, NVME_REG_CC, QOCPN_CC | SHN_ABRUPT);
        }
    }
    qocpn_hold(q, false);
    qocpn_disable(q);
    bring_up(q);
    qocpn_stop(q);
}

/* QEMU stops and continues while reads are in flight. */
static void stop_and_cont(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .throttle = true,
    });
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 1);

    read.prp1 = q->buf;
    qocpn_hold(q, true);
    for (unsigned i = 0; i < 30; i++) {
        qocpn_post(q, &q->io, &read);
    }
    qocpn_ring(q, &q->io);
    qocpn_idle(q, 2);
    qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    qocpn_hold(q, false);
    for (unsigned i = 0; i < 30; i++) {
        QOCPN_OK(qocpn_wait(q, &q->io));
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "clearing CC.EN resets the controller", cc_reset },
    { "a function level reset resets the controller", flr },
    { "NSSR resets the subsystem", nssr, "hw/nvme has no subsystem reset" },
    { "a system reset resets the controller", system_reset },
    { "CSTS.NSSRO stays until it is cleared", nssro,
      "hw/nvme has no subsystem reset" },
    { "registers are zero after a reset of the function",
      registers_after_resets, "hw/nvme keeps AQA, ASQ and ACQ" },
    { "registers are zero after a reset of the subsystem",
      registers_after_nssr, "hw/nvme has no subsystem reset" },
    { "a normal shutdown completes", normal_shutdown },
    { "an abrupt shutdown completes", abrupt_shutdown },
    { "data survives shutdown and power off", data_over_shutdown },
    { "a missing shutdown is counted as unsafe", unsafe_shutdowns,
      "hw/nvme keeps no counters" },
    { "a host that does not wait does no harm", impatient_host },
    { "reads in flight survive stop and cont", stop_and_cont },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "reset", tests, ARRAY_SIZE(tests));
}
