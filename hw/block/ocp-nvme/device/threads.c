/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which thread runs which queue: I/O queue i runs in entry (i - 1) mod n of
 * iothread-vq-mapping=, or in iothread=, or in the main loop.  The admin queue
 * is always the main loop's.  A thread that is named twice gets twice the
 * queues.
 *
 * The device holds references: an IOThread that is deleted (object-del) stays
 * until the device goes, though nobody sees it any more.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/util.h"

#include "ocp-nvme.h"

static bool use_thread(OcpnDevice *d, IOThread *t)
{
    d->thread = g_renew(Object *, d->thread, d->nctx + 1);
    d->ctx = g_renew(AioContext *, d->ctx, d->nctx + 1);
    d->thread[d->nctx] = object_ref(OBJECT(t));
    d->ctx[d->nctx++] = iothread_get_aio_context(t);
    return true;
}

static bool use_mapping(OcpnDevice *d, Error **errp)
{
    size_t n = QAPI_LIST_LENGTH(d->iothread_map);

    if (n > d->max_ioqpairs) {
        error_setg(errp, "iothread-vq-mapping has %zu entries for "
                   "max-ioqpairs=%" PRIu32 " queues; give at most one entry "
                   "per queue", n, d->max_ioqpairs);
        return false;
    }
    for (IOThreadVirtQueueMappingList *e = d->iothread_map; e; e = e->next) {
        IOThread *t = iothread_by_id(e->value->iothread);

        if (!t) {
            error_setg(errp, "iothread-vq-mapping names iothread '%s', which "
                       "does not exist; add -object iothread,id=%s",
                       e->value->iothread, e->value->iothread);
            return false;
        }
        if (e->value->has_vqs) {
            error_setg(errp, "iothread-vq-mapping has 'vqs' for iothread "
                       "'%s', but takes none: the queues use the entries in "
                       "turn", e->value->iothread);
            return false;
        }
        use_thread(d, t);
    }
    return true;
}

static void add_lane(OcpnDevice *d, AioContext *ctx)
{
    for (unsigned i = 0; i < d->nlanes; i++) {
        if (d->lane[i].ctx == ctx) {
            return;
        }
    }
    d->lane[d->nlanes++] = (OcpnLane) { .d = d, .ctx = ctx };
}

static void make_lanes(OcpnDevice *d)
{
    d->lane = g_new0(OcpnLane, d->nctx + 1);
    add_lane(d, qemu_get_aio_context());
    for (unsigned i = 0; i < d->nctx; i++) {
        add_lane(d, d->ctx[i]);
    }
}

bool ocpn_threads_init(OcpnDevice *d, Error **errp)
{
    if (d->iothread && d->iothread_map) {
        error_setg(errp, "iothread and iothread-vq-mapping are both set; give "
                   "one of them");
        return false;
    }
    if (!(d->iothread ? use_thread(d, d->iothread) : use_mapping(d, errp))) {
        return false;
    }
    make_lanes(d);
    return true;
}

OcpnLane *ocpn_lane(OcpnDevice *d)
{
    AioContext *ctx = qemu_get_current_aio_context();

    for (unsigned i = 1; i < d->nlanes; i++) {
        if (d->lane[i].ctx == ctx) {
            return &d->lane[i];
        }
    }
    return &d->lane[0];
}

void ocpn_threads_exit(OcpnDevice *d)
{
    for (unsigned i = 0; i < d->nctx; i++) {
        object_unref(d->thread[i]);
    }
    g_clear_pointer(&d->thread, g_free);
    g_clear_pointer(&d->ctx, g_free);
    d->nctx = 0;
    g_clear_pointer(&d->lane, g_free);
    d->nlanes = 0;
}

OcpnLane *ocpn_threads_of(const OcpnDevice *d, uint16_t cqid)
{
    OcpnLane *lane = d->lane;

    while (cqid && d->nctx && lane->ctx != d->ctx[(cqid - 1) % d->nctx]) {
        lane++;
    }
    return lane;
}
