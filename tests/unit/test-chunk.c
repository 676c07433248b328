/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Chunk Model", "Chunk Reset", "Write". */
#include "hw/ocp-nvme/core/chunk.h"
#include "ocpn-unit.h"

/*
 * The specification's rules, written down a second time from its text and not
 * from chunk.c: what happens, then the state and status that follow from
 * Free, Open, Closed and Offline.
 */
static const struct {
    OcpnChunkEvent ev;
    const char *next;           /* F O C X */
    uint16_t status[4];
} want[] = {
    /* T1, T3; T9; T10 */
    { CHUNK_WRITE,  "OOCX", { 0x000, 0x000, 0x280, 0x280 } },
    /* T2, T4 */
    { CHUNK_FILL,   "CCCX", { 0x000, 0x000, 0x280, 0x280 } },
    /* T7, T8 */
    { CHUNK_STRAY,  "FOCX", { 0x2f2, 0x2f2, 0x280, 0x280 } },
    /* W4 */
    { CHUNK_BEYOND, "FOCX", { 0x280, 0x280, 0x280, 0x280 } },
    /* T6; a chunk whose last write is on its way is Closed already */
    { CHUNK_CUT,    "CCCX", { 0x2f1, 0x2f1, 0x2f1, 0x280 } },
    /* T5; a chunk whose last blocks are lost stays Closed */
    { CHUNK_SKIP,   "OOCX", { 0x2f0, 0x2f0, 0x2f0, 0x280 } },
    /* W5 */
    { CHUNK_RANDOM, "OOCX", { 0x000, 0x000, 0x280, 0x280 } },
    /* T19 */
    { CHUNK_CLOSE,  "FCCX", { 0x000, 0x000, 0x000, 0x000 } },
    /* T11, T14, T16, T17 */
    { CHUNK_RESET,  "FFFX", { 0x000, 0x000, 0x000, 0x2c0 } },
    /* T13, T15, T17 */
    { CHUNK_DENY,   "FOCX", { 0x2c1, 0x2c1, 0x2c1, 0x2c0 } },
    /* T12 */
    { CHUNK_WORN,   "XXXX", { 0x2c0, 0x2c0, 0x2c0, 0x2c0 } },
};

static void test_every_rule(void)
{
    CHECK_EQ(sizeof(want) / sizeof(want[0]), CHUNK_NEVENTS);
    for (unsigned i = 0; i < CHUNK_NEVENTS; i++) {
        for (unsigned s = 0; s < CHUNK_NSTATES; s++) {
            OcpnChunk k = { .cnlb = 64, .wp = 8, .down = 8,
                            .state = (uint8_t)s };

            CHECK_EQ(ocpn_chunk_judge(&k, want[i].ev), want[i].status[s]);
            CHECK_EQ(k.state, s);
            CHECK_EQ(ocpn_chunk_apply(&k, want[i].ev, 4), want[i].status[s]);
            CHECK_EQ("FOCX"[k.state], want[i].next[s]);
        }
    }
}

static void test_what_a_write_is(void)
{
    const OcpnChunk k = { .cnlb = 64, .wp = 8, .state = CHUNK_OPEN };

    CHECK_EQ(ocpn_chunk_write_event(&k, 8, 55), CHUNK_WRITE);
    CHECK_EQ(ocpn_chunk_write_event(&k, 8, 56), CHUNK_FILL);
    CHECK_EQ(ocpn_chunk_write_event(&k, 8, 57), CHUNK_BEYOND);
    CHECK_EQ(ocpn_chunk_write_event(&k, 8, 0), CHUNK_STRAY);
    CHECK_EQ(ocpn_chunk_write_event(&k, 7, 1), CHUNK_STRAY);
    CHECK_EQ(ocpn_chunk_write_event(&k, 9, 55), CHUNK_STRAY);
    CHECK_EQ(ocpn_chunk_write_event(&k, 9, 56), CHUNK_BEYOND);
    CHECK_EQ(ocpn_chunk_write_event(&k, 63, 1), CHUNK_STRAY);
    CHECK_EQ(ocpn_chunk_write_event(&k, 64, 1), CHUNK_BEYOND);
    CHECK_EQ(ocpn_chunk_write_event(&k, 9, UINT32_MAX), CHUNK_BEYOND);
    CHECK_EQ(ocpn_chunk_write_event(&k, UINT32_MAX, 2), CHUNK_BEYOND);
}

/* Anywhere in the chunk, any length (W4, W5). */
static void test_what_a_random_write_is(void)
{
    const OcpnChunk k = { .cnlb = 64, .state = CHUNK_OPEN, .type = 0x02 };

    CHECK_EQ(ocpn_chunk_write_event(&k, 0, 64), CHUNK_RANDOM);
    CHECK_EQ(ocpn_chunk_write_event(&k, 63, 1), CHUNK_RANDOM);
    CHECK_EQ(ocpn_chunk_write_event(&k, 63, 2), CHUNK_BEYOND);
    CHECK_EQ(ocpn_chunk_write_event(&k, 64, 1), CHUNK_BEYOND);
    CHECK_EQ(ocpn_chunk_counts(&k), false);
}

