/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/Os of the core on the block layer.
 *
 * Guest segments are mapped into the iovec that lies behind the I/O, so
 * nothing is allocated here.  An I/O starts and ends in one thread, that of
 * its queue.  rerror and werror decide what happens to one that fails; those
 * that stop the VM are held until it continues.
 */
#include "qemu/osdep.h"
#include "block/accounting.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"
#include "qemu/memalign.h"
#include "system/block-backend.h"
#include "system/dma.h"

#include "hw/block/ocp-nvme/trace.h"
#include "hw/ocp-nvme/core/dptr.h"

#include "ocp-nvme.h"

/*
 * A segment may cross from one block of RAM into the next.  Behind an IOMMU
 * every page of it may be elsewhere: an I/O that has more pieces goes in parts.
 */
#define NIOV    (2 * OCPN_IO_NSEGS)

typedef struct OcpnMedia {
    OcpnIo      io;             /* the core's part; first */
    OcpnDevice *d;
    AioContext *ctx;
    struct OcpnMedia *next;     /* held */
    BlockAcctCookie acct;
    uint64_t    moved;          /* bytes of earlier parts */
    uint32_t    seg;            /* the next one to map ... */
    uint64_t    seg_done;       /* ... from this byte on */
    QEMUIOVector qiov;
    struct iovec iov[NIOV];
} OcpnMedia;

size_t ocpn_media_size(void)
{
    return QEMU_ALIGN_UP(sizeof(OcpnMedia), 64);
}

void ocpn_media_init(OcpnDevice *d)
{
    qemu_mutex_init(&d->held_lock);
    d->sink_len = (size_t)4096 << d->mdts;
    d->sink = qemu_memalign(4096, d->sink_len);
}

void ocpn_media_exit(OcpnDevice *d)
{
    qemu_vfree(d->sink);
    d->sink = NULL;
    qemu_mutex_destroy(&d->held_lock);
}

static BlockBackend *backend(const OcpnMedia *m)
{
    return m->d->drives[m->io.nsid]->conf.blk;
}

static DMADirection direction(const OcpnMedia *m)
{
    return m->io.op == OCPN_IO_READ ? DMA_DIRECTION_FROM_DEVICE
                                    : DMA_DIRECTION_TO_DEVICE;
}

static void add_iov(OcpnMedia *m, void *base, uint64_t len)
{
    m->iov[m->qiov.niov++] = (struct iovec) { base, len };
    m->qiov.size += len;
}

/*
 * Reads that failed half-way have changed memory too, so all of it counts as
 * written.
 */
static void unmap(OcpnMedia *m)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(m->d));

    for (int i = 0; !m->io.buf && i < m->qiov.niov; i++) {
        struct iovec *v = &m->iov[i];

        if (v->iov_base != m->d->sink) {
            dma_memory_unmap(as, v->iov_base, v->iov_len, direction(m),
                             v->iov_len);
        }
    }
    m->qiov.niov = 0;
    m->qiov.size = 0;
}

/* Map from M's place on, at most to the segment's end. */
static bool map_piece(OcpnMedia *m)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(m->d));
    const MemTxAttrs attrs = { .memory = 1 };
    const OcpnSeg *s = &m->io.seg[m->seg];
    dma_addr_t n = s->len - m->seg_done;
    void *p = m->d->sink;

    if (s->addr == OCPN_SEG_BUCKET) {
        if (m->io.op != OCPN_IO_READ || n > m->d->sink_len) {
            return false;
        }
    } else {
        if (s->addr > UINT64_MAX - (s->len - 1)) {
            return false;
        }
        p = dma_memory_map(as, s->addr + m->seg_done, &n, direction(m),
                           attrs);
        if (!p) {
            return false;
        }
    }
    add_iov(m, p, n);
    m->seg_done += n;
    if (m->seg_done == s->len) {
        m->seg++;
        m->seg_done = 0;
    }
    return true;
}

/* Fill the iovec with the next part.  False: a segment is not RAM. */
static bool map(OcpnMedia *m)
{
    if (m->io.buf) {
        add_iov(m, m->io.buf, m->io.len);
        return true;
    }
    while (m->seg < m->io.nseg && m->qiov.niov < NIOV) {
        if (!map_piece(m)) {
            unmap(m);
            return false;
        }
    }
    return true;
}

static void hold(OcpnMedia *m)
{
    QEMU_LOCK_GUARD(&m->d->held_lock);
    m->next = m->d->held;
    m->d->held = m;
}

