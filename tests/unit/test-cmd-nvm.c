/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVM Command Set 1.0, "Read command", "Write command"; NVMe Base
 * 2.0, "Flush command"; "SMART / Health Information", which commands count.
 */
#include "hw/ocp-nvme/core/counters.h"
#include "nvm-unit.h"

/* NVM-READ NVM-WRITE: what is written is read, in every block format. */
static void integrity_of(Nvm *n)
{
    uint32_t max = 0x80000 / n->stride;     /* MDTS */

    max = max < 200 ? max : 200;
    for (unsigned i = 0; i < 150; i++) {
        uint32_t nlb = 1 + nvm_random(n, i % 10 ? 9 : max);
        uint64_t slba = nvm_random(n, (uint32_t)n->nsze - nlb + 1);

        if (nvm_random(n, 2)) {
            CHECK_EQ(nvm_write(n, slba, nlb, i % 3 ? 0 : FUA), 0);
        } else {
            nvm_expect(n, slba, nlb);
        }
    }
    nvm_expect_all(n);
    fake_host_restart(n->h, false);
    nvm_expect_all(n);
}

static void test_integrity(void)
{
    nvm_each_format(integrity_of);
}

/* NVM-METADATA: without MPTR a write stores zeros, a read leaves them out. */
static void test_no_mptr(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);
    FakeCmd cmd;

    CHECK_EQ(nvm_write(&n, 4, 3, 0), 0);
    cmd = nvm_cmd(&n, OPC_WRITE, 5, 1);
    cmd.mptr = 0;
    memcpy(n.data + 5 * 512, nvm_host_data(&n, 0), 512);
    memset(n.meta + 5 * 16, 0, 16);
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    nvm_expect(&n, 4, 3);
    memset(fake_guest(n.h, NVM_META), 0xee, 64);
    cmd = nvm_cmd(&n, OPC_READ, 4, 3);
    cmd.mptr = 0;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    CHECK_EQ(fake_all(fake_guest(n.h, NVM_META), 0xee, 64), true);
    nvm_stop(&n);
}

/* FAILURE-CASE-47: NVM-LBA-RANGE: no sum of SLBA and NLB goes astray. */
static void test_range(void)
{
    static const uint8_t opcs[] = { OPC_READ, OPC_WRITE, OPC_COMPARE, OPC_WZ,
                                    OPC_VERIFY, OPC_WU };
    static const struct { uint64_t slba; uint32_t nlb; } bad[] = {
        { NVM_NSZE, 1 }, { NVM_NSZE - 1, 2 }, { 0, NVM_NSZE + 1 },
        { NVM_NSZE - 7, 8 }, { 0, 65536 }, { UINT64_MAX, 1 },
        { UINT64_MAX, 2 }, { UINT64_MAX, 65536 }, { UINT64_MAX - 3, 4 },
        { UINT64_C(1) << 63, 1 }, { UINT64_C(1) << 32, 1 },
        { (UINT64_C(1) << 55), 1 }, { UINT64_MAX - 65535, 65536 },
    };
    Nvm n = nvm_start();

    for (unsigned o = 0; o < sizeof(opcs); o++) {
        for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            FakeCmd cmd = nvm_cmd(&n, opcs[o], bad[i].slba, bad[i].nlb);
            FakeCqe e = fake_io(n.h, &cmd);

            CHECK(e.status == 0x080 && e.dnr, "opcode %02x SLBA %" PRIx64
                  " NLB %u: %03x", opcs[o], bad[i].slba, bad[i].nlb,
                  e.status);
            CHECK_EQ(nvm_error_at(&n), 40);
        }
    }
    CHECK_EQ(nvm_write(&n, NVM_NSZE - 1, 1, 0), 0);
    nvm_expect_all(&n);
    nvm_stop(&n);
}

