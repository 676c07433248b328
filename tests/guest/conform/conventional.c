/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing a conventional namespace.  Works in its last blocks.
 * Proves: NVM Command Set 1.0, "Read", "Write", "Flush", "Compare".
 */
#include "chunk.h"

#define BYTE_CDW10      40

#define ONCS_COMPARE    (1u << 0)

static uint64_t size(void)
{
    return u64_at(drive.id_ns);
}

/* The first of the blocks these checks work in: AREA of them. */
#define AREA    1024u

static uint64_t base(void)
{
    if (size() < 2 * AREA) {
        GIVE_UP("the namespace has less than %u blocks", 2 * AREA);
    }
    return size() - AREA;
}

static uint32_t most(void)
{
    return drive.max_bytes / drive.block_size;
}

/* Write and read back N blocks. */
static void round_trip(uint64_t lba, uint32_t n)
{
    drive.gen++;
    EXPECT(SC_OK, write_lba(lba, n));
    EXPECT(SC_OK, read_lba(lba, n));
    EXPECT_WRITTEN(0, n, lba);
}

static uint16_t command(uint8_t opcode, uint64_t lba, uint32_t n, bool data)
{
    return io((Cmd) { .opcode = opcode, .nsid = drive.nsid,
                      .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
                      .cdw12 = n - 1,
                      .addr = data ? (uintptr_t)drive.data : 0,
                      .data_len = data ? n * drive.block_size : 0 });
}

static void read_back(void)
{
    round_trip(base(), 1);
    round_trip(base() + 1, 2);
    round_trip(base() + 3, 7);
    round_trip(base() + 11, most());
}

static void any_order(void)
{
    drive.gen++;
    for (uint32_t i = 0; i < 64; i++) {
        EXPECT(SC_OK, write_lba(base() + i * 37 % 64, 1));
    }
    for (uint32_t i = 0; i < 64; i += 8) {
        EXPECT(SC_OK, read_lba(base() + i, 8));
        EXPECT_WRITTEN(0, 8, base() + i);
    }
}

static void neighbours_stay(void)
{
    uint32_t before;

    drive.gen++;
    EXPECT(SC_OK, write_lba(base(), 3));
    before = drive.gen++;
    EXPECT(SC_OK, write_lba(base() + 1, 1));
    EXPECT(SC_OK, read_lba(base(), 3));
    EXPECT_TRUE(is_block(drive.data, drive.block_size, base(), before));
    EXPECT_WRITTEN(1, 1, base() + 1);
    EXPECT_TRUE(is_block(drive.data + 2 * drive.block_size, drive.block_size,
                         base() + 2, before));
}

static void last_block(void)
{
    round_trip(size() - 1, 1);
    round_trip(size() - 8, 8);
}

static void out_of_range(void)
{
    static const uint8_t opcode[] = { 0x01, 0x02 };
    uint64_t far[] = { size(), size() - 1, 1ull << 63, ~0ull };

    drive.gen++;
    EXPECT(SC_OK, write_lba(size() - 1, 1));
    memset(drive.data, POISON, 2 * drive.block_size);
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < 4; k++) {
            EXPECT(SC_LBA_OUT_OF_RANGE,
                   command(opcode[i], far[k], 2, true));
        }
    }
    EXPECT(SC_OK, read_lba(size() - 1, 1));
    EXPECT_WRITTEN(0, 1, size() - 1);
}

/* Bits 30 and 31: Force Unit Access, Limited Retry */
static void flags(void)
{
    drive.gen++;
    EXPECT(SC_OK, write_flags(base(), 4, 3u << 30));
    poison(4);
    EXPECT(SC_OK, io((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                             .cdw10 = (uint32_t)base(),
                             .cdw11 = (uint32_t)(base() >> 32),
                             .cdw12 = 3 | 3u << 30,
                             .addr = (uintptr_t)drive.data,
                             .data_len = 4 * drive.block_size }));
    EXPECT_TRUE(is_block(drive.data, drive.block_size, base(), drive.gen));
}

