/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong in other emulated drives: one failed command beside others,
 * lists that change while they are used, memory that was never set.
 * Proves: docs/failures.rst.
 */
#include <stdlib.h>

#include "ocssd-host.h"

#define PAGE        4096u
#define PAGES       16u                         /* of the command that fails */
#define HELD        4u                          /* reads on their way */
#define AT(i)       (FAKE_BUF + 0x100000 + (i) * UINT64_C(0x2000))
#define OTHER(i)    (FAKE_BUF + 0x200000 + (i) * UINT64_C(0x2000))

static FakeHost *conventional(void)
{
    return fake_host_start(&(FakeSetup) { .ns = { FAKE_CONVENTIONAL(1) } });
}

/* Read or write blocks of 4 KiB from block 0 on; page I is at AT(I). */
static FakeCmd by_prp(FakeHost *h, uint8_t opc, bool other)
{
    for (unsigned i = 1; i < PAGES; i++) {
        fake_put_le(fake_guest(h, FAKE_LISTS + (i - 1) * 8), 8,
                    other ? OTHER(i) : AT(i));
    }
    return (FakeCmd) { .opc = opc, .nsid = 1, .prp1 = AT(0),
                       .prp2 = FAKE_LISTS, .cdw12 = PAGES - 1 };
}

static void put_sgl(FakeHost *h, uint64_t at, uint64_t addr, uint32_t len,
                    uint8_t type)
{
    fake_put_le(fake_guest(h, at), 8, addr);
    fake_put_le(fake_guest(h, at) + 8, 8, len | (uint64_t)type << 56);
}

static FakeCmd by_sgl(FakeHost *h, uint8_t opc, bool other)
{
    for (unsigned i = 0; i < PAGES; i++) {
        put_sgl(h, FAKE_LISTS + i * 16, other ? OTHER(i) : AT(i), PAGE, 0);
    }
    /* PRP2 is the second half of the descriptor: a last segment. */
    return (FakeCmd) { .opc = opc, .flags = 0x40, .nsid = 1,
                       .prp1 = FAKE_LISTS,
                       .prp2 = PAGES * 16 | UINT64_C(0x30) << 56,
                       .cdw12 = PAGES - 1 };
}

/* Block I of the drive holds I + 1, as far as the command goes. */
static void put_blocks(FakeHost *h)
{
    FakeCmd cmd = by_prp(h, 0x01, false);

    for (unsigned i = 0; i < PAGES; i++) {
        memset(fake_guest(h, AT(i)), (int)i + 1, PAGE);
    }
    CHECK_EQ(fake_io(h, &cmd).status, 0);
}

static bool is_block_at(FakeHost *h, unsigned i, uint64_t addr)
{
    return fake_all(fake_guest(h, addr), (uint8_t)(i + 1), PAGE);
}

/* CMD ends with STATUS while others are held, and moves nothing. */
static void refused_beside(FakeHost *h, const FakeCmd *cmd, uint16_t status,
                           unsigned place)
{
    FakeCqe e;

    memset(fake_guest(h, AT(0)), 0xee, PAGES * 0x2000);
    fake_submit(h, 1, cmd);
    fake_run(&h->f);
    while (h->f.nios > HELD) {          /* what is no RAM is found here */
        fake_io_finish(&h->f, HELD, OCPN_IO_OK);
        fake_run(&h->f);
    }
    e = fake_reap(h, 1);
    CHECK(e.found && e.status == status, "opcode %02x, bad entry %u: %03x",
          cmd->opc, place, e.status);
    CHECK_EQ(h->f.nios, HELD);
    CHECK_EQ(fake_all(fake_guest(h, AT(0)), 0xee, PAGES * 0x2000), true);
}

static void one_bad_entry(FakeHost *h, unsigned place)
{
    for (uint8_t opc = 0x01; opc <= 0x02; opc++) {
        FakeCmd cmd = by_prp(h, opc, false);
        uint8_t *entry = fake_guest(h, FAKE_LISTS + (place - 1) * 8);

        if (place) {
            fake_put_le(entry, 8, FAKE_HOLE);
            refused_beside(h, &cmd, 0x004, place);
            fake_put_le(entry, 8, FAKE_MMIO);
            refused_beside(h, &cmd, 0x004, place);
            fake_put_le(entry, 8, AT(place) + 8);
            refused_beside(h, &cmd, 0x013, place);
        }
        cmd = by_sgl(h, opc, false);
        put_sgl(h, FAKE_LISTS + place * 16, FAKE_HOLE, PAGE, 0);
        refused_beside(h, &cmd, 0x004, place);
        put_sgl(h, FAKE_LISTS + place * 16, FAKE_MMIO, PAGE, 0);
        refused_beside(h, &cmd, 0x004, place);
        put_sgl(h, FAKE_LISTS + place * 16, AT(place), PAGE, 0x60);
        refused_beside(h, &cmd, 0x011, place);
    }
}

