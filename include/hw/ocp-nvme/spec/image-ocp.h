/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image on disk: what the OCP half keeps in pages of the device state.
 * docs/image-format.rst is the authority.
 */
#ifndef HW_OCP_NVME_SPEC_IMAGE_OCP_H
#define HW_OCP_NVME_SPEC_IMAGE_OCP_H

#include "hw/ocp-nvme/spec/image.h"
#include "hw/ocp-nvme/spec/ocp-firmware.h"
#include "hw/ocp-nvme/spec/nvme-history.h"
#include "hw/ocp-nvme/spec/ocp-error.h"
#include "hw/ocp-nvme/spec/ocp-telemetry.h"

enum ImgFactFlag {
    IMG_FACT_VALID          = 1 << 0,   /* 0: the entry is free */
    IMG_FACT_FIXED          = 1 << 1,   /* set by hand: not computed */
};

/* A field of log page C0h. */
typedef struct ImgFact {
    Le16    at;                 /* [01:00]  its first byte in the page */
    uint8_t flags;              /* [02]     enum ImgFactFlag */
    uint8_t rsvd3[5];           /* [07:03] */
    Le64    seen;               /* [15:08]  of its source, is in VALUE */
    Le128   value;              /* [31:16] */
} ImgFact;
WIRE_AT(ImgFact, seen, 8);
WIRE_AT(ImgFact, value, 16);
WIRE_SIZE(ImgFact, 32);

#define IMG_NFACTS          120u

/* Page IMG_STATE_FACTS: facts of log page C0h, and the drive's health. */
typedef struct ImgFacts {
    ImgFact fact[IMG_NFACTS];   /* [3839:0000] */
    uint8_t spare_lost;         /* [3840]  percent, 0..100 */
    uint8_t used;               /* [3841]  percent, may pass 100 */
    uint8_t plp;                /* [3842]  0: works, 1: weak, 2: failed */
    uint8_t incomplete;         /* [3843]  1: data were lost, not recovered */
    uint8_t throttle;           /* [3844]  level; until power off, as all... */
    uint8_t forced;             /* [3845]  critical warnings set by hand */
    uint8_t told;               /* [3846]  critical warnings reported */
    uint8_t off;                /* [3847]  ...to here; 1: off, too hot */
    Le16    temperature;        /* [3849:3848]  kelvin, 0: as at power on */
    uint8_t told_used;          /* [3850]  1: that USED is 100 was reported */
    uint8_t opal;               /* [3851]  1: Opal is activated */
    Le16    format_ms;          /* [3853:3852]  how long Format NVM takes */
    uint8_t rsvd3854[2];        /* [3855:3854] */
    Le64    warning_ms;         /* [3863:3856]  time at WCTEMP or above */
    Le64    critical_ms;        /* [3871:3864]  time at CCTEMP or above */
    Le32    limits[8];          /* [3903:3872]  sensors: ~over, then under */
    Le16    sensor[8];          /* [3919:3904]  0: not set, FFFFh: absent */
    Le16    ramp_from, ramp_to; /* [3923:3920]  kelvin */
    uint8_t raw;                /* [3924]  1: nothing follows from health */
    uint8_t rsvd3925[3];        /* [3927:3925] */
    Le64    ramp_ns;            /* [3935:3928]  0: the rest says nothing */
    Le64    ramp_past;          /* [3943:3936]  ns of them */
    Le16    aen_rate;           /* [3945:3944]  events a second */
    Le16    aen_drop;           /* [3947:3946]  events that will be lost */
    uint8_t aen_percent;        /* [3948]       of events, the same */
    uint8_t rsvd3949[11];       /* [3959:3949] */
    Le64    dice;               /* [3967:3960]  their generator's state */
    Le64    injected;           /* [3975:3968]  1 << type: it is in health */
    Le64    free_blocks;        /* [3983:3976]  before type 0Dh took them */
    uint8_t panic[49];          /* [4032:3984]  as page IMG_STATE_PANIC */
    uint8_t whole;              /* [4033]  1: INJECTED to PANIC count */
    uint8_t rsvd4034[30];       /* [4063:4034] */
} ImgFacts;
WIRE_AT(ImgFacts, spare_lost, 3840);
WIRE_AT(ImgFacts, temperature, 3848);
WIRE_AT(ImgFacts, opal, 3851);
WIRE_AT(ImgFacts, format_ms, 3852);
WIRE_AT(ImgFacts, warning_ms, 3856);
WIRE_AT(ImgFacts, limits, 3872);
WIRE_AT(ImgFacts, sensor, 3904);
WIRE_AT(ImgFacts, ramp_from, 3920);
WIRE_AT(ImgFacts, ramp_ns, 3928);
WIRE_AT(ImgFacts, dice, 3960);
WIRE_AT(ImgFacts, panic, 3984);
WIRE_SIZE(ImgFacts, IMG_PAGE_PAYLOAD);

