/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write (01h) to chunks: where it is legal, and what it does to the chunk.
 * Proves: Open-Channel SSD 2.0, "Chunk Model", "Write".
 */
#include "chunk.h"

#define U   geo.ws_min
#define N   geo.clba

/* Read blocks [0, n) of a closed chunk. */
static void expect_data(unsigned slot, uint32_t n)
{
    EXPECT(SC_OK, read_lba(at(slot, 0), n));
    EXPECT_WRITTEN(0, n, at(slot, 0));
}

/* OCSSD-CASE-65 OCSSD-CASE-66 */
static void pointer_moves(void)
{
    NEED_BLOCKS(4 * U);
    NEED_TRANSFER(2 * U);
    make_free(A);
    EXPECT(SC_OK, write_lba(at(A, 0), U));
    EXPECT_CHUNK(A, OPEN, U);
    EXPECT(SC_OK, write_lba(at(A, U), 2 * U));
    EXPECT_CHUNK(A, OPEN, 3 * U);
    finish(A);
    expect_data(A, 3 * U);
}

/* OCSSD-CASE-67 */
static void whole_chunk(void)
{
    if (N > most_blocks()) {
        SKIP("a chunk of %u blocks does not go into one command", N);
    }
    make_free(A);
    EXPECT(SC_OK, write_lba(at(A, 0), N));
    EXPECT_CHUNK(A, CLOSED, N);
    expect_data(A, N);
}

/* OCSSD-CASE-68 */
static void last_blocks(void)
{
    NEED_BLOCKS(2 * U);
    make_open(A, N - U);
    EXPECT(SC_OK, write_lba(at(A, N - U), U));
    EXPECT_CHUNK(A, CLOSED, N);
}