/* FAILURE-CASE-22: what is undone is the bad command's, and only that. */
static void test_bad_beside_good(void)
{
    FakeHost *h = conventional();

    put_blocks(h);
    h->f.hold = true;
    for (unsigned i = 0; i < HELD; i++) {
        fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1, .cdw10 = i,
                                       .prp1 = OTHER(i) });
    }
    fake_run(&h->f);
    for (unsigned place = 0; place < PAGES; place++) {
        one_bad_entry(h, place);
    }
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < HELD; i++) {
        CHECK_EQ(fake_reap(h, 1).status, 0);
        CHECK_EQ(is_block_at(h, i, OTHER(i)), true);
    }
    CHECK_EQ(fake_reap(h, 1).found, false);
    h->f.hold = false;
    fake_host_free(h);
}

/* FAILURE-CASE-46: PRP lists, SGLs and the entry in the ring, once taken. */
static void test_copied_once(void)
{
    FakeHost *h = conventional();

    put_blocks(h);
    for (unsigned sgl = 0; sgl < 2; sgl++) {
        FakeCmd cmd = sgl ? by_sgl(h, 0x02, false) : by_prp(h, 0x02, false);
        FakeCqe e;
        uint16_t cid;

        memset(fake_guest(h, AT(0)), 0xee, PAGES * 0x2000);
        memset(fake_guest(h, OTHER(0)), 0xee, PAGES * 0x2000);
        h->f.hold = true;
        cid = fake_submit(h, 1, &cmd);
        fake_run(&h->f);
        memset(fake_guest(h, h->q[1].sq), 0xff, FAKE_QUEUE_SIZE * 64);
        if (sgl) {
            by_sgl(h, 0x02, true);
        } else {
            by_prp(h, 0x02, true);
        }
        fake_io_finish_all(&h->f);
        e = fake_reap(h, 1);
        CHECK(e.found && e.cid == cid && !e.status, "%03x", e.status);
        for (unsigned i = 0; i < PAGES; i++) {
            CHECK_EQ(is_block_at(h, i, AT(i)), true);
            CHECK_EQ(fake_all(fake_guest(h, OTHER(i)), 0xee, PAGE), true);
        }
        h->f.hold = false;
    }
    fake_host_free(h);
}

/* FAILURE-CASE-46: the LBAs of a vector, and the ranges of a reset. */
static void test_lbas_copied_once(void)
{
    FakeHost *h = t1_start();
    uint8_t *ranges = fake_guest(h, FAKE_BUF);
    FakeCmd cmd;

    cmd = vector_cmd(h, &(Vec) { .opc = 0x91, .n = 4,
                                 .lba = LBAS(A, A + 1, A + 2, A + 3) });
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    for (unsigned i = 0; i < 4; i++) {
        put_bytes_at(fake_guest(h, LIST) + i * 8, 8, C + i);
    }
    fake_io_finish_all(&h->f);
    CHECK_CQE(fake_reap(h, 1), 0, 0);
    h->f.hold = false;
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    CHECK_EQ(w(h, A + 4, 92), 0);
    fill(h, B);
    put_bytes_at(ranges, 8, UINT64_C(96) << 32);
    put_bytes_at(ranges + 8, 8, A);
    cmd = (FakeCmd) { .opc = 0x09, .nsid = 1, .prp1 = FAKE_BUF, .cdw11 = 4 };
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    put_bytes_at(ranges + 8, 8, B);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    h->f.hold = false;
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    fake_host_free(h);
}

/* As many bytes before the hole as the command has, or too few by LESS. */
static uint16_t ends_at_hole(FakeHost *h, FakeCmd cmd, uint32_t bytes,
                             uint32_t less)
{
    cmd.prp1 = FAKE_HOLE - bytes + less;
    cmd.prp2 = FAKE_HOLE;
    return fake_io(h, &cmd).status;
}