/* PRP 1 in the middle of a page, the end in the middle of another */
static void across_pages(void)
{
    uint32_t bytes = 8 * drive.block_size;
    uint8_t *buffer = drive.data + 0xa04;

    round_trip(base(), 8);
    memset(drive.data, POISON, bytes + 0x2000);
    EXPECT(SC_OK, io((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                             .cdw10 = (uint32_t)base(),
                             .cdw11 = (uint32_t)(base() >> 32), .cdw12 = 7,
                             .addr = (uintptr_t)buffer, .data_len = bytes }));
    for (uint32_t i = 0; i < 8; i++) {
        EXPECT_TRUE(is_block(buffer + (size_t)i * drive.block_size,
                             drive.block_size, base() + i, drive.gen));
    }
    EXPECT_TRUE(all_are(drive.data, 0xa04, POISON));
    EXPECT_TRUE(all_are(buffer + bytes, 0x1000, POISON));
}

static void flush(void)
{
    round_trip(base(), 4);
    EXPECT(SC_OK, io((Cmd) { .opcode = 0x00, .nsid = drive.nsid }));
    EXPECT(SC_OK, read_lba(base(), 4));
    EXPECT_WRITTEN(0, 4, base());
}

static void kept_by_controller_reset(void)
{
    round_trip(base(), 4);
    controller_reset();
    EXPECT(SC_OK, read_lba(base(), 4));
    EXPECT_WRITTEN(0, 4, base());
}

static void compare(void)
{
    if (!(u16_at(drive.id_ctrl + 520) & ONCS_COMPARE)) {
        SKIP("ONCS bit 0: no Compare");
    }
    round_trip(base(), 8);
    EXPECT(SC_OK, command(0x05, base(), 8, true));
    drive.data[8 * drive.block_size - 1] ^= 1;
    EXPECT(SC_COMPARE_FAILURE, command(0x05, base(), 8, true));
    drive.data[8 * drive.block_size - 1] ^= 1;
    EXPECT(SC_LBA_OUT_OF_RANGE, command(0x05, size() - 1, 2, true));
    EXPECT(SC_OK, read_lba(base(), 8));
    EXPECT_WRITTEN(0, 8, base());
}

/* NLB says more than MDTS, the buffer is one block */
static void longer_than_mdts(void)
{
    uint64_t blocks = (4096ull << drive.id_ctrl[77]) / drive.block_size;

    if (drive.id_ctrl[77] == 0 || blocks > 0xffff || blocks >= size()) {
        SKIP("MDTS does not limit transfers");
    }
    for (uint8_t opcode = 0x01; opcode <= 0x02; opcode++) {
        EXPECT(SC_INVALID_FIELD,
               io((Cmd) { .opcode = opcode, .nsid = drive.nsid,
                          .cdw12 = (uint32_t)blocks,
                          .addr = (uintptr_t)drive.data,
                          .data_len = drive.block_size }));
    }
}

static void metadata_left_out(void)
{
    round_trip(base(), 4);
    poison(4);
    EXPECT(SC_OK, read_plain(base(), 4));
    EXPECT_TRUE(is_block(drive.data, drive.block_size, base(), drive.gen));
    EXPECT_TRUE(all_are(drive.meta, 4 * drive.meta_size, POISON));
}

static const Check checks[] = {
    { "what is written is read back", read_back, 0, 0 },
    { "blocks are written in any order", any_order, 0, 0 },
    { "a write leaves the blocks beside it alone", neighbours_stay, 0, 0 },
    { "the last block of the namespace is one", last_block, 0, 0 },
    { "blocks behind the last one are out of range", out_of_range, 0, 0 },
    { "Force Unit Access and Limited Retry are accepted", flags, 0, 0 },
    { "a buffer may begin and end anywhere in a page", across_pages, 0, 0 },
    { "Flush keeps what was written", flush, 0, 0 },
    { "data outlive a controller reset", kept_by_controller_reset, 0, 0 },
    { "Compare finds a difference of one bit", compare, 0, 0 },
    { "more than MDTS is refused", longer_than_mdts, NEED_RISK, 0 },
    { "metadata may be left out", metadata_left_out, NEED_META, 0 },
};

SUITE(suite_conventional, "conventional");
