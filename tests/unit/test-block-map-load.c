/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Block maps": which pages of an image belong
 * to which chunk, which bits count, and what makes an image damaged.  Pages
 * are bytes at the document's offsets.
 */
#include "map-unit.h"

/* Chunks of every kind in the image; then the drive starts again. */
enum { A_FREE = 3, A_CLOSED = 300, AN_OFFLINE = 301, A_RANDOM = 302,
       A_FREE_RANDOM = 303, RESETS = 7 };

static FakeHost *start(void)
{
    FakeHost *h = fake_host_start(&map_small);

    map_chunk(h, A_FREE, CHUNK_FREE, 0, RESETS);
    map_chunk(h, A_CLOSED, CHUNK_CLOSED, 12, RESETS);
    map_chunk(h, AN_OFFLINE, CHUNK_OFFLINE, 0, RESETS);
    map_chunk(h, A_RANDOM, CHUNK_CLOSED, 0, RESETS);
    map_ns(h)->chunk[A_RANDOM].type = OCSSD_CT_RANDOM;
    map_chunk(h, A_FREE_RANDOM, CHUNK_FREE, 0, RESETS);
    map_ns(h)->chunk[A_FREE_RANDOM].type = OCSSD_CT_RANDOM;
    map_sync(h);
    return h;
}

static void pages_that_do_not_count(void)
{
    static const MapPage page[] = {
        { 0, A_CLOSED, 0, RESETS, 0, 16 },          /* free */
        { 1, A_CLOSED, 0, RESETS - 1, 0, 16 },      /* of an earlier life */
        { 1, A_CLOSED, 0, RESETS + 1, 0, 16 },
        { 1, A_CLOSED, 0, 0, 0, 16 },
        { 1, A_CLOSED, 0, RESETS | 1u << 31, 0, 16 },
        { 1, A_CLOSED, 1, RESETS, 0, 16 },          /* it has one part */
        { 1, A_CLOSED, UINT32_MAX, RESETS, 0, 16 },
        { 1, AN_OFFLINE, 0, RESETS, 0, 16 },
        { 1, 512, 0, 0, 0, 16 },                    /* no such chunk */
        { 1, UINT32_MAX, 0, RESETS, 0, 16 },
    };

    for (size_t i = 0; i < sizeof(page) / sizeof(page[0]); i++) {
        FakeHost *h = start();

        map_put_page(h, 2, page[i]);
        fake_host_restart(h, false);
        CHECK(map_left(h) == 4, "row %zu: %u pages are free", i, map_left(h));
        map_check_only(h, A_CLOSED, 16, 0, 0);
        map_sync(h);
        CHECK(map_page(h, 2)[0] == 0, "row %zu is not written as free", i);
        CHECK_EQ(map_writes(h, 2), 999 + page[i].used);
        fake_host_free(h);
    }
}

/* Those at and behind the write pointer, or of a free chunk, do not count. */
static void bits_that_do_not_count(void)
{
    static const struct {
        uint32_t chunk, from, n;    /* in the page */
        uint32_t left;              /* of N, from FROM on */
    } row[] = {
        { A_CLOSED, 0, 32384, 12 }, { A_CLOSED, 4, 8, 8 },
        { A_CLOSED, 11, 2, 1 }, { A_CLOSED, 12, 4, 0 },
        { A_CLOSED, 32383, 1, 0 },
        { A_FREE, 0, 16, 0 }, { A_FREE, 0, 0, 0 },
        { A_RANDOM, 0, 32384, 16 }, { A_RANDOM, 15, 2, 1 },
        { A_RANDOM, 3, 4, 4 }, { A_FREE_RANDOM, 3, 4, 0 },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        FakeHost *h = start();
        MapPage p = { 1, row[i].chunk, 0, RESETS, row[i].from, row[i].n };

        map_put_page(h, 1, p);
        fake_host_restart(h, false);
        CHECK_EQ(map_left(h), 3);
        map_check_only(h, row[i].chunk, 16, row[i].from, row[i].left);
        map_sync(h);
        CHECK(map_writes(h, 1) == 999 + (row[i].left < row[i].n), "row %zu",
              i);
        /* They do not come back with blocks that are written then. */
        map_chunk(h, row[i].chunk, CHUNK_CLOSED, 16, RESETS);
        map_sync(h);
        fake_host_restart(h, false);
        map_check_only(h, row[i].chunk, 16, row[i].from, row[i].left);
        CHECK_EQ(map_get(h, row[i].chunk), true);
        CHECK_EQ(map_left(h), 3);
        fake_host_free(h);
    }
}

