/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a drive remembers of itself: the Persistent Event Log (LID 0Dh) and
 * the Device Self-test log (LID 06h).
 *
 * Source: NVMe Base 2.0, "Persistent Event Log (Log Identifier 0Dh)", "Device
 * Self-test (Log Identifier 06h)", "Device Self-test command".
 */
#ifndef HW_OCP_NVME_SPEC_NVME_HISTORY_H
#define HW_OCP_NVME_SPEC_NVME_HISTORY_H

#include "hw/ocp-nvme/spec/bytes.h"

#define NVME_PEL_UNIT       65536u      /* of Identify Controller, PELS */

/* LSP of LID 0Dh */
enum NvmePelAction {
    NVME_PEL_READ           = 0,
    NVME_PEL_ESTABLISH      = 1,    /* a reporting context, and read */
    NVME_PEL_RELEASE        = 2,    /* it; nothing is read */
    NVME_PEL_HEADER         = 3,    /* establish, read 512 bytes; NVMe 2.0 */
    NVME_PEL_ACTION_MASK    = 3,
};

/* LID Specific Parameter of LID 0Dh: NVME_PEL_HEADER is there */
#define NVME_PEL_LIDSP_HEADER   (1u << 0)

/* The page begins with it; events follow, newest first */
typedef struct NvmePelHeader {
    uint8_t lid;            /* [000] */
    uint8_t rsvd1[3];       /* [003:001] */
    Le32    tnev;           /* [007:004]  events */
    Le64    tll;            /* [015:008]  bytes, all of it */
    uint8_t revision;       /* [016]      NVME_PEL_REVISION_ */
    uint8_t rsvd17;         /* [017] */
    Le16    lhl;            /* [019:018]  header bytes that follow */
    uint8_t timestamp[8];   /* [027:020]  as Feature 0Eh returns it */
    Le128   poh;            /* [043:028]  power-on hours */
    Le64    pcc;            /* [051:044]  power cycles */
    Le16    vid;            /* [053:052] */
    Le16    ssvid;          /* [055:054] */
    char    sn[20];         /* [075:056] */
    char    mn[40];         /* [115:076] */
    char    subnqn[256];    /* [371:116] */
    Le16    gnum;           /* [373:372]  contexts established; NVMe 2.0 */
    Le32    rci;            /* [377:374]  NVME_PEL_RC; NVMe 2.0 */
    uint8_t rsvd378[102];   /* [479:378] */
    uint8_t supported[32];  /* [511:480]  bit: event type */
} NvmePelHeader;
WIRE_AT(NvmePelHeader, tll, 8);
WIRE_AT(NvmePelHeader, lhl, 18);
WIRE_AT(NvmePelHeader, poh, 28);
WIRE_AT(NvmePelHeader, vid, 52);
WIRE_AT(NvmePelHeader, subnqn, 116);
WIRE_AT(NvmePelHeader, gnum, 372);
WIRE_AT(NvmePelHeader, rci, 374);
WIRE_AT(NvmePelHeader, supported, 480);
WIRE_SIZE(NvmePelHeader, 512);

enum {
    NVME_PEL_REVISION_1_4   = 1,
    NVME_PEL_REVISION_2_0   = 2,
};

/* Reporting Context Information: of the context that was there before */
enum {
    NVME_PEL_RCPID_SHIFT    = 0,    NVME_PEL_RCPID_MASK = 0xffff,
    NVME_PEL_RCPIT_SHIFT    = 16,   NVME_PEL_RCPIT_MASK = 0x3,
    NVME_PEL_RCPIT_PORT     = 1,    /* made at an NVM subsystem port */
    NVME_PEL_RCE            = 1 << 18,
};

/* An event; VSIL bytes of the vendor and its data follow */
typedef struct NvmePelEvent {
    uint8_t type;           /* [00]     enum NvmePelType */
    uint8_t revision;       /* [01] */
    uint8_t ehl;            /* [02]     header bytes that follow */
    uint8_t ehai;           /* [03] */
    Le16    cntlid;         /* [05:04] */
    Le64    timestamp;      /* [13:06]  ms */
    Le16    pelpid;         /* [15:14] */
    uint8_t rsvd16[4];      /* [19:16] */
    Le16    vsil;           /* [21:20] */
    Le16    el;             /* [23:22]  bytes behind the header */
} NvmePelEvent;
WIRE_AT(NvmePelEvent, timestamp, 6);
WIRE_AT(NvmePelEvent, vsil, 20);
WIRE_AT(NvmePelEvent, el, 22);
WIRE_SIZE(NvmePelEvent, 24);

#define NVME_PEL_EHL        (sizeof(NvmePelEvent) - 3)

