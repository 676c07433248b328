/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/Os of the core on the block layer, each a coroutine; nothing is allocated
 * here.  An I/O starts and ends in one thread, that of its queue.  rerror and
 * werror decide what happens to one that fails; those that stop the VM are
 * held until it continues.
 *
 * blk_co_*() count the request as in flight, and no more: a drained section
 * waits for the block layer, not for the core.  A count held around them would
 * make a request that waits for the end of a drained section hold it up.
 */
#include "qemu/osdep.h"
#include "qemu/coroutine.h"
#include "qemu/lockable.h"
#include "system/block-backend.h"

#include "hw/block/ocp-nvme/trace.h"

#include "block.h"

size_t ocpn_block_size(void)
{
    return QEMU_ALIGN_UP(sizeof(OcpnMedia), 64);
}

static BlockBackend *backend(const OcpnMedia *m)
{
    return m->dr->conf.blk;
}

static void hold(OcpnMedia *m)
{
    OcpnDevice *d = m->lane->d;

    QEMU_LOCK_GUARD(&d->held_lock);
    m->next = d->held;
    d->held = m;
}

/* The VM may go on, and M with it, as soon as M is held. */
static void failed(OcpnMedia *m, int error)
{
    BlockBackend *blk = backend(m);
    bool is_read = m->io.op == OCPN_IO_READ;
    BlockErrorAction action = blk_get_error_action(blk, is_read, error);

    trace_ocpn_media_error(m->lane->d->id, m->io.op, m->io.offset, error,
                           action);
    if (action == BLOCK_ERROR_ACTION_STOP) {
        hold(m);
        blk_error_action(blk, action, is_read, error);
        return;
    }
    block_acct_failed(blk_get_stats(blk), &m->acct);
    blk_error_action(blk, action, is_read, error);
    if (action == BLOCK_ERROR_ACTION_IGNORE) {
        m->io.lost = true;
        m->io.done(&m->io, OCPN_IO_OK);
    } else {
        m->io.done(&m->io, error == ENOSPC ? OCPN_IO_NOSPC : OCPN_IO_ERROR);
    }
}

/* From its beginning; FIRST: it has not been tried together with others. */
static void begin(OcpnMedia *m, bool first)
{
    m->part = NULL;
    m->last = m;
    m->ram = NULL;
    m->moved = 0;
    m->seg = 0;
    m->seg_done = 0;
    qemu_iovec_init_external(&m->qiov, m->iov, 0);
    if (ocpn_block_moves(m) && !ocpn_block_map(m)) {
        m->io.done(&m->io, OCPN_IO_NODMA);
    } else if (!first || !ocpn_block_keep(m)) {
        ocpn_block_submit(m);
    }
}

/* I/Os that M's request is. */
static unsigned count(const OcpnMedia *m)
{
    unsigned n = 0;

    for (; m; m = m->part) {
        n++;
    }
    return n;
}

/* A request of several I/Os is over. */
static void ended_together(OcpnMedia *m, int ret)
{
    while (m) {
        OcpnMedia *next = m->part;

        ocpn_block_unmap(m);
        if (ret < 0) {
            begin(m, false);
        } else {
            m->io.done(&m->io, OCPN_IO_OK);
        }
        m = next;
    }
}

static void ended(OcpnMedia *m, int ret)
{
    ocpn_block_over(m->lane, count(m));
    if (ret >= 0) {
        block_acct_done(blk_get_stats(backend(m)), &m->acct);
    }
    if (m->part) {
        ended_together(m, ret);
        return;
    }
    m->moved += m->qiov.size;
    ocpn_block_unmap(m);
    if (ret < 0) {
        failed(m, -ret);
    } else if (!ocpn_block_moves(m) || m->moved == m->io.len) {
        m->io.done(&m->io, OCPN_IO_OK);
    } else if (ocpn_block_map(m)) {
        ocpn_block_submit(m);
    } else {
        m->io.done(&m->io, OCPN_IO_NODMA);
    }
}

