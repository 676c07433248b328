/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI function: identity, BAR0, capabilities, configuration writes.
 *
 * BAR0 holds the registers and doorbells, then the MSI-X table, then the
 * pending bits, each from a page of its own on.
 */
#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/pci/pcie_aer.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"

#include "ocp-nvme.h"
#include "pump.h"
#include "subsys.h"

#define DOORBELLS       0x1000u
#define PM_OFFSET       0x60
#define PCIE_OFFSET     0x80
#define AER_OFFSET      0x100
#define DSN_OFFSET      (AER_OFFSET + PCI_ERR_SIZEOF)
#define DSN_NUMBER      4       /* behind the capability's header */

/* CNEX Labs: the only open-channel drive Linux ever knew by its numbers. */
#define VENDOR_CNEX     0x1d1d
#define DEVICE_CNEX     0x1f1f

static void set_ids(OcpnDevice *d)
{
    const OcpnDevice *first = d->first ?: d;
    uint8_t *conf = PCI_DEVICE(d)->config;
    bool cnex = d->pci_id ? !strcmp(d->pci_id, "cnex")
                          : first->drive.image.mode == IMG_MODE_OPEN_CHANNEL;
    uint16_t vendor = cnex ? VENDOR_CNEX : PCI_VENDOR_ID_REDHAT;
    uint16_t device = cnex ? DEVICE_CNEX : PCI_DEVICE_ID_REDHAT_NVME;

    pci_config_set_vendor_id(conf, d->vendor_id ? d->vendor_id : vendor);
    pci_config_set_device_id(conf, d->device_id ? d->device_id : device);
    pci_config_set_prog_interface(conf, 0x02);
    conf[PCI_INTERRUPT_PIN] = 1;
}

static bool init_pm(PCIDevice *pci, Error **errp)
{
    if (pci_pm_init(pci, PM_OFFSET, errp) < 0) {
        return false;
    }
    pci_set_word(pci->config + PM_OFFSET + PCI_PM_PMC, PCI_PM_CAP_VER_1_2);
    pci_set_word(pci->config + PM_OFFSET + PCI_PM_CTRL,
                 PCI_PM_CTRL_NO_SOFT_RESET);
    pci_set_word(pci->wmask + PM_OFFSET + PCI_PM_CTRL,
                 PCI_PM_CTRL_STATE_MASK);
    return true;
}

/* What only a PCI Express slot has; i440FX has none. */
static bool init_express(OcpnDevice *d, Error **errp)
{
    const OcpnDevice *first = d->first ?: d;
    PCIDevice *pci = PCI_DEVICE(d);
    int ret;

    if (!pci_is_express(pci)) {
        return true;
    }
    ret = pcie_endpoint_cap_init(pci, PCIE_OFFSET);
    if (ret < 0) {
        error_setg_errno(errp, -ret, "no PCI Express capability");
        return false;
    }
    pcie_cap_deverr_init(pci);
    pcie_cap_flr_init(pci);
    if (pcie_aer_init(pci, PCI_ERR_VER, AER_OFFSET, PCI_ERR_SIZEOF,
                      errp) < 0) {
        return false;
    }
    pcie_dev_ser_num_init(pci, DSN_OFFSET, ldq_be_p(first->drive.image.uuid));
    /* Whether a migration brings the same image, the core judges and says. */
    memset(pci->cmask + DSN_OFFSET + DSN_NUMBER, 0, sizeof(uint64_t));
    return true;
}

