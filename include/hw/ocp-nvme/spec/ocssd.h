/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open-Channel SSD wire formats.
 *
 * Source: Open-Channel Solid State Drives Specification, Revision 2.0,
 * January 29, 2018.  Names are the specification's.
 */
#ifndef HW_OCP_NVME_SPEC_OCSSD_H
#define HW_OCP_NVME_SPEC_OCSSD_H

#include "hw/ocp-nvme/spec/bytes.h"

/* By convention of its hosts: PCI identity and Identify Namespace byte 384 */
#define OCSSD_PCI_VENDOR        0x1d1d
#define OCSSD_PCI_DEVICE        0x1f1f
#define OCSSD_ID_NS_MARK        0x01

enum OcssdOpcode {
    OCSSD_IO_VECTOR_RESET       = 0x90,
    OCSSD_IO_VECTOR_WRITE       = 0x91,
    OCSSD_IO_VECTOR_READ        = 0x92,
    OCSSD_IO_VECTOR_COPY        = 0x93,
    OCSSD_ADM_GEOMETRY          = 0xe2,
};

/* CAh as a log page and as a feature is also used by OCP: the UUID decides */
enum {
    OCSSD_LID_CHUNK_INFO        = 0xca,
    OCSSD_LID_CHUNK_NOTIFY      = 0xd0,
    OCSSD_FID_MEDIA_FEEDBACK    = 0xca,
};

/* Media errors, X(NAME, SCT << 8 | SC, text, dnr) as in nvme-status.h */
#define OCSSD_STATUS_LIST(X) \
    X(OFFLINE_CHUNK,            0x2c0, "Offline Chunk", 1) \
    X(INVALID_RESET,            0x2c1, "Invalid Reset", 1) \
    X(HIGH_ECC,                 0x2d0, "High ECC", 1) \
    X(WRITE_NEXT_UNIT,          0x2f0, "Write Next Unit", 1) \
    X(CHUNK_EARLY_CLOSE,        0x2f1, "Chunk Early Close", 1) \
    X(OUT_OF_ORDER_WRITE,       0x2f2, "Out-of-order Write", 1)

#define OCSSD_STATUS_ENUMERATOR(name, value, text, dnr) \
    OCSSD_SC_##name = value,
enum OcssdStatus {
    OCSSD_STATUS_LIST(OCSSD_STATUS_ENUMERATOR)
};
#undef OCSSD_STATUS_ENUMERATOR

/* Geometry, what opcode E2h returns */
typedef struct OcssdGeometry {
    uint8_t mjr;            /* [0000]       2: the layout of revision 2.0 */
    uint8_t mnr;            /* [0001] */
    uint8_t rsvd2[6];       /* [0007:0002] */
    uint8_t lbaf_grp;       /* [0008]       LBA bits of the group */
    uint8_t lbaf_pu;        /* [0009]       LBA bits of the parallel unit */
    uint8_t lbaf_chk;       /* [0010]       LBA bits of the chunk */
    uint8_t lbaf_lb;        /* [0011]       LBA bits of the logical block */
    uint8_t rsvd12[4];      /* [0015:0012] */
    Le32    mccap;          /* [0019:0016]  enum OcssdMccap */
    uint8_t rsvd20[12];     /* [0031:0020] */
    uint8_t wit;            /* [0032]       Wear-level Index Delta Threshold */
    uint8_t rsvd33[31];     /* [0063:0033] */
    Le16    num_grp;        /* [0065:0064]  groups */
    Le16    num_pu;         /* [0067:0066]  parallel units per group */
    Le32    num_chk;        /* [0071:0068]  chunks per parallel unit */
    Le32    clba;           /* [0075:0072]  logical blocks per chunk */
    uint8_t rsvd76[52];     /* [0127:0076] */
    Le32    ws_min;         /* [0131:0128]  logical blocks */
    Le32    ws_opt;         /* [0135:0132]  logical blocks */
    Le32    mw_cunits;      /* [0139:0136]  logical blocks */
    Le32    maxoc;          /* [0143:0140]  open chunks, 0: no limit */
    Le32    maxocpu;        /* [0147:0144]  open chunks per PU, 0: no limit */
    uint8_t rsvd148[44];    /* [0191:0148] */
    Le32    trdt;           /* [0195:0192]  ns, typical read */
    Le32    trdm;           /* [0199:0196]  ns, maximum read */
    Le32    twrt;           /* [0203:0200]  ns, typical write */
    Le32    twrm;           /* [0207:0204]  ns, maximum write */
    Le32    tcrst;          /* [0211:0208]  ns, typical chunk reset */
    Le32    tcrsm;          /* [0215:0212]  ns, maximum chunk reset */
    uint8_t rsvd216[2856];  /* [3071:0216] */
    uint8_t vs[1024];       /* [4095:3072] */
} OcssdGeometry;
WIRE_AT(OcssdGeometry, lbaf_grp, 8);
WIRE_AT(OcssdGeometry, mccap, 16);
WIRE_AT(OcssdGeometry, wit, 32);
WIRE_AT(OcssdGeometry, num_grp, 64);
WIRE_AT(OcssdGeometry, num_pu, 66);
WIRE_AT(OcssdGeometry, num_chk, 68);
WIRE_AT(OcssdGeometry, clba, 72);
WIRE_AT(OcssdGeometry, ws_min, 128);
WIRE_AT(OcssdGeometry, ws_opt, 132);
WIRE_AT(OcssdGeometry, mw_cunits, 136);
WIRE_AT(OcssdGeometry, maxoc, 140);
WIRE_AT(OcssdGeometry, maxocpu, 144);
WIRE_AT(OcssdGeometry, trdt, 192);
WIRE_AT(OcssdGeometry, trdm, 196);
WIRE_AT(OcssdGeometry, twrt, 200);
WIRE_AT(OcssdGeometry, twrm, 204);
WIRE_AT(OcssdGeometry, tcrst, 208);
WIRE_AT(OcssdGeometry, tcrsm, 212);
WIRE_AT(OcssdGeometry, vs, 3072);
WIRE_SIZE(OcssdGeometry, 4096);

