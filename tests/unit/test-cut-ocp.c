/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of what a drive counts, and of its health.
 * Proves: OCP Datacenter NVMe SSD, SLOG-1, SLOG-10, SLOG-11; NVMe Base 2.0,
 * "SMART / Health Information"; docs/user-guide.rst, "What is kept".
 */
#include "cut.h"
#include "hw/ocp-nvme/core/action.h"
#include "smart-unit.h"

/* 64 blocks of 512 bytes. */
static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_7, .knobs = true } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
              .mode = IMG_MODE_CONVENTIONAL, .nsze = 64 } },
};

/* 4 chunks of 8 blocks that last 20 cycles. */
static const FakeSetup chunks = {
    .cfg = { .ocp = { .version = OCP_2_7, .knobs = true } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1, .early_reset = true },
              .lbads = 9, .mode = IMG_MODE_OPEN_CHANNEL, .nmaps = 1,
              .geo = { .num_grp = 1, .num_pu = 1, .num_chk = 4, .clba = 8,
                       .ws_min = 4, .ws_opt = 4, .pe_cycles = 20 } } },
};

static void act_step(Cut *t, const char *name, const char *text)
{
    OcpnError err = { "" };

    if (cut_begin(t)) {
        bool done = ocpn_action(t->h->c, name, text, &err);

        CHECK(done, "%s %s: %s", name, text, err.text);
        cut_end(t, CUT_KEPT);
    }
}

/* -------------------------------------------------------------- counters */

/* When the image has a value: at a look at the drive, or at once. */
typedef enum When { AT_LOOK, AT_ONCE } When;

static const struct Row {
    const char *name;
    uint8_t lid, at, n;
    When when;
    uint32_t more;              /* than last seen: it grows by itself, too */
} rows[] = {
    { "percentage used", 0x02, 5, 1, AT_ONCE, 5 },
    { "data units read", 0x02, 32, 8, AT_LOOK, 0 },
    { "data units written", 0x02, 48, 8, AT_LOOK, 0 },
    { "host read commands", 0x02, 64, 8, AT_LOOK, 0 },
    { "host write commands", 0x02, 80, 8, AT_LOOK, 0 },
    { "busy time", 0x02, 96, 8, AT_LOOK, 0 },
    { "media errors", 0x02, 160, 8, AT_LOOK, 0 },
    { "error log entries", 0x02, 176, 8, AT_LOOK, 0 },
    { "minutes of warning", 0x02, 192, 4, AT_LOOK, 0 },
    { "media written", 0xc0, 0, 8, AT_LOOK, 1 << 20 },
    { "media read", 0xc0, 16, 8, AT_LOOK, 1 << 20 },
    { "uncorrectable", 0xc0, 56, 8, AT_LOOK, 0 },
    { "most erases", 0xc0, 88, 4, AT_ONCE, 1 },
    { "least erases", 0xc0, 92, 4, AT_ONCE, 1 },
    { "throttle events", 0xc0, 96, 1, AT_ONCE, 0 },
    { "correctable errors", 0xc0, 104, 8, AT_ONCE, 0 },
    { "highest temperature", 0xc0, 222, 1, AT_ONCE, 0 },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))

typedef struct Values {
    uint64_t row[NROWS];
} Values;

static struct {
    Values least, before;       /* BEFORE the step that goes on */
    uint64_t cycles, unsafe, errors;
    bool shut, shutting;        /* a shutdown has ended; goes on */
} due;
static Values live[CUT_STEPS + 1];      /* after each step */

static Values values(FakeHost *h)
{
    Values v;

    for (unsigned i = 0; i < NROWS; i++) {
        v.row[i] = bytes_at(smart_page(h, rows[i].lid) + rows[i].at,
                            rows[i].n);
    }
    return v;
}

/* The error log. */
static uint64_t errors(FakeHost *h)
{
    CHECK_EQ(fake_get_log(h, 0x01, ALL, 0, 4032).status, 0);
    return cut_hash(fake_guest(h, FAKE_BUF), 4032);
}

static bool begins(Cut *t)
{
    if (t->plug.off || t->done >= t->limit) {
        return false;
    }
    due.before = values(t->h);
    return true;
}

/* LOOK: what there was before is in the image. */
static void ended(Cut *t, bool look)
{
    if (t->plug.off) {
        return;
    }
    live[t->done] = values(t->h);
    for (unsigned i = 0; i < NROWS && t->plug.way != FAKE_PLUG_REORDER; i++) {
        if (rows[i].when == AT_ONCE) {
            due.least.row[i] = live[t->done].row[i];
        } else if (look) {
            due.least.row[i] = due.before.row[i];
        }
    }
}

#define STEP(t, look, what) do {        \
    if (begins(t)) {                    \
        what;                           \
        ended(t, look);                 \
    }                                   \
} while (0)

