/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Pages" and "Chunk table".  Bytes are at the
 * document's offsets, not through ImgPage or ImgChunk.
 */
#include "fakes/disk.h"
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/image.h"
#include "ocpn-unit.h"

#define STATE   1
#define CHUNKS  2

#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* A page whose first payload byte is MARK. */
static ImgPage page(const OcpnImage *im, uint32_t index, uint64_t sequence,
                    uint8_t mark)
{
    ImgPage p;

    memset(&p, 0, sizeof(p));
    p.payload[0] = mark;
    ocpn_page_seal(im, &p, STATE, index, sequence);
    return p;
}

static void put(FakeDisk *d, uint32_t index, unsigned int slot,
                const ImgPage *p)
{
    memcpy(d->bytes + 131072 + (2 * index + slot) * 4096, p, 4096);
}

static void test_bytes(void)
{
    OcpnImage im = image_open_channel();
    ImgPage p = page(&im, 0x01020304, 0x1122334455667788, 0xa5);
    uint8_t b[4096], sealed[4096];

    memcpy(b, &p, 4096);
    CHECK_EQ(memcmp(b, "OCPG", 4), 0);
    CHECK_EQ(bytes_at(b + 4, 4), STATE);
    CHECK_EQ(bytes_at(b + 8, 4), 0x01020304);
    CHECK_EQ(bytes_at(b + 16, 8), 0x1122334455667788);
    CHECK_EQ(memcmp(b + 24, "\0\1\2\3\4\5\6\7", 8), 0);
    CHECK_EQ(b[32], 0xa5);
    memcpy(sealed, b, 4096);
    image_reseal(sealed, PAGE_CRC);
    CHECK_EQ(memcmp(sealed, b, 4096), 0);
}

static void test_places(void)
{
    OcpnImage im = image_open_channel();

    CHECK_EQ(ocpn_page_offset(&im, STATE, 0, 0), 131072);
    CHECK_EQ(ocpn_page_offset(&im, STATE, 0, 1), 135168);
    CHECK_EQ(ocpn_page_offset(&im, STATE, 3, 1), 131072 + 7 * 4096);
    CHECK_EQ(ocpn_page_offset(&im, CHUNKS, 0, 0), 655360);
}

static void test_every_byte_counts(void)
{
    OcpnImage im = image_open_channel();
    ImgPage p = page(&im, 5, 9, 1);
    uint8_t *b = (uint8_t *)&p;

    CU_ASSERT_TRUE(ocpn_page_valid(&im, &p, STATE, 5));
    for (unsigned int at = 0; at < 4096; at++) {
        for (unsigned int bit = 0; bit < 8; bit += 3) {
            b[at] ^= (uint8_t)(1 << bit);
            CHECK(!ocpn_page_valid(&im, &p, STATE, 5), "byte %u bit %u", at,
                  bit);
            b[at] ^= (uint8_t)(1 << bit);
        }
    }
}

/* A right checksum does not help a page of another place or image. */
static void test_pages_that_belong_elsewhere(void)
{
    static const struct {
        unsigned int at, width;
        uint64_t value;
    } lie[] = {
        { 0, 4, 0x4750434e }, { 4, 4, CHUNKS }, { 8, 4, 6 }, { 16, 8, 0 },
        { 16, 8, UINT64_MAX }, { 16, 8, (uint64_t)1 << 63 },
        { 24, 8, 0x0706050403020101 }, { 24, 8, 0x0006050403020100 },
    };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
        ImgPage p = page(&im, 5, 9, 1);

        put_bytes_at((uint8_t *)&p + lie[i].at, lie[i].width, lie[i].value);
        image_reseal(&p, PAGE_CRC);
        CHECK(!ocpn_page_valid(&im, &p, STATE, 5), "byte %u = 0x%" PRIx64,
              lie[i].at, lie[i].value);
    }
}

