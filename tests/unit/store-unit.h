/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of the store: an open-channel namespace whose chunk table has
 * three pages, writes that change one of them, and a look at the I/Os that
 * wait.
 */
#ifndef TESTS_UNIT_STORE_UNIT_H
#define TESTS_UNIT_STORE_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

/* 512 chunks of 16 blocks of 512 bytes; 254 chunks in a page of the table. */
#define STORE_CHUNKS    512u
#define STORE_NS {                                                      \
    .cfg = { .nsid = 1, .dlfeat = 1 },                                  \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .nmaps = 3,              \
    .geo = { .num_grp = 2, .num_pu = 4, .num_chk = 64, .clba = 16,      \
             .ws_min = 4, .ws_opt = 8, .mw_cunits = 0 },                \
}
/* One chunk of each page. */
enum { PAGE0 = 0, PAGE1 = 300, PAGE2 = 510 };

static const FakeSetup store_drive = { .ns = { STORE_NS } };

static inline OcpnNs *store_ns(FakeHost *h)
{
    return ocpn_ns_get(h->c, 1);
}

/* Write blocks [BLK, BLK + 4) of CHUNK; byte values say chunk and block. */
static inline uint16_t store_write(FakeHost *h, uint32_t chunk, uint32_t blk,
                                   bool fua)
{
    uint64_t lba = ocpn_addr_lba(&store_ns(h)->im.geo, chunk, blk);
    uint64_t buf = FAKE_BUF + (h->cid % 64u) * UINT64_C(4096);

    for (unsigned i = 0; i < 4 * 512; i += 4) {
        put_bytes_at(fake_guest(h, buf) + i, 4,
                     chunk << 8 | (blk + i / 512));
    }
    return fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x01, .nsid = 1, .prp1 = buf, .cdw10 = (uint32_t)lba,
        .cdw11 = (uint32_t)(lba >> 32),
        .cdw12 = 3 | (uint32_t)fua << 30,
    });
}

static inline bool store_in(OcpnExtent e, const OcpnIo *io)
{
    return io->op == OCPN_IO_WRITE && io->offset >= e.offset &&
           io->offset - e.offset < e.length;
}

/* Which page of the chunk table IO writes, or -1. */
static inline int store_page(FakeHost *h, const OcpnIo *io)
{
    OcpnExtent e = store_ns(h)->im.chunks;

    return store_in(e, io) ? (int)((io->offset - e.offset) / 8192) : -1;
}

/* The I/Os that wait and write page PAGE (-1: any) of the chunk table. */
static inline unsigned store_npages(FakeHost *h, int page)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h->f.nios; i++) {
        int p = store_page(h, h->f.io[i]);

        n += p >= 0 && (page < 0 || p == page);
    }
    return n;
}

/* Finish the data I/Os that wait; the table's stay. */
static inline void store_finish_data(FakeHost *h)
{
    for (unsigned i = 0; i < h->f.nios; ) {
        if (store_in(store_ns(h)->im.data, h->f.io[i])) {
            fake_io_finish(&h->f, i, OCPN_IO_OK);
        } else {
            i++;
        }
    }
    fake_run(&h->f);
}

/* Finish the I/O that writes page PAGE. */
static inline void store_finish_page(FakeHost *h, int page,
                                     OcpnIoResult result)
{
    unsigned i = 0;

    while (i < h->f.nios && store_page(h, h->f.io[i]) != page) {
        i++;
    }
    CHECK(i < h->f.nios, "page %d is not being written", page);
    if (i < h->f.nios) {
        fake_io_finish(&h->f, i, result);
    }
    fake_run(&h->f);
}

/* Blocks of CHUNK that the controller knows as written. */
static inline uint64_t store_wp(FakeHost *h, uint32_t chunk)
{
    OcssdChunkInfo info;

    ocpn_chunk_describe(store_ns(h), chunk, &info);
    return bytes_at((const uint8_t *)&info + 24, 8);
}

#endif
