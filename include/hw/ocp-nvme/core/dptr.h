/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PRP and SGL to a list of guest segments.
 * NVMe Base 2.0, "Physical Region Page Entry and List", "Scatter Gather List".
 *
 * Lists are fetched once; the copy is judged and used.  Adjacent pieces are
 * merged.  A command walks at most 8192 descriptors and entries, and is left
 * with at most 2^MDTS + 2 separate pieces, or 512 if that is more: any PRP
 * transfer fits.
 */
#ifndef HW_OCP_NVME_CORE_DPTR_H
#define HW_OCP_NVME_CORE_DPTR_H

#include "hw/ocp-nvme/core/req.h"

/*
 * Describe LEN bytes of host memory that R's DPTR names, in r->data.  TO_HOST
 * allows SGL bit buckets (they become segments with address
 * OCPN_SEG_BUCKET).  SQ owner's thread.
 * FLOW_PENDING: done, go on.  FLOW_DONE: refused.  FLOW_STALL: no memory for
 * the list now.
 */
OcpnFlow ocpn_dptr_data(OcpnCtrl *c, OcpnReq *r, uint64_t len, bool to_host);

/*
 * The same for MPTR and separate metadata, in r->meta.  A contiguous buffer
 * (PSDT 0, 1) or one SGL segment (PSDT 2).
 */
OcpnFlow ocpn_dptr_meta(OcpnCtrl *c, OcpnReq *r, uint64_t len);

#define OCPN_SEG_BUCKET     UINT64_MAX

/*
 * Cut bytes [off, off + len) out of D into at most MAX segments.  Returns the
 * number of segments; COVERED says how many bytes they are.
 */
uint32_t ocpn_dptr_slice(const OcpnDptr *d, uint64_t off, uint64_t len,
                         OcpnSeg *seg, uint32_t max, uint64_t *covered);

/* Copy between BUF and bytes [off, off + len) of D.  False: not RAM. */
bool ocpn_dptr_read(OcpnCtrl *c, const OcpnDptr *d, uint64_t off, void *buf,
                    uint64_t len);
bool ocpn_dptr_write(OcpnCtrl *c, const OcpnDptr *d, uint64_t off,
                     const void *buf, uint64_t len);
/* Fill bytes [off, off + len) of D with BYTE.  False: not RAM. */
bool ocpn_dptr_fill(OcpnCtrl *c, const OcpnDptr *d, uint64_t off,
                    uint8_t byte, uint64_t len);

/*
 * For admin commands: send LEN bytes of BUF to the host buffer (or fetch
 * them), with all checks.  FLOW_DONE: finished, r->status is set.
 * A refused or failed transfer leaves a status other than success.
 */
OcpnFlow ocpn_dptr_send(OcpnCtrl *c, OcpnReq *r, const void *buf,
                        uint64_t len);
OcpnFlow ocpn_dptr_fetch(OcpnCtrl *c, OcpnReq *r, void *buf, uint64_t len);

#endif
