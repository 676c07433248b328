/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page identifiers and the pages of the Base specification that more than
 * one file needs.
 *
 * Source: NVMe Base 2.0, section "Get Log Page command".
 */
#ifndef HW_OCP_NVME_SPEC_NVME_LOG_H
#define HW_OCP_NVME_SPEC_NVME_LOG_H

#include "hw/ocp-nvme/spec/bytes.h"

enum NvmeLid {
    NVME_LID_SUPPORTED          = 0x00, /* Supported Log Pages */
    NVME_LID_ERROR              = 0x01, /* Error Information */
    NVME_LID_SMART              = 0x02, /* SMART / Health Information */
    NVME_LID_FW_SLOT            = 0x03, /* Firmware Slot Information */
    NVME_LID_CHANGED_NS         = 0x04, /* Changed Namespace List */
    NVME_LID_EFFECTS            = 0x05, /* Commands Supported and Effects */
    NVME_LID_SELF_TEST          = 0x06, /* Device Self-test */
    NVME_LID_TELEMETRY_HOST     = 0x07, /* Telemetry Host-Initiated */
    NVME_LID_TELEMETRY_CTRL     = 0x08, /* Telemetry Controller-Initiated */
    NVME_LID_ENDGRP             = 0x09, /* Endurance Group Information */
    NVME_LID_PL_NVM_SET         = 0x0a, /* Predictable Latency, NVM Set */
    NVME_LID_PL_EVENTS          = 0x0b, /* Predictable Latency Events */
    NVME_LID_ANA                = 0x0c, /* Asymmetric Namespace Access */
    NVME_LID_PERSISTENT_EVENT   = 0x0d, /* Persistent Event Log */
    NVME_LID_LBA_STATUS         = 0x0e, /* LBA Status Information */
    NVME_LID_ENDGRP_EVENTS      = 0x0f, /* Endurance Group Events */
    NVME_LID_MEDIA_UNIT         = 0x10, /* Media Unit Status */
    NVME_LID_CAPACITY_CONFIG    = 0x11, /* Supported Capacity Config List */
    NVME_LID_FEAT_EFFECTS       = 0x12, /* FIDs Supported and Effects */
    NVME_LID_MI_EFFECTS         = 0x13, /* NVMe-MI Commands and Effects */
    NVME_LID_LOCKDOWN           = 0x14, /* Command and Feature Lockdown */
    NVME_LID_BOOT_PARTITION     = 0x15,
    NVME_LID_ROTATIONAL         = 0x16, /* Rotational Media Information */
    NVME_LID_DISCOVERY          = 0x70,
    NVME_LID_RESERVATION        = 0x80, /* Reservation Notification */
    NVME_LID_SANITIZE           = 0x81, /* Sanitize Status */
};

/* LID 00h */
typedef struct NvmeSupportedLogs {
    Le32    lid[256];       /* [1023:0000]  NVME_LIDE_ per LID */
} NvmeSupportedLogs;
WIRE_AT(NvmeSupportedLogs, lid, 0);
WIRE_SIZE(NvmeSupportedLogs, 1024);

/* LID Supported and Effects; bits 31:16 are the LID Specific Parameter */
enum {
    NVME_LIDE_LSUPP         = 1 << 0,   /* LID Supported */
    NVME_LIDE_IOS           = 1 << 1,   /* Index Offset Supported */
    NVME_LIDE_LIDSP_SHIFT   = 16,   NVME_LIDE_LIDSP_MASK = 0xffff,
};

/* LID 01h: an array of these, newest first */
typedef struct NvmeErrorEntry {
    Le64    count;          /* [07:00]  0: this entry is not valid */
    Le16    sqid;           /* [09:08] */
    Le16    cid;            /* [11:10] */
    Le16    status;         /* [13:12]  as in NvmeCqe */
    Le16    param;          /* [15:14]  NVME_ERR_PARAM_ */
    Le64    lba;            /* [23:16]  first block with the error */
    Le32    nsid;           /* [27:24] */
    uint8_t vs;             /* [28]     log page with more, 0: none */
    uint8_t trtype;         /* [29] */
    uint8_t rsvd30[2];      /* [31:30] */
    Le64    cmd_info;       /* [39:32]  Command Specific Information */
    Le16    trtype_info;    /* [41:40] */
    uint8_t rsvd42[22];     /* [63:42] */
} NvmeErrorEntry;
WIRE_AT(NvmeErrorEntry, count, 0);
WIRE_AT(NvmeErrorEntry, sqid, 8);
WIRE_AT(NvmeErrorEntry, cid, 10);
WIRE_AT(NvmeErrorEntry, status, 12);
WIRE_AT(NvmeErrorEntry, param, 14);
WIRE_AT(NvmeErrorEntry, lba, 16);
WIRE_AT(NvmeErrorEntry, nsid, 24);
WIRE_AT(NvmeErrorEntry, cmd_info, 32);
WIRE_AT(NvmeErrorEntry, trtype_info, 40);
WIRE_SIZE(NvmeErrorEntry, 64);

