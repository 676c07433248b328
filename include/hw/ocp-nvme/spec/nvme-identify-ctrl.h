/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify Controller (CNS 01h; CNS 06h of the NVM Command Set).
 *
 * Source: NVMe Base 2.0, "Identify Controller data structure" and "Power
 * State Descriptor data structure"; NVM Command Set 1.0, "I/O Command Set
 * specific Identify Controller data structure".  ASCII fields are padded with
 * spaces.  "4 KiB" in a comment is the unit of the field.
 */
#ifndef HW_OCP_NVME_SPEC_NVME_IDENTIFY_CTRL_H
#define HW_OCP_NVME_SPEC_NVME_IDENTIFY_CTRL_H

#include "hw/ocp-nvme/spec/bytes.h"

typedef struct NvmePowerState {
    Le16    mp;             /* [01:00]  Maximum Power */
    uint8_t rsvd2;          /* [02] */
    uint8_t flags;          /* [03]     enum NvmePowerStateFlag */
    Le32    enlat;          /* [07:04]  Entry Latency, us */
    Le32    exlat;          /* [11:08]  Exit Latency, us */
    uint8_t rrt;            /* [12]     Relative Read Throughput */
    uint8_t rrl;            /* [13]     Relative Read Latency */
    uint8_t rwt;            /* [14]     Relative Write Throughput */
    uint8_t rwl;            /* [15]     Relative Write Latency */
    Le16    idlp;           /* [17:16]  Idle Power */
    uint8_t ips;            /* [18]     Idle Power Scale, 7:6 */
    uint8_t rsvd19;         /* [19] */
    Le16    actp;           /* [21:20]  Active Power */
    uint8_t apws;           /* [22]     APW 2:0, APS 7:6 */
    uint8_t rsvd23[9];      /* [31:23] */
} NvmePowerState;
WIRE_AT(NvmePowerState, mp, 0);
WIRE_AT(NvmePowerState, enlat, 4);
WIRE_AT(NvmePowerState, exlat, 8);
WIRE_AT(NvmePowerState, idlp, 16);
WIRE_AT(NvmePowerState, actp, 20);
WIRE_SIZE(NvmePowerState, 32);

enum NvmePowerStateFlag {
    NVME_PSD_MXPS   = 1 << 0,   /* MP in 0.0001 W, else in 0.01 W */
    NVME_PSD_NOPS   = 1 << 1,   /* non-operational */
};

/* Idle and Active Power Scale, bits 7:6 of their bytes */
enum {
    NVME_PSD_SCALE_SHIFT = 6,   NVME_PSD_SCALE_MASK = 0x3,
    NVME_PSD_SCALE_NONE  = 0,
    NVME_PSD_SCALE_100UW = 1,   /* 0.0001 W */
    NVME_PSD_SCALE_10MW  = 2,   /* 0.01 W */
};

