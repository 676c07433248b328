/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write protection of namespaces, which a host asks for: NVME_NSWP_ states.
 */
#ifndef HW_OCP_NVME_CORE_PROTECT_H
#define HW_OCP_NVME_CORE_PROTECT_H

#include "hw/ocp-nvme/core/ns.h"

/* NVME_NWPC_: the states this drive offers; 0: none.  Any thread. */
uint8_t ocpn_protect_offered(const OcpnCtrl *c);

/* NVME_NSWP_, 0: not at all.  Any thread. */
static inline uint8_t ocpn_protection(const OcpnNs *ns)
{
    return atomic_load_explicit(&ns->protect, memory_order_relaxed);
}

/*
 * R: NS has STATE from now on, for commands fetched from now on; the host is
 * told if it notices.  Its drive's store is dirty.  Main.
 */
void ocpn_protect(OcpnNs *ns, uint8_t state, const OcpnReq *r);
/*
 * The image has what R, which may be gone from then on, has set, or it cannot
 * have it: then NS has the state that it had before.  Main.
 */
void ocpn_protect_end(OcpnNs *ns, uint8_t state, const OcpnReq *r,
                      bool failed);

#endif
