/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of what hosts do to chunks.
 * Proves: docs/user-guide.rst, "What is kept"; docs/image-format.rst, "Pages",
 * "Block maps"; specification notes, section 9 (OCSSD-CASE-192).
 */
#include "cut.h"

/* 8 chunks of 24 blocks of 512 + 16 bytes, in two parallel units. */
#define SMALL(...) { .ns = { {                                          \
    .cfg = { .nsid = 1, .dlfeat = 1, .copy = true, .early_reset = true, \
             .window = OCPN_WINDOW_DATA, __VA_ARGS__ },                 \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .ms = 16, .nmaps = 3,    \
    .geo = { .num_grp = 1, .num_pu = 2, .num_chk = 4, .clba = 24,       \
             .ws_min = 4, .ws_opt = 4, .mw_cunits = 8 },                \
} } }
#define CHUNK(unit, chunk)  ((unit) << 7 | (chunk) << 5)
#define LIST    (FAKE_LISTS + 0x10000u)
#define DLIST   (FAKE_LISTS + 0x20000u)

static const FakeSetup drive = SMALL(.multi_reset = false);


static void writes(Cut *t)
{
    for (unsigned i = 0; i < 3; i++) {
        cut_write(t, 1, CHUNK(0, 0) + i * 4, 4, 0, true);
        cut_write(t, 1, CHUNK(1, 2) + i * 8, 8, i == 1 ? CUT_FUA : 0, i == 2);
    }
    cut_flush(t, 1);
    cut_write(t, 1, CHUNK(0, 0) + 12, 12, 0, false);     /* to its end */
    cut_write(t, 1, CHUNK(0, 1), 24, CUT_FUA, true);     /* all of it */
    cut_write(t, 1, CHUNK(0, 2), 4, 0, true);
}

/* Writes of many chunks at once, that end in any order. */
static void together(Cut *t)
{
    static const uint64_t lba[] = {
        CHUNK(0, 0), CHUNK(0, 1), CHUNK(1, 0), CHUNK(0, 0) + 4,
        CHUNK(1, 3), CHUNK(1, 0) + 4, CHUNK(0, 0) + 8, CHUNK(1, 3) + 4,
    };

    cut_writes(t, 1, lba, 8, 4);
    cut_flush(t, 1);
    cut_write(t, 1, CHUNK(0, 1) + 4, 4, 0, false);
}

static void put_list(Cut *t, uint64_t at, const uint64_t *lba, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put_bytes_at(fake_guest(t->h, at) + 8 * i, 8, lba[i]);
    }
}

/* Two write units for each of three chunks, and a copy of some. */
static void vectors(Cut *t)
{
    uint64_t to[24], from[8];
    FakeCmd cmd = { .opc = 0x91, .nsid = 1, .mptr = FAKE_BUF + 0x80000,
                    .cdw10 = LIST, .cdw12 = 23 };

    for (unsigned i = 0; i < 24; i++) {
        to[i] = CHUNK(i / 8 & 1, i / 16) + i % 8;
    }
    for (unsigned i = 0; i < 24 * 512; i++) {
        fake_guest(t->h, FAKE_BUF)[i] = (uint8_t)(i / 512 + 1);
    }
    memset(fake_guest(t->h, FAKE_BUF + 0x80000), 0x33, 24 * 16);
    put_list(t, LIST, to, 24);
    fake_prp(t->h, &cmd, FAKE_BUF, 24 * 512);
    cut_io(t, &cmd, CUT_NOT);
    cut_flush(t, 1);
    for (unsigned i = 0; i < 8; i++) {
        from[i] = CHUNK(0, 0) + 7 - i;
        to[i] = CHUNK(1, 3) + i;
    }
    put_list(t, LIST, from, 8);
    put_list(t, DLIST, to, 8);
    cut_io(t, &(FakeCmd) { .opc = 0x93, .nsid = 1, .cdw10 = LIST,
                           .cdw12 = 7, .cdw14 = DLIST }, CUT_NOT);
}

