/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector Chunk Read (92h): any blocks in any order, each judged by itself.
 * Proves: OCSSD 2.0, "Vector Chunk Read".
 */
#include "chunk.h"

#define U   geo.ws_min
#define W   geo.mw_cunits
#define N   geo.clba

/* OCSSD-CASE-109 */
static void one_block(void)
{
    List list = { 1, { at(A, N - 1) } };

    make_closed(A);
    EXPECT(SC_OK, vector_read(&list));
    EXPECT_WRITTEN(0, 1, at(A, N - 1));
    EXPECT_BITMAP(0);
}

/* OCSSD-CASE-110 OCSSD-CASE-115: back and forth, some of them twice */
static void any_order(void)
{
    List list = { 0 };

    NEED_TRANSFER(64);
    make_closed(A);
    make_closed(B);
    for (uint32_t i = 0; i < 64; i++) {
        add(&list, at(i & 1 ? A : B, i * 37 % N), 1);
    }
    list.lba[63] = list.lba[0];
    EXPECT(SC_OK, vector_read(&list));
    EXPECT_BITMAP(0);
    for (uint32_t i = 0; i < 64; i++) {
        EXPECT_WRITTEN(i, 1, list.lba[i]);
    }
}

/* Readable, in the window, free, readable */
static void mixed(List *list)
{
    make_open(A, W + 2 * U);
    make_free(B);
    add(list, at(A, 2 * U - 1), 1);
    add(list, at(A, 2 * U), 1);
    add(list, at(B, 0), 1);
    add(list, at(A, 0), 1);
}

/* OCSSD-CASE-111 */
static void some_unreadable(void)
{
    List list = { 0 };

    NEED_BLOCKS(W + 2 * U + 1);
    mixed(&list);
    EXPECT(SC_OK, vector_read(&list));
    EXPECT_BITMAP(0);
    EXPECT_WRITTEN(0, 1, list.lba[0]);
    EXPECT_PREDEFINED(1, 2);
    EXPECT_WRITTEN(3, 1, list.lba[3]);
}

/* OCSSD-CASE-112 */
static void some_unreadable_dulbe(void)
{
    List list = { 0 };

    NEED_BLOCKS(W + 2 * U + 1);
    mixed(&list);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, vector_read(&list));
    EXPECT_BITMAP(6);
    EXPECT_WRITTEN(0, 1, list.lba[0]);
    EXPECT_WRITTEN(3, 1, list.lba[3]);
}

/* OCSSD-CASE-113 */
static void upper_bits(void)
{
    List list = { 0 };

    NEED_TRANSFER(40);
    make_closed(A);
    make_free(B);
    for (uint32_t i = 0; i < 40; i++) {
        add(&list, at(A, i % N), 1);
    }
    list.lba[35] = at(B, 0);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, vector_read(&list));
    EXPECT_BITMAP(1ull << 35);
}

/* OCSSD-CASE-114 */
static void no_such_block(void)
{
    List list = { 0 };
    uint64_t hole[5];
    unsigned n = hole_list(hole);

    make_closed(A);
    add(&list, at(A, 0), 1);
    for (unsigned i = 0; i < n; i++) {
        add(&list, hole[i], 1);
    }
    if (geo.has_offline) {
        add(&list, geo.offline, 1);
    }
    EXPECT(SC_OK, vector_read(&list));
    EXPECT_WRITTEN(0, 1, at(A, 0));
    EXPECT_PREDEFINED(1, list.n - 1);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, vector_read(&list));
    EXPECT_BITMAP(bits(list.n) - 1);
}

/* OCSSD-CASE-116 */
static void reserved_bits_of_count(void)
{
    static const uint32_t dw12[] = { 0x40, 0x7f, 0xffc0 };
    List list = { 0 };

    make_closed(A);
    add(&list, at(A, 0), 2);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(SC_INVALID_FIELD,
               vector_at(VECTOR_READ, list_put(0, &list), dw12[i], 2));
        EXPECT_BITMAP(0);
    }
}

/* OCSSD-CASE-117 */
static void limited_retry(void)
{
    List list = { 0 };

    make_closed(A);
    add(&list, at(A, 0), 2);
    poison(2);
    EXPECT(SC_OK, vector(VECTOR_READ, &list, 1u << 31));
    EXPECT_WRITTEN(0, 2, at(A, 0));
}

/* OCSSD-CASE-118 */
static void without_metadata(void)
{
    List list = { 0 };

    make_closed(A);
    add(&list, at(A, 0), 4);
    poison(4);
    drive.kernel_meta = false;
    EXPECT(SC_OK, vector(VECTOR_READ, &list, 0));
    EXPECT_WRITTEN(0, 4, at(A, 0));
    drive.kernel_meta = true;
    EXPECT_TRUE(all_are(drive.meta, 4 * drive.meta_size, POISON));
}

static const Check checks[] = {
    { "one block has its address in the command", one_block, 0, 1 },
    { "64 blocks are read in any order, also twice", any_order, NEED_LIST, 2 },
    { "unreadable blocks hold the predefined data",
      some_unreadable, NEED_LIST | NEED_WINDOW, 2 },
    { "with DULBE the bitmap marks the unreadable blocks",
      some_unreadable_dulbe, NEED_LIST | NEED_WINDOW, 2 },
    { "the status bitmap continues in dword 1", upper_bits, NEED_LIST, 2 },
    { "missing and offline blocks are unreadable",
      no_such_block, NEED_LIST, 1 },
    { "reserved bits beside the count are refused",
      reserved_bits_of_count, NEED_LIST | NEED_RISK, 1 },
    { "Limited Retry is accepted", limited_retry, NEED_LIST, 1 },
    { "metadata may be left out", without_metadata, NEED_LIST | NEED_META, 1 },
};

SUITE(suite_vector_read, "vector read", .open_channel = true);
