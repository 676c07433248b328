/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image on disk.  docs/image-format.rst is the authority; this file
 * transcribes it.  All integers are little endian, all offsets are bytes from
 * the start of the image.
 */
#ifndef HW_OCP_NVME_SPEC_IMAGE_H
#define HW_OCP_NVME_SPEC_IMAGE_H

#include "hw/ocp-nvme/spec/bytes.h"

#define IMG_MAGIC           "OCPNVME"   /* eight bytes with its NUL */
#define IMG_VERSION         1
#define IMG_BLOCK           4096u       /* superblock, page slot */
#define IMG_SUPER_A         0u
#define IMG_SUPER_B         65536u
#define IMG_FIRST_REGION    131072u
#define IMG_NREGIONS        16

enum ImgMode {
    IMG_MODE_OPEN_CHANNEL   = 1,
    IMG_MODE_CONVENTIONAL   = 2,
};

enum ImgRegionType {
    IMG_REGION_NONE         = 0,
    IMG_REGION_STATE        = 1,    /* pages: device state */
    IMG_REGION_CHUNKS       = 2,    /* pages: chunk table, open-channel only */
    IMG_REGION_META         = 3,    /* metadata of block i at i * MS */
    IMG_REGION_DATA         = 4,    /* block i at i << LBADS */
    IMG_REGION_MAPS         = 5,    /* pages: block maps, open-channel only */
    IMG_REGION_END
};

typedef struct ImgRegion {
    Le32    type;               /* [03:00]  enum ImgRegionType */
    Le32    rsvd4;              /* [07:04] */
    Le64    offset;             /* [15:08]  multiple of IMG_BLOCK */
    Le64    length;             /* [23:16]  multiple of IMG_BLOCK */
    Le64    rsvd24;             /* [31:24] */
} ImgRegion;
WIRE_AT(ImgRegion, offset, 8);
WIRE_AT(ImgRegion, length, 16);
WIRE_SIZE(ImgRegion, 32);

/* Geometry of an open-channel namespace; names of OCSSD 2.0, section 2. */
typedef struct ImgGeometry {
    Le16    num_grp;            /* [01:00] */
    Le16    num_pu;             /* [03:02] */
    Le32    num_chk;            /* [07:04] */
    Le32    clba;               /* [11:08]  logical blocks */
    Le32    ws_min;             /* [15:12]  logical blocks */
    Le32    ws_opt;             /* [19:16]  logical blocks */
    Le32    mw_cunits;          /* [23:20]  logical blocks */
    Le32    maxoc;              /* [27:24]  0: no limit */
    Le32    maxocpu;            /* [31:28]  0: no limit */
    Le32    pe_cycles;          /* [35:32]  resets a chunk lasts, 0: for ever */
    Le32    wit;                /* [39:36]  0..255 */
    Le32    trdt;               /* [43:40]  ns, as all below */
    Le32    trdm;               /* [47:44] */
    Le32    twrt;               /* [51:48] */
    Le32    twrm;               /* [55:52] */
    Le32    tcrst;              /* [59:56] */
    Le32    tcrsm;              /* [63:60] */
    uint8_t rsvd64[64];         /* [127:64] */
} ImgGeometry;
WIRE_AT(ImgGeometry, clba, 8);
WIRE_AT(ImgGeometry, maxocpu, 28);
WIRE_AT(ImgGeometry, tcrsm, 60);
WIRE_SIZE(ImgGeometry, 128);

