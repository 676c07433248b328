/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify: CNS values, and the lists.  The controller and namespace data
 * structures are in the two headers included here.
 *
 * Source: NVMe Base 2.0, section "Identify command".
 */
#ifndef HW_OCP_NVME_SPEC_NVME_IDENTIFY_H
#define HW_OCP_NVME_SPEC_NVME_IDENTIFY_H

#include "hw/ocp-nvme/spec/bytes.h"
#include "hw/ocp-nvme/spec/nvme-identify-ctrl.h"
#include "hw/ocp-nvme/spec/nvme-identify-ns.h"

/* Every Identify data structure has this size, in bytes */
#define NVME_IDENTIFY_SIZE      4096

enum NvmeCns {
    NVME_CNS_NS                 = 0x00, /* Identify Namespace */
    NVME_CNS_CTRL               = 0x01, /* Identify Controller */
    NVME_CNS_NS_ACTIVE_LIST     = 0x02, /* Active Namespace ID list */
    NVME_CNS_NS_DESC_LIST       = 0x03, /* NS Identification Descriptors */
    NVME_CNS_NVM_SET_LIST       = 0x04,
    NVME_CNS_CSI_NS             = 0x05, /* I/O Command Set specific NS */
    NVME_CNS_CSI_CTRL           = 0x06, /* I/O Command Set specific ctrl. */
    NVME_CNS_CSI_NS_ACTIVE_LIST = 0x07,
    NVME_CNS_NS_INDEPENDENT     = 0x08, /* I/O Command Set Independent NS */
    NVME_CNS_NS_FORMAT          = 0x09, /* NS by User Data Format index */
    NVME_CNS_CSI_NS_FORMAT      = 0x0a,
    NVME_CNS_NS_ALLOC_LIST      = 0x10,
    NVME_CNS_NS_ALLOC           = 0x11, /* Identify Namespace, allocated */
    NVME_CNS_NS_CTRL_LIST       = 0x12, /* controllers attached to NS */
    NVME_CNS_CTRL_LIST          = 0x13, /* controllers in the subsystem */
    NVME_CNS_PRIMARY_CTRL       = 0x14,
    NVME_CNS_SECONDARY_LIST     = 0x15,
    NVME_CNS_NS_GRANULARITY     = 0x16,
    NVME_CNS_UUID_LIST          = 0x17,
    NVME_CNS_DOMAIN_LIST        = 0x18,
    NVME_CNS_ENDGRP_LIST        = 0x19,
    NVME_CNS_CSI_NS_ALLOC_LIST  = 0x1a,
    NVME_CNS_CSI_NS_ALLOC       = 0x1b,
    NVME_CNS_IOCS_COMBINATIONS  = 0x1c, /* I/O Command Set data structure */
};

/* CNS 02h, 07h, 10h, 1Ah: ascending, the rest zero */
typedef struct NvmeNsList {
    Le32    nsid[1024];     /* [4095:0000] */
} NvmeNsList;
WIRE_AT(NvmeNsList, nsid, 0);
WIRE_SIZE(NvmeNsList, 4096);

/* CNS 12h, 13h: ascending, the rest zero */
typedef struct NvmeCtrlList {
    Le16    count;          /* [0001:0000] */
    Le16    cntlid[2047];   /* [4095:0002] */
} NvmeCtrlList;
WIRE_AT(NvmeCtrlList, count, 0);
WIRE_AT(NvmeCtrlList, cntlid, 2);
WIRE_SIZE(NvmeCtrlList, 4096);

/* CNS 03h: header, NIDL bytes of identifier, next header; NIDL 0 ends it */
typedef struct NvmeNsDesc {
    uint8_t nidt;           /* [00]     enum NvmeNsDescType */
    uint8_t nidl;           /* [01]     bytes that follow */
    uint8_t rsvd2[2];       /* [03:02] */
} NvmeNsDesc;

WIRE_SIZE(NvmeNsDesc, 4);

enum NvmeNsDescType {
    NVME_NIDT_EUI64     = 1,    /* 8 bytes, big endian */
    NVME_NIDT_NGUID     = 2,    /* 16 bytes, big endian */
    NVME_NIDT_UUID      = 3,    /* 16 bytes, RFC 4122 order */
    NVME_NIDT_CSI       = 4,    /* 1 byte, enum NvmeCsi */
};

enum {
    NVME_NIDL_EUI64     = 8,
    NVME_NIDL_NGUID     = 16,
    NVME_NIDL_UUID      = 16,
    NVME_NIDL_CSI       = 1,
};

/* CNS 17h: entry n is UUID Index n, entry 0 is reserved, a zero UUID ends */
typedef struct NvmeUuidEntry {
    uint8_t header;         /* [00]     Identifier Association, 1:0 */
    uint8_t rsvd1[15];      /* [15:01] */
    uint8_t uuid[16];       /* [31:16]  big endian */
} NvmeUuidEntry;
WIRE_AT(NvmeUuidEntry, uuid, 16);
WIRE_SIZE(NvmeUuidEntry, 32);

typedef struct NvmeUuidList {
    NvmeUuidEntry entry[128];   /* [4095:0000] */
} NvmeUuidList;
WIRE_AT(NvmeUuidList, entry, 0);
WIRE_SIZE(NvmeUuidList, 4096);

/* Identifier Association of a UUID List entry */
enum {
    NVME_UUID_ASSOC_NONE    = 0,
    NVME_UUID_ASSOC_VID     = 1,    /* belongs to the PCI Vendor ID */
    NVME_UUID_ASSOC_SSVID   = 2,    /* to the PCI Subsystem Vendor ID */
};

/* CNS 16h */
typedef struct NvmeNsGranularity {
    Le64    size;               /* [07:00]  NSG, bytes */
    Le64    capacity;           /* [15:08]  NCG, bytes */
} NvmeNsGranularity;
WIRE_AT(NvmeNsGranularity, capacity, 8);
WIRE_SIZE(NvmeNsGranularity, 16);

typedef struct NvmeNsGranularityList {
    Le32    attributes;         /* [0003:0000]  bit 0: a row per LBA format */
    uint8_t count;              /* [0004]       0's based */
    uint8_t rsvd5[27];          /* [0031:0005] */
    NvmeNsGranularity entry[16];    /* [0287:0032] */
    uint8_t rsvd288[3808];      /* [4095:0288] */
} NvmeNsGranularityList;
WIRE_AT(NvmeNsGranularityList, count, 4);
WIRE_AT(NvmeNsGranularityList, entry, 32);
WIRE_SIZE(NvmeNsGranularityList, 4096);

/* CNS 1Ch: bit n of a combination is the Command Set Identifier n */
typedef struct NvmeIocsList {
    Le64    combination[512];   /* [4095:0000] */
} NvmeIocsList;
WIRE_AT(NvmeIocsList, combination, 0);
WIRE_SIZE(NvmeIocsList, 4096);

enum {
    NVME_IOCS_NVM       = 1 << 0,
    NVME_IOCS_KV        = 1 << 1,
    NVME_IOCS_ZONED     = 1 << 2,
};

#endif
