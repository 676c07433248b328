/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what went wrong in other emulated drives, where it takes all of QEMU
 * to see that it does not go wrong here.
 * Proves: docs/failures.rst.
 */
#include "qemu/osdep.h"
#include "qocpn-shadow.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"
#define FLUSH       { .opc = NVME_IO_FLUSH, .nsid = 1 }
#define PIECE       128         /* blocks of 4 KiB: MDTS */
#define MS          16

static void expect_last(QOcpn *q, uint64_t lba, const uint8_t *data,
                        const uint8_t *md)
{
    g_autofree uint8_t *got = g_malloc(PIECE * 4096);
    uint8_t got_md[PIECE * MS];

    QOCPN_OK(qocpn_read(q, lba, PIECE, got, got_md));
    g_assert_cmpmem(got, PIECE * 4096, data, PIECE * 4096);
    g_assert_cmpmem(got_md, sizeof(got_md), md, sizeof(got_md));
}

/*
 * FAILURE-CASE-5 FAILURE-CASE-10
 * The tool's own geometry, with metadata, to the last block.
 */
static void last_block(void)
{
    QOcpnSetup s = { .open_channel = true, .size = 8 * GiB, .ms = MS };
    char *file = qocpn_image(&s);
    g_autofree uint8_t *data = g_malloc(PIECE * 4096);
    uint8_t md[PIECE * MS];
    uint64_t lba = 0;

    s.file = file;
    for (unsigned run = 0; run < 2; run++) {
        QOcpn *q = qocpn_start(&s);
        QOcpnGeometry g = qocpn_geometry(q);
        unsigned n = g.num_grp * g.num_pu * g.num_chk;

        g_assert_cmpuint(g.clba % PIECE, ==, 0);
        for (uint64_t b = 0; !run && b < g.clba; b += PIECE) {
            lba = qocpn_lba(&g, g.num_grp - 1, g.num_pu - 1, g.num_chk - 1,
                            b);
            qocpn_pattern(data, PIECE * 4096, b);
            qocpn_pattern(md, sizeof(md), b + 1);
            QOCPN_OK(qocpn_write(q, lba, PIECE, data, md));
        }
        g_assert_cmphex(qocpn_chunk(q, n - 1).cs, ==, 2);   /* closed */
        g_assert_cmphex(qocpn_chunk(q, 0).cs, ==, 1);       /* free */
        expect_last(q, lba, data, md);
        qocpn_stop(q);
    }
    qocpn_image_free(file);
}

/*
 * FAILURE-CASE-23 FAILURE-CASE-36
 * A transfer to the function's own registers, doorbells and MSI-X table: with
 * what would reset it, in mid transfer.
 */
static void own_registers(void)
{
    static const uint32_t reg[] = { NVME_REG_CC, NVME_REG_CSTS, 0x24, 0x28,
                                    0x30, 0x0c };
    static const uint32_t at[] = { 0, 0x1000, 0x2000, 0x3000 };
    QOcpn *q = qocpn_start(NULL);
    g_autofree uint8_t *data = g_malloc0(2 * QOCPN_PAGE);
    uint32_t before[ARRAY_SIZE(reg)];

    for (size_t i = 0; i < ARRAY_SIZE(reg); i++) {
        before[i] = qocpn_readl(q, reg[i]);
    }
    QOCPN_OK(qocpn_write(q, 0, 16, data, NULL));
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(at); i++) {
        QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 16);

        read.prp1 = i & 1 ? q->buf : q->bar.addr + at[i / 2];
        read.prp2 = i & 1 ? q->bar.addr + at[i / 2] : q->buf;
        QOCPN_STATUS(qocpn_io(q, &read), NVME_SC_DATA_TRANSFER_ERROR);
    }
    for (size_t i = 0; i < ARRAY_SIZE(reg); i++) {
        g_assert_cmphex(qocpn_readl(q, reg[i]), ==, before[i]);
    }
    qocpn_msix_fired(q, 1);
    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    QOCPN_UNTIL(q, qocpn_msix_fired(q, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-28
 * The admin queue is used before there is MSI-X, and on while it comes.
 */
static void msix_comes_later(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .intx = true, .no_ioq = true });
    QOcpnCmd identify = { .opc = NVME_ADM_IDENTIFY, .cdw10 = 1,
                          .prp1 = q->buf };
    QOcpnCqe cqe;

    for (unsigned i = 0; i < 40; i++) {
        QOCPN_OK(qocpn_admin(q, &identify));
    }
    qocpn_post(q, &q->adm, &identify);
    qocpn_ring(q, &q->adm);
    QOCPN_UNTIL(q, qocpn_peek(q, &q->adm, &cqe));
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    qpci_msix_enable(q->pdev);                  /* it moves BAR0 */
    q->bar = q->pdev->msix_table_bar;
    q->msi = qocpn_buf(q, QOCPN_PAGE);
    qocpn_msix_setup(q);
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    g_assert_true(qocpn_reap(q, &q->adm, &cqe));
    QOCPN_OK(cqe);
    qocpn_msix_fired(q, 0);
    for (unsigned i = 0; i < 40; i++) {
        QOCPN_OK(qocpn_admin(q, &identify));
        QOCPN_UNTIL(q, qocpn_msix_fired(q, 0));
        g_assert_false(qocpn_reap(q, &q->adm, &cqe));
        g_assert_false(qocpn_intx_level(q));
    }
    qocpn_stop(q);
}