/* Parameter Error Location: byte and bit of the SQE */
enum {
    NVME_ERR_PARAM_BYTE_SHIFT = 0,  NVME_ERR_PARAM_BYTE_MASK = 0xff,
    NVME_ERR_PARAM_BIT_SHIFT  = 8,  NVME_ERR_PARAM_BIT_MASK  = 0x7,
    NVME_ERR_PARAM_NONE       = 0xffff, /* not one place in the SQE */
};

/* LID 02h */
typedef struct NvmeSmartLog {
    uint8_t critical;       /* [000]      NVME_SMART_ */
    Le16    temperature;    /* [002:001]  kelvin */
    uint8_t spare;          /* [003]      percent of initial */
    uint8_t spare_threshold;/* [004] */
    uint8_t used;           /* [005]      percent, may pass 100 */
    uint8_t endgrp_critical;/* [006] */
    uint8_t rsvd7[25];      /* [031:007] */
    Le128   units_read;     /* [047:032]  1000 * 512 bytes, rounded up */
    Le128   units_written;  /* [063:048]  1000 * 512 bytes, rounded up */
    Le128   host_reads;     /* [079:064]  commands */
    Le128   host_writes;    /* [095:080]  commands */
    Le128   busy_time;      /* [111:096]  minutes */
    Le128   power_cycles;   /* [127:112] */
    Le128   power_on_hours; /* [143:128] */
    Le128   unsafe_shutdowns;/* [159:144] */
    Le128   media_errors;   /* [175:160] */
    Le128   error_entries;  /* [191:176] */
    Le32    warning_time;   /* [195:192]  minutes above WCTEMP */
    Le32    critical_time;  /* [199:196]  minutes above CCTEMP */
    Le16    sensor[8];      /* [215:200]  kelvin, 0: no such sensor */
    Le32    tmt1_count;     /* [219:216] */
    Le32    tmt2_count;     /* [223:220] */
    Le32    tmt1_time;      /* [227:224]  seconds */
    Le32    tmt2_time;      /* [231:228]  seconds */
    uint8_t rsvd232[280];   /* [511:232] */
} NvmeSmartLog;
WIRE_AT(NvmeSmartLog, temperature, 1);
WIRE_AT(NvmeSmartLog, units_read, 32);
WIRE_AT(NvmeSmartLog, units_written, 48);
WIRE_AT(NvmeSmartLog, host_reads, 64);
WIRE_AT(NvmeSmartLog, host_writes, 80);
WIRE_AT(NvmeSmartLog, busy_time, 96);
WIRE_AT(NvmeSmartLog, power_cycles, 112);
WIRE_AT(NvmeSmartLog, power_on_hours, 128);
WIRE_AT(NvmeSmartLog, unsafe_shutdowns, 144);
WIRE_AT(NvmeSmartLog, media_errors, 160);
WIRE_AT(NvmeSmartLog, error_entries, 176);
WIRE_AT(NvmeSmartLog, warning_time, 192);
WIRE_AT(NvmeSmartLog, critical_time, 196);
WIRE_AT(NvmeSmartLog, sensor, 200);
WIRE_AT(NvmeSmartLog, tmt1_count, 216);
WIRE_AT(NvmeSmartLog, tmt2_count, 220);
WIRE_AT(NvmeSmartLog, tmt1_time, 224);
WIRE_AT(NvmeSmartLog, tmt2_time, 228);
WIRE_SIZE(NvmeSmartLog, 512);

/* Critical Warning */
enum {
    NVME_SMART_SPARE        = 1 << 0,   /* below the threshold */
    NVME_SMART_TEMPERATURE  = 1 << 1,   /* beyond a threshold */
    NVME_SMART_RELIABILITY  = 1 << 2,   /* degraded */
    NVME_SMART_READ_ONLY    = 1 << 3,
    NVME_SMART_BACKUP       = 1 << 4,   /* volatile memory backup failed */
    NVME_SMART_PMR          = 1 << 5,   /* PMR unreliable or read-only */
};

/* LID 03h: revision of slot n at frs[8 * (n - 1)] */
typedef struct NvmeFwSlotLog {
    uint8_t afi;            /* [000]      NVME_AFI_ */
    uint8_t rsvd1[7];       /* [007:001] */
    char    frs[56];        /* [063:008]  7 revisions of 8, ASCII */
    uint8_t rsvd64[448];    /* [511:064] */
} NvmeFwSlotLog;
WIRE_AT(NvmeFwSlotLog, frs, 8);
WIRE_SIZE(NvmeFwSlotLog, 512);

