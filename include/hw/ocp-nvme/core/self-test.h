/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Device Self-test command's operations and their results.  Drives with
 * OCP only.  A test takes simulated time; what it finds is what the drive
 * knows of itself.  NVMe Base 2.0, "Device Self-test Operations".
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_SELF_TEST_H
#define HW_OCP_NVME_CORE_SELF_TEST_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/nvme-history.h"

#define OCPN_SELF_TEST_SHORT_S      60u     /* seconds */
#define OCPN_SELF_TEST_EXTENDED_M   10u     /* minutes: EDSTT */

/* Parts of a test, in this order; see core/self-test-segment.c. */
enum OcpnSegment {
    OCPN_SEGMENT_RAM        = 1,
    OCPN_SEGMENT_SMART      = 2,    /* a critical warning */
    OCPN_SEGMENT_BACKUP     = 3,    /* power-loss protection has failed */
    OCPN_SEGMENT_METADATA   = 4,
    OCPN_SEGMENT_NVM        = 5,
    OCPN_SEGMENT_DATA       = 6,    /* extended only */
    OCPN_SEGMENT_MEDIA      = 7,    /* a fault rule lets reads fail */
    OCPN_SEGMENT_LIFE       = 8,    /* read-only, or all but worn out */
    OCPN_SEGMENT_SMART_2    = 9,
    OCPN_SEGMENTS           = 9,
};

/* What a host reads now: LID 06h.  LOG is all zeros. */
void ocpn_self_test_log(OcpnCtrl *c, NvmeSelfTestLog *log);
/* The test that runs, if any, ends with RESULT. */
void ocpn_self_test_abort(OcpnCtrl *c, enum NvmeSelfTestEnd result);

#endif
