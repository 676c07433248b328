/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of drives that are full: of block maps, or of
 * namespaces; and of what says how many blocks are in use.
 * Proves: docs/image-format.rst, "Block maps", "Namespaces"; NVM Command Set
 * 1.0, "Namespace Utilization (NUSE)".
 */
#include "cut.h"
#include "hw/ocp-nvme/core/block-map.h"
#include "ns-unit.h"
#include "smart-unit.h"

#define OWN(other)  ((other) + CUT_OWN_AT)
#define DEAC        (1u << 25)

/* ------------------------------------------------------- blocks in use */

static const FakeSetup small = {
    .cfg = { .ocp = { .version = OCP_2_5 } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
              .mode = IMG_MODE_CONVENTIONAL, .nsze = 64, .nmaps = 1 } },
};

static uint64_t used[CUT_STEPS + 1];    /* after each step, while it runs */
static unsigned sure;                   /* what there was then is kept */

static uint64_t nuse(FakeHost *h)
{
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF) + 16, 8);
}

/* A step that promises SURE, CUT_KEPT or CUT_ALL, of that number has ended. */
static void note(Cut *t, unsigned step, CutSure promise)
{
    if (t->plug.off || t->done != step) {
        return;
    }
    used[step] = nuse(t->h);
    if (promise == CUT_ALL ||
        (promise == CUT_KEPT && t->plug.way != FAKE_PLUG_REORDER)) {
        sure = step;
    }
}

static void use(Cut *t, uint32_t slba, uint32_t nlb)
{
    unsigned step = t->done + 1;

    cut_write(t, 1, slba, nlb, 0, false);
    note(t, step, CUT_NOT);
}

static void io_step(Cut *t, FakeCmd cmd, CutSure promise)
{
    unsigned step = t->done + 1;

    cmd.nsid = 1;
    cut_io(t, &cmd, promise == CUT_ALL ? CUT_ALL : CUT_NOT);
    note(t, step, promise);
}

static void five_minutes(Cut *t)
{
    unsigned step = t->done + 1;

    if (cut_begin(t)) {
        fake_advance(&t->h->f, 300 * SECOND);
        cut_end(t, CUT_KEPT);
        note(t, step, CUT_KEPT);
    }
}

static void formats(Cut *t)
{
    unsigned step = t->done + 1;

    cut_admin(t, &(FakeCmd) { .opc = 0x80, .nsid = 1, .cdw10 = 1 },
              CUT_OWN);
    note(t, step, CUT_ALL);
}

static void uses(Cut *t)
{
    const unsigned last = 11;

    sure = 0;
    used[0] = nuse(t->h);
    use(t, 0, 10);
    io_step(t, (FakeCmd) { .opc = 0x08, .cdw12 = 3 | DEAC }, CUT_NOT);
    io_step(t, (FakeCmd) { .opc = 0x00 }, CUT_ALL);
    use(t, 20, 10);
    use(t, 40, 16);
    five_minutes(t);
    io_step(t, (FakeCmd) { .opc = 0x08, .cdw10 = 20, .cdw12 = 20 | DEAC },
            CUT_NOT);
    io_step(t, (FakeCmd) { .opc = 0x04, .cdw10 = 62 }, CUT_KEPT);
    formats(t);
    use(t, 7, 5);
    used[last] = used[last - 1];
    cut_shutdown(t);
    if (t->done == last) {
        sure = last;
    }
}

/* One of those it was since then. */
static void counted(Cut *t)
{
    uint64_t got = nuse(t->h);
    bool good = false;

    for (unsigned k = sure; k <= t->begun; k++) {
        good |= got == used[k];
    }
    CHECK(good, "%s: %u blocks in use, %u to %u after steps %u to %u",
          cut_where(t), (unsigned)got, (unsigned)used[sure],
          (unsigned)used[t->begun], sure, t->begun);
    CHECK_EQ(smart_c0(t->h, 152, 8), got);
    t->failed += !good;
}

static void uses_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "blocks in use", .drive = small,
        .flags = CUT_SEEN | CUT_ERASE, .run = uses,
        .back = counted,
    });
}

/* ----------------------------------------------- one page of block maps */

#define CHUNK(unit, chunk)  ((unit) << 7 | (chunk) << 5)

static const FakeSetup chunks = { .ns = { {
    .cfg = { .nsid = 1, .dlfeat = 1, .early_reset = true,
             .window = OCPN_WINDOW_DATA },
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .ms = 16, .nmaps = 1,
    .geo = { .num_grp = 1, .num_pu = 2, .num_chk = 4, .clba = 24,
             .ws_min = 4, .ws_opt = 4, .mw_cunits = 8 },
} } };

/* Blocks 4 to 7 of a chunk are lost, if there is a page to say so. */
static void lose(Cut *t, unsigned unit, unsigned chunk)
{
    char line[80];

    snprintf(line, sizeof(line), "write-next-unit grp=0 pu=%u chk=%u blk=4",
             unit, chunk);
    cut_lose_unit(t, CHUNK(unit, chunk), line);
}

