/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The opcode tables.  A row is all the device knows about a command; LID 05h,
 * OACS and ONCS are computed from the rows.
 */
#ifndef HW_OCP_NVME_CORE_DISPATCH_H
#define HW_OCP_NVME_CORE_DISPATCH_H

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/req.h"

OcpnFlow ocpn_dispatch(OcpnCtrl *c, OcpnReq *r);
/*
 * The same for one of a fused pair, without running it.  FLOW_PENDING: it may
 * run, and holds its namespace.
 */
OcpnFlow ocpn_dispatch_fused(OcpnCtrl *c, OcpnReq *r);

/* Commands Supported and Effects entry; 0: the command is not there. */
uint32_t ocpn_admin_effects(const OcpnCtrl *c, uint8_t opc);
uint32_t ocpn_io_effects(const OcpnCtrl *c, uint8_t opc);
/* What Identify Controller says. */
uint16_t ocpn_oacs(const OcpnCtrl *c);
uint16_t ocpn_oncs(const OcpnCtrl *c);

/* The handlers, by file. */
/* cmd-queue.c */
OcpnFlow ocpn_delete_sq(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_create_sq(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_delete_cq(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_create_cq(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_abort(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_async_event(OcpnCtrl *c, OcpnReq *r);     /* event.c */
OcpnFlow ocpn_dbbuf_config(OcpnCtrl *c, OcpnReq *r);
/* cmd-log.c, cmd-identify.c, cmd-feature.c, cmd-format.c */
OcpnFlow ocpn_get_log(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_identify(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_set_feature(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_get_feature(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_format(OcpnCtrl *c, OcpnReq *r);
/* cmd-firmware.c */
OcpnFlow ocpn_fw_commit(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_fw_download(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_self_test(OcpnCtrl *c, OcpnReq *r);       /* self-test.c */
OcpnFlow ocpn_sanitize(OcpnCtrl *c, OcpnReq *r);
/* cmd-ns.c: Namespace Management, Namespace Attachment */
OcpnFlow ocpn_ns_manage(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_ns_attach(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_geometry(OcpnCtrl *c, OcpnReq *r);        /* cmd-chunk.c */
/* cmd-ocssd12.c: Open-Channel 1.2; the first is Geometry's reply */
OcpnFlow ocpn_identify12(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_get_bbt(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_set_bbt(OcpnCtrl *c, OcpnReq *r);
/* cmd-nvm.c: read, write, flush; conventional namespaces */
OcpnFlow ocpn_flush(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_read(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_write(OcpnCtrl *c, OcpnReq *r);
/* cmd-nvm-range.c, cmd-nvm-check.c, cmd-copy.c; conventional only */
OcpnFlow ocpn_write_zeroes(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_write_uncorrectable(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_compare(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_verify(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_dsm(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_copy(OcpnCtrl *c, OcpnReq *r);
/* cmd-chunk.c: scalar commands on chunks; cmd-vector.c */
OcpnFlow ocpn_chunk_read(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_chunk_write(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_chunk_dsm(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_vector_reset(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_vector_write(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_vector_read(OcpnCtrl *c, OcpnReq *r);
OcpnFlow ocpn_vector_copy(OcpnCtrl *c, OcpnReq *r);

#endif
