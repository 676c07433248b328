/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The OCP half of the drive: which version of the Datacenter NVMe SSD
 * specification it follows, and how strictly.
 */
#ifndef HW_OCP_NVME_CORE_OCP_H
#define HW_OCP_NVME_CORE_OCP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct OcpnCtrl OcpnCtrl;

/* In ascending order; OCP_OFF: none of it, Open-Channel to the letter. */
typedef enum OcpVersion {
    OCP_OFF, OCP_1_0, OCP_2_0, OCP_2_5, OCP_2_6, OCP_2_7, OCP_NVERSIONS
} OcpVersion;

/* What Identify's UUID List (CNS 17h) holds. */
typedef enum OcpnUuidList {
    OCPN_UUIDS_OCP,             /* OCP at 1 */
    OCPN_UUIDS_VENDOR_OCP,      /* another vendor's at 1, OCP at 2 */
    OCPN_UUIDS_LEGACY,          /* OCP at 1, its bytes reversed at 2 */
    OCPN_UUIDS_NONE,
} OcpnUuidList;

/* How NSID is judged in OCP features (2.1) and pages (1). */
typedef enum OcpnStrictNsid {
    OCPN_NSID_LENIENT,          /* Get takes any; Set as in 2.5 */
    OCPN_NSID_2_0,              /* FFFFFFFFh for C0h, else 0 */
    OCPN_NSID_2_5,              /* 0 or FFFFFFFFh */
} OcpnStrictNsid;

/* Which of the specification's device profiles (section 12) it is. */
typedef enum OcpnOcpProfile {
    OCPN_PROFILE_A, OCPN_PROFILE_B, OCPN_PROFILE_META, OCPN_PROFILE_MICROSOFT,
} OcpnOcpProfile;

/* Opal's life cycle, as far as it matters without Opal. */
typedef enum OcpnOpal {
    OCPN_OPAL_INACTIVE,         /* Manufactured-Inactive */
    OCPN_OPAL_ACTIVATED,
} OcpnOpal;

#define OCPN_TELEMETRY_PROFILES 3u  /* Feature C8h: 0, the default, to 3 */
#define OCPN_POWER_STATES       32u
/* How a host hears of a panic: capabilities of C1h. */
typedef enum OcpnPanicNotice {
    OCPN_PANIC_ANY,             /* by an event if the host wants, else CFS */
    OCPN_PANIC_EVENT,
    OCPN_PANIC_CFS,
    OCPN_PANIC_SILENT,
} OcpnPanicNotice;

/* A page that was recorded elsewhere.  Not the core's; none if NULL. */
typedef struct OcpnRecorded {
    const uint8_t *bytes;
    uint32_t size;
} OcpnRecorded;

/* What health is compared with; 0: as it is without a property. */
typedef struct OcpnThresholds {
    uint16_t warning, critical;         /* WCTEMP, CCTEMP; kelvin */
    uint16_t throttle_on, throttle_off; /* from, and until below; kelvin */
    uint8_t  spare;             /* percent: below it a warning */
} OcpnThresholds;

/* Part of OcpnConfig.  Frozen.  All zeros: OCP is off. */
typedef struct OcpnOcpConfig {
    uint8_t  version;           /* OcpVersion */
    uint8_t  profile;           /* OcpnOcpProfile */
    uint8_t  uuids;             /* OcpnUuidList */
    uint8_t  nsid;              /* OcpnStrictNsid */
    uint8_t  panic_notice;      /* OcpnPanicNotice */
    bool     lax_reserved;      /* reserved bits of features are ignored */
    bool     strict_telemetry;  /* whole blocks of 512 bytes only */
    bool     page_offsets;      /* telemetry starts count from the page */
    bool     no_string_compat;  /* C9h as the specification has it */
    bool     knobs;             /* what no real drive has may be set */
    bool     protect_all;       /* FID 84h has states that want an RPMB */
    bool     thermal_shutdown;  /* off at the critical temperature */
    uint32_t iu;                /* indirection unit, bytes; 0: 4096 */
    uint64_t seed;              /* of what looks random */
    OcpnThresholds threshold;
    uint32_t update_ms;         /* counters into the image; 0: 300000 */
    uint32_t plp_ms;            /* a minute of Feature C6h; 0: 60000 */
    uint32_t tick_ms;           /* of the latency monitor; 0: 300000 */
    /* 10 mW, each at most the one before; 0 ends them, or: those of power.c */
    uint16_t power[OCPN_POWER_STATES];
    uint32_t areas[4];          /* blocks of telemetry's; 0: as needed */
    OcpnRecorded telemetry, strings;    /* recorded.h has judged them */
} OcpnOcpConfig;

/* Any thread.  The drive follows VERSION or a later one. */
bool ocpn_ocp(const OcpnCtrl *c, OcpVersion version);
/* Any thread. */
const OcpnOcpConfig *ocpn_ocp_config(const OcpnCtrl *c);
/* Indirection unit, bytes.  Any thread. */
uint32_t ocpn_ocp_iu(const OcpnCtrl *c);

/* Main, both. */
OcpnOpal ocpn_opal(const OcpnCtrl *c);
void ocpn_set_opal(OcpnCtrl *c, OcpnOpal state);

#endif