/* Adding the image again, as another namespace, fails and says so. */
static void check_refused(FakeHost *h, const char *says, const char *also)
{
    OcpnNsConfig cfg = { .nsid = 2 };
    unsigned allocs = h->f.nallocs;
    OcpnError err = { { 0 } };

    CHECK_EQ(ocpn_ns_add(h->c, &cfg, &h->f.media[1].disk, &err), false);
    CHECK_HAS(err.text, says);
    CHECK_HAS(err.text, also);
    CHECK_EQ(h->f.nallocs, allocs);
}

static void two_pages_for_one_part(void)
{
    static const uint32_t chunks[] = { A_FREE, A_CLOSED, A_RANDOM };

    for (unsigned i = 0; i < 3; i++) {
        FakeHost *h = start();

        map_put_page(h, 0, (MapPage) { 1, chunks[i], 0, RESETS, 0, 4 });
        map_put_page(h, 3, (MapPage) { 1, chunks[i], 0, RESETS, 0, 4 });
        check_refused(h, "pages 0 and 3 of the block maps",
                      i ? "chunk 30" : "chunk 3");
        /* An earlier life is another matter. */
        map_put_page(h, 3, (MapPage) { 1, chunks[i], 0, RESETS - 1, 0, 4 });
        fake_host_restart(h, false);
        CHECK_EQ(map_left(h), 3);
        fake_host_free(h);
    }
}

static void neither_used_nor_free(void)
{
    FakeHost *h = start();

    for (unsigned used = 2; used < 256; used++) {
        map_put_page(h, 2, (MapPage) { .used = (uint8_t)used });
        check_refused(h, "page 2 of the block maps", "0 (free) or 1 (used)");
    }
    map_put_page(h, 2, (MapPage) { .used = 0 });
    fake_host_free(h);
}

static void both_slots_damaged(void)
{
    FakeHost *h = start();
    uint8_t *b = h->f.media[1].bytes + map_ns(h)->im.maps.offset + 3 * 8192;

    b[100] ^= 1;
    b[4096 + 100] ^= 1;
    check_refused(h, "page 3 of the block maps is damaged", "both slots");
    b[100] ^= 1;
    fake_host_restart(h, false);
    CHECK_EQ(map_left(h), 4);
    fake_host_free(h);
}

/* A part without a page has no bit set, and can have a page later. */
static void missing_parts(void)
{
    for (uint32_t parts = 1; parts < 8; parts++) {      /* bit P: is there */
        FakeHost *h = fake_host_start(&map_large);
        uint32_t have = 0;

        map_chunk(h, 1, CHUNK_CLOSED, LARGE, RESETS);
        map_sync(h);
        for (uint32_t p = 0; p < 3; p++) {
            if (parts >> p & 1) {                   /* pages 5, 3 and 1 */
                map_put_page(h, 5 - 2 * p,
                             (MapPage) { 1, 1, p, RESETS, 10 * p, 2 });
                have++;
            }
        }
        fake_host_restart(h, false);
        CHECK_EQ(map_left(h), 7 - have);
        for (unsigned again = 0; again < 2; again++) {
            for (uint32_t p = 0; p < 3; p++) {
                uint32_t at = p * MAP_PART + 10 * p;

                CHECK_EQ(map_bit(h, 1, at), parts >> p & 1);
                CHECK_EQ(map_bit(h, 1, at + 1), parts >> p & 1);
                CHECK_EQ(map_bit(h, 1, at + 2), 0);
            }
            CHECK_EQ(map_get(h, 1), true);
            CHECK_EQ(map_left(h), 4);
        }
        map_set(h, 1, 0, LARGE, true);
        map_sync(h);
        fake_host_restart(h, false);
        map_check_only(h, 1, LARGE, 0, LARGE);
        fake_host_free(h);
    }
}

/* There is no page for the missing part: no map, and nothing is lost. */
static void missing_for_ever(void)
{
    FakeHost *h = fake_host_start(&map_large);

    map_chunk(h, 1, CHUNK_CLOSED, LARGE, RESETS);
    map_sync(h);
    map_put_page(h, 2, (MapPage) { 1, 1, 2, RESETS, 0, 3 });
    fake_host_restart(h, false);
    CHECK_EQ(map_get(h, 0), true);
    CHECK_EQ(map_get(h, 2), true);
    CHECK_EQ(map_left(h), 0);
    CHECK_EQ(map_get(h, 1), false);
    map_check_only(h, 1, LARGE, 2 * MAP_PART, 3);
    map_ns(h)->chunk[1].resets++;
    map_put(h, 1);
    CHECK_EQ(map_left(h), 1);
    fake_host_free(h);
}

