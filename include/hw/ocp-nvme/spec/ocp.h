/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OCP Datacenter NVMe SSD: identifiers.  The pages' bytes are in ocp-*.h.
 */
#ifndef HW_OCP_NVME_SPEC_OCP_H
#define HW_OCP_NVME_SPEC_OCP_H

#include "hw/ocp-nvme/spec/bytes.h"

/* In text order, which is the order on the wire. */
#define OCP_UUID { \
    0xc1, 0x94, 0xd5, 0x5b, 0xe0, 0x94, 0x47, 0x94, \
    0xa2, 0x1d, 0x29, 0x99, 0x8f, 0x56, 0xbe, 0x6f }

enum OcpLogId {
    OCP_LID_SMART           = 0xc0,
    OCP_LID_ERROR_RECOVERY  = 0xc1,
    OCP_LID_FW_HISTORY      = 0xc2,
    OCP_LID_LATENCY         = 0xc3,
    OCP_LID_CAPABILITIES    = 0xc4,
    OCP_LID_UNSUPPORTED     = 0xc5,
    OCP_LID_HARDWARE        = 0xc6,
    OCP_LID_TCG             = 0xc7,
    OCP_LID_STRINGS         = 0xc9,
    OCP_LID_LATENCY_DEBUG   = 0xca,
};

enum OcpFeatureId {
    OCP_FID_ERROR_INJECTION = 0xc0,
    OCP_FID_CLEAR_FW_HISTORY = 0xc1,
    OCP_FID_PLP_MODE        = 0xc2,     /* EOL/PLP failure mode */
    OCP_FID_CLEAR_PCIE      = 0xc3,
    OCP_FID_IEEE1667        = 0xc4,
    OCP_FID_LATENCY         = 0xc5,
    OCP_FID_PLP_INTERVAL    = 0xc6,
    OCP_FID_POWER_STATE     = 0xc7,     /* DSSD power state, watts */
    OCP_FID_TELEMETRY       = 0xc8,     /* profile */
    OCP_FID_ASYNC_EVENT     = 0xc9,     /* panic notices */
    OCP_FID_IDLE_WAKE_UP    = 0xca,
};

/* CDW11 of Set Features */
enum {
    OCP_PLP_MODE_SHIFT      = 30,   OCP_PLP_MODE_MASK       = 0x3,
    OCP_IEEE1667_SHIFT      = 31,   OCP_IEEE1667_MASK       = 0x1,
    OCP_PLP_INTERVAL_SHIFT  = 16,   OCP_PLP_INTERVAL_MASK   = 0xffff,
    OCP_DSSD_PS_SHIFT       = 0,    OCP_DSSD_PS_MASK        = 0x7f,
    OCP_PROFILE_SHIFT       = 0,    OCP_PROFILE_MASK        = 0xff,
    OCP_IDLE_WAKE_SHIFT     = 0,    OCP_IDLE_WAKE_MASK      = 0xffff,
};

/*
 * GUIDs of pages: 128-bit numbers, so the bytes on the wire are those of the
 * text, last first.
 */
#define OCP_GUID(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
    { 0x##p, 0x##o, 0x##n, 0x##m, 0x##l, 0x##k, 0x##j, 0x##i, \
      0x##h, 0x##g, 0x##f, 0x##e, 0x##d, 0x##c, 0x##b, 0x##a }

#endif
