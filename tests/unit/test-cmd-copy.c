/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVM Command Set 1.0, "Copy command". */
#include "hw/ocp-nvme/core/counters.h"
#include "nvm-unit.h"

#define RANGES  (FAKE_BUF + UINT64_C(0x600000))
#define PIECE   49152u      /* bytes of data in one step */

static void put_range(Nvm *n, uint32_t i, uint64_t slba, uint32_t nlb)
{
    uint8_t *r = fake_guest(n->h, RANGES) + 32 * i;

    memset(r, 0xcc, 32);                        /* tags, reserved bytes */
    put_bytes_at(r + 8, 8, slba);
    put_bytes_at(r + 16, 2, nlb - 1);
}

static FakeCmd copy_cmd(Nvm *n, uint64_t sdlba, uint32_t nranges)
{
    FakeCmd cmd = {
        .opc = OPC_COPY, .nsid = 1, .cdw10 = (uint32_t)sdlba,
        .cdw11 = (uint32_t)(sdlba >> 32), .cdw12 = nranges - 1,
    };

    fake_prp(n->h, &cmd, RANGES, nranges * 32);
    return cmd;
}

static FakeCqe copy(Nvm *n, uint64_t sdlba, uint32_t nranges)
{
    FakeCmd cmd = copy_cmd(n, sdlba, nranges);

    return fake_io(n->h, &cmd);
}

static void fill(Nvm *n)
{
    for (uint64_t at = 0; at < n->nsze; at += 100) {
        CHECK_EQ(nvm_write(n, at, 100, 0), 0);
    }
}

/* The ranges' blocks reach the model as the specification's notes say. */
static void model(Nvm *n, uint64_t dst, uint64_t src, uint32_t nlb)
{
    uint32_t max = PIECE / n->block;

    for (uint32_t at = 0; at < nlb; at += max) {
        uint32_t m = nlb - at < max ? nlb - at : max;

        nvm_model_copy(n, dst + at, src + at, m);
    }
}

/* NVM-COPY: random lists, overlapping or not, in every format. */
static void copy_of(Nvm *n)
{
    fill(n);
    for (unsigned i = 0; i < 20; i++) {
        uint32_t nranges = 1 + nvm_random(n, i == 7 ? 128 : 5), total = 0;
        uint64_t src[128], sdlba;
        uint32_t nlb[128];
        FakeCqe e;

        for (uint32_t j = 0; j < nranges; j++) {
            nlb[j] = 1 + nvm_random(n, nranges > 10 ? 6 : 150);
            src[j] = nvm_random(n, (uint32_t)n->nsze - nlb[j] + 1);
            put_range(n, j, src[j], nlb[j]);
            total += nlb[j];
        }
        if (total > n->nsze) {
            CHECK_EQ(copy(n, 0, nranges).status, 0x080);
            continue;
        }
        sdlba = nvm_random(n, (uint32_t)n->nsze - total + 1);
        e = copy(n, sdlba, nranges);
        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, 0);
        for (uint32_t j = 0; j < nranges; sdlba += nlb[j++]) {
            model(n, sdlba, src[j], nlb[j]);
        }
    }
    nvm_expect_all(n);
}

static void test_copy(void)
{
    nvm_each_format(copy_of);
}

/* FAILURE-CASE-34 */
static void test_fields(void)
{
    static const struct { uint32_t cdw12; uint16_t status, at; } row[] = {
        { 1 << 8, 0x002, 49 },                  /* DESFMT */
        { 2 << 8, 0x002, 49 }, { 15 << 8, 0x002, 49 },
        { 1 << 20, 0x002, 50 | 4 << 8 },        /* DTYPE */
        { 128, 0x183, 48 },                     /* NR */
        { 255, 0x183, 48 },
        { 0xfu << 12 | 0xfu << 26, 0, 0 },      /* PRINFO */
        { 1u << 31 | 3u << 24, 0, 0 },          /* LR, STC */
    };
    Nvm n = nvm_start();

    fill(&n);
    put_range(&n, 0, 5, 1);
    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        FakeCmd cmd = copy_cmd(&n, 9, 1);

        cmd.cdw12 |= row[i].cdw12;
        CHECK_EQ(fake_io(n.h, &cmd).status, row[i].status);
        if (row[i].status) {
            CHECK_EQ(nvm_error_at(&n), row[i].at);
        }
    }
    nvm_model_copy(&n, 9, 5, 1);
    nvm_expect_all(&n);
    nvm_stop(&n);
}

/*
 * FAILURE-CASE-34 FAILURE-CASE-47
 * NVM-COPY: MSSRL 4096, MCL 65536; NVM-LBA-RANGE of both sides.
 */
static void test_limits(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    Nvm n = { .ms = 0 };

    s.ns[0].lbads = 9;
    s.ns[0].nsze = 70000;
    n.h = fake_host_start(&s);
    put_range(&n, 0, 70000 - 4096, 4096);
    CHECK_EQ(copy(&n, 0, 1).status, 0);
    put_range(&n, 0, 0, 4097);
    CHECK_EQ(copy(&n, 0, 1).status, 0x183);
    put_range(&n, 0, 0, 65536);
    CHECK_EQ(copy(&n, 0, 1).status, 0x183);
    for (uint32_t i = 0; i < 17; i++) {
        put_range(&n, i, 4096 * i, i < 16 ? 4096 : 1);
    }
    CHECK_EQ(copy(&n, 70000 - 65536, 16).status, 0);
    CHECK_EQ(copy(&n, 70000 - 65535, 16).status, 0x080);
    CHECK_EQ(nvm_error_at(&n), 40);
    CHECK_EQ(copy(&n, 0, 17).status, 0x183);
    put_range(&n, 0, 69999, 2);
    CHECK_EQ(copy(&n, 0, 1).status, 0x080);
    put_range(&n, 0, UINT64_MAX, 1);
    CHECK_EQ(copy(&n, 0, 1).status, 0x080);
    put_range(&n, 0, 0, 1);
    CHECK_EQ(copy(&n, UINT64_MAX, 1).status, 0x080);
    CHECK_EQ(copy(&n, 70000, 1).status, 0x080);
    for (uint32_t i = 0; i < 128; i++) {
        put_range(&n, i, i, 1);
    }
    CHECK_EQ(copy(&n, 0, 128).status, 0);
    fake_host_free(n.h);
}

