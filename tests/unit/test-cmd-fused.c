/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare and Write.
 * Proves: NVMe Base 2.0, "Fused Operations"; NVM Command Set 1.0, "Fused
 * Operation"; OCP Datacenter NVMe SSD, NVMe-IO-8, NVMe-IO-9.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/ns.h"
#include "ocpn-unit.h"

#define NEW     (FAKE_BUF + 0x10000)        /* what the write writes */
#define OTHER   (FAKE_BUF + 0x20000)

enum { WRITE = 1, READ = 2, COMPARE = 5, FIRST = 1, SECOND = 2 };

static FakeHost *start_as(uint8_t version)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version } },
        .ns = {
            { .cfg = { .nsid = 1, .dlfeat = 1 }, .nsze = 32768,
              .mode = IMG_MODE_CONVENTIONAL, .lbads = 9 },
            FAKE_CONVENTIONAL(2),
        },
    });

    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    memset(fake_guest(h, FAKE_BUF), 0x11, 4096);
    memset(fake_guest(h, NEW), 0x22, 4096);
    memset(fake_guest(h, OTHER), 0x33, 4096);
    return h;
}

static FakeHost *start(void)
{
    return start_as(OCP_2_5);
}

/* One block of 512 bytes, LBA of namespace 1. */
static FakeCmd block(uint8_t opc, uint8_t flags, uint64_t from, uint32_t lba)
{
    return (FakeCmd) { .opc = opc, .flags = flags, .nsid = 1, .prp1 = from,
                       .cdw10 = lba };
}

static FakeCqe run(FakeHost *h, const FakeCmd *cmd)
{
    FakeCqe e = fake_io(h, cmd);

    CHECK_EQ(e.found, true);
    return e;
}

/* Both at once; their completions, which must come in this order. */
static void pair_on(FakeHost *h, uint16_t qid, const FakeCmd *a,
                    const FakeCmd *b, uint16_t first, uint16_t second)
{
    uint16_t x = fake_queue(h, qid, a), y = fake_submit(h, qid, b);
    FakeCqe e;

    fake_run(&h->f);
    e = fake_reap(h, qid);
    CHECK_EQ(e.found, true);
    CHECK_EQ(e.cid, x);
    CHECK_EQ(e.status, first);
    e = fake_reap(h, qid);
    CHECK_EQ(e.found, true);
    CHECK_EQ(e.cid, y);
    CHECK_EQ(e.status, second);
    CHECK_EQ(fake_reap(h, qid).found, false);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
}

static void pair(FakeHost *h, const FakeCmd *a, const FakeCmd *b,
                 uint16_t first, uint16_t second)
{
    pair_on(h, 1, a, b, first, second);
}

static uint8_t stored(FakeHost *h, uint32_t lba)
{
    FakeCmd cmd = block(READ, 0, FAKE_BUF + 0x30000, lba);

    CHECK_EQ(run(h, &cmd).status, 0);
    return *fake_guest(h, FAKE_BUF + 0x30000);
}

/* OCP-CASE-133, NVMe-IO-8, NVMe-IO-9 */
static void match_and_mismatch(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, 0, FAKE_BUF, 7);
    FakeCmd b = block(WRITE, SECOND, NEW, 7);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[522] & 1, 1);      /* FUSES */
    memset(fake_guest(h, FAKE_BUF), 0x11, 4096);
    CHECK_EQ(run(h, &a).status, 0x285);     /* zeros are there */
    a.flags = FIRST;
    pair(h, &a, &b, 0x285, 0x009);
    CHECK_EQ(stored(h, 7), 0);
    memset(fake_guest(h, FAKE_BUF), 0, 512);
    pair(h, &a, &b, 0, 0);
    CHECK_EQ(stored(h, 7), 0x22);
    CHECK_EQ(stored(h, 6), 0);              /* one block of 512 bytes */
    CHECK_EQ(stored(h, 8), 0);
    pair(h, &a, &b, 0x285, 0x009);
    fake_host_free(h);
}

