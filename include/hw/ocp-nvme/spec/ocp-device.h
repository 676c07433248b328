/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that say what an OCP drive is: C4h to C7h.
 *
 * Source: OCP Datacenter NVMe SSD, sections "Device Capabilities", "Unsupported
 * Requirements", "Hardware Component" and "TCG Configuration".
 */
#ifndef HW_OCP_NVME_SPEC_OCP_DEVICE_H
#define HW_OCP_NVME_SPEC_OCP_DEVICE_H

#include "hw/ocp-nvme/spec/ocp.h"

/* LID C4h */
typedef struct OcpCapabilitiesLog {
    Le16    ports;          /* [0001:0000]  PCIe */
    Le16    oob;            /* [0003:0002]  OCP_CAP_OOB_ */
    Le16    write_zeroes;   /* [0005:0004]  OCP_CAP_WZ_ */
    Le16    sanitize;       /* [0007:0006]  OCP_CAP_SAN_ */
    Le16    dsm;            /* [0009:0008]  OCP_CAP_DSM_ */
    Le16    write_uncor;    /* [0011:0010]  OCP_CAP_WU_ */
    Le16    fused;          /* [0013:0012]  OCP_CAP_FUSED_ */
    Le16    min_state;      /* [0015:0014]  least valid DSSD power state */
    uint8_t dssd[128];      /* [0143:0016]  by watts; OCP_DSSD_ */
    uint8_t rsvd144[3934];  /* [4077:0144] */
    Le16    version;        /* [4079:4078]  1 */
    uint8_t guid[16];       /* [4095:4080] */
} OcpCapabilitiesLog;
WIRE_AT(OcpCapabilitiesLog, min_state, 14);
WIRE_AT(OcpCapabilitiesLog, dssd, 16);
WIRE_AT(OcpCapabilitiesLog, version, 4078);
WIRE_AT(OcpCapabilitiesLog, guid, 4080);
WIRE_SIZE(OcpCapabilitiesLog, 4096);

#define OCP_CAPABILITIES_VERSION    1
#define OCP_CAPABILITIES_GUID \
    OCP_GUID(b7, 05, 3c, 91, 4b, 58, 49, 5d, 98, c9, e1, d1, 0d, 05, 42, 97)

enum {
    OCP_CAP_COMPLIANT       = 1 << 15,  /* of each: tested, and compliant */
    OCP_CAP_OOB_SMBUS       = 1 << 0,
    OCP_CAP_OOB_VDM         = 1 << 1,
    OCP_CAP_OOB_BASIC       = 1 << 2,   /* NVMe Basic Management */
    OCP_CAP_WZ              = 1 << 0,
    OCP_CAP_WZ_DEAC         = 1 << 1,
    OCP_CAP_WZ_FUA          = 1 << 2,
    OCP_CAP_WZ_IO5          = 1 << 3,   /* meets NVMe-IO-5 */
    OCP_CAP_WZ_IO6          = 1 << 4,   /* meets NVMe-IO-6 */
    OCP_CAP_SAN             = 1 << 0,
    OCP_CAP_SAN_CRYPTO      = 1 << 1,
    OCP_CAP_SAN_BLOCK       = 1 << 2,
    OCP_CAP_SAN_OVERWRITE   = 1 << 3,
    OCP_CAP_SAN_DEALLOCATE  = 1 << 4,
    OCP_CAP_DSM             = 1 << 0,
    OCP_CAP_DSM_AD          = 1 << 1,
    OCP_CAP_WU              = 1 << 0,
    OCP_CAP_WU_ONE          = 1 << 1,   /* single LBA */
    OCP_CAP_WU_MOST         = 1 << 2,   /* as many as a command can name */
    OCP_CAP_WU_IO14         = 1 << 3,   /* meets NVMe-IO-14 */
    OCP_CAP_FUSED           = 1 << 0,   /* Compare and Write */
};

/* A DSSD power state */
enum {
    OCP_DSSD_NVME_PS_SHIFT  = 0,    OCP_DSSD_NVME_PS_MASK   = 0x1f,
    OCP_DSSD_VALID          = 1 << 7,
};

/* LID C5h */
#define OCP_NREQUIREMENTS   253u
#define OCP_REQUIREMENT     16u     /* bytes; tools want a zero at the end */

typedef struct OcpUnsupportedLog {
    Le16    count;          /* [0001:0000] */
    uint8_t rsvd2[14];      /* [0015:0002] */
    char    id[OCP_NREQUIREMENTS][OCP_REQUIREMENT]; /* [4063:0016] */
    uint8_t rsvd4064[14];   /* [4077:4064] */
    Le16    version;        /* [4079:4078]  1 */
    uint8_t guid[16];       /* [4095:4080] */
} OcpUnsupportedLog;
WIRE_AT(OcpUnsupportedLog, id, 16);
WIRE_AT(OcpUnsupportedLog, version, 4078);
WIRE_AT(OcpUnsupportedLog, guid, 4080);
WIRE_SIZE(OcpUnsupportedLog, 4096);

