/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/image-format.rst, "Regions" and "Formats" (layout). */
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/image.h"
#include "ocpn-unit.h"

#define MIB (1024u * 1024u)

/*
 * FAILURE-CASE-2
 * Regions exist, are aligned, follow one another and end in the image.
 */
static void check_layout(const OcpnImage *im)
{
    uint64_t end = 131072;

    for (unsigned i = 0; i < 5; i++) {
        static const uint32_t in_order[] = { 1, 2, 5, 3, 4 };
        uint32_t r = in_order[i];
        OcpnExtent e = ocpn_image_region(im, r);

        if (e.length != 0) {
            CHECK(e.offset >= end, "region %" PRIu32 " at %" PRIu64, r,
                  e.offset);
            CHECK_EQ(e.offset % 4096, 0);
            CHECK_EQ(e.length % 4096, 0);
            end = e.offset + e.length;
        } else {
            CHECK_EQ(e.offset, 0);
        }
    }
    CHECK(end <= im->length, "regions end at %" PRIu64, end);
    CHECK_EQ(im->state.length, 64 * 8192);
    CHECK_EQ(im->meta.offset % 65536, 0);
    CHECK_EQ(im->data.offset % MIB, 0);
    CHECK(im->data.length >= im->nsze << im->lbads, "data fits");
    CHECK(im->meta.length >= im->nsze * im->ms, "metadata fits");
}

static void test_open_channel(void)
{
    OcpnImage im = image_open_channel();

    check_layout(&im);
    CHECK_EQ(im.nsze, 2880);
    CHECK_EQ(im.state.offset, 131072);
    CHECK_EQ(im.chunks.offset, 655360);
    CHECK_EQ(im.chunks.length, 8192);       /* 30 chunks: one page */
    CHECK_EQ(im.meta.offset, 720896);
    CHECK_EQ(im.meta.length, 49152);        /* 46080 rounded up */
    CHECK_EQ(im.data.offset, MIB);
    CHECK_EQ(im.data.length, 2880 * 4096);
    CHECK_EQ(im.length, MIB + 2880 * 4096);
}

static void test_block_maps(void)
{
    OcpnImage im = image_with_maps(1);

    check_layout(&im);
    CHECK_EQ(im.maps.offset, 720896);
    CHECK_EQ(im.maps.length, 8192);
    CHECK_EQ(im.meta.offset, 786432);
    CHECK_EQ(im.data.offset, MIB);
    im = image_with_maps(64);
    check_layout(&im);
    CHECK_EQ(im.maps.offset, 720896);
    CHECK_EQ(im.maps.length, 524288);
    CHECK_EQ(im.meta.offset, 1245184);
    CHECK_EQ(im.data.offset, 2 * MIB);
    im = image_with_maps(65534);
    check_layout(&im);
    CHECK_EQ(im.maps.length, 536854528);
    im = image_open_channel();
    CHECK_EQ(im.maps.length, 0);
}

static void test_pages_of_the_chunk_table(void)
{
    static const struct {
        uint32_t chunks, pages;
    } row[] = { { 1, 1 }, { 253, 1 }, { 254, 1 }, { 255, 2 }, { 508, 2 },
                { 509, 3 } };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnImage im = image_of_geometry(1, 1, row[i].chunks, 8);

        CHECK_EQ(ocpn_image_npages(im.chunks), row[i].pages);
    }
}

static void test_odd_geometries(void)
{
    OcpnImage im = image_of_geometry(3, 5, 7, 40);

    check_layout(&im);
    CHECK_EQ(im.nsze, 3 * 5 * 7 * 40);
    im = image_of_geometry(1, 1, 1, 4);
    check_layout(&im);
    CHECK_EQ(im.nsze, 4);
    CHECK_EQ(im.data.length, 16384);
}

