/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read (02h) of chunks: which blocks hold data and which the predefined data.
 * Proves: Open-Channel SSD 2.0, "Chunk Model", "Read".
 */
#include "chunk.h"

#define U   geo.ws_min
#define W   geo.mw_cunits
#define N   geo.clba

/* These blocks hold the predefined data, and DULBE turns that into an error. */
static void expect_unreadable(uint64_t lba, uint32_t n)
{
    set_dulbe(false);
    EXPECT(SC_OK, read_lba(lba, n));
    EXPECT_PREDEFINED(0, n);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, read_lba(lba, n));
    set_dulbe(false);
}

/* These blocks hold what was written, whatever DULBE. */
static void expect_readable(uint64_t lba, uint32_t n)
{
    for (unsigned on = 0; on < 2; on++) {
        set_dulbe(on);
        EXPECT(SC_OK, read_lba(lba, n));
        EXPECT_WRITTEN(0, n, lba);
    }
    set_dulbe(false);
}

/* OCSSD-CASE-46 OCSSD-CASE-47 OCSSD-CASE-48 */
static void free_chunk(void)
{
    make_free(A);
    expect_unreadable(at(A, 0), 1);
    expect_unreadable(at(A, N - 1), 1);
}

/* OCSSD-CASE-49 OCSSD-CASE-50 OCSSD-CASE-51 */
static void window(void)
{
    if (W + 2 * U >= N) {
        SKIP("chunks of %u blocks are too small for MW_CUNITS %u", N, W);
    }
    make_open(A, W + 2 * U);
    expect_readable(at(A, 0), 2 * U);
    expect_unreadable(at(A, 2 * U), 1);
    expect_unreadable(at(A, W + 2 * U - 1), 1);
    expect_unreadable(at(A, W + 2 * U), 1);
    EXPECT(SC_OK, read_lba(at(A, U), 2 * U));
    EXPECT_WRITTEN(0, U, at(A, U));
    EXPECT_PREDEFINED(U, U);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, read_lba(at(A, U), 2 * U));
}

/* OCSSD-CASE-52 OCSSD-CASE-53 */
static void window_is_exact(void)
{
    if (W + U >= N) {
        SKIP("chunks of %u blocks are too small for MW_CUNITS %u", N, W);
    }
    make_open(A, W);
    expect_unreadable(at(A, 0), 1);
    make_open(A, W + U);
    expect_readable(at(A, U - 1), 1);
    expect_unreadable(at(A, U), 1);
}

/* OCSSD-CASE-54 */
static void less_than_the_window(void)
{
    if (W <= U) {
        SKIP("MW_CUNITS is not above WS_MIN");
    }
    make_open(A, U);
    expect_unreadable(at(A, 0), 1);
}

/* OCSSD-CASE-59 */
static void no_window(void)
{
    if (W != 0) {
        SKIP("MW_CUNITS is not 0");
    }
    make_open(A, U);
    expect_readable(at(A, 0), U);
    expect_unreadable(at(A, U), 1);
}

/* OCSSD-CASE-55 */
static void closed_chunk(void)
{
    uint32_t most = drive.max_bytes / drive.block_size;

    make_closed(A);
    set_dulbe(true);
    for (uint32_t s = 0; s < N; s += most) {
        uint32_t n = N - s < most ? N - s : most;

        EXPECT(SC_OK, read_lba(at(A, s), n));
        EXPECT_WRITTEN(0, n, at(A, s));
    }
}

/* OCSSD-CASE-56: where the next block does not exist */
static void past_the_chunk(void)
{
    if (N == 1u << geo.lb_bits) {
        SKIP("CLBA is a power of two: there is no gap behind a chunk");
    }
    make_closed(A);
    EXPECT(SC_OK, read_lba(at(A, N - 2), 3));
    EXPECT_WRITTEN(0, 2, at(A, N - 2));
    EXPECT_PREDEFINED(2, 1);
    set_dulbe(true);
    EXPECT(SC_UNWRITTEN, read_lba(at(A, N - 2), 3));
}

