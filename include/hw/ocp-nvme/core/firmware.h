/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware: the slots, what runs, and what has run.  Nothing of an image is
 * executed; all that is kept of it is what its first line says: see
 * docs/ocp.rst, "Firmware".
 *
 * Drives without OCP have one slot with the device's own firmware, and no
 * commands.  Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_FIRMWARE_H
#define HW_OCP_NVME_CORE_FIRMWARE_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/ocp-firmware.h"

#define OCPN_FW_SLOTS   3u      /* 1..3, all may be written */
#define OCPN_FW_UNIT    4096u   /* bytes: FWUG */
#define OCPN_FW_MTFA    1000u   /* ms: an activation without reset at most */

/* The revision that runs, 1..8 characters. */
const char *ocpn_firmware_revision(const OcpnCtrl *c);
/*
 * Which build it is: its revision and its contents, as a number; 0: the
 * device's own.
 */
uint64_t ocpn_firmware_build(const OcpnCtrl *c);
/* Its security version. */
uint64_t ocpn_firmware_security(OcpnCtrl *c);

/* The revision in SLOT; NULL: it is empty, or there is no such slot. */
const char *ocpn_firmware_slot(const OcpnCtrl *c, unsigned slot);
/* The slot of what runs; that from the next suitable reset on, or 0. */
unsigned ocpn_firmware_active(const OcpnCtrl *c);
unsigned ocpn_firmware_next(const OcpnCtrl *c);

/* The history as page C2h has it.  Returns how many entries are valid. */
unsigned ocpn_firmware_history(const OcpnCtrl *c,
                               OcpFwEntry entry[OCP_FW_ENTRIES]);
/* It is empty; attempts are counted on. */
void ocpn_firmware_forget(OcpnCtrl *c);

/* There are slots, and commands for them. */
bool ocpn_firmware_present(const OcpnCtrl *c);

#endif