/* Page IMG_STATE_LATENCY.  Cells: entry 3 * bucket + operation. */
typedef struct ImgLatencyConfig {
    uint8_t used;               /* [00]     0: the rest says nothing */
    uint8_t enabled;            /* [01] */
    uint8_t threshold[4];       /* [05:02]  (n + 1) * 5 ms */
    Le16    rotate;             /* [07:06]  ticks; 0: never */
    Le16    largest;            /* [09:08]  bit: cell */
    Le16    trigger;            /* [11:10]  bit: cell */
    uint8_t window;             /* [12]     100 ms */
    uint8_t rsvd13[3];          /* [15:13] */
} ImgLatencyConfig;
WIRE_AT(ImgLatencyConfig, rotate, 6);
WIRE_AT(ImgLatencyConfig, window, 12);
WIRE_SIZE(ImgLatencyConfig, 16);

typedef struct ImgLatencyCell {
    Le64    stamp;              /* [07:00]  ms */
    Le64    closed;             /* [15:08]  ns, until when it is; active ones */
    Le32    count;              /* [19:16] */
    Le16    latency;            /* [21:20]  ms; 0: no stamp either */
    uint8_t host;               /* [22]     the stamp is the host's */
    uint8_t rsvd23[9];          /* [31:23] */
} ImgLatencyCell;
WIRE_AT(ImgLatencyCell, closed, 8);
WIRE_AT(ImgLatencyCell, host, 22);
WIRE_SIZE(ImgLatencyCell, 32);

typedef struct ImgLatencyDebug {
    Le16    source;             /* [01:00]  bit: cell; 0: none held */
    Le16    latency;            /* [03:02]  ms */
    Le16    pointer;            /* [05:04] */
    Le16    sqid;               /* [07:06] */
    Le64    stamp;              /* [15:08]  ms */
    Le16    status;             /* [17:16] */
    uint8_t host;               /* [18] */
    uint8_t rsvd19[13];         /* [31:19] */
    uint8_t command[64];        /* [95:32] */
} ImgLatencyDebug;
WIRE_AT(ImgLatencyDebug, stamp, 8);
WIRE_AT(ImgLatencyDebug, command, 32);
WIRE_SIZE(ImgLatencyDebug, 96);

typedef struct ImgLatency {
    ImgLatencyConfig now;       /* [0015:0000]  unused: a new drive */
    ImgLatencyConfig saved;     /* [0031:0016] */
    Le16    timer;              /* [0033:0032]  ticks */
    Le16    captures;           /* [0035:0034]  debug logs ever; wraps */
    Le32    part_ms;            /* [0039:0036]  of the tick that has begun */
    Le64    host_ms;            /* [0047:0040]  host's time at HOST_AT */
    Le64    host_at;            /* [0055:0048]  ns of power-on time */
    uint8_t host_set;           /* [0056]  the host has ever set it */
    uint8_t rsvd57[7];          /* [0063:0057] */
    ImgLatencyCell active[12];  /* [0447:0064] */
    ImgLatencyCell fixed[12];   /* [0831:0448] */
    ImgLatencyDebug debug;      /* [0927:0832] */
    uint8_t rsvd928[3136];      /* [4063:0928] */
} ImgLatency;
WIRE_AT(ImgLatency, timer, 32);
WIRE_AT(ImgLatency, host_ms, 40);
WIRE_AT(ImgLatency, active, 64);
WIRE_AT(ImgLatency, fixed, 448);
WIRE_AT(ImgLatency, debug, 832);
WIRE_SIZE(ImgLatency, IMG_PAGE_PAYLOAD);

