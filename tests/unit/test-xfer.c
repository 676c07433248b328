/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/xfer.h: the blocks of a command become I/Os, whatever the host
 * memory looks like, and the command ends once, when all of them have.
 */
#include "nvm-unit.h"

#define CRUMBS  (FAKE_BUF + UINT64_C(0x500000))

/*
 * An SGL for LEN bytes in pieces of SIZE bytes, GAP bytes apart.  TO: copy
 * the bytes at FAKE_BUF there.
 */
static void crumbs(Nvm *n, FakeCmd *cmd, uint32_t len, uint32_t size,
                   uint32_t gap, bool to)
{
    uint8_t *list = fake_guest(n->h, FAKE_LISTS);
    uint64_t at = CRUMBS;
    uint32_t count = 0;

    for (uint32_t done = 0; done < len; count++, at += size + gap) {
        uint32_t k = len - done < size ? len - done : size;

        memset(list + count * 16, 0, 16);
        put_bytes_at(list + count * 16, 8, at);
        put_bytes_at(list + count * 16 + 8, 4, k);
        if (to) {
            memcpy(fake_guest(n->h, at),
                   fake_guest(n->h, FAKE_BUF) + done, k);
        }
        done += k;
    }
    cmd->flags = 0x40;
    cmd->prp1 = FAKE_LISTS;
    cmd->prp2 = UINT64_C(0x30) << 56 | count * 16;
}

/* The other way round: what a read put into the pieces. */
static void collect(Nvm *n, uint32_t len, uint32_t size, uint32_t gap)
{
    for (uint32_t i = 0; i * size < len; i++) {
        uint32_t k = len - i * size < size ? len - i * size : size;

        memcpy(fake_guest(n->h, FAKE_BUF) + i * size,
               fake_guest(n->h, CRUMBS + (uint64_t)i * (size + gap)), k);
    }
}

static void check_blocks(Nvm *n, uint64_t slba, uint32_t nlb)
{
    for (uint32_t i = 0; i < nlb; i++) {
        CHECK(!memcmp(nvm_host_data(n, i), n->data + (slba + i) * n->block,
                      n->block), "data of block %u", i);
        CHECK(!memcmp(nvm_host_meta(n, i), n->meta + (slba + i) * n->ms,
                      n->ms), "metadata of block %u", i);
    }
}

/* Segments smaller than a block, larger, and across its ends. */
static void crumbs_of(Nvm *n)
{
    static const uint32_t size[] = { 4, 9, 60, 100, 512, 515, 700, 4100,
                                     5000 };

    for (unsigned i = 0; i < 2 * sizeof(size) / sizeof(size[0]); i++) {
        uint32_t s = size[i / 2], gap = i & 1 ? 3 : 8;
        uint32_t nlb = 500 * s / n->stride, len;
        FakeCmd cmd;

        nlb = nlb > 100 ? 100 : nlb;
        if (!nlb) {
            continue;
        }
        len = nlb * n->stride;
        nvm_content(n, i, nlb);
        cmd = nvm_cmd(n, OPC_WRITE, i, nlb);
        crumbs(n, &cmd, len, s, gap, true);
        CHECK_EQ(fake_io(n->h, &cmd).status, 0);
        nvm_expect(n, i, nlb);
        cmd = nvm_cmd(n, OPC_READ, i, nlb);
        crumbs(n, &cmd, len, s, gap, false);
        memset(fake_guest(n->h, CRUMBS), 0xee, 0x100000);
        memset(fake_guest(n->h, NVM_META), 0xee, nlb * n->ms);
        CHECK_EQ(fake_io(n->h, &cmd).status, 0);
        CHECK_EQ(fake_all(fake_guest(n->h, CRUMBS) + s, 0xee, gap), true);
        collect(n, len, s, gap);
        check_blocks(n, i, nlb);
    }
}

static void test_crumbs(void)
{
    nvm_each_format(crumbs_of);
}