static void reset(Cut *t, uint32_t lba)
{
    cut_io(t, &(FakeCmd) { .opc = 0x90, .nsid = 1, .cdw10 = lba }, CUT_KEPT);
}

static uint32_t left(Cut *t)
{
    return t->plug.off ? 0 : ocpn_map_pages_left(ocpn_ns_get(t->h->c, 1));
}

static void maps(Cut *t)
{
    lose(t, 0, 0);              /* it takes the page */
    cut_write(t, 1, CHUNK(0, 0) + 8, 8, 0, true);
    CHECK_EQ(t->done == 3 && left(t), false);
    lose(t, 1, 2);              /* there is none: it is Closed */
    reset(t, CHUNK(0, 0));
    lose(t, 0, 1);              /* which has the page now */
    cut_write(t, 1, CHUNK(0, 1) + 8, 16, 0, true);
    cut_write(t, 1, CHUNK(0, 0), 8, 0, false);
    cut_flush(t, 1);
    reset(t, CHUNK(0, 1));
    lose(t, 0, 3);
    reset(t, CHUNK(0, 3));
    cut_write(t, 1, CHUNK(0, 3), 24, 0, true);
    reset(t, CHUNK(1, 2));
    cut_write(t, 1, CHUNK(1, 2), 24, 0, false);
}

static void maps_cut(void)
{
    cut_both(&(CutScenario) { .name = "one page of block maps",
                              .drive = chunks, .run = maps });
}

/* ------------------------------------------------------- no grain is left */

static void create(Cut *t, uint32_t want, uint64_t blocks)
{
    uint8_t *p = fake_guest(t->h, FAKE_BUF);
    FakeCqe e;

    memset(p, 0, 4096);
    put_bytes_at(p, 8, blocks);
    put_bytes_at(p + 8, 8, blocks);
    e = cut_admin(t, &(FakeCmd) { .opc = NS_MANAGE, .prp1 = FAKE_BUF },
                  CUT_NOT);
    CHECK(!e.found || e.dw0 == want, "namespace %u, not %u", e.dw0, want);
}

static void attach(Cut *t, uint32_t nsid)
{
    FakeCmd cmd = ns_attach_cmd(t->h, nsid, 0);

    cut_admin(t, &cmd, CUT_NOT);
}

static void delete(Cut *t, uint32_t nsid)
{
    FakeCmd cmd = ns_delete_cmd(nsid);

    cut_admin(t, &cmd, CUT_NOT);
}

/* How much is free; and nobody sees what was there before. */
static void divided(FakeHost *h, uint64_t *other)
{
    static const uint32_t lba[] = { 0, 100, 255, 256, 300, 511, 512, 767 };

    OWN(other)[0] = ns_unallocated(h) + 1;
    for (uint32_t id = 1; id <= 3; id++) {
        const OcpnNs *ns = ocpn_ns_get(h->c, id);

        for (unsigned i = 0; ns && ns->im.nsze < 1024 && i < 8; i++) {
            CHECK(lba[i] >= ns->im.nsze || ns_read(h, id, lba[i]) == 0,
                  "old data in block %u of namespace %u", lba[i], id);
        }
    }
}

/* The last blocks of the first grain; a namespace that is gone has none. */
static void write_end(Cut *t, uint32_t nsid)
{
    if (!t->plug.off && ocpn_ns_get(t->h->c, nsid)) {
        cut_write(t, nsid, 246, 8, 0, false);
    }
}

/* Four grains. */
static const FakeSetup four = {
    .cfg = { .ocp = { .version = OCP_2_5 } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 12,
              .mode = IMG_MODE_CONVENTIONAL, .nsze = 1024 } },
};

/* Everything has old data. */
static void fill(Cut *t)
{
    for (uint32_t i = 0; i < 1024; i++) {
        CHECK_EQ(ns_write(t->h, 1, i, 0xaa), 0);
    }
}

/* Of three, the first and the last make room for one in two pieces. */
static void grains(Cut *t)
{
    delete(t, 1);
    for (uint32_t i = 1; i <= 3; i++) {
        create(t, i, i == 3 ? 512 : 256);
        attach(t, i);
        write_end(t, i);
    }
    CHECK(t->done != t->begun || t->done < 10 || t->plug.off ||
          ns_unallocated(t->h) == 0, "not all is given away");
    delete(t, 1);
    delete(t, 3);
    create(t, 1, 768);          /* grains 0, 2 and 3 */
    attach(t, 1);
    write_end(t, 1);
    cut_flush(t, 1);
    delete(t, 2);
    create(t, 2, 256);
    attach(t, 2);
}

static void grains_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "no grain is left", .drive = four, .prepare = fill,
        .run = grains, .look = divided,
    });
}

static const OcpnTest tests[] = {
    { "blocks in use", uses_cut },
    { "one page of block maps", maps_cut },
    { "no grain is left", grains_cut },
};
OCPN_UNIT_MAIN("cut-full", tests)