static void first(Cut *t)
{
    memset(&due, 0, sizeof(due));
    due.least = live[0] = values(t->h);
    due.cycles = bytes_at(smart_page(t->h, 0x02) + 112, 8);
    due.unsafe = bytes_at(smart_page(t->h, 0x02) + 144, 8);
}

/* CC.SHN: all there was, whoever loses power. */
static void shut_down(Cut *t)
{
    unsigned step = t->done + 1;

    if (!begins(t)) {
        return;
    }
    due.errors = errors(t->h);
    due.shutting = true;
    live[step] = values(t->h);
    cut_shutdown(t);
    due.shutting = t->done < step;
    due.shut = !due.shutting;
    if (due.shut) {
        due.least = due.before;
    }
}

static void counted(Cut *t)
{
    Values got = values(t->h), most = live[t->begun];
    const uint8_t *p = smart_page(t->h, 0x02);
    uint64_t cycles = bytes_at(p + 112, 8) - due.cycles;
    uint64_t unsafe = bytes_at(p + 144, 8) - due.unsafe;
    bool again = t->again.at, good = true;

    for (unsigned i = 0; good && i < NROWS; i++) {
        good = got.row[i] >= due.least.row[i] &&
               got.row[i] <= most.row[i] + rows[i].more;
        CHECK(good, "%s: %s: %" PRIu64 ", not %" PRIu64 " to %" PRIu64,
              cut_where(t), rows[i].name, got.row[i], due.least.row[i],
              most.row[i]);
        t->failed += !good;
    }
    cut_must(t, cycles == 1 || (again && cycles == 2), "power cycles");
    cut_must(t, unsafe == !due.shut || (due.shutting && !unsafe) ||
                (again && unsafe == 1u + !due.shut), "unsafe shutdowns");
    cut_must(t, !due.shut || errors(t->h) == due.errors, "error log");
}

static void five_minutes(Cut *t)
{
    if (cut_begin(t)) {
        fake_advance(&t->h->f, 300 * SECOND);
        cut_end(t, CUT_KEPT);
    }
}

static void fails(Cut *t)
{
    if (cut_begin(t)) {
        smart_io(t->h, 0x02, 40, 1);
        cut_end(t, CUT_KEPT);
    }
}

static void reads(Cut *t)
{
    const FakeCmd cmd = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
                          .cdw12 = 7 };

    cut_io(t, &cmd, CUT_NOT);
}

static void knob(Cut *t, const char *name, const char *value)
{
    if (cut_begin(t)) {
        smart_knob(t->h, name, value);
        cut_end(t, CUT_KEPT);
    }
}

static void counters(Cut *t)
{
    first(t);
    STEP(t, false, cut_write(t, 1, 0, 16, 0, false));
    STEP(t, false, reads(t));
    STEP(t, false, fails(t));
    STEP(t, true, five_minutes(t));
    STEP(t, false, knob(t, "temperature", "90C"));
    STEP(t, false, cut_write(t, 1, 16, 16, 0, false));
    STEP(t, true, five_minutes(t));
    STEP(t, false, knob(t, "temperature", "40C"));
    STEP(t, false, fails(t));
    STEP(t, false, reads(t));
    shut_down(t);
}

static void mark(Cut *t)
{
    CHECK_EQ(fake_io(t->h, &(FakeCmd) { .opc = 0x04, .nsid = 1,
                                        .cdw10 = 40 }).status, 0);
}

static void counters_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "counters and health", .drive = drive,
        .flags = CUT_START | CUT_SEEN, .prepare = mark, .run = counters,
        .back = counted,
    });
}

static void cycle(Cut *t, unsigned chunk)
{
    const uint32_t lba = chunk << 3;

    STEP(t, false, cut_write(t, 1, lba, 8, 0, false));
    STEP(t, false, cut_io(t, &(FakeCmd) { .opc = 0x90, .nsid = 1,
                                          .cdw10 = lba }, CUT_KEPT));
}

static void wears(Cut *t)
{
    first(t);
    for (unsigned i = 0; i < 4; i++) {
        cycle(t, i);
    }
    STEP(t, true, five_minutes(t));
    cycle(t, 0);
    STEP(t, false, act_step(t, "wear-step", "25"));
    STEP(t, false, knob(t, "pcie-correctable", "7"));
    cycle(t, 1);
    STEP(t, true, five_minutes(t));
    shut_down(t);
}

static void wears_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "wear", .drive = chunks, .flags = CUT_SEEN, .run = wears,
        .back = counted,
    });
}

static const OcpnTest tests[] = {
    { "counters and health", counters_cut },
    { "wear", wears_cut },
};
OCPN_UNIT_MAIN("cut-ocp", tests)
