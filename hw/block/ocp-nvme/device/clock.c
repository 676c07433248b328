/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time: QEMU_CLOCK_VIRTUAL, which stops with the guest and repeats under
 * -icount; tests may let the drive's be ahead of it.
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"

#include "ocp-nvme.h"

static void wake(void *opaque)
{
    OcpnDevice *d = opaque;

    ocpn_main_run(d->core);
}

void ocpn_clock_init(OcpnDevice *d)
{
    d->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, wake, d);
}

void ocpn_clock_exit(OcpnDevice *d)
{
    timer_free(d->timer);
    d->timer = NULL;
}

uint64_t ocpn_clock_now(void *opaque)
{
    const OcpnDevice *d = opaque;

    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + qatomic_read_u64(&d->ahead);
}

void ocpn_clock_ahead(void *opaque, uint64_t ns)
{
    OcpnDevice *d = opaque;

    qatomic_set_u64(&d->ahead, ns);
}

/* Timers know no later time. */
int64_t ocpn_clock_guest(const OcpnDevice *d, uint64_t ns)
{
    uint64_t ahead = qatomic_read_u64(&d->ahead);

    return ns > ahead ? MIN(ns - ahead, (uint64_t)INT64_MAX) : 0;
}

void ocpn_clock_wake_at(void *opaque, uint64_t ns)
{
    OcpnDevice *d = opaque;

    if (ns == UINT64_MAX) {
        timer_del(d->timer);
    } else {
        timer_mod_ns(d->timer, ocpn_clock_guest(d, ns));
    }
}
