/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC32C (Castagnoli, reflected polynomial 82F63B78h), eight bytes a step.
 *
 * table[k][b] is what byte b becomes when k more bytes follow it.  A CRC is
 * linear, so an entry is the exclusive or of the entries of its single bits,
 * which are the constants below: bit 0 first.
 */
#include <string.h>

#include "hw/ocp-nvme/core/crc32c.h"

#define XOR8(b, c0, c1, c2, c3, c4, c5, c6, c7)                         \
    (((b) & 0x01 ? (c0) : 0u) ^ ((b) & 0x02 ? (c1) : 0u) ^              \
     ((b) & 0x04 ? (c2) : 0u) ^ ((b) & 0x08 ? (c3) : 0u) ^              \
     ((b) & 0x10 ? (c4) : 0u) ^ ((b) & 0x20 ? (c5) : 0u) ^              \
     ((b) & 0x40 ? (c6) : 0u) ^ ((b) & 0x80 ? (c7) : 0u))

#define ROW0(b) XOR8(b, 0xf26b8303u, 0xe13b70f7u, 0xc79a971fu, 0x8ad958cfu, \
                        0x105ec76fu, 0x20bd8edeu, 0x417b1dbcu, 0x82f63b78u)
#define ROW1(b) XOR8(b, 0x13a29877u, 0x274530eeu, 0x4e8a61dcu, 0x9d14c3b8u, \
                        0x3fc5f181u, 0x7f8be302u, 0xff17c604u, 0xfbc3faf9u)
#define ROW2(b) XOR8(b, 0xa541927eu, 0x4f6f520du, 0x9edea41au, 0x38513ec5u, \
                        0x70a27d8au, 0xe144fb14u, 0xc76580d9u, 0x8b277743u)
#define ROW3(b) XOR8(b, 0xdd45aab8u, 0xbf672381u, 0x7b2231f3u, 0xf64463e6u, \
                        0xe964b13du, 0xd725148bu, 0xaba65fe7u, 0x52a0c93fu)
#define ROW4(b) XOR8(b, 0x38116facu, 0x7022df58u, 0xe045beb0u, 0xc5670b91u, \
                        0x8f2261d3u, 0x1ba8b557u, 0x37516aaeu, 0x6ea2d55cu)
#define ROW5(b) XOR8(b, 0xef306b19u, 0xdb8ca0c3u, 0xb2f53777u, 0x6006181fu, \
                        0xc00c303eu, 0x85f4168du, 0x0e045bebu, 0x1c08b7d6u)
#define ROW6(b) XOR8(b, 0x68032cc8u, 0xd0065990u, 0xa5e0c5d1u, 0x4e2dfd53u, \
                        0x9c5bfaa6u, 0x3d5b83bdu, 0x7ab7077au, 0xf56e0ef4u)
#define ROW7(b) XOR8(b, 0x493c7d27u, 0x9278fa4eu, 0x211d826du, 0x423b04dau, \
                        0x847609b4u, 0x0d006599u, 0x1a00cb32u, 0x34019664u)

#define B4(row, b)      row(b), row((b) + 1), row((b) + 2), row((b) + 3)
#define B16(row, b)     B4(row, b), B4(row, (b) + 4), \
                        B4(row, (b) + 8), B4(row, (b) + 12)
#define B64(row, b)     B16(row, b), B16(row, (b) + 16), \
                        B16(row, (b) + 32), B16(row, (b) + 48)
#define B256(row)       { B64(row, 0), B64(row, 64), \
                          B64(row, 128), B64(row, 192) }

static const uint32_t table[8][256] = {
    B256(ROW0), B256(ROW1), B256(ROW2), B256(ROW3),
    B256(ROW4), B256(ROW5), B256(ROW6), B256(ROW7),
};

static uint32_t get_le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 |
           (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t ocpn_crc32c_by_table(uint32_t crc, const void *buf, size_t len)
{
    const uint8_t *p = buf;

    crc = ~crc;
    for (; len >= 8; len -= 8, p += 8) {
        uint32_t a = get_le32(p) ^ crc;
        uint32_t b = get_le32(p + 4);

        crc = table[7][a & 0xff] ^ table[6][a >> 8 & 0xff] ^
              table[5][a >> 16 & 0xff] ^ table[4][a >> 24] ^
              table[3][b & 0xff] ^ table[2][b >> 8 & 0xff] ^
              table[1][b >> 16 & 0xff] ^ table[0][b >> 24];
    }
    for (; len > 0; len--, p++) {
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
    }
    return ~crc;
}

#if defined(__SSE2__) && defined(__LP64__)
/* An instruction of SSE4.2 computes just this: a page in half a microsecond. */
#define HAVE_INSTRUCTION    __builtin_cpu_supports("sse4.2")

static __attribute__((target("sse4.2"))) uint32_t
by_instruction(uint32_t crc, const void *buf, size_t len)
{
    const uint8_t *p = buf;
    uint64_t sum = ~crc;

    for (; len >= 8; len -= 8, p += 8) {
        uint64_t v;

        memcpy(&v, p, sizeof(v));
        sum = __builtin_ia32_crc32di(sum, v);
    }
    for (; len > 0; len--, p++) {
        sum = __builtin_ia32_crc32qi((uint32_t)sum, *p);
    }
    return ~(uint32_t)sum;
}
#else
#define HAVE_INSTRUCTION    0
#define by_instruction      ocpn_crc32c_by_table
#endif

uint32_t ocpn_crc32c(uint32_t crc, const void *buf, size_t len)
{
    return HAVE_INSTRUCTION ? by_instruction(crc, buf, len)
                            : ocpn_crc32c_by_table(crc, buf, len);
}
