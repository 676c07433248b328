/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about the drive that OCP's SMART extended page (C0h) reports.  A fact
 * is a row in core/fact-rows.c: where it is in the page, how large, since
 * which version, what keeps it over power cycles, its telemetry statistic, and
 * its name for knobs.  The page, the statistics, the image and the knobs are
 * computed from the rows.
 *
 * OCP Datacenter NVMe SSD, SMART-1..31, SLOG-1..4.
 */
#ifndef HW_OCP_NVME_CORE_FACT_H
#define HW_OCP_NVME_CORE_FACT_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/wide.h"

typedef enum OcpnFact {         /* by their place in the page */
    OCPN_FACT_MEDIA_WRITTEN,    /* bytes, 16 */
    OCPN_FACT_MEDIA_READ,       /* bytes, 16 */
    OCPN_FACT_BAD_USER,         /* blocks; normalised is computed */
    OCPN_FACT_BAD_USER_NORM,
    OCPN_FACT_BAD_SYSTEM,
    OCPN_FACT_BAD_SYSTEM_NORM,
    OCPN_FACT_XOR_RECOVERY,
    OCPN_FACT_UNCORRECTABLE,
    OCPN_FACT_SOFT_ECC,
    OCPN_FACT_E2E_DETECTED,
    OCPN_FACT_E2E_CORRECTED,
    OCPN_FACT_SYSTEM_USED,
    OCPN_FACT_REFRESH,
    OCPN_FACT_ERASE_MAX,
    OCPN_FACT_ERASE_MIN,
    OCPN_FACT_THROTTLE_EVENTS,
    OCPN_FACT_THROTTLE_STATUS,
    OCPN_FACT_SPEC_ERRATA,
    OCPN_FACT_SPEC_POINT,
    OCPN_FACT_SPEC_MINOR,
    OCPN_FACT_SPEC_MAJOR,
    OCPN_FACT_PCIE_CORRECTABLE,
    OCPN_FACT_INCOMPLETE_SHUTDOWNS,
    OCPN_FACT_FREE_BLOCKS,
    OCPN_FACT_CAPACITOR,
    OCPN_FACT_BASE_ERRATA,
    OCPN_FACT_CMDSET_ERRATA,
    OCPN_FACT_PCIE_ERRATA,
    OCPN_FACT_MI_ERRATA,
    OCPN_FACT_DIE_RETIREMENT,
    OCPN_FACT_UNALIGNED,
    OCPN_FACT_SECURITY_VERSION,
    OCPN_FACT_NUSE,
    OCPN_FACT_PLP_STARTS,       /* 16 */
    OCPN_FACT_ENDURANCE,        /* bytes, 16 */
    OCPN_FACT_LINK_RETRAINS,
    OCPN_FACT_POWER_CHANGES,
    OCPN_FACT_LOWEST_FIRMWARE,
    OCPN_FACT_DIES,
    OCPN_FACT_DIE_TOLERANCE,
    OCPN_FACT_DIES_OFFLINE,
    OCPN_FACT_MAX_TEMPERATURE,
    OCPN_FACT_FORM_FACTOR,
    OCPN_FACT_ERASE_AVERAGE,
    OCPN_FACT_COMMAND_TIMEOUTS,
    OCPN_FACT_SYSTEM_PROGRAM_FAILS,
    OCPN_FACT_SYSTEM_PROGRAM_NORM,
    OCPN_FACT_SYSTEM_READ_FAILS,
    OCPN_FACT_SYSTEM_READ_NORM,
    OCPN_FACT_SYSTEM_ERASE_FAILS,
    OCPN_FACT_SYSTEM_ERASE_NORM,
    OCPN_FACT_PEAK_POWER,
    OCPN_FACT_AVERAGE_POWER,
    OCPN_FACT_ENERGY,
    OCPN_FACT_DIES_BAD,
    OCPN_FACT_DIES_BAD_NORM,
    OCPN_FACT_N
} OcpnFact;

/* What a fact's value does over the drive's life. */
typedef enum OcpnFactKind {
    OCPN_FACT_LIFETIME,         /* kept for ever; a counter does not wrap */
    OCPN_FACT_CYCLE,            /* the same, from power on */
    OCPN_FACT_GAUGE,            /* as it is now */
    OCPN_FACT_CONSTANT,
} OcpnFactKind;

typedef struct OcpnFactRow {
    const char *name;           /* as a knob */
    uint16_t at;                /* first byte in the page */
    uint8_t  size;              /* bytes */
    uint8_t  ocp;               /* OcpVersion that has it first */
    uint8_t  kind;              /* OcpnFactKind */
    uint8_t  stat;              /* telemetry statistic it is in; 0: none */
    uint8_t  dwords;            /* of that statistic */
    uint64_t factory;           /* its first value */
    /* What it is now, unless it was set.  Optional. */
    uint64_t (*live)(OcpnCtrl *c);
    /* A count that only grows, and is part of the fact.  Optional. */
    uint64_t (*source)(OcpnCtrl *c);
    bool     restarts;          /* ... it begins at power on */
} OcpnFactRow;

extern const OcpnFactRow ocpn_fact_rows[OCPN_FACT_N];

/* Does the drive's version of the page have it? */
bool ocpn_fact_exists(const OcpnCtrl *c, OcpnFact fact);
/* Log Page Version of C0h. */
uint16_t ocpn_smart_version(const OcpnCtrl *c);

/* The fact's value now; its low and high 64 bits; all of it.  Main. */
uint64_t ocpn_fact(OcpnCtrl *c, OcpnFact fact);
uint64_t ocpn_fact_high(OcpnCtrl *c, OcpnFact fact);
OcpnWide ocpn_fact_wide(OcpnCtrl *c, OcpnFact fact);
/* Count up; the fact stays at the most its field can hold.  Main. */
void ocpn_fact_add(OcpnCtrl *c, OcpnFact fact, uint64_t n);
/*
 * Make it so, at most what its field can hold; kept over power cycles if the
 * row says so.  One that is computed is what was set until power on, and for
 * ever if it is of the drive's lifetime.  Main.
 */
void ocpn_fact_set(OcpnCtrl *c, OcpnFact fact, uint64_t value);
void ocpn_fact_set_wide(OcpnCtrl *c, OcpnFact fact, OcpnWide value);

/*
 * Telemetry statistic ID (1Eh..44h but 3Ah, 6Ah..6Ch) into DATA, as the page
 * has it.  Its dwords; 0: it is no fact, or not of this version.  Main.
 */
unsigned ocpn_fact_statistic(OcpnCtrl *c, uint16_t id, uint8_t data[16]);

#endif