/* Whole blocks and crumbs by turns, in one command. */
static void test_mixture(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);
    FakeCmd cmd = nvm_cmd(&n, OPC_READ, 1, 42);
    uint8_t *list = fake_guest(n.h, FAKE_LISTS);
    uint64_t at = CRUMBS;
    uint32_t count = 0;

    CHECK_EQ(nvm_write(&n, 0, 100, 0), 0);
    for (uint32_t left = 42 * 512; left; count++) {
        uint32_t size = left / 512 % 7 ? 512 : 8;   /* block 6, 13, ... */

        size = left % 512 ? 8 : size;
        memset(list + count * 16, 0, 16);
        put_bytes_at(list + count * 16, 8, at);
        put_bytes_at(list + count * 16 + 8, 4, size);
        at += size + 8;
        left -= size;
    }
    cmd.flags = 0x40;
    cmd.prp1 = FAKE_LISTS;
    cmd.prp2 = UINT64_C(0x30) << 56 | count * 16;
    n.h->f.hold = true;
    for (unsigned round = 0; round < 20; round++) {
        uint8_t *p = fake_guest(n.h, CRUMBS);

        memset(p, 0xee, 0x10000);
        fake_submit(n.h, 1, &cmd);
        fake_run(&n.h->f);
        while (n.h->f.nios) {
            fake_io_finish(&n.h->f, nvm_random(&n, n.h->f.nios), OCPN_IO_OK);
            fake_run(&n.h->f);
        }
        CHECK_EQ(fake_reap(n.h, 1).status, 0);
        for (uint32_t i = 0, done = 0; i < count; i++) {
            uint32_t size = (uint32_t)bytes_at(list + i * 16 + 8, 4);

            CHECK(!memcmp(p, n.data + 512 + done, size), "piece %u", i);
            done += size;
            p += size + 8;
        }
    }
    n.h->f.hold = false;
    nvm_stop(&n);
}

/* The I/Os of a transfer: whole blocks, in a row, few segments each. */
static void check_pieces(Nvm *n, uint32_t size, uint32_t nlb,
                         unsigned count)
{
    OcpnImage *im = &ocpn_ns_get(n->h->c, 1)->im;
    uint64_t at = im->data.offset + 7 * (uint64_t)n->block;
    FakeCmd cmd = nvm_cmd(n, OPC_READ, 7, nlb);

    crumbs(n, &cmd, nlb * n->block, size, 16, false);
    n->h->f.hold = true;
    fake_submit(n->h, 1, &cmd);
    fake_run(&n->h->f);
    CHECK_EQ(n->h->f.nios, count);
    for (unsigned i = 0; i < n->h->f.nios; i++) {
        const OcpnIo *io = n->h->f.io[i];
        uint64_t len = 0;

        CHECK_EQ(io->offset, at);
        CHECK_EQ(io->len % n->block, 0);
        CHECK(io->nseg && io->nseg <= OCPN_IO_NSEGS && !io->buf,
              "%u segments", io->nseg);
        for (uint32_t k = 0; k < io->nseg; k++) {
            len += io->seg[k].len;
        }
        CHECK_EQ(len, io->len);
        at += io->len;
    }
    CHECK_EQ(at, im->data.offset + (7 + nlb) * (uint64_t)n->block);
    fake_io_finish_all(&n->h->f);
    CHECK_EQ(fake_reap(n->h, 1).status, 0);
    n->h->f.hold = false;
}

static void test_pieces(void)
{
    Nvm n = nvm_start_with(12, 0, false, false);

    check_pieces(&n, 4096, 34, 1);
    check_pieces(&n, 4096, 35, 2);
    check_pieces(&n, 4096, 68, 2);
    check_pieces(&n, 4096, 100, 3);
    check_pieces(&n, 8192, 100, 2);
    check_pieces(&n, 2048, 17, 1);
    check_pieces(&n, 2048, 18, 2);
    check_pieces(&n, 3000, 48, 2);      /* 24 blocks in 34 segments */
    nvm_stop(&n);
}