/* NVM-MDTS: data, and metadata where it is part of the block. */
static void test_mdts(void)
{
    static const struct { uint16_t ms; bool ext; uint32_t most; } row[] = {
        { 0, false, 128 }, { 64, false, 128 }, { 64, true, 126 },
    };

    for (unsigned i = 0; i < 3; i++) {
        Nvm n = nvm_start_with(12, row[i].ms, row[i].ext, false);

        CHECK_EQ(nvm_write(&n, 0, row[i].most, 0), 0);
        nvm_expect(&n, 0, row[i].most);
        CHECK_EQ(nvm_run(&n, OPC_READ, 0, row[i].most + 1, 0), 0x002);
        CHECK_EQ(nvm_error_at(&n), 48);
        CHECK_EQ(nvm_run(&n, OPC_WRITE, 0, row[i].most + 1, 0), 0x002);
        CHECK_EQ(nvm_run(&n, OPC_COMPARE, 0, row[i].most + 1, 0), 0x002);
        nvm_stop(&n);
    }
}

/* NVM-WRITE, Command Dword 12: no directive is known; the rest is harmless. */
static void test_fields(void)
{
    Nvm n = nvm_start();

    CHECK_EQ(nvm_run(&n, OPC_WRITE, 0, 1, 1 << 20), 0x002);
    CHECK_EQ(nvm_error_at(&n), 50 | 4 << 8);
    CHECK_EQ(nvm_run(&n, OPC_WRITE, 0, 1, 8u << 20), 0x002);
    CHECK_EQ(nvm_write(&n, 0, 1, 1u << 31), 0);         /* LR */
    CHECK_EQ(nvm_write(&n, 1, 1, 0xfu << 26), 0);       /* PRINFO */
    nvm_expect(&n, 0, 2);
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 2, 0xfu << 26 | 1u << 31 | FUA), 0);
    nvm_stop(&n);
}

/*
 * FAILURE-CASE-64
 * NVM-FUA: data and metadata are stable before the completion.
 */
static void test_fua(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    const FakeMedia *m = &n.h->f.media[1];
    unsigned before = m->fua, writes = m->writes;

    CHECK_EQ(nvm_write(&n, 0, 1, 0), 0);
    CHECK_EQ(m->fua, before);
    CHECK_EQ(m->writes, writes + 2);
    CHECK_EQ(nvm_write(&n, 0, 1, FUA), 0);
    CHECK_EQ(m->fua, before + 2);
    nvm_stop(&n);
}

/* Count what is written to blocks without FUA. */
static OcpnIoResult count_lazy(FakePort *f, const OcpnIo *io)
{
    const OcpnImage *im = &ocpn_ns_get(f->c, 1)->im;

    if ((io->op == OCPN_IO_WRITE || io->op == OCPN_IO_ZERO) &&
        io->offset >= im->meta.offset && !io->fua) {
        ++*(unsigned *)f->judge_opaque;
    }
    return OCPN_IO_OK;
}

/* Volatile Write Cache off: as if every write had FUA. */
static void test_write_through(void)
{
    static const struct { uint8_t opc; unsigned lazy; } row[] = {
        { OPC_WRITE, 2 }, { OPC_WZ, 2 }, { OPC_DSM, 2 }, { OPC_COPY, 2 },
    };
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h;

    s.ns[0].cfg.volatile_cache = true;
    s.ns[0].ms = 8;
    h = fake_host_start(&s);
    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    fake_guest(h, FAKE_BUF)[4] = 1;             /* a block for the lists */
    for (unsigned i = 0; i < 8; i++) {
        FakeCmd cmd = { .opc = row[i / 2].opc, .nsid = 1, .prp1 = FAKE_BUF,
                        .cdw11 = row[i / 2].opc == OPC_DSM ? 4 : 0 };
        unsigned lazy = 0;

        CHECK_EQ(fake_set_feature(h, 6, 0, !(i & 1)).status, 0);
        h->f.judge = count_lazy;
        h->f.judge_opaque = &lazy;
        CHECK_EQ(fake_io(h, &cmd).status, 0);
        CHECK_EQ(lazy, i & 1 ? 0 : row[i / 2].lazy);
        h->f.judge = NULL;
    }
    fake_host_free(h);
}