#define OCP_UNSUPPORTED_VERSION 1
#define OCP_UNSUPPORTED_GUID \
    OCP_GUID(c7, bb, 98, b7, d0, 32, 48, 63, bb, 2c, 23, 99, 0e, 9c, 72, 2f)

/* LID C6h: this, then descriptors */
typedef struct OcpHardwareLog {
    Le16    version;        /* [01:00]  OCP_HARDWARE_ */
    uint8_t rsvd2[14];      /* [15:02] */
    uint8_t guid[16];       /* [31:16] */
    Le128   size;           /* [47:32]  of all; the version says the unit */
    uint8_t rsvd48[16];     /* [63:48] */
} OcpHardwareLog;
WIRE_AT(OcpHardwareLog, guid, 16);
WIRE_AT(OcpHardwareLog, size, 32);
WIRE_SIZE(OcpHardwareLog, 64);

#define OCP_HARDWARE_GUID \
    OCP_GUID(bc, b6, 82, 1f, 30, cd, 4e, d0, b7, 6b, 31, b9, 9f, 0f, 57, dc)

enum {
    OCP_HARDWARE_DWORDS     = 1,    /* version: sizes are in dwords */
    OCP_HARDWARE_BYTES      = 2,    /* that of the log is in bytes */
};

/* Behind it: the date or lot code, then the additional information */
typedef struct OcpComponent {
    Le64    date_size;      /* [07:00]  dwords */
    Le64    info_size;      /* [15:08]  dwords */
    Le32    id;             /* [19:16]  enum OcpComponentId */
    char    manufacturer[8];    /* [27:20]  ASCII */
    char    revision[8];    /* [35:28]  ASCII */
    char    code[8];        /* [43:36]  the manufacturer's */
} OcpComponent;
WIRE_AT(OcpComponent, id, 16);
WIRE_AT(OcpComponent, manufacturer, 20);
WIRE_AT(OcpComponent, code, 36);
WIRE_SIZE(OcpComponent, 44);

enum OcpComponentId {
    OCP_COMPONENT_ASIC      = 1,
    OCP_COMPONENT_NAND      = 2,
    OCP_COMPONENT_DRAM      = 3,
    OCP_COMPONENT_PMIC      = 4,
    OCP_COMPONENT_PCB       = 5,
    OCP_COMPONENT_CAPACITOR = 6,
    OCP_COMPONENT_REGISTER  = 7,
    OCP_COMPONENT_CASE      = 8,
    OCP_COMPONENT_SERIAL    = 9,    /* this and below: the information */
    OCP_COMPONENT_COUNTRY   = 0xa,
    OCP_COMPONENT_REVISION  = 0xb,  /* of the hardware, global */
    OCP_COMPONENT_BORN      = 0xc,  /* MMDDYYYY, since 2.6 */
};

/* LID C7h */
typedef struct OcpTcgLog {
    uint8_t state;          /* [000]      0: Manufactured-Inactive */
    uint8_t rsvd1[3];       /* [003:001] */
    uint8_t activations;    /* [004]      of the Locking SP */
    uint8_t tper_reverts;   /* [005] */
    uint8_t locking_reverts;    /* [006] */
    uint8_t locking;        /* [007]      locking objects */
    uint8_t single_user;    /* [008] */
    uint8_t range;          /* [009] */
    uint8_t ns;             /* [010] */
    uint8_t read_locked;    /* [011] */
    uint8_t write_locked;   /* [012] */
    uint8_t read_unlocked;  /* [013] */
    uint8_t write_unlocked; /* [014] */
    uint8_t rsvd15;         /* [015] */
    Le32    sid_tries;      /* [019:016]  SID authentication */
    Le32    sid_limit;      /* [023:020] */
    Le32    resets;         /* [027:024]  programmatic TCG resets */
    Le32    reset_locks;    /* [031:028] */
    Le32    errors;         /* [035:032] */
    Le16    ns_extended;    /* [037:036]  since version 2 */
    uint8_t rsvd38[456];    /* [493:038] */
    Le16    version;        /* [495:494] */
    uint8_t guid[16];       /* [511:496] */
} OcpTcgLog;
WIRE_AT(OcpTcgLog, write_unlocked, 14);
WIRE_AT(OcpTcgLog, sid_tries, 16);
WIRE_AT(OcpTcgLog, errors, 32);
WIRE_AT(OcpTcgLog, ns_extended, 36);
WIRE_AT(OcpTcgLog, version, 494);
WIRE_AT(OcpTcgLog, guid, 496);
WIRE_SIZE(OcpTcgLog, 512);

#define OCP_TCG_SID_LIMIT   5       /* SEC-36 */
#define OCP_TCG_GUID \
    OCP_GUID(54, e0, 2a, 9d, fa, 54, 47, c0, 83, e6, e0, 7e, bd, 24, 40, 06)

#endif