/* OCSSD-CASE-69 */
static void not_from_the_start(void)
{
    NEED_BLOCKS(2 * U);
    make_free(A);
    EXPECT(SC_OUT_OF_ORDER, write_junk(at(A, U), U));
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-70 */
static void behind_the_pointer(void)
{
    NEED_BLOCKS(4 * U);
    make_open(A, 2 * U);
    EXPECT(SC_OUT_OF_ORDER, write_junk(at(A, 3 * U), U));
    EXPECT_CHUNK(A, OPEN, 2 * U);
}

/* OCSSD-CASE-71 */
static void before_the_pointer(void)
{
    NEED_BLOCKS(4 * U);
    make_open(A, 2 * U);
    EXPECT(SC_OUT_OF_ORDER, write_junk(at(A, U), U));
    EXPECT(SC_OUT_OF_ORDER, write_junk(at(A, 0), U));
    EXPECT_CHUNK(A, OPEN, 2 * U);
    finish(A);
    expect_data(A, 2 * U);
}

/* OCSSD-CASE-72 */
static void not_ws_min(void)
{
    NEED_BLOCKS(4 * U);
    NEED_TRANSFER(2 * U);
    make_free(A);
    EXPECT(SC_INVALID_FIELD, write_junk(at(A, 0), U / 2));
    EXPECT_CHUNK(A, FREE, 0);
    make_open(A, 2 * U);
    EXPECT(SC_INVALID_FIELD, write_junk(at(A, 2 * U), U + U / 2));
    EXPECT(SC_INVALID_FIELD, write_junk(at(A, 2 * U), 1));
    EXPECT_CHUNK(A, OPEN, 2 * U);
}

/* OCSSD-CASE-74 */
static void closed_chunk(void)
{
    make_closed(A);
    EXPECT(SC_WRITE_FAULT, write_junk(at(A, 0), U));
    EXPECT_CHUNK(A, CLOSED, N);
    expect_data(A, U);
}

/* OCSSD-CASE-75 */
static void offline_chunk(void)
{
    EXPECT(SC_WRITE_FAULT, write_junk(geo.offline, U));
    EXPECT_EQ(OFFLINE, chunk_of(geo.offline).cs);
}

/* OCSSD-CASE-76 */
static void past_the_chunk(void)
{
    NEED_BLOCKS(2 * U);
    NEED_TRANSFER(2 * U);
    make_free(B);
    make_open(A, N - U);
    EXPECT(SC_WRITE_FAULT, write_junk(at(A, N - U), 2 * U));
    EXPECT_CHUNK(A, OPEN, N - U);
    EXPECT_CHUNK(B, FREE, 0);
}

/* OCSSD-CASE-77 */
static void no_such_block(void)
{
    uint64_t hole[5];
    unsigned n = hole_list(hole);

    for (unsigned i = 0; i < n; i++) {
        EXPECT(SC_WRITE_FAULT, write_junk(hole[i], U));
    }
}

/* OCSSD-CASE-78: NLB says more than MDTS, the buffer is WS_MIN blocks */
static void longer_than_mdts(void)
{
    uint64_t most = (4096ull << drive.id_ctrl[77]) / drive.block_size;

    if (drive.id_ctrl[77] == 0 || most + U > 0x10000) {
        SKIP("MDTS does not limit a Write");
    }
    make_free(A);
    EXPECT(SC_INVALID_FIELD,
           io((Cmd) { .opcode = 0x01, .nsid = drive.nsid,
                      .addr = (uintptr_t)drive.data,
                      .data_len = U * drive.block_size,
                      .cdw10 = (uint32_t)at(A, 0),
                      .cdw11 = (uint32_t)(at(A, 0) >> 32),
                      .cdw12 = (uint32_t)(most / U * U + U - 1) }));
    EXPECT_CHUNK(A, FREE, 0);
}

/* OCSSD-CASE-79 */
static void metadata(void)
{
    make_free(A);
    make_closed(A);
    expect_data(A, U);
    make_free(A);
    drive.kernel_meta = false;      /* leave it out */
    make_closed(A);
    drive.kernel_meta = true;
    forget(A);
    EXPECT(SC_OK, read_lba(at(A, 0), U));
    EXPECT_TRUE(all_are(drive.meta, U * drive.meta_size, 0));
    EXPECT_TRUE(is_block(drive.data, drive.block_size, at(A, 0),
                         gen_of(at(A, 0))));
}

/* OCSSD-CASE-80 */
static void maxoc(void)
{
    unsigned n = geo.maxoc - geo.foreign;

    if (geo.maxoc == 0) {
        SKIP("the drive does not limit open chunks (MAXOC 0)");
    }
    if (geo.maxoc <= geo.foreign || n + 1 > nslots || !may_open(n)) {
        SKIP("MAXOC %u cannot be reached with %u chunks", geo.maxoc, nslots);
    }
    NEED_BLOCKS(2 * U);
    for (unsigned i = 0; i <= n; i++) {
        make_free(i);
    }
    for (unsigned i = 0; i < n; i++) {
        EXPECT(SC_OK, write_lba(at(i, 0), U));
    }
    EXPECT(SC_WRITE_FAULT, write_junk(at(n, 0), U));
    EXPECT_CHUNK(n, FREE, 0);
    finish(A);
    EXPECT(SC_OK, write_lba(at(n, 0), U));
}

/* OCSSD-CASE-81: A and B are of one parallel unit, C is not */
static void maxocpu(void)
{
    if (geo.maxocpu != 1) {
        SKIP("MAXOCPU is not 1");
    }
    if (at(C, 0) >> (geo.lb_bits + geo.chk_bits) ==
        at(A, 0) >> (geo.lb_bits + geo.chk_bits)) {
        SKIP("the drive has one parallel unit");
    }
    NEED_BLOCKS(2 * U);
    make_free(A);
    make_free(B);
    make_free(C);
    EXPECT(SC_OK, write_lba(at(A, 0), U));
    EXPECT(SC_WRITE_FAULT, write_junk(at(B, 0), U));
    EXPECT_CHUNK(B, FREE, 0);
    if (!geo.maxoc || geo.foreign + 2 <= geo.maxoc) {
        EXPECT(SC_OK, write_lba(at(C, 0), U));
    }
}

/* OCSSD-CASE-82 */
static void whole_chunk_beside_maxoc(void)
{
    if (geo.maxoc != 1 || geo.foreign) {
        SKIP("MAXOC is not 1");
    }
    NEED_BLOCKS(2 * U);
    NEED_TRANSFER(N);
    make_free(B);
    make_open(A, U);
    EXPECT(SC_OK, write_lba(at(B, 0), N));
    EXPECT_CHUNK(B, CLOSED, N);
}

/* OCSSD-CASE-85: bits 30 and 31 are Force Unit Access and Limited Retry */
static void flags(void)
{
    NEED_BLOCKS(2 * U);
    make_free(A);
    EXPECT(SC_OK, write_flags(at(A, 0), U, 3u << 30));
    EXPECT_CHUNK(A, OPEN, U);
}

/* OCSSD-CASE-87 */
static void custom_size(void)
{
    uint64_t range[1][2] = { { geo.custom, 0 } };
    uint32_t s, n;
    Chunk c;

    if (!geo.has_custom) {
        SKIP("all chunks have CLBA blocks");
    }
    c = chunk_of(geo.custom);
    range[0][1] = c.cnlb;
    if (c.cs == CLOSED) {
        EXPECT(SC_OK, dsm(range, 1, true));
    }
    for (s = (uint32_t)chunk_of(geo.custom).wp; s < c.cnlb; s += n) {
        n = (uint32_t)c.cnlb - s < most_blocks() ? (uint32_t)c.cnlb - s
                                                 : most_blocks();
        EXPECT(SC_OK, write_lba(geo.custom + s, n));
    }
    EXPECT_EQ(CLOSED, chunk_of(geo.custom).cs);
    EXPECT(SC_WRITE_FAULT, write_junk(geo.custom + c.cnlb, U));
}

/* OCSSD-CASE-88 */
static void flush(void)
{
    NEED_BLOCKS(2 * U);
    make_open(A, U);
    EXPECT(SC_OK, io((Cmd) { .opcode = 0x00, .nsid = drive.nsid }));
    EXPECT_CHUNK(A, OPEN, U);
}

static const Check checks[] = {
    { "writes move the write pointer", pointer_moves, 0, 1 },
    { "a chunk written at once is closed", whole_chunk, 0, 1 },
    { "the last blocks close a chunk", last_blocks, 0, 1 },
    { "the first write of a chunk is at its start", not_from_the_start, 0, 1 },
    { "a write behind the write pointer is out of order",
      behind_the_pointer, 0, 1 },
    { "a write before the write pointer is out of order",
      before_the_pointer, 0, 1 },
    { "a write has a multiple of WS_MIN blocks", not_ws_min, NEED_WS_MIN, 1 },
    { "a closed chunk is not written", closed_chunk, 0, 1 },
    { "an offline chunk is not written", offline_chunk, NEED_OFFLINE, 0 },
    { "a write does not leave its chunk", past_the_chunk, 0, 2 },
    { "a block that does not exist is not written", no_such_block, 0, 0 },
    { "a write of more than MDTS is refused", longer_than_mdts, NEED_RISK, 1 },
    { "metadata is kept, and zero where none was written",
      metadata, NEED_META, 1 },
    { "no more than MAXOC chunks are open", maxoc, 0, 2 },
    { "no more than MAXOCPU chunks of a parallel unit are open",
      maxocpu, 0, 3 },
    { "a chunk written at once does not count as open",
      whole_chunk_beside_maxoc, 0, 2 },
    { "Force Unit Access and Limited Retry are accepted", flags, 0, 1 },
    { "a chunk of another size ends at that size", custom_size, 0, 0 },
    { "Flush changes no chunk", flush, 0, 1 },
};

SUITE(suite_write, "write", .open_channel = true);
