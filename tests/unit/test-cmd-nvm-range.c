/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVM Command Set 1.0, "Write Zeroes command", "Write Uncorrectable
 * command", "Dataset Management command", "Deallocated or Unwritten Logical
 * Blocks".
 */
#include "nvm-unit.h"

#define RANGES  (FAKE_BUF + UINT64_C(0x600000))

/* NVM-WRITE-ZEROES: data and metadata, with Deallocate or without. */
static void zeroes_of(Nvm *n)
{
    for (uint64_t at = 0; at < n->nsze; at += 100) {
        CHECK_EQ(nvm_write(n, at, 100, 0), 0);
    }
    for (unsigned i = 0; i < 30; i++) {
        uint32_t nlb = 1 + nvm_random(n, 30);
        uint32_t slba = nvm_random(n, (uint32_t)n->nsze - nlb + 1);

        CHECK_EQ(nvm_run(n, OPC_WZ, slba, nlb, i & 1 ? DEAC : 0), 0);
        nvm_model_zero(n, slba, nlb);
    }
    nvm_expect_all(n);
    CHECK_EQ(nvm_run(n, OPC_WZ, 0, NVM_NSZE, 0), 0);
    nvm_model_zero(n, 0, NVM_NSZE);
    nvm_expect_all(n);
}

static void test_zeroes(void)
{
    nvm_each_format(zeroes_of);
}

/* The next I/O that waits must be a ZERO with these; it ends well. */
static void check_zero_io(Nvm *n, uint64_t len, bool fua, bool unmap)
{
    FakePort *f = &n->h->f;

    fake_run(f);
    CU_ASSERT_EQUAL_FATAL(f->nios, 1);
    CHECK_EQ(f->io[0]->op, OCPN_IO_ZERO);
    CHECK_EQ(f->io[0]->len, len);
    CHECK_EQ(f->io[0]->fua, fua);
    CHECK_EQ(f->io[0]->unmap, unmap);
    fake_io_finish(f, 0, OCPN_IO_OK);
    fake_run(f);
}

/* NVM-FUA, DEAC: both I/Os of a command carry them. */
static void test_zeroes_flags(void)
{
    static const uint32_t cdw12[] = { 0, FUA, DEAC, FUA | DEAC };
    Nvm n = nvm_start_with(12, 16, true, false);

    n.h->f.hold = true;
    for (unsigned i = 0; i < 4; i++) {
        FakeCmd cmd = nvm_cmd(&n, OPC_WZ, 5, 9);

        cmd.cdw12 |= cdw12[i];
        fake_submit(n.h, 1, &cmd);
        check_zero_io(&n, 9 * 4096, i & 1, i & 2);
        check_zero_io(&n, 9 * 16, i & 1, i & 2);
        CHECK_EQ(fake_reap(n.h, 1).found, true);
    }
    nvm_stop(&n);
}

/* MDTS is no limit: 65536 blocks. */
static void test_zeroes_longest(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeCmd cmd = { .opc = OPC_WZ, .nsid = 1, .cdw12 = 65535 };
    FakeHost *h;
    uint8_t *data;

    s.ns[0].lbads = 9;
    s.ns[0].nsze = 65537;
    h = fake_host_start(&s);
    data = h->f.media[1].bytes + ocpn_ns_get(h->c, 1)->im.data.offset;
    memset(data, 0x77, 65537 * 512);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(fake_all(data, 0, 65536 * 512), true);
    CHECK_EQ(fake_all(data + 65536 * 512, 0x77, 512), true);
    fake_host_free(h);
}

/* NVM-UNCORRECTABLE: until written, zeroed or deallocated; over a restart. */
static void test_uncorrectable(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    const FakeMedia *m = &n.h->f.media[1];
    unsigned writes;

    CHECK_EQ(nvm_write(&n, 0, 100, 0), 0);
    writes = m->writes;
    CHECK_EQ(nvm_run(&n, OPC_WU, 10, 40, 0), 0);
    CHECK_EQ(m->writes, writes + 1);            /* one page, before it ends */
    fake_host_restart(n.h, false);
    nvm_expect(&n, 0, 10);
    nvm_expect(&n, 50, 50);
    CHECK_EQ(nvm_run(&n, OPC_READ, 49, 1, 0), 0x281);
    CHECK_EQ(nvm_write(&n, 10, 10, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WZ, 20, 10, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WZ, 30, 10, DEAC), 0);
    nvm_model_zero(&n, 20, 20);
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 41, 0), 0x281);
    fake_host_restart(n.h, false);
    nvm_expect(&n, 0, 40);
    CHECK_EQ(nvm_run(&n, OPC_READ, 40, 1, 0), 0x281);
    nvm_stop(&n);
}