typedef struct ImgSuper {
    char    magic[8];           /* [0007:0000]  IMG_MAGIC */
    Le32    version;            /* [0011:0008]  IMG_VERSION */
    Le32    incompat;           /* [0015:0012]  any bit unknown: refuse */
    Le32    compat;             /* [0019:0016]  unknown bits: ignore */
    Le32    crc32c;             /* [0023:0020]  of 4096 bytes, this field 0 */
    Le64    sequence;           /* [0031:0024]  the higher valid copy wins */
    uint8_t uuid[16];           /* [0047:0032]  RFC 4122 byte order */
    uint8_t mode;               /* [0048]       enum ImgMode */
    uint8_t lbads;              /* [0049]       9 or 12 */
    Le16    ms;                 /* [0051:0050]  metadata bytes of a block */
    uint8_t extended;           /* [0052]       1: metadata ends each block */
    uint8_t rsvd53[3];          /* [0055:0053] */
    Le64    nsze;               /* [0063:0056]  blocks with data, dense */
    Le64    length;             /* [0071:0064]  bytes the image needs */
    uint8_t rsvd72[56];         /* [0127:0072] */
    ImgGeometry geo;            /* [0255:0128]  zero if conventional */
    ImgRegion region[IMG_NREGIONS]; /* [0767:0256]  ascending, no overlap */
    uint8_t rsvd768[3328];      /* [4095:0768] */
} ImgSuper;
WIRE_AT(ImgSuper, version, 8);
WIRE_AT(ImgSuper, crc32c, 20);
WIRE_AT(ImgSuper, sequence, 24);
WIRE_AT(ImgSuper, uuid, 32);
WIRE_AT(ImgSuper, mode, 48);
WIRE_AT(ImgSuper, ms, 50);
WIRE_AT(ImgSuper, nsze, 56);
WIRE_AT(ImgSuper, length, 64);
WIRE_AT(ImgSuper, geo, 128);
WIRE_AT(ImgSuper, region, 256);
WIRE_SIZE(ImgSuper, 4096);

/*
 * A page has two slots side by side: page i of a region is at offset
 * 2 * i * IMG_BLOCK and the block after it.  The valid slot with the higher
 * sequence is the page; a write goes to the other slot.
 */
#define IMG_PAGE_MAGIC      0x4750434fu     /* "OCPG" */
#define IMG_PAGE_PAYLOAD    4064u

typedef struct ImgPage {
    Le32    magic;              /* [0003:0000]  IMG_PAGE_MAGIC */
    Le32    region;             /* [0007:0004]  enum ImgRegionType */
    Le32    index;              /* [0011:0008]  page number in its region */
    Le32    crc32c;             /* [0015:0012]  of 4096 bytes, this field 0 */
    Le64    sequence;           /* [0023:0016]  1 at creation */
    Le64    uuid_lo;            /* [0031:0024]  first 8 bytes of the UUID */
    uint8_t payload[IMG_PAGE_PAYLOAD];  /* [4095:0032] */
} ImgPage;
WIRE_AT(ImgPage, crc32c, 12);
WIRE_AT(ImgPage, sequence, 16);
WIRE_AT(ImgPage, payload, 32);
WIRE_SIZE(ImgPage, 4096);

/* A page of the chunk table; chunk i is entry i % 254 of page i / 254. */
#define IMG_CHUNKS_PER_PAGE 254u

enum ImgChunkFlag {
    IMG_CHUNK_OFFLINE_NEXT  = 1 << 0,   /* goes offline at its next reset */
    IMG_CHUNK_MARKS         = 0xf8,     /* bad block table, OCSSD 1.2, << 3 */
};

typedef struct ImgChunk {
    uint8_t state;              /* [00]     enum OcssdChunkState */
    uint8_t type;               /* [01]     enum OcssdChunkType */
    uint8_t flags;              /* [02]     enum ImgChunkFlag */
    uint8_t wear;               /* [03]     index reported if pe_cycles is 0 */
    Le32    wp;                 /* [07:04]  blocks written, 0..cnlb */
    Le32    cnlb;               /* [11:08]  blocks in the chunk, 1..clba */
    Le32    resets;             /* [15:12] */
} ImgChunk;
WIRE_AT(ImgChunk, wp, 4);
WIRE_AT(ImgChunk, resets, 12);
WIRE_SIZE(ImgChunk, 16);

/* A page of the block maps: a part of the map of one chunk. */
#define IMG_MAP_BITS        (4048u * 8)
#define IMG_MAPS_MAX        65534u  /* pages in an image */
#define IMG_MAPS_DEFAULT    64u

typedef struct ImgMap {
    uint8_t used;               /* [0000]   0: free, the rest says nothing */
    uint8_t rsvd1[3];           /* [0003:0001] */
    Le32    chunk;              /* [0007:0004] */
    Le32    part;               /* [0011:0008]  first block / IMG_MAP_BITS */
    Le32    resets;             /* [0015:0012]  the chunk's, or it is free */
    uint8_t bit[4048];          /* [4063:0016]  block b: bit b % 8 of b / 8 */
} ImgMap;
WIRE_AT(ImgMap, chunk, 4);
WIRE_AT(ImgMap, resets, 12);
WIRE_AT(ImgMap, bit, 16);
WIRE_SIZE(ImgMap, IMG_PAGE_PAYLOAD);