/* NVM-STATUS: what a medium or memory that fails becomes. */
static void test_failures(void)
{
    static const struct {
        uint8_t opc; OcpnIoOp op; OcpnIoResult result; uint16_t status;
    } row[] = {
        { OPC_READ, OCPN_IO_READ, OCPN_IO_ERROR, 0x281 },
        { OPC_WRITE, OCPN_IO_WRITE, OCPN_IO_ERROR, 0x280 },
        { OPC_WRITE, OCPN_IO_WRITE, OCPN_IO_NOSPC, 0x081 },
        { OPC_READ, OCPN_IO_READ, OCPN_IO_NODMA, 0x004 },
        { OPC_WZ, OCPN_IO_ZERO, OCPN_IO_ERROR, 0x280 },
        { OPC_WZ, OCPN_IO_ZERO, OCPN_IO_NOSPC, 0x081 },
        { OPC_VERIFY, OCPN_IO_READ, OCPN_IO_ERROR, 0x281 },
        { OPC_COMPARE, OCPN_IO_READ, OCPN_IO_ERROR, 0x281 },
        { OPC_FLUSH, OCPN_IO_FLUSH, OCPN_IO_ERROR, 0x006 },
    };
    Nvm n = nvm_start_with(12, 8, false, false);

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (unsigned after = 0; after < (row[i].opc ? 2 : 1); after++) {
            NvmFault fault = { .op = row[i].op, .after = after,
                               .result = row[i].result };

            nvm_break(&n, &fault);
            CHECK_EQ(nvm_run(&n, row[i].opc, 3, 8, 0), row[i].status);
            nvm_heal(&n);
            if (row[i].opc != OPC_COMPARE) {
                CHECK_EQ(nvm_run(&n, row[i].opc, 3, 8, 0), 0);
            }
        }
    }
    nvm_stop(&n);
}

/* NVM-READ: bit buckets take a read's blocks; for a write they are nothing. */
static void test_bit_bucket(void)
{
    Nvm n = nvm_start();
    uint8_t *list = fake_guest(n.h, FAKE_LISTS);
    FakeCmd cmd = nvm_cmd(&n, OPC_WRITE, 0, 2);

    memset(list, 0, 32);
    put_bytes_at(list, 8, FAKE_BUF);
    put_bytes_at(list + 8, 4, 512);             /* data block */
    put_bytes_at(list + 24, 4, 512);
    list[31] = 0x10;                            /* bit bucket */
    cmd.flags = 0x40;
    cmd.prp1 = FAKE_LISTS;
    cmd.prp2 = UINT64_C(0x30) << 56 | 32;       /* last segment */
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x00f);
    cmd.opc = OPC_COMPARE;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x00f);
    cmd.opc = OPC_READ;
    CHECK(fake_io(n.h, &cmd).status != 0x00f, "a bucket is too short");
    nvm_stop(&n);
}

static void test_host_memory(void)
{
    Nvm n = nvm_start();
    static const uint8_t opcs[] = { OPC_READ, OPC_WRITE, OPC_COMPARE };

    for (unsigned i = 0; i < 3; i++) {
        FakeCmd cmd = nvm_cmd(&n, opcs[i], 0, 1);

        cmd.prp1 = FAKE_HOLE;
        CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
        cmd.prp1 = FAKE_MMIO;
        CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
        cmd.prp1 = UINT64_MAX & ~UINT64_C(4095);
        CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
    }
    nvm_expect(&n, 0, 1);
    nvm_stop(&n);
}

/* NVM-SMART: sectors are of 512 bytes, whatever the block. */
static void test_counters(void)
{
    Nvm n = nvm_start_with(12, 0, false, false);
    const OcpnCtrl *c = n.h->c;
    NvmFault fault = { .op = OCPN_IO_READ, .result = OCPN_IO_ERROR };

    CHECK_EQ(nvm_write(&n, 0, 5, 0), 0);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS), 40);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS), 1);
    CHECK_EQ(nvm_run(&n, OPC_COMPARE, 0, 5, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_VERIFY, 0, 2, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 1, 0), 0);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_READ_SECTORS), 64);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_READ_COMMANDS), 2);
    CHECK_EQ(nvm_run(&n, OPC_WZ, 0, 9, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WU, 0, 9, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_FLUSH, 0, 1, 0), 0);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS), 40);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS), 1);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_MEDIA_ERRORS), 0);
    nvm_break(&n, &fault);
    CHECK_EQ(nvm_run(&n, OPC_READ, 20, 1, 0), 0x281);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_MEDIA_ERRORS), 1);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_READ_COMMANDS), 2);
    nvm_stop(&n);
}

