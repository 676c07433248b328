/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire formats of Open-Channel SSD 1.2, as far as they differ from 2.0.
 *
 * Source: Open-Channel Solid State Drives Specification, Revision 1.2, April
 * 2016.  Names are the specification's.
 */
#ifndef HW_OCP_NVME_SPEC_OCSSD12_H
#define HW_OCP_NVME_SPEC_OCSSD12_H

#include "hw/ocp-nvme/spec/bytes.h"

/* E2h is Device Identification; Block Erase, Write, Read are 90h to 92h */
enum Ocssd12Opcode {
    OCSSD12_ADM_SET_BBT         = 0xf1,
    OCSSD12_ADM_GET_BBT         = 0xf2,
};

/* Statuses that its hosts know, X(NAME, SCT << 8 | SC, text, dnr) */
#define OCSSD12_STATUS_LIST(X) \
    X(FAILED,                   0x0ff, "Program or Erase Failed", 1) \
    X(EMPTY_PAGE,               0x2ff, "Empty Page", 1) \
    X(HIGH_ECC,                 0x700, "High ECC Warning", 1)

#define OCSSD12_STATUS_ENUMERATOR(name, value, text, dnr) \
    OCSSD12_SC_##name = value,
enum Ocssd12Status {
    OCSSD12_STATUS_LIST(OCSSD12_STATUS_ENUMERATOR)
};
#undef OCSSD12_STATUS_ENUMERATOR

/* A field of a physical page address */
typedef struct Ocssd12Field {
    uint8_t start;          /* [00]         its lowest bit */
    uint8_t length;         /* [01]         bits */
} Ocssd12Field;
WIRE_SIZE(Ocssd12Field, 2);

typedef struct Ocssd12Group {
    uint8_t mtype;          /* [000]        0: NAND flash */
    uint8_t fmtype;         /* [001]        0: SLC */
    uint8_t rsvd2[2];       /* [003:002] */
    uint8_t num_ch;         /* [004]        channels */
    uint8_t num_lun;        /* [005]        LUNs per channel */
    uint8_t num_pln;        /* [006]        planes per LUN */
    uint8_t rsvd7;          /* [007] */
    Le16    num_blk;        /* [009:008]    blocks per plane */
    Le16    num_pg;         /* [011:010]    pages per block */
    Le16    fpg_sz;         /* [013:012]    bytes of a page */
    Le16    csecs;          /* [015:014]    bytes of a sector */
    Le16    sos;            /* [017:016]    bytes of metadata of a sector */
    uint8_t rsvd18[2];      /* [019:018] */
    Le32    trdt;           /* [023:020]    ns, as all below */
    Le32    trdm;           /* [027:024] */
    Le32    tprt;           /* [031:028] */
    Le32    tprm;           /* [035:032] */
    Le32    tbet;           /* [039:036] */
    Le32    tbem;           /* [043:040] */
    Le32    mpos;           /* [047:044]    OCSSD12_MPOS_ */
    Le32    mccap;          /* [051:048]    SLC mode, suspend, ...: none */
    Le16    cpar;           /* [053:052]    parallel commands of a channel */
    uint8_t rsvd54[906];    /* [959:054] */
} Ocssd12Group;
WIRE_AT(Ocssd12Group, num_ch, 4);
WIRE_AT(Ocssd12Group, num_blk, 8);
WIRE_AT(Ocssd12Group, trdt, 20);
WIRE_AT(Ocssd12Group, mpos, 44);
WIRE_AT(Ocssd12Group, cpar, 52);
WIRE_SIZE(Ocssd12Group, 960);

/* MPOS: in each byte bit 0 single, 1 dual, 2 quad plane */
enum {
    OCSSD12_MPOS_READ_SHIFT     = 0,    OCSSD12_MPOS_READ_MASK      = 0x7,
    OCSSD12_MPOS_PROGRAM_SHIFT  = 8,    OCSSD12_MPOS_PROGRAM_MASK   = 0x7,
    OCSSD12_MPOS_ERASE_SHIFT    = 16,   OCSSD12_MPOS_ERASE_MASK     = 0x7,
};

/* Device Identification */
typedef struct Ocssd12Identify {
    uint8_t version;        /* [0000]       1 */
    uint8_t vnvmt;          /* [0001]       opcode set, 0: generic */
    uint8_t cgrps;          /* [0002]       groups described below */
    uint8_t rsvd3;          /* [0003] */
    Le32    cap;            /* [0007:0004]  OCSSD12_CAP_ */
    Le32    dom;            /* [0011:0008]  0: no hybrid mode, no host ECC */
    Ocssd12Field ch;        /* [0013:0012] */
    Ocssd12Field lun;       /* [0015:0014] */
    Ocssd12Field pln;       /* [0017:0016] */
    Ocssd12Field blk;       /* [0019:0018] */
    Ocssd12Field pg;        /* [0021:0020] */
    Ocssd12Field sec;       /* [0023:0022] */
    uint8_t rsvd24[232];    /* [0255:0024] */
    Ocssd12Group grp[4];    /* [4095:0256] */
} Ocssd12Identify;
WIRE_AT(Ocssd12Identify, cap, 4);
WIRE_AT(Ocssd12Identify, ch, 12);
WIRE_AT(Ocssd12Identify, sec, 22);
WIRE_AT(Ocssd12Identify, grp, 256);
WIRE_SIZE(Ocssd12Identify, 4096);

#define OCSSD12_CAP_BBT     (1u << 0)   /* bad block table commands */

/* Bad block table: this header, then a byte for each block and plane */
typedef struct Ocssd12Bbt {
    uint8_t tblid[4];       /* [03:00]  "BBLT" */
    Le16    verid;          /* [05:04]  1 */
    Le16    revid;          /* [07:06] */
    uint8_t rsvd8[4];       /* [11:08] */
    Le32    tblks;          /* [15:12]  bytes that follow */
    Le32    tfact;          /* [19:16]  of them factory bad */
    Le32    tgrown;         /* [23:20]  grown bad */
    Le32    tdresv;         /* [27:24]  reserved by the device */
    Le32    thresv;         /* [31:28]  reserved by the host */
    uint8_t rsvd32[32];     /* [63:32] */
} Ocssd12Bbt;
WIRE_AT(Ocssd12Bbt, tblks, 12);
WIRE_AT(Ocssd12Bbt, thresv, 28);
WIRE_SIZE(Ocssd12Bbt, 64);

enum Ocssd12Block {
    OCSSD12_BLK_FACTORY     = 1 << 0,
    OCSSD12_BLK_GROWN       = 1 << 1,
    OCSSD12_BLK_DEVICE      = 1 << 2,
    OCSSD12_BLK_HOST        = 1 << 3,
    OCSSD12_BLK_MANAGER     = 1 << 4,
};

/* Set Bad Block Table: CDW12 */
enum {
    OCSSD12_BBT_NLB_SHIFT   = 0,    OCSSD12_BBT_NLB_MASK    = 0xffff,
    OCSSD12_BBT_VALUE_SHIFT = 16,   OCSSD12_BBT_VALUE_MASK  = 0xff,
};

#endif