static void test_16_tib(void)
{
    OcpnImage im = image_of_geometry(16, 8, 8192, 4096);

    check_layout(&im);
    CHECK_EQ(im.data.length, (uint64_t)16 << 40);
    CHECK_EQ(im.meta.length, (uint64_t)64 << 30);
    CHECK_EQ(ocpn_image_npages(im.chunks), 4129);
}

static void test_conventional(void)
{
    OcpnImage im = image_conventional(1000, 9, 8);

    check_layout(&im);
    CHECK_EQ(im.chunks.length, 0);
    CHECK_EQ(im.meta.length, 8192);
    CHECK_EQ(im.data.length, 512000);
    im = image_conventional(1001, 9, 0);
    check_layout(&im);
    CHECK_EQ(im.meta.length, 0);
    CHECK_EQ(im.data.length, 516096);       /* 512512 rounded up */
}

static void test_no_such_layout(void)
{
    static const struct {
        OcpnImage im;
        const char *says;
    } bad[] = {
        { { .mode = 0, .lbads = 12 }, "mode is 0" },
        { { .mode = 3, .lbads = 12 }, "mode is 3" },
        { { .mode = 2, .lbads = 10, .nsze = 1 }, "2^10 bytes" },
        { { .mode = 2, .lbads = 255, .nsze = 1 }, "2^255 bytes" },
        { { .mode = 2, .lbads = 12, .ms = 4, .nsze = 1 }, "is 4 bytes" },
        { { .mode = 2, .lbads = 12, .ms = 65535, .nsze = 1 },
          "is 65535 bytes" },
        { { .mode = 2, .lbads = 12, .extended = true, .nsze = 1 },
          "extended" },
        { { .mode = 2, .lbads = 12, .nsze = 0 }, "has 0 blocks" },
        { { .mode = 2, .lbads = 12, .nsze = ((uint64_t)1 << 50) + 1 },
          "1 to 2^50" },
        { { .mode = 2, .lbads = 9, .nsze = UINT64_MAX },
          "blocks of 512 bytes, but must have 1 to 2^53" },
        { { .mode = 1, .lbads = 12 }, "num-grp is 0" },
        { { .mode = 1, .lbads = 12, .ms = 16, .extended = true },
          "for conventional drives" },
        { { .mode = 1, .lbads = 12, .nmaps = 65535 },
          "65535 pages of block maps, but must have 0 to 65534" },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OcpnImage im = bad[i].im;
        OcpnError err = { "" };

        CHECK(!ocpn_image_layout(&im, &err), "%s", bad[i].says);
        CHECK_HAS(err.text, bad[i].says);
    }
}

static void test_the_largest_conventional_image(void)
{
    OcpnImage im = image_conventional((uint64_t)1 << 53, 9, 64);

    check_layout(&im);
    CU_ASSERT_TRUE(im.length < INT64_MAX);
    im = image_conventional((uint64_t)1 << 50, 12, 64);
    check_layout(&im);
}

/* To every format and back: never beyond the image, and nothing is lost. */
static void test_relayout_there_and_back(void)
{
    static const uint8_t lbads[] = { 9, 12 };
    static const uint16_t ms[] = { 0, 8, 16, 64 };
    static const uint64_t sizes[] = { 600, 1000, 65536, 1u << 24 };

    for (size_t n = 0; n < 4 * 2 * 4; n++) {
        uint64_t nsze = sizes[n / 8];
        OcpnImage first = image_conventional(nsze, 12, 0);
        OcpnImage im = first;
        uint8_t b = lbads[n / 4 % 2];
        uint16_t m = ms[n % 4];
        OcpnError err = { "" };

        CHECK(ocpn_image_relayout(&im, b, m, m != 0, &err), "%s", err.text);
        check_layout(&im);
        CHECK_EQ(im.length, first.length);
        CHECK_EQ(im.state.offset, first.state.offset);
        CHECK_EQ(im.lbads, b);
        CHECK_EQ(im.ms, m);
        CHECK_EQ(im.extended, m != 0);
        CHECK(m != 0 || im.nsze == nsze << (12 - b), "all of it is used");
        CU_ASSERT_TRUE(ocpn_image_relayout(&im, 12, 0, false, &err));
        CHECK_EQ(im.nsze, nsze);
        CHECK_EQ(im.data.offset, first.data.offset);
        CHECK_EQ(memcmp(im.uuid, first.uuid, 16), 0);
    }
}

