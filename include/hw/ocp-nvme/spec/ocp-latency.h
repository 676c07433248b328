/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OCP Datacenter NVMe SSD: the latency monitor's pages and feature data.
 *
 * An operation is 0 read, 1 write, 2 deallocate.  Of 12-bit words, bit
 * 3 * bucket + operation is a cell's; of arrays of 12, entry
 * 11 - 3 * bucket - operation, so that the first is bucket 3's deallocate.
 */
#ifndef HW_OCP_NVME_SPEC_OCP_LATENCY_H
#define HW_OCP_NVME_SPEC_OCP_LATENCY_H

#include "hw/ocp-nvme/spec/ocp.h"

#define OCP_LATENCY_WORD    0x0fffu     /* bits of the 12-bit words */
#define OCP_LATENCY_VERSION_2_0 1
#define OCP_LATENCY_VERSION_2_5 4

#define OCP_LATENCY_GUID OCP_GUID( \
    85, d4, 5e, 58, d4, e6, 43, 70, 9c, 6c, 84, d0, 8c, c0, 7a, 92)

/* Log page C3h, byte 0. */
enum OcpLatencyStatus {
    OCP_LATENCY_ENABLED     = 1 << 0,
    OCP_LATENCY_LARGEST     = 1 << 1,   /* "largest" mode is supported */
    OCP_LATENCY_MEASURED    = 1 << 2,   /* measured latency is supported */
};

typedef struct OcpLatencyCounts {
    Le32    rsvd0;              /* [03:00] */
    Le32    deallocate;         /* [07:04] */
    Le32    write;              /* [11:08] */
    Le32    read;               /* [15:12] */
} OcpLatencyCounts;
WIRE_AT(OcpLatencyCounts, read, 12);
WIRE_SIZE(OcpLatencyCounts, 16);

/* The active buckets, or the static ones. */
typedef struct OcpLatencyBuckets {
    OcpLatencyCounts count[4];  /* [063:000] */
    Le64    stamp[12];          /* [159:064]  ms; all ones: none */
    Le16    latency[12];        /* [183:160]  ms; 0: none */
    Le16    units;              /* [185:184]  1: the stamp is the host's */
} OcpLatencyBuckets;
WIRE_AT(OcpLatencyBuckets, stamp, 64);
WIRE_AT(OcpLatencyBuckets, latency, 160);
WIRE_AT(OcpLatencyBuckets, units, 184);
WIRE_SIZE(OcpLatencyBuckets, 186);

/* Log page C3h: Latency Monitor. */
typedef struct OcpLatencyLog {
    uint8_t status;             /* [000]     enum OcpLatencyStatus */
    uint8_t rsvd1;              /* [001] */
    Le16    timer;              /* [003:002]  5 minutes; saturates */
    Le16    timer_threshold;    /* [005:004]  0: never */
    uint8_t threshold[4];       /* [009:006]  (n + 1) * 5 ms */
    Le16    config;             /* [011:010]  1: the largest is kept */
    uint8_t window;             /* [012]      100 ms */
    uint8_t rsvd13[19];         /* [031:013] */
    OcpLatencyBuckets active;   /* [217:032] */
    uint8_t rsvd218[22];        /* [239:218] */
    OcpLatencyBuckets fixed;    /* [425:240]  the static ones */
    uint8_t rsvd426[10];        /* [435:426] */
    Le64    debug_dwords;       /* [443:436]  page CAh, since 2.5 */
    Le32    debug_dwords_high;  /* [447:444] */
    Le16    trigger;            /* [449:448]  1: takes a debug log */
    Le16    debug_latency;      /* [451:450]  ms; 0: none */
    Le64    debug_stamp;        /* [459:452] */
    Le16    debug_pointer;      /* [461:460] */
    Le16    debug_source;       /* [463:462]  bit of its cell; 0: none held */
    uint8_t debug_units;        /* [464] */
    uint8_t rsvd465[29];        /* [493:465] */
    Le16    version;            /* [495:494] */
    uint8_t guid[16];           /* [511:496] */
} OcpLatencyLog;
WIRE_AT(OcpLatencyLog, threshold, 6);
WIRE_AT(OcpLatencyLog, config, 10);
WIRE_AT(OcpLatencyLog, active, 32);
WIRE_AT(OcpLatencyLog, fixed, 240);
WIRE_AT(OcpLatencyLog, debug_dwords, 436);
WIRE_AT(OcpLatencyLog, trigger, 448);
WIRE_AT(OcpLatencyLog, debug_stamp, 452);
WIRE_AT(OcpLatencyLog, debug_units, 464);
WIRE_AT(OcpLatencyLog, version, 494);
WIRE_AT(OcpLatencyLog, guid, 496);
WIRE_SIZE(OcpLatencyLog, 512);

/* Byte 11 of the data of Feature C5h. */
enum OcpLatencyDiscard {
    OCP_LATENCY_KEEP            = 0,
    OCP_LATENCY_DISCARD         = 1,    /* and all else is as with KEEP */
    OCP_LATENCY_DISCARD_ONLY    = 2,    /* no other byte is looked at */
};

/* Data of Set Features C5h. */
typedef struct OcpLatencyFeature {
    Le16    timer_threshold;    /* [0001:0000] */
    uint8_t threshold[4];       /* [0005:0002] */
    Le16    config;             /* [0007:0006] */
    uint8_t window;             /* [0008] */
    Le16    trigger;            /* [0010:0009] */
    uint8_t discard;            /* [0011]  enum OcpLatencyDiscard */
    uint8_t enable;             /* [0012]  0 or 1 */
    uint8_t rsvd13[4083];       /* [4095:0013] */
} OcpLatencyFeature;
WIRE_AT(OcpLatencyFeature, threshold, 2);
WIRE_AT(OcpLatencyFeature, config, 6);
WIRE_AT(OcpLatencyFeature, trigger, 9);
WIRE_AT(OcpLatencyFeature, enable, 12);
WIRE_SIZE(OcpLatencyFeature, 4096);

/*
 * Log page CAh: Latency Monitor Debug.  Its content is the vendor's: what
 * C3h says of the debug log, and the command that took so long.
 */
typedef struct OcpLatencyDebugLog {
    Le16    source;             /* [001:000]  0: none held */
    Le16    latency;            /* [003:002]  ms */
    Le16    pointer;            /* [005:004] */
    uint8_t units;              /* [006] */
    uint8_t rsvd7;              /* [007] */
    Le64    stamp;              /* [015:008] */
    Le16    sqid;               /* [017:016] */
    Le16    status;             /* [019:018]  SCT << 8 | SC */
    uint8_t rsvd20[44];         /* [063:020] */
    uint8_t command[64];        /* [127:064]  as the host submitted it */
} OcpLatencyDebugLog;
WIRE_AT(OcpLatencyDebugLog, stamp, 8);
WIRE_AT(OcpLatencyDebugLog, status, 18);
WIRE_AT(OcpLatencyDebugLog, command, 64);
WIRE_SIZE(OcpLatencyDebugLog, 128);

#endif
