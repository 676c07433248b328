/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Little-endian wire integers, and the assertions every wire struct carries.
 *
 * Le32 is a struct of four bytes and not a number, so arithmetic on it, a
 * comparison or a plain assignment does not compile; from_le32() and
 * to_le32() are the only way in and out.  All of them have alignment 1: a
 * struct made of them has no padding on any ABI, and any guest address may be
 * copied into one.
 */
#ifndef HW_OCP_NVME_SPEC_BYTES_H
#define HW_OCP_NVME_SPEC_BYTES_H

#include <stddef.h>
#include <stdint.h>

typedef struct Le16 { uint8_t b[2]; } Le16;
typedef struct Le32 { uint8_t b[4]; } Le32;
typedef struct Le64 { uint8_t b[8]; } Le64;
typedef struct Le128 { uint8_t b[16]; } Le128;

static inline uint16_t from_le16(Le16 w)
{
    return (uint16_t)(w.b[0] | w.b[1] << 8);
}

static inline uint32_t from_le32(Le32 w)
{
    return w.b[0] | (uint32_t)w.b[1] << 8 |
           (uint32_t)w.b[2] << 16 | (uint32_t)w.b[3] << 24;
}

static inline uint64_t from_le64(Le64 w)
{
    return w.b[0] | (uint64_t)w.b[1] << 8 |
           (uint64_t)w.b[2] << 16 | (uint64_t)w.b[3] << 24 |
           (uint64_t)w.b[4] << 32 | (uint64_t)w.b[5] << 40 |
           (uint64_t)w.b[6] << 48 | (uint64_t)w.b[7] << 56;
}

static inline Le16 to_le16(uint16_t v)
{
    return (Le16) { { (uint8_t)v, (uint8_t)(v >> 8) } };
}

static inline Le32 to_le32(uint32_t v)
{
    return (Le32) { { (uint8_t)v, (uint8_t)(v >> 8),
                      (uint8_t)(v >> 16), (uint8_t)(v >> 24) } };
}

static inline Le64 to_le64(uint64_t v)
{
    return (Le64) { { (uint8_t)v, (uint8_t)(v >> 8),
                      (uint8_t)(v >> 16), (uint8_t)(v >> 24),
                      (uint8_t)(v >> 32), (uint8_t)(v >> 40),
                      (uint8_t)(v >> 48), (uint8_t)(v >> 56) } };
}

/* A 128-bit counter whose upper 64 bits are zero. */
static inline Le128 to_le128(uint64_t lo)
{
    return (Le128) { { (uint8_t)lo, (uint8_t)(lo >> 8),
                       (uint8_t)(lo >> 16), (uint8_t)(lo >> 24),
                       (uint8_t)(lo >> 32), (uint8_t)(lo >> 40),
                       (uint8_t)(lo >> 48), (uint8_t)(lo >> 56) } };
}

/*
 * Fill the N bytes of an ASCII field from the string SRC: what does not fit
 * is cut, what is left is PAD, and no terminator is added.
 */
static inline void put_ascii(char *dst, size_t n, char pad, const char *src)
{
    while (n > 0) {
        *dst++ = *src ? *src++ : pad;
        n--;
    }
}

/*
 * Field NAME of an integer V.  NAME_SHIFT is the lowest bit of the field and
 * NAME_MASK its largest value, so the mask is applied after the shift.
 */
#define FIELD_GET(name, v)  (((v) >> name##_SHIFT) & name##_MASK)

/* V placed in field NAME of a dword, or of a qword; excess bits are cut. */
#define FIELD_PUT(name, v) \
    (((uint32_t)(v) & (uint32_t)name##_MASK) << name##_SHIFT)
#define FIELD_PUT64(name, v) \
    (((uint64_t)(v) & (uint64_t)name##_MASK) << name##_SHIFT)

#define WIRE_SIZE(type, bytes) \
    _Static_assert(sizeof(type) == (bytes), #type " is not " #bytes " bytes")
#define WIRE_AT(type, member, byte) \
    _Static_assert(offsetof(type, member) == (byte), \
                   #type "." #member " is not at byte " #byte)

#endif
