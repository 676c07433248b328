/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a queue's thread learns that there is something in the queue, besides
 * the kicks of pump.c.
 *
 * Each I/O completion queue has an event notifier in its thread's event loop.
 * It is set by doorbell writes that only say "look" (ioeventfd), and by kicks
 * to a thread that may be asleep, from which the event loop learns how long
 * polling would have been worth it.  While the event loop of an IOThread has
 * time it asks poll_queue() instead of sleeping (poll-max-ns of the IOThread);
 * the host is then not asked to ring doorbells that have a shadow, and a
 * doorbell written by MMIO is seen without anybody waking anybody.
 *
 * The event loop polls only those whose notifier was set once.  As long as
 * polling finds something it may look at no file descriptor, and as long as
 * there are bottom halves it does not poll.  So that a busy queue does not
 * lock others out, it lets the event loop pause now and then: that is what a
 * handler that cannot be polled does.
 *
 * The main loop does not poll: there only ioeventfd needs a notifier.
 *
 * What the owner's thread and main share is under the queue's lock, which
 * poll() does not wait for: whoever has it runs the queue, or stops it.
 */
#include "qemu/osdep.h"
#include "block/aio-wait.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"

#include "ocp-nvme.h"
#include "pump.h"

#define DOORBELLS   0x1000u
#define BYTES       4
#define MAX_RUNS    1024        /* in a row without a pause */

static bool in_thread(const OcpnPump *p)
{
    return p->ctx != qemu_get_aio_context();
}

/* Tell the core whether it is polled, if that is news.  Owner, locked. */
static bool tell(OcpnPump *p)
{
    if (!p->started || p->told == p->polled) {
        return false;
    }
    p->told = p->polled;
    return ocpn_cq_set_polled(p->d->core, p->cqid, p->polled);
}

static void ignore(EventNotifier *n)
{
}

static void set_pause(OcpnPump *p, bool on)
{
    if (p->pausing != on) {
        p->pausing = on;
        aio_set_event_notifier(p->ctx, &p->pause, on ? ignore : NULL, NULL,
                               NULL);
    }
}

/* Let the event loop look at its file descriptors.  Owner. */
static void pause_polling(OcpnPump *p)
{
    p->nruns = 0;
    set_pause(p, true);
    event_notifier_set(&p->look);
}

static void rung(EventNotifier *n)
{
    OcpnPump *p = container_of(n, OcpnPump, look);

    set_pause(p, false);
    event_notifier_test_and_clear(n);
    ocpn_pump_run(p);
}

/* Looking is cheap, and does not take the signal of the notifier. */
static bool poll_queue(void *opaque)
{
    EventNotifier *n = opaque;
    OcpnPump *p = container_of(n, OcpnPump, look);
    bool found = p->again;

    if (!found && !qemu_mutex_trylock(&p->lock)) {
        found = p->started && ocpn_cq_poll(p->d->core, p->cqid);
        qemu_mutex_unlock(&p->lock);
    }
    return found;
}

static void found_by_poll(EventNotifier *n)
{
    ocpn_pump_run(container_of(n, OcpnPump, look));
}

static void set_polled(EventNotifier *n, bool polled)
{
    OcpnPump *p = container_of(n, OcpnPump, look);
    bool run = p->again && !polled;

    WITH_QEMU_LOCK_GUARD(&p->lock) {
        qatomic_set(&p->polled, polled);
        run |= tell(p);
    }
    if (run) {
        qemu_bh_schedule(p->bh);
    }
}

static void poll_begin(EventNotifier *n)
{
    set_polled(n, true);
}

static void poll_end(EventNotifier *n)
{
    set_polled(n, false);
}

/* Owner, locked. */
static void attach(OcpnPump *p)
{
    bool polls = in_thread(p);

    aio_set_event_notifier(p->ctx, &p->look, rung, polls ? poll_queue : NULL,
                           polls ? found_by_poll : NULL);
    if (polls) {
        aio_set_event_notifier_poll(p->ctx, &p->look, poll_begin, poll_end);
        pause_polling(p);
    }
    qatomic_set(&p->looking, true);
}

