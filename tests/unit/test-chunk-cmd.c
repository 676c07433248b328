/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Geometry", "Read", "Write". */
#include "ocssd-host.h"

static FakeCqe geometry(FakeHost *h, uint32_t nsid)
{
    memset(fake_guest(h, FAKE_BUF), 0xee, 4096);
    return fake_admin(h, &(FakeCmd) { .opc = 0xe2, .nsid = nsid,
                                      .prp1 = FAKE_BUF });
}

static const struct {
    unsigned at, bytes;
    uint64_t value;
} t1_geometry[] = {
    { 0, 1, 2 }, { 1, 1, 0 }, { 8, 1, 1 }, { 9, 1, 2 }, { 10, 1, 3 },
    { 11, 1, 7 }, { 16, 4, 1 }, { 32, 1, 10 }, { 64, 2, 2 }, { 66, 2, 3 },
    { 68, 4, 5 }, { 72, 4, 0x60 }, { 128, 4, 4 }, { 132, 4, 8 },
    { 136, 4, 0x18 }, { 140, 4, 0 }, { 144, 4, 0 }, { 192, 4, 70000 },
    { 196, 4, 100000 }, { 200, 4, 1900000 }, { 204, 4, 3500000 },
    { 208, 4, 3000000 }, { 212, 4, 3000000 },
};

static void test_geometry(void)
{
    static const struct { unsigned first, end; } zero[] = {
        { 2, 8 }, { 12, 16 }, { 20, 32 }, { 33, 64 }, { 76, 128 },
        { 148, 192 }, { 216, 4096 },
    };
    FakeHost *h = t1_start();
    const uint8_t *g = fake_guest(h, FAKE_BUF);
    uint8_t before[4096];

    /* OCSSD-CASE-6 */
    CHECK_EQ(geometry(h, 1).status, 0);
    for (unsigned i = 0; i < sizeof(t1_geometry) / sizeof(t1_geometry[0]);
         i++) {
        CHECK(bytes_at(g + t1_geometry[i].at, t1_geometry[i].bytes) ==
              t1_geometry[i].value, "byte %u", t1_geometry[i].at);
    }
    /* OCSSD-CASE-7 */
    for (unsigned i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
        CHECK(fake_all(g + zero[i].first, 0, zero[i].end - zero[i].first),
              "bytes from %u", zero[i].first);
    }
    /* OCSSD-CASE-10 */
    memcpy(before, g, sizeof(before));
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(geometry(h, 1).status, 0);
    CHECK_EQ(memcmp(before, g, sizeof(before)), 0);
    fake_host_free(h);
}

static void test_geometry_refusals(void)
{
    static const uint32_t nsid[] = { 0, 0xffffffff, 2, 3 };
    FakeSetup s = t1();
    FakeHost *h;
    FakeCqe e;

    /* OCSSD-CASE-4 OCSSD-CASE-8 */
    s.ns[1] = (FakeNs) FAKE_CONVENTIONAL(2);
    h = fake_host_start(&s);
    for (unsigned i = 0; i < 4; i++) {
        e = geometry(h, nsid[i]);
        CHECK_EQ(e.status, 0x00b);
        CHECK_EQ(e.dnr, true);
    }
    /* OCSSD-CASE-13 */
    e = fake_io(h, &(FakeCmd) { .opc = 0xe2, .nsid = 1, .prp1 = FAKE_BUF });
    CHECK_EQ(e.status, 0x001);
    fake_host_free(h);

    /* OCSSD-CASE-14: E2h */
    s = (FakeSetup) { .ns = { FAKE_CONVENTIONAL(1) } };
    h = fake_host_start(&s);
    CHECK_EQ(geometry(h, 1).status, 0x001);
    fake_host_free(h);
}

/* OCSSD-CASE-9 */
static void test_geometry_over_two_pages(void)
{
    FakeHost *h = t1_start();
    const uint64_t at = FAKE_BUF + 0x800, second = FAKE_BUF + 0x10000;
    uint8_t one[4096];

    CHECK_EQ(geometry(h, 1).status, 0);
    memcpy(one, fake_guest(h, FAKE_BUF), sizeof(one));
    memset(fake_guest(h, FAKE_BUF), 0xee, 0x20000);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xe2, .nsid = 1, .prp1 = at,
                                        .prp2 = second }).status, 0);
    CHECK_EQ(memcmp(one, fake_guest(h, at), 0x800), 0);
    CHECK_EQ(memcmp(one + 0x800, fake_guest(h, second), 0x800), 0);
    CHECK_EQ(fake_all(fake_guest(h, FAKE_BUF), 0xee, 0x800), true);
    CHECK_EQ(fake_all(fake_guest(h, second + 0x800), 0xee, 0x800), true);
    CHECK_EQ(fake_all(fake_guest(h, FAKE_BUF + 0x1000), 0xee, 0xf000), true);
    fake_host_free(h);
}