/* Three chunks with something in them. */
static void fill(Cut *t)
{
    cut_write(t, 1, CHUNK(0, 0), 24, 0, true);
    cut_write(t, 1, CHUNK(1, 1), 24, 0, true);
    cut_write(t, 1, CHUNK(0, 3), 8, 0, true);
}

static void reset(Cut *t, uint64_t lba)
{
    cut_io(t, &(FakeCmd) { .opc = 0x90, .nsid = 1, .cdw10 = (uint32_t)lba },
           CUT_KEPT);
}

static void resets(Cut *t)
{
    static const uint64_t two[] = { CHUNK(1, 1), CHUNK(0, 3) };

    reset(t, CHUNK(0, 0));
    cut_write(t, 1, CHUNK(0, 0), 8, 0, false);
    put_list(t, LIST, two, 2);
    cut_io(t, &(FakeCmd) { .opc = 0x90, .nsid = 1, .cdw10 = LIST,
                           .cdw12 = 1 }, CUT_KEPT);
    cut_write(t, 1, CHUNK(1, 1), 4, CUT_FUA, true);
    reset(t, CHUNK(1, 1));
    cut_flush(t, 1);
    cut_write(t, 1, CHUNK(1, 1), 4, 0, true);
}

/* Dataset Management: two chunks in one command. */
static void deallocate(Cut *t)
{
    uint8_t *range = fake_guest(t->h, FAKE_BUF);

    memset(range, 0, 32);
    put_bytes_at(range + 4, 4, 24);
    put_bytes_at(range + 8, 8, CHUNK(0, 0));
    put_bytes_at(range + 20, 4, 24);
    put_bytes_at(range + 24, 8, CHUNK(1, 1));
    cut_io(t, &(FakeCmd) { .opc = 0x09, .nsid = 1, .prp1 = FAKE_BUF,
                           .cdw10 = 1, .cdw11 = 4 }, CUT_KEPT);
    cut_write(t, 1, CHUNK(0, 0), 24, 0, true);
    cut_flush(t, 1);
}

static void set_chunks(FakeHost *h, const char *line)
{
    OcpnError err = { "" };
    OcpnChunkSet set;
    uint32_t n;

    bool done = ocpn_chunk_set_parse(line, &set, &err) > 0 &&
                ocpn_chunks_set(ocpn_ns_get(h->c, 1), &set, &n, &err);

    CHECK(done, "%s: %s", line, err.text);
    fake_run(&h->f);
}

static void set_step(Cut *t, const char *line)
{
    if (cut_begin(t)) {
        set_chunks(t->h, line);
        cut_end(t, CUT_KEPT);
    }
}

/* The monitor's changes. */
static void set(Cut *t)
{
    set_step(t, "grp=0 pu=0 chk=0 state=offline");
    set_step(t, "grp=0 pu=1 chk=1 state=free");
    set_step(t, "grp=0 pu=0 chk=3 state=closed");
    set_step(t, "grp=0 pu=1 chk=2 resets=7 offline-next=on");
    cut_write(t, 1, CHUNK(1, 1), 24, 0, true);
}

/* Chunks 1 and 5 become random-write chunks, as the tool makes them. */
static void make_random(Cut *t)
{
    const OcpnImage im = ocpn_ns_get(t->h->c, 1)->im;
    const OcpnDisk *d = &t->h->f.media[1].disk;
    OcpnError err;
    unsigned slot;
    ImgPage p;

    fake_host_restart(t->h, true);
    CHECK(ocpn_page_load(&im, d, IMG_REGION_CHUNKS, 0, &p, &slot, &err),
          "the chunk table");
    p.payload[1 * 16 + 1] = p.payload[5 * 16 + 1] = OCSSD_CT_RANDOM;
    ocpn_page_seal(&im, &p, IMG_REGION_CHUNKS, 0, from_le64(p.sequence) + 1);
    d->write(d->opaque, ocpn_page_offset(&im, IMG_REGION_CHUNKS, 0, !slot), &p,
             sizeof(p));
    fake_host_restart(t->h, false);
    cut_write(t, 1, CHUNK(1, 1) + 3, 7, 0, true);
}

