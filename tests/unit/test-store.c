/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/store.h: rounds of a group commit, who waits for which, what
 * happens to pages that fail; docs/image-format.rst: a page goes to the slot
 * that is not current, with the next sequence number.
 */
#include "store-unit.h"

static FakeHost *start_held(void)
{
    FakeHost *h = fake_host_start(&store_drive);

    h->f.hold = true;
    return h;
}

static void finish(FakeHost *h)
{
    fake_io_finish_all(&h->f);
    h->f.hold = false;
    fake_host_free(h);
}

/* The command completes after its page, and not before. */
static void page_before_completion(void)
{
    FakeHost *h = start_held();
    uint16_t cid = store_write(h, PAGE0, 0, false);
    FakeCqe e;

    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(store_npages(h, -1), 0);
    store_finish_data(h);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(store_npages(h, 0), 1);
    CHECK_EQ(fake_reap(h, 1).found, false);
    store_finish_page(h, 0, OCPN_IO_OK);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found && e.cid == cid && !e.status, true);
    CHECK_EQ(h->f.nios, 0);
    CHECK_EQ(ocpn_store_idle(&store_ns(h)->store), true);
    finish(h);
}

/* Who comes while a round goes on shares the next one. */
static void joiners(void)
{
    FakeHost *h = start_held();
    unsigned n = 0;

    store_write(h, PAGE0, 0, false);
    fake_run(&h->f);
    store_finish_data(h);
    CHECK_EQ(store_npages(h, -1), 1);
    for (uint32_t i = 1; i <= 20; i++) {
        store_write(h, PAGE0 + i, 0, false);
        store_write(h, PAGE1 + i, 0, false);
    }
    fake_run(&h->f);
    store_finish_data(h);
    CHECK_EQ(store_npages(h, -1), 1);       /* one round at a time */
    CHECK_EQ(fake_reap(h, 1).found, false);
    store_finish_page(h, 0, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).found, true);  /* the first, and only it */
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(store_npages(h, 0), 1);        /* each page once for all 40 */
    CHECK_EQ(store_npages(h, 1), 1);
    store_finish_page(h, 1, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).found, false);
    store_finish_page(h, 0, OCPN_IO_OK);
    while (fake_reap(h, 1).found) {
        n++;
    }
    CHECK_EQ(n, 40);
    CHECK_EQ(h->f.nios, 0);
    finish(h);
}

/* A page that changes while it is being written is written again. */
static void changed_in_flight(void)
{
    FakeHost *h = start_held();

    store_write(h, PAGE0, 0, false);
    fake_run(&h->f);
    store_finish_data(h);
    store_write(h, PAGE0, 4, false);
    fake_run(&h->f);
    store_finish_data(h);
    CHECK_EQ(store_npages(h, 0), 1);
    store_finish_page(h, 0, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(store_npages(h, 0), 1);
    store_finish_page(h, 0, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).found, true);
    finish(h);
}

/* FUA: pages, then one flush, then the completion. */
static void fua(void)
{
    FakeHost *h = start_held();

    store_write(h, PAGE0, 0, true);
    fake_run(&h->f);
    CHECK_EQ(h->f.io[0]->fua, true);
    store_finish_data(h);
    CHECK_EQ(h->f.nios, 1);
    store_write(h, PAGE1, 0, false);        /* in the next round */
    fake_run(&h->f);
    store_finish_data(h);
    store_finish_page(h, 0, OCPN_IO_OK);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(h->f.io[0]->op, OCPN_IO_FLUSH);
    CHECK_EQ(h->f.io[0]->nsid, 1);
    CHECK_EQ(fake_reap(h, 1).found, false);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(store_npages(h, 1), 1);        /* and that one needs no flush */
    store_finish_page(h, 1, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(h->f.nios, 0);
    finish(h);
}

static void flush_fails(void)
{
    FakeHost *h = start_held();
    FakeCqe e;

    store_write(h, PAGE0, 0, true);
    fake_run(&h->f);
    store_finish_data(h);
    store_finish_page(h, 0, OCPN_IO_OK);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    fake_run(&h->f);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found && e.status, true);
    store_write(h, PAGE0, 4, true);
    fake_io_finish_all(&h->f);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found && !e.status, true);
    finish(h);
}