/* Lost blocks count as written; a chunk that closes keeps what is down. */
static void test_lost_and_closed(void)
{
    OcpnChunk k = { .cnlb = 64, .wp = 24, .down = 8, .state = CHUNK_OPEN };

    ocpn_chunk_apply(&k, CHUNK_SKIP, 8);
    CHECK_EQ(k.wp, 24);
    CHECK_EQ(k.down, 16);
    CHECK_EQ(ocpn_chunk_window(&k), 16);
    ocpn_chunk_apply(&k, CHUNK_CLOSE, 0);
    CHECK_EQ(k.wp, 16);
    CHECK_EQ(ocpn_chunk_window(&k), 16);
    k.state = CHUNK_FREE;
    CHECK_EQ(ocpn_chunk_window(&k), 0);
}

static void test_writes_move_the_pointer(void)
{
    OcpnChunk k = { .cnlb = 64 };

    ocpn_chunk_apply(&k, CHUNK_WRITE, 8);
    CHECK_EQ(k.wp, 8);
    ocpn_chunk_apply(&k, CHUNK_STRAY, 8);
    CHECK_EQ(k.wp, 8);
    ocpn_chunk_apply(&k, CHUNK_BEYOND, 8);
    CHECK_EQ(k.wp, 8);
    ocpn_chunk_apply(&k, CHUNK_FILL, 56);
    CHECK_EQ(k.wp, 64);
    CHECK_EQ(k.state, CHUNK_CLOSED);
    ocpn_chunk_apply(&k, CHUNK_WRITE, 8);
    CHECK_EQ(k.wp, 64);
    CHECK_EQ(k.down, 0);        /* that is for who moves the data */
}

/* An Early Close keeps what is down and forgets what was only accepted. */
static void test_a_cut_ends_where_the_data_ends(void)
{
    OcpnChunk open = { .cnlb = 64, .wp = 24, .down = 8, .state = CHUNK_OPEN };
    OcpnChunk full = { .cnlb = 64, .wp = 64, .down = 56,
                       .state = CHUNK_CLOSED };
    OcpnChunk free_ = { .cnlb = 64 };

    ocpn_chunk_apply(&open, CHUNK_CUT, 0);
    CHECK_EQ(open.wp, 8);
    ocpn_chunk_apply(&full, CHUNK_CUT, 0);
    CHECK_EQ(full.wp, 56);
    ocpn_chunk_apply(&free_, CHUNK_CUT, 0);
    CHECK_EQ(free_.wp, 0);
    CHECK_EQ(free_.state, CHUNK_CLOSED);    /* the one Closed with WP 0 */
}

static void test_reset_rewinds_and_wears(void)
{
    const OcpnChunk full = { .cnlb = 64, .wp = 64, .down = 64,
                             .state = CHUNK_CLOSED, .resets = 3,
                             .flags = OCPN_CHUNK_OFFLINE_NEXT };
    OcpnChunk k = full;

    CHECK_EQ(ocpn_chunk_apply(&k, CHUNK_RESET, 0), 0);
    CHECK_EQ(k.wp, 0);
    CHECK_EQ(k.down, 0);
    CHECK_EQ(k.resets, 4);
    CHECK_EQ(k.flags, 0);
    CHECK_EQ(k.cnlb, 64);

    k = full;
    CHECK_EQ(ocpn_chunk_apply(&k, CHUNK_DENY, 0), 0x2c1);
    CHECK_EQ(k.wp, 64);
    CHECK_EQ(k.resets, 3);
    CHECK_EQ(k.flags, OCPN_CHUNK_OFFLINE_NEXT);

    CHECK_EQ(ocpn_chunk_apply(&k, CHUNK_WORN, 0), 0x2c0);
    CHECK_EQ(k.wp, 0);
    CHECK_EQ(k.resets, 4);
    ocpn_chunk_apply(&k, CHUNK_RESET, 0);
    CHECK_EQ(k.resets, 4);      /* Offline wears no more */

    k = full;
    k.resets = UINT32_MAX;
    ocpn_chunk_apply(&k, CHUNK_RESET, 0);
    CHECK_EQ(k.resets, UINT32_MAX);
}

