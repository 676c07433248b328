/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Superblock".  Bytes are at the document's
 * offsets, not through ImgSuper.
 */
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/image.h"
#include "ocpn-unit.h"

/* The bytes of IM's superblock. */
static void bytes_of(const OcpnImage *im, uint8_t b[4096])
{
    ImgSuper sb;

    ocpn_image_put_super(im, &sb);
    memcpy(b, &sb, 4096);
}

static bool get(OcpnImage *im, const uint8_t b[4096], uint64_t disk_size,
                OcpnError *err)
{
    ImgSuper sb;

    memcpy(&sb, b, 4096);
    return ocpn_image_get_super(im, &sb, disk_size, err);
}

static void test_bytes_of_open_channel(void)
{
    static const struct {
        unsigned int at, width;
        uint64_t value;
    } row[] = {
        { 8, 4, 1 }, { 12, 4, 0 }, { 16, 4, 0 }, { 24, 8, 7 },
        { 32, 8, 0x0706050403020100 }, { 40, 8, 0x0f0e0d0c0b0a0908 },
        { 48, 1, 1 }, { 49, 1, 12 }, { 50, 2, 16 }, { 52, 1, 0 },
        { 56, 8, 2880 }, { 64, 8, 12845056 },
        { 128, 2, 2 }, { 130, 2, 3 }, { 132, 4, 5 }, { 136, 4, 96 },
        { 140, 4, 4 }, { 144, 4, 8 }, { 148, 4, 24 }, { 152, 4, 21 },
        { 156, 4, 20 }, { 160, 4, 22 }, { 164, 4, 10 }, { 168, 4, 31 },
        { 172, 4, 32 }, { 176, 4, 33 }, { 180, 4, 34 }, { 184, 4, 35 },
        { 188, 4, 36 }, { 192, 8, 0 }, { 248, 8, 0 },
        { 256, 4, 1 }, { 264, 8, 131072 }, { 272, 8, 524288 },
        { 288, 4, 2 }, { 296, 8, 655360 }, { 304, 8, 8192 },
        { 320, 4, 3 }, { 328, 8, 720896 }, { 336, 8, 49152 },
        { 352, 4, 4 }, { 360, 8, 1048576 }, { 368, 8, 11796480 },
        { 384, 4, 0 }, { 4088, 8, 0 },
    };
    OcpnImage im = image_open_channel();
    uint8_t b[4096], sealed[4096];

    im.sequence = 7;
    im.geo.maxocpu = 20;
    im.geo.maxoc = 21;
    im.geo.pe_cycles = 22;
    im.geo.trdt = 31;
    im.geo.trdm = 32;
    im.geo.twrt = 33;
    im.geo.twrm = 34;
    im.geo.tcrst = 35;
    im.geo.tcrsm = 36;
    bytes_of(&im, b);
    CHECK_EQ(memcmp(b, "OCPNVME", 8), 0);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        CHECK(bytes_at(b + row[i].at, row[i].width) == row[i].value,
              "byte %u is %" PRIu64 ", want %" PRIu64, row[i].at,
              bytes_at(b + row[i].at, row[i].width), row[i].value);
    }
    memcpy(sealed, b, 4096);
    image_reseal(sealed, SUPER_CRC);
    CHECK_EQ(memcmp(sealed, b, 4096), 0);
}

static void test_bytes_of_block_maps(void)
{
    static const struct {
        unsigned int at, width;
        uint64_t value;
    } row[] = {
        { 256, 4, 1 }, { 264, 8, 131072 }, { 272, 8, 524288 },
        { 288, 4, 2 }, { 296, 8, 655360 }, { 304, 8, 8192 },
        { 320, 4, 5 }, { 328, 8, 720896 }, { 336, 8, 24576 },
        { 352, 4, 3 }, { 360, 8, 786432 }, { 368, 8, 49152 },
        { 384, 4, 4 }, { 392, 8, 1048576 }, { 400, 8, 11796480 },
        { 416, 4, 0 },
    };
    OcpnImage im = image_with_maps(3);
    uint8_t b[4096];

    bytes_of(&im, b);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        CHECK(bytes_at(b + row[i].at, row[i].width) == row[i].value,
              "byte %u is %" PRIu64 ", want %" PRIu64, row[i].at,
              bytes_at(b + row[i].at, row[i].width), row[i].value);
    }
}

