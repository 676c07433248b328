/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lock that is held for nanoseconds: never across I/O, DMA or a callback.
 */
#ifndef HW_OCP_NVME_CORE_LOCK_H
#define HW_OCP_NVME_CORE_LOCK_H

#include <stdatomic.h>

typedef struct OcpnLock {
    atomic_flag taken;
} OcpnLock;

static inline void ocpn_lock(OcpnLock *l)
{
    while (atomic_flag_test_and_set_explicit(&l->taken,
                                             memory_order_acquire)) {
        continue;
    }
}

static inline void ocpn_unlock(OcpnLock *l)
{
    atomic_flag_clear_explicit(&l->taken, memory_order_release);
}

#endif