/* A firmware image; of it nothing but this is kept. */
typedef struct ImgFwImage {
    uint8_t loaded;             /* [00]     0: the device's own, or none */
    uint8_t reset;              /* [01]     the least that activates it */
    Le16    ms;                 /* [03:02]  to activate it without */
    Le32    sum;                /* [07:04]  of the contents */
    Le64    security;           /* [15:08]  version */
    char    revision[8];        /* [23:16]  ASCII, padded with NULs */
    uint8_t rsvd24[8];          /* [31:24] */
} ImgFwImage;
WIRE_AT(ImgFwImage, ms, 2);
WIRE_AT(ImgFwImage, security, 8);
WIRE_AT(ImgFwImage, revision, 16);
WIRE_SIZE(ImgFwImage, 32);

/* Page IMG_STATE_FIRMWARE. */
typedef struct ImgFirmware {
    uint8_t active;             /* [0000]  slot - 1 */
    uint8_t next;               /* [0001]  slot; 0: none */
    uint8_t next_action;        /* [0002]  commit action that asked for it */
    uint8_t nhistory;           /* [0003]  valid entries */
    uint8_t history_at;         /* [0004]  the next one to write */
    uint8_t rsvd5;              /* [0005] */
    Le16    attempts;           /* [0007:0006] */
    uint8_t rsvd8[24];          /* [0031:0008] */
    ImgFwImage running;         /* [0063:0032] */
    ImgFwImage slot[7];         /* [0287:0064]  from slot 1 on */
    OcpFwEntry history[OCP_FW_ENTRIES]; /* [1567:0288] */
    uint8_t rsvd1568[2496];     /* [4063:1568] */
} ImgFirmware;
WIRE_AT(ImgFirmware, attempts, 6);
WIRE_AT(ImgFirmware, running, 32);
WIRE_AT(ImgFirmware, slot, 64);
WIRE_AT(ImgFirmware, history, 288);
WIRE_SIZE(ImgFirmware, IMG_PAGE_PAYLOAD);

#define IMG_FW_HEAD     256u
#define IMG_FW_UNITS    16384u      /* of 4 KiB */

/* Page IMG_STATE_DOWNLOAD: until a commit or a reset. */
typedef struct ImgDownload {
    Le32    units;              /* [0003:0000]  one past the highest one */
    Le32    end;                /* [0007:0004]  bytes; 0: not known */
    Le32    sum;                /* [0011:0008]  of the contents */
    uint8_t rsvd12[4];          /* [0015:0012] */
    char    head[IMG_FW_HEAD];  /* [0271:0016]  the first bytes */
    uint8_t map[IMG_FW_UNITS / 8];  /* [2319:0272]  bit: unit */
    uint8_t rsvd2320[1744];     /* [4063:2320] */
} ImgDownload;
WIRE_AT(ImgDownload, head, 16);
WIRE_AT(ImgDownload, map, 272);
WIRE_SIZE(ImgDownload, IMG_PAGE_PAYLOAD);
/* Page IMG_STATE_SELF_TEST: of LID 06h, and the test that runs. */
typedef struct ImgSelfTest {
    NvmeSelfTestResult result[NVME_SELF_TESTS];
                                /* [0559:0000]  status ^ Fh: zeros are none */
    uint8_t code;               /* [0560]  of the test; 0: none runs */
    uint8_t segment;            /* [0561]  that failed first; 0: none has */
    uint8_t valid;              /* [0562]  of its result, as those below */
    uint8_t rsvd563;            /* [0563] */
    Le32    nsid;               /* [0567:0564]  as in the command */
    Le64    done_ns;            /* [0575:0568]  of its time */
    Le32    failed_nsid;        /* [0579:0576] */
    uint8_t sct, sc;            /* [0581:0580] */
    uint8_t rsvd582[3482];      /* [4063:0582] */
} ImgSelfTest;
WIRE_AT(ImgSelfTest, code, 560);
WIRE_AT(ImgSelfTest, done_ns, 568);
WIRE_SIZE(ImgSelfTest, IMG_PAGE_PAYLOAD);

