/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: the geometry that is chosen for a size and for what is asked. */
#include "hw/ocp-nvme/core/geometry-choose.h"
#include "ocpn-unit.h"

#define KIB     ((uint64_t)1 << 10)
#define MIB     ((uint64_t)1 << 20)
#define GIB     ((uint64_t)1 << 30)
#define TIB     ((uint64_t)1 << 40)
#define NASKED  2

/* A field that is asked for, by its name; NULL ends a row before NASKED. */
typedef struct Asked {
    const char *name;
    int64_t value;
} Asked;

static OcpnGeometryWish wish_for(const Asked asked[NASKED])
{
    OcpnGeometryWish wish;

    ocpn_geometry_wish_init(&wish);
    for (size_t i = 0; i < NASKED && asked[i].name; i++) {
        size_t f = 0;

        while (f < OCPN_GEO_NFIELDS &&
               strcmp(ocpn_geometry_rows[f].name, asked[i].name) != 0) {
            f++;
        }
        CU_ASSERT_FATAL(f < OCPN_GEO_NFIELDS);
        wish.value[f] = asked[i].value;
    }
    return wish;
}

static OcpnGeometryWish nothing(void)
{
    return wish_for((const Asked[NASKED]) { { NULL, 0 } });
}

/* A geometry that can be chosen; the test ends if it cannot. */
static OcpnGeometry chosen(const OcpnGeometryWish *wish, uint64_t size,
                           uint8_t lbads)
{
    OcpnError err = { "" };
    OcpnGeometry g;
    bool ok = ocpn_geometry_choose(wish, size, lbads, &g, &err);

    CHECK(ok, "%" PRIu64 " bytes: %s", size, err.text);
    CU_ASSERT_TRUE_FATAL(ok);
    return g;
}

static void check_counts(const OcpnGeometry *g, const uint32_t want[4])
{
    CHECK_EQ(g->num_grp, want[0]);
    CHECK_EQ(g->num_pu, want[1]);
    CHECK_EQ(g->num_chk, want[2]);
    CHECK_EQ(g->clba, want[3]);
}

static void test_a_name_for_every_field(void)
{
    for (size_t i = 0; i < OCPN_GEO_NFIELDS; i++) {
        const char *name = ocpn_geometry_rows[i].name;

        CU_ASSERT_PTR_NOT_NULL_FATAL(name);
        CU_ASSERT_TRUE(name[0] >= 'a' && name[0] <= 'z');
        for (size_t j = 0; j < i; j++) {
            CU_ASSERT_STRING_NOT_EQUAL(name, ocpn_geometry_rows[j].name);
            CU_ASSERT_NOT_EQUAL(ocpn_geometry_rows[i].offset,
                                ocpn_geometry_rows[j].offset);
        }
    }
}

/* Nothing is asked for: all of the size is used, in blocks of both kinds. */
static void test_sizes(void)
{
    static const struct {
        uint64_t size;
        uint32_t want[4];       /* clba in blocks of 4096 bytes */
    } row[] = {
        { 256 * KIB, { 1, 1, 1, 64 } },
        { 16 * MIB,  { 2, 4, 8, 64 } },
        { 64 * MIB,  { 2, 4, 16, 128 } },
        { 1 * GIB,   { 2, 4, 16, 2048 } },
        { 8 * GIB,   { 2, 4, 64, 4096 } },
        { TIB / 2,   { 4, 4, 2048, 4096 } },
        { 1 * TIB,   { 4, 8, 2048, 4096 } },
        { 16 * TIB,  { 16, 8, 8192, 4096 } },
        { 1024 * TIB, { 16, 8, 65536, 32768 } },
    };
    OcpnGeometryWish wish = nothing();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (uint8_t lbads = 9; lbads <= 12; lbads++) {
            OcpnGeometry g = chosen(&wish, row[i].size, lbads);
            uint32_t scale = 1u << (12 - lbads);

            check_counts(&g, (const uint32_t[]) {
                row[i].want[0], row[i].want[1], row[i].want[2],
                row[i].want[3] * scale,
            });
            CHECK_EQ(g.ws_min, 4 * scale);
            CHECK_EQ(g.ws_opt, 8 * scale);
            CHECK_EQ(g.mw_cunits, 24 * scale);
            CHECK_EQ(ocpn_geometry_blocks(&g) << lbads, row[i].size);
        }
    }
}

static void test_numbers_that_no_size_changes(void)
{
    OcpnGeometryWish wish = nothing();

    for (uint64_t size = 16 * MIB; size <= 16 * TIB; size *= 1024) {
        OcpnGeometry g = chosen(&wish, size, 9);

        CHECK_EQ(g.maxoc, 0);
        CHECK_EQ(g.maxocpu, 0);
        CHECK_EQ(g.pe_cycles, 0);
        CHECK_EQ(g.wit, 10);
        CHECK_EQ(g.trdt, 70000);
        CHECK_EQ(g.trdm, 100000);
        CHECK_EQ(g.twrt, 1900000);
        CHECK_EQ(g.twrm, 3500000);
        CHECK_EQ(g.tcrst, 3000000);
        CHECK_EQ(g.tcrsm, 3000000);
    }
}

