/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Reset (90h) with a buffer for the chunks' new descriptors, and
 * with a data pointer that means nothing.
 * Proves: Open-Channel SSD 2.0, "Vector Chunk Reset".
 */
#include "chunk.h"

#define N   geo.clba

static uint8_t after[64] __attribute__((aligned(4096)));

static void expect_free(const uint8_t *p, unsigned slot)
{
    Chunk c = chunk_parse(p);

    EXPECT_EQ(FREE, c.cs);
    EXPECT_EQ(0, c.wp);
    EXPECT_EQ(N, c.cnlb);
    EXPECT_EQ(at(slot, 0), c.slba);
}

/* OCSSD-CASE-130 */
static void two_chunks(void)
{
    List list = { 2, { at(A, 0), at(B, 0) } };

    make_closed(A);
    make_closed(B);
    EXPECT(SC_OK, vector_reset_chunks(&list, after));
    expect_free(after, A);
    expect_free(after + 32, B);
    forget(A);
    forget(B);
}

/* OCSSD-CASE-131 */
static void one_is_missing(void)
{
    uint64_t hole[5];
    List list = { 2, { at(A, 0), 0 } };

    list.lba[1] = hole[hole_list(hole) - 1];
    make_closed(A);
    EXPECT(SC_INVALID_RESET, vector_reset_chunks(&list, after));
    EXPECT_BITMAP(2);
    expect_free(after, A);
    EXPECT_TRUE(all_are(after + 32, 32, 0));
    forget(A);
}

/* OCSSD-CASE-132 */
static void refused(void)
{
    List list = { 1, { at(A, 0) } };

    make_free(A);
    EXPECT(SC_INVALID_RESET, vector_reset_chunks(&list, after));
    expect_free(after, A);
}

/* OCSSD-CASE-135 */
static void data_pointer(void)
{
    memset(drive.data, POISON, 4096);
    make_closed(A);
    memset(drive.data, POISON, 4096);
    EXPECT(SC_OK, io((Cmd) { .opcode = VECTOR_RESET, .nsid = drive.nsid,
                             .addr = (uintptr_t)drive.data, .data_len = 4096,
                             .cdw10 = (uint32_t)at(A, 0),
                             .cdw11 = (uint32_t)(at(A, 0) >> 32) }));
    EXPECT_TRUE(all_are(drive.data, 4096, POISON));
    EXPECT_CHUNK(A, FREE, 0);
    forget(A);
}

static const Check checks[] = {
    { "two chunks describe themselves", two_chunks, NEED_LIST | NEED_META, 2 },
    { "a chunk that does not exist is 32 zeros",
      one_is_missing, NEED_LIST | NEED_META, 1 },
    { "a refused chunk describes itself",
      refused, NEED_META | NEED_NO_MULTI, 1 },
    { "the data pointer is ignored", data_pointer, 0, 1 },
};

SUITE(suite_reset_more, "reset with descriptors", .open_channel = true);