typedef struct NvmeIdCtrl {
    Le16    vid;            /* [0001:0000]  PCI Vendor ID */
    Le16    ssvid;          /* [0003:0002]  PCI Subsystem Vendor ID */
    char    sn[20];         /* [0023:0004]  Serial Number, ASCII */
    char    mn[40];         /* [0063:0024]  Model Number, ASCII */
    char    fr[8];          /* [0071:0064]  Firmware Revision, ASCII */
    uint8_t rab;            /* [0072]       Recommended Arbitration Burst */
    uint8_t ieee[3];        /* [0075:0073]  IEEE OUI, low byte first */
    uint8_t cmic;           /* [0076]       enum NvmeCmic */
    uint8_t mdts;           /* [0077]       pages, power of two; 0: none */
    Le16    cntlid;         /* [0079:0078]  Controller ID */
    Le32    ver;            /* [0083:0080]  as the VS property */
    Le32    rtd3r;          /* [0087:0084]  RTD3 Resume Latency, us */
    Le32    rtd3e;          /* [0091:0088]  RTD3 Entry Latency, us */
    Le32    oaes;           /* [0095:0092]  NVME_OAES_ */
    Le32    ctratt;         /* [0099:0096]  NVME_CTRATT_ */
    Le16    rrls;           /* [0101:0100]  Read Recovery Levels */
    uint8_t rsvd102[9];     /* [0110:0102] */
    uint8_t cntrltype;      /* [0111]       enum NvmeCtrlType */
    uint8_t fguid[16];      /* [0127:0112]  FRU Globally Unique ID */
    Le16    crdt1;          /* [0129:0128]  Command Retry Delay, 100 ms */
    Le16    crdt2;          /* [0131:0130] */
    Le16    crdt3;          /* [0133:0132] */
    uint8_t rsvd134[119];   /* [0252:0134] */
    uint8_t nvmsr;          /* [0253]       NVM Subsystem Report */
    uint8_t vwci;           /* [0254]       VPD Write Cycle Information */
    uint8_t mec;            /* [0255]       Management Endpoint Cap. */
    Le16    oacs;           /* [0257:0256]  NVME_OACS_ */
    uint8_t acl;            /* [0258]       Abort Limit, 0's based */
    uint8_t aerl;           /* [0259]       Event Limit, 0's based */
    uint8_t frmw;           /* [0260]       NVME_FRMW_ */
    uint8_t lpa;            /* [0261]       NVME_LPA_ */
    uint8_t elpe;           /* [0262]       Error Log Entries, 0's based */
    uint8_t npss;           /* [0263]       Power States, 0's based */
    uint8_t avscc;          /* [0264]       bit 0: Base format */
    uint8_t apsta;          /* [0265]       bit 0: APST supported */
    Le16    wctemp;         /* [0267:0266]  warning, kelvin */
    Le16    cctemp;         /* [0269:0268]  critical, kelvin */
    Le16    mtfa;           /* [0271:0270]  firmware activation, 100 ms */
    Le32    hmpre;          /* [0275:0272]  HMB preferred, 4 KiB */
    Le32    hmmin;          /* [0279:0276]  HMB minimum, 4 KiB */
    Le128   tnvmcap;        /* [0295:0280]  Total Capacity, bytes */
    Le128   unvmcap;        /* [0311:0296]  Unallocated Capacity, bytes */
    Le32    rpmbs;          /* [0315:0312]  Replay Protected Memory */
    Le16    edstt;          /* [0317:0316]  extended self-test, minutes */
    uint8_t dsto;           /* [0318]       bit 0: one test at a time */
    uint8_t fwug;           /* [0319]       Firmware Granularity, 4 KiB */
    Le16    kas;            /* [0321:0320]  Keep Alive, 100 ms */
    Le16    hctma;          /* [0323:0322]  bit 0: HCTM supported */
    Le16    mntmt;          /* [0325:0324]  minimum, kelvin */
    Le16    mxtmt;          /* [0327:0326]  maximum, kelvin */
    Le32    sanicap;        /* [0331:0328]  NVME_SANICAP_ */
    Le32    hmminds;        /* [0335:0332]  HMB descriptor, 4 KiB */
    Le16    hmmaxd;         /* [0337:0336]  HMB descriptors */
    Le16    nsetidmax;      /* [0339:0338]  NVM Set ID Maximum */
    Le16    endgidmax;      /* [0341:0340]  Endurance Group ID Maximum */
    uint8_t anatt;          /* [0342]       ANA Transition Time, s */
    uint8_t anacap;         /* [0343]       ANA Capabilities */
    Le32    anagrpmax;      /* [0347:0344] */
    Le32    nanagrpid;      /* [0351:0348] */
    Le32    pels;           /* [0355:0352]  Persistent Event Log, 64 KiB */
    Le16    did;            /* [0357:0356]  Domain Identifier */
    uint8_t rsvd358[10];    /* [0367:0358] */
    Le128   megcap;         /* [0383:0368]  Max Endurance Group Capacity */
    uint8_t rsvd384[128];   /* [0511:0384] */
    uint8_t sqes;           /* [0512]       SQ Entry Size, min and max */
    uint8_t cqes;           /* [0513]       CQ Entry Size, min and max */
    Le16    maxcmd;         /* [0515:0514]  Outstanding Commands */
    Le32    nn;             /* [0519:0516]  Number of Namespaces */
    Le16    oncs;           /* [0521:0520]  NVME_ONCS_ */
    Le16    fuses;          /* [0523:0522]  bit 0: Compare and Write */
    uint8_t fna;            /* [0524]       NVME_FNA_ */
    uint8_t vwc;            /* [0525]       NVME_VWC_ */
    Le16    awun;           /* [0527:0526]  blocks, 0's based */
    Le16    awupf;          /* [0529:0528]  blocks, 0's based */
    uint8_t icsvscc;        /* [0530]       bit 0: Base format */
    uint8_t nwpc;           /* [0531]       NVME_NWPC_ */
    Le16    acwu;           /* [0533:0532]  blocks, 0's based */
    Le16    cdfs;           /* [0535:0534]  Copy Descriptor Formats */
    Le32    sgls;           /* [0539:0536]  NVME_SGLS_ */
    Le32    mnan;           /* [0543:0540]  Allowed Namespaces */
    Le128   maxdna;         /* [0559:0544]  Domain Namespace Attachments */
    Le32    maxcna;         /* [0563:0560]  Ctrl. Namespace Attachments */
    uint8_t rsvd564[204];   /* [0767:0564] */
    char    subnqn[256];    /* [1023:0768]  UTF-8, zero-terminated */
    uint8_t rsvd1024[768];  /* [1791:1024] */
    Le32    ioccsz;         /* [1795:1792]  Fabrics only, to byte 1805 */
    Le32    iorcsz;         /* [1799:1796] */
    Le16    icdoff;         /* [1801:1800] */
    uint8_t fcatt;          /* [1802] */
    uint8_t msdbd;          /* [1803] */
    Le16    ofcs;           /* [1805:1804] */
    uint8_t rsvd1806[242];  /* [2047:1806] */
    NvmePowerState psd[32]; /* [3071:2048] */
    uint8_t vs[1024];       /* [4095:3072]  Vendor Specific */
} NvmeIdCtrl;
WIRE_AT(NvmeIdCtrl, vid, 0);
WIRE_AT(NvmeIdCtrl, ssvid, 2);
WIRE_AT(NvmeIdCtrl, sn, 4);
WIRE_AT(NvmeIdCtrl, mn, 24);
WIRE_AT(NvmeIdCtrl, fr, 64);
WIRE_AT(NvmeIdCtrl, ieee, 73);
WIRE_AT(NvmeIdCtrl, cntlid, 78);
WIRE_AT(NvmeIdCtrl, ver, 80);
WIRE_AT(NvmeIdCtrl, rtd3r, 84);
WIRE_AT(NvmeIdCtrl, rtd3e, 88);
WIRE_AT(NvmeIdCtrl, oaes, 92);
WIRE_AT(NvmeIdCtrl, ctratt, 96);
WIRE_AT(NvmeIdCtrl, rrls, 100);
WIRE_AT(NvmeIdCtrl, fguid, 112);
WIRE_AT(NvmeIdCtrl, crdt1, 128);
WIRE_AT(NvmeIdCtrl, crdt2, 130);
WIRE_AT(NvmeIdCtrl, crdt3, 132);
WIRE_AT(NvmeIdCtrl, oacs, 256);
WIRE_AT(NvmeIdCtrl, wctemp, 266);
WIRE_AT(NvmeIdCtrl, cctemp, 268);
WIRE_AT(NvmeIdCtrl, mtfa, 270);
WIRE_AT(NvmeIdCtrl, hmpre, 272);
WIRE_AT(NvmeIdCtrl, hmmin, 276);
WIRE_AT(NvmeIdCtrl, tnvmcap, 280);
WIRE_AT(NvmeIdCtrl, unvmcap, 296);
WIRE_AT(NvmeIdCtrl, rpmbs, 312);
WIRE_AT(NvmeIdCtrl, edstt, 316);
WIRE_AT(NvmeIdCtrl, kas, 320);
WIRE_AT(NvmeIdCtrl, hctma, 322);
WIRE_AT(NvmeIdCtrl, mntmt, 324);
WIRE_AT(NvmeIdCtrl, mxtmt, 326);
WIRE_AT(NvmeIdCtrl, sanicap, 328);
WIRE_AT(NvmeIdCtrl, hmminds, 332);
WIRE_AT(NvmeIdCtrl, hmmaxd, 336);
WIRE_AT(NvmeIdCtrl, nsetidmax, 338);
WIRE_AT(NvmeIdCtrl, endgidmax, 340);
WIRE_AT(NvmeIdCtrl, anagrpmax, 344);
WIRE_AT(NvmeIdCtrl, nanagrpid, 348);
WIRE_AT(NvmeIdCtrl, pels, 352);
WIRE_AT(NvmeIdCtrl, did, 356);
WIRE_AT(NvmeIdCtrl, megcap, 368);
WIRE_AT(NvmeIdCtrl, maxcmd, 514);
WIRE_AT(NvmeIdCtrl, nn, 516);
WIRE_AT(NvmeIdCtrl, oncs, 520);
WIRE_AT(NvmeIdCtrl, fuses, 522);
WIRE_AT(NvmeIdCtrl, awun, 526);
WIRE_AT(NvmeIdCtrl, awupf, 528);
WIRE_AT(NvmeIdCtrl, acwu, 532);
WIRE_AT(NvmeIdCtrl, cdfs, 534);
WIRE_AT(NvmeIdCtrl, sgls, 536);
WIRE_AT(NvmeIdCtrl, mnan, 540);
WIRE_AT(NvmeIdCtrl, maxdna, 544);
WIRE_AT(NvmeIdCtrl, maxcna, 560);
WIRE_AT(NvmeIdCtrl, subnqn, 768);
WIRE_AT(NvmeIdCtrl, ioccsz, 1792);
WIRE_AT(NvmeIdCtrl, iorcsz, 1796);
WIRE_AT(NvmeIdCtrl, icdoff, 1800);
WIRE_AT(NvmeIdCtrl, ofcs, 1804);
WIRE_AT(NvmeIdCtrl, psd, 2048);
WIRE_AT(NvmeIdCtrl, vs, 3072);
WIRE_SIZE(NvmeIdCtrl, 4096);