static void test_the_newer_valid_slot(void)
{
    static const struct {
        uint64_t sequence[2];
        bool damaged[2];
        int slot;               /* -1: none */
    } row[] = {
        { { 1, 2 }, { false, false }, 1 },
        { { 3, 2 }, { false, false }, 0 },
        { { 3, 2 }, { true,  false }, 1 },
        { { 1, 2 }, { false, true  }, 0 },
        { { 1, 2 }, { true,  true  }, -1 },
        { { 7, 0 }, { false, false }, 0 },
        { { 0, 7 }, { false, false }, 1 },
        { { INT64_MAX, 5 }, { false, false }, 0 },
        { { 5, UINT64_MAX }, { false, false }, 0 },
        { { 4, 4 }, { false, false }, 0 },
        { { 4, 4 }, { true,  false }, 1 },
    };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnError err = { "" };
        unsigned int slot = 9;
        FakeDisk d;
        ImgPage p;
        bool ok;

        fake_disk_init(&d, im.length);
        for (uint8_t s = 0; s < 2; s++) {
            p = page(&im, 3, row[i].sequence[s], s);
            p.payload[4063] = row[i].damaged[s];
            put(&d, 3, s, &p);
        }
        ok = ocpn_page_load(&im, &d.disk, STATE, 3, &p, &slot, &err);
        CHECK(ok == (row[i].slot >= 0), "row %zu", i);
        if (ok) {
            CHECK_EQ(slot, row[i].slot);
            CHECK_EQ(p.payload[0], row[i].slot);
        } else {
            CHECK_HAS(err.text, "page 3 of the device state is damaged");
            CHECK_HAS(err.text, "bytes 155648 and 159744");
        }
        fake_disk_free(&d);
    }
}

static void test_pages_out_of_range(void)
{
    OcpnImage im = image_open_channel();
    OcpnError err = { "" };
    unsigned int slot;
    FakeDisk d;
    ImgPage p;

    fake_disk_init(&d, im.length);
    CU_ASSERT_FALSE(ocpn_page_load(&im, &d.disk, STATE, 64, &p, &slot, &err));
    CHECK_HAS(err.text, "no page 64");
    CU_ASSERT_FALSE(ocpn_page_load(&im, &d.disk, CHUNKS, UINT32_MAX, &p,
                                   &slot, &err));
    CHECK_EQ(d.reads, 0);
    d.fail_read = 1;
    CU_ASSERT_FALSE(ocpn_page_load(&im, &d.disk, STATE, 0, &p, &slot, &err));
    CHECK_HAS(err.text, "cannot read page 0 of the device state at byte "
                        "131072");
    fake_disk_free(&d);
}

typedef struct Seen {
    uint32_t n;
    uint32_t refuse;
} Seen;

static bool see(void *opaque, uint32_t index, const ImgPage *p, unsigned slot,
                OcpnError *err)
{
    Seen *seen = opaque;

    CHECK_EQ(index, seen->n);
    CHECK_EQ(slot, index % 2);
    CHECK_EQ(p->payload[0], index);
    seen->n++;
    return index != seen->refuse || OCPN_FAIL(err, "no %u", (unsigned)index);
}

static void test_all_pages_in_order(void)
{
    OcpnImage im = image_open_channel();
    uint8_t buf[9 * 8192];
    FakeDisk d;

    fake_disk_init(&d, im.length);
    for (uint32_t i = 0; i < 64; i++) {
        ImgPage p = page(&im, i, 4, (uint8_t)i);

        put(&d, i, i % 2, &p);
    }
    for (size_t room = 1; room <= 9; room++) {
        Seen seen = { 0, UINT32_MAX };
        OcpnError err = { "" };

        /* Odd bytes at the end of the scratch are not used. */
        d.reads = 0;
        CHECK(ocpn_page_load_all(&im, &d.disk, STATE, buf,
                                 MIN(room * 8192 + 5, sizeof(buf)), see,
                                 &seen, &err), "%s", err.text);
        CHECK_EQ(seen.n, 64);
        CHECK_EQ(d.reads, (64 + room - 1) / room);
    }
    for (uint32_t n = 0; n < 64; n += 21) {
        Seen seen = { 0, n };
        OcpnError err = { "" };

        CU_ASSERT_FALSE(ocpn_page_load_all(&im, &d.disk, STATE, buf,
                                           sizeof(buf), see, &seen, &err));
        CHECK_EQ(seen.n, n + 1);
        CHECK_HAS(err.text, "no ");
    }
    fake_disk_free(&d);
}

