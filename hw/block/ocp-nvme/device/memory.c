/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/Os of the core on a memory backend: copies between guest memory and a
 * mapping, over when start() returns.  So what was acknowledged is in the page
 * cache of the host, in the order of acknowledgement, and outlives QEMU.
 *
 * What may block (syncing a file, giving space back) a worker thread does.
 */
#include "qemu/osdep.h"
#include "block/aio-wait.h"
#include "block/thread-pool.h"
#include "qemu/madvise.h"

#include "hw/block/ocp-nvme/trace.h"
#include "hw/ocp-nvme/core/dptr.h"

#include "memory.h"

/* Zeroing less than this takes less time than asking a worker to do it. */
#define ZERO_AT_ONCE    (256 * 1024)

typedef struct Chore {
    OcpnMemory *m;
    OcpnIo     *io;
} Chore;

int ocpn_memory_sync(const OcpnMemory *m, uint64_t off, uint64_t len)
{
    if (!m->is_file || !len) {
        return 0;
    }
    return qemu_msync(m->base + off, len, m->fd) ? -errno : 0;
}

/* Whole pages become a hole, which reads as zeros.  0 or -errno. */
static int punch(const OcpnMemory *m, uint64_t off, uint64_t len)
{
    if (m->fd >= 0) {
#ifdef CONFIG_FALLOCATE_PUNCH_HOLE
        if (fallocate(m->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      m->fd_offset + off, len)) {
            return -errno;
        }
#else
        return -ENOTSUP;
#endif
        if (m->is_shared) {
            return 0;
        }
    }
    return qemu_madvise(m->base + off, len, m->is_shared
                        ? QEMU_MADV_REMOVE : QEMU_MADV_DONTNEED) ? -errno : 0;
}

/*
 * Give the whole pages between two bytes back; their place in FROM and TO.
 * False: there are none, or the host cannot.
 */
static bool give_back(const OcpnMemory *m, uint64_t *from, uint64_t *to)
{
    *from = ROUND_UP(*from, m->page);
    *to = ROUND_DOWN(*to, m->page);
    return *from < *to && punch(m, *from, *to - *from) == 0;
}

static void zero(const OcpnMemory *m, uint64_t off, uint64_t len, bool unmap)
{
    uint64_t end = off + len, from = off, to = end;

    if (!unmap || !give_back(m, &from, &to)) {
        memset(m->base + off, 0, len);
        return;
    }
    memset(m->base + off, 0, from - off);
    memset(m->base + to, 0, end - to);
}

/* A worker thread.  0 or -errno. */
static int work(void *opaque)
{
    const Chore *c = opaque;
    const OcpnIo *io = c->io;

    switch (io->op) {
    case OCPN_IO_FLUSH:
        return ocpn_memory_sync(c->m, 0, c->m->size);
    case OCPN_IO_ZERO:
        zero(c->m, io->offset, io->len, io->unmap);
        break;
    default:
        break;                  /* the copy was done */
    }
    return io->fua || c->m->sync_writes
           ? ocpn_memory_sync(c->m, io->offset, io->len) : 0;
}

static void worked(void *opaque, int ret)
{
    g_autofree Chore *c = opaque;

    c->io->done(c->io, ret == 0 ? OCPN_IO_OK : ret == -ENOSPC ? OCPN_IO_NOSPC
                                                              : OCPN_IO_ERROR);
    qatomic_dec(&c->m->in_flight);
    aio_wait_kick();
}

static void let_work(OcpnMemory *m, OcpnIo *io)
{
    Chore *c = g_new(Chore, 1);

    *c = (Chore) { .m = m, .io = io };
    qatomic_inc(&m->in_flight);
    thread_pool_submit_aio(work, c, worked, c);
}

/* Where a segment is, as a whole; NULL: that takes ocpn_dma_read(). */
static void *at(OcpnRam *ram, const OcpnSeg *s)
{
    uint64_t n = s->len;
    void *p = ocpn_ram_at(ram, s->addr, &n);

    return n == s->len ? p : NULL;
}

/*
 * All segments at once, or none.  The others are looked for first: with the
 * first one nothing has been copied yet.
 */
