/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which thread runs which queue: I/O queue i runs in entry (i - 1) mod n of
 * iothread-vq-mapping=, or in iothread=, or in the main loop.  The admin queue
 * is always the main loop's.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"

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

bool ocpn_threads_init(OcpnDevice *d, Error **errp)
{
    if (d->iothread && d->iothread_map) {
        error_setg(errp, "iothread and iothread-vq-mapping are both set; give "
                   "one of them");
        return false;
    }
    return d->iothread ? use_thread(d, d->iothread) : use_mapping(d, errp);
}

void ocpn_threads_exit(OcpnDevice *d)
{
    for (unsigned i = 0; i < d->nctx; i++) {
        object_unref(d->thread[i]);
    }
    g_clear_pointer(&d->thread, g_free);
    g_clear_pointer(&d->ctx, g_free);
    d->nctx = 0;
}

AioContext *ocpn_threads_of(const OcpnDevice *d, uint16_t cqid)
{
    return cqid && d->nctx ? d->ctx[(cqid - 1) % d->nctx]
                           : qemu_get_aio_context();
}
