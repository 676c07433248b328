/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened last, for who asks by the monitor.  Thread: main. */
#ifndef OCPN_RECORD_INT_H
#define OCPN_RECORD_INT_H

#include "hw/ocp-nvme/core/happen.h"

#define OCPN_NRECORDS   128u

/* Member of OcpnCtrl. */
typedef struct OcpnRecord {
    uint64_t n;                 /* ever */
    struct {
        uint8_t  what;          /* OcpnHappening */
        uint64_t ns, a, b;
    } entry[OCPN_NRECORDS];     /* by n */
} OcpnRecord;

/* A listener: a row of core/happen.c. */
void ocpn_record(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b);

#endif