static void random_writes(Cut *t)
{
    cut_write(t, 1, CHUNK(0, 1) + 5, 3, 0, true);
    cut_write(t, 1, CHUNK(0, 1) + 1, 2, CUT_FUA, false);
    cut_write(t, 1, CHUNK(1, 1) + 20, 4, 0, false);
    cut_flush(t, 1);
    reset(t, CHUNK(1, 1));
    cut_write(t, 1, CHUNK(1, 1) + 1, 1, 0, true);
}

/* Write Next Unit: the write takes a unit along, which is lost. */
static void lost_units(Cut *t)
{
    cut_lose_unit(t, CHUNK(0, 0),
                  "write-next-unit grp=0 pu=0 chk=0 blk=4");
    cut_write(t, 1, CHUNK(0, 0) + 8, 8, 0, true);
    cut_flush(t, 1);
    reset(t, CHUNK(0, 0));
    cut_write(t, 1, CHUNK(0, 0), 24, 0, true);
}


#define SCENARIO(fn, text, before)                                      \
    static void fn ## _cut(void)                                        \
    {                                                                   \
        cut_both(&(CutScenario) { .name = text, .drive = drive,         \
                                  .run = fn, .prepare = before });      \
    }

/* With what a power loss does to Open chunks, and with a shutdown. */
static void losses(Cut *t)
{
    cut_write(t, 1, CHUNK(0, 0), 12, 0, true);
    cut_write(t, 1, CHUNK(1, 2), 4, CUT_FUA, true);
    cut_write(t, 1, CHUNK(1, 1), 24, 0, true);
    cut_flush(t, 1);
    cut_write(t, 1, CHUNK(0, 0) + 12, 8, 0, false);
}

static void shutdown(Cut *t)
{
    losses(t);
    cut_shutdown(t);
}

static void losses_cut(void)
{
    static const char *const name[] = { "keep", "close", "drop" };

    for (int loss = OCPN_POWER_KEEP; loss <= OCPN_POWER_DROP; loss++) {
        bool keep = loss == OCPN_POWER_KEEP;
        CutScenario s = { .drive = drive, .run = losses };
        char text[60];

        s.drive.ns[0].cfg.power_loss = (OcpnPowerLoss)loss;
        s.flags = CUT_START | CUT_SEEN | (keep ? 0 : CUT_TWICE);
        snprintf(text, sizeof(text), "power-loss=%s", name[loss]);
        s.name = text;
        cut_both(&s);
        /* A start that is cut is one more power loss, of what was safe. */
        s.run = shutdown;
        snprintf(text, sizeof(text), "shutdown, power-loss=%s", name[loss]);
        cut_scenario(&s);
    }
}

SCENARIO(writes, "writes", NULL)
SCENARIO(together, "writes together", NULL)
SCENARIO(vectors, "vectors and a copy", NULL)
SCENARIO(resets, "resets", fill)
SCENARIO(deallocate, "Dataset Management", fill)
SCENARIO(set, "set-chunks", fill)
SCENARIO(random_writes, "random writes", make_random)
SCENARIO(lost_units, "units that are lost", NULL)

static const OcpnTest tests[] = {
    { "writes", writes_cut },
    { "writes together", together_cut },
    { "vectors and a copy", vectors_cut },
    { "resets", resets_cut },
    { "Dataset Management", deallocate_cut },
    { "set-chunks", set_cut },
    { "random writes", random_writes_cut },
    { "units that are lost", lost_units_cut },
    { "power-loss= and shutdowns", losses_cut },
};
OCPN_UNIT_MAIN("cut-chunks", tests)