static void test_there_and_back(void)
{
    OcpnImage all[] = {
        image_open_channel(), image_of_geometry(3, 5, 7, 40),
        image_of_geometry(256, 1, 1, 1), image_of_geometry(1, 1, 65536, 4096),
        image_conventional(1, 9, 0), image_conventional(12345, 12, 64),
        image_conventional((uint64_t)1 << 53, 9, 64),
        image_with_maps(1), image_with_maps(64), image_with_maps(65534),
    };

    all[5].extended = true;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        OcpnError err = { "" };
        uint8_t b[4096], again[4096];
        OcpnImage im;

        bytes_of(&all[i], b);
        CHECK(get(&im, b, all[i].length, &err), "image %zu: %s", i, err.text);
        bytes_of(&im, again);
        CHECK_EQ(memcmp(b, again, 4096), 0);
        CHECK_EQ(im.geo.chunks, all[i].geo.chunks);
        CHECK_EQ(im.nmaps, all[i].nmaps);
        CHECK_EQ(im.extended, all[i].extended);
    }
}

/* Any byte, changed in any of these ways, is noticed. */
static void test_every_byte_counts(void)
{
    static const uint8_t flip[] = { 0x01, 0x80, 0xff };
    OcpnImage im = image_open_channel(), got;
    OcpnError err;
    uint8_t b[4096];

    bytes_of(&im, b);
    for (unsigned int at = 0; at < 4096; at++) {
        for (unsigned int i = 0; i < sizeof(flip); i++) {
            b[at] ^= flip[i];
            CHECK(!get(&got, b, 0, &err), "byte %u ^ 0x%02x", at, flip[i]);
            b[at] ^= flip[i];
        }
    }
    CU_ASSERT_TRUE(get(&got, b, 0, &err));
}

/* A field that lies under a right checksum; NULL: it may say that. */
typedef struct Lie {
    unsigned int at, width;
    uint64_t value;
    const char *says;
} Lie;