/* CNS 06h, CSI 00h */
typedef struct NvmeIdCtrlNvm {
    uint8_t vsl;            /* [0000]       Verify, as MDTS */
    uint8_t wzsl;           /* [0001]       Write Zeroes, as MDTS */
    uint8_t wusl;           /* [0002]       Write Uncorrectable, as MDTS */
    uint8_t dmrl;           /* [0003]       DSM ranges, 0: no limit */
    Le32    dmrsl;          /* [0007:0004]  blocks per DSM range */
    Le64    dmsl;           /* [0015:0008]  blocks per DSM command */
    uint8_t rsvd16[4080];   /* [4095:0016] */
} NvmeIdCtrlNvm;
WIRE_AT(NvmeIdCtrlNvm, dmrsl, 4);
WIRE_AT(NvmeIdCtrlNvm, dmsl, 8);
WIRE_SIZE(NvmeIdCtrlNvm, 4096);

enum NvmeCmic {
    NVME_CMIC_MULTI_PORT    = 1 << 0,
    NVME_CMIC_MULTI_CTRL    = 1 << 1,
    NVME_CMIC_VF            = 1 << 2,
    NVME_CMIC_ANA           = 1 << 3,
};

enum NvmeCtrlType {
    NVME_CNTRLTYPE_IO           = 1,
    NVME_CNTRLTYPE_DISCOVERY    = 2,
    NVME_CNTRLTYPE_ADMIN        = 3,
};

