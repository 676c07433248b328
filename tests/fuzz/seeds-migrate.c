/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States as they are saved, and changes to them. */
#include "fuzz.h"
#include "fuzz-saved.h"

#define PARTS   64u

static void put_one(unsigned kind, unsigned part, unsigned off, uint8_t len,
                    uint8_t value, FuzzPut *put)
{
    const uint8_t seed[] = { (uint8_t)kind, 0, (uint8_t)part, (uint8_t)off, 0,
                             len, value };
    char name[48];

    snprintf(name, sizeof(name), "kind-%u-part-%u-%u-%02x", kind, part, off,
             len ? len : value);
    put(name, seed, sizeof(seed));
}

/* Bytes of each part are others, and parts are missing or come twice. */
static void put_changes(unsigned kind, const FuzzSaved *s, FuzzPut *put)
{
    size_t at = 0;

    for (unsigned i = 0; i < PARTS && at + 8 < s->len; i++) {
        size_t size = 8 + (size_t)fake_le(s->bytes + at + 4, 4);

        for (unsigned off = 0; off < size && off < 40; off += 4) {
            put_one(kind, i, off, 0, 0xff, put);
        }
        put_one(kind, i, 0, 253, 0, put);
        put_one(kind, i, 0, 254, 0, put);
        at += size;
    }
}

void fuzz_seeds(FuzzPut *put)
{
    for (unsigned kind = 0; kind < FUZZ_NKINDS; kind++) {
        const FuzzSaved *s = fuzz_saved(kind);
        uint8_t *raw = malloc(1 + s->len);
        char name[32];

        FUZZ_CHECK(raw, "no memory");
        raw[0] = (uint8_t)(128 | kind);
        memcpy(raw + 1, s->bytes, s->len);
        snprintf(name, sizeof(name), "kind-%u-whole", kind);
        put(name, raw, 1 + s->len);
        free(raw);
        put_changes(kind, s, put);
    }
}