/* A page behind the chunk's end is no page of a part it has. */
static void part_behind_the_end(void)
{
    FakeHost *h = fake_host_start(&map_large);

    map_chunk(h, 1, CHUNK_CLOSED, LARGE, RESETS);
    map_sync(h);
    map_put_page(h, 2, (MapPage) { 1, 1, 2, RESETS, 0, 3 });
    fake_host_restart(h, false);
    map_ns(h)->chunk[1].cnlb = MAP_PART;
    CHECK_EQ(map_get(h, 1), true);
    CHECK_EQ(map_left(h), 5);
    map_set(h, 1, 7, 2, true);
    map_check_only(h, 1, MAP_PART, 7, 2);
    fake_host_free(h);
}

/* Rubbish with a right checksum: refused, or pages are free or a chunk's. */
static void rubbish(void)
{
    FakeHost *h = start();
    OcpnNsConfig cfg = { .nsid = 2 };
    unsigned refused = 0, opened = 0;
    uint32_t seed = 5;

    for (unsigned round = 0; round < 2000; round++) {
        static const uint32_t chunks[] = { A_FREE, A_CLOSED, AN_OFFLINE,
                                           A_RANDOM, 511, 512, UINT32_MAX };
        OcpnError err = { { 0 } };
        uint32_t mapped = 0;
        OcpnNs *ns;

        for (uint32_t i = 0; i < 4; i++) {
            seed = seed * 1664525 + 1013904223;
            map_put_page(h, i, (MapPage) {
                .used = (seed >> 8) % 40 ? seed >> 9 & 1 : 2,
                .chunk = chunks[(seed >> 10) % 7], .part = (seed >> 14) % 8 / 7,
                .resets = (seed >> 17) % 8 ? RESETS : 0,
                .from = (seed >> 20) % 32000, .n = (seed >> 24),
            });
        }
        if (!ocpn_ns_add(h->c, &cfg, &h->f.media[1].disk, &err)) {
            CHECK_HAS(err.text, "of the block maps");
            refused++;
            continue;
        }
        opened++;
        ns = ocpn_ns_get(h->c, 2);
        for (uint32_t c = 0; c < 512; c++) {
            mapped += ns->chunk[c].map != 0;
        }
        CHECK_EQ(mapped + ocpn_map_pages_left(ns), 4);
        CHECK_EQ(ns->chunk[AN_OFFLINE].map, 0);
        ocpn_ns_destroy(h->c, ns);
    }
    CHECK(refused > 100 && opened > 100, "%u refused, %u not", refused,
          opened);
    for (uint32_t i = 0; i < 4; i++) {
        map_put_page(h, i, (MapPage) { .used = 0 });
    }
    fake_host_free(h);
}

static void no_memory(void)
{
    FakeHost *h = start();
    OcpnNsConfig cfg = { .nsid = 2 };
    unsigned n = 0, allocs = h->f.nallocs;
    OcpnError err = { { 0 } };
    bool said = false, ok;

    do {
        h->f.fail_alloc = ++n;
        ok = ocpn_ns_add(h->c, &cfg, &h->f.media[1].disk, &err);
        said |= strstr(err.text, "no memory for the 4 pages") != NULL;
        CHECK(ok || h->f.nallocs == allocs, "allocation %u", n);
    } while (!ok && n < 20);
    h->f.fail_alloc = 0;
    CHECK_EQ(ok, true);
    CHECK_EQ(said, true);
    ocpn_ns_destroy(h->c, ocpn_ns_get(h->c, 2));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "pages that do not count",        pages_that_do_not_count },
    { "bits that do not count",         bits_that_do_not_count },
    { "two pages for one part",         two_pages_for_one_part },
    { "neither used nor free",          neither_used_nor_free },
    { "both slots damaged",             both_slots_damaged },
    { "missing parts",                  missing_parts },
    { "missing for ever",               missing_for_ever },
    { "a part behind the end",          part_behind_the_end },
    { "rubbish",                        rubbish },
    { "no memory",                      no_memory },
};
OCPN_UNIT_MAIN("block-map-load", tests)
