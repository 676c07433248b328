/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one set of counters that SMART and later the OCP pages read.  Each
 * completion queue has a shard that only its owner writes; readers add up.
 */
#ifndef HW_OCP_NVME_CORE_COUNTERS_H
#define HW_OCP_NVME_CORE_COUNTERS_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/ctrl.h"

typedef enum OcpnCount {
    OCPN_COUNT_READ_SECTORS,    /* of 512 bytes */
    OCPN_COUNT_WRITTEN_SECTORS,
    OCPN_COUNT_READ_COMMANDS,
    OCPN_COUNT_WRITE_COMMANDS,
    OCPN_COUNT_BUSY_NS,
    OCPN_COUNT_MEDIA_ERRORS,
    OCPN_COUNT_SAVED_N,         /* those above are in ImgCounters */
    /* Since power on; what they were before is in facts: fact.h. */
    OCPN_COUNT_MEDIA_READ = OCPN_COUNT_SAVED_N, /* bytes */
    OCPN_COUNT_MEDIA_WRITTEN,   /* bytes */
    OCPN_COUNT_UNALIGNED,       /* writes that begin inside an IU */
    OCPN_COUNT_UNCORRECTABLE,   /* reads the medium failed */
    OCPN_COUNT_SOFT_ECC,
    OCPN_COUNT_N
} OcpnCount;

typedef struct OcpnShard {
    _Atomic uint64_t n[OCPN_COUNT_N];
} OcpnShard;

/* Owner of the shard. */
static inline void ocpn_count(OcpnShard *s, OcpnCount which, uint64_t add)
{
    atomic_store_explicit(&s->n[which],
        atomic_load_explicit(&s->n[which], memory_order_relaxed) + add,
        memory_order_relaxed);
}

/* Since the drive was made: shards and what earlier runs left.  Main. */
uint64_t ocpn_counter(const OcpnCtrl *c, OcpnCount which);
uint64_t ocpn_power_cycles(const OcpnCtrl *c);
uint64_t ocpn_unsafe_shutdowns(const OcpnCtrl *c);
uint64_t ocpn_power_on_seconds(const OcpnCtrl *c);

/* The counters, from and to their page.  OPEN: a controller has the image. */
void ocpn_counters_load(OcpnCtrl *c, const uint8_t *payload);
void ocpn_counters_store(OcpnCtrl *c, uint8_t *payload, bool open);

#endif
