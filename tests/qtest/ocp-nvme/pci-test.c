/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the PCI function.
 * Proves: NVMe over PCIe Transport 1.0, PCI Express registers; OCSSD 2.0
 * hosts' identification by 1D1D:1F1F.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

static QOcpn *start(const char *machine, bool open_channel)
{
    return qocpn_start(&(QOcpnSetup) {
        .machine = machine, .open_channel = open_channel, .no_enable = true,
        .intx = true,
    });
}

static void check_class(QOcpn *q)
{
    g_assert_cmphex(qpci_config_readl(q->pdev, PCI_CLASS_REVISION) >> 8, ==,
                    0x010802);
    g_assert_cmphex(qpci_config_readb(q->pdev, PCI_HEADER_TYPE) & 0x7f, ==,
                    0);
    g_assert_cmphex(qpci_config_readb(q->pdev, PCI_INTERRUPT_PIN), ==, 1);
}

static void class_code(void)
{
    QOcpn *q = start("q35", false);

    check_class(q);
    qocpn_stop(q);
}

/* OCSSD-CASE-1 */
static void open_channel_ids(void)
{
    QOcpn *q = start("q35", true);

    check_class(q);
    g_assert_cmphex(qpci_config_readw(q->pdev, PCI_VENDOR_ID), ==, 0x1d1d);
    g_assert_cmphex(qpci_config_readw(q->pdev, PCI_DEVICE_ID), ==, 0x1f1f);
    qocpn_stop(q);
}

/* BAR0 is a 64-bit memory BAR that holds every doorbell. */
static void bar0(void)
{
    QOcpn *q = start("q35", false);
    uint32_t size;

    qpci_config_writel(q->pdev, PCI_BASE_ADDRESS_0, 0xffffffff);
    size = qpci_config_readl(q->pdev, PCI_BASE_ADDRESS_0);
    g_assert_cmphex(size & 0xf, ==, PCI_BASE_ADDRESS_MEM_TYPE_64);
    g_assert_cmphex(-(size & ~0xfu), >=, 0x1000 + 65 * 8);
    qpci_config_writel(q->pdev, PCI_BASE_ADDRESS_0, q->bar.addr);
    g_assert_cmphex(qocpn_readq(q, 0), ==, q->cap);
    qocpn_stop(q);
}

static void capabilities(void)
{
    QOcpn *q = start("q35", false);
    uint8_t pm = qpci_find_capability(q->pdev, PCI_CAP_ID_PM, 0);
    uint8_t exp = qpci_find_capability(q->pdev, PCI_CAP_ID_EXP, 0);
    uint8_t msix = qpci_find_capability(q->pdev, PCI_CAP_ID_MSIX, 0);

    g_assert_cmphex(pm, !=, 0);
    g_assert_cmphex(exp, !=, 0);
    g_assert_cmphex(msix, !=, 0);
    /* Function level reset is what the transport asks for. */
    g_assert_cmphex(qpci_config_readl(q->pdev, exp + PCI_EXP_DEVCAP) &
                    PCI_EXP_DEVCAP_FLR, !=, 0);
    g_assert_cmpuint((qpci_config_readw(q->pdev, msix + PCI_MSIX_FLAGS) &
                      PCI_MSIX_FLAGS_QSIZE) + 1, ==, 65);
    qocpn_stop(q);
}

/* Proves: PCI Express Base, Advanced Error Reporting, Serial Number */
static void extended_capabilities(void)
{
    QOcpn *q = start("q35", false);
    uint16_t aer = qocpn_find_ext_cap(q, PCI_EXT_CAP_ID_ERR);
    uint16_t dsn = qocpn_find_ext_cap(q, PCI_EXT_CAP_ID_DSN);

    g_assert_cmphex(aer, !=, 0);
    g_assert_cmphex(dsn, !=, 0);
    g_assert_cmphex(qocpn_ecam_readl(q, aer + PCI_ERR_UNCOR_STATUS), ==, 0);
    g_assert_cmphex(qocpn_ecam_readl(q, dsn + 4) |
                    qocpn_ecam_readl(q, dsn + 8), !=, 0);
    qocpn_stop(q);
}

/* The function also plugs into a conventional bus, and works there. */
static void conventional_bus(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .machine = "pc" });

    check_class(q);
    g_assert_cmphex(qpci_find_capability(q->pdev, PCI_CAP_ID_MSIX, 0), !=,
                    0);
    qocpn_alive(q);
    qocpn_stop(q);
}

#define BEHIND_PORT \
    "-machine q35 -nodefaults -m 128M " \
    "-blockdev driver=file,node-name=d0,filename=%s " \
    "-device pcie-root-port,id=rp,chassis=1 "

static const char *device(void)
{
    return qocpn_is_upstream() ? "nvme" : "ocp-nvme";
}

/* Behind a root port, as a real drive is. */
static void root_port(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });
    QTestState *qts = qtest_initf(BEHIND_PORT
                                  "-device %s,bus=rp,drive=d0,serial=s",
                                  file, device());

    qtest_quit(qts);
    qocpn_image_free(file);
}

/* Plugged while the machine runs. */
static void hot_plug(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });
    QTestState *qts = qtest_initf(BEHIND_PORT, file);

    qtest_qmp_device_add(qts, device(), "nv0",
                         "{'bus': 'rp', 'drive': 'd0', 'serial': 's'}");
    qtest_quit(qts);
    qocpn_image_free(file);
}

/* Without bus mastering nothing is fetched, and nothing is lost. */
static void bus_master(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint16_t cmd = qpci_config_readw(q->pdev, PCI_COMMAND);
    QOcpnCqe cqe;

    qpci_config_writew(q->pdev, PCI_COMMAND, cmd & ~PCI_COMMAND_MASTER);
    qocpn_post(q, &q->io, &(QOcpnCmd) { .opc = NVME_IO_FLUSH, .nsid = 1 });
    qocpn_ring(q, &q->io);
    qocpn_idle(q, 20);
    g_assert_false(qocpn_peek(q, &q->io, &cqe));
    /* The guest may have to reset it, but it does not hang or die. */
    qpci_config_writew(q->pdev, PCI_COMMAND, cmd);
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

/* D3hot and back: registers answer again. */
static void power_states(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t pm = qpci_find_capability(q->pdev, PCI_CAP_ID_PM, 0);
    uint16_t ctrl = qpci_config_readw(q->pdev, pm + PCI_PM_CTRL);

    qpci_config_writew(q->pdev, pm + PCI_PM_CTRL, ctrl | 3);
    qocpn_idle(q, 5);
    qpci_config_writew(q->pdev, pm + PCI_PM_CTRL, ctrl & ~3);
    qocpn_pci_restore(q);
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "the class code is that of NVMe", class_code },
    { "an open-channel drive is 1D1D:1F1F", open_channel_ids,
      "hw/nvme is no open-channel drive" },
    { "BAR0 is 64 bits wide and holds the doorbells", bar0 },
    { "there are PCIe, power management and MSI-X", capabilities },
    { "there are error reporting and a serial number",
      extended_capabilities, "hw/nvme has neither" },
    { "a conventional PCI bus will do", conventional_bus },
    { "a root port will do", root_port },
    { "without bus mastering nothing moves", bus_master },
    { "the function comes back from D3hot", power_states },
    { "the function can be hot-plugged", hot_plug },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "pci", tests, ARRAY_SIZE(tests));
}
