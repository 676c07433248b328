/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives for the fuzz target in QEMU.  For each input a controller is plugged
 * in anew, on an image as new, and guest RAM is zeros; so inputs do not depend
 * on those before them.  Thread: main, which is the only one.
 */
#ifndef TESTS_FUZZ_QEMU_DRIVE_H
#define TESTS_FUZZ_QEMU_DRIVE_H

#include "hw/pci/pci_device.h"
#include "tests/qtest/libqtest.h"

/* Of the registers, where the guest sees them. */
#define QEMU_FUZZ_BAR   UINT64_C(0xe0000000)

/* Before QEMU begins: the image is a file without a name. */
void fuzz_drive_create_image(void);
/* What QEMU is started with; free it with g_string_free(). */
GString *fuzz_drive_command_line(void);

/*
 * A controller of KIND (any number), on an image as new, in a machine as new.
 * Odd ones of KIND / FUZZ_NKINDS have the image mapped (memdev=).
 */
PCIDevice *fuzz_drive_new(unsigned kind);
/* Another one, on a copy of the image of the last one.  It must open. */
PCIDevice *fuzz_drive_again(unsigned kind);
/* Take it away, whatever is under way; RCU frees its memory later. */
void fuzz_drive_remove(PCIDevice *pci);

/* As a BIOS does: registers at QEMU_FUZZ_BAR, bus master, MSI-X. */
void fuzz_drive_set_up_pci(PCIDevice *pci);
/* A dword of the PCI configuration; the host's way to write it. */
void fuzz_drive_write_config(PCIDevice *pci, uint32_t at, uint32_t val);
/* Function Level Reset. */
void fuzz_drive_flr(PCIDevice *pci);

/* Guest RAM from ADDR on: all that a step names is below FUZZ_HOLE. */
uint8_t *fuzz_guest(uint64_t addr);

#endif