enum NvmePelType {
    NVME_PEL_SMART          = 0x01,     /* LID 02h */
    NVME_PEL_FIRMWARE       = 0x02,
    NVME_PEL_TIMESTAMP      = 0x03,
    NVME_PEL_POWER          = 0x04,
    NVME_PEL_HARDWARE       = 0x05,
    NVME_PEL_NAMESPACE      = 0x06,
    NVME_PEL_FORMAT_BEGIN   = 0x07,
    NVME_PEL_FORMAT_END     = 0x08,
    NVME_PEL_SANITIZE_BEGIN = 0x09,
    NVME_PEL_SANITIZE_END   = 0x0a,
    NVME_PEL_FEATURE        = 0x0b,
    NVME_PEL_TELEMETRY      = 0x0c,     /* the log's first 512 bytes */
    NVME_PEL_THERMAL        = 0x0d,
    NVME_PEL_VENDOR         = 0xde,
};

/* 02h */
typedef struct NvmePelFirmware {
    char    was[8];         /* [07:00]  active revision before */
    char    asked[8];       /* [15:08]  revision in the slot */
    uint8_t action;         /* [16]     Commit Action */
    uint8_t slot;           /* [17] */
    uint8_t sct, sc;        /* [19:18]  of the command */
    Le16    vendor;         /* [21:20] */
} NvmePelFirmware;
WIRE_AT(NvmePelFirmware, action, 16);
WIRE_AT(NvmePelFirmware, sct, 18);
WIRE_SIZE(NvmePelFirmware, 22);

/* 03h */
typedef struct NvmePelTimestamp {
    Le64    was;            /* [07:00]  ms */
    Le64    since_reset;    /* [15:08]  ms */
} NvmePelTimestamp;
WIRE_SIZE(NvmePelTimestamp, 16);

/* 04h, with the one descriptor a drive with one controller has */
typedef struct NvmePelPower {
    char    firmware[8];    /* [07:00] */
    Le16    cntlid;         /* [09:08] */
    uint8_t activation;     /* [10]     1: new firmware runs now */
    uint8_t operation;      /* [11]     in progress; 0: none */
    uint8_t rsvd12[12];     /* [23:12] */
    Le32    power_cycles;   /* [27:24] */
    Le64    power_on_ms;    /* [35:28]  since power on */
    Le64    timestamp;      /* [43:36]  ms */
} NvmePelPower;
WIRE_AT(NvmePelPower, cntlid, 8);
WIRE_AT(NvmePelPower, power_cycles, 24);
WIRE_AT(NvmePelPower, timestamp, 36);
WIRE_SIZE(NvmePelPower, 44);

/* 05h; what follows depends on the code */
typedef struct NvmePelHardware {
    Le16    code;           /* [01:00]  NVME_PEL_HW_ */
    uint8_t rsvd2[2];       /* [03:02] */
    uint8_t more[16];       /* [19:04]  up to so many */
} NvmePelHardware;
WIRE_SIZE(NvmePelHardware, 20);

enum {
    NVME_PEL_HW_WARNING     = 0x06,     /* 1 byte: Critical Warning */
    NVME_PEL_HW_UNSAFE      = 0x08,     /* 16: unsafe shutdowns */
    NVME_PEL_HW_FATAL       = 0x09,     /* none */
    NVME_PEL_HW_MEDIA       = 0x0a,     /* 16: the completion queue entry */
};

/* 06h: what a host asked Namespace Management for */
typedef struct NvmePelNamespace {
    Le32    cdw10;          /* [03:00] */
    uint8_t rsvd4[4];       /* [07:04] */
    Le64    nsze;           /* [15:08] */
    uint8_t rsvd16[8];      /* [23:16] */
    Le64    ncap;           /* [31:24] */
    uint8_t flbas;          /* [32] */
    uint8_t dps;            /* [33] */
    uint8_t nmic;           /* [34] */
    uint8_t rsvd35;         /* [35] */
    Le32    anagrpid;       /* [39:36] */
    Le16    nvmsetid;       /* [41:40] */
    uint8_t rsvd42[2];      /* [43:42] */
    Le32    nsid;           /* [47:44] */
} NvmePelNamespace;
WIRE_AT(NvmePelNamespace, nsze, 8);
WIRE_AT(NvmePelNamespace, ncap, 24);
WIRE_AT(NvmePelNamespace, flbas, 32);
WIRE_AT(NvmePelNamespace, nsid, 44);
WIRE_SIZE(NvmePelNamespace, 48);

/* 07h */
typedef struct NvmePelFormatBegin {
    Le32    nsid;           /* [03:00] */
    uint8_t fna;            /* [04] */
    uint8_t rsvd5[3];       /* [07:05] */
    Le32    cdw10;          /* [11:08] */
} NvmePelFormatBegin;
WIRE_SIZE(NvmePelFormatBegin, 12);