static void test_geometry_variants(void)
{
    static const struct { bool copy, multi, early; uint32_t mccap; } v[] = {
        { true, true, false, 3 }, { true, false, true, 5 },
        { false, false, false, 0 },
    };
    FakeSetup s = t1();
    FakeHost *h;

    /* OCSSD-CASE-11 */
    s.ns[0].geo.num_grp = s.ns[0].geo.num_pu = 1;
    h = fake_host_start(&s);
    CHECK_EQ(geometry(h, 1).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 8, 4), 0x07030000);
    CHECK_EQ(bytes_at(descriptor(h, 1) + 8, 8), 0x80);
    fake_host_free(h);

    /* What is 0 in T1 has its place. */
    s = t1();
    s.ns[0].geo.maxoc = 0x01020304;
    s.ns[0].geo.maxocpu = 0x00020304;
    h = fake_host_start(&s);
    CHECK_EQ(geometry(h, 1).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 140, 8), 0x0002030401020304);
    fake_host_free(h);

    /* OCSSD-CASE-12 */
    for (unsigned i = 0; i < 3; i++) {
        s = t1();
        s.ns[0].cfg.copy = v[i].copy;
        s.ns[0].cfg.multi_reset = v[i].multi;
        s.ns[0].cfg.early_reset = v[i].early;
        h = fake_host_start(&s);
        CHECK_EQ(geometry(h, 1).status, 0);
        CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 16, 4), v[i].mccap);
        fake_host_free(h);
    }
}

/* OCSSD-CASE-5 */
static void test_commands_that_chunks_do_not_have(void)
{
    static const uint8_t opc[] = { 0x04, 0x05, 0x08 };
    FakeHost *h = t1_start();

    for (unsigned i = 0; i < sizeof(opc); i++) {
        CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = opc[i], .nsid = 1,
                                         .prp1 = FAKE_BUF }).status, 0x001);
    }
    fake_host_free(h);
}

/* Entries [0, data) of the last read are LBA's blocks, up to N all BYTE. */
static void check_read_of(FakeHost *h, uint64_t lba, unsigned data,
                          unsigned n, uint8_t byte)
{
    for (unsigned i = 0; i < n; i++) {
        CHECK(i < data ? is_block(h, i, lba + i) : is_pattern(h, i, byte),
              "entry %u of LBA 0x%" PRIx64, i, lba);
    }
}

static void check_read(FakeHost *h, uint64_t lba, unsigned data, unsigned n)
{
    check_read_of(h, lba, data, n, 0);
}

static void test_reads_of_a_free_chunk(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_start(&s);

    /* OCSSD-CASE-46 */
    CHECK_EQ(r(h, A, 1), 0);
    check_read(h, A, 0, 1);
    /* OCSSD-CASE-48 */
    set_dulbe(h);
    CHECK_EQ(r(h, A, 1), 0x287);
    fake_host_free(h);

    /* OCSSD-CASE-47 */
    s.ns[0].cfg.dlfeat = 2;
    h = fake_host_start(&s);
    CHECK_EQ(r(h, A, 1), 0);
    CHECK_EQ(is_pattern(h, 0, 0xff), true);
    fake_host_free(h);
}

/* Reads of one chunk: how many blocks are written, what is read. */
static const struct {
    unsigned write, s, n, data;
} reads[] = {
    { 48, 0, 24, 24 },                                  /* OCSSD-CASE-49 */
    { 48, 24, 1, 0 }, { 48, 47, 1, 0 }, { 48, 48, 1, 0 },  /* OCSSD-CASE-50 */
    { 48, 20, 8, 4 },                                   /* OCSSD-CASE-51 */
    { 24, 0, 1, 0 },                                    /* OCSSD-CASE-52 */
    { 28, 3, 1, 1 }, { 28, 4, 1, 0 },                   /* OCSSD-CASE-53 */
    { 8, 0, 1, 0 },                                     /* OCSSD-CASE-54 */
    { 96, 0, 96, 96 },                                  /* OCSSD-CASE-55 */
    { 96, 90, 8, 6 },                                   /* OCSSD-CASE-56 */
    { 96, 5, 1, 1 }, { 96, 5, 3, 3 },                   /* OCSSD-CASE-60 */
};

