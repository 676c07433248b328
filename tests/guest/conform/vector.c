/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Write (91h): groups of a list, all or nothing, status bitmap.
 * Proves: Open-Channel SSD 2.0, "Vector Chunk Write".
 */
#include "chunk.h"

#define U   geo.ws_min
#define N   geo.clba

/* Refused with STATUS, every bit of the bitmap set. */
static void expect_refused(uint16_t status, const List *list)
{
    EXPECT(status, vector_write(list));
    EXPECT_BITMAP(bits(list->n));
}

/* OCSSD-CASE-89 */
static void one_group(void)
{
    List list = { 0 };

    NEED_BLOCKS(4 * U);
    NEED_ENTRIES(2 * U);
    make_free(A);
    add(&list, at(A, 0), 2 * U);
    EXPECT(SC_OK, vector_write(&list));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(A, OPEN, 2 * U);
}

/* OCSSD-CASE-90 */
static void inline_below_ws_min(void)
{
    List list = { 1, { at(A, 0) } };

    make_free(A);
    expect_refused(SC_INVALID_FIELD, &list);
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-91 */
static void inline_address(void)
{
    List list = { 1, { at(A, 0) } };

    if (U != 1) {
        SKIP("WS_MIN is not 1");
    }
    make_free(A);
    EXPECT(SC_OK, vector_write(&list));
    EXPECT_CHUNK(A, N == 1 ? CLOSED : OPEN, 1);
}

/* OCSSD-CASE-92 */
static void many_chunks(void)
{
    unsigned k = nslots < 64 / U ? nslots : 64 / U;
    uint32_t each = k ? 64 / k / U * U : 0;
    List list = { 0 };

    NEED_ENTRIES(k * each);
    NEED_OPEN(k);
    NEED_BLOCKS(each + 1);
    for (unsigned i = 0; i < k; i++) {
        make_free(i);
        add(&list, at(i, 0), each);
    }
    EXPECT(SC_OK, vector_write(&list));
    EXPECT_BITMAP(0);
    for (unsigned i = 0; i < k; i++) {
        EXPECT_CHUNK(i, OPEN, each);
    }
}

/* OCSSD-CASE-93 */
static void all_or_nothing(void)
{
    List list = { 0 };

    NEED_BLOCKS(2 * U);
    NEED_ENTRIES(2 * U);
    make_free(A);
    make_free(B);
    add(&list, at(A, 0), U);
    add(&list, at(B, U), U);
    expect_refused(SC_OUT_OF_ORDER, &list);
    EXPECT_CHUNK(A, FREE, 0);
    EXPECT_CHUNK(B, FREE, 0);
}

/* OCSSD-CASE-94 */
static void back_to_a_chunk(void)
{
    List list = { 0 };

    NEED_BLOCKS(4 * U);
    NEED_ENTRIES(3 * U);
    NEED_OPEN(2);
    make_free(A);
    make_free(B);
    add(&list, at(A, 0), U);
    add(&list, at(B, 0), U);
    add(&list, at(A, U), U);
    EXPECT(SC_OK, vector_write(&list));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(A, OPEN, 2 * U);
    EXPECT_CHUNK(B, OPEN, U);
}

/* OCSSD-CASE-95 OCSSD-CASE-96: a gap in a group, then one address twice */
static void not_consecutive(void)
{
    List gap = { 0 }, twice = { 0 };

    NEED_BLOCKS(2 * U + 1);
    NEED_ENTRIES(2 * U);
    make_free(A);
    add(&gap, at(A, 0), 2 * U - 1);
    add(&gap, at(A, 2 * U), 1);
    expect_refused(SC_OUT_OF_ORDER, &gap);
    add(&twice, at(A, 0), 2 * U - 1);
    add(&twice, at(A, 2 * U - 2), 1);
    expect_refused(SC_OUT_OF_ORDER, &twice);
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-97 */
static void reserved_bits_of_count(void)
{
    List list = { 0 };

    NEED_BLOCKS(2 * U);
    NEED_ENTRIES(2 * U);
    make_free(A);
    add(&list, at(A, 0), 2 * U);
    EXPECT(SC_INVALID_FIELD,
           vector_at(VECTOR_WRITE, list_put(0, &list), 0x40, 2 * U));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-98: Limited Retry, and bits some hosts set */
static void flags(void)
{
    List list = { 0 };

    NEED_BLOCKS(4 * U);
    NEED_ENTRIES(2 * U);
    make_free(A);
    add(&list, at(A, 0), 2 * U);
    EXPECT(SC_OK, vector(VECTOR_WRITE, &list, 0xc2000000));
    EXPECT_CHUNK(A, OPEN, 2 * U);
    forget(A);
}

/* OCSSD-CASE-99 */
static void list_across_pages(void)
{
    List list = { 0 };

    NEED_BLOCKS(4 * U);
    NEED_ENTRIES(2 * U);
    if (!list_contiguous()) {
        SKIP("no two pages lie one behind the other in physical memory");
    }
    make_free(A);
    add(&list, at(A, 0), 2 * U);
    EXPECT(SC_OK, vector_at(VECTOR_WRITE, list_put(4096 - 12, &list),
                            2 * U - 1, 2 * U));
    EXPECT_CHUNK(A, OPEN, 2 * U);
    forget(A);
}

/* OCSSD-CASE-100: far beyond any machine's memory */
static void list_nowhere(void)
{
    NEED_BLOCKS(2 * U);
    NEED_ENTRIES(2 * U);
    make_free(A);
    EXPECT(SC_DATA_TRANSFER_ERROR,
           vector_at(VECTOR_WRITE, 1ull << 50, 2 * U - 1, 2 * U));
    EXPECT_BITMAP(0);
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-101 */
static void not_writable(void)
{
    List list = { 0 };
    uint64_t hole[5];
    unsigned n = hole_list(hole);

    NEED_ENTRIES(2 * U);
    NEED_BLOCKS(2 * U);
    make_closed(A);
    add(&list, at(A, 0), 2 * U);
    expect_refused(SC_WRITE_FAULT, &list);
    EXPECT_CHUNK(A, CLOSED, N);
    for (unsigned i = 0; i < n; i++) {
        list.n = 0;
        add(&list, hole[i], 2 * U);
        expect_refused(SC_WRITE_FAULT, &list);
    }
    if (geo.has_offline) {
        list.n = 0;
        add(&list, geo.offline, 2 * U);
        expect_refused(SC_WRITE_FAULT, &list);
    }
}

/* OCSSD-CASE-102 */
static void past_the_chunk(void)
{
    List list = { 0 };

    NEED_BLOCKS(2 * U);
    NEED_ENTRIES(2 * U);
    if ((1u << geo.lb_bits) - N < U) {
        SKIP("behind a chunk there are less than WS_MIN addresses of none");
    }
    make_open(A, N - U);
    add(&list, at(A, N - U), 2 * U);
    expect_refused(SC_WRITE_FAULT, &list);
    EXPECT_CHUNK(A, OPEN, N - U);
}

/* OCSSD-CASE-103 */
static void all_64_bits(void)
{
    List list = { 0 };

    NEED_BLOCKS(64);
    NEED_TRANSFER(64);
    make_closed(A);
    add(&list, at(A, 0), 64);
    expect_refused(SC_WRITE_FAULT, &list);
}

/* OCSSD-CASE-104 */
static void read_back(void)
{
    List list = { 0 };

    NEED_BLOCKS(4 * U);
    NEED_ENTRIES(2 * U);
    make_free(A);
    for (uint32_t s = 0; s < N; s += list.n) {
        list.n = 0;
        add(&list, at(A, s), N - s < 2 * U ? N - s : 2 * U);
        EXPECT(SC_OK, vector_write(&list));
    }
    EXPECT_CHUNK(A, CLOSED, N);
    list.n = 0;
    add(&list, at(A, 0), 2 * U);
    EXPECT(SC_OK, vector_read(&list));
    EXPECT_WRITTEN(0, 2 * U, at(A, 0));
    EXPECT(SC_OK, read_lba(at(A, N - 2 * U), 2 * U));
    EXPECT_WRITTEN(0, 2 * U, at(A, N - 2 * U));
}

/* OCSSD-CASE-107 */
static void address_above_the_format(void)
{
    uint64_t hole[5];
    unsigned n = hole_list(hole);
    List list = { 0 };

    NEED_ENTRIES(2 * U);
    make_free(A);
    for (unsigned i = n - 2; i < n; i++) {
        list.n = 0;
        add(&list, at(A, 0), U);
        add(&list, hole[i], U);
        expect_refused(SC_WRITE_FAULT, &list);
        EXPECT_CHUNK(A, FREE, 0);
    }
}

static const Check checks[] = {
    { "a list of consecutive blocks is written", one_group, NEED_LIST, 1 },
    { "one block is less than WS_MIN", inline_below_ws_min, NEED_WS_MIN, 1 },
    { "one block has its address in the command", inline_address, 0, 1 },
    { "64 blocks go to many chunks at once", many_chunks, NEED_LIST, 2 },
    { "if one group is refused nothing is written",
      all_or_nothing, NEED_LIST, 2 },
    { "a list may return to a chunk", back_to_a_chunk, NEED_LIST, 2 },
    { "a group with a gap or a repetition is out of order",
      not_consecutive, NEED_LIST, 1 },
    { "reserved bits beside the count are refused",
      reserved_bits_of_count, NEED_LIST, 1 },
    { "Limited Retry and reserved bits 30:16 are accepted",
      flags, NEED_LIST, 1 },
    { "the list may cross a page at any alignment",
      list_across_pages, NEED_LIST, 1 },
    { "a list that is not in memory is a transfer error",
      list_nowhere, NEED_RISK, 1 },
    { "closed, offline and missing chunks are not written",
      not_writable, NEED_LIST, 1 },
    { "a group does not leave its chunk", past_the_chunk, NEED_LIST, 1 },
    { "the status bitmap has 64 bits", all_64_bits, NEED_LIST, 1 },
    { "data and metadata can be read back", read_back, NEED_LIST, 1 },
    { "an address above the format stops the whole list",
      address_above_the_format, NEED_LIST, 1 },
};

SUITE(suite_vector_write, "vector write", .open_channel = true);
