/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/ocp-nvme/core/dptr.h"
#include "port.h"

typedef struct FakeAlloc {
    struct FakeAlloc *next, **link;
    max_align_t mem[];
} FakeAlloc;

/* A fault of the test, or of the core against its contract. */
#define NEED(x) do {                                                    \
    if (!(x)) {                                                         \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);         \
        abort();                                                        \
    }                                                                   \
} while (0)

static bool overlaps(uint64_t addr, uint64_t len, uint64_t at, uint64_t size)
{
    return addr < at ? len > at - addr : addr - at < size;
}

bool fake_is_ram(uint64_t addr, uint64_t len)
{
    return addr < FAKE_RAM_SIZE && len <= FAKE_RAM_SIZE - addr &&
           !overlaps(addr, len, FAKE_HOLE, FAKE_HOLE_SIZE);
}

static bool fake_read(void *o, uint64_t addr, void *buf, size_t len)
{
    FakePort *f = o;

    if (!fake_is_ram(addr, len)) {
        return false;
    }
    memcpy(buf, f->ram + addr, len);
    return true;
}

static bool fake_write(void *o, uint64_t addr, const void *buf, size_t len)
{
    FakePort *f = o;

    if (!fake_is_ram(addr, len)) {
        return false;
    }
    memcpy(f->ram + addr, buf, len);
    return true;
}

/* A read throws the bytes of this segment away. */
static bool is_bucket(const OcpnIo *io, uint32_t i)
{
    return io->op == OCPN_IO_READ && io->seg[i].addr == OCPN_SEG_BUCKET;
}

/* Move the bytes of a read or write. */
static OcpnIoResult transfer(FakePort *f, OcpnIo *io)
{
    uint8_t *at = f->media[io->nsid].bytes + io->offset;
    uint64_t moved = 0;

    if (io->buf) {
        void *from = io->op == OCPN_IO_READ ? at : io->buf;
        void *to = io->op == OCPN_IO_READ ? io->buf : at;

        memcpy(to, from, io->len);
        return OCPN_IO_OK;
    }
    for (uint32_t i = 0; i < io->nseg; i++) {
        if (!is_bucket(io, i) &&
            !fake_is_ram(io->seg[i].addr, io->seg[i].len)) {
            return OCPN_IO_NODMA;
        }
    }
    for (uint32_t i = 0; i < io->nseg; i++) {
        uint64_t len = io->seg[i].len;

        if (!is_bucket(io, i)) {
            uint8_t *ram = f->ram + io->seg[i].addr;

            memcpy(io->op == OCPN_IO_READ ? ram : at + moved,
                   io->op == OCPN_IO_READ ? at + moved : ram, len);
        }
        moved += len;
    }
    NEED(moved == io->len);
    return OCPN_IO_OK;
}

static OcpnIoResult perform(FakePort *f, OcpnIo *io)
{
    FakeMedia *m = &f->media[io->nsid];

    switch (io->op) {
    case OCPN_IO_READ:
        m->reads++;
        return transfer(f, io);
    case OCPN_IO_WRITE:
        m->writes++;
        m->fua += io->fua;
        return transfer(f, io);
    case OCPN_IO_FLUSH:
        m->flushes++;
        break;
    case OCPN_IO_DISCARD:       /* "anything" is something a test can see */
        m->discards++;
        memset(m->bytes + io->offset, 0xdd, io->len);
        break;
    case OCPN_IO_ZERO:
        m->zeroes++;
        memset(m->bytes + io->offset, 0, io->len);
        break;
    }
    return OCPN_IO_OK;
}

static void finish(FakePort *f, OcpnIo *io, OcpnIoResult result)
{
    if (result == OCPN_IO_OK) {
        result = perform(f, io);
    }
    io->done(io, result);
}

static void fake_media(void *o, OcpnIo *io)
{
    FakePort *f = o;
    FakeMedia *m;

    NEED(io->nsid >= 1 && io->nsid <= OCPN_MAX_NS);
    m = &f->media[io->nsid];
    NEED(m->bytes && io->done);
    NEED(io->op == OCPN_IO_FLUSH ||
         (io->len > 0 && io->offset <= m->size &&
          io->len <= m->size - io->offset));
    NEED(io->nseg <= OCPN_IO_NSEGS);
    if (f->hold) {
        NEED(f->nios < FAKE_NIOS);
        f->io[f->nios++] = io;
        return;
    }
    finish(f, io, f->judge ? f->judge(f, io) : OCPN_IO_OK);
}

void fake_io_finish(FakePort *f, unsigned i, OcpnIoResult result)
{
    OcpnIo *io;

    NEED(i < f->nios);
    io = f->io[i];
    f->nios--;
    memmove(&f->io[i], &f->io[i + 1], (f->nios - i) * sizeof(f->io[0]));
    finish(f, io, result);
}

void fake_io_finish_all(FakePort *f)
{
    fake_run(f);
    while (f->nios) {
        fake_io_finish(f, 0, f->judge ? f->judge(f, f->io[0]) : OCPN_IO_OK);
        fake_run(f);
    }
}

static void fake_irq(void *o, uint16_t vector)
{
    FakePort *f = o;

    NEED(vector < sizeof(f->irqs) / sizeof(f->irqs[0]));
    f->irqs[vector]++;
}

