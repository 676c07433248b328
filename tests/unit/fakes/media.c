/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Media in memory: I/Os at once or when the test says so, and as disks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/ocp-nvme/core/dptr.h"
#include "plug.h"
#include "port-int.h"

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

/* With a power plug.  False: the power is gone, nobody hears of the end. */
static bool perform_plugged(FakePort *f, OcpnIo *io, OcpnIoResult *result)
{
    bool writes = io->op != OCPN_IO_READ && io->op != OCPN_IO_FLUSH;

    if (f->plug->off ||
        (writes &&
         !fake_plug_before(f->plug, io->nsid, io->offset, io->len))) {
        return false;
    }
    *result = perform(f, io);
    if (io->op == OCPN_IO_FLUSH) {
        return fake_plug_flush(f->plug, io->nsid);
    }
    return !writes || fake_plug_after(f->plug, io->fua);
}

static void finish(FakePort *f, OcpnIo *io, OcpnIoResult result)
{
    if (f->plug && result == OCPN_IO_OK) {
        if (!perform_plugged(f, io, &result)) {
            return;
        }
    } else if (result == OCPN_IO_OK) {
        result = perform(f, io);
    }
    io->done(io, result);
}

void fake_media_start(void *o, OcpnIo *io)
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

    if (off > m->size || len > m->size - off ||
        (m->f->plug && !fake_plug_before(m->f->plug, m->nsid, off, len))) {
        return false;
    }
    memcpy(m->bytes + off, buf, len);
    return !m->f->plug || fake_plug_after(m->f->plug, false);
}

static bool disk_flush(void *o)
{
    FakeMedia *m = o;

    return !m->f->plug || fake_plug_flush(m->f->plug, m->nsid);
}

FakeMedia *fake_media_new(FakePort *f, uint32_t nsid, uint64_t size)
{
    FakeMedia *m = &f->media[nsid];

    NEED(nsid >= 1 && nsid <= OCPN_MAX_NS && !m->bytes);
    m->bytes = calloc(1, size);
    NEED(m->bytes);
    m->size = size;
    m->f = f;
    m->nsid = nsid;
    m->disk = (OcpnDisk) {
        .opaque = m,
        .size = size,
        .read = disk_read,
        .write = disk_write,
        .flush = disk_flush,
    };
    return m;
}