static void test_all_pages_with_damage(void)
{
    OcpnImage im = image_open_channel();
    Seen seen = { 0, UINT32_MAX };
    OcpnError err = { "" };
    uint8_t buf[9 * 8192];
    FakeDisk d;

    fake_disk_init(&d, im.length);
    for (uint32_t i = 0; i < 64; i++) {
        ImgPage p = page(&im, i, 4, (uint8_t)i);

        p.payload[9] = i == 40;
        put(&d, i, i % 2, &p);
    }
    CU_ASSERT_FALSE(ocpn_page_load_all(&im, &d.disk, STATE, buf, sizeof(buf),
                                       see, &seen, &err));
    CHECK_EQ(seen.n, 40);
    CHECK_HAS(err.text, "page 40");
    CU_ASSERT_FALSE(ocpn_page_load_all(&im, &d.disk, STATE, buf, 8191, see,
                                       &seen, &err));
    fake_disk_free(&d);
}

/* State, type, flags and wear, wp, cnlb; clba is 96 and ws_min 4. */
static void test_chunk_entries(void)
{
    static const struct {
        uint8_t state, type;
        uint16_t flags;
        uint32_t wp, cnlb;
        bool fine;
    } row[] = {
        { 1, 0x01, 0, 0, 96, true },    { 1, 0x01, 0, 1, 96, false },
        { 4, 0x01, 0, 8, 96, true },    { 4, 0x01, 0, 95, 96, true },
        { 4, 0x01, 0, 0, 96, true },    { 4, 0x01, 0, 96, 96, false },
        { 2, 0x01, 0, 96, 96, true },   { 2, 0x01, 0, 0, 96, true },
        { 2, 0x01, 0, 97, 96, false },  { 8, 0x01, 0, 0, 96, true },
        { 8, 0x01, 0, 50, 96, true },   { 8, 0x01, 0, 97, 96, false },
        { 0, 0x01, 0, 0, 96, false },   { 3, 0x01, 0, 0, 96, false },
        { 5, 0x01, 0, 0, 96, false },   { 16, 0x01, 0, 0, 96, false },
        { 255, 0x01, 0, 0, 96, false }, { 1, 0x02, 0, 0, 96, true },
        { 4, 0x02, 0, 96, 96, true },   { 4, 0x02, 0, 97, 96, false },
        { 1, 0x00, 0, 0, 96, false },   { 1, 0x03, 0, 0, 96, false },
        { 1, 0x05, 0, 0, 96, false },   { 1, 0x11, 0, 0, 96, false },
        { 1, 0x11, 0, 0, 92, true },    { 1, 0x01, 0, 0, 92, false },
        { 1, 0x12, 0, 0, 4, true },     { 1, 0x11, 0, 0, 90, false },
        { 1, 0x11, 0, 0, 0, false },    { 1, 0x11, 0, 0, 100, false },
        { 1, 0x11, 0, 0, UINT32_MAX, false },
        { 4, 0x01, 0, UINT32_MAX, 96, false },
        { 4, 0x01, 1, 8, 96, true },    { 4, 0x01, 2, 8, 96, false },
        { 4, 0x01, 4, 8, 96, false },   { 4, 0x01, 0xfb, 8, 96, false },
        { 4, 0x01, 0xf9, 8, 96, true }, { 4, 0x01, 0xfff9, 8, 96, true },
        { 4, 0x01, 0xff00, 8, 96, true },
    };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnError err = { "" };
        uint8_t b[16];
        ImgChunk e;
        bool ok;

        b[0] = row[i].state;
        b[1] = row[i].type;
        put_bytes_at(b + 2, 2, row[i].flags);
        put_bytes_at(b + 4, 4, row[i].wp);
        put_bytes_at(b + 8, 4, row[i].cnlb);
        put_bytes_at(b + 12, 4, UINT32_MAX);
        memcpy(&e, b, 16);
        ok = ocpn_chunk_entry_valid(&im, &e, 17, &err);
        CHECK(ok == row[i].fine, "row %zu: %s", i, err.text);
        if (!ok) {
            CHECK_HAS(err.text, "chunk 17");
        }
    }
}

static const OcpnTest tests[] = {
    { "bytes",                          test_bytes },
    { "places",                         test_places },
    { "every byte counts",              test_every_byte_counts },
    { "pages that belong elsewhere",    test_pages_that_belong_elsewhere },
    { "the newer valid slot",           test_the_newer_valid_slot },
    { "pages out of range",             test_pages_out_of_range },
    { "all pages in order",             test_all_pages_in_order },
    { "all pages with damage",          test_all_pages_with_damage },
    { "chunk entries",                  test_chunk_entries },
};
OCPN_UNIT_MAIN("image-page", tests)
