/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: the PCI function, its interrupts and its reset.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define MSI_DATA        0xa500

/* PCIEXBAR of the q35 host bridge, and where the tests put the window. */
#define Q35_PCIEXBAR    0x60
#define ECAM_BASE       0xb0000000u

/* The I/O APIC's inputs for PCI on q35; a timer pulls at the lower ones. */
#define FIRST_PCI_PIN   16
#define IOAPIC_PINS     24

static uint64_t vector_entry(QOcpn *q, uint16_t vector)
{
    return q->pdev->msix_table_off + vector * PCI_MSIX_ENTRY_SIZE;
}

void qocpn_msix_mask(QOcpn *q, uint16_t vector, bool masked)
{
    qocpn_writel(q, vector_entry(q, vector) + PCI_MSIX_ENTRY_VECTOR_CTRL,
                 masked);
}

void qocpn_msix_aim(QOcpn *q, uint16_t vector, uint64_t addr, uint32_t data)
{
    uint64_t e = vector_entry(q, vector);

    qocpn_writel(q, e + PCI_MSIX_ENTRY_LOWER_ADDR, addr);
    qocpn_writel(q, e + PCI_MSIX_ENTRY_UPPER_ADDR, addr >> 32);
    qocpn_writel(q, e + PCI_MSIX_ENTRY_DATA, data);
    qocpn_msix_mask(q, vector, false);
}

void qocpn_msix_setup(QOcpn *q)
{
    uint16_t vectors = qpci_msix_table_size(q->pdev);

    for (uint16_t v = 0; v < vectors; v++) {
        qocpn_msix_aim(q, v, q->msi + 4 * v, MSI_DATA + v);
    }
}

bool qocpn_msix_fired(QOcpn *q, uint16_t vector)
{
    uint32_t data = qtest_readl(q->qts, q->msi + 4 * vector);

    if (data) {
        g_assert_cmphex(data, ==, MSI_DATA + vector);
        qtest_writel(q->qts, q->msi + 4 * vector, 0);
    }
    return data != 0;
}

bool qocpn_intx_status(QOcpn *q)
{
    return qpci_config_readw(q->pdev, PCI_STATUS) & PCI_STATUS_INTERRUPT;
}

bool qocpn_intx_level(QOcpn *q)
{
    for (int pin = FIRST_PCI_PIN; pin < IOAPIC_PINS; pin++) {
        if (qtest_get_irq(q->qts, pin)) {
            return true;
        }
    }
    return false;
}

uint64_t qocpn_ecam(QOcpn *q, uint16_t off)
{
    QPCIDevice *host = qpci_device_find(q->qs->pcibus, QPCI_DEVFN(0, 0));

    qpci_config_writel(host, Q35_PCIEXBAR + 4, 0);
    qpci_config_writel(host, Q35_PCIEXBAR, ECAM_BASE | 1);
    g_free(host);
    return ECAM_BASE + ((uint32_t)q->pdev->devfn << 12) + off;
}

uint32_t qocpn_ecam_readl(QOcpn *q, uint16_t off)
{
    return qtest_readl(q->qts, qocpn_ecam(q, off));
}

uint16_t qocpn_find_ext_cap(QOcpn *q, uint16_t id)
{
    uint16_t off = PCI_CFG_SPACE_SIZE;

    /* At most so many headers fit, so a loop in the list ends too. */
    for (int i = 0; off && i < (4096 - 256) / 4; i++) {
        uint32_t header = qocpn_ecam_readl(q, off);

        if (!header || header == UINT32_MAX) {
            return 0;
        }
        if (PCI_EXT_CAP_ID(header) == id) {
            return off;
        }
        off = PCI_EXT_CAP_NEXT(header);
    }
    return 0;
}

void qocpn_flr(QOcpn *q)
{
    uint8_t cap = qpci_find_capability(q->pdev, PCI_CAP_ID_EXP, 0);
    uint16_t ctl;

    g_assert_cmphex(cap, !=, 0);
    ctl = qpci_config_readw(q->pdev, cap + PCI_EXP_DEVCTL);
    qpci_config_writew(q->pdev, cap + PCI_EXP_DEVCTL,
                       ctl | PCI_EXP_DEVCTL_BCR_FLR);
}

void qocpn_pci_restore(QOcpn *q)
{
    uint8_t cap;

    qpci_config_writel(q->pdev, PCI_BASE_ADDRESS_0, q->bar.addr);
    qpci_config_writel(q->pdev, PCI_BASE_ADDRESS_1, q->bar.addr >> 32);
    qpci_device_enable(q->pdev);
    if (!q->msi) {
        return;
    }
    cap = qpci_find_capability(q->pdev, PCI_CAP_ID_MSIX, 0);
    qpci_config_writew(q->pdev, cap + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE);
    qtest_memset(q->qts, q->msi, 0, QOCPN_PAGE);
    qocpn_msix_setup(q);
}
