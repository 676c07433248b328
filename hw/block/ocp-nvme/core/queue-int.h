/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What queue.c, fetch.c and post.c share.  All in the owner's thread. */
#ifndef HW_BLOCK_OCP_NVME_CORE_QUEUE_INT_H
#define HW_BLOCK_OCP_NVME_CORE_QUEUE_INT_H

#include "ctrl-int.h"

/* A request is over: its slot is free again. */
void ocpn_req_free(OcpnReq *r);

/* Take the tail from the shadow doorbell, if there is one. */
void ocpn_read_shadow_tail(OcpnCtrl *c, OcpnSq *sq);

/* Let the host ring the doorbell at OFF when it goes on from VALUE. */
void ocpn_write_event_index(OcpnCtrl *c, uint32_t off, uint32_t value);

/* Run up to OCPN_BUDGET commands of SQ.  True: there are more. */
bool ocpn_sq_run(OcpnCtrl *c, OcpnSq *sq);

/* Post what is done and fits, then interrupt. */
void ocpn_cq_post(OcpnCtrl *c, OcpnCq *cq);

#endif
