/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asynchronous events and the error log.
 * NVMe Base 2.0, "Asynchronous Event Request command", "Error Information".
 */
#ifndef HW_OCP_NVME_CORE_EVENT_H
#define HW_OCP_NVME_CORE_EVENT_H

#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/spec/image.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

/*
 * Raise an event; LID is the page that clears it.  Of one (type, LID) at most
 * one is reported until the page is read with RAE 0.  Features 0Bh may mask
 * it.  Main.
 */
void ocpn_event(OcpnCtrl *c, uint8_t type, uint8_t info, uint8_t lid);
/* At once, to a request that waits, masked or not; with none it is lost. */
void ocpn_event_now(OcpnCtrl *c, uint8_t type, uint8_t info, uint8_t lid);

/*
 * Page LID was read with RAE 0: of the events that name it none waits any
 * more, and new ones may be sent.
 */
void ocpn_event_clear(OcpnCtrl *c, uint8_t lid);
/* All outstanding and masked events are forgotten (reset). */
void ocpn_events_reset(OcpnCtrl *c);

/* Identify data of NSID changed: LID 04h lists it, and a Notice says so. */
void ocpn_ns_changed(OcpnCtrl *c, uint32_t nsid);
/* Bit n: NSID n + 1 changed since the page was read with RAE 0. */
uint32_t ocpn_ns_changes(const OcpnCtrl *c);
void ocpn_ns_changes_clear(OcpnCtrl *c);

/* Add R's failure to the error log.  Any owner thread. */
void ocpn_error_add(OcpnCtrl *c, const OcpnReq *r);
/* Entry INDEX, 0 the newest, as the host reads it; zeros if there is none. */
void ocpn_error_get(OcpnCtrl *c, unsigned index, NvmeErrorEntry *e);
/* Failures ever (SMART, Number of Error Information Log Entries). */
uint64_t ocpn_error_count(OcpnCtrl *c);
/* The log from and to its state page. */
void ocpn_errors_load(OcpnCtrl *c, const ImgPage *p);
void ocpn_errors_store(OcpnCtrl *c, ImgPage *p);

#endif
