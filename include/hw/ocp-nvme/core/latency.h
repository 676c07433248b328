/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The latency monitor: what commands of I/O queues took, from the fetch of
 * the submission queue entry to the completion queue entry, in buckets.
 *
 * Of what it counts (Read, Write, Dataset Management with AD), each slow
 * command goes into one of the 12 cells, 4 buckets by 3 operations.  Queues
 * look at the time of their commands only; what is below the first threshold
 * costs them a comparison.  Absent before OCP 2.0.
 *
 * OCP Datacenter NVMe SSD, LMLOG-1..11.
 */
#ifndef HW_OCP_NVME_CORE_LATENCY_H
#define HW_OCP_NVME_CORE_LATENCY_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/spec/nvme-cmd.h"

typedef enum OcpnLatencyOp {
    OCPN_LATENCY_READ, OCPN_LATENCY_WRITE, OCPN_LATENCY_DEALLOCATE,
    OCPN_LATENCY_NOPS
} OcpnLatencyOp;

#define OCPN_LATENCY_NBUCKETS   4u
#define OCPN_LATENCY_NCELLS     12u     /* 3 * bucket + operation */
#define OCPN_LATENCY_NO_STAMP   UINT64_MAX

/* Of the words, bit n is cell n's; others are 0. */
typedef struct OcpnLatencyConfig {
    bool     enabled;
    uint8_t  threshold[OCPN_LATENCY_NBUCKETS];  /* (n + 1) * 5 ms */
    uint8_t  window;            /* 100 ms; 0: off */
    uint16_t rotate;            /* ticks of the active buckets; 0: for ever */
    uint16_t largest;           /* keep the largest latency, not the first */
    uint16_t trigger;           /* takes a debug log */
} OcpnLatencyConfig;

typedef struct OcpnLatencyCell {
    uint32_t count;             /* saturates */
    uint16_t ms;                /* latency; 0: none, and no stamp either */
    bool     host;              /* the stamp is of the host's Timestamp */
    uint64_t stamp;             /* ms, when the command ended */
} OcpnLatencyCell;

typedef struct OcpnLatencyDebug {
    uint16_t source;            /* bit of the cell; 0: no log is held */
    uint16_t ms;
    uint16_t pointer;           /* not 0 if one is held */
    uint16_t sqid, status;
    bool     host;
    uint64_t stamp;
    NvmeCmd  cmd;
} OcpnLatencyDebug;

typedef struct OcpnLatencyView {
    OcpnLatencyConfig cfg;
    uint16_t timer;             /* ticks; saturates */
    OcpnLatencyCell active[OCPN_LATENCY_NCELLS];
    OcpnLatencyCell fixed[OCPN_LATENCY_NCELLS]; /* the static ones */
    OcpnLatencyDebug debug;
} OcpnLatencyView;

/* All of it at one moment; no queue waits for it (LMLOG-4).  Main. */
void ocpn_latency_get(OcpnCtrl *c, OcpnLatencyView *v);

/*
 * CFG, whose thresholds ascend if it is enabled, comes into force, and all
 * buckets are empty.  SAVE: after the next power cycle, too.  Main.
 */
void ocpn_latency_configure(OcpnCtrl *c, const OcpnLatencyConfig *cfg,
                            bool save);
/* The debug log, if one is held, is gone; the next one may be taken.  Main. */
void ocpn_latency_discard(OcpnCtrl *c);
/* Other firmware runs: as if the host had set what is in force.  Main. */
void ocpn_latency_restart(OcpnCtrl *c);

/*
 * Knobs, for tests of hosts.  Main.  False: there is no such cell, or no
 * monitor.
 */
bool ocpn_latency_set_count(OcpnCtrl *c, bool active, unsigned bucket,
                            unsigned op, uint32_t count);
bool ocpn_latency_set_timer(OcpnCtrl *c, uint16_t ticks);

#endif
