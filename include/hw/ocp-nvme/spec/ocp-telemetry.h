/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry: the log header, OCP's data areas, statistics and events, and the
 * Telemetry String Log (C9h).
 *
 * Sources: NVMe Base 2.0, "Telemetry Host-Initiated (Log Identifier 07h)",
 * "Telemetry Controller-Initiated (Log Identifier 08h)"; OCP Datacenter NVMe
 * SSD 2.5, "Telemetry Logging and Interface for Failure Analysis".
 */
#ifndef HW_OCP_NVME_SPEC_OCP_TELEMETRY_H
#define HW_OCP_NVME_SPEC_OCP_TELEMETRY_H

#include "hw/ocp-nvme/spec/bytes.h"

#define NVME_TELEMETRY_BLOCK    512u
#define NVME_TELEMETRY_CREATE   0x1u    /* LSP of LID 07h */

/* Why the log was made, as OCP fills the Reason Identifier. */
typedef struct OcpReason {
    char    error[64];      /* [063:000]  ASCII */
    char    file[8];        /* [071:064]  ASCII */
    Le16    line;           /* [073:072] */
    uint8_t valid;          /* [074]      OCP_REASON_ */
    uint8_t rsvd75[21];     /* [095:075] */
    uint8_t vendor[32];     /* [127:096] */
} OcpReason;
WIRE_AT(OcpReason, file, 64);
WIRE_AT(OcpReason, line, 72);
WIRE_AT(OcpReason, valid, 74);
WIRE_AT(OcpReason, vendor, 96);
WIRE_SIZE(OcpReason, 128);

enum {
    OCP_REASON_LINE         = 1 << 0,
    OCP_REASON_FILE         = 1 << 1,
    OCP_REASON_ERROR        = 1 << 2,
    OCP_REASON_VENDOR       = 1 << 3,
};

/*
 * The first block of LIDs 07h and 08h.  An area's last block counts from 1,
 * the areas before it included.  Four bytes differ between the two.
 */
typedef struct NvmeTelemetryHeader {
    uint8_t lid;            /* [000] */
    uint8_t rsvd1[4];       /* [004:001] */
    uint8_t ieee[3];        /* [007:005] */
    Le16    last[3];        /* [013:008]  areas 1 to 3 */
    uint8_t rsvd14[2];      /* [015:014] */
    Le32    last4;          /* [019:016] */
    uint8_t rsvd20[360];    /* [379:020] */
    uint8_t host_scope;     /* [380]      07h only */
    uint8_t host_generation;/* [381]      08h: its scope */
    uint8_t available;      /* [382]      08h has data */
    uint8_t generation;     /* [383]      of 08h */
    OcpReason reason;       /* [511:384] */
} NvmeTelemetryHeader;
WIRE_AT(NvmeTelemetryHeader, ieee, 5);
WIRE_AT(NvmeTelemetryHeader, last, 8);
WIRE_AT(NvmeTelemetryHeader, last4, 16);
WIRE_AT(NvmeTelemetryHeader, host_scope, 380);
WIRE_AT(NvmeTelemetryHeader, generation, 383);
WIRE_AT(NvmeTelemetryHeader, reason, 384);
WIRE_SIZE(NvmeTelemetryHeader, NVME_TELEMETRY_BLOCK);

#define NVME_TELEMETRY_SCOPE_CTRL   1u

#define OCP_TELEMETRY_GUID \
    OCP_GUID(BA, 56, 0A, 9C, 30, 43, 42, 4C, BC, 73, 71, 9D, 87, E6, 4E, FA)
#define OCP_TELEMETRY_MAJOR     3u
#define OCP_TELEMETRY_MINOR     1u
#define OCP_NFIFOS              16u

/* Where something is, in dwords. */
typedef struct OcpSpan {
    Le64    start;
    Le64    size;
} OcpSpan;
WIRE_SIZE(OcpSpan, 16);