/* Optional Asynchronous Events Supported; the bits of feature 0Bh */
enum {
    NVME_OAES_NS_ATTR       = 1 << 8,
    NVME_OAES_FW_ACTIVATION = 1 << 9,
    NVME_OAES_ANA           = 1 << 11,
    NVME_OAES_PLEA          = 1 << 12,  /* Predictable Latency Events */
    NVME_OAES_LBA_STATUS    = 1 << 13,
    NVME_OAES_ENDGRP        = 1 << 14,
    NVME_OAES_SHUTDOWN      = 1 << 15,  /* Normal NVM Subsystem Shutdown */
};

/* Controller Attributes */
enum {
    NVME_CTRATT_HIDS        = 1 << 0,   /* 128-bit Host Identifier */
    NVME_CTRATT_NOPSPM      = 1 << 1,   /* Non-Operational PS Permissive */
    NVME_CTRATT_NVM_SETS    = 1 << 2,
    NVME_CTRATT_RRLVLS      = 1 << 3,   /* Read Recovery Levels */
    NVME_CTRATT_ENDGRPS     = 1 << 4,
    NVME_CTRATT_PLM         = 1 << 5,   /* Predictable Latency Mode */
    NVME_CTRATT_TBKAS       = 1 << 6,   /* Traffic Based Keep Alive */
    NVME_CTRATT_NS_GRAN     = 1 << 7,   /* Namespace Granularity */
    NVME_CTRATT_SQ_ASSOC    = 1 << 8,
    NVME_CTRATT_UUID_LIST   = 1 << 9,
    NVME_CTRATT_MDS         = 1 << 10,  /* Multi-Domain Subsystem */
    NVME_CTRATT_FCM         = 1 << 11,  /* Fixed Capacity Management */
    NVME_CTRATT_VCM         = 1 << 12,  /* Variable Capacity Management */
    NVME_CTRATT_DEG         = 1 << 13,  /* Delete Endurance Group */
    NVME_CTRATT_DNVMS       = 1 << 14,  /* Delete NVM Set */
    NVME_CTRATT_ELBAS       = 1 << 15,  /* Extended LBA Formats */
};

