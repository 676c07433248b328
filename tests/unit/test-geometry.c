/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, sections 2.1 to 2.3 (geometry, addresses). */
#include "hw/ocp-nvme/core/geometry.h"
#include "ocpn-unit.h"

static OcpnGeometry geometry(uint32_t grp, uint32_t pu, uint32_t chk,
                             uint32_t clba)
{
    return (OcpnGeometry) {
        .num_grp = grp, .num_pu = pu, .num_chk = chk, .clba = clba,
        .ws_min = 1, .ws_opt = 1,
    };
}

/* A geometry that is accepted; the test ends if it is not. */
static OcpnGeometry good(uint32_t grp, uint32_t pu, uint32_t chk,
                         uint32_t clba)
{
    OcpnGeometry g = geometry(grp, pu, chk, clba);
    OcpnError err;

    CU_ASSERT_TRUE_FATAL(ocpn_geometry_init(&g, 12, &err));
    return g;
}

/* 4/2/10/12 bits: group 27:24, PU 23:22, chunk 21:12, block 11:0. */
static void test_example_of_the_specification(void)
{
    OcpnGeometry g = good(16, 4, 1024, 4096);
    OcpnAddr a;

    CHECK_EQ(g.grp_bits, 4);
    CHECK_EQ(g.pu_bits, 2);
    CHECK_EQ(g.chk_bits, 10);
    CHECK_EQ(g.lbk_bits, 12);
    CHECK_EQ(g.chk_shift, 12);
    CHECK_EQ(g.pu_shift, 22);
    CHECK_EQ(g.grp_shift, 24);
    CHECK_EQ(g.chunks, 65536);
    CHECK_EQ(ocpn_geometry_nsze(&g), 1u << 28);
    CHECK_EQ(ocpn_addr_lba(&g, 0, 0), 0);
    CU_ASSERT_TRUE(ocpn_addr_split(&g, 0xb8c5678, &a));
    CHECK_EQ(a.chunk, (0xb * 4 + 2) * 1024 + 0xc5);
    CHECK_EQ(a.blk, 0x678);
    CHECK_EQ(ocpn_addr_lba(&g, a.chunk, a.blk), 0xb8c5678);
}

/* ADDR-R1; 2 x 3 x 5 x 96: bits 1/2/3/7, and the addresses that follow. */
static void test_holes(void)
{
    static const struct {
        uint64_t lba;
        uint32_t chunk, blk;
    } there[] = {
        { 0x0000, 0, 0 },   { 0x0080, 1, 0 },   { 0x0100, 2, 0 },
        { 0x0400, 5, 0 },   { 0x1000, 15, 0 },  { 0x1a00, 29, 0 },
        { 0x005f, 0, 95 },  { 0x1a5f, 29, 95 },
        { 0x0060, 0, 96 },  { 0x1a7f, 29, 127 },    /* cnlb decides */
    };
    static const uint64_t not_there[] = {
        0x0280, 0x02ff, 0x0380, 0x0c00, 0x0fff, 0x1c00, 0x1fff, 0x2000,
        0x8000000000000000, 0xffffffffffffffff, 0x2000000000000000,
    };
    OcpnGeometry g = good(2, 3, 5, 96);
    OcpnAddr a;

    CHECK_EQ(ocpn_geometry_nsze(&g), 0x2000);
    CHECK_EQ(ocpn_geometry_blocks(&g), 2880);
    for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
        CU_ASSERT_TRUE(ocpn_addr_split(&g, there[i].lba, &a));
        CHECK_EQ(a.chunk, there[i].chunk);
        CHECK_EQ(a.blk, there[i].blk);
        CHECK_EQ(ocpn_addr_lba(&g, a.chunk, a.blk), there[i].lba);
    }
    for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++) {
        CHECK(!ocpn_addr_split(&g, not_there[i], &a), "0x%" PRIx64 " exists",
              not_there[i]);
    }
}