/* Active Firmware Info: slot in use, slot from the next reset */
enum {
    NVME_AFI_ACTIVE_SHIFT   = 0,    NVME_AFI_ACTIVE_MASK = 0x7,
    NVME_AFI_NEXT_SHIFT     = 4,    NVME_AFI_NEXT_MASK   = 0x7,
    NVME_FW_REVISION_LEN    = 8,
};

/* LID 04h: FFFFFFFFh first, alone, when more than 1024 have changed */
typedef struct NvmeChangedNsLog {
    Le32    nsid[1024];     /* [4095:0000]  ascending, rest zero */
} NvmeChangedNsLog;
WIRE_AT(NvmeChangedNsLog, nsid, 0);
WIRE_SIZE(NvmeChangedNsLog, 4096);

/* LID 05h: entries hold the NVME_EFF_ bits of nvme-cmd.h */
typedef struct NvmeEffectsLog {
    Le32    acs[256];       /* [1023:0000]  admin, NVME_EFF_ per opcode */
    Le32    iocs[256];      /* [2047:1024]  I/O, NVME_EFF_ per opcode */
    uint8_t rsvd2048[2048]; /* [4095:2048] */
} NvmeEffectsLog;
WIRE_AT(NvmeEffectsLog, acs, 0);
WIRE_AT(NvmeEffectsLog, iocs, 1024);
WIRE_SIZE(NvmeEffectsLog, 4096);

/* LID 09h: units are 1,000,000,000 bytes, rounded up */
typedef struct NvmeEndGrpLog {
    uint8_t critical;       /* [000]      NVME_SMART_, not all */
    uint8_t features;       /* [001] */
    uint8_t rsvd2;          /* [002] */
    uint8_t spare;          /* [003]      percent */
    uint8_t spare_threshold;/* [004] */
    uint8_t used;           /* [005]      percent, may pass 100 */
    Le16    domain;         /* [007:006] */
    uint8_t rsvd8[24];      /* [031:008] */
    Le128   endurance;      /* [047:032]  units */
    Le128   units_read;     /* [063:048] */
    Le128   units_written;  /* [079:064] */
    Le128   media_written;  /* [095:080]  units */
    Le128   host_reads;     /* [111:096]  commands */
    Le128   host_writes;    /* [127:112]  commands */
    Le128   media_errors;   /* [143:128] */
    Le128   error_entries;  /* [159:144] */
    Le128   capacity;       /* [175:160]  bytes */
    Le128   unallocated;    /* [191:176]  bytes */
    uint8_t rsvd192[320];   /* [511:192] */
} NvmeEndGrpLog;
WIRE_AT(NvmeEndGrpLog, endurance, 32);
WIRE_AT(NvmeEndGrpLog, media_written, 80);
WIRE_AT(NvmeEndGrpLog, media_errors, 128);
WIRE_AT(NvmeEndGrpLog, capacity, 160);
WIRE_SIZE(NvmeEndGrpLog, 512);

/* LID 12h */
typedef struct NvmeFeatEffectsLog {
    Le32    fid[256];       /* [1023:0000]  NVME_FIDE_ per FID */
} NvmeFeatEffectsLog;
WIRE_AT(NvmeFeatEffectsLog, fid, 0);
WIRE_SIZE(NvmeFeatEffectsLog, 1024);

/* FID Supported and Effects */
enum {
    NVME_FIDE_FSUPP         = 1 << 0,   /* FID Supported */
    NVME_FIDE_UDCC          = 1 << 1,   /* User Data Content Change */
    NVME_FIDE_NCC           = 1 << 2,   /* Namespace Capability Change */
    NVME_FIDE_NIC           = 1 << 3,   /* Namespace Inventory Change */
    NVME_FIDE_CCC           = 1 << 4,   /* Controller Capability Change */
    NVME_FIDE_USS           = 1 << 19,  /* UUID Selection Supported */
    NVME_FIDE_FSP_NS        = 1 << 20,  /* scope: namespace */
    NVME_FIDE_FSP_CTRL      = 1 << 21,  /* scope: controller */
    NVME_FIDE_FSP_NVM_SET   = 1 << 22,  /* scope: NVM Set */
    NVME_FIDE_FSP_ENDGRP    = 1 << 23,  /* scope: Endurance Group */
    NVME_FIDE_FSP_DOMAIN    = 1 << 24,  /* scope: domain */
    NVME_FIDE_FSP_SUBSYSTEM = 1 << 25,  /* scope: NVM subsystem */
};

#endif