/* OCSSD-CASE-64: into the next chunk, or into the gap before it */
static void across_chunks(void)
{
    bool gap = N < 1u << geo.lb_bits;

    make_closed(A);
    make_closed(B);
    EXPECT(SC_OK, read_lba(at(A, N - 4), 8));
    EXPECT_WRITTEN(0, 4, at(A, N - 4));
    if (!gap) {
        EXPECT_WRITTEN(4, 4, at(B, 0));
    } else if ((1u << geo.lb_bits) - N >= 4) {
        EXPECT_PREDEFINED(4, 4);
    }
    EXPECT_CHUNK(B, CLOSED, N);
    if (!gap) {
        make_free(B);
        EXPECT(SC_OK, read_lba(at(A, N - 4), 8));
        EXPECT_WRITTEN(0, 4, at(A, N - 4));
        EXPECT_PREDEFINED(4, 4);
        set_dulbe(true);
        EXPECT(SC_UNWRITTEN, read_lba(at(A, N - 4), 8));
    }
}

/* OCSSD-CASE-57 */
static void no_such_block(void)
{
    uint64_t hole[5];
    unsigned n = hole_list(hole);

    for (unsigned i = 0; i < n; i++) {
        expect_unreadable(hole[i], 1);
    }
}

/* OCSSD-CASE-58 */
static void offline_chunk(void)
{
    expect_unreadable(geo.offline, 1);
}

/* OCSSD-CASE-60 */
static void any_length(void)
{
    make_closed(A);
    EXPECT(SC_OK, read_lba(at(A, 1), 1));
    EXPECT_WRITTEN(0, 1, at(A, 1));
    EXPECT(SC_OK, read_lba(at(A, 1), 3));
    EXPECT_WRITTEN(0, 3, at(A, 1));
}

/* OCSSD-CASE-61: NLB says more than MDTS, the buffer is one block */
static void longer_than_mdts(void)
{
    uint64_t most = (4096ull << drive.id_ctrl[77]) / drive.block_size;

    if (drive.id_ctrl[77] == 0 || most > 0xffff) {
        SKIP("MDTS does not limit a Read");
    }
    EXPECT(SC_INVALID_FIELD,
           io((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                      .addr = (uintptr_t)drive.data,
                      .data_len = drive.block_size,
                      .cdw10 = (uint32_t)at(A, 0),
                      .cdw11 = (uint32_t)(at(A, 0) >> 32),
                      .cdw12 = (uint32_t)most }));
}

/* OCSSD-CASE-62 */
static void without_metadata(void)
{
    make_closed(A);
    EXPECT(SC_OK, read_lba(at(A, 0), 4));
    EXPECT_WRITTEN(0, 4, at(A, 0));
    EXPECT(SC_OK, read_plain(at(A, 0), 4));
    for (uint32_t i = 0; i < 4; i++) {
        EXPECT_TRUE(is_block(drive.data + (size_t)i * drive.block_size,
                             drive.block_size, at(A, i), gen_of(at(A, i))));
    }
    EXPECT_TRUE(all_are(drive.meta, 4 * drive.meta_size, POISON));
}

/* OCSSD-CASE-63 */
static void after_a_reset(void)
{
    make_closed(A);
    make_free(A);
    expect_unreadable(at(A, 0), 1);
    expect_unreadable(at(A, N - 1), 1);
}

static const Check checks[] = {
    { "a free chunk holds the predefined data", free_chunk, 0, 1 },
    { "of an open chunk the last MW_CUNITS blocks are not readable yet",
      window, NEED_WINDOW, 1 },
    { "a block is readable once MW_CUNITS more are written",
      window_is_exact, NEED_WINDOW, 1 },
    { "with less than MW_CUNITS written nothing is readable",
      less_than_the_window, NEED_WINDOW, 1 },
    { "without MW_CUNITS all that is written is readable", no_window, 0, 1 },
    { "a closed chunk is readable to its end", closed_chunk, 0, 1 },
    { "a read past the end of a chunk finds the predefined data",
      past_the_chunk, 0, 1 },
    { "a read may go from one chunk into the next", across_chunks, 0, 2 },
    { "blocks that do not exist hold the predefined data",
      no_such_block, 0, 0 },
    { "an offline chunk holds the predefined data",
      offline_chunk, NEED_OFFLINE, 0 },
    { "reads have any length and alignment", any_length, 0, 1 },
    { "a read of more than MDTS is refused", longer_than_mdts, NEED_RISK, 1 },
    { "a read may leave out the metadata", without_metadata, NEED_META, 1 },
    { "a reset takes the data away", after_a_reset, 0, 1 },
};

SUITE(suite_read, "read", .open_channel = true);
