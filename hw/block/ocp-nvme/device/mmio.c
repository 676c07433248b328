/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BAR0 to registers: bytes in, no meaning. */
#include "qemu/osdep.h"

#include "ocp-nvme.h"

static uint64_t mmio_read(void *opaque, hwaddr addr, unsigned size)
{
    OcpnDevice *d = opaque;

    return ocpn_reg_read(d->core, addr, size);
}

static void mmio_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    OcpnDevice *d = opaque;

    ocpn_reg_write(d->core, addr, val, size);
}

const MemoryRegionOps ocpn_mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};
