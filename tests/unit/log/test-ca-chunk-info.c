/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Chunk Information" (LID CAh; RPT-R1). */
#include "ocssd-host.h"

/* LEN bytes at OFF of the page, at FAKE_BUF; what is around them is EEh. */
static FakeCqe get(FakeHost *h, uint32_t nsid, uint64_t off, uint64_t len)
{
    memset(fake_guest(h, FAKE_BUF), 0xee, len + 64);
    return fake_get_log(h, 0xca, nsid, off, len);
}

static const uint8_t *page(FakeHost *h)
{
    return fake_guest(h, FAKE_BUF);
}

static void test_a_new_drive(void)
{
    static const struct { unsigned index; uint64_t slba; } where[] = {
        { 0, 0 }, { 1, 0x80 }, { 4, 0x200 }, { 5, 0x400 }, { 15, 0x1000 },
        { 29, 0x1a00 },
    };
    FakeHost *h = t1_start();

    /* OCSSD-CASE-16 */
    CHECK_EQ(get(h, 1, 0, 960).status, 0);
    for (unsigned i = 0; i < 30; i++) {
        const uint8_t *d = page(h) + i * 32;

        CHECK_EQ(d[0], 0x01);
        CHECK_EQ(d[1], 0x01);
        CHECK_EQ(d[2], 0);
        CHECK_EQ(bytes_at(d + 3, 5), 0);
        CHECK_EQ(bytes_at(d + 16, 8), 0x60);
        CHECK_EQ(bytes_at(d + 24, 8), 0);
    }
    CHECK_EQ(page(h)[960], 0xee);
    /* OCSSD-CASE-17 */
    for (unsigned i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
        CHECK_EQ(bytes_at(page(h) + where[i].index * 32 + 8, 8),
                 where[i].slba);
    }
    fake_host_free(h);
}

static void test_parts(void)
{
    FakeHost *h = t1_start();
    uint8_t all[960];

    CHECK_EQ(get(h, 1, 0, 960).status, 0);
    memcpy(all, page(h), sizeof(all));
    /* OCSSD-CASE-18 */
    CHECK_EQ(get(h, 1, 160, 160).status, 0);
    CHECK_EQ(bytes_at(page(h) + 8, 8), 0x400);
    CHECK_EQ(bytes_at(page(h) + 4 * 32 + 8, 8), 0x600);
    CHECK_EQ(page(h)[160], 0xee);
    /* OCSSD-CASE-19 */
    CHECK_EQ(get(h, 1, 480, 32).status, 0);
    CHECK_EQ(bytes_at(page(h) + 8, 8), 0x1000);
    /* OCSSD-CASE-20 */
    CHECK_EQ(get(h, 1, 936, 8).status, 0);
    CHECK_EQ(bytes_at(page(h), 8), 0x1a00);
    /* OCSSD-CASE-21 */
    CHECK_EQ(get(h, 1, 0, 4).status, 0);
    CHECK_EQ(bytes_at(page(h), 4), 0x0101);
    CHECK_EQ(page(h)[4], 0xee);
    /* Bytes are bytes: any offset and length that may be asked for. */
    for (unsigned off = 0; off < 200; off += 4) {
        for (unsigned len = 4; len < 100; len += 12) {
            CHECK_EQ(get(h, 1, off, len).status, 0);
            CHECK_EQ(memcmp(page(h), all + off, len), 0);
        }
    }
    fake_host_free(h);
}

/* FAILURE-CASE-6 FAILURE-CASE-11 */
static void test_the_end(void)
{
    FakeHost *h = t1_start();
    FakeCqe e;

    /* OCSSD-CASE-22 */
    CHECK_EQ(get(h, 1, 960, 32).status, 0);
    CHECK_EQ(fake_all(page(h), 0, 32), true);
    /* OCSSD-CASE-23 */
    CHECK_EQ(get(h, 1, 928, 256).status, 0);
    CHECK_EQ(bytes_at(page(h) + 8, 8), 0x1a00);
    CHECK_EQ(fake_all(page(h) + 32, 0, 224), true);
    CHECK_EQ(page(h)[256], 0xee);
    /* OCSSD-CASE-24 */
    e = get(h, 1, 964, 32);
    CHECK_EQ(e.status, 0x002);
    CHECK_EQ(e.dnr, true);
    CHECK_EQ(get(h, 1, UINT64_C(1) << 32, 32).status, 0x002);
    CHECK_EQ(get(h, 1, UINT64_MAX - 31, 64).status, 0x002);
    CHECK_EQ(page(h)[0], 0xee);
    /* OCSSD-CASE-25 */
    CHECK_EQ(get(h, 1, 2, 32).status, 0x002);
    /* OCSSD-CASE-27 */
    CHECK_EQ(get(h, 1, 0, 512 * 1024 + 4).status, 0x002);
    CHECK_EQ(get(h, 1, 0, 512 * 1024).status, 0);
    fake_host_free(h);
}

