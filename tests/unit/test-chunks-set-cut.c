/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Block maps", **Order**: chunks of a running
 * drive are set by description, and wherever it dies, a chunk that is as it
 * was has its lost blocks, and data where it had data.
 */
#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/ns.h"
#include "ocssd-host.h"

#define LOST    8u              /* blocks 8 to 15 of chunk A */

static bool set(FakeHost *h, const char *line, OcpnError *err)
{
    OcpnChunkSet s;
    uint32_t n;

    CHECK_EQ(ocpn_chunk_set_parse(line, &s, err), 1);
    return ocpn_chunks_set(ocpn_ns_get(h->c, 1), &s, &n, err);
}

static void must_set(FakeHost *h, const char *line)
{
    OcpnError err = { "" };

    CHECK(set(h, line, &err), "%s: %s", line, err.text);
}

/* Fill a chunk that loses blocks where an earlier life had data. */
static void lose(FakeHost *h, uint64_t lba)
{
    char text[64];
    OcpnFaultRule rule;
    OcpnError err;

    fill(h, lba);
    CHECK_CQE(VX(h, lba), 0, 0);
    snprintf(text, sizeof(text), "write-next-unit lba=%u",
             (unsigned)lba + LOST);
    CHECK_EQ(ocpn_fault_parse(text, &rule, &err), true);
    CU_ASSERT_NOT_EQUAL(ocpn_fault_add(h->c, &rule, &err), 0);
    open_chunk(h, lba, LOST);
    CHECK_EQ(w(h, lba + LOST, 8), 0x2f0);
    CHECK_EQ(w(h, lba + 16, 80), 0);
}

static FakeHost *with_lost(void)
{
    FakeHost *h = t1_start();

    lose(h, A);
    lose(h, B);
    return h;
}

/* A chunk as it was before anybody set it. */
static void expect_lost(FakeHost *h, uint64_t lba, const char *line,
                        unsigned cut)
{
    CHECK_EQ(r(h, lba, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        bool lost = i - LOST < 8;

        CHECK(lost ? is_zero(h, i) : is_block(h, i, lba + i),
              "'%s', dead after %u writes: block 0x%x", line, cut,
              (unsigned)lba + i);
    }
}

/*
 * Set A, and B before that is over; die after CUT writes of pages, the newest
 * or the oldest first.  How many of the two are as they were.
 */
static unsigned die(const char *line, unsigned cut, bool newest)
{
    FakeHost *h = with_lost();
    unsigned old = 0;

    h->f.hold = true;
    must_set(h, line);
    fake_run(&h->f);
    must_set(h, "lba=0x80 state=free");
    fake_run(&h->f);
    for (unsigned i = 0; i < cut && h->f.nios; i++) {
        fake_io_finish(&h->f, newest ? h->f.nios - 1 : 0, OCPN_IO_OK);
        fake_run(&h->f);
    }
    h->f.hold = false;
    fake_host_restart(h, false);
    if (st(h, IA) == ST(CLOSED, 96)) {
        expect_lost(h, A, line, cut);
        old++;
    }
    if (st(h, IB) == ST(CLOSED, 96)) {
        expect_lost(h, B, line, cut);
        old++;
    }
    fake_host_free(h);
    return old;
}

static void test_cuts(void)
{
    static const char *const line[] = {
        "lba=0 state=free", "lba=0 state=open wp=16", "lba=0 state=closed wp=4",
        "lba=0 state=free resets=7", "lba=0 state=offline",
        "lba=0 state=closed wp=40 resets=0",
    };

    for (unsigned i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
        unsigned old = 0;

        for (unsigned cut = 0; cut < 8; cut++) {
            old += die(line[i], cut, false);
            old += die(line[i], cut, true);
        }
        CHECK(old > 4 && old < 32, "'%s': %u times as they were", line[i], old);
    }
}

/* The number of resets is in the chunk's entry and in its map's pages. */
static void test_resets(void)
{
    FakeHost *h = with_lost();
    OcpnError err = { "" };

    CHECK(!set(h, "lba=0 resets=7", &err), "no order of the writes is safe");
    CHECK_HAS(err.text, "chunk 0 has a block map");
    CHECK(!set(h, "grp=0 resets=7", &err), "none of the others");
    CHECK_EQ(image_entry(h, IX).resets, 0);
    must_set(h, "lba=0 resets=1");      /* as it is */
    must_set(h, "lba=0 wi=9");
    must_set(h, "lba=0x100 resets=7");
    fake_run(&h->f);
    CHECK_EQ(image_entry(h, IX).resets, 7);
    fake_host_restart(h, false);
    CHECK_EQ(descriptor(h, IA)[2], 9);
    expect_lost(h, A, "resets", 0);
    /* What was lost is forgotten with the blocks. */
    must_set(h, "lba=0 state=free resets=7");
    fake_run(&h->f);
    must_set(h, "lba=0 resets=5");
    fake_run(&h->f);
    fill(h, A);
    CHECK_EQ(r(h, A, 96), 0);
    CHECK_EQ(is_block(h, LOST, A + LOST), true);
    CHECK_EQ(image_entry(h, IA).resets, 5);
    fake_host_free(h);
}

/* Until its map has gone, who writes to the chunk waits; who sets it, not. */
static void test_waits(void)
{
    FakeHost *h = with_lost();
    unsigned nios;

    h->f.hold = true;
    must_set(h, "lba=0 state=closed wp=8");
    must_set(h, "lba=0 state=free");
    nios = h->f.nios;
    submit_write(h, 1, A, 16);
    CHECK(h->f.nios == nios, "the write has begun before the map has gone");
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(w(h, A + 16, 80), 0);
    CHECK_EQ(r(h, A, 96), 0);
    for (unsigned i = 0; i < 16; i++) {
        CHECK_EQ(is_data(h, i, A + i), true);
    }
    fake_host_free(h);
}

/* The image cannot be written: the drive goes on all the same. */
static OcpnIoResult no_pages(FakePort *f, const OcpnIo *io)
{
    const OcpnNs *ns = f->judge_opaque;

    return ns && io->op == OCPN_IO_WRITE && io->offset < ns->im.meta.offset
           ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void test_not_stored(void)
{
    FakeHost *h = with_lost();

    h->f.judge = no_pages;
    h->f.judge_opaque = ocpn_ns_get(h->c, 1);
    must_set(h, "lba=0 state=free");
    fake_run(&h->f);
    CHECK_EQ(image_entry(h, IA).state, CLOSED);
    h->f.judge_opaque = NULL;
    CHECK_EQ(w(h, A, 96), 0);
    CHECK_EQ(r(h, A, 96), 0);
    CHECK_EQ(is_block(h, LOST, A + LOST), true);
    fake_host_restart(h, false);
    CHECK_EQ(r(h, A, 96), 0);
    CHECK_EQ(is_block(h, LOST, A + LOST), true);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "death at any write",             test_cuts },
    { "resets of a chunk with a map",   test_resets },
    { "commands wait for the map",      test_waits },
    { "an image that cannot be written", test_not_stored },
};
OCPN_UNIT_MAIN("chunks-set-cut", tests)