/* A write that failed leaves the mark. */
static void test_mark_stays(void)
{
    static const uint8_t opcs[] = { OPC_WRITE, OPC_WZ };
    Nvm n = nvm_start_with(12, 8, false, false);

    for (unsigned i = 0; i < 2; i++) {
        NvmFault fault = { .after = 1, .result = OCPN_IO_ERROR };

        fault.op = opcs[i] == OPC_WZ ? OCPN_IO_ZERO : OCPN_IO_WRITE;
        CHECK_EQ(nvm_run(&n, OPC_WU, 5, 1, 0), 0);
        nvm_break(&n, &fault);
        CHECK_EQ(nvm_run(&n, opcs[i], 5, 1, 0), 0x280);
        nvm_heal(&n);
        CHECK_EQ(nvm_run(&n, OPC_READ, 5, 1, 0), 0x281);
    }
    nvm_stop(&n);
}

/* The page cannot be written: the command says so, and the next one tries. */
static void test_mark_not_stored(void)
{
    Nvm n = nvm_start();
    NvmFault fault = { .op = OCPN_IO_WRITE, .result = OCPN_IO_ERROR };

    nvm_break(&n, &fault);
    CHECK_EQ(nvm_run(&n, OPC_WU, 5, 1, 0), 0x280);
    nvm_heal(&n);
    CHECK_EQ(nvm_run(&n, OPC_WU, 9, 1, 0), 0);
    fake_host_restart(n.h, false);
    CHECK_EQ(nvm_run(&n, OPC_READ, 5, 1, 0), 0x281);
    CHECK_EQ(nvm_run(&n, OPC_READ, 9, 1, 0), 0x281);
    nvm_stop(&n);
}

/* 254 extents, and a status for the next. */
static void test_too_many_marks(void)
{
    Nvm n = nvm_start();

    for (uint32_t i = 0; i < 254; i++) {
        CHECK_EQ(nvm_run(&n, OPC_WU, 2 * i, 1, 0), 0);
    }
    CHECK_EQ(nvm_run(&n, OPC_WU, 800, 1, 0), 0x081);
    CHECK_EQ(nvm_run(&n, OPC_READ, 800, 1, 0), 0);
    CHECK_EQ(nvm_write(&n, 100, 1, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WU, 800, 1, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_READ, 800, 1, 0), 0x281);
    nvm_stop(&n);
}

static void put_range(Nvm *n, uint32_t i, uint64_t slba, uint32_t nlb)
{
    uint8_t *r = fake_guest(n->h, RANGES) + 16 * i;

    put_bytes_at(r, 4, 0x12345678);             /* Context Attributes */
    put_bytes_at(r + 4, 4, nlb);
    put_bytes_at(r + 8, 8, slba);
}

static FakeCmd dsm_cmd(Nvm *n, uint32_t nranges, uint32_t cdw11)
{
    FakeCmd cmd = { .opc = OPC_DSM, .nsid = 1, .cdw10 = nranges - 1,
                    .cdw11 = cdw11 };

    fake_prp(n->h, &cmd, RANGES, nranges * 16);
    return cmd;
}

static uint16_t dsm(Nvm *n, uint32_t nranges, uint32_t cdw11)
{
    FakeCmd cmd = dsm_cmd(n, nranges, cdw11);

    return fake_io(n->h, &cmd).status;
}

/* NVM-DSM: 256 ranges, empty ones and equal ones among them. */
static void dsm_of(Nvm *n)
{
    for (uint64_t at = 0; at < n->nsze; at += 100) {
        CHECK_EQ(nvm_write(n, at, 100, 0), 0);
    }
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t nlb = nvm_random(n, 4);
        uint32_t slba = nvm_random(n, (uint32_t)n->nsze - nlb + 1);

        put_range(n, i, slba, nlb);
        nvm_model_zero(n, slba, nlb);
    }
    CHECK_EQ(dsm(n, 256, 4), 0);
    nvm_expect_all(n);
}

static void test_dsm(void)
{
    nvm_each_format(dsm_of);
}

/* All ranges are judged before the first is touched. */
static void test_dsm_range(void)
{
    static const struct { uint64_t slba; uint32_t nlb; bool bad; } row[] = {
        { NVM_NSZE - 1, 2, true }, { NVM_NSZE, 1, true },
        { NVM_NSZE + 1, 0, true }, { UINT64_MAX, 1, true },
        { UINT64_MAX, UINT32_MAX, true }, { 0, UINT32_MAX, true },
        { UINT64_MAX - 3, 8, true }, { UINT64_C(1) << 32, 1, true },
        { NVM_NSZE, 0, false }, { NVM_NSZE - 1, 1, false },
        { 0, NVM_NSZE, false },
    };
    Nvm n = nvm_start();

    CHECK_EQ(nvm_write(&n, 0, 5, 0), 0);
    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (uint32_t cdw11 = 0; cdw11 < 4; cdw11++) {
            put_range(&n, 0, 0, 5);
            put_range(&n, 1, row[i].slba, row[i].nlb);
            CHECK_EQ(dsm(&n, 2, cdw11), row[i].bad ? 0x080 : 0);
        }
        if (row[i].bad) {
            CHECK_EQ(dsm(&n, 2, 4), 0x080);
        }
        nvm_expect(&n, 0, 5);
    }
    CHECK_EQ(dsm(&n, 2, 7), 0);
    nvm_model_zero(&n, 0, NVM_NSZE);
    nvm_expect_all(&n);
    nvm_stop(&n);
}