/* Every field at once, and then alone: never another number. */
static void test_what_is_asked_for_is_kept(void)
{
    static const int64_t value[OCPN_GEO_NFIELDS] = {
        3, 5, 7, 96, 6, 12, 36, 9, 2, 1000, 0, 1, 2, 3, 4, 5, UINT32_MAX,
    };
    OcpnGeometryWish wish = nothing();

    for (int all = 1; all >= 0; all--) {
        for (size_t i = 0; i < OCPN_GEO_NFIELDS; i++) {
            OcpnGeometry g;
            const char *field = (const char *)&g + ocpn_geometry_rows[i].offset;

            if (all) {
                memcpy(wish.value, value, sizeof(value));
            } else {
                ocpn_geometry_wish_init(&wish);
                wish.value[i] = value[i];
            }
            g = chosen(&wish, GIB, 12);
            CHECK(*(const uint32_t *)field == value[i], "%s is %" PRIu32,
                  ocpn_geometry_rows[i].name, *(const uint32_t *)field);
        }
    }
}

/* What is not asked for gives way: OCSSD 2.0, section 2.2 has the rules. */
static void test_the_rest_suits_what_is_asked_for(void)
{
    static const struct {
        Asked asked[NASKED];
        uint32_t ws_min, ws_opt, mw_cunits, clba;
    } row[] = {
        { { { "clba", 98 } }, 2, 2, 24, 98 },
        { { { "clba", 97 } }, 1, 1, 24, 97 },
        { { { "clba", 4 } }, 4, 4, 0, 4 },
        { { { "ws-opt", 6 } }, 3, 6, 24, 4098 },
        { { { "ws-min", 10 } }, 10, 10, 30, 4100 },
        { { { "ws-min", 5 }, { "clba", 15 } }, 5, 5, 10, 15 },
        { { { "mw-cunits", 4092 } }, 4, 8, 4092, 4096 },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnGeometryWish wish = wish_for(row[i].asked);
        OcpnGeometry g = chosen(&wish, 8 * GIB, 12);

        CHECK_EQ(g.ws_min, row[i].ws_min);
        CHECK_EQ(g.ws_opt, row[i].ws_opt);
        CHECK_EQ(g.mw_cunits, row[i].mw_cunits);
        CHECK_EQ(g.clba, row[i].clba);
    }
}

static void test_counts_follow_those_asked_for(void)
{
    static const struct {
        uint64_t size;
        Asked asked[NASKED];
        uint32_t want[4];
    } row[] = {
        { 8 * GIB, { { "num-grp", 1 } }, { 1, 4, 128, 4096 } },
        { 8 * GIB, { { "num-pu", 1 } }, { 2, 1, 256, 4096 } },
        { 8 * GIB, { { "clba", 8192 } }, { 2, 4, 32, 8192 } },
        /* Fewer parallel units: large chunks were asked for. */
        { GIB, { { "clba", 32768 } }, { 1, 1, 8, 32768 } },
        /* More than there is room for, as only the caller can judge. */
        { GIB, { { "num-chk", 100 } }, { 2, 4, 100, 4096 } },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnGeometryWish wish = wish_for(row[i].asked);
        OcpnGeometry g = chosen(&wish, row[i].size, 12);

        check_counts(&g, row[i].want);
    }
}

/* Chunks to fill a size that is asked for, too. */
static void test_a_number_of_chunks_for_a_size(void)
{
    OcpnGeometryWish wish = wish_for((const Asked[NASKED]) {
        { "num-chk", 100 },
    });
    OcpnGeometry g;

    wish.size = GIB;
    g = chosen(&wish, GIB, 12);
    check_counts(&g, (const uint32_t[]) { 2, 4, 100, 320 });
    wish.size = 64 * MIB;
    g = chosen(&wish, 64 * MIB, 12);
    check_counts(&g, (const uint32_t[]) { 2, 4, 100, 16 });
    CHECK_EQ(g.mw_cunits, 12);
}

