/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that were recorded from another drive, and are served as they are:
 * telemetry (LID 07h or 08h, as its first byte says) and its strings (C9h).
 * Only what serving them needs is judged.  Any thread.
 */
#ifndef HW_OCP_NVME_CORE_RECORDED_H
#define HW_OCP_NVME_CORE_RECORDED_H

#include <stddef.h>

#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/core/ocp.h"

#define OCPN_RECORDED_TELEMETRY (16u << 20)     /* bytes at most */
#define OCPN_RECORDED_STRINGS   (1u << 20)

/* Can it be served?  False: ERR says why not. */
bool ocpn_recorded_telemetry(const OcpnRecorded *r, OcpnError *err);
bool ocpn_recorded_strings(const OcpnRecorded *r, OcpnError *err);

#endif
