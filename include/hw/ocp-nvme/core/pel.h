/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Persistent Event Log: what happened to the drive in its life, newest
 * first, and the frozen view of it that a host reads.  Drives with OCP only.
 * Most of it comes from happenings (happen.h): OCPN_HAP_FIRMWARE, _FORMAT_,
 * _SANITIZE_, _TELEMETRY, _TEMPERATURE, ...; ocpn_pel_namespace() is for what
 * these cannot say.  NVMe Base 2.0, "Persistent Event Log (Log Identifier
 * 0Dh)".
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_PEL_H
#define HW_OCP_NVME_CORE_PEL_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/nvme-history.h"

/*
 * Add an event of TYPE with LEN bytes of DATA, at most OCPN_PEL_DATA; it is in
 * the image soon.  The oldest ones go if there is no room.
 */
void ocpn_pel_add(OcpnCtrl *c, uint8_t type, uint8_t revision,
                  const void *data, size_t len);
#define OCPN_PEL_DATA   512u

/* Namespace Management has done what EVENT says. */
void ocpn_pel_namespace(OcpnCtrl *c, const NvmePelNamespace *event);

/* Is there a reporting context? */
bool ocpn_pel_established(const OcpnCtrl *c);
/* Bytes of the context; without one, of that which would be made now. */
uint64_t ocpn_pel_length(const OcpnCtrl *c);
/* Make one, unless there is one: it is read from now on. */
void ocpn_pel_establish(OcpnCtrl *c);
void ocpn_pel_release(OcpnCtrl *c);
/* Bytes [OFF, OFF + LEN) of the context, which has them. */
void ocpn_pel_read(const OcpnCtrl *c, uint64_t off, void *buf, size_t len);

#endif