static const Lie lies[] = {
    { 8, 4, 2, "version 2" }, { 8, 4, 0, "version 0" },
    { 12, 4, 1, "incompat is 0x1" },
    { 12, 4, 0x80000000, "incompat is 0x80000000" },
    { 24, 8, 0, "sequence number is 0" },
    { 24, 8, UINT64_MAX, "sequence number" },
    { 24, 8, (uint64_t)1 << 63, "sequence number" },
    { 48, 1, 0, "mode is 0" }, { 48, 1, 3, "mode is 3" },
    { 48, 1, 255, "mode is 255" },
    { 48, 1, 2, "chunk table region has 8192 bytes" },
    { 49, 1, 0, "2^0 bytes" }, { 49, 1, 63, "2^63 bytes" },
    { 49, 1, 9, NULL },         /* a smaller block: the region is larger */
    { 50, 2, 1, "is 1 bytes" }, { 50, 2, 65535, "is 65535 bytes" },
    { 50, 2, 0, "metadata region has 49152 bytes" },
    { 50, 2, 64, "metadata region has 49152 bytes" },
    { 52, 1, 2, "extended is 2" },
    { 56, 8, 0, "counts 0 blocks" }, { 56, 8, 2881, "counts 2881 blocks" },
    { 56, 8, UINT64_MAX, "blocks" },
    { 64, 8, 0, "does not fit" }, { 64, 8, 12845055, "does not fit" },
    { 128, 2, 0, "num-grp is 0" }, { 128, 2, 257, "num-grp is 257" },
    { 128, 2, 1, "counts 2880 blocks" },
    { 130, 2, 65535, "num-pu is 65535" },
    { 132, 4, UINT32_MAX, "num-chk is" }, { 132, 4, 6, "counts 2880" },
    { 136, 4, 0, "clba is 0" }, { 136, 4, UINT32_MAX, "clba is" },
    { 140, 4, 0, "ws-min is 0" }, { 140, 4, 3, "ws-opt is 8" },
    { 144, 4, 0, "ws-opt is 0" }, { 144, 4, UINT32_MAX, "ws-opt is" },
    { 148, 4, 96, "mw-cunits is 96" }, { 148, 4, 1, "mw-cunits is 1" },
    { 156, 4, 1, NULL }, { 164, 4, 256, "wit is 256" },
    { 256, 4, 6, "region 0 has type 6, but must be 0 to 5" },
    { 256, 4, 5, "device state region has 0 bytes" },
    { 256, 4, UINT32_MAX, "has type 4294967295" },
    { 256, 4, 0, "device state region has 0 bytes" },
    { 256, 4, 2, "region 1 is a second chunk table" },
    { 288, 4, 0, "chunk table region has 0 bytes" },
    { 320, 4, 0, "metadata region has 0 bytes" },
    { 352, 4, 0, "data region has 0 bytes" },
    { 384, 4, 4, "region 4 is a second data region" },
    { 736, 4, 9, "region 15 has type 9" },
    { 264, 8, 0, "begins at byte 0" },
    { 264, 8, 126976, "begins at byte 126976" },
    { 264, 8, 131073, "not made of blocks" },
    { 264, 8, UINT64_MAX - 4095, "does not fit" },
    { 264, 8, 135168, "chunk table region begins at byte 655360" },
    { 272, 8, 0, "is empty" }, { 272, 8, 524287, "not made of blocks" },
    { 272, 8, 516096, "device state region has 516096 bytes" },
    { 272, 8, UINT64_MAX - 4095, "does not fit" },
    { 296, 8, 651264, "begins at byte 651264" },
    { 304, 8, 4096, "chunk table region has 4096 bytes" },
    { 304, 8, 16384, "chunk table region has 16384 bytes" },
    { 336, 8, 45056, "metadata region has 45056 bytes" },
    { 336, 8, 53248, NULL },    /* room to spare */
    { 360, 8, 1044480, NULL },  /* a reader asks for blocks, not MiB */
    { 360, 8, 1052672, "does not fit" },
    { 368, 8, 11792384, "data region has 11792384 bytes" },
    { 368, 8, 11800576, "does not fit" },
    { 16, 4, UINT32_MAX, NULL },    /* compat: to be ignored */
    { 4092, 4, UINT32_MAX, NULL },  /* reserved: to be ignored */
};

/* Image with 3 pages of block maps; its region is entry 2. */
static const Lie map_lies[] = {
    { 320, 4, 0, NULL },        /* an image may have none */
    { 320, 4, 2, "region 2 is a second chunk table" },
    { 352, 4, 5, "region 3 is a second block maps region" },
    { 336, 8, 0, "is empty" },
    { 336, 8, 4096, "block maps region has 4096 bytes, but must have a "
                    "multiple of 8192 up to 536854528" },
    { 336, 8, 20480, "multiple of 8192" },
    { 336, 8, 8192, NULL }, { 336, 8, 65536, NULL },
    { 336, 8, 73728, "metadata region begins at byte 786432" },
    { 336, 8, 536862720, "does not fit" },
    { 48, 1, 2, "chunk table region has" },
};

static const Lie conventional_lies[] = {
    { 56, 8, 0, "has 0 blocks" }, { 56, 8, 1001, "data region has" },
    { 56, 8, 999, NULL },
    { 56, 8, UINT64_MAX, "must have 1 to 2^50" },
    { 56, 8, (uint64_t)1 << 50, "metadata region has" },
    { 48, 1, 1, "num-grp is 0" },
    { 136, 4, 77, NULL },       /* a geometry that is not looked at */
};

