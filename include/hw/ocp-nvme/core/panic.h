/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Panic: the drive has failed so that it serves no I/O until the host does
 * what it asks for (log page C1h).
 * OCP Datacenter NVMe SSD, EREC, INCS, CRASH.
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_PANIC_H
#define HW_OCP_NVME_CORE_PANIC_H

#include "hw/ocp-nvme/core/ctrl.h"

#define OCPN_NPANICS    4u      /* previous ones that are remembered */

typedef struct OcpnPanic {
    uint64_t last;              /* ID of the latest panic; 0: none ever */
    uint64_t previous[OCPN_NPANICS];    /* those before it, newest first */
    uint8_t  count;             /* ever, 255 at most */
    bool     active;            /* LAST is not recovered from */
    bool     read;              /* the host knows what it asks for */
    bool     incomplete;        /* data will be lost at the next power on */
    uint32_t fail;              /* recoveries that shall fail */
} OcpnPanic;

const OcpnPanic *ocpn_panic_state(const OcpnCtrl *c);
/* What it asks for: OCP_PANIC_RESET_, and OCP_RECOVER_; or 0. */
uint8_t ocpn_panic_reset(const OcpnCtrl *c);
uint8_t ocpn_panic_action(const OcpnCtrl *c);
/* OCP_PANIC_BY_: how the host can be told. */
uint32_t ocpn_panic_ways(const OcpnCtrl *c);

/*
 * Panic with ID, which is not 0: I/O is refused, the host is told.  False: it
 * is not an OCP drive, or in panic already.
 */
bool ocpn_panic(OcpnCtrl *c, uint64_t id);
/*
 * ACTION (one of OCP_RECOVER_) was done by a command that succeeds, which ends
 * the panic if that asks for it.  False: it shall not work (see
 * ocpn_panic_fail()), so the command fails.
 */
bool ocpn_panic_recover(OcpnCtrl *c, uint8_t action);
/* It is over, whatever it asks for. */
void ocpn_panic_end(OcpnCtrl *c);
/* The next N recoveries fail. */
void ocpn_panic_fail(OcpnCtrl *c, uint32_t n);
/* Log page C1h was read. */
void ocpn_panic_read(OcpnCtrl *c);

/*
 * Has this power cycle's end lost data?  Found at the next power on (INCS-4),
 * and known to the image from now on.
 */
void ocpn_incomplete_shutdown(OcpnCtrl *c, bool lost);

#endif