/* Controller Busy Time: while a command is outstanding, however many. */
static void test_busy(void)
{
    Nvm n = nvm_start();
    FakeCmd cmd = nvm_cmd(&n, OPC_READ, 0, 1);
    uint64_t busy = 0;

    n.h->f.now = 1000000;
    n.h->f.hold = true;
    for (unsigned i = 0; i < 3; i++) {
        fake_submit(n.h, 1, &cmd);
        fake_run(&n.h->f);
        fake_advance(&n.h->f, 12345);
        fake_submit(n.h, 1, &cmd);
        fake_run(&n.h->f);
        busy += 12345;
        CHECK_EQ(ocpn_counter(n.h->c, OCPN_COUNT_BUSY_NS), busy);
        fake_advance(&n.h->f, 1000);
        fake_io_finish_all(&n.h->f);
        busy += 1000;
        CHECK_EQ(ocpn_counter(n.h->c, OCPN_COUNT_BUSY_NS), busy);
        fake_advance(&n.h->f, 777777);      /* idle */
    }
    nvm_stop(&n);
}

/* NVM-FLUSH: one namespace, or one after the other. */
static void test_flush(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(3) } };
    FakeHost *h = fake_host_start(&s);
    unsigned one = h->f.media[1].flushes, three = h->f.media[3].flushes;
    FakeCmd cmd = { .opc = OPC_FLUSH, .nsid = 3 };

    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(h->f.media[1].flushes, one);
    CHECK_EQ(h->f.media[3].flushes, three + 1);
    cmd.nsid = UINT32_MAX;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(h->f.media[1].flushes, one + 1);
    CHECK_EQ(h->f.media[3].flushes, three + 2);
    cmd.nsid = 2;
    CHECK_EQ(fake_io(h, &cmd).status, 0x00b);
    cmd.nsid = 0;
    CHECK_EQ(fake_io(h, &cmd).status, 0x00b);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 3)), 0);
    fake_host_free(h);
}

/* None waits for the other. */
static void test_many_flushes(void)
{
    Nvm n = nvm_start();
    FakeCmd cmd = { .opc = OPC_FLUSH, .nsid = 1 };

    n.h->f.hold = true;
    for (unsigned i = 0; i < 50; i++) {
        fake_submit(n.h, 1, &cmd);
    }
    fake_run(&n.h->f);
    CHECK_EQ(n.h->f.nios, 50);
    fake_io_finish_all(&n.h->f);
    nvm_stop(&n);
}

/* With state-sync=flush, Flush and FUA bring the tables into the image. */
static void test_flush_tables(void)
{
    Nvm n = nvm_start_with(9, 0, false, true);

    CHECK_EQ(nvm_run(&n, OPC_WU, 10, 5, 0), 0);
    fake_host_restart(n.h, false);
    CHECK_EQ(nvm_run(&n, OPC_READ, 10, 5, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WU, 10, 5, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_FLUSH, 0, 1, 0), 0);
    fake_host_restart(n.h, false);
    CHECK_EQ(nvm_run(&n, OPC_READ, 10, 5, 0), 0x281);
    CHECK_EQ(nvm_write(&n, 10, 5, 0), 0);       /* removes the marks ... */
    CHECK_EQ(nvm_write(&n, 10, 5, FUA), 0);     /* ... for good */
    fake_host_restart(n.h, false);
    nvm_expect(&n, 10, 5);
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "what is written is read", test_integrity },
    { "a command without MPTR moves no metadata", test_no_mptr },
    { "blocks past the end are refused", test_range },
    { "MDTS counts interleaved metadata", test_mdts },
    { "DTYPE is refused, PRINFO and LR are not", test_fields },
    { "FUA reaches data and metadata", test_fua },
    { "without a write cache", test_write_through },
    { "media that fail", test_failures },
    { "bit buckets, for reads only", test_bit_bucket },
    { "host memory that is no RAM", test_host_memory },
    { "what counts in SMART", test_counters },
    { "busy time", test_busy },
    { "Flush of one and of all namespaces", test_flush },
    { "many Flushes at once", test_many_flushes },
    { "Flush and FUA write tables", test_flush_tables },
};
OCPN_UNIT_MAIN("cmd-nvm", tests)