/* What page PAGE's I/O, which waits, says: slot and sequence number. */
static uint64_t sequence(FakeHost *h, int page, unsigned *slot)
{
    OcpnExtent e = store_ns(h)->im.chunks;

    for (unsigned i = 0; i < h->f.nios; i++) {
        const OcpnIo *io = h->f.io[i];
        const uint8_t *p = io->buf;

        if (store_page(h, io) == page) {
            CHECK_EQ(io->len, 4096);
            CHECK_EQ(bytes_at(p, 4), 0x4750434f);       /* "OCPG" */
            CHECK_EQ(bytes_at(p + 4, 4), 2);            /* chunk table */
            CHECK_EQ(bytes_at(p + 8, 4), page);
            *slot = (unsigned)((io->offset - e.offset) / 4096 & 1);
            return bytes_at(p + 16, 8);
        }
    }
    CHECK(false, "page %d is not being written", page);
    return 0;
}

static void slots(void)
{
    FakeHost *h = start_held();
    unsigned before = 2, slot;
    uint64_t first = 0;

    for (uint32_t i = 0; i < 8; i++) {
        uint64_t seq;

        store_write(h, PAGE1 + i, 0, false);
        fake_run(&h->f);
        store_finish_data(h);
        seq = sequence(h, 1, &slot);
        first = first ? first : seq;
        CHECK_EQ(seq, first + i);
        CHECK(slot != before, "slot %u again", slot);
        before = slot;
        store_finish_page(h, 1, OCPN_IO_OK);
        CHECK_EQ(fake_reap(h, 1).status, 0);
        if (i == 3) {                       /* it is known after a restart */
            h->f.hold = false;
            fake_host_restart(h, false);
            h->f.hold = true;
        }
    }
    finish(h);
}

/* A page that failed: its slot again, with the next round, whosever it is. */
static void failed_page(void)
{
    FakeHost *h = start_held();
    unsigned slot, again;
    uint64_t seq;
    FakeCqe e;

    store_write(h, PAGE0, 0, false);
    fake_run(&h->f);
    store_finish_data(h);
    seq = sequence(h, 0, &slot);
    store_finish_page(h, 0, OCPN_IO_ERROR);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found && e.status, true);
    CHECK_EQ(h->f.nios, 0);                 /* nobody waits: no round */
    store_write(h, PAGE2, 0, false);
    fake_run(&h->f);
    store_finish_data(h);
    CHECK_EQ(store_npages(h, 2), 1);
    CHECK_EQ(sequence(h, 0, &again), seq);
    CHECK_EQ(again, slot);
    store_finish_page(h, 2, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).found, false);
    store_finish_page(h, 0, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(h->f.nios, 0);
    h->f.hold = false;
    fake_host_restart(h, false);
    CHECK_EQ(store_wp(h, PAGE0), 4);        /* its blocks were written */
    CHECK_EQ(store_wp(h, PAGE2), 4);
    finish(h);
}

