/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the vector commands share. */
#ifndef OCPN_CMD_VECTOR_INT_H
#define OCPN_CMD_VECTOR_INT_H

#include "chunks-int.h"

/*
 * R's count in r->nlb, LBAL in r->slba: the LBA if the count is 1, else the
 * address of the list.  FLOW_PENDING: go on.
 */
OcpnFlow ocpn_vector_count(OcpnCtrl *c, OcpnReq *r);

/*
 * R->vec, from its queue's pool.  FLOW_PENDING: go on.  FLOW_STALL, FLOW_DONE
 * (failed): return it.
 */
OcpnFlow ocpn_vector_context(OcpnCtrl *c, OcpnReq *r);

/* Fetch the N (1 to 64) LBAs of the list at ADDR.  False: not memory. */
bool ocpn_vector_list(OcpnCtrl *c, uint64_t addr, uint32_t n, uint64_t *lba);

#endif
