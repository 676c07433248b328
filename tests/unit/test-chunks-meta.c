/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Write" without a metadata pointer: the metadata of its
 * blocks reads as zeros, whatever lay there, and zeros are written once for
 * many blocks.  docs/architecture.rst, "Metadata that hosts do not give".
 */
#include "fault-unit.h"
#include "hw/ocp-nvme/core/chunk-set.h"
#include "meta-unit.h"

/* One I/O of zeros for a chunk, and none in its next life. */
static void test_once_a_chunk(void)
{
    FakeHost *h = start();

    bare_chunk(h, A);
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A, 96, 0);
    for (unsigned i = 0; i < 3; i++) {
        reset(h, A);
        bare_chunk(h, A);
    }
    CHECK_EQ(zeroes(h), 1);
    /* Another chunk needs its own, whatever command it is written with. */
    CHECK_EQ(vector(h, &(Vec) { .opc = 0x91, .n = 8, .no_mptr = true,
                                .lba = LBAS(B, B + 1, B + 2, B + 3, C, C + 1,
                                            C + 2, C + 3) }).status, 0);
    CHECK_EQ(zeroes(h), 3);
    CHECK_EQ(bare(h, B + 4, 92), 0);
    CHECK_EQ(bare(h, C + 4, 92), 0);
    CHECK_EQ(zeroes(h), 3);
    check_blocks(h, B, 96, 0);
    fake_host_free(h);
}

/* Hosts that give metadata always pay nothing for those that do not. */
static void test_none_for_metadata(void)
{
    FakeHost *h = start();
    unsigned writes;

    fill(h, A);
    reset(h, A);
    writes = h->f.media[1].writes;
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(h->f.media[1].writes - writes, 3);     /* and a page */
    CHECK_EQ(zeroes(h), 0);
    fake_host_free(h);
}

/* Metadata of an earlier life, or of blocks before it. */
static void test_soiled(void)
{
    FakeHost *h = start();

    fill(h, A);
    reset(h, A);
    CHECK_EQ(w(h, A, 8), 0);
    CHECK_EQ(bare(h, A + 8, 4), 0);
    CHECK_EQ(zeroes(h), 1);
    CHECK_EQ(bare(h, A + 12, 4), 0);
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A, 16, 8);
    CHECK_EQ(w(h, A + 16, 4), 0);       /* by turns */
    CHECK_EQ(bare(h, A + 20, 76), 0);
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A + 16, 80, 4);
    check_blocks(h, A, 16, 8);
    /* Its next life begins with metadata that is not zero. */
    reset(h, A);
    bare_chunk(h, A);
    CHECK_EQ(zeroes(h), 2);
    check_blocks(h, A, 96, 0);
    reset(h, A);
    bare_chunk(h, A);
    CHECK_EQ(zeroes(h), 2);
    fake_host_free(h);
}

/* A copy has metadata, too. */
static void test_copies(void)
{
    FakeHost *h = start();
    FakeCmd cmd = { .opc = 0x93, .nsid = 1, .cdw10 = LIST, .cdw12 = 3,
                    .cdw14 = DLIST };

    CHECK_EQ(w(h, A, 4), 0);
    bare_chunk(h, B);
    reset(h, B);
    for (unsigned i = 0; i < 4; i++) {
        put_bytes_at(fake_guest(h, LIST) + i * 8, 8, A + i);
        put_bytes_at(fake_guest(h, DLIST) + i * 8, 8, B + i);
    }
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(bare(h, B + 4, 92), 0);
    CHECK_EQ(zeroes(h), 1);
    CHECK_EQ(r(h, B, 4), 0);
    CHECK_EQ(is_block(h, 0, A) && is_block(h, 3, A + 3), true);
    reset(h, B);
    bare_chunk(h, B);
    CHECK_EQ(zeroes(h), 2);
    check_blocks(h, B, 96, 0);
    fake_host_free(h);
}