static void test_too_small(void)
{
    static const struct {
        uint64_t size;
        Asked asked[NASKED];
        const char *says;
    } row[] = {
        { 0, { { NULL, 0 } }, "size is 0 bytes, which is too small for 1 x 1 x "
          "1 chunks of 64 blocks" },
        { 256 * KIB - 1, { { NULL, 0 } }, "size is 262143 bytes, which is too "
          "small for 1 x 1 x 1 chunks of 64 blocks" },
        { GIB, { { "clba", 1 << 24 } }, "for 1 x 1 x 1 chunks of "
          "16777216 blocks" },
        { MIB, { { "num-grp", 2 }, { "num-pu", 256 } },
          "for 2 x 256 x 1 chunks of 64 blocks" },
        { MIB, { { "num-chk", 1000 } },
          "for 2 x 4 x 1000 chunks of 8 blocks" },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnGeometryWish wish = wish_for(row[i].asked);
        OcpnError err = { "" };
        OcpnGeometry g;

        wish.size = (int64_t)row[i].size;
        CHECK(!ocpn_geometry_choose(&wish, row[i].size, 12, &g, &err),
              "row %zu", i);
        CHECK_HAS(err.text, row[i].says);
    }
}

/* The number that was asked for is the one that is named, first. */
static void test_refusals(void)
{
    static const struct {
        Asked asked[NASKED];
        const char *says;
    } bad[] = {
        { { { "num-grp", 0 } }, "num-grp is 0, but must be 1 to" },
        { { { "num-pu", 0 } }, "num-pu is 0, but must be 1 to" },
        { { { "num-chk", 0 } }, "num-chk is 0, but must be 1 to" },
        { { { "clba", 0 } }, "clba is 0, but must be 1 to" },
        { { { "ws-min", 0 }, { "clba", 9 } }, "ws-min is 0," },
        { { { "ws-opt", 0 } }, "ws-opt is 0, but must be 1 to" },
        { { { "num-pu", 257 } }, "num-pu is 257, but must be 1 to" },
        { { { "num-chk", 65537 } }, "num-chk is 65537, but" },
        { { { "clba", 16777217 } }, "clba is 16777217, but" },
        { { { "clba", -5 } }, "clba is -5, but must be 0 to 42949672" },
        { { { "wit", 256 } }, "wit is 256, but must be 0 to 255" },
        { { { "tcrsm", 4294967296 } }, "tcrsm is 4294967296, but" },
        { { { "maxoc", 8 }, { "maxocpu", 9 } }, "maxocpu is 9" },
        { { { "ws-min", 4 }, { "ws-opt", 6 } }, "ws-opt is 6," },
        { { { "ws-opt", 8 }, { "clba", 98 } }, "clba is 98, " },
        { { { "clba", 96 }, { "mw-cunits", 96 } },
          "mw-cunits is 96, but must be less than clba" },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OcpnGeometryWish wish = wish_for(bad[i].asked);
        OcpnError err = { "" };
        OcpnGeometry g;

        CHECK(!ocpn_geometry_choose(&wish, GIB, 12, &g, &err), "row %zu", i);
        CHECK(strstr(err.text, bad[i].says) == err.text, "row %zu: %s", i,
              err.text);
    }
}

/* Any two extreme numbers: an answer or a sentence, never a trap. */
static void test_hostile_numbers(void)
{
    static const int64_t hostile[] = {
        INT64_MIN, -2, 0, 1, 3, 65535, 65536, 16777215, 16777216, 0x7fffffff,
        0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, INT64_MAX,
    };
    static const uint64_t size[] = { 0, 1, GIB, INT64_MAX, UINT64_MAX };
    const size_t n = sizeof(hostile) / sizeof(hostile[0]);

    for (size_t i = 0; i < 7 * n * 7 * n * 5 * 2; i++) {
        size_t rest = i / (7 * n) / (7 * n);
        OcpnGeometryWish wish = nothing();
        OcpnError err = { "" };
        OcpnGeometry g;

        wish.value[i % 7] = hostile[i / 7 % n];
        wish.value[i / (7 * n) % 7] = hostile[i / (7 * n) / 7 % n];
        wish.size = rest / 5 ? (int64_t)GIB : -1;
        if (!ocpn_geometry_choose(&wish, size[rest % 5], 9, &g, &err)) {
            CHECK(strlen(err.text) > 20, "no sentence: %zu", i);
            CHECK(strlen(err.text) < sizeof(err.text) - 3, "%s", err.text);
        }
    }
}

static const OcpnTest tests[] = {
    { "a name for every field",             test_a_name_for_every_field },
    { "sizes",                              test_sizes },
    { "numbers that no size changes",       test_numbers_that_no_size_changes },
    { "what is asked for is kept",          test_what_is_asked_for_is_kept },
    { "the rest suits what is asked for",
      test_the_rest_suits_what_is_asked_for },
    { "counts follow those asked for",
      test_counts_follow_those_asked_for },
    { "a number of chunks for a size",
      test_a_number_of_chunks_for_a_size },
    { "too small",                          test_too_small },
    { "refusals",                           test_refusals },
    { "hostile numbers",                    test_hostile_numbers },
};
OCPN_UNIT_MAIN("geometry-choose", tests)