/* Pieces end in any order; the command ends once, and right. */
static void test_any_order(void)
{
    Nvm n = nvm_start_with(9, 8, false, false);

    for (unsigned round = 0; round < 40; round++) {
        uint32_t nlb = 300 + round;
        FakeCmd cmd = nvm_cmd(&n, round & 1 ? OPC_READ : OPC_WRITE, 3, nlb);

        if (!(round & 1)) {
            nvm_content(&n, 3, nlb);
        }
        crumbs(&n, &cmd, nlb * 512, 600, 4, !(round & 1));
        memset(fake_guest(n.h, NVM_META), 0xee, round & 1 ? 4000 : 0);
        n.h->f.hold = true;
        fake_submit(n.h, 1, &cmd);
        fake_run(&n.h->f);
        CHECK(n.h->f.nios >= 16, "%u I/Os", n.h->f.nios);
        while (n.h->f.nios) {
            CHECK_EQ(fake_reap(n.h, 1).found, false);
            fake_io_finish(&n.h->f, nvm_random(&n, n.h->f.nios),
                           OCPN_IO_OK);
            fake_run(&n.h->f);
        }
        CHECK_EQ(fake_reap(n.h, 1).status, 0);
        CHECK_EQ(fake_reap(n.h, 1).found, false);
        n.h->f.hold = false;
        if (round & 1) {
            collect(&n, nlb * 512, 600, 4);
            check_blocks(&n, 3, nlb);
        }
        nvm_expect(&n, 3, 300);
        n.seed += nlb;
    }
    nvm_stop(&n);
}

/* Each I/O of a transfer fails, alone or with all that follow. */
static void failures_of(Nvm *n, uint32_t size)
{
    static const struct {
        OcpnIoResult result; uint16_t read, write;
    } row[] = {
        { OCPN_IO_ERROR, 0x281, 0x280 }, { OCPN_IO_NOSPC, 0x281, 0x081 },
        { OCPN_IO_NODMA, 0x004, 0x004 },
    };
    unsigned ios = 0;

    for (unsigned i = 0; i < 6 * 8; i++) {
        bool write = i & 1;
        FakeCmd cmd = nvm_cmd(n, write ? OPC_WRITE : OPC_READ, 0, 50);
        unsigned at = 0;
        FakeCqe e;

        crumbs(n, &cmd, 50 * n->stride, size, 4, false);
        n->h->f.hold = true;
        fake_submit(n->h, 1, &cmd);
        fake_run(&n->h->f);
        for (; n->h->f.nios; at++) {
            bool fail = at == i / 6 || (at > i / 6 && i & 2);

            unsigned how = i / 2 + (at > i / 6);    /* the first counts */

            fake_io_finish(&n->h->f, 0, fail ? row[how % 3].result
                                             : OCPN_IO_OK);
            fake_run(&n->h->f);
        }
        n->h->f.hold = false;
        ios = at > ios ? at : ios;
        e = fake_reap(n->h, 1);
        CHECK(e.found && e.status == (i / 6 >= at ? 0 : write ?
                                      row[i / 2 % 3].write :
                                      row[i / 2 % 3].read),
              "I/O %u of %u: %x", i / 6, at, e.status);
        CHECK_EQ(fake_reap(n->h, 1).found, false);
    }
    CHECK(ios >= 2, "%u I/Os", ios);
}

static void test_failures(void)
{
    for (unsigned i = 0; i < 4; i++) {
        Nvm n = nvm_start_with(9, 8, i & 1, false);

        failures_of(&n, i & 2 ? 60 : 600);
        nvm_expect(&n, 100, 10);            /* nothing is left over */
        nvm_stop(&n);
    }
}