static void fake_pin(void *o, bool level)
{
    ((FakePort *)o)->pin = level;
}

static void fake_kick(void *o, uint16_t cqid)
{
    NEED(cqid < FAKE_NQUEUES);
    ((FakePort *)o)->kicked[cqid] = true;
}

static void fake_kick_main(void *o)
{
    ((FakePort *)o)->kicked_main = true;
}

static void fake_cq_start(void *o, uint16_t cqid)
{
    FakePort *f = o;

    NEED(cqid < FAKE_NQUEUES && !f->started[cqid]);
    f->started[cqid] = true;
    f->kicked[cqid] = false;
}

static void fake_cq_stop(void *o, uint16_t cqid)
{
    FakePort *f = o;

    NEED(cqid < FAKE_NQUEUES && f->started[cqid]);
    f->started[cqid] = f->kicked[cqid] = false;
}

static void *fake_alloc(void *o, size_t size)
{
    FakePort *f = o;
    FakeAlloc *a;

    if (f->fail_alloc && --f->fail_alloc == 0) {
        return NULL;
    }
    a = calloc(1, sizeof(*a) + size);
    NEED(a);
    a->next = f->allocs;
    a->link = &f->allocs;
    if (a->next) {
        a->next->link = &a->next;
    }
    f->allocs = a;
    f->nallocs++;
    return a->mem;
}

static void fake_free(void *o, void *p)
{
    FakePort *f = o;
    FakeAlloc *a;

    if (!p) {
        return;
    }
    a = (FakeAlloc *)(void *)((char *)p - offsetof(FakeAlloc, mem));
    *a->link = a->next;
    if (a->next) {
        a->next->link = a->link;
    }
    f->nallocs--;
    free(a);
}

static uint64_t fake_now(void *o)
{
    return ((FakePort *)o)->now;
}

static void fake_wake_at(void *o, uint64_t ns)
{
    FakePort *f = o;

    if (!f->wake || ns < f->wake) {
        f->wake = ns;
    }
}

static void fake_trace(void *o, OcpnTrace event, uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    NEED(event < OCPN_TRACE_NEVENTS);
    ((FakePort *)o)->traces[event]++;
}

static bool disk_read(void *o, uint64_t off, void *buf, size_t len)
{
    FakeMedia *m = o;

    if (off > m->size || len > m->size - off) {
        return false;
    }
    memcpy(buf, m->bytes + off, len);
    return true;
}

static bool disk_write(void *o, uint64_t off, const void *buf, size_t len)
{
    FakeMedia *m = o;

    if (off > m->size || len > m->size - off) {
        return false;
    }
    memcpy(m->bytes + off, buf, len);
    return true;
}

static bool disk_flush(void *o)
{
    (void)o;
    return true;
}

FakeMedia *fake_media_new(FakePort *f, uint32_t nsid, uint64_t size)
{
    FakeMedia *m = &f->media[nsid];

    NEED(nsid >= 1 && nsid <= OCPN_MAX_NS && !m->bytes);
    m->bytes = calloc(1, size);
    NEED(m->bytes);
    m->size = size;
    m->disk = (OcpnDisk) {
        .opaque = m,
        .size = size,
        .read = disk_read,
        .write = disk_write,
        .flush = disk_flush,
    };
    return m;
}

void fake_run(FakePort *f)
{
    bool again = true;

    while (again) {
        again = f->kicked_main;
        if (f->kicked_main) {
            f->kicked_main = false;
            ocpn_main_run(f->c);
        }
        for (uint16_t i = 0; i < FAKE_NQUEUES; i++) {
            if (f->kicked[i] && f->started[i]) {
                f->kicked[i] = false;
                f->kicked[i] |= ocpn_cq_run(f->c, i);
                again = true;
            }
        }
    }
}

void fake_advance(FakePort *f, uint64_t ns)
{
    f->now += ns;
    if (f->wake && f->wake <= f->now) {
        f->wake = 0;
        f->kicked_main = true;
    }
    fake_run(f);
}

void fake_port_init(FakePort *f)
{
    *f = (FakePort) {
        .port = {
            .opaque = f,
            .read = fake_read,
            .write = fake_write,
            .media = fake_media,
            .irq = fake_irq,
            .pin = fake_pin,
            .kick = fake_kick,
            .kick_main = fake_kick_main,
            .cq_start = fake_cq_start,
            .cq_stop = fake_cq_stop,
            .alloc = fake_alloc,
            .free = fake_free,
            .now = fake_now,
            .wake_at = fake_wake_at,
            .trace = fake_trace,
        },
        .ram = calloc(1, FAKE_RAM_SIZE),
    };
    NEED(f->ram);
}

void fake_port_kill(FakePort *f)
{
    while (f->allocs) {
        fake_free(f, f->allocs->mem);
    }
    f->c = NULL;
    f->nios = 0;
    f->kicked_main = f->pin = false;
    f->wake = 0;
    memset(f->kicked, 0, sizeof(f->kicked));
    memset(f->started, 0, sizeof(f->started));
}

void fake_port_destroy(FakePort *f)
{
    fake_port_kill(f);
    for (unsigned i = 0; i <= OCPN_MAX_NS; i++) {
        free(f->media[i].bytes);
    }
    free(f->ram);
}