/* The VM may go on, and M with it, as soon as M is held. */
static void failed(OcpnMedia *m, int error)
{
    OcpnDevice *d = m->d;
    BlockBackend *blk = backend(m);
    bool is_read = m->io.op == OCPN_IO_READ;
    BlockErrorAction action = blk_get_error_action(blk, is_read, error);

    trace_ocpn_media_error(d->id, m->io.op, m->io.offset, error, action);
    if (action == BLOCK_ERROR_ACTION_STOP) {
        hold(m);
        blk_error_action(blk, action, is_read, error);
        return;
    }
    block_acct_failed(blk_get_stats(blk), &m->acct);
    blk_error_action(blk, action, is_read, error);
    if (action == BLOCK_ERROR_ACTION_IGNORE) {
        m->io.done(&m->io, OCPN_IO_OK);
    } else {
        m->io.done(&m->io, error == ENOSPC ? OCPN_IO_NOSPC : OCPN_IO_ERROR);
    }
}

static void submit(OcpnMedia *m);

static bool moves_data(const OcpnMedia *m)
{
    return m->io.op == OCPN_IO_READ || m->io.op == OCPN_IO_WRITE;
}

static void ended(void *opaque, int ret)
{
    OcpnMedia *m = opaque;

    m->moved += m->qiov.size;
    unmap(m);
    if (ret < 0) {
        failed(m, -ret);
        return;
    }
    block_acct_done(blk_get_stats(backend(m)), &m->acct);
    if (!moves_data(m) || m->moved == m->io.len) {
        m->io.done(&m->io, OCPN_IO_OK);
    } else if (map(m)) {
        submit(m);
    } else {
        m->io.done(&m->io, OCPN_IO_NODMA);
    }
}

static void submit(OcpnMedia *m)
{
    BlockBackend *blk = backend(m);
    BlockAcctStats *stats = blk_get_stats(blk);
    BdrvRequestFlags fua = m->io.fua ? BDRV_REQ_FUA : 0;
    const OcpnIo *io = &m->io;

    trace_ocpn_media(m->d->id, io->op, io->offset, io->len, m->qiov.niov);
    switch (io->op) {
    case OCPN_IO_READ:
        block_acct_start(stats, &m->acct, m->qiov.size, BLOCK_ACCT_READ);
        blk_aio_preadv(blk, io->offset + m->moved, &m->qiov, 0, ended, m);
        break;
    case OCPN_IO_WRITE:
        block_acct_start(stats, &m->acct, m->qiov.size, BLOCK_ACCT_WRITE);
        blk_aio_pwritev(blk, io->offset + m->moved, &m->qiov, fua, ended, m);
        break;
    case OCPN_IO_FLUSH:
        block_acct_start(stats, &m->acct, 0, BLOCK_ACCT_FLUSH);
        blk_aio_flush(blk, ended, m);
        break;
    case OCPN_IO_DISCARD:
        block_acct_start(stats, &m->acct, io->len, BLOCK_ACCT_UNMAP);
        blk_aio_pdiscard(blk, io->offset, io->len, ended, m);
        break;
    case OCPN_IO_ZERO:
        block_acct_start(stats, &m->acct, io->len, BLOCK_ACCT_WRITE);
        blk_aio_pwrite_zeroes(blk, io->offset, io->len,
                              fua | (io->unmap ? BDRV_REQ_MAY_UNMAP : 0),
                              ended, m);
        break;
    }
}

void ocpn_media_start(void *opaque, OcpnIo *io)
{
    OcpnMedia *m = container_of(io, OcpnMedia, io);

    m->d = opaque;
    m->ctx = qemu_get_current_aio_context();
    m->moved = 0;
    m->seg = 0;
    m->seg_done = 0;
    qemu_iovec_init_external(&m->qiov, m->iov, 0);
    if (io->op != OCPN_IO_READ &&
        !ocpn_drive_writable(m->d->drives[io->nsid])) {
        io->done(io, OCPN_IO_ERROR);    /* it is another QEMU's now */
        return;
    }
    if (moves_data(m) && !map(m)) {
        io->done(io, OCPN_IO_NODMA);
        return;
    }
    submit(m);
}

static void retry(void *opaque)
{
    OcpnMedia *m = opaque;

    ocpn_media_start(m->d, &m->io);
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

        aio_bh_schedule_oneshot(m->ctx, act, m);
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
