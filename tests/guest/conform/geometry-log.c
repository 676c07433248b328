/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page CAh, Chunk Information: which bytes come for which question.
 * Proves: Open-Channel SSD 2.0, "Get Log Page - Chunk Information".
 */
#include "chunk.h"

#define LID     0xca
#define TOTAL   (32ull * geo.chunks)

static uint8_t page[64 << 10], again[64 << 10];

/* How many of the first descriptors these checks read at once. */
static uint32_t some(void)
{
    return geo.chunks < 1024 ? geo.chunks : 1024;
}

static uint16_t chunk_log(uint64_t offset, void *buf, uint32_t bytes)
{
    return get_log(LID, drive.nsid, offset, buf, bytes);
}

static void sound(uint64_t index, const uint8_t *p)
{
    Chunk c = chunk_parse(p);
    bool custom = c.ct & 0x10;

    EXPECT_EQ(index_lba(index), c.slba);
    EXPECT_TRUE(c.cs == FREE || c.cs == CLOSED || c.cs == OPEN ||
                c.cs == OFFLINE);
    EXPECT_TRUE((c.ct & 0xf) == 1 || (c.ct & 0xf) == 2);
    EXPECT_EQ(0, c.ct & 0xe0);
    EXPECT_EQ(custom, c.cnlb != geo.clba);
    EXPECT_TRUE(c.wp <= c.cnlb);
    EXPECT_TRUE((c.cs != FREE && c.cs != OFFLINE) || c.wp == 0);
    EXPECT_TRUE(all_are(p + 3, 5, 0));
}

/* OCSSD-CASE-16 OCSSD-CASE-17 OCSSD-CASE-33 OCSSD-CASE-34 */
static void every_descriptor(void)
{
    for (uint64_t i = 0; i < geo.chunks; i += some()) {
        uint32_t n = geo.chunks - i < some() ? (uint32_t)(geo.chunks - i)
                                             : some();

        EXPECT(SC_OK, chunk_log(32 * i, page, 32 * n));
        for (uint32_t k = 0; k < n; k++) {
            sound(i + k, page + 32 * k);
        }
    }
}

/* OCSSD-CASE-16 */
static void free_chunk(void)
{
    static const uint8_t want[4] = { FREE, 1 };
    uint64_t index = lba_index(at(A, 0));

    make_free(A);
    EXPECT(SC_OK, chunk_log(32 * index, page, 32));
    EXPECT_EQ(0, memcmp(page, want, 2));
    EXPECT_TRUE(all_are(page + 3, 5, 0));
    EXPECT_EQ(at(A, 0), u64_at(page + 8));
    EXPECT_EQ(geo.clba, u64_at(page + 16));
    EXPECT_EQ(0, u64_at(page + 24));
}

/* OCSSD-CASE-18 */
static void one_parallel_unit(void)
{
    uint32_t n = geo.num_chk < 512 ? geo.num_chk : 512;
    uint64_t last = (uint64_t)geo.num_grp * geo.num_pu - 1;

    EXPECT(SC_OK, chunk_log(32 * last * geo.num_chk, page, 32 * n));
    for (uint32_t i = 0; i < n; i++) {
        sound(last * geo.num_chk + i, page + 32 * i);
    }
}

/* OCSSD-CASE-19 */
static void one_descriptor(void)
{
    EXPECT(SC_OK, chunk_log(TOTAL - 32, page, 32));
    sound(geo.chunks - 1, page);
}

/* OCSSD-CASE-20 */
static void middle_of_a_descriptor(void)
{
    EXPECT(SC_OK, chunk_log(TOTAL - 24, page, 8));
    EXPECT_EQ(index_lba(geo.chunks - 1), u64_at(page));
}

/* OCSSD-CASE-21 */
static void four_bytes(void)
{
    EXPECT(SC_OK, chunk_log(0, page, 32));
    memset(again, POISON, 64);
    EXPECT(SC_OK, chunk_log(0, again, 4));
    EXPECT_EQ(0, memcmp(page, again, 4));
    EXPECT_TRUE(all_are(again + 4, 60, POISON));
}

/* OCSSD-CASE-22 */
static void at_the_end(void)
{
    EXPECT(SC_OK, chunk_log(TOTAL, page, 32));
    EXPECT_TRUE(all_are(page, 32, 0));
}

/* OCSSD-CASE-23 */
static void across_the_end(void)
{
    EXPECT(SC_OK, chunk_log(TOTAL - 32, page, 256));
    sound(geo.chunks - 1, page);
    EXPECT_TRUE(all_are(page + 32, 224, 0));
}

/* OCSSD-CASE-24 */
static void behind_the_end(void)
{
    EXPECT(SC_INVALID_FIELD, chunk_log(TOTAL + 4, page, 32));
    EXPECT(SC_INVALID_FIELD, chunk_log(1ull << 40, page, 32));
    EXPECT(SC_INVALID_FIELD, chunk_log(~3ull, page, 32));
}

/* OCSSD-CASE-25 */
static void odd_offset(void)
{
    EXPECT(SC_INVALID_FIELD, chunk_log(2, page, 32));
}

