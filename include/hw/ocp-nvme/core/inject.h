/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors: feature C0h, and the same by the monitor.
 * OCP Datacenter NVMe SSD, ERRI, SERRI; docs/fault-injection.rst.
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_INJECT_H
#define HW_OCP_NVME_CORE_INJECT_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/spec/ocp-error.h"

/* Does the drive let hosts inject errors? */
bool ocpn_inject_offered(const OcpnCtrl *c);

/*
 * N entries take the place of all that are set.  False: one of them is none
 * that this drive has, and nothing changed.  N <= OCP_INJECTIONS.
 */
bool ocpn_inject_set(OcpnCtrl *c, const OcpInjection *e, uint32_t n);
/* Those that are armed, to E, which has room for OCP_INJECTIONS. */
uint32_t ocpn_inject_get(OcpnCtrl *c, OcpInjection *e);

/*
 * For the monitor, without a host's limits, and in addition to what is set.
 * It is a knob, so knobs must be on.  TYPE is enum OcpInjectType, of any
 * version.  SINGLE: it fires once; else again and again, panics too, until a
 * host's Set Features or ocpn_inject_clear() replaces it.
 *
 * AFTER, 0 to 65535: so many commands it lets pass, of the kind it waits for
 * (of its type's row: I/O, writes, admin commands); panics come when so many
 * reads have completed, and at once for 0.  A type that waits for no command
 * has 0 here.
 *
 * MS: how late commands are, of types 0Eh and (at most) 1Eh; 0: a second.  No
 * other type knows a time, and has 0 here.
 *
 * False, with ERR: knobs are off, or there is no such type, or it does not
 * have what was said, or OCP_INJECTIONS are armed.
 */
bool ocpn_inject(OcpnCtrl *c, uint32_t type, uint32_t after, uint32_t ms,
                 bool single, OcpnError *err);

/* Is an error of TYPE armed?  It fires by this call. */
bool ocpn_inject_take(OcpnCtrl *c, enum OcpInjectType type);
/* Nothing is armed any more; if not ALL, but panics that repeat. */
void ocpn_inject_clear(OcpnCtrl *c, bool all);

#endif