/* One without the other, in every way. */
static void alone(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 0);
    FakeCmd b = block(WRITE, SECOND, NEW, 0);
    FakeCmd plain = block(READ, 0, FAKE_BUF + 0x30000, 0);

    CHECK_EQ(run(h, &a).status, 0x00a);
    CHECK_EQ(run(h, &b).status, 0x00a);     /* a doorbell between them */
    pair(h, &a, &plain, 0x00a, 0);
    pair(h, &plain, &b, 0, 0x00a);
    pair(h, &b, &a, 0x00a, 0x00a);
    pair(h, &a, &a, 0x00a, 0x00a);
    a.flags = 3;
    CHECK_EQ(run(h, &a).status, 0x002);
    CHECK_EQ(fake_error_location(h), 1);
    CHECK_EQ(stored(h, 0), 0);
    fake_host_free(h);
}

/* Not that pair, or not of the same blocks. */
static void not_a_pair(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, NEW, 3);
    FakeCmd w = b, r = a;

    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    w.opc = COMPARE;
    pair(h, &a, &w, 0x002, 0x002);
    r.opc = WRITE;
    pair(h, &r, &b, 0x002, 0x002);
    w = b;
    w.cdw10 = 4;
    pair(h, &a, &w, 0x002, 0x002);
    w = b;
    w.cdw12 = 1;
    pair(h, &a, &w, 0x002, 0x002);
    w = b;
    w.nsid = 2;
    pair(h, &a, &w, 0x002, 0x002);
    CHECK_EQ(stored(h, 3), 0);
    a.cdw10 = b.cdw10 = 32768;              /* none of its blocks */
    pair(h, &a, &b, 0x080, 0x009);
    a.nsid = b.nsid = 9;
    pair(h, &a, &b, 0x002, 0x009);
    fake_host_free(h);
}

/* The comparison is not undone by a write that cannot be. */
static void bad_second(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, FAKE_HOLE, 3);

    pair(h, &a, &b, 0x285, 0x009);
    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    pair(h, &a, &b, 0, 0x004);
    b = block(WRITE, SECOND, NEW, 3);
    b.cdw12 = 1 << 20;                   /* a directive */
    pair(h, &a, &b, 0, 0x002);
    CHECK_EQ(stored(h, 3), 0);
    fake_host_free(h);
}

/* Wherever in the ring, and in what is fetched at once, the pair lies. */
static void everywhere(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, NEW, 3);
    FakeCmd plain = block(READ, 0, FAKE_BUF + 0x30000, 0);

    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    memset(fake_guest(h, NEW), 0, 4096);
    fake_submit(h, 2, &plain);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    for (unsigned i = 0; i < 40; i++) {     /* a ring of 16, by odd steps */
        pair_on(h, 2, &a, &b, 0, 0);
    }
    for (unsigned n = 0; n < 40; n++) {
        for (unsigned i = 0; i < n; i++) {
            fake_queue(h, 1, &plain);
        }
        fake_queue(h, 1, &a);
        fake_submit(h, 1, &b);
        fake_run(&h->f);
        for (unsigned i = 0; i < n + 2; i++) {
            FakeCqe e = fake_reap(h, 1);

            CHECK(e.found && !e.status, "%u of %u: %x", i, n, e.status);
        }
    }
    fake_host_free(h);
}

static unsigned ios(FakeHost *h, OcpnIoOp op)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h->f.nios; i++) {
        n += h->f.io[i]->op == op;
    }
    return n;
}

/* Start a pair whose comparison will find zeros. */
static void begin(FakeHost *h)
{
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, NEW, 3);

    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    fake_queue(h, 1, &a);
    fake_submit(h, 1, &b);
    fake_run(&h->f);
}

