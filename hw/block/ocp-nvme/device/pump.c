/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who runs the core and when: a bottom half for each completion queue in the
 * queue's thread, one for what belongs to main; and interrupts out.
 *
 * The bottom halves live as long as the device, so a kick that comes late
 * finds one, and no queue behind it.
 */
#include "qemu/osdep.h"
#include "block/aio-wait.h"
#include "hw/pci/msix.h"
#include "qemu/bitmap.h"
#include "qemu/defer-call.h"
#include "qemu/main-loop.h"
#include "system/block-backend.h"

#include "hw/block/ocp-nvme/trace.h"

#include "hw/ocp-nvme/core/migrate.h"

#include "ocp-nvme.h"

static void run_irqs(void *opaque)
{
    OcpnDevice *d = opaque;
    unsigned long n = d->msix_qsize;

    for (unsigned long v = find_first_bit(d->irq_pending, n); v < n;
         v = find_next_bit(d->irq_pending, n, v + 1)) {
        if (bitmap_test_and_clear_atomic(d->irq_pending, v, 1)) {
            msix_notify(PCI_DEVICE(d), v);
        }
    }
}

/*
 * A message may be aimed at this very function and reset it, so no message
 * leaves while a queue runs.
 */
static void run_cq(void *opaque)
{
    OcpnPump *p = opaque;
    bool more = false;

    WITH_QEMU_LOCK_GUARD(&p->lock) {
        if (p->started) {
            defer_call_begin();
            more = ocpn_cq_run(p->d->core, p->cqid);
            defer_call_end();
        }
    }
    if (more) {
        qemu_bh_schedule(p->bh);
    }
    if (p->ctx == qemu_get_aio_context()) {
        run_irqs(p->d);
    }
}

static void run_main(void *opaque)
{
    OcpnDevice *d = opaque;

    ocpn_main_run(d->core);
}

static QEMUBH *main_bh_new(OcpnDevice *d, QEMUBHFunc *cb, void *opaque)
{
    return qemu_bh_new_guarded(cb, opaque, &DEVICE(d)->mem_reentrancy_guard);
}

void ocpn_pump_init(OcpnDevice *d)
{
    d->pump = g_new0(OcpnPump, d->max_ioqpairs + 1);
    for (unsigned i = 0; i <= d->max_ioqpairs; i++) {
        OcpnPump *p = &d->pump[i];

        p->d = d;
        p->cqid = i;
        p->ctx = ocpn_threads_of(d, i);
        p->bh = p->ctx == qemu_get_aio_context()
                ? main_bh_new(d, run_cq, p) : aio_bh_new(p->ctx, run_cq, p);
        qemu_mutex_init(&p->lock);
    }
    d->irq_pending = bitmap_new(d->msix_qsize);
    d->main_bh = main_bh_new(d, run_main, d);
    d->irq_bh = main_bh_new(d, run_irqs, d);
}

static void nothing(void *opaque)
{
}

/* A deleted bottom half may still be running; what it uses goes later. */
void ocpn_pump_exit(OcpnDevice *d)
{
    for (unsigned i = 0; i <= d->max_ioqpairs; i++) {
        qemu_bh_delete(d->pump[i].bh);
    }
    for (unsigned i = 0; i < d->nctx; i++) {
        aio_wait_bh_oneshot(d->ctx[i], nothing, NULL);
    }
    for (unsigned i = 0; i <= d->max_ioqpairs; i++) {
        qemu_mutex_destroy(&d->pump[i].lock);
    }
    qemu_bh_delete(d->main_bh);
    qemu_bh_delete(d->irq_bh);
    g_clear_pointer(&d->irq_pending, g_free);
    g_clear_pointer(&d->pump, g_free);
}

void ocpn_pump_kick(void *opaque, uint16_t cqid)
{
    OcpnDevice *d = opaque;

    qemu_bh_schedule(d->pump[cqid].bh);
}

void ocpn_pump_kick_main(void *opaque)
{
    OcpnDevice *d = opaque;

    qemu_bh_schedule(d->main_bh);
}

/*
 * The message follows when the queue's run is over: run_cq() sends it in the
 * main loop; IOThreads, which have no big lock, leave it to main.
 */
void ocpn_pump_irq(void *opaque, uint16_t vector)
{
    OcpnDevice *d = opaque;

    if (vector < d->msix_qsize) {
        bitmap_set_atomic(d->irq_pending, vector, 1);
        if (!bql_locked()) {
            qemu_bh_schedule(d->irq_bh);
        }
    }
}

void ocpn_pump_pin(void *opaque, bool level)
{
    pci_set_irq(PCI_DEVICE(opaque), level);
}

static void set_started(OcpnDevice *d, uint16_t cqid, bool started)
{
    OcpnPump *p = &d->pump[cqid];

    QEMU_LOCK_GUARD(&p->lock);
    p->started = started;
}

void ocpn_pump_cq_start(void *opaque, uint16_t cqid)
{
    set_started(opaque, cqid, true);
}

void ocpn_pump_cq_stop(void *opaque, uint16_t cqid)
{
    set_started(opaque, cqid, false);
}

static void drain(OcpnDevice *d)
{
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        if (d->drives[i]) {
            blk_drain(d->drives[i]->conf.blk);
        }
    }
}

/* Let the event loop run for at most a millisecond. */
static void let_run(OcpnDevice *d, QEMUTimer *timer)
{
    drain(d);
    timer_mod(timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + 1);
    aio_poll(qemu_get_aio_context(), true);
}

/*
 * The last step of an IOThread need not end in a kick, so look again after a
 * millisecond.  Draining ends what throttling delays.
 */
void ocpn_pump_wait_quiet(OcpnDevice *d)
{
    int rounds = 0;
    QEMUTimer timer;

    aio_timer_init(qemu_get_aio_context(), &timer, QEMU_CLOCK_REALTIME,
                   SCALE_MS, nothing, NULL);
    while (!ocpn_ctrl_quiet(d->core)) {
        ocpn_media_fail_held(d);
        let_run(d, &timer);
        rounds++;
    }
    timer_del(&timer);
    bitmap_zero(d->irq_pending, d->msix_qsize);
    trace_ocpn_wait(d->id, rounds);
}

void ocpn_pump_lock(OcpnDevice *d)
{
    for (unsigned i = 0; i <= d->max_ioqpairs; i++) {
        qemu_mutex_lock(&d->pump[i].lock);
    }
}

void ocpn_pump_unlock(OcpnDevice *d)
{
    for (unsigned i = 0; i <= d->max_ioqpairs; i++) {
        qemu_mutex_unlock(&d->pump[i].lock);
    }
}

bool ocpn_pump_settled(OcpnDevice *d)
{
    bool settled;

    ocpn_pump_lock(d);
    settled = ocpn_ctrl_settled(d->core);
    ocpn_pump_unlock(d);
    return settled && bitmap_empty(d->irq_pending, d->msix_qsize);
}

void ocpn_pump_wait_settled(OcpnDevice *d)
{
    QEMUTimer timer;

    aio_timer_init(qemu_get_aio_context(), &timer, QEMU_CLOCK_REALTIME,
                   SCALE_MS, nothing, NULL);
    while (!ocpn_pump_settled(d) && !ocpn_media_any_held(d)) {
        let_run(d, &timer);
    }
    timer_del(&timer);
}
