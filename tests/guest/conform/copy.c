/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Copy (93h): inside of the drive, by the rules of a write.
 * Proves: Open-Channel SSD 2.0, "Vector Chunk Copy".
 */
#include "chunk.h"

#define U   geo.ws_min
#define W   geo.mw_cunits
#define N   geo.clba

static void expect_refused(uint16_t status, const List *from, const List *to)
{
    EXPECT(status, vector_copy(from, to));
    EXPECT_BITMAP(bits(to->n));
}

/* Blocks [to, to + n) hold what was written to FROM. */
static void expect_copied(uint64_t to, uint64_t from, uint32_t n)
{
    EXPECT(SC_OK, read_lba(to, n));
    EXPECT_WRITTEN(0, n, from);
}

/* OCSSD-CASE-150 */
static void closed_to_free(void)
{
    List from = { 0 }, to = { 0 };

    NEED_BLOCKS(4 * U);
    NEED_ENTRIES(2 * U);
    make_closed(A);
    make_free(B);
    add(&from, at(A, 0), 2 * U);
    add(&to, at(B, 0), 2 * U);
    EXPECT(SC_OK, vector_copy(&from, &to));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(B, OPEN, 2 * U);
    forget(B);
    finish(B);
    expect_copied(at(B, 0), at(A, 0), 2 * U);
    expect_copied(at(B, 2 * U), at(B, 2 * U), U);
}

/* OCSSD-CASE-151 */
static void one_block(void)
{
    List from = { 1, { at(A, 1) } }, to = { 1, { at(B, 0) } };

    if (U != 1) {
        SKIP("WS_MIN is not 1");
    }
    NEED_BLOCKS(2);
    make_closed(A);
    make_free(B);
    EXPECT(SC_OK, vector_copy(&from, &to));
    EXPECT_CHUNK(B, OPEN, 1);
    forget(B);
    finish(B);
    expect_copied(at(B, 0), at(A, 1), 1);
}

/* OCSSD-CASE-152 */
static void out_of_order(void)
{
    List from = { 0 }, to = { 0 };

    NEED_BLOCKS(3 * U);
    NEED_ENTRIES(2 * U);
    make_closed(A);
    make_free(B);
    add(&from, at(A, 0), 2 * U);
    add(&to, at(B, U), 2 * U);
    expect_refused(SC_OUT_OF_ORDER, &from, &to);
    EXPECT_CHUNK(B, FREE, 0);
}

/* Half of the source is readable, half is not yet. */
static void half(List *from, List *to)
{
    make_open(A, W + 2 * U);
    make_free(B);
    add(from, at(A, U), 2 * U);
    add(to, at(B, 0), 2 * U);
}

/* OCSSD-CASE-153 */
static void unreadable_dulbe(void)
{
    List from = { 0 }, to = { 0 };

    NEED_BLOCKS(W + 2 * U + 1);
    NEED_ENTRIES(2 * U);
    half(&from, &to);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, vector_copy(&from, &to));
    EXPECT_BITMAP(bits(2 * U) & ~bits(U));
    EXPECT_CHUNK(B, FREE, 0);
}

/* OCSSD-CASE-154 */
static void unreadable(void)
{
    List from = { 0 }, to = { 0 };

    NEED_BLOCKS(W + 2 * U + 1);
    NEED_ENTRIES(2 * U);
    NEED_OPEN(2);
    half(&from, &to);
    EXPECT(SC_OK, vector_copy(&from, &to));
    EXPECT_BITMAP(0);
    forget(B);
    finish(B);
    EXPECT(SC_OK, read_lba(at(B, 0), 2 * U));
    EXPECT_WRITTEN(0, U, at(A, U));
    EXPECT_PREDEFINED(U, U);
}

/* OCSSD-CASE-155 */
static void same_chunk(void)
{
    List from = { 0 }, to = { 0 };

    NEED_BLOCKS(W + 5 * U);
    NEED_ENTRIES(2 * U);
    make_open(A, W + 2 * U);
    add(&from, at(A, 0), 2 * U);
    add(&to, at(A, W + 2 * U), 2 * U);
    EXPECT(SC_OK, vector_copy(&from, &to));
    EXPECT_CHUNK(A, OPEN, W + 4 * U);
    forget(A);
    finish(A);
    expect_copied(at(A, W + 2 * U), at(A, 0), 2 * U);
}

/* OCSSD-CASE-156 */
static void not_writable(void)
{
    List from = { 0 }, to = { 0 };
    uint64_t hole[5];

    NEED_BLOCKS(2 * U);
    NEED_ENTRIES(2 * U);
    make_closed(A);
    make_closed(B);
    add(&from, at(A, 0), 2 * U);
    add(&to, at(B, 0), 2 * U);
    expect_refused(SC_WRITE_FAULT, &from, &to);
    for (unsigned i = hole_list(hole); i-- > 0;) {
        to.n = 0;
        add(&to, hole[i], 2 * U);
        expect_refused(SC_WRITE_FAULT, &from, &to);
    }
    if (geo.has_offline) {
        to.n = 0;
        add(&to, geo.offline, 2 * U);
        expect_refused(SC_WRITE_FAULT, &from, &to);
    }
    EXPECT_CHUNK(B, CLOSED, N);
}

/* OCSSD-CASE-157 */
static void not_offered(void)
{
    List from = { 1, { at(A, 0) } }, to = { 1, { at(B, 0) } };

    if (geo.mccap & 1) {
        SKIP("the drive has Vector Chunk Copy (MCCAP bit 0)");
    }
    EXPECT(SC_INVALID_OPCODE, vector_copy(&from, &to));
}

/* OCSSD-CASE-158 */
static void reserved_bits_of_count(void)
{
    List from = { 0 };

    make_closed(A);
    make_free(B);
    add(&from, at(A, 0), 2);
    EXPECT(SC_INVALID_FIELD,
           io((Cmd) { .opcode = VECTOR_COPY, .nsid = drive.nsid,
                      .cdw10 = (uint32_t)list_put(0, &from),
                      .cdw11 = (uint32_t)(list_put(0, &from) >> 32),
                      .cdw12 = 0x40 }));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(B, FREE, 0);
}

static const Check checks[] = {
    { "data and metadata are copied",
      closed_to_free, NEED_LIST | NEED_COPY, 2 },
    { "one block has both addresses in the command", one_block, NEED_COPY, 2 },
    { "the destination is written in order",
      out_of_order, NEED_LIST | NEED_COPY, 2 },
    { "with DULBE unreadable blocks are not copied",
      unreadable_dulbe, NEED_LIST | NEED_COPY | NEED_WINDOW, 2 },
    { "unreadable blocks are copied as the predefined data",
      unreadable, NEED_LIST | NEED_COPY | NEED_WINDOW, 2 },
    { "source and destination may be one chunk",
      same_chunk, NEED_LIST | NEED_COPY, 1 },
    { "closed, offline and missing destinations are refused",
      not_writable, NEED_LIST | NEED_COPY, 2 },
    { "a drive without copy does not know the opcode", not_offered, 0, 2 },
    { "reserved bits beside the count are refused",
      reserved_bits_of_count, NEED_LIST | NEED_COPY, 2 },
};

SUITE(suite_copy, "vector copy", .open_channel = true);