/* Pages IMG_STATE_PEL on: the Persistent Event Log, a ring. */
#define IMG_PEL_NPAGES      16u

typedef struct ImgPel {
    Le64    sequence;           /* [0007:0000]  from 1 on; 0: not used */
    Le16    used;               /* [0009:0008]  bytes of EVENTS */
    Le16    count;              /* [0011:0010]  events */
    Le16    generation;         /* [0013:0012]  of reporting contexts */
    uint8_t rsvd14[2];          /* [0015:0014] */
    char    firmware[8];        /* [0023:0016]  revision that ran last */
    uint8_t rsvd24[8];          /* [0031:0024] */
    uint8_t events[4032];       /* [4063:0032]  NvmePelEvent and data, ... */
} ImgPel;
WIRE_AT(ImgPel, used, 8);
WIRE_AT(ImgPel, firmware, 16);
WIRE_AT(ImgPel, events, 32);
WIRE_SIZE(ImgPel, IMG_PAGE_PAYLOAD);
/* Page IMG_STATE_PANIC */
typedef struct ImgPanic {
    Le64    last;               /* [0007:0000]  latest panic ID; 0: none */
    Le64    previous[4];        /* [0039:0008]  those before it */
    uint8_t count;              /* [0040]       panics ever, 255 at most */
    uint8_t active;             /* [0041]       1: not recovered from LAST */
    uint8_t incomplete;         /* [0042]       1: data are lost at power on */
    uint8_t read;               /* [0043]       1: the host has read C1h */
    Le32    fail;               /* [0047:0044]  recoveries that shall fail */
    uint8_t unprotected;        /* [0048]       1: writes without protection */
    uint8_t rsvd49[4015];       /* [4063:0049] */
} ImgPanic;
WIRE_AT(ImgPanic, previous, 8);
WIRE_AT(ImgPanic, count, 40);
WIRE_AT(ImgPanic, fail, 44);
WIRE_SIZE(ImgPanic, IMG_PAGE_PAYLOAD);

/* An injected error that is armed. */
typedef struct ImgInjection {
    OcpInjection wire;          /* [31:00]  as in Feature C0h */
    Le64    chances;            /* [39:32]  commands, or reads, it lets pass */
} ImgInjection;
WIRE_AT(ImgInjection, chances, 32);
WIRE_SIZE(ImgInjection, 40);

/* Two pages, IMG_STATE_INJECT; what is no entry is in the first one only. */
#define IMG_INJECTIONS  64u     /* of a page */
typedef struct ImgInject {
    uint8_t n;                  /* [0000]       entries, of both pages */
    uint8_t rsvd1[7];           /* [0007:0001] */
    Le64    dice;               /* [0015:0008] */
    Le64    free_blocks;        /* [0023:0016]  before type 0Dh took them */
    uint8_t rsvd24[8];          /* [0031:0024] */
    ImgInjection entry[IMG_INJECTIONS];     /* [2591:0032] */
    uint8_t rsvd2592[1472];     /* [4063:2592] */
} ImgInject;
WIRE_AT(ImgInject, entry, 32);
WIRE_SIZE(ImgInject, IMG_PAGE_PAYLOAD);

/* IMG_STATE_TELEMETRY; the pages behind it hold the data areas of LID 08h. */
typedef struct ImgTelemetry {
    uint8_t host_generation;    /* [0000] */
    uint8_t generation;         /* [0001]   of LID 08h */
    uint8_t available;          /* [0002]   1: LID 08h was not read yet */
    uint8_t captured;           /* [0003]   1: there are data areas */
    Le32    length;             /* [0007:0004]  bytes of the data areas */
    Le32    crc32c;             /* [0011:0008]  of the data areas */
    Le32    perst;              /* [0015:0012]  resets by PERST, enabled */
    uint8_t rsvd16[16];         /* [0031:0016] */
    OcpReason latest;           /* [0159:0032]  the latest failure */
    OcpReason reason;           /* [0287:0160]  of what was captured */
    uint8_t rsvd288[3776];      /* [4063:0288] */
} ImgTelemetry;
WIRE_AT(ImgTelemetry, length, 4);
WIRE_AT(ImgTelemetry, latest, 32);
WIRE_AT(ImgTelemetry, reason, 160);
WIRE_SIZE(ImgTelemetry, IMG_PAGE_PAYLOAD);