/* The event loop does not say poll_end() to what is gone.  Owner, locked. */
static void detach(OcpnPump *p)
{
    qatomic_set(&p->looking, false);
    set_pause(p, false);
    aio_set_event_notifier(p->ctx, &p->look, NULL, NULL, NULL);
    qatomic_set(&p->polled, false);
}

void ocpn_doorbell_arrange(OcpnPump *p)
{
    bool look = p->started && p->has_look && (in_thread(p) || p->nwatched);

    if (look != p->looking) {
        if (look) {
            attach(p);
        } else {
            detach(p);
        }
    }
    if (p->looking && in_thread(p) && ++p->nruns == MAX_RUNS) {
        pause_polling(p);
    }
    tell(p);
}

/*
 * Not by a bottom half: an event loop that has one to run looks at nothing
 * else, so the other queues of the thread would wait for this one.
 */
void ocpn_doorbell_again(OcpnPump *p)
{
    if (!p->looking || !in_thread(p)) {
        qemu_bh_schedule(p->bh);
        return;
    }
    p->again = true;
    if (!p->polled) {
        event_notifier_set(&p->look);
    }
}

void ocpn_doorbell_kicked(OcpnPump *p)
{
    if (in_thread(p) && qatomic_read(&p->looking) &&
        !qatomic_read(&p->polled) && qatomic_read(&p->ctx->poll_max_ns) &&
        qemu_get_current_aio_context() != p->ctx) {
        event_notifier_set(&p->look);
    }
}

static bool make_notifiers(OcpnPump *p)
{
    if (event_notifier_init(&p->look, 0) < 0) {
        return false;
    }
    if (event_notifier_init(&p->pause, 0) < 0) {
        event_notifier_cleanup(&p->look);
        return false;
    }
    return true;
}

/* Kept until the end: LOOK may be set until then.  Main. */
void ocpn_doorbell_start(OcpnPump *p)
{
    if (p->cqid && !p->has_look && (in_thread(p) || p->d->ioeventfd)) {
        p->has_look = make_notifiers(p);
    }
}

static void watch(OcpnDevice *d, OcpnPump *p, uint32_t off, bool on)
{
    if (on) {
        memory_region_add_eventfd(&d->regs, off, BYTES, false, 0, &p->look);
        p->nwatched++;
    } else {
        memory_region_del_eventfd(&d->regs, off, BYTES, false, 0, &p->look);
        p->nwatched--;
    }
    d->watched[(off - DOORBELLS) / BYTES] = on ? p->cqid : 0;
}

/* The run that is kicked for sees what was rung before the change. */
void ocpn_doorbell_watch(void *opaque, uint16_t cqid, uint32_t off, bool on)
{
    OcpnDevice *d = opaque;
    OcpnPump *p = &d->pump[cqid];
    uint16_t by = d->watched[(off - DOORBELLS) / BYTES];

    if (on ? !by && d->ioeventfd && p->has_look : by == cqid) {
        watch(d, p, off, on);
        qemu_bh_schedule(p->bh);
    }
}

void ocpn_doorbell_unwatch_all(OcpnDevice *d)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->watched); i++) {
        if (d->watched[i]) {
            watch(d, &d->pump[d->watched[i]], DOORBELLS + i * BYTES, false);
        }
    }
}

static void detach_in_thread(void *opaque)
{
    OcpnPump *p = opaque;

    QEMU_LOCK_GUARD(&p->lock);
    if (p->looking) {
        detach(p);
    }
}

void ocpn_doorbell_exit(OcpnPump *p)
{
    if (p->has_look) {
        if (in_thread(p)) {
            aio_wait_bh_oneshot(p->ctx, detach_in_thread, p);
        } else {
            detach_in_thread(p);
        }
        event_notifier_cleanup(&p->look);
        event_notifier_cleanup(&p->pause);
        p->has_look = false;
    }
}