static void check_lies(const OcpnImage *im, const Lie *lie, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        OcpnError err = { "" };
        uint8_t b[4096];
        OcpnImage got;
        bool ok;

        bytes_of(im, b);
        put_bytes_at(b + lie[i].at, lie[i].width, lie[i].value);
        image_reseal(b, SUPER_CRC);
        ok = get(&got, b, 0, &err);
        CHECK(ok == !lie[i].says, "byte %u = %" PRIu64 ": %s", lie[i].at,
              lie[i].value, ok ? "accepted" : err.text);
        if (lie[i].says) {
            CHECK_HAS(err.text, lie[i].says);
        }
    }
}

static void test_lies(void)
{
    OcpnImage im = image_open_channel();

    check_lies(&im, lies, sizeof(lies) / sizeof(lies[0]));
}

static void test_conventional_lies(void)
{
    OcpnImage im = image_conventional(1000, 12, 8);

    check_lies(&im, conventional_lies,
               sizeof(conventional_lies) / sizeof(conventional_lies[0]));
}

static void test_map_lies(void)
{
    OcpnImage im = image_with_maps(3);

    check_lies(&im, map_lies, sizeof(map_lies) / sizeof(map_lies[0]));
}

/* One page more than there may be, with room for it in the image. */
static void test_too_many_maps(void)
{
    OcpnImage im = image_with_maps(65534), got;
    OcpnError err = { "" };
    uint8_t b[4096];

    bytes_of(&im, b);
    put_bytes_at(b + 336, 8, 65535 * UINT64_C(8192));
    put_bytes_at(b + 360, 8, im.meta.offset + 65536);
    image_reseal(b, SUPER_CRC);
    CU_ASSERT_FALSE(get(&got, b, 0, &err));
    CHECK_HAS(err.text, "has 536862720 bytes, but must have");
}

static void test_a_file_cut_short(void)
{
    OcpnImage im = image_open_channel(), got;
    OcpnError err = { "" };
    uint8_t b[4096];

    bytes_of(&im, b);
    CU_ASSERT_TRUE(get(&got, b, im.length, &err));
    CU_ASSERT_TRUE(get(&got, b, im.length + 1, &err));
    CU_ASSERT_FALSE(get(&got, b, im.length - 1, &err));
    CHECK_HAS(err.text, "cut short");
    CHECK_HAS(err.text, "12845055");
}

/* Rubbish under a right checksum: what is accepted makes sense. */
static void test_random_fields(void)
{
    static const unsigned int field[] = { 48, 50, 52, 56, 64, 128, 130, 132,
                                          136, 140, 144, 148, 256, 264, 272,
                                          288, 296, 304, 328, 336, 360, 368 };
    OcpnImage im = image_open_channel();
    uint32_t seed = 1;

    for (int round = 0; round < 3000; round++) {
        uint8_t b[4096];
        OcpnError err;
        OcpnImage got;

        bytes_of(&im, b);
        for (int n = 0; n < 3; n++) {
            seed = seed * 1664525u + 1013904223u;
            b[field[(seed >> 8) % 22] + (seed >> 16) % 8] =
                (uint8_t)(seed >> 24);
        }
        image_reseal(b, SUPER_CRC);
        if (get(&got, b, 1u << 24, &err)) {
            CHECK(got.length <= 1u << 24, "length %" PRIu64, got.length);
            CHECK(got.data.offset + got.data.length <= got.length, "data");
            CHECK(got.data.length >= got.nsze << got.lbads, "blocks");
        }
    }
}

static const OcpnTest tests[] = {
    { "bytes of open-channel",  test_bytes_of_open_channel },
    { "bytes of block maps",    test_bytes_of_block_maps },
    { "there and back",         test_there_and_back },
    { "every byte counts",      test_every_byte_counts },
    { "lies",                   test_lies },
    { "lies about block maps",  test_map_lies },
    { "too many block maps",    test_too_many_maps },
    { "conventional lies",      test_conventional_lies },
    { "a file cut short",       test_a_file_cut_short },
    { "random fields",          test_random_fields },
};
OCPN_UNIT_MAIN("image-super", tests)