/* MCCAP; early reset is reserved in the text, set by earlier emulators */
enum OcssdMccap {
    OCSSD_MCCAP_COPY            = 1 << 0,   /* Vector Chunk Copy */
    OCSSD_MCCAP_MULTI_RESET     = 1 << 1,   /* a Free chunk may be reset */
    OCSSD_MCCAP_EARLY_RESET     = 1 << 2,   /* an Open chunk may be reset */
};

/* Chunk State, CS: exactly one bit is set */
enum OcssdChunkState {
    OCSSD_CS_FREE               = 1 << 0,
    OCSSD_CS_CLOSED             = 1 << 1,
    OCSSD_CS_OPEN               = 1 << 2,
    OCSSD_CS_OFFLINE            = 1 << 3,
};

/* Chunk Type, CT: exactly one of the first two */
enum OcssdChunkType {
    OCSSD_CT_SEQUENTIAL         = 1 << 0,   /* sequential write required */
    OCSSD_CT_RANDOM             = 1 << 1,   /* random writes allowed */
    OCSSD_CT_SIZE_DEVIATES      = 1 << 4,   /* CNLB is not CLBA */
};

/* Chunk Information descriptor: log page CAh is an array of these */
typedef struct OcssdChunkInfo {
    uint8_t cs;             /* [00]     enum OcssdChunkState */
    uint8_t ct;             /* [01]     enum OcssdChunkType */
    uint8_t wli;            /* [02]     Wear-level Index, 255: end of life */
    uint8_t rsvd3[5];       /* [07:03] */
    Le64    slba;           /* [15:08]  Starting LBA */
    Le64    cnlb;           /* [23:16]  Number of logical blocks in chunk */
    Le64    wp;             /* [31:24]  Write Pointer */
} OcssdChunkInfo;
WIRE_AT(OcssdChunkInfo, wli, 2);
WIRE_AT(OcssdChunkInfo, slba, 8);
WIRE_AT(OcssdChunkInfo, cnlb, 16);
WIRE_AT(OcssdChunkInfo, wp, 24);
WIRE_SIZE(OcssdChunkInfo, 32);

/* Chunk Notification entry: log page D0h is an array of these */
typedef struct OcssdChunkNotify {
    Le64    nc;             /* [07:00]  Notification Count, first is 1 */
    Le64    lba;            /* [15:08] */
    Le32    nsid;           /* [19:16] */
    Le16    state;          /* [21:20]  enum OcssdNotifyState */
    uint8_t mask;           /* [22]     enum OcssdNotifyMask */
    uint8_t rsvd23[9];      /* [31:23] */
    Le16    nlb;            /* [33:32]  0's based, with OCSSD_NM_BLOCK */
    uint8_t rsvd34[30];     /* [63:34] */
} OcssdChunkNotify;
WIRE_AT(OcssdChunkNotify, nc, 0);
WIRE_AT(OcssdChunkNotify, lba, 8);
WIRE_AT(OcssdChunkNotify, nsid, 16);
WIRE_AT(OcssdChunkNotify, state, 20);
WIRE_AT(OcssdChunkNotify, mask, 22);
WIRE_AT(OcssdChunkNotify, nlb, 32);
WIRE_SIZE(OcssdChunkNotify, 64);

enum OcssdNotifyState {
    OCSSD_NS_ERROR_LOW          = 1 << 0,
    OCSSD_NS_ERROR_MEDIUM       = 1 << 1,
    OCSSD_NS_ERROR_HIGH         = 1 << 2,
    OCSSD_NS_UNRECOVERABLE      = 1 << 3,
    OCSSD_NS_REFRESHED          = 1 << 4,
    OCSSD_NS_WLI                = 1 << 8,   /* outside average +- WIT */
};

/* What the LBA of the entry stands for */
enum OcssdNotifyMask {
    OCSSD_NM_BLOCK              = 1 << 0,
    OCSSD_NM_CHUNK              = 1 << 1,
    OCSSD_NM_PU                 = 1 << 2,
};

/* The event: type 7h (vendor), LID D0h; the text gives no information code */
#define OCSSD_AEI_CHUNK_NOTIFY  0x00

/* Media Feedback, feature CAh: CDW11 and completion DW0 */
enum OcssdMediaFeedback {
    OCSSD_MF_HECC               = 1 << 0,   /* Read may end in High ECC */
    OCSSD_MF_VHECC              = 1 << 1,   /* Vector Read may */
};

/*
 * Vector commands: CDW12.  CDW10-11 is LBAL and CDW14-15 is DLBAL: the LBA
 * itself when NLB is 0, else the address of NLB + 1 packed 64-bit LBAs.
 */
enum {
    OCSSD_VEC_NLB_SHIFT = 0,    OCSSD_VEC_NLB_MASK  = 0x3f,
    OCSSD_VEC_RSVD_SHIFT = 6,   OCSSD_VEC_RSVD_MASK = 0x3ff,
    OCSSD_VEC_LR_SHIFT  = 31,   OCSSD_VEC_LR_MASK   = 0x1,
    OCSSD_VEC_MAX       = 64,   /* LBAs in one command */
};

#endif
