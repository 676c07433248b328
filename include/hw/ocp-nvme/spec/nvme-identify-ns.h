/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify Namespace (CNS 00h, 05h, 08h, 11h).
 *
 * Source: NVM Command Set 1.0, "Identify Namespace data structure" and "I/O
 * Command Set specific Identify Namespace data structure"; NVMe Base 2.0,
 * "I/O Command Set Independent Identify Namespace data structure".
 */
#ifndef HW_OCP_NVME_SPEC_NVME_IDENTIFY_NS_H
#define HW_OCP_NVME_SPEC_NVME_IDENTIFY_NS_H

#include "hw/ocp-nvme/spec/bytes.h"

typedef struct NvmeLbaFormat {
    Le16    ms;             /* [01:00]  Metadata Size, bytes */
    uint8_t lbads;          /* [02]     data size, power of two */
    uint8_t rp;             /* [03]     Relative Performance, 1:0 */
} NvmeLbaFormat;
WIRE_AT(NvmeLbaFormat, ms, 0);
WIRE_SIZE(NvmeLbaFormat, 4);

/* CNS 00h and 11h of the NVM Command Set */
typedef struct NvmeIdNs {
    Le64    nsze;           /* [0007:0000]  Namespace Size, blocks */
    Le64    ncap;           /* [0015:0008]  Namespace Capacity, blocks */
    Le64    nuse;           /* [0023:0016]  Namespace Utilization, blocks */
    uint8_t nsfeat;         /* [0024]       NVME_NSFEAT_ */
    uint8_t nlbaf;          /* [0025]       LBA Formats, 0's based */
    uint8_t flbas;          /* [0026]       NVME_FLBAS_ */
    uint8_t mc;             /* [0027]       NVME_MC_ */
    uint8_t dpc;            /* [0028]       NVME_DPC_ */
    uint8_t dps;            /* [0029]       NVME_DPS_ */
    uint8_t nmic;           /* [0030]       NVME_NMIC_ */
    uint8_t rescap;         /* [0031]       Reservation Capabilities */
    uint8_t fpi;            /* [0032]       NVME_FPI_ */
    uint8_t dlfeat;         /* [0033]       NVME_DLFEAT_ */
    Le16    nawun;          /* [0035:0034]  blocks, 0's based */
    Le16    nawupf;         /* [0037:0036]  blocks, 0's based */
    Le16    nacwu;          /* [0039:0038]  blocks, 0's based */
    Le16    nabsn;          /* [0041:0040]  blocks, 0's based */
    Le16    nabo;           /* [0043:0042]  blocks */
    Le16    nabspf;         /* [0045:0044]  blocks, 0's based */
    Le16    noiob;          /* [0047:0046]  Optimal I/O Boundary, blocks */
    Le128   nvmcap;         /* [0063:0048]  NVM Capacity, bytes */
    Le16    npwg;           /* [0065:0064]  Preferred Write, 0's based */
    Le16    npwa;           /* [0067:0066] */
    Le16    npdg;           /* [0069:0068]  Preferred Deallocate */
    Le16    npda;           /* [0071:0070] */
    Le16    nows;           /* [0073:0072]  Optimal Write Size */
    Le16    mssrl;          /* [0075:0074]  Copy: blocks per source range */
    Le32    mcl;            /* [0079:0076]  Copy: blocks per command */
    uint8_t msrc;           /* [0080]       Copy: ranges, 0's based */
    uint8_t rsvd81[11];     /* [0091:0081] */
    Le32    anagrpid;       /* [0095:0092] */
    uint8_t rsvd96[3];      /* [0098:0096] */
    uint8_t nsattr;         /* [0099]       bit 0: write protected */
    Le16    nvmsetid;       /* [0101:0100] */
    Le16    endgid;         /* [0103:0102] */
    uint8_t nguid[16];      /* [0119:0104]  big endian */
    uint8_t eui64[8];       /* [0127:0120]  big endian */
    NvmeLbaFormat lbaf[64]; /* [0383:0128] */
    uint8_t vs[3712];       /* [4095:0384]  Vendor Specific */
} NvmeIdNs;
WIRE_AT(NvmeIdNs, nsze, 0);
WIRE_AT(NvmeIdNs, ncap, 8);
WIRE_AT(NvmeIdNs, nuse, 16);
WIRE_AT(NvmeIdNs, nawun, 34);
WIRE_AT(NvmeIdNs, nawupf, 36);
WIRE_AT(NvmeIdNs, nacwu, 38);
WIRE_AT(NvmeIdNs, nabsn, 40);
WIRE_AT(NvmeIdNs, nabo, 42);
WIRE_AT(NvmeIdNs, nabspf, 44);
WIRE_AT(NvmeIdNs, noiob, 46);
WIRE_AT(NvmeIdNs, nvmcap, 48);
WIRE_AT(NvmeIdNs, npwg, 64);
WIRE_AT(NvmeIdNs, npwa, 66);
WIRE_AT(NvmeIdNs, npdg, 68);
WIRE_AT(NvmeIdNs, npda, 70);
WIRE_AT(NvmeIdNs, nows, 72);
WIRE_AT(NvmeIdNs, mssrl, 74);
WIRE_AT(NvmeIdNs, mcl, 76);
WIRE_AT(NvmeIdNs, anagrpid, 92);
WIRE_AT(NvmeIdNs, nvmsetid, 100);
WIRE_AT(NvmeIdNs, endgid, 102);
WIRE_AT(NvmeIdNs, nguid, 104);
WIRE_AT(NvmeIdNs, eui64, 120);
WIRE_AT(NvmeIdNs, lbaf, 128);
WIRE_AT(NvmeIdNs, vs, 384);
WIRE_SIZE(NvmeIdNs, 4096);