/* After a start nothing is known; what is written stays. */
static void test_after_a_start(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        FakeHost *h = start();

        fill(h, A);
        reset(h, A);
        CHECK_EQ(w(h, A, 4), 0);
        CHECK_EQ(bare(h, A + 4, 4), 0);
        fake_host_restart(h, clean);
        h->f.media[1].zeroes = 0;
        CHECK_EQ(w(h, A + 8, 4), 0);
        CHECK_EQ(zeroes(h), 0);
        CHECK_EQ(bare(h, A + 12, 4), 0);
        CHECK_EQ(bare(h, A + 16, 80), 0);
        CHECK_EQ(zeroes(h), 1);
        check_blocks(h, A, 8, 4);
        check_blocks(h, A + 8, 88, 4);
        /* The first blocks' was never made zeros: once more. */
        reset(h, A);
        bare_chunk(h, A);
        CHECK_EQ(zeroes(h), 2);
        check_blocks(h, A, 96, 0);
        fake_host_free(h);
    }
}

/* The same where the first write after a start is without metadata. */
static void test_open_at_a_start(void)
{
    FakeHost *h = start();

    fill(h, A);
    reset(h, A);
    CHECK_EQ(w(h, A, 4), 0);
    fake_host_restart(h, false);
    CHECK_EQ(bare(h, A + 4, 4), 0);
    check_blocks(h, A, 8, 4);
    reset(h, A);
    CHECK_EQ(bare(h, A, 8), 0);
    check_blocks(h, A, 8, 0);
    fake_host_free(h);
}

/* A chunk that is set to something: what it held is anybody's. */
static void test_set_chunks(void)
{
    FakeHost *h = start();
    OcpnChunkSet s;
    OcpnError err;
    uint32_t n;

    fill(h, A);
    CHECK_EQ(ocpn_chunk_set_parse("grp=0 pu=0 chk=0 state=free wp=0", &s,
                                  &err), 1);
    CHECK_EQ(ocpn_chunks_set(ocpn_ns_get(h->c, 1), &s, &n, &err), true);
    bare_chunk(h, A);
    check_blocks(h, A, 96, 0);
    CHECK_EQ(ocpn_chunks_set(ocpn_ns_get(h->c, 1), &s, &n, &err), true);
    bare_chunk(h, A);
    CHECK_EQ(zeroes(h), 2);
    fake_host_free(h);
}

/* A write whose data a fault stops brings no zeros; the next one does. */
static void test_faults(void)
{
    FakeHost *h = start();

    fill(h, A);
    reset(h, A);
    fault(h, "write-next-unit times=1");
    CHECK_EQ(bare(h, A, 4), 0x2f0);
    CHECK_EQ(zeroes(h), 0);
    CHECK_EQ(bare(h, A + 4, 4), 0);
    CHECK_EQ(bare(h, A + 8, 4), 0);
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A + 4, 8, 0);
    reset(h, A);
    bare_chunk(h, A);
    check_blocks(h, A, 96, 0);
    fake_host_free(h);
}

/* Host memory in crumbs: by way of a scratch buffer. */
static void test_crumbs(void)
{
    FakeHost *h = start();
    uint8_t *list = fake_guest(h, FAKE_LISTS);

    fill(h, A);
    reset(h, A);
    for (unsigned blk = 0; blk < 16; blk += 4) {
        FakeCmd cmd = write_cmd(h, A + blk, 4);

        for (unsigned i = 0; i < 256; i++) {
            memset(list + i * 16, 0, 16);
            put_bytes_at(list + i * 16, 8, FAKE_BUF + i * 64);
            put_bytes_at(list + i * 16 + 8, 4, 64);
        }
        /* Neighbours become one segment: swap two halves of a block. */
        for (unsigned i = 0; i < 256; i += 2) {
            uint8_t *at = fake_guest(h, FAKE_BUF) + i * 64;

            put_bytes_at(list + i * 16, 8, FAKE_BUF + i * 64 + 64);
            put_bytes_at(list + i * 16 + 16, 8, FAKE_BUF + i * 64);
            CHECK_EQ(bytes_at(at, 8), bytes_at(at + 64, 8));
        }
        cmd.flags = 0x40;
        cmd.mptr = 0;
        cmd.prp1 = FAKE_LISTS;
        cmd.prp2 = 256 * 16 | UINT64_C(0x30) << 56;
        CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
    }
    CHECK_EQ(zeroes(h), 1);
    check_blocks(h, A, 16, 0);
    fake_host_free(h);
}

