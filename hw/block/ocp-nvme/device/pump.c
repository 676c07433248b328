/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who runs the core and when: a bottom half for each completion queue in the
 * queue's thread, one for what belongs to main; and interrupts out.  What else
 * makes a queue run is in doorbell.c.
 *
 * The bottom halves live as long as the device, so a kick that comes late
 * finds one, and no queue behind it.
 */
#include "qemu/osdep.h"
#include "block/aio-wait.h"
#include "hw/pci/msix.h"
#include "qemu/bitmap.h"
#include "qemu/coroutine.h"
#include "qemu/defer-call.h"
#include "qemu/main-loop.h"

#include "hw/block/ocp-nvme/trace.h"

#include "hw/ocp-nvme/core/migrate.h"

#include "ocp-nvme.h"
#include "pump.h"

static void run_irqs(void *opaque)
{
    OcpnDevice *d = opaque;
    unsigned long n = d->msix_qsize;

    for (unsigned long v = find_first_bit(d->irq_pending, n); v < n;
         v = find_next_bit(d->irq_pending, n, v + 1)) {
        if (bitmap_test_and_clear_atomic(d->irq_pending, v, 1)) {
            ocpn_irqfd_want(d, v);
            msix_notify(PCI_DEVICE(d), v);
        }
    }
}

/* Admin commands may change what many doorbells do. */
static bool run_admin(OcpnPump *p)
{
    bool more;

    memory_region_transaction_begin();
    more = ocpn_cq_run(p->d->core, 0);
    memory_region_transaction_commit();
    return more;
}

/*
 * A message may be aimed at this very function and reset it, so no message
 * leaves while a queue runs.
 */
void ocpn_pump_run(OcpnPump *p)
{
    bool more = false;

    p->again = false;
    WITH_QEMU_LOCK_GUARD(&p->lock) {
        ocpn_doorbell_arrange(p);
        if (p->started) {
            p->running = true;
            ocpn_block_plug(p->lane);
            more = p->cqid ? ocpn_cq_run(p->d->core, p->cqid) : run_admin(p);
            ocpn_block_unplug(p->lane);
            p->running = false;
            more |= p->ended && ocpn_cq_end(p->d->core, p->cqid);
        }
        p->ended = false;
    }
    if (more) {
        ocpn_doorbell_again(p);
    }
    if (p->lane == &p->d->lane[0]) {
        run_irqs(p->d);
    }
}

static void run_cq(void *opaque)
{
    ocpn_pump_run(opaque);
}

/*
 * The block layer has told of all that ended at once.  It does so within its
 * own callbacks, which must not run a queue: that starts I/Os.
 */
static void end_cq(void *opaque)
{
    OcpnPump *p = opaque;
    MemReentrancyGuard *guard = &DEVICE(p->d)->mem_reentrancy_guard;
    bool main = p->lane == &p->d->lane[0], more = true, was = false;

    if (qemu_mutex_trylock(&p->lock)) {
        qemu_bh_schedule(p->bh);
        return;
    }
    if (p->started) {
        more = ocpn_cq_end(p->d->core, p->cqid);
    }
    qemu_mutex_unlock(&p->lock);
    if (more) {
        qemu_bh_schedule(p->bh);
    }
    if (main) {                 /* as in a bottom half */
        was = guard->engaged_in_io;
        guard->engaged_in_io = true;
        run_irqs(p->d);
        guard->engaged_in_io = was;
    }
}

void ocpn_pump_ended(void *opaque, uint16_t cqid)
{
    OcpnDevice *d = opaque;
    OcpnPump *p = &d->pump[cqid];

    if (p->running) {
        p->ended = true;
    } else if (cqid && qemu_in_coroutine()) {
        defer_call(end_cq, p);
    } else {
        qemu_bh_schedule(p->bh);
    }
}

/*
 * So does a reset.  A drive that goes lets the event loop run when the core is
 * gone; what was wanted of it before then is of no interest.
 */