/* Below WP - MW_CUNITS in an Open chunk, below WP in a Closed one. */
static void test_what_can_be_read(void)
{
    OcpnChunk k = { .cnlb = 96, .wp = 48, .down = 48, .state = CHUNK_OPEN };

    CHECK_EQ(ocpn_chunk_readable(&k, 24), 24);
    CHECK_EQ(ocpn_chunk_readable(&k, 0), 48);
    k.down = 20;                /* the rest is on its way */
    CHECK_EQ(ocpn_chunk_readable(&k, 24), 20);
    k.wp = k.down = 24;
    CHECK_EQ(ocpn_chunk_readable(&k, 24), 0);
    k.wp = k.down = 8;
    CHECK_EQ(ocpn_chunk_readable(&k, 24), 0);
    k.state = CHUNK_CLOSED;
    CHECK_EQ(ocpn_chunk_readable(&k, 24), 8);
    k.wp = 96;
    CHECK_EQ(ocpn_chunk_readable(&k, 24), 8);
    k.state = CHUNK_OFFLINE;
    CHECK_EQ(ocpn_chunk_readable(&k, 24), 0);
    k.state = CHUNK_FREE;
    CHECK_EQ(ocpn_chunk_readable(&k, 0), 0);
}

/* FAILURE-CASE-15 */
static void test_wear_level_index(void)
{
    CHECK_EQ(ocpn_chunk_wli(0, 2), 0);
    CHECK_EQ(ocpn_chunk_wli(1, 2), 127);
    CHECK_EQ(ocpn_chunk_wli(2, 2), 255);
    CHECK_EQ(ocpn_chunk_wli(3, 2), 255);
    CHECK_EQ(ocpn_chunk_wli(1, 10), 25);
    CHECK_EQ(ocpn_chunk_wli(1000, 0), 0);
    CHECK_EQ(ocpn_chunk_wli(UINT32_MAX, UINT32_MAX), 255);
    CHECK_EQ(ocpn_chunk_wli(UINT32_MAX, 1), 255);
    CHECK_EQ(ocpn_chunk_wli(UINT32_MAX / 2, UINT32_MAX), 127);
}

static void test_state_codes(void)
{
    CHECK_EQ(ocpn_chunk_cs(CHUNK_FREE), 0x01);
    CHECK_EQ(ocpn_chunk_cs(CHUNK_CLOSED), 0x02);
    CHECK_EQ(ocpn_chunk_cs(CHUNK_OPEN), 0x04);
    CHECK_EQ(ocpn_chunk_cs(CHUNK_OFFLINE), 0x08);
}

/* No run of events leaves a chunk in a shape that has no name. */
static void test_no_walk_breaks_a_chunk(void)
{
    static const OcpnChunkEvent others[] = {
        CHUNK_CUT, CHUNK_RESET, CHUNK_DENY, CHUNK_WORN, CHUNK_CLOSE,
    };
    OcpnChunk k = { .cnlb = 64 };
    uint32_t seed = 1;
    uint32_t resets = 0;

    for (int i = 0; i < 200000; i++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t nlb = 1 + (seed >> 8) % 8;
        uint32_t blk = (seed >> 12) % 4 ? k.wp : (seed >> 20) % 70;
        unsigned what = (seed >> 24) % 16;
        OcpnChunkEvent ev = ocpn_chunk_write_event(&k, blk, nlb);

        if (what >= 11) {
            ev = others[what - 11];
        }
        if (ev == CHUNK_WORN && i % 64) {
            ev = CHUNK_RESET;
        }
        ocpn_chunk_apply(&k, ev, nlb);
        k.down += (seed >> 16) % (k.wp - k.down + 1);
        CU_ASSERT_FATAL(k.wp <= k.cnlb);
        CU_ASSERT_FATAL(k.down <= k.wp);
        CU_ASSERT_FATAL(ocpn_chunk_readable(&k, 8) <= k.down);
        CU_ASSERT_FATAL(k.state != CHUNK_FREE || k.wp == 0);
        CU_ASSERT_FATAL(k.state != CHUNK_OFFLINE || k.wp == 0);
        CU_ASSERT_FATAL(k.state != CHUNK_OPEN || (k.wp > 0 && k.wp < k.cnlb));
        CU_ASSERT_FATAL(k.resets >= resets);
        resets = k.resets;
        if (k.state == CHUNK_OFFLINE && i % 8 == 0) {
            k = (OcpnChunk) { .cnlb = 64, .resets = resets };
        }
    }
}

static const OcpnTest tests[] = {
    { "every rule",                     test_every_rule },
    { "what a write is",                test_what_a_write_is },
    { "what a random write is",         test_what_a_random_write_is },
    { "what is lost, what is closed",   test_lost_and_closed },
    { "writes move the pointer",        test_writes_move_the_pointer },
    { "a cut ends where the data ends", test_a_cut_ends_where_the_data_ends },
    { "reset rewinds and wears",        test_reset_rewinds_and_wears },
    { "what can be read",               test_what_can_be_read },
    { "wear-level index",               test_wear_level_index },
    { "state codes",                    test_state_codes },
    { "no walk breaks a chunk",         test_no_walk_breaks_a_chunk },
};
OCPN_UNIT_MAIN("chunk", tests)