/* One block more would not fit. */
static void test_relayout_uses_the_room(void)
{
    OcpnImage im = image_conventional(65536, 12, 0);
    OcpnImage more;
    OcpnError err;

    CU_ASSERT_TRUE(ocpn_image_relayout(&im, 9, 64, false, &err));
    more = im;
    more.nsze++;
    CU_ASSERT_TRUE(ocpn_image_layout(&more, &err));
    CHECK(more.length > im.length, "%" PRIu64 " blocks fit", more.nsze);
}

static void test_relayout_refusals(void)
{
    OcpnImage im = image_open_channel();
    OcpnImage before = im;
    OcpnError err = { "" };

    CU_ASSERT_FALSE(ocpn_image_relayout(&im, 12, 0, false, &err));
    CHECK_HAS(err.text, "conventional");
    im = image_conventional(8, 12, 0);
    before = im;
    CU_ASSERT_FALSE(ocpn_image_relayout(&im, 11, 0, false, &err));
    CHECK_HAS(err.text, "2^11");
    CU_ASSERT_FALSE(ocpn_image_relayout(&im, 12, 7, false, &err));
    CHECK_HAS(err.text, "7 bytes");
    CU_ASSERT_FALSE(ocpn_image_relayout(&im, 9, 0, true, &err));
    CHECK_HAS(err.text, "extended");
    /* Its data was below 1 MiB, where it is not put any more. */
    im.length = before.length = MIB;
    CU_ASSERT_FALSE(ocpn_image_relayout(&im, 12, 64, false, &err));
    CHECK_HAS(err.text, "no block of 4096 bytes fits");
    CHECK_EQ(memcmp(&im, &before, sizeof(im)), 0);
}

/* Data stays at 1 MiB, with room for exactly one block. */
static void test_relayout_to_a_single_block(void)
{
    OcpnImage im = image_conventional(1, 12, 8);
    OcpnError err;

    CU_ASSERT_TRUE(ocpn_image_relayout(&im, 12, 64, false, &err));
    CHECK_EQ(im.nsze, 1);
    check_layout(&im);
}

static void test_regions_that_are_none(void)
{
    static const uint32_t none[] = { 0, 6, UINT32_MAX };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(ocpn_image_region(&im, none[i]).offset, 0);
        CHECK_EQ(ocpn_image_region(&im, none[i]).length, 0);
    }
    CHECK_HAS(ocpn_image_region_name(4), "data");
    CHECK_HAS(ocpn_image_region_name(5), "block maps");
    CHECK_HAS(ocpn_image_region_name(6), "unknown");
    CHECK_HAS(ocpn_image_region_name(UINT32_MAX), "unknown");
}

static const OcpnTest tests[] = {
    { "open-channel",                   test_open_channel },
    { "block maps",                     test_block_maps },
    { "pages of the chunk table",       test_pages_of_the_chunk_table },
    { "odd geometries",                 test_odd_geometries },
    { "16 TiB",                         test_16_tib },
    { "conventional",                   test_conventional },
    { "no such layout",                 test_no_such_layout },
    { "the largest conventional image", test_the_largest_conventional_image },
    { "relayout there and back",        test_relayout_there_and_back },
    { "relayout uses the room",         test_relayout_uses_the_room },
    { "relayout refusals",              test_relayout_refusals },
    { "relayout to a single block",     test_relayout_to_a_single_block },
    { "regions that are none",          test_regions_that_are_none },
};
OCPN_UNIT_MAIN("image", tests)