/* Page IMG_STATE_SANITIZE: the most recent sanitize operation. */
typedef struct ImgSanitize {
    uint8_t state;              /* [0000]  0 never, 1 done, 2 runs, 3 failed */
    uint8_t flags;              /* [0001]  enum ImgSanitizeFlag */
    Le16    ms;                 /* [0003:0002]  how long one takes at least */
    Le32    cdw10;              /* [0007:0004]  of the command */
    Le32    cdw11;              /* [0011:0008] */
    uint8_t rsvd12[4];          /* [0015:0012] */
    Le64    done;               /* [0023:0016]  bytes, of all passes ... */
    Le64    total;              /* [0031:0024]  ... of so many */
    Le64    written;            /* [0039:0032]  sectors by hosts, at its end */
    uint8_t rsvd40[4024];       /* [4063:0040] */
} ImgSanitize;
WIRE_AT(ImgSanitize, cdw10, 4);
WIRE_AT(ImgSanitize, done, 16);
WIRE_AT(ImgSanitize, written, 32);
WIRE_SIZE(ImgSanitize, IMG_PAGE_PAYLOAD);

enum ImgSanitizeFlag {
    IMG_SANITIZE_FAILURE    = 1 << 0,   /* the drive is in failure mode */
    IMG_SANITIZE_FAILS      = 1 << 1,   /* the next one does, by hand */
};

/* A namespace of page IMG_STATE_NAMESPACES. */
enum ImgNsFlag {
    IMG_NS_ALLOCATED        = 1 << 0,   /* 0: the rest says nothing */
    IMG_NS_ATTACHED         = 1 << 1,
};

typedef struct ImgNamespace {
    uint8_t flags;              /* [00]     enum ImgNsFlag */
    uint8_t lbads;              /* [01]     9 or 12 */
    uint8_t nmic;               /* [02]     as in Identify Namespace */
    uint8_t rsvd3;              /* [03] */
    Le32    generation;         /* [07:04]  0: the one of the factory */
    Le64    nsze;               /* [15:08]  blocks */
} ImgNamespace;
WIRE_AT(ImgNamespace, generation, 4);
WIRE_AT(ImgNamespace, nsze, 8);
WIRE_SIZE(ImgNamespace, 16);

#define IMG_NS_MAX          16u
#define IMG_NS_GRAINS       3072u

/*
 * Page IMG_STATE_NAMESPACES.  The data region is divided in grains; block by
 * block a namespace fills those it owns, in their order.
 */
typedef struct ImgNamespaces {
    uint8_t used;               /* [0000]   0: one namespace has everything */
    uint8_t shift;              /* [0001]   a grain has 2^shift bytes */
    Le16    ngrains;            /* [0003:0002]  the last may be shorter */
    Le32    generation;         /* [0007:0004]  of the last one created */
    Le64    bytes;              /* [0015:0008]  all grains together */
    uint8_t rsvd16[16];         /* [0031:0016] */
    ImgNamespace ns[IMG_NS_MAX];    /* [0287:0032]  NSID 1 first */
    uint8_t owner[IMG_NS_GRAINS];   /* [3359:0288]  NSID, 0: free */
    uint8_t rsvd3360[704];      /* [4063:3360] */
} ImgNamespaces;
WIRE_AT(ImgNamespaces, ngrains, 2);
WIRE_AT(ImgNamespaces, bytes, 8);
WIRE_AT(ImgNamespaces, ns, 32);
WIRE_AT(ImgNamespaces, owner, 288);
WIRE_SIZE(ImgNamespaces, IMG_PAGE_PAYLOAD);

/* Page IMG_STATE_PROTECT: of each drive. */
typedef struct ImgProtect {
    uint8_t state[IMG_NS_MAX];  /* [0015:0000]  NVME_NSWP_; its own first */
    uint8_t rsvd16[4048];       /* [4063:0016] */
} ImgProtect;
WIRE_SIZE(ImgProtect, IMG_PAGE_PAYLOAD);

#endif