/* What the pages of IMG_REGION_STATE hold. */
#define IMG_STATE_NPAGES    64u

enum ImgStatePage {
    IMG_STATE_COUNTERS      = 0,
    IMG_STATE_FEATURES      = 1,
    IMG_STATE_ERRORS        = 2,    /* 63 error log entries, newest first */
    IMG_STATE_UNCORRECTABLE = 3,    /* extents of conventional namespaces */
    IMG_STATE_FACTS         = 4,    /* log page C0h, health: image-ocp.h */
    IMG_STATE_LATENCY       = 5,    /* latency monitor: image-ocp.h */
    IMG_STATE_FIRMWARE      = 8,    /* slots, history: image-ocp.h */
    IMG_STATE_DOWNLOAD      = 9,    /* of an image: image-ocp.h */
    IMG_STATE_SELF_TEST     = 12,   /* Device Self-test: image-ocp.h */
    IMG_STATE_PEL           = 16,   /* to 31: see image-ocp.h */
    IMG_STATE_PANIC         = 6,    /* spec/image-ocp.h */
    IMG_STATE_INJECT        = 13,   /* and 14: spec/image-ocp.h */
    IMG_STATE_SANITIZE      = 10,   /* image-ocp.h */
    IMG_STATE_NAMESPACES    = 11,   /* who has which part: image-ocp.h */
    IMG_STATE_TELEMETRY     = 32,   /* to 40: see image-ocp.h */
    IMG_STATE_PROTECT       = 47,   /* write protection: image-ocp.h */
    IMG_STATE_MARKS         = 48,   /* to 62: as 3, of NSIDs 2 to 16 */
};

typedef struct ImgCounters {
    Le64    power_cycles;           /* [0007:0000] */
    Le64    unsafe_shutdowns;       /* [0015:0008] */
    Le64    power_on_seconds;       /* [0023:0016] */
    Le64    read_sectors;           /* [0031:0024]  of 512 bytes */
    Le64    written_sectors;        /* [0039:0032]  of 512 bytes */
    Le64    read_commands;          /* [0047:0040] */
    Le64    write_commands;         /* [0055:0048] */
    Le64    busy_ns;                /* [0063:0056] */
    Le64    media_errors;           /* [0071:0064] */
    Le64    error_count;            /* [0079:0072]  error log entries ever */
    Le64    notifications;          /* [0087:0080]  chunk notifications ever */
    uint8_t open;                   /* [0088]  1 while a controller has it */
    uint8_t rsvd89[3975];           /* [4063:0089] */
} ImgCounters;
WIRE_AT(ImgCounters, busy_ns, 56);
WIRE_AT(ImgCounters, open, 88);
WIRE_SIZE(ImgCounters, IMG_PAGE_PAYLOAD);

/* A saved feature; an entry with fid 0 is free. */
typedef struct ImgFeature {
    uint8_t fid;                /* [00] */
    uint8_t uuid;               /* [01]     0: none, 1: OCP */
    uint8_t rsvd2[2];           /* [03:02] */
    Le32    nsid;               /* [07:04]  0: controller scope */
    Le32    value;              /* [11:08]  CDW11 */
    Le32    value2;             /* [15:12]  CDW12 */
} ImgFeature;
WIRE_AT(ImgFeature, nsid, 4);
WIRE_AT(ImgFeature, value2, 12);
WIRE_SIZE(ImgFeature, 16);
#define IMG_NFEATURES       (IMG_PAGE_PAYLOAD / 16)

/* Blocks that Write Uncorrectable marked; an entry with nlb 0 is free. */
typedef struct ImgExtent {
    Le64    slba;               /* [07:00] */
    Le64    nlb;                /* [15:08] */
} ImgExtent;
WIRE_SIZE(ImgExtent, 16);
#define IMG_NEXTENTS        (IMG_PAGE_PAYLOAD / 16)

#endif