static void test_dsm_failures(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    NvmFault fault = { .op = OCPN_IO_ZERO, .result = OCPN_IO_ERROR };
    unsigned zeroes;
    FakeCmd cmd;

    CHECK_EQ(nvm_run(&n, OPC_WU, 0, 30, 0), 0);
    put_range(&n, 0, 0, 10);
    put_range(&n, 1, 20, 10);
    fault.after = 3;            /* the second range's metadata */
    nvm_break(&n, &fault);
    CHECK_EQ(dsm(&n, 2, 4), 0x280);
    nvm_heal(&n);
    fake_host_restart(n.h, false);
    nvm_expect(&n, 0, 10);
    CHECK_EQ(nvm_run(&n, OPC_READ, 20, 1, 0), 0x281);
    cmd = dsm_cmd(&n, 2, 4);
    cmd.prp1 = FAKE_HOLE;
    zeroes = n.h->f.media[1].zeroes;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
    CHECK_EQ(n.h->f.media[1].zeroes, zeroes);
    nvm_stop(&n);
}

/* Marks that only the first range removes are gone for good. */
static void test_dsm_marks(void)
{
    Nvm n = nvm_start();

    CHECK_EQ(nvm_run(&n, OPC_WU, 0, 30, 0), 0);
    put_range(&n, 0, 0, 30);
    put_range(&n, 1, 100, 10);
    CHECK_EQ(dsm(&n, 2, 4), 0);
    fake_host_restart(n.h, false);
    nvm_expect_all(&n);
    nvm_stop(&n);
}

/* Ranges of an earlier command are not looked at again. */
static void test_dsm_stale(void)
{
    Nvm n = nvm_start();

    put_range(&n, 0, 0, 5);
    put_range(&n, 1, 10, 5);
    CHECK_EQ(dsm(&n, 2, 4), 0);
    CHECK_EQ(nvm_write(&n, 0, 15, 0), 0);
    CHECK_EQ(dsm(&n, 1, 4), 0);
    nvm_model_zero(&n, 0, 5);
    nvm_expect(&n, 0, 15);
    put_range(&n, 1, NVM_NSZE, 1);
    CHECK_EQ(dsm(&n, 2, 4), 0x080);
    CHECK_EQ(dsm(&n, 1, 4), 0);
    nvm_stop(&n);
}

/* A long range goes in pieces of 128 MiB, without FUA. */
static void test_dsm_pieces(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    Nvm n = { 0 };
    const OcpnImage *im;
    uint8_t *data, *meta;
    FakeCmd cmd;

    s.ns[0].ms = 8;
    s.ns[0].nsze = 40000;
    n.h = fake_host_start(&s);
    im = &ocpn_ns_get(n.h->c, 1)->im;
    data = n.h->f.media[1].bytes + im->data.offset;
    meta = n.h->f.media[1].bytes + im->meta.offset;
    memset(data, 0x77, 40000 * 4096);
    memset(meta, 0x77, 40000 * 8);
    put_range(&n, 0, 1, 39998);
    cmd = dsm_cmd(&n, 1, 4);
    n.h->f.hold = true;
    fake_submit(n.h, 1, &cmd);
    check_zero_io(&n, 32768 * 4096, false, true);
    check_zero_io(&n, 32768 * 8, false, true);
    check_zero_io(&n, 7230 * 4096, false, true);
    check_zero_io(&n, 7230 * 8, false, true);
    CHECK_EQ(fake_reap(n.h, 1).found, true);
    CHECK_EQ(fake_all(data, 0x77, 4096), true);
    CHECK_EQ(fake_all(data + 4096, 0, 39998 * 4096), true);
    CHECK_EQ(fake_all(data + 39999 * 4096, 0x77, 4096), true);
    CHECK_EQ(fake_all(meta, 0x77, 8), true);
    CHECK_EQ(fake_all(meta + 8, 0, 39998 * 8), true);
    CHECK_EQ(fake_all(meta + 39999 * 8, 0x77, 8), true);
    fake_host_free(n.h);
}

static const OcpnTest tests[] = {
    { "Write Zeroes zeroes data and metadata", test_zeroes },
    { "Write Zeroes passes FUA and Deallocate on", test_zeroes_flags },
    { "Write Zeroes of 65536 blocks", test_zeroes_longest },
    { "uncorrectable until written", test_uncorrectable },
    { "a write that fails leaves the mark", test_mark_stays },
    { "a mark that cannot be stored", test_mark_not_stored },
    { "more marks than fit", test_too_many_marks },
    { "Dataset Management of 256 ranges", test_dsm },
    { "Dataset Management judges all ranges first", test_dsm_range },
    { "Dataset Management that fails", test_dsm_failures },
    { "Dataset Management removes marks", test_dsm_marks },
    { "Dataset Management forgets old ranges", test_dsm_stale },
    { "Dataset Management in pieces", test_dsm_pieces },
};
OCPN_UNIT_MAIN("cmd-nvm-range", tests)