/* How data area 1 begins. */
typedef struct OcpArea1 {
    Le16    major, minor;   /* [0003:0000] */
    uint8_t rsvd4[4];       /* [0007:0004] */
    uint8_t timestamp[8];   /* [0015:0008]  as Feature 0Eh returns it */
    uint8_t guid[16];       /* [0031:0016] */
    uint8_t nprofiles;      /* [0032] */
    uint8_t profile;        /* [0033] */
    uint8_t rsvd34[6];      /* [0039:0034] */
    Le64    strings;        /* [0047:0040]  dwords of LID C9h */
    uint8_t rsvd48[8];      /* [0055:0048] */
    char    firmware[8];    /* [0063:0056] */
    uint8_t rsvd64[32];     /* [0095:0064] */
    OcpSpan stats[2];       /* [0127:0096]  of areas 1 and 2 */
    uint8_t rsvd128[32];    /* [0159:0128] */
    uint8_t fifo_area[OCP_NFIFOS];  /* [0175:0160]  0: not there */
    OcpSpan fifo[OCP_NFIFOS];       /* [0431:0176] */
    uint8_t rsvd432[80];    /* [0511:0432] */
    uint8_t smart[512];     /* [1023:0512]  LID 02h */
    uint8_t extended[512];  /* [1535:1024]  LID C0h */
} OcpArea1;
WIRE_AT(OcpArea1, guid, 16);
WIRE_AT(OcpArea1, strings, 40);
WIRE_AT(OcpArea1, firmware, 56);
WIRE_AT(OcpArea1, stats, 96);
WIRE_AT(OcpArea1, fifo_area, 160);
WIRE_AT(OcpArea1, fifo, 176);
WIRE_AT(OcpArea1, smart, 512);
WIRE_AT(OcpArea1, extended, 1024);
WIRE_SIZE(OcpArea1, 1536);

/* A statistic's descriptor; its data follow. */
typedef struct OcpStatistic {
    Le16    id;             /* [1:0]    0: no more */
    uint8_t info;           /* [2]      OCP_STAT_ */
    uint8_t ns;             /* [3]      bit 7: of NSID 6:0 */
    Le16    dwords;         /* [5:4] */
    uint8_t rsvd6[2];       /* [7:6] */
} OcpStatistic;
WIRE_AT(OcpStatistic, info, 2);
WIRE_AT(OcpStatistic, dwords, 4);
WIRE_SIZE(OcpStatistic, 8);

enum {
    OCP_STAT_BEHAVIOR_SHIFT = 0,    OCP_STAT_BEHAVIOR_MASK = 0xf,
    OCP_STAT_HINT_SHIFT     = 4,    OCP_STAT_HINT_MASK     = 0x3,
    OCP_STAT_HINT_FIRST     = 0x1e, /* ids that carry the host hint 1 ... */
    OCP_STAT_HINT_LAST      = 0x6f, /* ... */
    OCP_STAT_VENDOR         = 0x8000,
};

/* Behaviour: does it stop at its most, what keeps it. */
enum {
    OCP_STAT_GAUGE          = 1,    /* wraps, kept by nothing */
    OCP_STAT_WRAPS_KEPT     = 2,    /* wraps, over resets and power */
    OCP_STAT_STOPS_RESET    = 3,    /* stops, over resets */
    OCP_STAT_STOPS_KEPT     = 4,    /* stops, over resets and power */
    OCP_STAT_STOPS          = 5,    /* stops, kept by nothing */
    OCP_STAT_WRAPS_RESET    = 6,    /* wraps, over resets */
};

/* An event's descriptor; its data follow. */
typedef struct OcpEvent {
    uint8_t class;          /* [0]      0: no more */
    Le16    id;             /* [2:1] */
    uint8_t dwords;         /* [3] */
} OcpEvent;
WIRE_AT(OcpEvent, id, 1);
WIRE_SIZE(OcpEvent, 4);

enum OcpEventClass {
    OCP_EVENT_TIMESTAMP     = 0x01,     /* 8 bytes */
    OCP_EVENT_PCIE          = 0x02,     /* 4 bytes */
    OCP_EVENT_NVME          = 0x03,     /* 8 bytes */
    OCP_EVENT_RESET         = 0x04,
    OCP_EVENT_BOOT          = 0x05,
    OCP_EVENT_ASSERT        = 0x06,
    OCP_EVENT_TEMPERATURE   = 0x07,
    OCP_EVENT_MEDIA         = 0x08,
    OCP_EVENT_WEAR          = 0x09,     /* 12 bytes */
    OCP_EVENT_VENDOR        = 0x80,     /* and those above */
};