/* FAILURE-CASE-11 */
static void test_namespaces(void)
{
    static const uint32_t nsid[] = { 0, 0xffffffff, 2, 3 };
    FakeSetup s = t1();
    FakeHost *h;
    FakeCqe e;

    /* OCSSD-CASE-26, and a namespace without chunks */
    s.ns[1] = (FakeNs) FAKE_CONVENTIONAL(2);
    h = fake_host_start(&s);
    for (unsigned i = 0; i < 4; i++) {
        e = get(h, nsid[i], 0, 32);
        CHECK_EQ(e.status, 0x00b);
        CHECK_EQ(e.dnr, true);
    }
    fake_host_free(h);

    /* OCSSD-CASE-14: CAh */
    s = (FakeSetup) { .ns = { FAKE_CONVENTIONAL(1) } };
    h = fake_host_start(&s);
    CHECK_EQ(get(h, 1, 0, 32).status, 0x109);
    fake_host_free(h);
}

static void test_states(void)
{
    /* Section 16: chunk A after 8 blocks, chunk F when full. */
    static const uint8_t want_a[32] = {
        0x04, 0x01, [16] = 0x60, [24] = 0x08,
    };
    static const uint8_t want_f[32] = {
        0x02, 0x01, [9] = 0x1a, [16] = 0x60, [24] = 0x60,
    };
    FakeHost *h = t1_start();
    uint8_t before[960];

    make_offline(h, IX);
    CHECK_EQ(get(h, 1, 0, 960).status, 0);
    memcpy(before, page(h), sizeof(before));
    /* OCSSD-CASE-29 OCSSD-CASE-30 */
    open_chunk(h, A, 8);
    fill(h, F);
    CHECK_EQ(get(h, 1, 0, 960).status, 0);
    CHECK_EQ(memcmp(page(h), want_a, 32), 0);
    CHECK_EQ(memcmp(page(h) + 29 * 32, want_f, 32), 0);
    CHECK_EQ(memcmp(page(h) + 32, before + 32, 28 * 32), 0);
    /* OCSSD-CASE-31 */
    CHECK_EQ(page(h)[2 * 32], 0x08);
    CHECK_EQ(bytes_at(page(h) + 2 * 32 + 24, 8), 0);
    /* OCSSD-CASE-28 */
    memcpy(before, page(h), sizeof(before));
    for (uint32_t rae = 0; rae < 2; rae++) {
        memset(fake_guest(h, FAKE_BUF), 0xee, sizeof(before));
        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
            .cdw10 = 0x00ef00ca | rae << 15,
        }).status, 0);
        CHECK_EQ(memcmp(page(h), before, sizeof(before)), 0);
    }
    fake_host_free(h);
}

static void test_chunk_types(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-33 */
    condition(h, 4, (Entry) { .state = 1, .type = 0x11, .cnlb = 64 });
    CHECK_EQ(get(h, 1, 0, 960).status, 0);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQ(page(h)[i * 32 + 1], i == 4 ? 0x11 : 0x01);
        CHECK_EQ(bytes_at(page(h) + i * 32 + 16, 8), i == 4 ? 0x40 : 0x60);
    }
    fake_host_free(h);
}

/* Counts that are no powers of two: holes in the LBAs, none in the log. */
static void test_odd_geometry(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo = (OcpnGeometry) {
        .num_grp = 3, .num_pu = 5, .num_chk = 7, .clba = 40,
        .ws_min = 4, .ws_opt = 4, .mw_cunits = 8,
    };
    h = fake_host_start(&s);
    CHECK_EQ(get(h, 1, 0, 105 * 32).status, 0);
    for (unsigned i = 0; i < 105; i++) {
        CHECK_EQ(bytes_at(page(h) + i * 32 + 8, 8),
                 i / 35 << 12 | i / 7 % 5 << 9 | i % 7 << 6);
    }
    CHECK_EQ(get(h, 1, 105 * 32 + 4, 32).status, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a new drive",  test_a_new_drive },
    { "parts",        test_parts },
    { "the end",      test_the_end },
    { "namespaces",   test_namespaces },
    { "states",       test_states },
    { "chunk types",  test_chunk_types },
    { "odd geometry", test_odd_geometry },
};
OCPN_UNIT_MAIN("log CAh", tests)
