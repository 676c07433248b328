/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/block-map.h: whose pages are whose, and what bits say;
 * docs/image-format.rst, "Block maps": what a drive writes and finds again.
 */
#include <stdlib.h>

#include "map-unit.h"

static void one_chunk(void)
{
    FakeHost *h = fake_host_start(&map_small);
    uint32_t n = 0;

    CHECK_EQ(map_left(h), 4);
    CHECK_EQ(map_look(h, 5, 3, 13, &n), false);     /* without a map */
    CHECK_EQ(n, 13);
    map_put(h, 5);
    CHECK_EQ(map_left(h), 4);
    CHECK_EQ(map_get(h, 5), true);
    CHECK_EQ(map_left(h), 3);
    CHECK_EQ(map_get(h, 5), true);                  /* it has one */
    CHECK_EQ(map_left(h), 3);
    map_check_only(h, 5, 16, 0, 0);
    map_set(h, 5, 4, 8, true);
    map_check_only(h, 5, 16, 4, 8);
    CHECK_EQ(map_get(h, 5), true);                  /* and keeps its bits */
    map_check_only(h, 5, 16, 4, 8);
    CHECK_EQ(map_look(h, 5, 0, 16, &n), false);
    CHECK_EQ(n, 4);
    CHECK_EQ(map_look(h, 5, 6, 16 - 6, &n), true);
    CHECK_EQ(n, 6);
    CHECK_EQ(map_look(h, 5, 6, 2, &n), true);
    CHECK_EQ(n, 2);
    map_set(h, 5, 4, 7, false);
    map_check_only(h, 5, 16, 11, 1);
    CHECK_EQ(map_get(h, 6), true);                  /* its neighbour */
    map_check_only(h, 6, 16, 0, 0);
    map_set(h, 6, 0, 16, true);
    map_check_only(h, 5, 16, 11, 1);
    fake_host_free(h);
}

/* Any bits in any order, against a plain array. */
static void many_bits(void)
{
    FakeHost *h = fake_host_start(&map_large);
    uint8_t *want = calloc(1, LARGE);
    uint32_t seed = 1, n = 0;

    CHECK_EQ(map_get(h, 1), true);
    CHECK_EQ(map_left(h), 7 - 3);
    for (unsigned round = 0; want && round < 3000; round++) {
        uint32_t near = round % 3 * MAP_PART, blk, nlb, max, same = 0;
        bool value;

        seed = seed * 1664525 + 1013904223;
        blk = near + (seed >> 8) % 300;
        blk = blk < 150 ? blk : blk - 150;          /* about the borders */
        nlb = 1 + (seed >> 16) % (round % 50 ? 90 : LARGE - blk);
        value = seed >> 31;
        map_set(h, 1, blk, nlb, value);
        memset(want + blk, value, nlb);
        blk = (seed >> 4) % 7 ? blk : (seed >> 5) % LARGE;
        max = 1 + (seed >> 12) % (LARGE - blk);
        while (same < max && want[blk + same] == want[blk]) {
            same++;
        }
        value = map_look(h, 1, blk, max, &n);
        CHECK(value == want[blk] && n == same, "round %u: block %u is %d for "
              "%u blocks, want %d for %u", round, blk, value, n, want[blk],
              same);
    }
    free(want);
    fake_host_free(h);
}

/* Three chunks want three pages each, and there are seven. */
static void too_few_pages(void)
{
    FakeHost *h = fake_host_start(&map_large);
    uint32_t n;

    CHECK_EQ(map_get(h, 0), true);
    CHECK_EQ(map_get(h, 3), true);
    CHECK_EQ(map_left(h), 1);
    CHECK_EQ(map_get(h, 1), false);
    CHECK_EQ(map_left(h), 1);                       /* it got none of them */
    CHECK_EQ(map_look(h, 1, 0, LARGE, &n), false);
    CHECK_EQ(n, LARGE);
    map_ns(h)->chunk[1].cnlb = MAP_PART;            /* a small one does fit */
    CHECK_EQ(map_get(h, 1), true);
    CHECK_EQ(map_left(h), 0);
    map_ns(h)->chunk[1].cnlb = MAP_PART + 4;
    CHECK_EQ(map_get(h, 1), false);
    map_set(h, 3, 0, LARGE, true);
    map_ns(h)->chunk[3].resets++;
    map_put(h, 3);
    CHECK_EQ(map_left(h), 3);
    CHECK_EQ(map_get(h, 1), true);
    CHECK_EQ(map_left(h), 2);
    map_check_only(h, 1, MAP_PART + 4, 0, 0);       /* nobody's bits */
    fake_host_free(h);
}