/* CNS 08h */
typedef struct NvmeIdNsIndep {
    uint8_t nsfeat;         /* [0000]       NVME_NSFEAT_UIDREUSE */
    uint8_t nmic;           /* [0001]       NVME_NMIC_ */
    uint8_t rescap;         /* [0002] */
    uint8_t fpi;            /* [0003]       NVME_FPI_ */
    Le32    anagrpid;       /* [0007:0004] */
    uint8_t nsattr;         /* [0008]       bit 0: write protected */
    uint8_t rsvd9;          /* [0009] */
    Le16    nvmsetid;       /* [0011:0010] */
    Le16    endgid;         /* [0013:0012] */
    uint8_t nstat;          /* [0014]       NVME_NSTAT_ */
    uint8_t rsvd15[4081];   /* [4095:0015] */
} NvmeIdNsIndep;
WIRE_AT(NvmeIdNsIndep, anagrpid, 4);
WIRE_AT(NvmeIdNsIndep, nvmsetid, 10);
WIRE_AT(NvmeIdNsIndep, endgid, 12);
WIRE_SIZE(NvmeIdNsIndep, 4096);

/* CNS 05h, CSI 00h */
typedef struct NvmeIdNsNvm {
    Le64    lbstm;          /* [0007:0000]  LB Storage Tag Mask */
    uint8_t pic;            /* [0008]       Protection Information Cap. */
    uint8_t rsvd9[3];       /* [0011:0009] */
    Le32    elbaf[64];      /* [0267:0012]  STS 6:0, PIF 8:7 */
    uint8_t rsvd268[3828];  /* [4095:0268] */
} NvmeIdNsNvm;
WIRE_AT(NvmeIdNsNvm, lbstm, 0);
WIRE_AT(NvmeIdNsNvm, elbaf, 12);
WIRE_SIZE(NvmeIdNsNvm, 4096);

/* Namespace Features */
enum {
    NVME_NSFEAT_THIN        = 1 << 0,   /* NCAP may be below NSZE */
    NVME_NSFEAT_ATOMIC      = 1 << 1,   /* NAWUN, NAWUPF, NACWU are valid */
    NVME_NSFEAT_DULBE       = 1 << 2,   /* Deallocated Error supported */
    NVME_NSFEAT_UIDREUSE    = 1 << 3,   /* identifiers are never reused */
    NVME_NSFEAT_OPTPERF     = 1 << 4,   /* NPWG to NOWS are valid */
};

/* Formatted LBA Size: the format index is INDEX_HI, INDEX_LO */
enum {
    NVME_FLBAS_INDEX_LO_SHIFT = 0,  NVME_FLBAS_INDEX_LO_MASK = 0xf,
    NVME_FLBAS_EXTENDED       = 1 << 4, /* metadata follows each block */
    NVME_FLBAS_INDEX_HI_SHIFT = 5,  NVME_FLBAS_INDEX_HI_MASK = 0x3,
};

/* Metadata Capabilities */
enum {
    NVME_MC_EXTENDED        = 1 << 0,
    NVME_MC_SEPARATE        = 1 << 1,
};

/* End-to-end Data Protection: Capabilities, then Type Settings */
enum {
    NVME_DPC_TYPE1          = 1 << 0,
    NVME_DPC_TYPE2          = 1 << 1,
    NVME_DPC_TYPE3          = 1 << 2,
    NVME_DPC_FIRST          = 1 << 3,   /* first bytes of the metadata */
    NVME_DPC_LAST           = 1 << 4,   /* last bytes of the metadata */
    NVME_DPS_TYPE_SHIFT     = 0,    NVME_DPS_TYPE_MASK = 0x7,
    NVME_DPS_FIRST          = 1 << 3,
};

/* Namespace Multi-path I/O and Sharing Capabilities */
enum {
    NVME_NMIC_SHARED        = 1 << 0,
};

/* Format Progress Indicator */
enum {
    NVME_FPI_REMAINING_SHIFT = 0,   NVME_FPI_REMAINING_MASK = 0x7f,
    NVME_FPI_SUPPORTED       = 1 << 7,
};

/* Deallocate Logical Block Features; the read value in bits 2:0 */
enum {
    NVME_DLFEAT_READ_SHIFT  = 0,    NVME_DLFEAT_READ_MASK = 0x7,
    NVME_DLFEAT_READ_UNKNOWN = 0,
    NVME_DLFEAT_READ_ZEROS  = 1,
    NVME_DLFEAT_READ_ONES   = 2,
    NVME_DLFEAT_WZ_DEAC     = 1 << 3,   /* Write Zeroes may deallocate */
    NVME_DLFEAT_GUARD_CRC   = 1 << 4,   /* Guard is the CRC, not FFFFh */
};

/* Namespace Attributes, Namespace Status (CNS 08h) */
enum {
    NVME_NSATTR_WRITE_PROTECTED = 1 << 0,
    NVME_NSTAT_READY            = 1 << 0,
};

/* Protection Information Capabilities, Extended LBA Format (CNS 05h) */
enum {
    NVME_PIC_16BPISTS       = 1 << 0,   /* 16b Guard with Storage Tag */
    NVME_PIC_16BPISTM       = 1 << 1,   /* 16b Guard, Storage Tag Mask */
    NVME_PIC_STCRS          = 1 << 2,   /* Storage Tag Check Read */
    NVME_ELBAF_STS_SHIFT    = 0,    NVME_ELBAF_STS_MASK = 0x7f,
    NVME_ELBAF_PIF_SHIFT    = 7,    NVME_ELBAF_PIF_MASK = 0x3,
};

/* Namespace Management, Namespace Attachment: CDW10 */
enum {
    NVME_NS_SEL_SHIFT       = 0,    NVME_NS_SEL_MASK        = 0xf,
};

#endif