/* OCSSD-CASE-26 */
static void wrong_namespace(void)
{
    uint32_t nn = u32_at(drive.id_ctrl + 516);

    EXPECT(SC_INVALID_NS, get_log(LID, 0, 0, page, 32));
    EXPECT(SC_INVALID_NS, get_log(LID, NSID_ALL, 0, page, 32));
    EXPECT(SC_INVALID_NS, get_log(LID, nn + 1, 0, page, 32));
}

/* OCSSD-CASE-27: NUMD says more than MDTS, the buffer is a page */
static void longer_than_mdts(void)
{
    uint8_t mdts = drive.id_ctrl[77];
    uint32_t numd = 4096u / 4 << mdts;

    if (mdts == 0 || mdts > 16) {
        SKIP("MDTS does not limit transfers");
    }
    EXPECT(SC_INVALID_FIELD,
           admin((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                         .cdw10 = LID | numd << 16, .cdw11 = numd >> 16,
                         .addr = (uintptr_t)page, .data_len = 4096 }));
}

/* OCSSD-CASE-28 */
static void reading_changes_nothing(void)
{
    uint32_t bytes = 32 * some();
    uint32_t numd = bytes / 4 - 1;

    EXPECT(SC_OK, chunk_log(0, page, bytes));
    for (unsigned i = 0; i < 3; i++) {
        memset(again, POISON, bytes);
        EXPECT(SC_OK,       /* Retain Asynchronous Event is 0 */
               admin((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                             .cdw10 = LID | numd << 16, .cdw11 = numd >> 16,
                             .addr = (uintptr_t)again, .data_len = bytes }));
        EXPECT_EQ(0, memcmp(page, again, bytes));
        EXPECT(SC_OK, chunk_log(0, again, bytes));
        EXPECT_EQ(0, memcmp(page, again, bytes));
    }
}

/* OCSSD-CASE-29 */
static void open_chunk(void)
{
    uint64_t from = lba_index(at(A, 0)) & ~511ull;
    uint32_t n = geo.chunks - from < 512 ? (uint32_t)(geo.chunks - from) : 512;
    uint64_t mine = lba_index(at(A, 0)) - from;

    NEED_BLOCKS(2 * geo.ws_min);
    make_free(A);
    EXPECT(SC_OK, chunk_log(32 * from, page, 32 * n));
    make_open(A, geo.ws_min);
    EXPECT_CHUNK(A, OPEN, geo.ws_min);
    EXPECT(SC_OK, chunk_log(32 * from, again, 32 * n));
    memset(page + 32 * mine, 0, 32);
    memset(again + 32 * mine, 0, 32);
    EXPECT_EQ(0, memcmp(page, again, 32 * n));
}

/* OCSSD-CASE-30 */
static void closed_chunk(void)
{
    make_closed(A);
    EXPECT_CHUNK(A, CLOSED, geo.clba);
}

/* OCSSD-CASE-31 */
static void offline_chunk(void)
{
    Chunk c = chunk_of(geo.offline);

    EXPECT_EQ(OFFLINE, c.cs);
    EXPECT_EQ(0, c.wp);
}

/* OCSSD-CASE-189 */
static void kept_by_controller_reset(void)
{
    NEED_BLOCKS(3 * geo.ws_min);
    make_closed(B);
    make_open(A, geo.ws_min);
    controller_reset();
    EXPECT_CHUNK(A, OPEN, geo.ws_min);
    EXPECT_CHUNK(B, CLOSED, geo.clba);
    EXPECT(SC_OK, read_lba(at(B, 0), geo.ws_min));
    EXPECT_WRITTEN(0, geo.ws_min, at(B, 0));
    EXPECT(SC_OK, write_lba(at(A, geo.ws_min), geo.ws_min));
    EXPECT_CHUNK(A, OPEN, 2 * geo.ws_min);
}

static const Check checks[] = {
    { "every descriptor is sound and in its place", every_descriptor, 0, 0 },
    { "a free chunk has write pointer 0", free_chunk, 0, 1 },
    { "the chunks of one parallel unit lie together", one_parallel_unit, 0, 0 },
    { "one descriptor can be read by its offset", one_descriptor, 0, 0 },
    { "reading may begin in the middle of a descriptor",
      middle_of_a_descriptor, 0, 0 },
    { "four bytes are four bytes", four_bytes, 0, 0 },
    { "reading at the end gives zeros", at_the_end, 0, 0 },
    { "reading across the end gives zeros behind it", across_the_end, 0, 0 },
    { "an offset behind the end is refused", behind_the_end, 0, 0 },
    { "an offset that is no multiple of 4 is refused", odd_offset, 0, 0 },
    { "the log wants the NSID of an open-channel namespace",
      wrong_namespace, 0, 0 },
    { "more than MDTS is refused", longer_than_mdts, NEED_RISK, 0 },
    { "reading changes nothing", reading_changes_nothing, 0, 0 },
    { "writing opens a chunk and touches no other", open_chunk, 0, 1 },
    { "a full chunk is closed", closed_chunk, 0, 1 },
    { "an offline chunk has write pointer 0", offline_chunk, NEED_OFFLINE, 0 },
    { "chunks and data outlive a controller reset",
      kept_by_controller_reset, 0, 2 },
};

SUITE(suite_chunk_log, "chunk information", .open_channel = true);
