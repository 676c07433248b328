/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dataset Management (09h): deallocating whole chunks resets them.
 * Proves: Open-Channel SSD 2.0, "Dataset Management".
 */
#include "chunk.h"

#define U   geo.ws_min
#define N   geo.clba

static uint16_t deallocate(uint64_t lba, uint64_t blocks)
{
    uint64_t range[1][2] = { { lba, blocks } };

    return dsm(range, 1, true);
}

/* OCSSD-CASE-139 */
static void closed_chunk(void)
{
    make_closed(A);
    EXPECT(SC_OK, deallocate(at(A, 0), N));
    EXPECT_CHUNK(A, FREE, 0);
    forget(A);
}

/* OCSSD-CASE-140 OCSSD-CASE-146 */
static void many_chunks(void)
{
    uint64_t range[NSLOTS][2];

    for (unsigned i = 0; i < nslots; i++) {
        make_closed(i);
        range[i][0] = at(i, 0);
        range[i][1] = N;
    }
    EXPECT(SC_OK, dsm(range, nslots, true));
    for (unsigned i = 0; i < nslots; i++) {
        EXPECT_CHUNK(i, FREE, 0);
        forget(i);
    }
}

/* OCSSD-CASE-141 */
static void not_a_chunk(void)
{
    NEED_BLOCKS(8);
    make_closed(A);
    EXPECT(SC_LBA_OUT_OF_RANGE, deallocate(at(A, 0), N - 1));
    EXPECT(SC_LBA_OUT_OF_RANGE, deallocate(at(A, 0), 2ull * N));
    EXPECT(SC_LBA_OUT_OF_RANGE, deallocate(at(A, 0), 0));
    EXPECT(SC_LBA_OUT_OF_RANGE, deallocate(at(A, 4), N));
    EXPECT(SC_LBA_OUT_OF_RANGE, deallocate(at(A, 4), N - 4));
    EXPECT_CHUNK(A, CLOSED, N);
}

/* OCSSD-CASE-142 */
static void free_chunk(void)
{
    make_free(A);
    EXPECT(SC_INVALID_RESET, deallocate(at(A, 0), N));
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-142 */
static void open_chunk(void)
{
    NEED_BLOCKS(2 * U);
    make_open(A, U);
    EXPECT(SC_INVALID_RESET, deallocate(at(A, 0), N));
    EXPECT_CHUNK(A, OPEN, U);
}

/* OCSSD-CASE-142 */
static void offline_chunk(void)
{
    EXPECT(SC_OFFLINE_CHUNK, deallocate(geo.offline, N));
    EXPECT_EQ(OFFLINE, chunk_of(geo.offline).cs);
}

/* OCSSD-CASE-142: where a chunk would begin */
static void no_such_chunk(void)
{
    uint64_t hole[5];
    unsigned n = hole_list(hole);

    for (unsigned i = 0; i < n; i++) {
        if ((hole[i] & ((1ull << geo.lb_bits) - 1)) == 0) {
            EXPECT(SC_INVALID_RESET, deallocate(hole[i], N));
        }
    }
}

/* OCSSD-CASE-143 */
static void all_or_nothing(void)
{
    uint64_t range[2][2] = { { at(A, 0), N }, { at(B, 0), N } };

    make_closed(A);
    make_free(B);
    EXPECT(SC_INVALID_RESET, dsm(range, 2, true));
    EXPECT_CHUNK(A, CLOSED, N);
    EXPECT_CHUNK(B, FREE, 0);
}

/* Section 7.9, DSM-R2 */
static void same_chunk_twice(void)
{
    uint64_t range[2][2] = { { at(A, 0), N }, { at(A, 0), N } };

    make_closed(A);
    EXPECT(SC_INVALID_RESET, dsm(range, 2, true));
    EXPECT_CHUNK(A, CLOSED, N);
}

/* OCSSD-CASE-147 */
static void same_chunk_twice_multi(void)
{
    uint64_t range[2][2] = { { at(A, 0), N }, { at(A, 0), N } };

    make_closed(A);
    EXPECT(SC_OK, dsm(range, 2, true));
    EXPECT_CHUNK(A, FREE, 0);
    forget(A);
}

/* OCSSD-CASE-144 */
static void a_hint(void)
{
    uint64_t range[1][2] = { { at(A, 0), N } };

    make_closed(A);
    EXPECT(SC_OK, dsm(range, 1, false));
    EXPECT_CHUNK(A, CLOSED, N);
}

/* OCSSD-CASE-148 */
static void custom_size(void)
{
    Chunk c;
    uint32_t n;

    if (!geo.has_custom) {
        SKIP("all chunks have CLBA blocks");
    }
    c = chunk_of(geo.custom);
    for (uint32_t s = (uint32_t)c.wp; c.cs != CLOSED && s < c.cnlb; s += n) {
        n = (uint32_t)c.cnlb - s < most_blocks() ? (uint32_t)c.cnlb - s
                                                 : most_blocks();
        EXPECT(SC_OK, write_lba(geo.custom + s, n));
    }
    EXPECT(SC_LBA_OUT_OF_RANGE, deallocate(geo.custom, N));
    EXPECT(SC_OK, deallocate(geo.custom, c.cnlb));
}

static const Check checks[] = {
    { "a closed chunk becomes free", closed_chunk, 0, 1 },
    { "many chunks become free at once", many_chunks, 0, 2 },
    { "a range is a chunk, from its start to its end", not_a_chunk, 0, 1 },
    { "a free chunk is not reset", free_chunk, NEED_NO_MULTI, 1 },
    { "an open chunk is not reset", open_chunk, NEED_NO_EARLY, 1 },
    { "an offline chunk is not reset", offline_chunk, NEED_OFFLINE, 0 },
    { "a chunk that does not exist is not reset", no_such_chunk, 0, 0 },
    { "if one range is refused nothing is reset",
      all_or_nothing, NEED_NO_MULTI, 2 },
    { "a chunk is not named twice", same_chunk_twice, NEED_NO_MULTI, 1 },
    { "with multi-reset a chunk may be named twice",
      same_chunk_twice_multi, NEED_MULTI, 1 },
    { "other attributes are hints and change nothing", a_hint, 0, 1 },
    { "a chunk of another size is a range of that size", custom_size, 0, 0 },
};

SUITE(suite_dsm, "dataset management", .open_channel = true);