/* Zeros come with the first piece of a write. */
static void test_pieces(void)
{
    FakeHost *h = start();
    uint8_t *list = fake_guest(h, FAKE_LISTS);
    FakeCmd cmd = write_cmd(h, A, 96);

    for (unsigned i = 0; i < 94; i += 2) {      /* no two in a row */
        uint64_t first = bytes_at(list + i * 8, 8);

        put_bytes_at(list + i * 8, 8, first + 4096);
        put_bytes_at(list + i * 8 + 8, 8, first);
    }
    cmd.prp2 = FAKE_LISTS;
    cmd.mptr = 0;
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 4);
    finish_all(h);
    CHECK_EQ(reap(h, 1, 1), 0);
    CHECK_EQ(zeroes(h), 1);
    fake_host_free(h);
}

/* A chunk of two windows: each gets its zeros when it is reached. */
static void test_windows(void)
{
    FakeSetup s = { .ns = { {
        .cfg = { .nsid = 1, .dlfeat = 1, .early_reset = true },
        .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .ms = 64,
        .geo = { .num_grp = 1, .num_pu = 1, .num_chk = 1, .clba = 132096,
                 .ws_min = 1, .ws_opt = 1 },
    } } };
    FakeHost *h = fake_host_start(&s);
    FakeMedia *m = &h->f.media[1];

    for (unsigned life = 0; life < 2; life++) {
        for (unsigned blk = 0; blk < 132096; blk += 1024) {
            FakeCmd cmd = scalar(h, 0x01, blk, 1024);

            cmd.mptr = 0;
            CHECK_EQ(fake_io(h, &cmd).status, 0);
            /* 131072 blocks have 8 MiB of metadata. */
            CHECK_EQ(m->zeroes, !life && blk < 131072 ? 1 : 2);
        }
        reset(h, 0);
    }
    fake_host_free(h);
}

/* Where there is no order, all of a chunk is made zeros before it is used. */
static void test_random(void)
{
    FakeHost *h = random_start();

    for (unsigned i = 0; i < 24; i++) {
        CHECK_EQ(bare(h, B + i * 37 % 96, 1), 0);
    }
    CHECK_EQ(zeroes(h), 1);
    reset(h, B);
    CHECK_EQ(bare(h, B + 50, 1), 0);
    CHECK_EQ(zeroes(h), 1);
    /* Metadata soils it: from then on each write brings its own zeros. */
    CHECK_EQ(w(h, B + 50, 2), 0);
    CHECK_EQ(bare(h, B + 51, 1), 0);
    CHECK_EQ(bare(h, B + 52, 1), 0);
    CHECK_EQ(zeroes(h), 3);
    check_blocks(h, B + 50, 3, 1);
    reset(h, B);
    CHECK_EQ(bare(h, B + 50, 1), 0);
    CHECK_EQ(bare(h, B + 9, 1), 0);
    CHECK_EQ(zeroes(h), 4);
    check_blocks(h, B + 50, 1, 0);
    /* Nor is it known after a start what it holds. */
    fake_host_restart(h, true);
    h->f.media[1].zeroes = 0;
    CHECK_EQ(bare(h, B + 10, 1), 0);
    CHECK_EQ(bare(h, B + 11, 1), 0);
    CHECK_EQ(zeroes(h), 2);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "zeros once a chunk",                  test_once_a_chunk },
    { "none for hosts with metadata",        test_none_for_metadata },
    { "metadata of an earlier life",         test_soiled },
    { "copies",                              test_copies },
    { "after a start",                       test_after_a_start },
    { "a chunk that is open at a start",     test_open_at_a_start },
    { "a chunk that is set",                 test_set_chunks },
    { "faults",                              test_faults },
    { "host memory in crumbs",               test_crumbs },
    { "writes in pieces",                    test_pieces },
    { "chunks of several windows",           test_windows },
    { "random-write chunks",                 test_random },
};
OCPN_UNIT_MAIN("chunks, metadata that hosts do not give", tests)