/* One page of a round fails: all that waited for the round are told. */
static void one_of_two_fails(void)
{
    FakeHost *h = start_held();

    store_write(h, PAGE0, 0, false);
    fake_run(&h->f);
    store_finish_data(h);
    store_write(h, PAGE1, 0, false);
    store_write(h, PAGE2, 0, false);
    fake_run(&h->f);
    store_finish_data(h);
    store_finish_page(h, 0, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    store_finish_page(h, 2, OCPN_IO_ERROR);
    CHECK_EQ(fake_reap(h, 1).found, false);
    store_finish_page(h, 1, OCPN_IO_OK);
    CHECK_EQ(fake_reap(h, 1).status != 0, true);
    CHECK_EQ(fake_reap(h, 1).status != 0, true);
    ocpn_store_sync(&store_ns(h)->store);
    CHECK_EQ(store_npages(h, 2), 1);
    CHECK_EQ(store_npages(h, -1), 1);
    finish(h);
}

/* More pages than buffers, finished in any order: each page once. */
static void many_pages(void)
{
    for (unsigned seed = 1; seed < 30; seed++) {
        FakeHost *h = start_held();
        OcpnStore *s = &store_ns(h)->store;
        unsigned writes = h->f.media[1].writes, most = 0, x = seed;

        for (uint32_t i = 0; i < IMG_STATE_NPAGES; i++) {
            ocpn_store_dirty(s, IMG_REGION_STATE, i);
            ocpn_store_dirty(s, IMG_REGION_STATE, i);
        }
        CHECK_EQ(h->f.nios, 0);
        ocpn_store_sync(s);
        while (h->f.nios) {
            most = h->f.nios > most ? h->f.nios : most;
            CHECK_EQ(ocpn_store_idle(s), false);
            x = x * 1103515245u + 12345u;
            fake_io_finish(&h->f, (x >> 16) % h->f.nios, OCPN_IO_OK);
        }
        CHECK_EQ(h->f.media[1].writes, writes + IMG_STATE_NPAGES);
        CHECK_EQ(most, OCPN_STORE_NBUFS);
        CHECK_EQ(ocpn_store_idle(s), true);
        ocpn_store_sync(s);                 /* nothing is dirty */
        CHECK_EQ(h->f.nios, 0);
        CHECK_EQ(ocpn_store_idle(s), true);
        finish(h);
    }
}

static const char *deepest, *highest;

static OcpnIoResult note_stack(FakePort *f, const OcpnIo *io)
{
    const char *here = (const char *)__builtin_frame_address(0);

    (void)f;
    (void)io;
    deepest = !deepest || here < deepest ? here : deepest;
    highest = !highest || here > highest ? here : highest;
    return OCPN_IO_OK;
}

/* I/Os that end while they are started: the stack does not grow with them. */
static void at_once(void)
{
    FakeHost *h = fake_host_start(&store_drive);
    OcpnStore *s = &store_ns(h)->store;
    unsigned writes = h->f.media[1].writes;

    for (uint32_t i = 0; i < IMG_STATE_NPAGES; i++) {
        ocpn_store_dirty(s, IMG_REGION_STATE, i);
    }
    h->f.judge = note_stack;
    ocpn_store_sync(s);
    h->f.judge = NULL;
    CHECK_EQ(h->f.media[1].writes, writes + IMG_STATE_NPAGES);
    CHECK_EQ(ocpn_store_idle(s), true);
    CHECK_EQ(highest - deepest, 0);
    finish(h);
}

/* Dirty again before its turn in the round: once; after it: again. */
static void dirty_during_round(void)
{
    FakeHost *h = start_held();
    OcpnStore *s = &store_ns(h)->store;
    unsigned writes = h->f.media[1].writes;

    for (uint32_t i = 0; i < 20; i++) {
        ocpn_store_dirty(s, IMG_REGION_STATE, i);
    }
    ocpn_store_sync(s);
    CHECK_EQ(h->f.nios, OCPN_STORE_NBUFS);
    for (uint32_t i = 0; i < 20; i++) {
        ocpn_store_dirty(s, IMG_REGION_STATE, i);
    }
    fake_io_finish_all(&h->f);
    CHECK_EQ(h->f.media[1].writes, writes + 20);
    ocpn_store_sync(s);
    fake_io_finish_all(&h->f);
    CHECK_EQ(h->f.media[1].writes, writes + 20 + OCPN_STORE_NBUFS);
    finish(h);
}

/* Main hears of the round of its last mark, of none before, and once. */
static void marks(void)
{
    FakeHost *h = start_held();
    OcpnStore *s = &store_ns(h)->store;

    ocpn_store_dirty(s, IMG_REGION_CHUNKS, 0);
    ocpn_store_sync(s);
    for (uint32_t page = 1; page < 3; page++) {
        ocpn_store_dirty(s, IMG_REGION_CHUNKS, page);
        ocpn_store_mark(s);
        CHECK_EQ(store_npages(h, -1), 1);
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
        CHECK_EQ(store_npages(h, (int)page), 1);
        CHECK_EQ(ocpn_store_marked(s), false);
    }
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    CHECK_EQ(h->f.nios, 0);
    CHECK_EQ(ocpn_store_idle(s), false);
    /* A round without a mark does not take it back. */
    ocpn_store_sync(s);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK_EQ(ocpn_store_marked(s), true);
    CHECK_EQ(ocpn_store_marked(s), false);
    CHECK_EQ(ocpn_store_idle(s), true);
    finish(h);
}

static const OcpnTest tests[] = {
    { "a command completes after its page", page_before_completion },
    { "who comes during a round shares the next", joiners },
    { "a page that changes in flight", changed_in_flight },
    { "FUA flushes after the pages", fua },
    { "a flush that fails", flush_fails },
    { "slots alternate, sequence numbers rise", slots },
    { "a page that fails is written again", failed_page },
    { "one failed page fails its round", one_of_two_fails },
    { "more pages than buffers", many_pages },
    { "I/Os that end at once", at_once },
    { "dirty again during a round", dirty_during_round },
    { "a round that main waits for", marks },
};
OCPN_UNIT_MAIN("store", tests)
