/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Optional commands of a conventional namespace.  Works in its last blocks.
 * Proves: NVM Command Set 1.0, "Write Zeroes", "Verify", "Write
 * Uncorrectable", "Dataset Management", "Copy".
 */
#include "chunk.h"

enum {
    ONCS_UNCORRECTABLE  = 1 << 1,
    ONCS_DSM            = 1 << 2,
    ONCS_ZEROES         = 1 << 3,
    ONCS_VERIFY         = 1 << 7,
    ONCS_COPY           = 1 << 8,
};

#define DEALLOCATE  (1u << 25)

#define NEED_ONCS(bit, name) \
    do { \
        if (!(u16_at(drive.id_ctrl + 520) & (bit))) { \
            SKIP("ONCS: no " name); \
        } \
    } while (0)

static uint64_t size(void)
{
    return u64_at(drive.id_ns);
}

static uint64_t base(void)
{
    if (size() < 2048) {
        GIVE_UP("the namespace has less than 2048 blocks");
    }
    return size() - 1024;
}

static uint16_t command(uint8_t opcode, uint64_t lba, uint32_t dw12)
{
    return io((Cmd) { .opcode = opcode, .nsid = drive.nsid,
                      .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
                      .cdw12 = dw12 });
}

static void write_new(uint64_t lba, uint32_t n)
{
    drive.gen++;
    EXPECT(SC_OK, write_lba(lba, n));
}

static void expect_kept(uint64_t lba, uint32_t n)
{
    EXPECT(SC_OK, read_lba(lba, n));
    EXPECT_WRITTEN(0, n, lba);
}

static void write_zeroes(void)
{
    NEED_ONCS(ONCS_ZEROES, "Write Zeroes");
    for (unsigned deallocate = 0; deallocate < 2; deallocate++) {
        write_new(base(), 16);
        EXPECT(SC_OK, command(0x08, base() + 4,
                              7 | (deallocate ? DEALLOCATE : 0)));
        expect_kept(base(), 4);
        EXPECT(SC_OK, read_lba(base() + 4, 8));
        EXPECT_TRUE(all_are(drive.data, 8 * drive.block_size, 0));
        expect_kept(base() + 12, 4);
    }
    EXPECT(SC_LBA_OUT_OF_RANGE, command(0x08, size() - 1, 1));
}

static void verify(void)
{
    NEED_ONCS(ONCS_VERIFY, "Verify");
    write_new(base(), 8);
    EXPECT(SC_OK, command(0x0c, base(), 7));
    EXPECT(SC_LBA_OUT_OF_RANGE, command(0x0c, size() - 1, 1));
    expect_kept(base(), 8);
}

static void uncorrectable(void)
{
    NEED_ONCS(ONCS_UNCORRECTABLE, "Write Uncorrectable");
    write_new(base(), 8);
    EXPECT(SC_OK, command(0x04, base() + 2, 1));
    EXPECT(SC_READ_ERROR, read_lba(base(), 8));
    EXPECT(SC_READ_ERROR, read_lba(base() + 3, 1));
    expect_kept(base(), 2);
    expect_kept(base() + 4, 4);
    if (u16_at(drive.id_ctrl + 520) & ONCS_VERIFY) {
        EXPECT(SC_READ_ERROR, command(0x0c, base(), 7));
    }
    write_new(base(), 8);
    expect_kept(base(), 8);
    EXPECT(SC_LBA_OUT_OF_RANGE, command(0x04, size() - 1, 1));
}

static void deallocate(void)
{
    uint64_t range[2][2] = { { base() + 2, 4 }, { base() + 10, 2 } };
    uint8_t dlfeat = drive.id_ns[33] & 7;

    NEED_ONCS(ONCS_DSM, "Dataset Management");
    write_new(base(), 16);
    EXPECT(SC_OK, dsm(range, 2, true));
    expect_kept(base(), 2);
    expect_kept(base() + 6, 4);
    expect_kept(base() + 12, 4);
    if (dlfeat == 1 || dlfeat == 2) {
        EXPECT(SC_OK, read_lba(base() + 2, 4));
        EXPECT_TRUE(is_block(drive.data, drive.block_size, base() + 2,
                             drive.gen) ||
                    all_are(drive.data, 4 * drive.block_size,
                            dlfeat == 2 ? 0xff : 0));
    }
    write_new(base() + 2, 4);
    expect_kept(base() + 2, 4);
}

static void hint(void)
{
    uint64_t range[1][2] = { { base(), 8 } };

    NEED_ONCS(ONCS_DSM, "Dataset Management");
    write_new(base(), 8);
    EXPECT(SC_OK, dsm(range, 1, false));
    expect_kept(base(), 8);
}

/*
 * With Deallocate only; the write before makes sure the blocks have data.
 * Whether the good range is deallocated is left to the controller.
 */
