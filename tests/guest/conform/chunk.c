/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks A, B, ...: bringing them into a state, writing and reading them, and
 * what they are expected to hold.
 *
 * What is written is the address of each block, mixed with the generation of
 * its chunk, which is new after each reset; so old data are not taken for new.
 */
#include "chunk.h"

typedef struct Slot {
    uint64_t slba;
    uint32_t gen;
    bool     known;             /* what is below WP is of this generation */
} Slot;

static Slot slots[NSLOTS];
static uint32_t generation;
static bool dulbe;
unsigned nslots;

/* The N chunks that begin at SLBA[] are A, B, ... from now on. */
void chunks_use(const uint64_t slba[], unsigned n)
{
    nslots = n;
    for (unsigned i = 0; i < n; i++) {
        slots[i] = (Slot) { .slba = slba[i], .gen = ++generation };
        geo.foreign -= chunk_of(slba[i]).cs == OPEN;
    }
}

/* The address of block S of a chunk. */
uint64_t at(unsigned slot, uint32_t s)
{
    return slots[slot].slba + s;
}

Chunk chunk(unsigned slot)
{
    return chunk_of(slots[slot].slba);
}

/* What is in the chunk is not what write_lba() would have written. */
void forget(unsigned slot)
{
    slots[slot].known = false;
}

uint32_t gen_of(uint64_t lba)
{
    for (unsigned i = 0; i < nslots; i++) {
        if (lba - slots[i].slba < geo.clba) {
            return slots[i].gen;
        }
    }
    return drive.gen;
}

/* May N of our chunks be open at once, whatever parallel units they are in? */
bool may_open(unsigned n)
{
    return (!geo.maxoc || geo.foreign + n <= geo.maxoc) &&
           (!geo.maxocpu || n <= geo.maxocpu);
}

/* The largest write used here, in blocks: a multiple of WS_OPT if it can be. */
uint32_t most_blocks(void)
{
    uint32_t n = drive.max_bytes / drive.block_size;
    uint32_t step = geo.ws_opt <= n ? geo.ws_opt : geo.ws_min;

    return n / step * step;
}

static uint16_t transfer(uint8_t opcode, uint64_t lba, uint32_t n,
                         uint32_t dw12)
{
    bool meta = drive.kernel_meta;

    return io((Cmd) {
        .opcode = opcode, .nsid = drive.nsid, .addr = (uintptr_t)drive.data,
        .data_len = n * drive.block_size, .cdw10 = (uint32_t)lba,
        .cdw11 = (uint32_t)(lba >> 32), .cdw12 = (n - 1) | dw12,
        .metadata = meta ? (uintptr_t)drive.meta : 0,
        .metadata_len = meta ? n * drive.meta_size : 0 });
}

static void fill_buffers(uint64_t lba, uint32_t n, uint32_t gen)
{
    for (uint32_t i = 0; i < n; i++) {
        fill_block(drive.data + (size_t)i * drive.block_size,
                   drive.block_size, lba + i, gen);
        fill_block(drive.meta + (size_t)i * drive.meta_size, drive.meta_size,
                   lba + i, gen + 1);
    }
}

/* One Write command of N blocks of the chunk's generation. */
uint16_t write_lba(uint64_t lba, uint32_t n)
{
    return write_flags(lba, n, 0);
}

uint16_t write_flags(uint64_t lba, uint32_t n, uint32_t dw12)
{
    fill_buffers(lba, n, gen_of(lba));
    return transfer(0x01, lba, n, dw12);
}

/* A Write that is to be refused: should it not be, reads will show it. */
uint16_t write_junk(uint64_t lba, uint32_t n)
{
    fill_buffers(lba, n, 0x40000000);
    return transfer(0x01, lba, n, 0);
}

uint16_t read_lba(uint64_t lba, uint32_t n)
{
    poison(n);
    return transfer(0x02, lba, n, 0);
}

/* Read without a metadata buffer. */
uint16_t read_plain(uint64_t lba, uint32_t n)
{
    poison(n);
    return io((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                      .addr = (uintptr_t)drive.data,
                      .data_len = n * drive.block_size,
                      .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
                      .cdw12 = n - 1 });
}

/* Dataset Management with N ranges of { first block, blocks }. */
uint16_t dsm(const uint64_t (*range)[2], unsigned n, bool deallocate)
{
    memset(drive.data, 0, 4096);
    for (unsigned i = 0; i < n; i++) {
        uint32_t length = (uint32_t)range[i][1];

        memcpy(drive.data + 16 * i + 4, &length, 4);
        memcpy(drive.data + 16 * i + 8, &range[i][0], 8);
    }
    return io((Cmd) { .opcode = 0x09, .nsid = drive.nsid,
                      .addr = (uintptr_t)drive.data, .data_len = 16 * n,
                      .cdw10 = n - 1, .cdw11 = deallocate ? 4 : 0 });
}

/* Vector Chunk Reset of one chunk, its address inline. */
uint16_t reset_lba(uint64_t lba)
{
    return io((Cmd) { .opcode = VECTOR_RESET, .nsid = drive.nsid,
                      .cdw10 = (uint32_t)lba,
                      .cdw11 = (uint32_t)(lba >> 32) });
}