/* More transfers than scratch buffers, or than I/Os: all get their turn. */
static void test_pools(void)
{
    for (unsigned ext = 0; ext < 2; ext++) {
        Nvm n = nvm_start_with(9, 8, ext, false);
        unsigned most = 0, done = 0;

        CHECK_EQ(nvm_write(&n, 0, 250, 0), 0);
        n.h->f.hold = true;
        for (unsigned i = 0; i < 250; i++) {
            FakeCmd cmd = nvm_cmd(&n, OPC_READ, i, 1);

            cmd.prp2 = 0;
            cmd.prp1 = CRUMBS + i * UINT64_C(4096);
            cmd.mptr = ext ? 0 : NVM_META + i * 8;
            fake_submit(n.h, 1, &cmd);
        }
        fake_run(&n.h->f);
        while (n.h->f.nios) {
            most = n.h->f.nios > most ? n.h->f.nios : most;
            fake_io_finish(&n.h->f, nvm_random(&n, n.h->f.nios),
                           OCPN_IO_OK);
            fake_run(&n.h->f);
        }
        CHECK(ext ? most == 4 : most > 256 && most < 500, "%u I/Os", most);
        for (FakeCqe e = fake_reap(n.h, 1); e.found;
             e = fake_reap(n.h, 1)) {
            CHECK_EQ(e.status, 0);
            done++;
        }
        CHECK_EQ(done, 250);
        for (unsigned i = 0; i < 250; i++) {
            const uint8_t *p = fake_guest(n.h, CRUMBS + i * UINT64_C(4096));
            const uint8_t *m = ext ? p + 512 : fake_guest(n.h, NVM_META) +
                                               i * 8;

            CHECK(!memcmp(p, n.data + i * 512, 512) &&
                  !memcmp(m, n.meta + i * 8, 8), "block %u", i);
        }
        n.h->f.hold = false;
        nvm_stop(&n);
    }
}

/* No memory for scratch buffers: an error, not a command that hangs. */
static void test_no_scratch(void)
{
    Nvm n = nvm_start_with(9, 8, true, false);

    n.h->f.fail_alloc = 1;
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(nvm_run(&n, OPC_READ, 0, 5, 0), 0x281);
        CHECK_EQ(nvm_run(&n, OPC_WRITE, 0, 5, 0), 0x280);
    }
    fake_host_restart(n.h, true);
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 5, 0), 0);
    nvm_stop(&n);
}

/* A read of 100 blocks in three pieces; its own buffers are at CRUMBS. */
static void submit_three_pieces(Nvm *n)
{
    FakeCmd cmd = nvm_cmd(n, OPC_READ, 0, 100);

    crumbs(n, &cmd, 100 * 512, 600, 4, false);
    fake_submit(n->h, 1, &cmd);
}

/* ... but a command that needs none is not the worse for it. */
static void test_no_scratch_needed(void)
{
    Nvm n = nvm_start_with(9, 8, false, false);
    FakeCmd cmd = nvm_cmd(&n, OPC_READ, 0, 8);
    unsigned done = 0;

    crumbs(&n, &cmd, 4096, 8, 8, false);
    n.h->f.fail_alloc = 2;                  /* not the list of pieces */
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x281);
    n.h->f.hold = true;
    for (unsigned i = 0; i < 158; i++) {
        cmd = nvm_cmd(&n, OPC_READ, i, 1);
        fake_submit(n.h, 1, &cmd);
    }
    submit_three_pieces(&n);                /* two pieces: I/Os 316 to 319 */
    submit_three_pieces(&n);                /* has to wait */
    fake_run(&n.h->f);
    CHECK_EQ(n.h->f.nios, 320);
    fake_io_finish(&n.h->f, 0, OCPN_IO_OK);
    fake_io_finish(&n.h->f, 0, OCPN_IO_OK);
    fake_run(&n.h->f);                      /* one piece: I/Os 318, 319 */
    CHECK_EQ(n.h->f.nios, 320);
    fake_io_finish(&n.h->f, 318, OCPN_IO_OK);
    fake_io_finish(&n.h->f, 314, OCPN_IO_OK);   /* the other takes two */
    CHECK_EQ(n.h->f.nios, 320);
    fake_io_finish(&n.h->f, 317, OCPN_IO_OK);   /* has nothing any more */
    fake_io_finish_all(&n.h->f);
    for (FakeCqe e = fake_reap(n.h, 1); e.found; e = fake_reap(n.h, 1)) {
        CHECK_EQ(e.status, 0);
        done++;
    }
    CHECK_EQ(done, 160);
    n.h->f.hold = false;
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "host memory in pieces of any size", test_crumbs },
    { "whole blocks and smaller pieces by turns", test_mixture },
    { "I/Os of whole blocks, with few segments", test_pieces },
    { "pieces that end in any order", test_any_order },
    { "pieces that fail", test_failures },
    { "more transfers than buffers and I/Os", test_pools },
    { "no memory for buffers", test_no_scratch },
    { "no memory for buffers that are not needed", test_no_scratch_needed },
};
OCPN_UNIT_MAIN("xfer", tests)
