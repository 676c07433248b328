/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The self-test's inside.  Thread: main. */
#ifndef OCPN_SELF_TEST_INT_H
#define OCPN_SELF_TEST_INT_H

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/self-test.h"
#include "hw/ocp-nvme/core/state.h"

/* Member of OcpnCtrl. */
typedef struct OcpnSelfTest {
    uint8_t  code;              /* NVME_DST_STC_ of what runs; 0: nothing */
    uint8_t  next;              /* the segment it is in */
    bool     on;                /* power is on */
    uint32_t nsid;              /* as in the command */
    uint64_t begun;             /* port->now(), as if it never had a pause */
    NvmeSelfTestResult found;   /* so far; segment 0: nothing wrong */
    NvmeSelfTestResult result[NVME_SELF_TESTS];     /* as in ImgSelfTest */
} OcpnSelfTest;

extern const OcpnStatePart ocpn_self_test_part;

/* RUNNING: power was on all the time (migration). */
void ocpn_self_test_power_on(OcpnCtrl *c, bool running);
void ocpn_self_test_tick(OcpnCtrl *c);
void ocpn_self_test_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                             uint64_t b);
/* How far it is goes to the image, soon. */
void ocpn_self_test_dirty(OcpnCtrl *c);

/* self-test-segment.c: judge SEGMENT; what is wrong goes to FOUND. */
void ocpn_self_test_segment(OcpnCtrl *c, unsigned segment,
                            NvmeSelfTestResult *found);

#endif
