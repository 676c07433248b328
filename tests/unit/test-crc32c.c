/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: CRC32C (RFC 3720, appendix B.4), with that appendix's examples. */
#include "hw/ocp-nvme/core/crc32c.h"
#include "ocpn-unit.h"

/* One bit at a time, from the definition. */
static uint32_t by_bits(const uint8_t *p, size_t len)
{
    uint32_t crc = 0xffffffff;

    while (len-- > 0) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
        }
    }
    return ~crc;
}

static void test_known_sums(void)
{
    uint8_t b[32];

    CHECK_EQ(ocpn_crc32c(0, "", 0), 0);
    CHECK_EQ(ocpn_crc32c(0, "123456789", 9), 0xe3069283);
    memset(b, 0, sizeof(b));
    CHECK_EQ(ocpn_crc32c(0, b, 32), 0x8a9136aa);
    memset(b, 0xff, sizeof(b));
    CHECK_EQ(ocpn_crc32c(0, b, 32), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++) {
        b[i] = i;
    }
    CHECK_EQ(ocpn_crc32c(0, b, 32), 0x46dd794e);
    for (uint8_t i = 0; i < 32; i++) {
        b[i] = (uint8_t)(31 - i);
    }
    CHECK_EQ(ocpn_crc32c(0, b, 32), 0x113fdb5c);
}

/* Each byte value at each place of a step, alone. */
static void test_every_table_entry(void)
{
    for (unsigned int at = 0; at < 8; at++) {
        for (unsigned int value = 0; value < 256; value++) {
            uint8_t b[8] = { 0 };

            b[at] = (uint8_t)value;
            CHECK_EQ(ocpn_crc32c(0, b, 8), by_bits(b, 8));
            CHECK_EQ(ocpn_crc32c_by_table(0, b, 8), by_bits(b, 8));
        }
    }
}

static void test_every_length_and_alignment(void)
{
    uint8_t b[96];

    for (unsigned int i = 0; i < sizeof(b); i++) {
        b[i] = (uint8_t)(i * 167 + 13);
    }
    for (unsigned int from = 0; from < 16; from++) {
        for (unsigned int len = 0; from + len <= sizeof(b); len++) {
            uint32_t want = by_bits(b + from, len);

            CHECK_EQ(ocpn_crc32c(0, b + from, len), want);
            CHECK_EQ(ocpn_crc32c_by_table(0, b + from, len), want);
        }
    }
}

static void test_pieces_add_up(void)
{
    static const char text[] = "a chunk is written in order";
    uint32_t whole = ocpn_crc32c(0, text, sizeof(text));

    for (size_t cut = 0; cut <= sizeof(text); cut++) {
        uint32_t crc = ocpn_crc32c(0, text, cut);

        CHECK_EQ(ocpn_crc32c(crc, text + cut, sizeof(text) - cut), whole);
        CHECK_EQ(ocpn_crc32c_by_table(crc, text + cut, sizeof(text) - cut),
                 whole);
    }
}

static const OcpnTest tests[] = {
    { "known sums",                 test_known_sums },
    { "every table entry",          test_every_table_entry },
    { "every length and alignment", test_every_length_and_alignment },
    { "pieces add up",              test_pieces_add_up },
};
OCPN_UNIT_MAIN("crc32c", tests)