/* Management: NVMSR and MEC */
enum {
    NVME_NVMSR_STORAGE      = 1 << 0,
    NVME_NVMSR_ENCLOSURE    = 1 << 1,
    NVME_MEC_SMBUS          = 1 << 0,
    NVME_MEC_PCIE           = 1 << 1,
};

/* Optional Admin Command Support */
enum {
    NVME_OACS_SECURITY      = 1 << 0,
    NVME_OACS_FORMAT        = 1 << 1,
    NVME_OACS_FIRMWARE      = 1 << 2,
    NVME_OACS_NS_MGMT       = 1 << 3,
    NVME_OACS_SELF_TEST     = 1 << 4,
    NVME_OACS_DIRECTIVES    = 1 << 5,
    NVME_OACS_MI            = 1 << 6,
    NVME_OACS_VIRT          = 1 << 7,
    NVME_OACS_DBBUF         = 1 << 8,
    NVME_OACS_LBA_STATUS    = 1 << 9,
    NVME_OACS_LOCKDOWN      = 1 << 10,
};

/* Firmware Updates */
enum {
    NVME_FRMW_SLOT1_RO      = 1 << 0,
    NVME_FRMW_SLOTS_SHIFT   = 1,    NVME_FRMW_SLOTS_MASK = 0x7,
    NVME_FRMW_NO_RESET      = 1 << 4,   /* activation without a reset */
    NVME_FRMW_SMUD          = 1 << 5,   /* Multiple Update Detection */
};