/* Every address of odd geometries: as many exist as there should be. */
static void test_every_address_of_odd_geometries(void)
{
    static const uint32_t odd[][4] = {
        { 3, 5, 7, 40 }, { 1, 1, 1, 4 }, { 1, 1, 1, 1 }, { 2, 1, 3, 1 },
        { 1, 6, 1, 9 }, { 5, 1, 1, 2 }, { 4, 2, 8, 16 },
    };

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        OcpnGeometry g = good(odd[i][0], odd[i][1], odd[i][2], odd[i][3]);
        uint64_t found = 0, last = 0;

        for (uint64_t lba = 0; lba < ocpn_geometry_nsze(&g) + 3; lba++) {
            OcpnAddr a;

            if (ocpn_addr_split(&g, lba, &a) && a.blk < g.clba) {
                uint64_t dense = (uint64_t)a.chunk * g.clba + a.blk;

                CHECK_EQ(dense, found);
                CHECK_EQ(ocpn_addr_lba(&g, a.chunk, a.blk), lba);
                CHECK_EQ(ocpn_addr_pu(&g, a.chunk), a.chunk / odd[i][2]);
                found++;
                last = lba;
            }
        }
        CHECK_EQ(found, (uint64_t)odd[i][0] * odd[i][1] * odd[i][2] *
                        odd[i][3]);
        CHECK_EQ(last, ocpn_addr_lba(&g, g.chunks - 1, g.clba - 1));
    }
}

static void test_a_count_of_one_has_no_bits(void)
{
    OcpnGeometry g = good(1, 1, 1, 1);

    CHECK_EQ(g.grp_bits + g.pu_bits + g.chk_bits + g.lbk_bits, 0);
    CHECK_EQ(ocpn_geometry_nsze(&g), 1);
}

/* GEO-R2 */
static void test_the_largest_that_linux_can_address(void)
{
    OcpnGeometry g = geometry(256, 256, 256, 1u << 24);
    OcpnError err;

    /* 8 + 8 + 8 + 24 + 12 bits; all the counts together would need 68. */
    CU_ASSERT_TRUE(ocpn_geometry_init(&g, 12, &err));
    CHECK_EQ(g.chunks, 1u << 24);
    CHECK_EQ(ocpn_geometry_blocks(&g), (uint64_t)1 << 48);

    /* The same chunks in one group: 16 + 24 + 8 bits. */
    g = geometry(1, 256, 65536, 1u << 24);
    CU_ASSERT_TRUE(ocpn_geometry_init(&g, 12, &err));
}

/* Numbers in the order of ImgGeometry, the rest zero. */
static OcpnGeometry from_numbers(const uint32_t n[17])
{
    return (OcpnGeometry) {
        .num_grp = n[0], .num_pu = n[1], .num_chk = n[2], .clba = n[3],
        .ws_min = n[4], .ws_opt = n[5], .mw_cunits = n[6], .maxoc = n[7],
        .maxocpu = n[8], .pe_cycles = n[9], .wit = n[10], .trdt = n[11],
        .trdm = n[12], .twrt = n[13], .twrm = n[14], .tcrst = n[15],
        .tcrsm = n[16],
    };
}

/*
 * GEO-R1: change one number of a good geometry; it is refused, with these
 * words.
 */