/* 08h */
typedef struct NvmePelFormatEnd {
    Le32    nsid;           /* [03:00] */
    uint8_t fpi;            /* [04]     the smallest there was */
    uint8_t result;         /* [05]     NVME_PEL_FORMAT_ */
    Le16    vendor;         /* [07:06] */
    Le32    status;         /* [11:08]  of the command */
} NvmePelFormatEnd;
WIRE_SIZE(NvmePelFormatEnd, 12);

enum {
    NVME_PEL_FORMAT_ERROR       = 1 << 0,
    NVME_PEL_FORMAT_INCOMPLETE  = 1 << 1,
};

/* 09h */
typedef struct NvmePelSanitizeBegin {
    Le32    sanicap;        /* [03:00]  of Identify Controller */
    Le32    cdw10;          /* [07:04] */
    Le32    cdw11;          /* [11:08] */
} NvmePelSanitizeBegin;
WIRE_SIZE(NvmePelSanitizeBegin, 12);

/* 0Ah */
typedef struct NvmePelSanitizeEnd {
    Le16    sprog;          /* [1:0] */
    Le16    sstat;          /* [3:2] */
    Le16    vendor;         /* [5:4] */
    uint8_t rsvd6[2];       /* [7:6] */
} NvmePelSanitizeEnd;
WIRE_SIZE(NvmePelSanitizeEnd, 8);

/* 0Dh */
typedef struct NvmePelThermal {
    uint8_t kelvin;         /* [0]      from the threshold */
    uint8_t threshold;      /* [1]      NVME_PEL_T */
} NvmePelThermal;
WIRE_SIZE(NvmePelThermal, 2);

enum {
    NVME_PEL_TO_WARNING     = 0x01,     /* WCTEMP or above */
    NVME_PEL_TO_CRITICAL    = 0x02,     /* CCTEMP or above */
    NVME_PEL_TO_NORMAL      = 0x88,     /* below WCTEMP again */
};

/* LID 06h: newest result first */
#define NVME_SELF_TESTS     20u

typedef struct NvmeSelfTestResult {
    uint8_t status;         /* [00]     NVME_DST_CODE, NVME_DST_RESULT */
    uint8_t segment;        /* [01]     that failed first */
    uint8_t valid;          /* [02]     NVME_DST_VALID_ */
    uint8_t rsvd3;          /* [03] */
    Le64    poh;            /* [11:04] */
    Le32    nsid;           /* [15:12] */
    Le64    lba;            /* [23:16] */
    uint8_t sct, sc;        /* [25:24] */
    Le16    vendor;         /* [27:26] */
} NvmeSelfTestResult;
WIRE_AT(NvmeSelfTestResult, poh, 4);
WIRE_AT(NvmeSelfTestResult, nsid, 12);
WIRE_AT(NvmeSelfTestResult, lba, 16);
WIRE_AT(NvmeSelfTestResult, sct, 24);
WIRE_SIZE(NvmeSelfTestResult, 28);

typedef struct NvmeSelfTestLog {
    uint8_t operation;      /* [000]    NVME_DST_STC_; 0: none */
    uint8_t completion;     /* [001]    percent, 0..100 */
    uint8_t rsvd2[2];       /* [003:002] */
    NvmeSelfTestResult result[NVME_SELF_TESTS]; /* [563:004] */
} NvmeSelfTestLog;
WIRE_AT(NvmeSelfTestLog, result, 4);
WIRE_SIZE(NvmeSelfTestLog, 564);

/* Device Self-test, CDW10 3:0 */
enum {
    NVME_DST_RESULT_SHIFT   = 0,    NVME_DST_RESULT_MASK = 0xf,
    NVME_DST_CODE_SHIFT     = 4,    NVME_DST_CODE_MASK   = 0xf,
};

enum NvmeSelfTestEnd {
    NVME_DST_PASSED         = 0x0,
    NVME_DST_ABORTED        = 0x1,  /* by the command */
    NVME_DST_RESET          = 0x2,  /* by a Controller Level Reset */
    NVME_DST_REMOVED        = 0x3,  /* its namespace was */
    NVME_DST_FORMAT         = 0x4,
    NVME_DST_FATAL          = 0x5,
    NVME_DST_FAILED         = 0x6,  /* somewhere */
    NVME_DST_FAILED_SEGMENT = 0x7,
    NVME_DST_UNKNOWN        = 0x8,  /* aborted */
    NVME_DST_SANITIZE       = 0x9,
    NVME_DST_UNUSED         = 0xf,  /* there is no such result */
};

enum {
    NVME_DST_VALID_NSID     = 1 << 0,
    NVME_DST_VALID_LBA      = 1 << 1,
    NVME_DST_VALID_SCT      = 1 << 2,
    NVME_DST_VALID_SC       = 1 << 3,
};

/* Identify Controller, DSTO */
#define NVME_DSTO_ONE       (1u << 0)   /* one operation at a time */

#endif