/* Log Page Attributes */
enum {
    NVME_LPA_SMART_NS       = 1 << 0,   /* SMART per namespace */
    NVME_LPA_EFFECTS        = 1 << 1,   /* LID 05h */
    NVME_LPA_EXTENDED       = 1 << 2,   /* offset and 32-bit NUMD */
    NVME_LPA_TELEMETRY      = 1 << 3,   /* LIDs 07h and 08h, and notices */
    NVME_LPA_PERSISTENT     = 1 << 4,   /* LID 0Dh */
    NVME_LPA_SUPPORTED      = 1 << 5,   /* LIDs 00h, 05h, 12h and 13h */
    NVME_LPA_AREA4          = 1 << 6,   /* telemetry Data Area 4 */
};

/* Sanitize Capabilities */
enum {
    NVME_SANICAP_CRYPTO     = 1 << 0,
    NVME_SANICAP_BLOCK      = 1 << 1,
    NVME_SANICAP_OVERWRITE  = 1 << 2,
    NVME_SANICAP_NDI        = 1 << 29,  /* No-Deallocate Inhibited */
    NVME_SANICAP_NODMMAS_SHIFT = 30,    NVME_SANICAP_NODMMAS_MASK = 0x3,
};

/* SQES and CQES: both are powers of two */
enum {
    NVME_QES_MIN_SHIFT = 0,     NVME_QES_MIN_MASK = 0xf,
    NVME_QES_MAX_SHIFT = 4,     NVME_QES_MAX_MASK = 0xf,
};

/* Optional NVM Command Support */
enum {
    NVME_ONCS_COMPARE       = 1 << 0,
    NVME_ONCS_WRITE_UNCOR   = 1 << 1,
    NVME_ONCS_DSM           = 1 << 2,
    NVME_ONCS_WRITE_ZEROES  = 1 << 3,
    NVME_ONCS_SAVE_SELECT   = 1 << 4,   /* Features: Save, Select */
    NVME_ONCS_RESERVATIONS  = 1 << 5,
    NVME_ONCS_TIMESTAMP     = 1 << 6,
    NVME_ONCS_VERIFY        = 1 << 7,
    NVME_ONCS_COPY          = 1 << 8,
};

/* Format NVM Attributes */
enum {
    NVME_FNA_ALL_FORMAT     = 1 << 0,   /* format is for all namespaces */
    NVME_FNA_ALL_ERASE      = 1 << 1,   /* secure erase is for all */
    NVME_FNA_CRYPTO         = 1 << 2,
    NVME_FNA_NO_BROADCAST   = 1 << 3,   /* NSID FFFFFFFFh not supported */
};

/* Volatile Write Cache; Flush with NSID FFFFFFFFh in bits 2:1 */
enum {
    NVME_VWC_PRESENT        = 1 << 0,
    NVME_VWC_FLUSH_SHIFT    = 1,    NVME_VWC_FLUSH_MASK = 0x3,
    NVME_VWC_FLUSH_NOT_ALL  = 2,        /* fails */
    NVME_VWC_FLUSH_ALL      = 3,        /* flushes all namespaces */
};

/* Namespace Write Protection Capabilities */
enum {
    NVME_NWPC_WRITE_PROTECT     = 1 << 0,
    NVME_NWPC_UNTIL_POWER_CYCLE = 1 << 1,
    NVME_NWPC_PERMANENT         = 1 << 2,
};

/* SGL Support */
enum {
    NVME_SGLS_SHIFT = 0,        NVME_SGLS_MASK = 0x3,
    NVME_SGLS_BYTE_ALIGNED  = 1,
    NVME_SGLS_DWORD_ALIGNED = 2,
    NVME_SGLS_KEYED         = 1 << 2,
    NVME_SGLS_BIT_BUCKET    = 1 << 16,
    NVME_SGLS_MPTR_BYTE     = 1 << 17,  /* contiguous MPTR, any alignment */
    NVME_SGLS_LONG          = 1 << 18,  /* SGL may exceed the transfer */
    NVME_SGLS_MPTR_SGL      = 1 << 19,  /* PSDT 10b */
    NVME_SGLS_OFFSET        = 1 << 20,  /* sub type Offset */
    NVME_SGLS_TRANSPORT     = 1 << 21,
};

#endif
