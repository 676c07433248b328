/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Pages": wherever a power cut falls, between
 * two writes or in the middle of one, the image opens, and holds all that a
 * host was told is done.
 */
#include <stdlib.h>

#include "store-unit.h"

#define NCHUNKS     12u         /* in use, spread over the pages */
#define NWRITES     4u          /* of each: all its 16 blocks */

static uint32_t chunk_of(uint32_t i)
{
    static const uint32_t base[] = { PAGE0, PAGE1, PAGE2 - 8 };

    return base[i % 3] + i / 3;
}

typedef struct Cut {
    FakeHost *h;                /* writes */
    FakeHost *after;            /* opens what is left */
    uint32_t submitted[NCHUNKS], done[NCHUNKS];     /* blocks */
    uint16_t cid[NCHUNKS];      /* of the write that is under way */
    uint32_t limit;             /* blocks to write of each chunk */
    uint32_t seed;
} Cut;

static uint32_t pick(Cut *t, uint32_t below)
{
    t->seed = t->seed * 1664525 + 1013904223;
    return (t->seed >> 8) % below;
}

/* The next write of a chunk that has none under way. */
static bool submit_one(Cut *t)
{
    uint32_t from = pick(t, NCHUNKS);

    for (uint32_t n = 0; n < NCHUNKS; n++) {
        uint32_t i = (from + n) % NCHUNKS;

        if (t->submitted[i] == t->done[i] &&
            t->submitted[i] < t->limit) {
            t->cid[i] = store_write(t->h, chunk_of(i), t->submitted[i],
                                    pick(t, 3) == 0);
            t->submitted[i] += 4;
            fake_run(&t->h->f);
            return true;
        }
    }
    return false;
}

static void reap(Cut *t)
{
    FakeCqe e = fake_reap(t->h, 1);

    for (; e.found; e = fake_reap(t->h, 1)) {
        CHECK_EQ(e.status, 0);
        for (uint32_t i = 0; i < NCHUNKS; i++) {
            if (t->cid[i] == e.cid) {
                t->done[i] = t->submitted[i];
                t->cid[i] = 0;
            }
        }
    }
}

static void check_data(FakeHost *h, uint32_t chunk, uint64_t blocks)
{
    uint64_t lba = ocpn_addr_lba(&store_ns(h)->im.geo, chunk, 0);
    FakeCmd cmd = {
        .opc = 0x02, .nsid = 1, .cdw10 = (uint32_t)lba,
        .cdw11 = (uint32_t)(lba >> 32), .cdw12 = (uint32_t)blocks - 1,
    };

    fake_prp(h, &cmd, FAKE_BUF, blocks * 512);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    for (uint32_t i = 0; i < blocks; i++) {
        const uint8_t *p = fake_guest(h, FAKE_BUF) + i * 512;

        CHECK(bytes_at(p, 4) == (chunk << 8 | i) &&
              bytes_at(p + 508, 4) == (chunk << 8 | i),
              "chunk %u block %u is not there", chunk, i);
    }
}

/* The power goes now; TORN bytes of IO (NULL: none is torn) are written. */
static void cut(Cut *t, const OcpnIo *io, size_t torn)
{
    FakeMedia *from = &t->h->f.media[1], *to = &t->after->f.media[1];

    memcpy(to->bytes, from->bytes, from->size);
    if (io && io->buf) {
        memcpy(to->bytes + io->offset, io->buf, torn);
    }
    fake_host_restart(t->after, false);
    for (uint32_t i = 0; i < NCHUNKS; i++) {
        uint64_t wp = store_wp(t->after, chunk_of(i));

        CHECK(wp >= t->done[i] && wp <= t->submitted[i] && wp % 4 == 0,
              "chunk %u: %" PRIu64 " blocks, %u done, %u submitted",
              chunk_of(i), wp, t->done[i], t->submitted[i]);
        if (wp) {
            check_data(t->after, chunk_of(i), wp);
        }
    }
}

/* Write all chunks up to the limit, with many cuts. */
static void write_and_cut(Cut *t)
{
    FakePort *f = &t->h->f;
    bool more = true;

    f->hold = true;
    while (more || f->nios) {
        for (uint32_t n = pick(t, 4); n && more; n--) {
            more = submit_one(t) || f->nios;
        }
        if (f->nios) {
            unsigned i = pick(t, f->nios);

            if (pick(t, 4) == 0) {
                cut(t, f->io[i], 1 + pick(t, 4095));
            }
            fake_io_finish(f, i, OCPN_IO_OK);
            fake_run(f);
            reap(t);
            if (pick(t, 2) == 0) {
                cut(t, NULL, 0);
            }
        }
    }
    f->hold = false;
    for (uint32_t i = 0; i < NCHUNKS; i++) {
        CHECK_EQ(t->done[i], t->limit);
    }
    cut(t, NULL, 0);
}

static void run(uint32_t seed)
{
    Cut t = {
        .h = fake_host_start(&store_drive),
        .after = fake_host_start(&store_drive),
        .seed = seed,
    };

    while (t.limit < 4 * NWRITES) {
        t.limit += 4;
        write_and_cut(&t);
        fake_host_restart(t.h, t.limit & 4);    /* what it opens, it keeps */
    }
    fake_host_free(t.h);
    fake_host_free(t.after);
}

static void power_cuts(void)
{
    for (uint32_t seed = 1; seed <= 3; seed++) {
        run(seed);
    }
}

/* Both slots of a page damaged: that is said, and the image is not used. */
static void both_slots(void)
{
    FakeHost *h = fake_host_start(&store_drive);
    OcpnExtent e = store_ns(h)->im.chunks;
    OcpnNsConfig cfg = { .nsid = 2 };
    FakeMedia *m = &h->f.media[1];
    unsigned allocs = h->f.nallocs;
    OcpnError err = { { 0 } };

    m->bytes[e.offset + 8192 + 100] ^= 1;
    m->bytes[e.offset + 8192 + 4096 + 100] ^= 1;
    CHECK_EQ(ocpn_ns_add(h->c, &cfg, &m->disk, &err), false);
    CHECK_HAS(err.text, "chunk table");
    CHECK_EQ(h->f.nallocs, allocs);
    m->bytes[e.offset + 8192 + 100] ^= 1;
    CHECK_EQ(ocpn_ns_add(h->c, &cfg, &m->disk, &err), true);
    ocpn_ns_destroy(h->c, ocpn_ns_get(h->c, 2));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a power cut at any moment", power_cuts },
    { "a page without a good slot", both_slots },
};
OCPN_UNIT_MAIN("store-cut", tests)
