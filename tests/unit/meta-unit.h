/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of metadata that hosts do not give have in common. */
#ifndef TESTS_UNIT_META_UNIT_H
#define TESTS_UNIT_META_UNIT_H

#include "ocssd-host.h"

static inline FakeHost *start(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.early_reset = true;
    s.ns[0].geo.mw_cunits = 0;
    h = fake_host_start(&s);
    CHECK_EQ(fake_create_pair(h, 2, 64).status, 0);
    return h;
}

/* ... in which B may be written in any order. */
static inline FakeHost *random_start(void)
{
    FakeHost *h = start();

    condition(h, IB, (Entry) { .state = 1, .type = 2, .cnlb = 96 });
    CHECK_EQ(fake_create_pair(h, 2, 64).status, 0);
    return h;
}

static inline unsigned zeroes(FakeHost *h)
{
    return h->f.media[1].zeroes;
}

/* A write without a metadata pointer. */
static inline uint16_t bare(FakeHost *h, uint64_t lba, unsigned n)
{
    FakeCmd cmd = write_cmd(h, lba, n);

    cmd.mptr = 0;
    return scalar_status(fake_io(h, &cmd));
}

static inline void bare_chunk(FakeHost *h, uint64_t lba)
{
    for (unsigned i = 0; i < 96; i += 4) {
        CHECK_EQ(bare(h, lba + i, 4), 0);
    }
}

static inline void reset(FakeHost *h, uint64_t lba)
{
    CHECK_CQE(VX(h, lba), 0, 0);
}

/* N blocks from LBA are there; the first FULL of them with metadata. */
static inline void check_blocks(FakeHost *h, uint64_t lba, unsigned n,
                                unsigned full)
{
    CHECK_EQ(r(h, lba, n), 0);
    for (unsigned i = 0; i < n; i++) {
        bool empty = fake_all(fake_guest(h, META) + i * MS, 0, MS);

        CHECK(is_data(h, i, lba + i), "data of 0x%" PRIx64, lba + i);
        CHECK(i < full ? is_block(h, i, lba + i) : empty,
              "metadata of 0x%" PRIx64, lba + i);
    }
}

/* A write that is under way with others; META_AT 0: it has no metadata. */
static inline void submit(FakeHost *h, uint16_t qid, uint64_t lba, unsigned n,
                          uint64_t meta_at)
{
    FakeCmd cmd = scalar(h, 0x01, lba, n);
    uint64_t buf = FAKE_BUF + 0x80000u * (9u + h->cid % 8u);

    for (unsigned i = 0; i < n * (BLOCK / 8); i++) {
        put_bytes_at(fake_guest(h, buf) + i * 8, 8, lba + i / (BLOCK / 8));
    }
    for (unsigned i = 0; meta_at && i < n * 2; i++) {
        put_bytes_at(fake_guest(h, meta_at) + i * 8, 8, lba + i / 2);
    }
    cmd.mptr = meta_at;
    fake_prp(h, &cmd, buf, (uint64_t)n * BLOCK);
    fake_submit(h, qid, &cmd);
    fake_run(&h->f);
}

/* The number of the waiting I/O that writes zeros. */
static inline unsigned zero_io(FakeHost *h)
{
    unsigned i = 0;

    while (i < h->f.nios && h->f.io[i]->op != OCPN_IO_ZERO) {
        i++;
    }
    CHECK(i < h->f.nios, "no I/O writes zeros");
    return i;
}

/* All that wait but zeros, and what that makes wait. */
static inline void finish_others(FakeHost *h)
{
    for (unsigned i = 0; i < h->f.nios; ) {
        if (h->f.io[i]->op == OCPN_IO_ZERO) {
            i++;
        } else {
            fake_io_finish(&h->f, i, OCPN_IO_OK);
            fake_run(&h->f);
            i = 0;
        }
    }
}

static inline void finish_all(FakeHost *h)
{
    h->f.hold = false;
    fake_io_finish_all(&h->f);
}

/* N completions of pair QID are there; the worst status. */
static inline uint16_t reap(FakeHost *h, uint16_t qid, unsigned n)
{
    uint16_t status = 0;

    while (n--) {
        FakeCqe e = fake_reap(h, qid);

        CHECK_EQ(e.found, true);
        status = e.status > status ? e.status : status;
    }
    return status;
}

#endif
