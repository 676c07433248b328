/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fused operations, and what they need of the rings: cmd-fused.c, fetch.c.
 * All in the owner's thread unless said otherwise.
 */
#ifndef HW_BLOCK_OCP_NVME_CORE_FUSED_INT_H
#define HW_BLOCK_OCP_NVME_CORE_FUSED_INT_H

#include "ctrl-int.h"

/* Does the drive have Compare and Write?  Any thread. */
static inline bool ocpn_fused_there(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_1_0) && ocpn_ns_first(c, IMG_MODE_CONVENTIONAL);
}

/* Is R for ocpn_fused()?  Others that are fused are refused as they are. */
static inline bool ocpn_is_fused(const OcpnCtrl *c, const OcpnReq *r)
{
    return FIELD_GET(NVME_CMD_FUSE, r->cmd.flags) && r->sq->id &&
           ocpn_fused_there(c);
}

/*
 * Run R, and with it the second of its pair, which it takes from the ring.
 * As a handler: FLOW_STALL has taken nothing.
 */
OcpnFlow ocpn_fused(OcpnCtrl *c, OcpnReq *r);

/* The command that is next in the ring; NULL: the host has put none there. */
const NvmeCmd *ocpn_sq_peek(OcpnCtrl *c, OcpnSq *sq);
/* Take it.  There are one and a slot. */
OcpnReq *ocpn_sq_take(OcpnCtrl *c, OcpnSq *sq);
/* As if it had not been taken; nothing else was since. */
void ocpn_sq_put_back(OcpnCtrl *c, OcpnReq *r);

#endif
