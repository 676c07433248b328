/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of one kind through a queue of the core, for callgrind to count:
 *
 *     instructions KIND N
 *
 * runs N commands in batches after a warm-up.  What is to be counted happens
 * inside counted(): from the doorbell that was rung to the completion that
 * is posted.  tests/bench/instructions runs this program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/host.h"

#define WARM_UP     256u        /* commands */
#define BLOCK       4096u
#define NCHUNKS     8u          /* used: one of each parallel unit */
#define CLBA        512u
#define LIST_LEN    64u         /* LBAs of a vector */

/* Chunk N, the first one of a unit, from block BLK on. */
#define LBA(n, blk) ((uint64_t)(n) << 11 | (blk))

/* Two groups of four units of three chunks. */
#define OPEN_CHANNEL {                                                  \
    .cfg = { .nsid = 1, .dlfeat = 1, .copy = true },                    \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 12,                         \
    .geo = { .num_grp = 2, .num_pu = 4, .num_chk = 3, .clba = CLBA,     \
             .ws_min = 1, .ws_opt = 8, .wit = 10 },                     \
}

static void die(const char *why)
{
    fprintf(stderr, "instructions: %s\n", why);
    exit(1);
}

static FakeCmd at(FakeCmd cmd, uint64_t lba)
{
    cmd.nsid = 1;
    cmd.cdw10 = (uint32_t)lba;
    cmd.cdw11 = (uint32_t)(lba >> 32);
    return cmd;
}

static FakeCmd read_block(uint32_t i)
{
    return at((FakeCmd) { .opc = 0x02, .prp1 = FAKE_BUF }, i * 1237u % 4096);
}

static FakeCmd read_beyond(uint32_t i)
{
    return at((FakeCmd) { .opc = 0x02, .prp1 = FAKE_BUF }, 4096 + i);
}

/* 32 pages of which no two are neighbours, in a list. */
static FakeCmd read_list(uint32_t i)
{
    return at((FakeCmd) { .opc = 0x02, .prp1 = FAKE_BUF,
                          .prp2 = FAKE_LISTS, .cdw12 = 31 },
              i * 41u % 4000);
}

static void prepare_list(FakeHost *h)
{
    for (uint32_t i = 0; i < 31; i++) {
        fake_put_le(fake_guest(h, FAKE_LISTS + i * 8), 8,
                    FAKE_BUF + (i + 1) * 2 * BLOCK);
    }
}

static FakeCmd chunk_read(uint32_t i)
{
    return at((FakeCmd) { .opc = 0x02, .prp1 = FAKE_BUF },
              LBA(i % NCHUNKS, i * 237u % CLBA));
}

static FakeCmd chunk_write(uint32_t i)
{
    return at((FakeCmd) { .opc = 0x01, .prp1 = FAKE_BUF },
              LBA(i % NCHUNKS, i / NCHUNKS));
}

static FakeCmd vector_read(uint32_t i)
{
    (void)i;
    return at((FakeCmd) { .opc = 0x92, .prp1 = FAKE_BUF,
                          .prp2 = FAKE_LISTS + BLOCK,
                          .cdw12 = LIST_LEN - 1 }, FAKE_LISTS);
}

/* Write all of the chunks that are used; LBAs and pages of a vector. */
static void prepare_chunks(FakeHost *h)
{
    FakeCmd w;

    for (uint32_t i = 0; i < NCHUNKS * CLBA; i += 128) {
        w = at((FakeCmd) { .opc = 0x01, .cdw12 = 127 },
               LBA(i / CLBA, i % CLBA));
        fake_prp(h, &w, FAKE_BUF, 128 * BLOCK);
        if (fake_io(h, &w).status) {
            die("a chunk cannot be filled");
        }
    }
    for (uint32_t i = 0; i < LIST_LEN; i++) {
        fake_put_le(fake_guest(h, FAKE_LISTS + i * 8), 8,
                    LBA(i % NCHUNKS, i * 7));
        fake_put_le(fake_guest(h, FAKE_LISTS + BLOCK + i * 8), 8,
                    FAKE_BUF + (i + 1) * BLOCK);
    }
}

static const struct Kind {
    const char *name;
    FakeNs   ns;
    uint32_t batch;             /* commands that a doorbell announces */
    bool     later;             /* the medium is done when all have begun */
    uint16_t status;            /* all commands shall have it */
    FakeCmd (*command)(uint32_t i);
    void   (*prepare)(FakeHost *h);
} kinds[] = {
    { "read-4k", FAKE_CONVENTIONAL(1), 64, false, 0, read_block, NULL },
    { "read-4k-later", FAKE_CONVENTIONAL(1), 64, true, 0, read_block, NULL },
    { "read-4k-alone", FAKE_CONVENTIONAL(1), 1, true, 0, read_block, NULL },
    { "chunk-read-4k", OPEN_CHANNEL, 64, false, 0, chunk_read,
      prepare_chunks },
    { "chunk-write-4k", OPEN_CHANNEL, 64, false, 0, chunk_write, NULL },
    { "chunk-write-4k-later", OPEN_CHANNEL, 64, true, 0, chunk_write, NULL },
    { "vector-read-64", OPEN_CHANNEL, 64, false, 0, vector_read,
      prepare_chunks },
    { "read-128k", FAKE_CONVENTIONAL(1), 64, false, 0, read_list,
      prepare_list },
    { "rejected", FAKE_CONVENTIONAL(1), 64, false, 0x080, read_beyond, NULL },
};
#define NKINDS  (sizeof(kinds) / sizeof(kinds[0]))

static void run(FakePort *f)
{
    fake_run(f);
    while (f->nios) {
        for (unsigned n = f->nios; n > 0; n--) {
            fake_io_finish(f, 0, OCPN_IO_OK);
        }
        fake_run(f);
    }
}

/* Volatile, so that the compiler must come back to count. */
static volatile unsigned runs;

/* From the fetch to the interrupt: what happens in here is counted. */
static __attribute__((noinline)) void counted(FakePort *f)
{
    run(f);
    runs++;                     /* this is no tail call */
}

static void batch(FakeHost *h, const struct Kind *k, uint32_t first,
                  void (*go)(FakePort *f))
{
    const uint32_t n = k->batch;

    h->f.hold = k->later;
    for (uint32_t i = 0; i < n; i++) {
        FakeCmd cmd = k->command(first + i);

        fake_queue(h, 1, &cmd);
    }
    fake_doorbell(h, 1, false, h->q[1].tail);
    go(&h->f);
    for (uint32_t i = 0; i < n; i++) {
        FakeCqe e = fake_reap(h, 1);

        if (!e.found || e.status != k->status) {
            die("a command did not end as it should");
        }
    }
    run(&h->f);                 /* what reaping kicked */
}

int main(int argc, char **argv)
{
    const struct Kind *k = kinds;
    unsigned n = 0;
    FakeHost *h;

    while (argc == 3 && k < kinds + NKINDS && strcmp(k->name, argv[1])) {
        k++;
    }
    if (argc == 3 && sscanf(argv[2], "%u", &n) != 1) {
        n = 0;
    }
    if (!n || k == kinds + NKINDS || n % k->batch) {
        for (k = kinds; k < kinds + NKINDS; k++) {
            printf("%s\n", k->name);
        }
        return argc != 1;
    }
    h = fake_host_start(&(FakeSetup) { .ns = { k->ns } });
    if (k->prepare) {
        k->prepare(h);
    }
    for (uint32_t i = 0; i < WARM_UP + n; i += k->batch) {
        batch(h, k, i, i < WARM_UP ? run : counted);
    }
    fake_host_free(h);
    return 0;
}
