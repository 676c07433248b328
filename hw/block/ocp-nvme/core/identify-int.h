/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The large Identify structures.  PAGE has NVME_IDENTIFY_SIZE zeroed bytes.
 * Thread: main.
 */
#ifndef OCPN_IDENTIFY_INT_H
#define OCPN_IDENTIFY_INT_H

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"

/* 52-54-00, the locally administered prefix of QEMU; low byte first. */
#define OCPN_IEEE   { 0x00, 0x54, 0x52 }

void ocpn_identify_ctrl(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid,
                        uint8_t *page);
/* NS is active. */
void ocpn_identify_ns(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page);
void ocpn_identify_ns_independent(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid,
                                  uint8_t *page);

/* NSID FFFFFFFFh: what namespaces can have that are created. */
void ocpn_identify_ns_common(OcpnCtrl *c, uint8_t *page);

/* identify-ocp.c: what an OCP drive has in place of others' */
void ocpn_identify_ctrl_ocp(const OcpnCtrl *c, NvmeIdCtrl *id);
/* NS is conventional. */
void ocpn_identify_ns_ocp(OcpnNs *ns, NvmeIdNs *id);
/* Format Progress Indicator of NS, of any mode. */
uint8_t ocpn_identify_fpi(OcpnNs *ns);
/* NS was given no EUI64.  False: it has none. */
bool ocpn_identify_eui64_ocp(const OcpnNs *ns, uint8_t eui64[8]);

/* NS's EUI64 as it is sent, big endian. */
void ocpn_identify_eui64(const OcpnNs *ns, uint8_t eui64[8]);

#endif
