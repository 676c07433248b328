/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that change namespaces share.  Thread: main. */
#ifndef HW_BLOCK_OCP_NVME_CORE_CMD_NS_INT_H
#define HW_BLOCK_OCP_NVME_CORE_CMD_NS_INT_H

#include "nvm-int.h"

/* R changes the table from now on, and nobody else does. */
void ocpn_ns_change_begin(OcpnCtrl *c, OcpnReq *r);
/* The change goes to the image; NEXT runs then, r->failed tells. */
void ocpn_ns_change_write(OcpnCtrl *c, OcpnReq *r,
                          void (*next)(OcpnCtrl *c, OcpnReq *r));
/*
 * R is over.  If it failed, or a reset came, nothing has changed; WRITTEN:
 * the image may have it, and gets the table from before.
 */
void ocpn_ns_change_undo(OcpnCtrl *c, OcpnReq *r, bool written);
void ocpn_ns_change_end(OcpnCtrl *c, OcpnReq *r);

/* cmd-ns-create.c: SEL 0 of Namespace Management */
OcpnFlow ocpn_ns_create(OcpnCtrl *c, OcpnReq *r);

#endif