/* Events by class. */
enum {
    OCP_TIMESTAMP_HOST      = 0,    /* the host has set it */
    OCP_TIMESTAMP_SNAPSHOT  = 1,

    OCP_PCIE_PERST          = 3,    /* asserted */
    OCP_PCIE_PERST_OVER     = 4,

    OCP_NVME_ENABLE         = 0,    /* CC.EN becomes 1 */
    OCP_NVME_DISABLE        = 1,
    OCP_NVME_READY          = 2,    /* CSTS.RDY becomes 1 */
    OCP_NVME_NOT_READY      = 3,
    OCP_NVME_QUEUE_CREATED  = 5,
    OCP_NVME_ADMIN          = 6,    /* a command was processed */
    OCP_NVME_ADMIN_FAILED   = 7,
    OCP_NVME_IO_FAILED      = 8,
    OCP_NVME_FATAL          = 9,    /* CSTS.CFS */
    OCP_NVME_CC             = 0xb,
    OCP_NVME_CSTS           = 0xc,
    OCP_NVME_QUEUE_DELETED  = 0xd,

    OCP_RESET_POWER         = 1,
    OCP_RESET_PERST         = 2,
    OCP_RESET_FUNCTION      = 3,
    OCP_RESET_SUBSYSTEM     = 4,

    OCP_BOOT_COMPLETE       = 0,
    OCP_BOOT_TABLES_LOADED  = 1,

    OCP_ASSERT_OTHER        = 6,

    OCP_TEMPERATURE_COOL    = 0,    /* fell to WCTEMP - 2 */
    OCP_TEMPERATURE_WARNING = 1,
    OCP_TEMPERATURE_CRITICAL = 2,

    OCP_MEDIA_UNCORRECTABLE = 1,
    OCP_MEDIA_BAD_BY_ERASE  = 3,
    OCP_MEDIA_PLANE         = 5,

    OCP_WEAR_SNAPSHOT       = 0,
};

/* LID C9h */
#define OCP_STRINGS_GUID \
    OCP_GUID(B1, 3A, 83, 69, 1A, 8F, 40, 8B, 9E, A4, 95, 94, 00, 57, AA, 44)
#define OCP_STRINGS_VERSION     1u

typedef struct OcpStrings {
    uint8_t version;        /* [000] */
    uint8_t rsvd1[15];      /* [015:001] */
    uint8_t guid[16];       /* [031:016] */
    Le64    size;           /* [039:032]  dwords, of the page */
    uint8_t rsvd40[24];     /* [063:040] */
    OcpSpan statistics;     /* [079:064]  OcpString each, from byte 0 on */
    OcpSpan events;         /* [095:080] */
    OcpSpan vendor_events;  /* [111:096] */
    OcpSpan ascii;          /* [127:112] */
    char    fifo[OCP_NFIFOS][16];   /* [383:128]  padded with zeros */
    uint8_t rsvd384[48];    /* [431:384] */
} OcpStrings;
WIRE_AT(OcpStrings, guid, 16);
WIRE_AT(OcpStrings, size, 32);
WIRE_AT(OcpStrings, statistics, 64);
WIRE_AT(OcpStrings, ascii, 112);
WIRE_AT(OcpStrings, fifo, 128);
WIRE_SIZE(OcpStrings, 432);

/* An entry: of a statistic, or of an event. */
typedef struct OcpString {
    uint8_t key[3];         /* [02:00]  id and 0, or class and id */
    uint8_t length;         /* [03]     characters, 0's based */
    Le64    offset;         /* [11:04]  dwords, in the ASCII table */
    uint8_t rsvd12[4];      /* [15:12] */
} OcpString;
WIRE_AT(OcpString, length, 3);
WIRE_AT(OcpString, offset, 4);
WIRE_SIZE(OcpString, 16);

#endif