static void deallocate_out_of_range(void)
{
    uint64_t range[2][2] = { { base(), 1 }, { size() - 1, 2 } };

    NEED_ONCS(ONCS_DSM, "Dataset Management");
    write_new(base(), 1);
    EXPECT(SC_LBA_OUT_OF_RANGE, dsm(range, 2, true));
    range[1][0] = ~0ull;
    EXPECT(SC_LBA_OUT_OF_RANGE, dsm(range, 2, true));
}

/* One Source Range entry, descriptor format 0: SLBA at 8, NLB at 16 */
static void source(unsigned i, uint64_t lba, uint32_t n)
{
    uint8_t *p = drive.data + 32 * i;
    uint16_t nlb = (uint16_t)(n - 1);

    memset(p, 0, 32);
    memcpy(p + 8, &lba, 8);
    memcpy(p + 16, &nlb, 2);
}

static uint16_t copy(uint64_t to, unsigned ranges)
{
    return io((Cmd) { .opcode = 0x19, .nsid = drive.nsid,
                      .cdw10 = (uint32_t)to, .cdw11 = (uint32_t)(to >> 32),
                      .cdw12 = ranges - 1, .addr = (uintptr_t)drive.data,
                      .data_len = 32 * ranges });
}

static void copies(void)
{
    uint64_t from = base(), to = base() + 512;
    unsigned ranges = drive.id_ns[80] ? 2 : 1;      /* MSRC, 0's based */

    NEED_ONCS(ONCS_COPY, "Copy");
    if (u16_at(drive.id_ns + 74) < 4 || u32_at(drive.id_ns + 76) < 8) {
        SKIP("the limits of Copy are below 8 blocks");
    }
    write_new(to, 10);
    write_new(from, 16);
    source(0, from + 1, 4);
    source(1, from + 9, 4);
    EXPECT(SC_OK, copy(to + 1, ranges));
    EXPECT(SC_OK, read_lba(to + 1, 4));
    EXPECT_WRITTEN(0, 4, from + 1);
    if (ranges == 2) {
        EXPECT(SC_OK, read_lba(to + 5, 4));
        EXPECT_WRITTEN(0, 4, from + 9);
    }
    expect_kept(from, 16);
    EXPECT(SC_OK, read_lba(to, 1));
    EXPECT_TRUE(is_block(drive.data, drive.block_size, to, drive.gen - 1));
}

static void copy_limits(void)
{
    uint32_t mssrl = u16_at(drive.id_ns + 74);
    unsigned msrc = drive.id_ns[80] + 1u;

    NEED_ONCS(ONCS_COPY, "Copy");
    EXPECT_TRUE(mssrl > 0);
    EXPECT_TRUE(u32_at(drive.id_ns + 76) >= mssrl);
    for (unsigned i = 0; i <= msrc; i++) {
        source(i, base() + i, 1);
    }
    if (msrc < 256) {
        EXPECT(SC_COPY_LIMIT, copy(base() + 512, msrc + 1));
    }
    if (mssrl < 0x10000 && mssrl < size() / 2) {
        source(0, 0, mssrl + 1);
        EXPECT(SC_COPY_LIMIT, copy(base() + 512, 1));
    }
    source(0, size() - 1, 2);
    EXPECT(SC_LBA_OUT_OF_RANGE, copy(base() + 512, 1));
    source(0, base(), 2);
    EXPECT(SC_LBA_OUT_OF_RANGE, copy(size() - 1, 1));
}

/* NSFEAT bit 2 */
static void dulbe(void)
{
    uint64_t range[1][2] = { { base(), 8 } };
    uint16_t status;

    NEED_ONCS(ONCS_DSM, "Dataset Management");
    if (!(drive.id_ns[24] & 4)) {
        EXPECT(SC_INVALID_FIELD, set_feature(0x05, drive.nsid, 1u << 16));
        return;
    }
    write_new(base(), 8);
    EXPECT(SC_OK, dsm(range, 1, true));
    set_dulbe(true);
    status = read_lba(base(), 8);
    set_dulbe(false);
    if (status == SC_OK) {
        SKIP("the drive did not deallocate when asked to");
    }
    EXPECT(SC_UNWRITTEN, status);
    write_new(base(), 8);
    set_dulbe(true);
    EXPECT(SC_OK, read_lba(base(), 8));
    set_dulbe(false);
}

static const Check checks[] = {
    { "Write Zeroes writes zeroes", write_zeroes, 0, 0 },
    { "Verify reads without a transfer", verify, 0, 0 },
    { "Write Uncorrectable makes blocks unreadable until written",
      uncorrectable, 0, 0 },
    { "deallocated blocks are as DLFEAT says", deallocate, 0, 0 },
    { "Dataset Management without Deallocate changes no data", hint, 0, 0 },
    { "deallocating out of range is refused", deallocate_out_of_range, 0, 0 },
    { "Copy copies ranges one behind the other", copies, 0, 0 },
    { "Copy keeps to its limits", copy_limits, 0, 0 },
    { "DULBE makes reads of deallocated blocks fail", dulbe, 0, 0 },
};

SUITE(suite_conventional_more, "conventional, optional");
