/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/image-format.rst, "Superblock" (two copies). */
#include "fakes/disk.h"
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/image.h"
#include "ocpn-unit.h"

#define COPY_A  0u
#define COPY_B  65536u

/* Write a copy whose PE_CYCLES tells it from others. */
static void put(FakeDisk *d, uint32_t at, uint64_t sequence, uint32_t mark)
{
    OcpnImage im = image_open_channel();
    ImgSuper sb;

    im.sequence = sequence;
    im.geo.pe_cycles = mark;
    ocpn_image_put_super(&im, &sb);
    memcpy(d->bytes + at, &sb, sizeof(sb));
}

/* A disk that is long enough, with copies 1 in A and 2 in B. */
static FakeDisk *disk_with_two(FakeDisk *d)
{
    fake_disk_init(d, 1u << 24);
    put(d, COPY_A, 1, 100);
    put(d, COPY_B, 2, 200);
    return d;
}

static void test_the_newer_copy_wins(void)
{
    FakeDisk d;
    OcpnImage im;
    OcpnError err;

    disk_with_two(&d);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(im.geo.pe_cycles, 200);
    CHECK_EQ(im.sequence, 2);
    put(&d, COPY_A, 3, 300);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(im.geo.pe_cycles, 300);
    CHECK_EQ(d.writes, 0);
    fake_disk_free(&d);
}

static void test_a_damaged_newer_copy_gives_the_older(void)
{
    FakeDisk d;
    OcpnImage im;
    OcpnError err;

    disk_with_two(&d);
    for (unsigned int at = 0; at < 4096; at += 5) {
        d.bytes[COPY_B + at] ^= 0x40;
        CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_OK);
        CHECK_EQ(im.geo.pe_cycles, 100);
        d.bytes[COPY_B + at] ^= 0x40;
    }
    memset(d.bytes + COPY_B, 0, 4096);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(im.geo.pe_cycles, 100);
    fake_disk_free(&d);
}

static void test_both_damaged(void)
{
    FakeDisk d;
    OcpnImage im;
    OcpnError err;

    disk_with_two(&d);
    d.bytes[COPY_A + 100]++;
    d.bytes[COPY_B + 100]++;
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_DAMAGED);
    CHECK_HAS(err.text, "both copies");
    memset(d.bytes + COPY_A, 0, 4096);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_DAMAGED);
    memset(d.bytes + COPY_B, 0, 4096);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_BLANK);
    d.bytes[COPY_B + 4095] = 1;
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_FOREIGN);
    d.bytes[COPY_B + 4095] = 0;
    d.bytes[COPY_A] = 1;
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_FOREIGN);
    fake_disk_free(&d);
}

/* Intact, newer and unknown: the older one must not be used instead. */
static void test_a_newer_version_is_not_bypassed(void)
{
    FakeDisk d;
    OcpnImage im;
    OcpnError err;

    disk_with_two(&d);
    put_bytes_at(d.bytes + COPY_B + 8, 4, 2);
    image_reseal(d.bytes + COPY_B, SUPER_CRC);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_DAMAGED);
    CHECK_HAS(err.text, "version 2");
    fake_disk_free(&d);
}

/* Odd numbers belong in A, even ones in B. */
static void test_a_copy_in_the_wrong_place(void)
{
    FakeDisk d;
    OcpnImage im;
    OcpnError err;

    disk_with_two(&d);
    put(&d, COPY_B, 3, 300);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(im.geo.pe_cycles, 100);
    put(&d, COPY_A, 4, 400);
    CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_DAMAGED);
    CHECK_EQ(ocpn_image_super_offset(1), COPY_A);
    CHECK_EQ(ocpn_image_super_offset(2), COPY_B);
    CHECK_EQ(ocpn_image_super_offset(3), COPY_A);
    fake_disk_free(&d);
}

/* A superblock is rewritten: whatever the cut leaves, one of the two opens. */
static void test_a_torn_update(void)
{
    for (size_t torn = 0; torn <= 4096; torn += 64) {
        OcpnImage im = image_open_channel();
        FakeDisk d;
        OcpnError err;
        ImgSuper sb;

        disk_with_two(&d);
        im.sequence = 3;
        im.geo.pe_cycles = 300;
        ocpn_image_put_super(&im, &sb);
        memcpy(d.bytes + ocpn_image_super_offset(3), &sb, torn);
        CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_OK);
        CHECK(im.geo.pe_cycles == 200 || im.geo.pe_cycles == 300,
              "torn at %zu: %" PRIu32, torn, im.geo.pe_cycles);
        CHECK(torn < 4096 || im.geo.pe_cycles == 300, "complete");
        fake_disk_free(&d);
    }
}

static void test_short_disks(void)
{
    static const uint64_t size[] = { 0, 1, 4095, 4096, 65536, 69631, 69632 };

    for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
        FakeDisk d;
        OcpnImage im;
        OcpnError err = { "" };

        fake_disk_init(&d, size[i] + 1);
        d.disk.size = size[i];
        CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_BLANK);
        if (size[i] >= 4096) {
            put(&d, COPY_A, 1, 1);
            CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_DAMAGED);
            CHECK_HAS(err.text, "cut short");
        } else if (size[i] > 0) {
            d.bytes[size[i] - 1] = 'x';
            CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_FOREIGN);
        }
        fake_disk_free(&d);
    }
}

static void test_reads_that_fail(void)
{
    for (uint64_t n = 1; n <= 2; n++) {
        FakeDisk d;
        OcpnImage im;
        OcpnError err = { "" };

        disk_with_two(&d);
        d.fail_read = n;
        CHECK_EQ(ocpn_image_open(&im, &d.disk, &err), OCPN_OPEN_IO);
        CHECK_HAS(err.text, n == 1 ? "byte 0" : "byte 65536");
        fake_disk_free(&d);
    }
}

static const OcpnTest tests[] = {
    { "the newer copy wins",            test_the_newer_copy_wins },
    { "a damaged newer copy gives the older",
      test_a_damaged_newer_copy_gives_the_older },
    { "both damaged",                   test_both_damaged },
    { "a newer version is not bypassed",
      test_a_newer_version_is_not_bypassed },
    { "a copy in the wrong place",      test_a_copy_in_the_wrong_place },
    { "a torn update",                  test_a_torn_update },
    { "short disks",                    test_short_disks },
    { "reads that fail",                test_reads_that_fail },
};
OCPN_UNIT_MAIN("image-open", tests)