static bool init_bar(OcpnDevice *d, Error **errp)
{
    PCIDevice *pci = PCI_DEVICE(d);
    uint32_t table = QEMU_ALIGN_UP(DOORBELLS + 8 * (d->max_ioqpairs + 1),
                                   4 * KiB);
    uint32_t pba = QEMU_ALIGN_UP(table + PCI_MSIX_ENTRY_SIZE * d->msix_qsize,
                                 4 * KiB);

    memory_region_init(&d->bar0, OBJECT(d), "ocp-nvme-bar0",
                       pow2ceil(pba + 4 * KiB));
    memory_region_init_io(&d->regs, OBJECT(d), &ocpn_mmio_ops, d,
                          "ocp-nvme-regs", table);
    memory_region_add_subregion(&d->bar0, 0, &d->regs);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY |
                     PCI_BASE_ADDRESS_MEM_TYPE_64, &d->bar0);
    if (msix_init(pci, d->msix_qsize, &d->bar0, 0, table, &d->bar0, 0, pba, 0,
                  errp) < 0) {
        return false;
    }
    for (unsigned v = 0; v < d->msix_qsize; v++) {
        msix_vector_use(pci, v);
    }
    ocpn_irqfd_init(d);
    return true;
}

bool ocpn_pci_init(OcpnDevice *d, Error **errp)
{
    PCIDevice *pci = PCI_DEVICE(d);

    /* A mapping of anything but RAM shall fail, not be bounced. */
    pci_get_address_space(pci)->max_bounce_buffer_size = 0;
    set_ids(d);
    return init_pm(pci, errp) && init_express(d, errp) && init_bar(d, errp);
}

void ocpn_pci_exit(OcpnDevice *d)
{
    PCIDevice *pci = PCI_DEVICE(d);

    if (msix_present(pci)) {
        ocpn_irqfd_exit(d);
        msix_uninit(pci, &d->bar0, &d->bar0);
    }
    if (memory_region_is_mapped(&d->regs)) {    /* it holds a reference */
        memory_region_del_subregion(&d->bar0, &d->regs);
    }
    if (pci->exp.aer_cap) {
        pcie_aer_exit(pci);
    }
    if (pci->exp.exp_cap) {
        pcie_cap_exit(pci);
    }
}

void ocpn_pci_update_running(OcpnDevice *d)
{
    bool running = d->bus_running && d->vm_running && !d->reload &&
                   !d->drained && ocpn_subsys_runs(d);

    if (running != d->running) {
        d->running = running;
        ocpn_ctrl_set_running(d->core, running);
    }
    ocpn_subsys_update_running(d);
}

void ocpn_pci_was_reset(OcpnDevice *d)
{
    d->bus_running = false;
    ocpn_pci_update_running(d);
    d->msix = false;
    ocpn_ctrl_set_msix(d->core, false);
    ocpn_irqfd_reset(d);
}

/* pcie_cap_flr_write_config() resets the device while the bit is set. */
bool ocpn_pci_in_flr(const OcpnDevice *d)
{
    const PCIDevice *pci = PCI_DEVICE(d);

    return pci->exp.exp_cap &&
           (pci_get_word(pci->config + pci->exp.exp_cap + PCI_EXP_DEVCTL) &
            PCI_EXP_DEVCTL_BCR_FLR);
}

void ocpn_pci_config_changed(OcpnDevice *d)
{
    PCIDevice *pci = PCI_DEVICE(d);
    uint16_t command = pci_get_word(pci->config + PCI_COMMAND);
    uint16_t pm = pci_get_word(pci->config + PM_OFFSET + PCI_PM_CTRL);
    bool msix = msix_enabled(pci);

    d->bus_running = (command & PCI_COMMAND_MASTER) &&
                     !(pm & PCI_PM_CTRL_STATE_MASK);
    ocpn_pci_update_running(d);
    if (msix != d->msix) {
        d->msix = msix;
        ocpn_ctrl_set_msix(d->core, msix);
    }
}

void ocpn_pci_write_config(PCIDevice *pci, uint32_t addr, uint32_t val,
                           int len)
{
    pci_default_write_config(pci, addr, val, len);
    if (pci_is_express(pci)) {
        pcie_cap_flr_write_config(pci, addr, val, len);
        pcie_aer_write_config(pci, addr, val, len);
    }
    ocpn_pci_config_changed(OCP_NVME(pci));
}