static bool copy_in(OcpnRam *ram, const OcpnIo *io, uint8_t *to)
{
    for (uint32_t i = 1; i < io->nseg; i++) {
        if (!at(ram, &io->seg[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < io->nseg; to += io->seg[i++].len) {
        const void *p = at(ram, &io->seg[i]);

        if (!p) {
            return false;
        }
        memcpy(to, p, io->seg[i].len);
    }
    return true;
}

/* Through a buffer: all of it must be there before any of it is written. */
static bool copy_in_slowly(OcpnDevice *d, const OcpnIo *io, uint8_t *to)
{
    g_autofree uint8_t *buf = g_try_malloc(io->len);
    uint8_t *p = buf;

    for (uint32_t i = 0; i < io->nseg; p += io->seg[i++].len) {
        if (!buf || io->seg[i].addr == OCPN_SEG_BUCKET ||
            !ocpn_dma_read(d, io->seg[i].addr, p, io->seg[i].len)) {
            return false;
        }
    }
    memcpy(to, buf, io->len);
    return true;
}

static bool copy_out(OcpnDevice *d, OcpnRam *ram, const OcpnIo *io,
                     const uint8_t *from)
{
    for (uint32_t i = 0; i < io->nseg; from += io->seg[i++].len) {
        const OcpnSeg *s = &io->seg[i];
        void *p;

        if (s->addr == OCPN_SEG_BUCKET) {
            continue;
        }
        p = at(ram, s);
        if (p) {
            memcpy(p, from, s->len);
            ocpn_ram_wrote(ram, s->addr, s->len);
        } else if (!ocpn_dma_write(d, s->addr, from, s->len)) {
            return false;
        }
    }
    return true;
}

/* False: a segment is not RAM. */
static bool copy(OcpnLane *lane, const OcpnIo *io, uint8_t *p)
{
    OcpnRam *ram;
    bool ok = true;

    if (io->buf) {
        if (io->op == OCPN_IO_READ) {
            memcpy(io->buf, p, io->len);
        } else {
            memcpy(p, io->buf, io->len);
        }
        return true;
    }
    ram = ocpn_ram_get(lane);
    if (io->op == OCPN_IO_READ) {
        ok = copy_out(lane->d, ram, io, p);
    } else if (!copy_in(ram, io, p)) {
        ok = copy_in_slowly(lane->d, io, p);
    }
    ocpn_ram_put(ram);
    return ok;
}

/* What is left to do of IO may block. */
static bool must_wait(const OcpnMemory *m, const OcpnIo *io)
{
    switch (io->op) {
    case OCPN_IO_READ:
        return false;
    case OCPN_IO_WRITE:
        return m->is_file && (io->fua || m->sync_writes);
    case OCPN_IO_FLUSH:
        return m->is_file;
    case OCPN_IO_ZERO:
        return io->unmap || io->len > ZERO_AT_ONCE ||
               (m->is_file && (io->fua || m->sync_writes));
    default:
        /* Of a chunk that will be written again: its pages stay. */
        return false;
    }
}

void ocpn_memory_start(OcpnLane *lane, OcpnDrive *dr, OcpnIo *io)
{
    OcpnMemory *m = dr->memory;

    trace_ocpn_media(lane->d->id, io->op, io->offset, io->len, io->nseg);
    if (io->op != OCPN_IO_FLUSH &&
        (io->offset > m->size || io->len > m->size - io->offset)) {
        io->done(io, OCPN_IO_ERROR);
        return;
    }
    if ((io->op == OCPN_IO_READ || io->op == OCPN_IO_WRITE) &&
        !copy(lane, io, m->base + io->offset)) {
        io->done(io, OCPN_IO_NODMA);
        return;
    }
    if (must_wait(m, io)) {
        let_work(m, io);
        return;
    }
    if (io->op == OCPN_IO_ZERO) {
        memset(m->base + io->offset, 0, io->len);
    }
    io->done(io, OCPN_IO_OK);
}

void ocpn_memory_soon(const OcpnDrive *dr, uint64_t offset)
{
    const OcpnMemory *m = dr->memory;

    if (m && offset < m->size) {
        __builtin_prefetch(m->base + offset);
    }
}

void ocpn_memory_drain(OcpnDrive *dr)
{
    AIO_WAIT_WHILE_UNLOCKED(NULL, qatomic_read(&dr->memory->in_flight) > 0);
}