static void no_maps(void)
{
    FakeSetup s = { .ns = { MAP_SMALL(0) } };
    FakeHost *h = fake_host_start(&s);
    uint32_t n;

    CHECK_EQ(map_left(h), 0);
    CHECK_EQ(map_get(h, 5), false);
    CHECK_EQ(map_look(h, 5, 0, 16, &n), false);
    CHECK_EQ(n, 16);
    map_put(h, 5);
    fake_host_restart(h, true);
    CHECK_EQ(map_get(h, 5), false);
    fake_host_free(h);
}

static void put_after_a_reset(void)
{
    FakeHost *h = fake_host_start(&map_small);

    CHECK_EQ(map_get(h, 5), true);
    map_set(h, 5, 0, 16, true);
    map_ns(h)->chunk[5].resets++;
    map_put(h, 5);
    CHECK_EQ(map_left(h), 4);
    map_check_only(h, 5, 16, 0, 0);
    CHECK_EQ(map_get(h, 5), true);
    map_check_only(h, 5, 16, 0, 0);
    fake_host_free(h);
}

/* The image's copy would count again: nobody else may have the page. */
static void put_without_a_reset(void)
{
    FakeHost *h = fake_host_start(&map_small);

    CHECK_EQ(map_get(h, 5), true);
    map_set(h, 5, 0, 16, true);
    map_sync(h);
    map_put(h, 5);
    CHECK_EQ(map_left(h), 3);
    map_check_only(h, 5, 16, 0, 0);
    CHECK_EQ(map_get(h, 5), true);
    CHECK_EQ(map_left(h), 3);
    map_chunk(h, 5, CHUNK_CLOSED, 16, 0);
    map_sync(h);                                    /* and its bits are gone */
    fake_host_restart(h, false);
    CHECK_EQ(map_left(h), 3);
    map_check_only(h, 5, 16, 0, 0);
    map_chunk(h, 5, CHUNK_OFFLINE, 0, 0);
    map_put(h, 5);
    CHECK_EQ(map_left(h), 4);                       /* no map counts */
    fake_host_free(h);
}

/* What is in the image after a write of the pages, byte for byte. */
static void bytes_in_the_image(void)
{
    FakeHost *h = fake_host_start(&map_large);
    unsigned found = 0;

    map_ns(h)->chunk[2].resets = 0x01020304;
    CHECK_EQ(map_get(h, 2), true);
    map_set(h, 2, 2 * MAP_PART + 17, 3, true);
    map_set(h, 2, MAP_PART - 1, 2, true);
    map_sync(h);
    for (uint32_t i = 0; i < 7; i++) {
        const uint8_t *p = map_page(h, i);
        uint64_t part = bytes_at(p + 8, 4);
        static const struct {
            unsigned at;
            uint8_t value;
        } set[3] = { { 16 + 4047, 0x80 }, { 16, 0x01 }, { 16 + 2, 0x0e } };

        if (!p[0]) {
            CHECK_EQ(map_writes(h, i), 0);
            continue;
        }
        found++;
        CHECK_EQ(bytes_at(p, 4), 1);
        CHECK_EQ(bytes_at(p + 4, 4), 2);
        CHECK_EQ(bytes_at(p + 12, 4), 0x01020304);
        CHECK(part < 3, "part %u", (unsigned)part);
        for (unsigned b = 16; part < 3 && b < 4064; b++) {
            CHECK(p[b] == (b == set[part].at ? set[part].value : 0),
                  "part %u byte %u is 0x%02x", (unsigned)part, b, p[b]);
        }
    }
    CHECK_EQ(found, 3);
    fake_host_free(h);
}