static void test_refusals(void)
{
    static const struct {
        uint32_t n[17];
        const char *says;
    } bad[] = {
        { { 0, 4, 64, 4096, 4, 8, 24 }, "num-grp is 0" },
        { { 257, 4, 64, 4096, 4, 8, 24 }, "num-grp is 257" },  /* GEO-R2 */
        { { 2, 0, 64, 4096, 4, 8, 24 }, "num-pu is 0" },
        { { 2, 257, 64, 4096, 4, 8, 24 }, "num-pu is 257" },
        { { 2, 4, 0, 4096, 4, 8, 24 }, "num-chk is 0" },
        { { 2, 4, 65537, 4096, 4, 8, 24 }, "num-chk is 65537" },
        { { 2, 4, 64, 0, 4, 8, 24 }, "clba is 0" },
        { { 2, 4, 64, 16777224, 4, 8, 24 }, "clba is 16777224" },
        { { 2, 4, 64, UINT32_MAX, 4, 8, 24 }, "clba is 4294967295" },
        { { 2, 4, 64, 4096, 0, 8, 24 }, "ws-min is 0" },
        { { 2, 4, 64, 4096, 4, 0, 24 }, "ws-opt is 0" },
        { { 2, 4, 64, 4096, 4, 6, 24 }, "ws-opt is 6" },
        { { 2, 4, 64, 4096, 8, 4, 24 }, "ws-opt is 4" },
        { { 2, 4, 64, 4100, 4, 8, 24 }, "clba is 4100" },
        { { 2, 4, 64, 4096, 4, 8, 26 }, "mw-cunits is 26" },
        { { 2, 4, 64, 4096, 4, 8, 4096 }, "mw-cunits is 4096" },
        { { 2, 4, 64, 4096, 4, 8, 24, 2, 3 }, "maxocpu is 3" },
        { { 2, 4, 64, 4096, 4, 8, 24, 0, 0, 0, 256 }, "wit is 256" },
        { { 256, 256, 65536, 4096, 4, 8, 24 }, "is 4294967296 chunks" },
        { { 256, 256, 257, 4096, 4, 8, 24 }, "at most 16777216" },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OcpnGeometry g = from_numbers(bad[i].n);
        OcpnError err = { "" };

        CHECK(!ocpn_geometry_init(&g, 12, &err), "%s", bad[i].says);
        CHECK_HAS(err.text, bad[i].says);
    }
}

static void test_limits_at_their_edges(void)
{
    static const uint32_t fine[][17] = {
        { 256, 1, 1, 8, 8, 8, 0 },
        { 1, 256, 1, 8, 1, 8, 7 },
        { 1, 1, 65536, 8, 4, 8, 4 },
        { 1, 1, 1, 1u << 24, 1u << 24, 1u << 24, 0 },
        { 2, 4, 64, 4096, 4, 8, 4092 },
        { 2, 4, 64, 4096, 4, 8, 24, 3, 3, UINT32_MAX, 255,
          UINT32_MAX, 0, UINT32_MAX, 0, UINT32_MAX, 0 },
        { 2, 4, 64, 4096, 4, 8, 24, 0, UINT32_MAX },
    };

    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        OcpnGeometry g = from_numbers(fine[i]);
        OcpnError err = { "" };

        CHECK(ocpn_geometry_init(&g, 12, &err), "row %zu: %s", i, err.text);
    }
}

/* Counts just above powers of two: 8 + 8 + 10 + 24 bits, and the block. */
static void test_addresses_stay_below_2_62(void)
{
    OcpnGeometry g = geometry(129, 129, 1008, 1u << 24);
    OcpnError err = { "" };

    CU_ASSERT_TRUE(ocpn_geometry_init(&g, 12, &err));
    CHECK_EQ(ocpn_geometry_nsze(&g), (uint64_t)1 << 50);
    CU_ASSERT_FALSE(ocpn_geometry_init(&g, 13, &err));
    CHECK_HAS(err.text, "needs byte addresses of 63 bits");
}

static const OcpnTest tests[] = {
    { "example of the specification",       test_example_of_the_specification },
    { "holes",                              test_holes },
    { "every address of odd geometries",
      test_every_address_of_odd_geometries },
    { "a count of one has no bits",         test_a_count_of_one_has_no_bits },
    { "the largest that Linux can address",
      test_the_largest_that_linux_can_address },
    { "refusals",                           test_refusals },
    { "limits at their edges",              test_limits_at_their_edges },
    { "addresses stay below 2^62",          test_addresses_stay_below_2_62 },
};
OCPN_UNIT_MAIN("geometry", tests)
