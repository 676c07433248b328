/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Creation"; with power cuts it is proven by
 * test-cut-create.c.
 */
#include "fakes/disk.h"
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/image.h"
#include "ocpn-unit.h"

static bool take(void *opaque, uint32_t index, const ImgPage *p,
                 unsigned slot, OcpnError *err)
{
    unsigned int *n = opaque;

    (void)index;
    (void)p;
    (void)slot;
    (void)err;
    ++*n;
    return true;
}

/* Whether every page of an image can be read. */
static bool loads(const OcpnImage *im, FakeDisk *d, OcpnError *err)
{
    uint8_t buf[65536];
    unsigned int n = 0;

    return ocpn_page_load_all(im, &d->disk, 1, buf, sizeof(buf), take, &n,
                              err) &&
           ocpn_page_load_all(im, &d->disk, 2, buf, sizeof(buf), take, &n,
                              err) &&
           ocpn_page_load_all(im, &d->disk, 5, buf, sizeof(buf), take, &n,
                              err);
}

static void test_bytes(void)
{
    OcpnImage im = image_of_geometry(2, 5, 26, 40), got;    /* 260 chunks */
    OcpnError err = { "" };
    const uint8_t *table;
    FakeDisk d;

    fake_disk_init(&d, im.length);
    memset(d.bytes, 0xa5, im.meta.offset);      /* not the zeros it needs */
    CHECK(ocpn_image_create(&im, &d.disk, &err), "%s", err.text);
    CHECK_EQ(memcmp(d.bytes, "OCPNVME", 8), 0);
    CHECK_EQ(bytes_at(d.bytes + 24, 8), 1);
    CHECK_EQ(memcmp(d.bytes + 65536, "OCPNVME", 8), 0);
    CHECK_EQ(bytes_at(d.bytes + 65536 + 24, 8), 2);
    for (unsigned int page = 0; page < 64 + 2; page++) {
        const uint8_t *p = d.bytes + 131072 + page * 8192;

        CHECK_EQ(memcmp(p, "OCPG", 4), 0);
        CHECK_EQ(bytes_at(p + 4, 4), page < 64 ? 1 : 2);
        CHECK_EQ(bytes_at(p + 8, 4), page % 64);
        CHECK_EQ(bytes_at(p + 16, 8), 1);
        CHECK_EQ(bytes_at(p + 4096, 8), 0);
    }
    table = d.bytes + 655360 + 32;
    for (unsigned int i = 0; i < 260; i++) {
        const uint8_t *e = table + i / 254 * 8192 + i % 254 * 16;

        CHECK_EQ(bytes_at(e, 8), 0x0101);
        CHECK_EQ(bytes_at(e + 8, 8), 40);
    }
    CHECK_EQ(bytes_at(table + 8192 + 6 * 16, 8), 0);    /* no chunk 260 */
    CHECK_EQ(ocpn_image_open(&got, &d.disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(got.sequence, 2);
    CHECK(loads(&got, &d, &err), "%s", err.text);
    fake_disk_free(&d);
}

static void test_bytes_of_block_maps(void)
{
    OcpnImage im = image_with_maps(3);
    OcpnError err = { "" };
    FakeDisk d;

    fake_disk_init(&d, im.length);
    memset(d.bytes, 0xa5, im.meta.offset);
    CHECK(ocpn_image_create(&im, &d.disk, &err), "%s", err.text);
    for (unsigned int page = 0; page < 3; page++) {
        const uint8_t *p = d.bytes + 720896 + page * 8192;

        CHECK_EQ(memcmp(p, "OCPG", 4), 0);
        CHECK_EQ(bytes_at(p + 4, 4), 5);
        CHECK_EQ(bytes_at(p + 8, 4), page);
        CHECK_EQ(bytes_at(p + 16, 8), 1);
        for (unsigned int i = 32; i < 8192; i++) {
            CHECK(p[i] == 0, "page %u byte %u is %u", page, i, p[i]);
        }
    }
    CHECK_EQ(d.bytes[720896 + 3 * 8192], 0xa5);
    fake_disk_free(&d);
}

/* Nothing of the data or metadata region is touched. */
static void test_data_stays(void)
{
    OcpnImage im = image_open_channel();
    OcpnError err;
    FakeDisk d;

    fake_disk_init(&d, im.length);
    memset(d.bytes + im.meta.offset, 0x5a, im.length - im.meta.offset);
    CU_ASSERT_TRUE(ocpn_image_create(&im, &d.disk, &err));
    for (uint64_t i = im.meta.offset; i < im.length; i++) {
        if (d.bytes[i] != 0x5a) {
            CHECK(false, "byte %" PRIu64 " was written", i);
            break;
        }
    }
    fake_disk_free(&d);
}

/* A small image, for tests that make it often. */
static OcpnImage small_image(void)
{
    OcpnImage im = image_of_geometry(1, 1, 3, 4);
    OcpnError err;

    im.nmaps = 2;
    CU_ASSERT_TRUE_FATAL(ocpn_image_layout(&im, &err));
    return im;
}

/* An image with the same layout and pages with higher sequence numbers. */
static void leave_older_image(FakeDisk *d)
{
    OcpnImage old = small_image();
    OcpnError err;
    ImgPage p;

    CU_ASSERT_TRUE(ocpn_image_create(&old, &d->disk, &err));
    for (uint32_t i = 0; i < 64; i++) {
        memset(&p, 0, sizeof(p));
        ocpn_page_seal(&old, &p, 1, i, 100);
        d->disk.write(d, ocpn_page_offset(&old, 1, i, 1), &p, sizeof(p));
    }
}

/* Its pages have higher numbers, its UUID is another or the very same. */
static void test_an_older_image_never_shines_through(void)
{
    for (uint8_t same = 0; same < 2; same++) {
        OcpnImage im = small_image(), got;
        OcpnError err;
        FakeDisk d;

        fake_disk_init(&d, im.length);
        leave_older_image(&d);
        im.uuid[7] ^= (uint8_t)!same;
        CU_ASSERT_TRUE(ocpn_image_create(&im, &d.disk, &err));
        CHECK_EQ(ocpn_image_open(&got, &d.disk, &err), OCPN_OPEN_OK);
        for (uint32_t i = 0; i < 64; i++) {
            unsigned int slot;
            ImgPage p;

            CU_ASSERT_TRUE(ocpn_page_load(&got, &d.disk, 1, i, &p, &slot,
                                          &err));
            CHECK_EQ(slot, 0);
            CHECK_EQ(bytes_at(&p.sequence, 8), 1);
        }
        fake_disk_free(&d);
    }
}

static void test_reads_that_fail(void)
{
    OcpnImage im = small_image();
    uint64_t reads = 1;

    for (uint64_t n = 1; n <= reads; n++) {
        OcpnError err = { "" };
        FakeDisk d;

        fake_disk_init(&d, im.length);
        d.fail_read = n;
        CHECK(!ocpn_image_create(&im, &d.disk, &err), "read %" PRIu64, n);
        CHECK_HAS(err.text, "cannot read");
        fake_disk_free(&d);
        fake_disk_init_counting(&d, im.length);
        CU_ASSERT_TRUE(ocpn_image_create(&im, &d.disk, &err));
        reads = d.reads;
    }
}

static void test_a_disk_too_small(void)
{
    OcpnImage im = image_open_channel();
    OcpnError err = { "" };
    FakeDisk d;

    fake_disk_init_counting(&d, im.length - 1);
    CU_ASSERT_FALSE(ocpn_image_create(&im, &d.disk, &err));
    CHECK_HAS(err.text, "12845056");
    CHECK_EQ(d.writes, 0);
}

/* What it costs follows the chunks: 16 bytes each, and a header a page. */
static void test_the_cost_of_16_tib(void)
{
    OcpnImage im = image_of_geometry(16, 8, 8192, 4096);
    OcpnError err;
    FakeDisk d;

    fake_disk_init_counting(&d, im.length);
    CU_ASSERT_TRUE(ocpn_image_create(&im, &d.disk, &err));
    CHECK_EQ(d.written, (64 + 4129 + 2) * 4096);
    im.nmaps = IMG_MAPS_DEFAULT;
    CU_ASSERT_TRUE(ocpn_image_layout(&im, &err));
    fake_disk_init_counting(&d, im.length);
    CU_ASSERT_TRUE(ocpn_image_create(&im, &d.disk, &err));
    CHECK_EQ(d.written, (64 + 4129 + 2) * 4096 + 262144);
}

static const OcpnTest tests[] = {
    { "bytes",                          test_bytes },
    { "bytes of block maps",            test_bytes_of_block_maps },
    { "data stays",                     test_data_stays },
    { "an older image never shines through",
      test_an_older_image_never_shines_through },
    { "reads that fail",                test_reads_that_fail },
    { "a disk too small",               test_a_disk_too_small },
    { "the cost of 16 TiB",             test_the_cost_of_16_tib },
};
OCPN_UNIT_MAIN("image-create", tests)