/* Write blocks [from, to) of a chunk, in as few commands as there can be. */
static void write_run(unsigned slot, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint32_t n = to - from < most_blocks() ? to - from : most_blocks();
        uint16_t status = write_lba(at(slot, from), n);

        if (status != SC_OK) {
            GIVE_UP("writing %u blocks at block %u of chunk %c: status %04Xh",
                    n, from, 'A' + slot, status);
        }
        from += n;
    }
}

/* By Dataset Management, which every drive has. */
void make_free(unsigned slot)
{
    Chunk c = chunk(slot);
    uint64_t range[1][2] = { { slots[slot].slba, c.cnlb } };

    if (most_blocks() == 0) {
        GIVE_UP("no command this kernel can send holds WS_MIN blocks");
    }
    if (c.cs == OPEN && !(geo.mccap & 4)) {
        write_run(slot, (uint32_t)c.wp, (uint32_t)c.cnlb);
    }
    if (c.cs != FREE && dsm(range, 1, true) != SC_OK) {
        GIVE_UP("chunk %c cannot be reset from state %02Xh", 'A' + slot, c.cs);
    }
    slots[slot].gen = ++generation;
    slots[slot].known = true;
}

/* Free, or open with BLOCKS written, or closed. */
void make_open(unsigned slot, uint32_t blocks)
{
    Chunk c = chunk(slot);

    if (slots[slot].known && c.wp == blocks &&
        c.cs == (blocks == c.cnlb ? CLOSED : blocks ? OPEN : FREE)) {
        return;
    }
    make_free(slot);
    write_run(slot, 0, blocks);
    EXPECT_CHUNK(slot, blocks == c.cnlb ? CLOSED : blocks ? OPEN : FREE,
                 blocks);
}

/* Write the rest of an open chunk, so that all of it can be read. */
void finish(unsigned slot)
{
    Chunk c = chunk(slot);

    write_run(slot, (uint32_t)c.wp, (uint32_t)c.cnlb);
    EXPECT_CHUNK(slot, CLOSED, c.cnlb);
}

void make_closed(unsigned slot)
{
    make_open(slot, geo.clba);
}

/* Where open chunks are limited, the next check starts with none of ours. */
void chunks_settle(void)
{
    for (unsigned i = 0; (geo.maxoc || geo.maxocpu) && i < nslots; i++) {
        if (chunk(i).cs == OPEN) {
            make_free(i);
        }
    }
}

/* Deallocated or Unwritten Logical Block Error Enable */
void set_dulbe(bool on)
{
    EXPECT(SC_OK, set_feature(0x05, drive.nsid, on ? 1u << 16 : 0));
    dulbe = on;
}

void features_default(void)
{
    if (dulbe) {
        set_dulbe(false);
    }
}

void expect_written_at(unsigned line, uint32_t first, uint32_t n,
                       uint64_t lba)
{
    for (uint32_t i = first; i < first + n; i++, lba++) {
        if (!is_block(drive.data + (size_t)i * drive.block_size,
                      drive.block_size, lba, gen_of(lba))) {
            fail_at("data", line, false, "block %u of what was read is not "
                    "what was written to %llXh", i, (unsigned long long)lba);
            return;
        }
        if (drive.kernel_meta &&
            !is_block(drive.meta + (size_t)i * drive.meta_size,
                      drive.meta_size, lba, gen_of(lba) + 1)) {
            fail_at("metadata", line, false, "metadata %u of what was read is "
                    "not that of %llXh", i, (unsigned long long)lba);
            return;
        }
    }
}

/* NVM Command Set 1.0, DLFEAT bits 2:0: 1 says 00h, 2 says FFh. */
void expect_predefined_at(unsigned line, uint32_t first, uint32_t n)
{
    uint8_t value = (drive.id_ns[33] & 7) == 2 ? 0xff : 0;

    if ((drive.id_ns[33] & 7) != 1 && (drive.id_ns[33] & 7) != 2) {
        return;
    }
    if (!all_are(drive.data + (size_t)first * drive.block_size,
                 (size_t)n * drive.block_size, value)) {
        fail_at("data", line, false, "blocks %u to %u are not all %02Xh",
                first, first + n - 1, value);
    }
    if (drive.kernel_meta &&
        !all_are(drive.meta + (size_t)first * drive.meta_size,
                 (size_t)n * drive.meta_size, value)) {
        fail_at("metadata", line, false, "metadata %u to %u are not all %02Xh",
                first, first + n - 1, value);
    }
}

void expect_chunk_at(unsigned line, unsigned slot, uint8_t cs, uint64_t wp)
{
    Chunk c = chunk(slot);

    if (c.cs != cs || c.wp != wp) {
        fail_at("chunk", line, false, "chunk %c has state %02Xh and write "
                "pointer %llu, wanted %02Xh and %llu", 'A' + slot, c.cs,
                (unsigned long long)c.wp, cs, (unsigned long long)wp);
    }
}