/* A write that was first is waited for; one that comes then waits. */
static void atomic(void)
{
    FakeHost *h = start();
    FakeCmd w = block(WRITE, 0, OTHER, 3);

    h->f.hold = true;
    fake_submit(h, 2, &w);
    fake_run(&h->f);
    begin(h);
    CHECK_EQ(ios(h, OCPN_IO_READ), 0);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    CHECK_EQ(ios(h, OCPN_IO_READ), 1);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0x285);
    CHECK_EQ(fake_reap(h, 1).status, 0x009);

    memset(fake_guest(h, OTHER), 0, 512);
    fake_submit(h, 2, &w);
    fake_run(&h->f);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    memset(fake_guest(h, OTHER), 0x33, 512);
    begin(h);
    fake_submit(h, 2, &w);
    fake_run(&h->f);
    CHECK_EQ(ios(h, OCPN_IO_READ), 1);
    CHECK_EQ(ios(h, OCPN_IO_WRITE), 0);     /* of neither */
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(ios(h, OCPN_IO_WRITE), 1);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(ios(h, OCPN_IO_WRITE), 1);     /* the other goes on */
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    h->f.hold = false;
    CHECK_EQ(stored(h, 3), 0x33);
    fake_host_free(h);
}

/* Two pairs of two queues: one after the other, and none is lost. */
static void two_pairs(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, OTHER, 3);

    h->f.hold = true;
    begin(h);
    fake_queue(h, 2, &a);
    fake_submit(h, 2, &b);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 1);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(fake_reap(h, 2).status, 0x285);
    CHECK_EQ(fake_reap(h, 2).status, 0x009);
    h->f.hold = false;
    CHECK_EQ(stored(h, 3), 0x22);
    fake_host_free(h);
}

/* Reset and deletion of the queue at each step. */
static void ends_early(void)
{
    for (unsigned step = 0; step < 6; step++) {
        FakeHost *h = start();
        FakeCmd w = block(WRITE, 0, OTHER, 9);

        h->f.hold = true;
        fake_submit(h, 2, &w);
        fake_run(&h->f);
        begin(h);
        for (unsigned i = 0; i < step / 2 && h->f.nios; i++) {
            fake_io_finish(&h->f, 0, OCPN_IO_OK);
            fake_run(&h->f);
        }
        if (step & 1) {
            fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 });
            fake_run(&h->f);
            fake_io_finish_all(&h->f);
            CHECK_EQ(fake_reap(h, 0).status, 0);
            CHECK_EQ(fake_reap(h, 1).found, true);
            CHECK_EQ(fake_reap(h, 1).found, true);
        } else {
            fake_set_reg(h, 0x14, 0, 4);
            fake_run(&h->f);
            fake_io_finish_all(&h->f);
            CHECK_EQ(fake_reg(h, 0x1c, 4) & 1, 0);
        }
        CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
        CHECK_EQ(atomic_load(&ocpn_ns_get(h->c, 1)->fusing), false);
        h->f.hold = false;
        fake_host_free(h);
    }
}

/* Media that fail: the comparison, or the write. */
static OcpnIoResult judge(FakePort *f, const OcpnIo *io)
{
    return io->op == *(OcpnIoOp *)f->judge_opaque ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void media(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, NEW, 3);
    OcpnIoOp op = OCPN_IO_READ;

    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    h->f.judge = judge;
    h->f.judge_opaque = &op;
    pair(h, &a, &b, 0x281, 0x009);
    op = OCPN_IO_WRITE;
    pair(h, &a, &b, 0, 0x280);
    h->f.judge = NULL;
    CHECK_EQ(run(h, &(FakeCmd) { .opc = 4, .nsid = 1, .cdw10 = 3 }).status, 0);
    pair(h, &a, &b, 0x281, 0x009);          /* marked uncorrectable */
    fake_host_free(h);
}

/* A drive that is no OCP drive has none of it. */
static void off(void)
{
    FakeHost *h = start_as(OCP_OFF);
    FakeCmd a = block(COMPARE, FIRST, FAKE_BUF, 3);
    FakeCmd b = block(WRITE, SECOND, NEW, 3);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[522], 0);
    pair(h, &a, &b, 0x002, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a match writes, a mismatch fails both", match_and_mismatch },
    { "one without the other is aborted", alone },
    { "other pairs, and other blocks, are refused", not_a_pair },
    { "a write that cannot be fails alone", bad_second },
    { "the pair may lie anywhere in the ring", everywhere },
    { "no other command comes between", atomic },
    { "pairs of two queues take turns", two_pairs },
    { "resets and deletions end it once", ends_early },
    { "media errors end it", media },
    { "not without an OCP version", off },
};

OCPN_UNIT_MAIN("cmd-fused", tests)