static void run_main(void *opaque)
{
    OcpnDevice *d = opaque;

    if (d->core) {
        memory_region_transaction_begin();
        ocpn_main_run(d->core);
        memory_region_transaction_commit();
    }
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
        p->lane = ocpn_threads_of(d, i);
        p->ctx = p->lane->ctx;
        p->bh = p->lane != &d->lane[0] ? aio_bh_new(p->ctx, run_cq, p)
                : main_bh_new(d, run_cq, p);
        aio_timer_init(p->ctx, &p->timer, QEMU_CLOCK_VIRTUAL, SCALE_NS,
                       run_cq, p);
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
    ocpn_doorbell_unwatch_all(d);
    for (unsigned i = 0; i <= d->max_ioqpairs; i++) {
        timer_del(&d->pump[i].timer);
        ocpn_doorbell_exit(&d->pump[i]);
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
    OcpnPump *p = &d->pump[cqid];

    ocpn_doorbell_kicked(p);
    qemu_bh_schedule(p->bh);
}

/* In the owner's event loop: the guest's clock, as all that it can see. */
void ocpn_pump_wake_cq(void *opaque, uint16_t cqid, uint64_t ns)
{
    OcpnDevice *d = opaque;

    if (ns == UINT64_MAX) {
        timer_del(&d->pump[cqid].timer);
    } else {
        timer_mod_ns(&d->pump[cqid].timer, ocpn_clock_guest(d, ns));
    }
}

void ocpn_pump_kick_main(void *opaque)
{
    OcpnDevice *d = opaque;

    qemu_bh_schedule(d->main_bh);
}

/*
 * The message follows when the queue's run is over: ocpn_pump_run() sends it
 * in the main loop.  IOThreads, which have no big lock, leave it to KVM, or
 * hand it over: one bottom half for all that came until it runs.  A bit that
 * is still set has one on its way.
 */
void ocpn_pump_irq(void *opaque, uint16_t vector)
{
    OcpnDevice *d = opaque;
    bool main = bql_locked();
    unsigned long word;

    if (vector >= d->msix_qsize || (!main && ocpn_irqfd_send(d, vector))) {
        return;
    }
    word = qatomic_fetch_or(&d->irq_pending[BIT_WORD(vector)],
                            BIT_MASK(vector));
    if (!main && !(word & BIT_MASK(vector))) {
        qemu_bh_schedule(d->irq_bh);
    }
}

void ocpn_pump_pin(void *opaque, bool level)
{
    pci_set_irq(PCI_DEVICE(opaque), level);
}

void ocpn_pump_cq_start(void *opaque, uint16_t cqid)
{
    OcpnDevice *d = opaque;
    OcpnPump *p = &d->pump[cqid];

    WITH_QEMU_LOCK_GUARD(&p->lock) {
        ocpn_doorbell_start(p);
        p->started = true;
        p->told = false;
    }
    qemu_bh_schedule(p->bh);
}

/* The lock is all: a run, a poll, or a timer that comes later finds none. */
void ocpn_pump_cq_stop(void *opaque, uint16_t cqid)
{
    OcpnDevice *d = opaque;
    OcpnPump *p = &d->pump[cqid];

    WITH_QEMU_LOCK_GUARD(&p->lock) {
        p->started = false;
    }
    timer_del(&p->timer);
    qemu_bh_schedule(p->bh);
}

static void drain(OcpnDevice *d)
{
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        if (d->drives[i]) {
            d->drives[i]->medium->drain(d->drives[i]);
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
    qatomic_set(&d->resetting, true);
    while (!ocpn_ctrl_quiet(d->core)) {
        ocpn_media_fail_held(d);
        let_run(d, &timer);
        rounds++;
    }
    qatomic_set(&d->resetting, false);
    timer_del(&timer);
    bitmap_zero(d->irq_pending, d->msix_qsize);
    trace_ocpn_wait(d->id, rounds);
}

/* What the reset itself writes is no different from what comes later. */
void ocpn_pump_reset(OcpnDevice *d, OcpnReset kind)
{
    qatomic_set(&d->resetting, true);
    ocpn_ctrl_reset(d->core, kind);
    ocpn_pump_wait_quiet(d);
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
    ocpn_irqfd_settle(d);
}