/* FAILURE-CASE-49: a list is as long as the command says, to the byte. */
static void test_lists_to_the_byte(void)
{
    FakeSetup s = { .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) } };
    FakeHost *h = fake_host_start(&s);

    for (uint32_t n = 1; n <= 256; n += n < 4 ? 1 : 84) {
        FakeCmd dsm = { .opc = 0x09, .nsid = 2, .cdw10 = n - 1, .cdw11 = 4 };

        memset(fake_guest(h, FAKE_HOLE - PAGE), 0, PAGE);
        CHECK_EQ(ends_at_hole(h, dsm, n * 16, 0), 0);
        CHECK_EQ(ends_at_hole(h, dsm, n * 16, 4), 0x004);
    }
    for (uint32_t n = 1; n <= 128; n += n < 4 ? 1 : 62) {
        FakeCmd copy = { .opc = 0x19, .nsid = 2, .cdw10 = 4000 - n,
                         .cdw12 = n - 1 };

        CHECK_EQ(ends_at_hole(h, copy, n * 32, 0), 0);
        CHECK_EQ(ends_at_hole(h, copy, n * 32, 4), 0x004);
    }
    for (uint32_t n = 2; n <= 64; n++) {
        FakeCmd cmd = { .opc = 0x92, .nsid = 1, .cdw12 = n - 1,
                        .cdw10 = (uint32_t)FAKE_HOLE - n * 8 };

        fake_prp(h, &cmd, FAKE_BUF, (uint64_t)n * BLOCK);
        CHECK_EQ(fake_io(h, &cmd).status, 0);
        cmd.cdw10 += 8;
        CHECK_EQ(fake_io(h, &cmd).status, 0x004);
    }
    fake_host_free(h);
}

/* FAILURE-CASE-33: a queue goes, and requests for events wait on. */
static void test_queue_goes_event_waits(void)
{
    FakeHost *h = conventional();
    uint16_t aer = fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c }), del;
    FakeCqe e;

    h->f.hold = true;
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                   .prp1 = FAKE_BUF });
    fake_run(&h->f);
    del = fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, false);
    fake_io_finish_all(&h->f);
    e = fake_reap(h, 0);
    CHECK(e.found && e.cid == del && !e.status, "%03x", e.status);
    CHECK_EQ(fake_reap(h, 0).found, false);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x04, .cdw10 = 1 }).status, 0);
    fake_doorbell(h, 1, false, 1);              /* of the queue that went */
    fake_run(&h->f);
    e = fake_reap(h, 0);
    CHECK(e.found && e.cid == aer && e.dw0 == 0x00010000, "%x", e.dw0);
    h->f.hold = false;
    fake_host_free(h);
}

/* FAILURE-CASE-9: every chunk of a drive whose counts are no powers of two. */
static void test_every_chunk(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.num_grp = 3;
    s.ns[0].geo.num_pu = 5;
    s.ns[0].geo.num_chk = 7;
    s.ns[0].geo.clba = 40;
    s.ns[0].geo.mw_cunits = 8;
    h = fake_host_start(&s);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 3 * 5 * 7; i++) {
            uint64_t lba = (uint64_t)(i / 35) << 12 | i / 7 % 5 << 9 |
                           i % 7 << 6;

            if (!pass) {
                CHECK_EQ(w(h, lba, 40), 0);
            }
            CHECK_EQ(r(h, lba, 40), 0);
            for (unsigned k = 0; k < 40; k++) {
                CHECK(is_block(h, k, lba + k), "chunk %u, block %u", i, k);
            }
        }
    }
    fake_host_free(h);
}

/* FAILURE-CASE-3: no byte of data or metadata changes by opening an image. */
static void test_opening_changes_nothing(void)
{
    FakeHost *h = t1_start();
    const FakeMedia *m = &h->f.media[1];
    FakeCmd all = scalar(h, 0x01, A, 96);
    OcpnImage im;
    OcpnError err;
    uint8_t *before;

    memset(fake_guest(h, FAKE_BUF), 0x5a, 96 * BLOCK);
    memset(fake_guest(h, META), 0x5a, 96 * MS);
    CHECK_EQ(fake_io(h, &all).status, 0);       /* LBA 0 is not zeros */
    fill(h, F);
    open_chunk(h, B, 48);
    CHECK_EQ(ocpn_image_open(&im, &m->disk, &err), OCPN_OPEN_OK);
    before = malloc(m->size);
    memcpy(before, m->bytes, m->size);
    for (unsigned i = 0; i < 4; i++) {
        fake_host_restart(h, i & 1);
        CHECK_EQ(memcmp(m->bytes + im.meta.offset, before + im.meta.offset,
                        m->size - im.meta.offset), 0);
        CHECK_EQ(r(h, A, 1), 0);
        CHECK_EQ(is_pattern(h, 0, 0x5a), true);
    }
    free(before);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "one bad entry beside good commands", test_bad_beside_good },
    { "lists and entries are copied once", test_copied_once },
    { "LBAs and ranges are copied once", test_lbas_copied_once },
    { "lists to the byte", test_lists_to_the_byte },
    { "a queue goes, and an event request waits",
      test_queue_goes_event_waits },
    { "every chunk of an odd geometry", test_every_chunk },
    { "opening changes no data", test_opening_changes_nothing },
};
OCPN_UNIT_MAIN("failures of others", tests)