static unsigned open_files(QOcpn *q)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd",
                                            qtest_pid(q->qts));
    GDir *dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;

    g_assert_nonnull(dir);
    while (g_dir_read_name(dir)) {
        n++;
    }
    g_dir_close(dir);
    return n;
}

/* FAILURE-CASE-57: each configuration gives back what the one before had. */
static void event_files(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .props = ",ioeventfd=on" });
    unsigned before = 0;
    QOcpnShadow s;

    for (unsigned round = 0; round < 4; round++) {
        qocpn_shadow_start(&s, q);
        before = before ?: open_files(q);
        for (unsigned i = 0; i < 20; i++) {
            qtest_writel(q->qts, s.db, q->adm.tail + 1);
            qtest_writel(q->qts, s.db + 4, q->adm.head);
            QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
                .opc = 0x7c, .prp1 = s.db, .prp2 = s.ei,
            }));
        }
        g_assert_cmpuint(open_files(q), ==, before);
        qocpn_disable(q);
        qocpn_enable(q);
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    }
    qocpn_stop(q);
}

/* Clock ticks that QEMU has used, of which there are 100 a second. */
static uint64_t ticks(QOcpn *q)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat",
                                            qtest_pid(q->qts));
    g_autofree char *text = NULL;
    unsigned long user = 0, kernel = 0;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(sscanf(strrchr(text, ')'),
                           ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
                           "%lu %lu", &user, &kernel), ==, 2);
    return user + kernel;
}

static void expect_idle(QOcpn *q)
{
    uint64_t before;

    qocpn_idle(q, 20);
    before = ticks(q);
    g_usleep(500 * 1000);
    g_assert_cmpuint(ticks(q) - before, <, 8);
}

/*
 * FAILURE-CASE-19 FAILURE-CASE-58 FAILURE-CASE-59
 * A drive that has nothing to do, that waits, or that was given values which
 * no queue has, costs nothing.
 */
static void idle_costs_nothing(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .throttle = true });
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 1);
    QOcpnShadow s;

    expect_idle(q);
    read.prp1 = q->buf;
    qocpn_hold(q, true);
    for (unsigned i = 0; i < 8; i++) {
        qocpn_post(q, &q->io, &read);
    }
    qocpn_ring(q, &q->io);
    qocpn_post(q, &q->adm, &(QOcpnCmd) { .opc = NVME_ADM_FORMAT, .nsid = 1 });
    qocpn_ring(q, &q->adm);
    expect_idle(q);
    qocpn_hold(q, false);
    QOCPN_OK(qocpn_wait(q, &q->adm));
    for (unsigned i = 0; i < 8; i++) {
        qocpn_wait(q, &q->io);
    }
    qocpn_shadow_start(&s, q);
    qtest_writel(q->qts, s.db + 8, 64);
    qtest_writel(q->qts, s.db + 12, 64);
    qocpn_writel(q, qocpn_sq_doorbell(q, 1), 1);
    expect_idle(q);
    qocpn_stop(q);
}

/* FAILURE-CASE-65: its place in the boot order goes with the drive. */
static void boot_order(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .machine = "pc",
                                           .props = ",bootindex=1" });

    for (unsigned i = 0; i < 3; i++) {
        qpci_unplug_acpi_device_test(q->qts, "nv0", q->pdev->devfn >> 3);
        qtest_qmp_device_add(q->qts, "ocp-nvme", "nv0",
                             "{'drive': 'd0', 'serial': 's', 'bootindex': 1,"
                             "'addr': %s}", i & 1 ? "4.0" : "04.0");
        qtest_system_reset(q->qts);
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "the last block of the default drive", last_block, NOT_NVME },
    { "the drive's own registers are no memory", own_registers,
      "hw/nvme says success" },
    { "MSI-X comes later", msix_comes_later },
    { "a doorbell buffer leaves no file open", event_files,
      "hw/nvme has no such property" },
    { "an idle drive costs nothing", idle_costs_nothing,
      "hw/nvme runs for ever" },
    { "a place in the boot order goes with the drive", boot_order,
      "its name and its properties are others" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "failures", tests, ARRAY_SIZE(tests));
}