/* DLFEAT as in T1, and FFh, which the medium of a new drive does not hold. */
static void check_reads(uint8_t dlfeat)
{
    FakeSetup setup = t1();

    setup.ns[0].cfg.dlfeat = dlfeat;
    for (unsigned i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        FakeHost *h = fake_host_start(&setup);
        const unsigned s = reads[i].s, n = reads[i].n, data = reads[i].data;

        open_chunk(h, A, reads[i].write);
        CHECK_EQ(r(h, A + s, n), 0);
        check_read_of(h, A + s, data, n, dlfeat == 1 ? 0 : 0xff);
        set_dulbe(h);
        CHECK_EQ(r(h, A + s, n), data == n ? 0 : 0x287);
        if (data == n) {
            check_read(h, A + s, data, n);
        }
        fake_host_free(h);
    }
}

static void test_reads_and_the_window(void)
{
    check_reads(1);
    check_reads(2);
}

static void test_no_window(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    /* OCSSD-CASE-59 */
    s.ns[0].geo.mw_cunits = 0;
    h = fake_host_start(&s);
    open_chunk(h, A, 4);
    CHECK_EQ(r(h, A + 3, 1), 0);
    check_read(h, A + 3, 1, 1);
    CHECK_EQ(r(h, A + 4, 1), 0);
    check_read(h, A + 4, 0, 1);
    fake_host_free(h);
}

/* FAILURE-CASE-8 FAILURE-CASE-47 */
static void test_reads_of_what_is_not_there(void)
{
    static const uint64_t lba[] = {
        0x0060, 0x0280, 0x0c00, 0x2000, 0x8000000000000000, UINT64_MAX, X,
    };
    FakeHost *h = t1_start();

    /* OCSSD-CASE-57 OCSSD-CASE-58 */
    make_offline(h, IX);
    fill(h, A);
    for (unsigned i = 0; i < sizeof(lba) / sizeof(lba[0]); i++) {
        CHECK_EQ(r(h, lba[i], 1), 0);
        check_read(h, lba[i], 0, 1);
    }
    /* Addresses do not begin again behind the last one. */
    CHECK_EQ(r(h, UINT64_MAX, 4), 0);
    check_read(h, UINT64_MAX, 0, 4);
    set_dulbe(h);
    for (unsigned i = 0; i < sizeof(lba) / sizeof(lba[0]); i++) {
        CHECK_EQ(r(h, lba[i], 1), 0x287);
    }
    fake_host_free(h);
}

static void test_reads_over_a_chunk_end(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-64 */
    fill(h, A);
    fill(h, B);
    CHECK_EQ(r(h, 0x5c, 8), 0);
    check_read(h, 0x5c, 4, 8);
    /* Over the hole and into B. */
    CHECK_EQ(r(h, 0x5f, 0x23), 0);
    CHECK_EQ(is_block(h, 0, 0x5f), true);
    for (unsigned i = 1; i < 0x21; i++) {
        CHECK_EQ(is_zero(h, i), true);
    }
    CHECK_EQ(is_block(h, 0x21, 0x80), true);
    CHECK_EQ(is_block(h, 0x22, 0x81), true);
    fake_host_free(h);
}

static void test_read_limits_and_metadata(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd;

    /* OCSSD-CASE-61 */
    CHECK_EQ(r(h, A, 129), 0x002);
    CHECK_EQ(r(h, A, 128), 0);
    /* OCSSD-CASE-62 */
    fill(h, A);
    CHECK_EQ(r(h, A + 7, 2), 0);
    check_read(h, A + 7, 2, 2);
    cmd = scalar(h, 0x02, A + 9, 1);
    cmd.mptr = 0;
    memset(fake_guest(h, 0), 0xee, MS);
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 8, 8), 9);
    CHECK_EQ(fake_all(fake_guest(h, 0), 0xee, MS), true);
    /* OCSSD-CASE-63 */
    CHECK_EQ(VX(h, A).status, 0);
    CHECK_EQ(r(h, A, 1), 0);
    check_read(h, A, 0, 1);
    set_dulbe(h);
    CHECK_EQ(r(h, A, 1), 0x287);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "geometry",                         test_geometry },
    { "geometry refusals",                test_geometry_refusals },
    { "geometry over two pages",          test_geometry_over_two_pages },
    { "geometry variants",                test_geometry_variants },
    { "commands that chunks do not have",
      test_commands_that_chunks_do_not_have },
    { "reads of a free chunk",            test_reads_of_a_free_chunk },
    { "reads and the window",             test_reads_and_the_window },
    { "no window",                        test_no_window },
    { "reads of what is not there",       test_reads_of_what_is_not_there },
    { "reads over a chunk end",           test_reads_over_a_chunk_end },
    { "read limits and metadata",         test_read_limits_and_metadata },
};
OCPN_UNIT_MAIN("chunk commands", tests)
