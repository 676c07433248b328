/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images as they are made, and one change to each part of them. */
#include "hw/ocp-nvme/core/image.h"
#include "fuzz.h"

#define STATE_PAGES 64u

/* What fuzz-image.c's change() reads. */
enum { PAGE, SEQUENCE = 4, SUPER, DAMAGE, SHORTER };

static void put_change(unsigned kind, const char *what, unsigned n,
                       const uint8_t *change, size_t len, FuzzPut *put)
{
    uint8_t seed[64] = { (uint8_t)kind };
    char name[48];

    if (len) {
        memcpy(seed + 1, change, len);
    }
    snprintf(name, sizeof(name), "kind-%u-%s-%u", kind, what, n);
    put(name, seed, 1 + len);
}

/* Entries of the chunk table: state, flags, and how much is written of it. */
static void put_chunks(unsigned kind, FuzzPut *put)
{
    static const uint8_t wp[] = { 0, 2, 24, 25 }, cnlb[] = { 24, 22, 0, 26 };
    unsigned n = 0;

    for (uint8_t state = 1; state < 16; state = (uint8_t)(state * 2)) {
        for (unsigned i = 0; i < 16; i++) {
            const uint8_t c[] = {
                PAGE, 1, 0, 32, 0, 11,
                state, cnlb[i / 4] == 24 ? 1 : 0x11, i & 1, 0,
                wp[i % 4], 0, 0, 0, cnlb[i / 4],
            };

            put_change(kind, "chunk", n++, c, sizeof(c), put);
        }
    }
}

static void put_changes(unsigned kind, FuzzPut *put)
{
    static const uint8_t at[] = { 8, 24, 48, 49, 50, 56, 64, 128, 130, 132,
                                  136, 0 };

    for (uint8_t i = 0; i < STATE_PAGES; i++) {
        const uint8_t c[] = { PAGE, 0, i, 32, 0, 15, 1, 1, 1, 1, 1, 1, 1, 1,
                              1, 1, 1, 1, 1, 1, 1, 1 };

        put_change(kind, "state", i, c, sizeof(c), put);
    }
    for (uint8_t i = 0; i < 4; i++) {
        const uint8_t c[] = { PAGE, (uint8_t)(1 + i / 2), 0, 32, 0, 3,
                              (uint8_t)(1 << i), 0, 0, 0, 4, 0, 0, 0 };
        const uint8_t d[] = { SEQUENCE, 0, i, (uint8_t)(i & 1), 0, 0, 0, 0, 0,
                              0, i > 1 ? 0x80 : 0, 0, 0, 0 };

        put_change(kind, "table", i, c, sizeof(c), put);
        put_change(kind, "sequence", i, d, sizeof(d), put);
    }
    for (uint8_t i = 0; i < sizeof(at); i++) {
        const uint8_t c[] = { SUPER, i & 1, at[i], 0, 0, 3 };

        put_change(kind, "super", i, c, sizeof(c), put);
    }
    put_change(kind, "damage", 0, (const uint8_t[]) { DAMAGE, 0, 0, 0, 0, 7,
               1, 2, 3, 4, 5, 6, 7, 8 }, 14, put);
    for (uint8_t i = 0; i < 32; i++) {
        put_change(kind, "shorter", i, (const uint8_t[]) { SHORTER, 8, i }, 3,
                   put);
    }
    put_change(kind, "as-made", 0, NULL, 0, put);
}

void fuzz_seeds(FuzzPut *put)
{
    for (unsigned kind = 0; kind < FUZZ_NKINDS; kind++) {
        FakeHost *h = fuzz_drive(kind);
        uint8_t raw[1 + IMG_BLOCK] = { (uint8_t)(128 | kind) };
        char name[32];

        memcpy(raw + 1, h->f.media[1].bytes, IMG_BLOCK);
        snprintf(name, sizeof(name), "kind-%u-superblock", kind);
        put(name, raw, sizeof(raw));
        put_changes(kind, put);
        if (fuzz_drive(kind)->setup.ns[0].mode == IMG_MODE_OPEN_CHANNEL) {
            put_chunks(kind, put);
        }
    }
}
