/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of what hosts do to conventional namespaces.
 * Proves: docs/user-guide.rst, "What is kept"; docs/image-format.rst,
 * "Superblock", "Device state".
 */
#include "cut.h"

#define BUF     (FAKE_BUF + 0x20000u)

/* 64 blocks of 512 + 8 bytes. */
#define SMALL(...) {                                                    \
    .cfg = { __VA_ARGS__ },                                             \
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1, .volatile_cache = true },\
              .mode = IMG_MODE_CONVENTIONAL, .lbads = 9, .ms = 8,       \
              .nsze = 64 } },                                           \
}
static const FakeSetup drive = SMALL(.mdts = 7);
static const FakeSetup drive_that_discards = SMALL(.discard = true);

/* Something everywhere. */
static void fill(Cut *t)
{
    for (unsigned i = 0; i < 64; i += 16) {
        cut_write(t, 1, i, 16, 0, true);
    }
}

static void writes(Cut *t)
{
    cut_write(t, 1, 3, 5, 0, true);
    cut_write(t, 1, 30, 2, CUT_FUA, false);
    cut_write(t, 1, 4, 1, 0, false);
    cut_flush(t, 1);
    cut_write(t, 1, 63, 1, 0, true);
}

static void together(Cut *t)
{
    static const uint64_t lba[] = { 0, 9, 18, 27, 36, 45, 54, 60 };

    cut_writes(t, 1, lba, 8, 4);
    cut_flush(t, 1);
    cut_writes(t, 1, lba, 8, 3);
}

static FakeCmd command(uint8_t opc, uint32_t slba, uint32_t nlb,
                       uint32_t flags)
{
    return (FakeCmd) { .opc = opc, .nsid = 1, .cdw10 = slba,
                       .cdw12 = (nlb - 1) | flags };
}

static void deallocate(Cut *t, uint32_t slba, uint32_t nlb)
{
    uint8_t *range = fake_guest(t->h, BUF);

    memset(range, 0, 16);
    put_bytes_at(range + 4, 4, nlb);
    put_bytes_at(range + 8, 8, slba);
    cut_io(t, &(FakeCmd) { .opc = 0x09, .nsid = 1, .prp1 = BUF, .cdw11 = 4 },
           CUT_NOT);
}

static void zeroes(Cut *t)
{
    const FakeCmd plain = command(0x08, 5, 9, 0);
    const FakeCmd unmap = command(0x08, 20, 9, 1u << 25 | CUT_FUA);

    cut_io(t, &plain, CUT_NOT);
    cut_io(t, &unmap, CUT_OWN);
    deallocate(t, 40, 11);
    cut_write(t, 1, 43, 2, 0, true);
    cut_flush(t, 1);
    deallocate(t, 0, 64);
    cut_write(t, 1, 1, 2, 0, false);
}

/* Marks of Write Uncorrectable come, are cut in two, and go. */
static void marks(Cut *t)
{
    const FakeCmd a = command(0x04, 8, 8, 0), b = command(0x04, 40, 1, 0);
    const FakeCmd zero = command(0x08, 40, 1, 0);

    cut_io(t, &a, CUT_NOT);
    cut_io(t, &b, CUT_NOT);
    cut_write(t, 1, 10, 2, 0, true);
    cut_write(t, 1, 14, 2, CUT_FUA, false);
    cut_flush(t, 1);
    cut_io(t, &zero, CUT_NOT);
    deallocate(t, 8, 2);
    cut_io(t, &a, CUT_NOT);
}

static void copies(Cut *t)
{
    uint8_t *range = fake_guest(t->h, BUF);

    memset(range, 0, 64);
    put_bytes_at(range + 8, 8, 2);
    put_bytes_at(range + 16, 2, 3);         /* four blocks from 2 */
    put_bytes_at(range + 40, 8, 20);
    put_bytes_at(range + 48, 2, 1);         /* two from 20 */
    cut_io(t, &(FakeCmd) { .opc = 0x19, .nsid = 1, .prp1 = BUF, .cdw10 = 50,
                           .cdw12 = 1 }, CUT_NOT);
    cut_flush(t, 1);
    cut_io(t, &(FakeCmd) { .opc = 0x19, .nsid = 1, .prp1 = BUF, .cdw10 = 4,
                           .cdw12 = 1 | CUT_FUA }, CUT_OWN);
}

static void format(Cut *t, uint32_t cdw10)
{
    cut_admin(t, &(FakeCmd) { .opc = 0x80, .nsid = 1, .cdw10 = cdw10 },
              CUT_OWN);
}

/* To other blocks, other metadata, and to the same. */
static void formats(Cut *t)
{
    const FakeCmd mark = command(0x04, 8, 8, 0);

    cut_io(t, &mark, CUT_NOT);
    format(t, 4);
    cut_write(t, 1, 0, 1, 0, false);
    format(t, 0);
    cut_write(t, 1, 0, 1, 0, false);
    format(t, 0);
    format(t, 2);
}

#define SCENARIO(fn, text, kind, before)                                \
    static void fn ## _cut(void)                                        \
    {                                                                   \
        cut_both(&(CutScenario) { .name = text, .drive = kind,          \
                                  .run = fn, .prepare = before });      \
    }

SCENARIO(writes, "writes", drive, fill)
SCENARIO(together, "writes together", drive, fill)
SCENARIO(marks, "Write Uncorrectable", drive, fill)
SCENARIO(copies, "copies", drive, fill)

static void zeroes_cut(void)
{
    cut_both(&(CutScenario) { .name = "zeroes", .drive = drive,
                              .run = zeroes, .prepare = fill });
    cut_both(&(CutScenario) { .name = "zeroes, discard=on",
                              .drive = drive_that_discards,
                              .run = zeroes, .prepare = fill });
}

static void formats_cut(void)
{
    cut_both(&(CutScenario) { .name = "Format NVM", .drive = drive,
                              .flags = CUT_ERASE | CUT_START,
                              .run = formats,
                              .prepare = fill });
}

static const OcpnTest tests[] = {
    { "writes", writes_cut },
    { "writes together", together_cut },
    { "Write Zeroes and Dataset Management", zeroes_cut },
    { "Write Uncorrectable", marks_cut },
    { "copies", copies_cut },
    { "Format NVM", formats_cut },
};
OCPN_UNIT_MAIN("cut-nvm", tests)
