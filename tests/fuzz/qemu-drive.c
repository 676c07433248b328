/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"
#include <sys/mman.h>

#include "block/block.h"
#include "hw/boards.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_host.h"
#include "monitor/qdev.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/units.h"

#include "fuzz-steps.h"
#include "qemu-drive.h"

#define IMAGE   (3 * MiB)
#define SLOTS   16u             /* images */

#define OPEN_CHANNEL \
    "mode=open-channel,lba-size=512,ms=16,num-grp=2,num-pu=2,num-chk=3," \
    "clba=24,ws-min=2,ws-opt=4,mw-cunits=8,wit=10,pe-cycles=20,maxoc=6"

/* As those of fuzz.c, with one namespace each. */
static const struct {
    const char *image;          /* properties that make it */
    const char *device;
} kinds[FUZZ_NKINDS] = {
    { OPEN_CHANNEL, "ocp-version=2.5" },
    { "mode=conventional,lba-size=512", "ocp-version=2.7,x-test-knobs=on" },
    { "mode=conventional,lba-size=4096,ms=8,extended=on",
      "ocp-version=2.5,x-test-knobs=on,write-protect=all" },
    { OPEN_CHANNEL, "ocp-version=2.0,x-test-knobs=on" },
    { "mode=conventional,lba-size=4096,ms=16",
      "ocp-version=off,state-sync=flush" },
};

/*
 * What a drive holds, RCU frees after some 50 ms, its image among that.  So
 * each drive has another image, and after SLOTS drives all wait for RCU.
 */
static struct {
    int      fd;
    uint8_t *map;                       /* all of it */
} slots[SLOTS];
static unsigned slot;                   /* of the drive that was plugged last */
static uint8_t *blank[FUZZ_NKINDS];     /* what auto-format made of an image */

void fuzz_drive_create_image(void)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        slots[i].fd = memfd_create("image", 0);
        g_assert(slots[i].fd >= 0 && !ftruncate(slots[i].fd, IMAGE));
        slots[i].map = mmap(NULL, IMAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
                            slots[i].fd, 0);
        g_assert(slots[i].map != MAP_FAILED);
    }
}

/*
 * RAM ends where the hole of the language begins.  A PIT would tick through the
 * hours that inputs let pass, and be most of what is run.
 */
GString *fuzz_drive_command_line(void)
{
    GString *s = g_string_new(TARGET_NAME);

    g_string_append_printf(s, " -nodefaults -no-user-config -display none"
        " -machine q35,accel=qtest,pit=off,hpet=off,sata=off,smbus=off,i8042=off"
        " -m %u", (unsigned)(FUZZ_HOLE / MiB));
    for (unsigned i = 0; i < SLOTS; i++) {
        g_string_append_printf(s,
            " -blockdev driver=file,node-name=f%u,filename=/proc/self/fd/%d,"
            "locking=off,discard=unmap"
            " -blockdev driver=raw,node-name=d%u,file=f%u,discard=unmap"
            " -object memory-backend-file,id=m%u,share=on,size=%u,"
            "mem-path=/proc/self/fd/%d ",
            i, slots[i].fd, i, i, i, (unsigned)IMAGE, slots[i].fd);
    }
    return s;
}

static void set_all(Object *obj, const char *properties)
{
    g_auto(GStrv) each = g_strsplit(properties, ",", -1);

    for (char **p = each; *p; p++) {
        char *value = strchr(*p, '=');

        *value++ = '\0';
        object_property_parse(obj, *p, value, &error_fatal);
    }
}

/* As one that was there from the start: the root bus has no others. */
static PCIDevice *plug(bool mapped, const char *properties)
{
    g_autofree char *medium = g_strdup_printf(mapped ? "memdev=m%u"
                                                     : "drive=d%u", slot);
    Object *bus = object_resolve_path_type("", TYPE_PCIE_BUS, NULL);
    DeviceState *dev = qdev_new("ocp-nvme");

    dev->hotplugged = false;
    qdev_set_id(dev, g_strdup("nv0"), &error_fatal);
    set_all(OBJECT(dev), medium);
    set_all(OBJECT(dev), properties);
    qdev_realize_and_unref(dev, BUS(bus), &error_fatal);
    return PCI_DEVICE(dev);
}

void fuzz_drive_remove(PCIDevice *pci)
{
    object_unparent(OBJECT(pci));
    bdrv_drain_all();
}

/* Another image, that nobody holds, with the bytes at FROM. */
static void take_slot(const uint8_t *from)
{
    slot = (slot + 1) % SLOTS;
    if (slot == 1) {                    /* for the first input, too */
        drain_call_rcu();
    }
    memcpy(slots[slot].map, from, IMAGE);
}

static void make(unsigned kind)
{
    g_autofree char *how = g_strconcat("auto-format=on,", kinds[kind].image,
                                       ",", kinds[kind].device, NULL);

    blank[kind] = g_malloc0(IMAGE);
    take_slot(blank[kind]);
    fuzz_drive_remove(plug(false, how));
    memcpy(blank[kind], slots[slot].map, IMAGE);
}

/* The image says what it is: the host may have formatted it. */
static PCIDevice *plug_kind(unsigned kind)
{
    return plug(kind / FUZZ_NKINDS & 1, kinds[kind % FUZZ_NKINDS].device);
}

PCIDevice *fuzz_drive_again(unsigned kind)
{
    take_slot(slots[slot].map);
    return plug_kind(kind);
}

PCIDevice *fuzz_drive_new(unsigned kind)
{
    MemoryRegion *ram = current_machine->ram;

    if (!blank[kind % FUZZ_NKINDS]) {
        make(kind % FUZZ_NKINDS);
    }
    take_slot(blank[kind % FUZZ_NKINDS]);
    g_assert(!madvise(memory_region_get_ram_ptr(ram), memory_region_size(ram),
                      MADV_DONTNEED));
    return plug_kind(kind);
}

uint8_t *fuzz_guest(uint64_t addr)
{
    g_assert(addr < FUZZ_HOLE);
    return (uint8_t *)memory_region_get_ram_ptr(current_machine->ram) + addr;
}

void fuzz_drive_write_config(PCIDevice *pci, uint32_t at, uint32_t val)
{
    pci_host_config_write_common(pci, at, pci_config_size(pci), val, 4);
}

void fuzz_drive_set_up_pci(PCIDevice *pci)
{
    fuzz_drive_write_config(pci, PCI_BASE_ADDRESS_0, (uint32_t)QEMU_FUZZ_BAR);
    fuzz_drive_write_config(pci, PCI_BASE_ADDRESS_1, 0);
    fuzz_drive_write_config(pci, PCI_COMMAND, PCI_COMMAND_MEMORY |
                                              PCI_COMMAND_MASTER);
    fuzz_drive_write_config(pci, pci->msix_cap,
                            (uint32_t)PCI_MSIX_FLAGS_ENABLE << 16);
}

void fuzz_drive_flr(PCIDevice *pci)
{
    fuzz_drive_write_config(pci, pci->exp.exp_cap + PCI_EXP_DEVCTL,
                            PCI_EXP_DEVCTL_BCR_FLR);
}
