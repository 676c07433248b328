/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C2h: which firmware was activated when.
 *
 * Source: OCP Datacenter NVMe SSD, section "Firmware Activation History".
 */
#ifndef HW_OCP_NVME_SPEC_OCP_FIRMWARE_H
#define HW_OCP_NVME_SPEC_OCP_FIRMWARE_H

#include "hw/ocp-nvme/spec/ocp.h"

typedef struct OcpFwEntry {
    uint8_t version;        /* [00]     1 */
    uint8_t length;         /* [01]     64 */
    uint8_t rsvd2[2];       /* [03:02] */
    Le16    attempts;       /* [05:04]  so far, saturating */
    uint8_t timestamp[8];   /* [13:06]  as of Feature 0Eh */
    uint8_t rsvd14[8];      /* [21:14] */
    Le64    power_cycles;   /* [29:22] */
    char    previous[8];    /* [37:30]  revision, ASCII */
    char    now[8];         /* [45:38]  the same if it failed */
    uint8_t slot;           /* [46] */
    uint8_t action;         /* [47]     NVME_FW_CA_ */
    Le16    result;         /* [49:48]  0, or the status */
    uint8_t rsvd50[14];     /* [63:50] */
} OcpFwEntry;
WIRE_AT(OcpFwEntry, attempts, 4);
WIRE_AT(OcpFwEntry, timestamp, 6);
WIRE_AT(OcpFwEntry, power_cycles, 22);
WIRE_AT(OcpFwEntry, previous, 30);
WIRE_AT(OcpFwEntry, now, 38);
WIRE_AT(OcpFwEntry, slot, 46);
WIRE_AT(OcpFwEntry, result, 48);
WIRE_SIZE(OcpFwEntry, 64);

#define OCP_FW_ENTRIES          20u
#define OCP_FW_ENTRY_VERSION    1

/* LID C2h */
typedef struct OcpFwHistoryLog {
    uint8_t lid;            /* [0000]       C2h */
    uint8_t rsvd1[3];       /* [0003:0001] */
    Le32    valid;          /* [0007:0004]  entries */
    OcpFwEntry entry[OCP_FW_ENTRIES];   /* [1287:0008]  a ring */
    uint8_t rsvd1288[2790]; /* [4077:1288] */
    Le16    version;        /* [4079:4078]  1 */
    uint8_t guid[16];       /* [4095:4080] */
} OcpFwHistoryLog;
WIRE_AT(OcpFwHistoryLog, valid, 4);
WIRE_AT(OcpFwHistoryLog, entry, 8);
WIRE_AT(OcpFwHistoryLog, version, 4078);
WIRE_AT(OcpFwHistoryLog, guid, 4080);
WIRE_SIZE(OcpFwHistoryLog, 4096);

#define OCP_FW_HISTORY_VERSION  1
#define OCP_FW_HISTORY_GUID \
    OCP_GUID(d1, 1c, f3, ac, 8a, b2, 4d, e2, a3, f6, da, b4, 76, 9a, 79, 6d)

#endif