/* Dword 0 is the range that failed; what was copied before it stays. */
static void test_failures(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    unsigned bad = 0;

    fill(&n);
    for (unsigned i = 0; i < 3; i++) {
        put_range(&n, i, 10 * i, 5);
    }
    for (unsigned after = 0; after < 6; after++) {
        NvmFault fault = { .op = after & 1 ? OCPN_IO_WRITE : OCPN_IO_READ,
                           .after = after, .result = OCPN_IO_ERROR };
        FakeCqe e;

        nvm_break(&n, &fault);
        e = copy(&n, 900, 3);
        nvm_heal(&n);
        bad += e.status != (after & 1 ? 0x280 : 0x281) || e.dw0 != after / 2;
    }
    CHECK_EQ(bad, 0);
    nvm_model_copy(&n, 900, 0, 5);
    nvm_model_copy(&n, 905, 10, 5);
    nvm_expect(&n, 900, 10);
    nvm_stop(&n);
}

/* NVM-UNCORRECTABLE: as a source an error, as a destination healed. */
static void test_marks(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    FakeCqe e;

    fill(&n);
    CHECK_EQ(nvm_run(&n, OPC_WU, 14, 1, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WU, 500, 20, 0), 0);
    put_range(&n, 0, 0, 5);
    put_range(&n, 1, 10, 5);
    e = copy(&n, 500, 2);
    CHECK_EQ(e.status, 0x281);
    CHECK_EQ(e.dw0, 1);
    nvm_model_copy(&n, 500, 0, 5);
    fake_host_restart(n.h, false);
    nvm_expect(&n, 500, 5);
    CHECK_EQ(nvm_run(&n, OPC_READ, 505, 1, 0), 0x281);
    put_range(&n, 0, 14, 1);
    e = copy(&n, 100, 1);
    CHECK_EQ(e.status, 0x281);
    CHECK_EQ(e.dw0, 0);
    nvm_expect(&n, 100, 1);
    nvm_stop(&n);
}

/* NVM-FUA, and what SMART counts. */
static void test_fua_and_counters(void)
{
    Nvm n = nvm_start_with(12, 8, true, false);
    const FakeMedia *m = &n.h->f.media[1];
    const OcpnCtrl *c = n.h->c;
    uint64_t written, sectors_read, reads, writes;
    FakeCmd cmd;
    unsigned fua;

    fill(&n);
    written = ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS);
    sectors_read = ocpn_counter(c, OCPN_COUNT_READ_SECTORS);
    reads = ocpn_counter(c, OCPN_COUNT_READ_COMMANDS);
    writes = ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS);
    fua = m->fua;
    put_range(&n, 0, 0, 3);
    put_range(&n, 1, 7, 2);
    CHECK_EQ(copy(&n, 100, 2).status, 0);
    CHECK_EQ(m->fua, fua);
    cmd = copy_cmd(&n, 100, 2);
    cmd.cdw12 |= FUA;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    CHECK_EQ(m->fua, fua + 4);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS), written + 80);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_READ_SECTORS), sectors_read);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_READ_COMMANDS), reads + 2);
    CHECK_EQ(ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS), writes + 2);
    nvm_stop(&n);
}

/*
 * FAILURE-CASE-46
 * The list is fetched once: changing it later changes nothing.
 */
static void test_fetched_once(void)
{
    Nvm n = nvm_start();
    FakeCmd cmd;
    unsigned reads;

    fill(&n);
    put_range(&n, 0, 5, 2);
    put_range(&n, 1, 50, 2);
    cmd = copy_cmd(&n, 900, 2);
    n.h->f.hold = true;
    fake_submit(n.h, 1, &cmd);
    fake_run(&n.h->f);
    put_range(&n, 0, UINT64_MAX, 65536);
    put_range(&n, 1, UINT64_MAX, 65536);
    fake_io_finish_all(&n.h->f);
    CHECK_EQ(fake_reap(n.h, 1).status, 0);
    n.h->f.hold = false;
    nvm_model_copy(&n, 900, 5, 2);
    nvm_model_copy(&n, 902, 50, 2);
    nvm_expect_all(&n);
    cmd.prp1 = FAKE_HOLE;
    reads = n.h->f.media[1].reads;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
    CHECK_EQ(n.h->f.media[1].reads, reads);
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "random lists against a model", test_copy },
    { "fields that are refused, and that are not", test_fields },
    { "MSRC, MSSRL, MCL and the ends of the namespace", test_limits },
    { "Dword 0 names the range that failed", test_failures },
    { "uncorrectable sources and destinations", test_marks },
    { "FUA, and what counts in SMART", test_fua_and_counters },
    { "the list is fetched once", test_fetched_once },
};
OCPN_UNIT_MAIN("cmd-copy", tests)
