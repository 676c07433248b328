/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Reset (90h): which chunks it frees, and what it says of each.
 * Proves: Open-Channel SSD 2.0, "Vector Chunk Reset".
 */
#include "chunk.h"

#define U   geo.ws_min
#define N   geo.clba

/* OCSSD-CASE-119 */
static void closed_chunk(void)
{
    uint8_t wear;

    make_closed(A);
    wear = chunk(A).wli;
    EXPECT(SC_OK, reset_lba(at(A, 0)));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(A, FREE, 0);
    EXPECT_TRUE(chunk(A).wli >= wear);
    EXPECT(SC_OK, write_lba(at(A, 0), U));
    forget(A);
}

/* OCSSD-CASE-120 */
static void free_chunk(void)
{
    uint8_t wear;

    make_free(A);
    wear = chunk(A).wli;
    EXPECT(SC_INVALID_RESET, reset_lba(at(A, 0)));
    EXPECT_BITMAP(1);
    EXPECT_CHUNK(A, FREE, 0);
    EXPECT_EQ(wear, chunk(A).wli);
}

/* OCSSD-CASE-121 */
static void open_chunk(void)
{
    NEED_BLOCKS(2 * U);
    make_open(A, N - U);
    EXPECT(SC_INVALID_RESET, reset_lba(at(A, 0)));
    EXPECT_BITMAP(1);
    EXPECT_CHUNK(A, OPEN, N - U);
    EXPECT(SC_OK, write_lba(at(A, N - U), U));
    EXPECT(SC_OK, read_lba(at(A, 0), U));
    EXPECT_WRITTEN(0, U, at(A, 0));
}

/* OCSSD-CASE-122 */
static void offline_chunk(void)
{
    EXPECT(SC_OFFLINE_CHUNK, reset_lba(geo.offline));
    EXPECT_BITMAP(1);
    EXPECT_EQ(OFFLINE, chunk_of(geo.offline).cs);
}

/* OCSSD-CASE-123: addresses at which no chunk begins */
static void no_such_chunk(void)
{
    uint64_t hole[5];
    unsigned n = hole_list(hole);

    for (unsigned i = 0; i < n; i++) {
        EXPECT(SC_INVALID_RESET, reset_lba(hole[i]));
        EXPECT_BITMAP(1);
    }
}

/* OCSSD-CASE-124 */
static void inside_a_chunk(void)
{
    make_closed(A);
    EXPECT(SC_INVALID_RESET, reset_lba(at(A, 1)));
    EXPECT(SC_INVALID_RESET, reset_lba(at(A, N - 1)));
    EXPECT_CHUNK(A, CLOSED, N);
}

/* Section 7.2, VEC-R3 */
static void reserved_bits_of_count(void)
{
    make_closed(A);
    EXPECT(SC_INVALID_FIELD, vector_at(VECTOR_RESET, at(A, 0), 0x40, 1));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(A, CLOSED, N);
}

/* OCSSD-CASE-125 */
static void multi_reset(void)
{
    make_free(A);
    EXPECT(SC_OK, reset_lba(at(A, 0)));
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-126 */
static void early_reset(void)
{
    NEED_BLOCKS(2 * U);
    make_open(A, U);
    EXPECT(SC_OK, reset_lba(at(A, 0)));
    EXPECT_CHUNK(A, FREE, 0);
    forget(A);
}

/* OCSSD-CASE-127 */
static void one_of_three_is_free(void)
{
    List list = { 3, { at(A, 0), at(B, 0), at(C, 0) } };

    make_closed(A);
    make_free(B);
    make_closed(C);
    EXPECT(SC_INVALID_RESET, vector_reset(&list));
    EXPECT_BITMAP(2);
    EXPECT_CHUNK(A, FREE, 0);
    EXPECT_CHUNK(B, FREE, 0);
    EXPECT_CHUNK(C, FREE, 0);
    forget(A);
    forget(C);
}

/* OCSSD-CASE-128 */
static void first_status_counts(void)
{
    List list = { 2, { geo.offline, at(A, 0) } };

    make_free(A);
    EXPECT(SC_OFFLINE_CHUNK, vector_reset(&list));
    EXPECT_BITMAP(3);
}

/* OCSSD-CASE-129 */
static void same_chunk_twice(void)
{
    List list = { 2, { at(A, 0), at(A, 0) } };

    make_closed(A);
    EXPECT(SC_INVALID_RESET, vector_reset(&list));
    EXPECT_BITMAP(2);
    EXPECT_CHUNK(A, FREE, 0);
    forget(A);
}

/* OCSSD-CASE-136 */
static void all_chunks(void)
{
    List list = { 0 };

    for (unsigned i = 0; i < nslots; i++) {
        make_closed(i);
        add(&list, at(i, 0), 1);
    }
    EXPECT(SC_OK, vector_reset(&list));
    EXPECT_BITMAP(0);
    for (unsigned i = 0; i < nslots; i++) {
        EXPECT_CHUNK(i, FREE, 0);
        forget(i);
    }
}

/* OCSSD-CASE-138 */
static void random_chunk(void)
{
    if (!geo.has_random) {
        SKIP("the drive has no random-write chunk");
    }
    EXPECT(SC_OK, write_lba(geo.random + 4, 1));
    EXPECT_EQ(OPEN, chunk_of(geo.random).cs);
    EXPECT(SC_OK, reset_lba(geo.random));
    EXPECT_EQ(FREE, chunk_of(geo.random).cs);
}

static const Check checks[] = {
    { "a closed chunk becomes free and can be written again",
      closed_chunk, 0, 1 },
    { "a free chunk is not reset", free_chunk, NEED_NO_MULTI, 1 },
    { "an open chunk is not reset and keeps its data",
      open_chunk, NEED_NO_EARLY, 1 },
    { "an offline chunk stays offline", offline_chunk, NEED_OFFLINE, 0 },
    { "a chunk that does not exist is not reset", no_such_chunk, 0, 0 },
    { "a reset names the first block of a chunk", inside_a_chunk, 0, 1 },
    { "reserved bits beside the count are refused",
      reserved_bits_of_count, 0, 1 },
    { "with multi-reset a free chunk is reset", multi_reset, NEED_MULTI, 1 },
    { "with early-reset an open chunk is reset", early_reset, NEED_EARLY, 1 },
    { "chunks beside a refused one are reset",
      one_of_three_is_free, NEED_LIST | NEED_NO_MULTI, 3 },
    { "the first refusal gives the status",
      first_status_counts, NEED_LIST | NEED_NO_MULTI | NEED_OFFLINE, 1 },
    { "a chunk named twice is free at the second time",
      same_chunk_twice, NEED_LIST | NEED_NO_MULTI, 1 },
    { "many chunks are reset at once", all_chunks, NEED_LIST, 2 },
    { "a random-write chunk is reset while open", random_chunk, 0, 0 },
};

SUITE(suite_reset, "reset", .open_channel = true);
