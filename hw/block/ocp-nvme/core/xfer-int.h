/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xfer.c and xfer-bounce.c share. */
#ifndef HW_BLOCK_OCP_NVME_CORE_XFER_INT_H
#define HW_BLOCK_OCP_NVME_CORE_XFER_INT_H

#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/xfer.h"

/* Go on with R, or finish it. */
void ocpn_xfer_go(OcpnCtrl *c, OcpnReq *r);

/* Entries [first, first + n) failed; the first failure is R's status. */
void ocpn_xfer_failed(OcpnCtrl *c, OcpnReq *r, uint32_t first, uint32_t n,
                      OcpnIoResult result);

/* Is R a write of blocks that have metadata, of which the host gives none? */
bool ocpn_xfer_zeroes(const OcpnReq *r);

/*
 * Then: blocks whose metadata becomes zeros with the N that begin at R's
 * cursor and *INDEX; the first of them in *INDEX.
 */
uint32_t ocpn_xfer_zero(const OcpnReq *r, uint32_t n, uint64_t *index);

/*
 * The next piece of RUN by way of a scratch buffer.  False: none is free now,
 * or R has other I/Os in flight.
 */
bool ocpn_xfer_bounce(OcpnCtrl *c, OcpnReq *r, const OcpnRun *run);

#endif