/* Only pages that changed are written. */
static void what_is_written(void)
{
    FakeHost *h = fake_host_start(&map_large);
    uint64_t before[7], writes = 0;

    CHECK_EQ(map_get(h, 2), true);
    map_sync(h);
    for (uint32_t i = 0; i < 7; i++) {
        before[i] = map_writes(h, i);
        writes += before[i];
    }
    CHECK_EQ(writes, 3);
    map_set(h, 2, MAP_PART, 5, true);               /* part 1 */
    map_set(h, 2, MAP_PART + 9, 5, true);
    map_sync(h);
    for (uint32_t i = 0; i < 7; i++) {
        uint64_t part = bytes_at(map_page(h, i) + 8, 4);

        CHECK_EQ(map_writes(h, i) - before[i], before[i] && part == 1);
    }
    map_ns(h)->chunk[2].resets++;
    map_put(h, 2);
    map_sync(h);
    for (uint32_t i = 0; i < 7; i++) {
        CHECK_EQ(map_page(h, i)[0], 0);
    }
    fake_host_free(h);
}

static void there_after_a_restart(void)
{
    FakeHost *h = fake_host_start(&map_large);

    map_chunk(h, 3, CHUNK_CLOSED, LARGE, 9);
    map_chunk(h, 0, CHUNK_CLOSED, MAP_PART + 8, 0);
    for (unsigned round = 0; round < 4; round++) {
        CHECK_EQ(map_get(h, 3), true);
        CHECK_EQ(map_get(h, 0), true);
        map_set(h, 3, 0, LARGE, false);
        map_set(h, 3, 100 + round, MAP_PART + 3, true);
        map_set(h, 0, MAP_PART + round, 2, true);
        map_sync(h);
        fake_host_restart(h, round % 2);
        CHECK_EQ(map_left(h), 1);
        map_check_only(h, 3, LARGE, 100 + round, MAP_PART + 3);
        map_check_only(h, 0, LARGE, MAP_PART, 2 + round);
    }
    map_chunk(h, 3, CHUNK_FREE, 0, 10);
    map_sync(h);
    map_put(h, 3);
    fake_host_restart(h, false);                    /* nothing was written */
    CHECK_EQ(map_left(h), 4);
    map_check_only(h, 3, LARGE, 0, 0);
    fake_host_free(h);
}

/* A map goes along if somebody changes the number of resets. */
static void resets_set_by_hand(void)
{
    FakeHost *h = fake_host_start(&map_small);

    map_chunk(h, 5, CHUNK_CLOSED, 16, 3);
    CHECK_EQ(map_get(h, 5), true);
    map_set(h, 5, 4, 4, true);
    map_chunk(h, 5, CHUNK_CLOSED, 16, 77);
    ocpn_map_keep(map_ns(h), 5);
    map_sync(h);
    fake_host_restart(h, false);
    map_check_only(h, 5, 16, 4, 4);
    map_chunk(h, 5, CHUNK_CLOSED, 16, 78);
    CHECK_EQ(map_get(h, 5), true);
    map_sync(h);
    fake_host_restart(h, false);
    map_check_only(h, 5, 16, 4, 4);
    CHECK_EQ(map_left(h), 3);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "one chunk",                      one_chunk },
    { "many bits",                      many_bits },
    { "too few pages",                  too_few_pages },
    { "an image without maps",          no_maps },
    { "put after a reset",              put_after_a_reset },
    { "put without a reset",            put_without_a_reset },
    { "bytes in the image",             bytes_in_the_image },
    { "what is written",                what_is_written },
    { "there after a restart",          there_after_a_restart },
    { "resets set by hand",             resets_set_by_hand },
};
OCPN_UNIT_MAIN("block-map", tests)
