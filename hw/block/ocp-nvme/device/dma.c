/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies to and from guest memory.
 *
 * By mapping and not by address_space_rw(): where there is no RAM a mapping
 * fails and nothing happens, while an access could reach another device, or
 * wait in an IOThread for the big lock whose holder waits for that IOThread.
 */
#include "qemu/osdep.h"
#include "system/dma.h"

#include "ocp-nvme.h"

static bool copy(OcpnDevice *d, uint64_t addr, uint8_t *buf, uint64_t len,
                 DMADirection dir)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(d));
    const MemTxAttrs attrs = { .memory = 1 };

    if (len && addr > UINT64_MAX - (len - 1)) {
        return false;
    }
    while (len) {
        dma_addr_t n = len;
        void *p = dma_memory_map(as, addr, &n, dir, attrs);

        if (!p) {
            return false;
        }
        if (dir == DMA_DIRECTION_TO_DEVICE) {
            memcpy(buf, p, n);
        } else {
            memcpy(p, buf, n);
        }
        dma_memory_unmap(as, p, n, dir, n);
        addr += n;
        buf += n;
        len -= n;
    }
    return true;
}

bool ocpn_dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
    return copy(opaque, addr, buf, len, DMA_DIRECTION_TO_DEVICE);
}

bool ocpn_dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
    return copy(opaque, addr, (uint8_t *)buf, len, DMA_DIRECTION_FROM_DEVICE);
}