static void coroutine_fn run(void *opaque)
{
    OcpnMedia *m = opaque;
    const OcpnIo *io = &m->io;
    BlockBackend *blk = backend(m);
    BdrvRequestFlags fua = io->fua ? BDRV_REQ_FUA : 0;
    int ret = -EINVAL;

    switch (io->op) {
    case OCPN_IO_READ:
        ret = blk_co_preadv(blk, io->offset + m->moved, m->qiov.size,
                            &m->qiov, 0);
        break;
    case OCPN_IO_WRITE:
        ret = blk_co_pwritev(blk, io->offset + m->moved, m->qiov.size,
                             &m->qiov, fua);
        break;
    case OCPN_IO_FLUSH:
        ret = blk_co_flush(blk);
        break;
    case OCPN_IO_DISCARD:
        break;                  /* see ocpn_block_submit() */
    case OCPN_IO_ZERO:
        ret = blk_co_pwrite_zeroes(blk, io->offset, io->len, fua |
                                   (io->unmap ? BDRV_REQ_MAY_UNMAP : 0));
        break;
    }
    ended(m, ret);
}

static void discarded(void *opaque, int ret)
{
    ended(opaque, ret);
}

/* The statistics of a request, and how many I/Os it is more than one. */
static void account(OcpnMedia *m)
{
    static const uint8_t types[] = {
        [OCPN_IO_READ] = BLOCK_ACCT_READ,
        [OCPN_IO_WRITE] = BLOCK_ACCT_WRITE,
        [OCPN_IO_FLUSH] = BLOCK_ACCT_FLUSH,
        [OCPN_IO_DISCARD] = BLOCK_ACCT_UNMAP,
        [OCPN_IO_ZERO] = BLOCK_ACCT_WRITE,
    };
    BlockAcctStats *stats = blk_get_stats(backend(m));
    uint64_t len = ocpn_block_moves(m) ? m->qiov.size : m->io.len;
    int more = count(m) - 1;

    if (more) {
        block_acct_merge_done(stats, types[m->io.op], more);
    }
    block_acct_start(stats, &m->acct, len, types[m->io.op]);
}

void ocpn_block_submit(OcpnMedia *m)
{
    trace_ocpn_media(m->lane->d->id, m->io.op, m->io.offset, m->io.len,
                     m->qiov.niov);
    account(m);
    ocpn_block_begin(m->lane, count(m));
    if (m->io.op == OCPN_IO_DISCARD) {  /* _co_ differs between versions */
        blk_aio_pdiscard(backend(m), m->io.offset, m->io.len, discarded, m);
    } else {
        qemu_coroutine_enter(qemu_coroutine_create(run, m));
    }
}

void ocpn_block_start(OcpnLane *lane, OcpnDrive *dr, OcpnIo *io)
{
    OcpnMedia *m = container_of(io, OcpnMedia, io);

    m->lane = lane;
    m->dr = dr;
    begin(m, true);
}

static void retry(void *opaque)
{
    OcpnMedia *m = opaque;

    ocpn_media_start(m->lane->d, &m->io);       /* the image may have gone */
}

static void give_up(void *opaque)
{
    OcpnMedia *m = opaque;

    m->io.done(&m->io, OCPN_IO_ERROR);
}

/* Let ACT have every held I/O, in the thread it belongs to. */
static void release_held(OcpnDevice *d, QEMUBHFunc *act)
{
    OcpnMedia *m = NULL;

    WITH_QEMU_LOCK_GUARD(&d->held_lock) {
        m = d->held;
        d->held = NULL;
    }
    while (m) {
        OcpnMedia *next = m->next;

        aio_bh_schedule_oneshot(m->lane->ctx, act, m);
        m = next;
    }
}

void ocpn_media_retry_held(OcpnDevice *d)
{
    release_held(d, retry);
}

void ocpn_media_fail_held(OcpnDevice *d)
{
    release_held(d, give_up);
}

bool ocpn_media_any_held(OcpnDevice *d)
{
    QEMU_LOCK_GUARD(&d->held_lock);
    return d->held != NULL;
}
