/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of a drive that loses data when the power goes,
 * that is in panic, or that has errors armed.
 * Proves: OCP Datacenter NVMe SSD, INCS-4, INCS-6, CRASH-1..4, SLOG-1,
 * SLOG-11, ERRI (what is armed is gone after a power cycle); docs/
 * image-format.rst, "Device state".
 */
#include "cut.h"
#include "panic-unit.h"

#define OWN(other)  ((other) + CUT_OWN_AT)
#define SAVE        (1u << 31)          /* CDW10 */
#define NORMAL      (3u << 30)          /* feature C2h, CDW11 */

/* 64 blocks of 512 bytes. */
static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_7, .knobs = true } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
              .mode = IMG_MODE_CONVENTIONAL, .nsze = 64 } },
};

static bool is_kill(const Cut *t)
{
    return t->plug.way != FAKE_PLUG_REORDER;
}

static void knob(Cut *t, const char *name, const char *value)
{
    if (cut_begin(t)) {
        smart_knob(t->h, name, value);
        cut_end(t, CUT_KEPT);
    }
}

static uint64_t unsafe(FakeHost *h)
{
    return bytes_at(smart_page(h, 0x02) + 144, 8);
}

/* ------------------------------------------- writes without protection */

/* What the next power on may find. */
static struct {
    bool lost, safe;
    bool shut;                  /* ... or that the image was closed */
    uint64_t unsafe;
    bool was_lost;              /* what it has found */
} due;

/* Such a step begins; and has ended, SURE: with what a Flush covers, too. */
static void begins(bool lost)
{
    due.lost |= lost;
    due.safe |= !lost;
}

static void ended(Cut *t, unsigned step, bool lost, bool sure)
{
    if (t->done == step && (is_kill(t) || sure)) {
        due.lost = lost;
        due.safe = !lost;
    }
}

static void protection(Cut *t, const char *state)
{
    unsigned step = t->done + 1;
    bool lost = due.lost && !strcmp(state, "failed");

    if (step <= t->limit && !t->plug.off) {
        begins(lost);
        knob(t, "plp-state", state);
        ended(t, step, lost, false);
    }
}

static void write_at(Cut *t, uint32_t lba, uint32_t flags, bool lost)
{
    unsigned step = t->done + 1;

    if (step <= t->limit && !t->plug.off) {
        begins(lost);
        cut_write(t, 1, lba, 4, flags, false);
        ended(t, step, lost, false);
    }
}

static void flush(Cut *t, bool lost)
{
    unsigned step = t->done + 1;

    cut_flush(t, 1);
    ended(t, step, lost, true);
}

/* A shutdown, and a host that comes back. */
static void shut_down(Cut *t)
{
    unsigned step = t->done + 1;

    if (cut_begin(t)) {
        begins(false);
        due.shut = true;
        fake_set_reg(t->h, 0x14, (uint32_t)fake_reg(t->h, 0x14, 4) | 1u << 14,
                     4);
        fake_run(&t->h->f);
        if ((fake_reg(t->h, 0x1c, 4) >> 2 & 3) == 2) {
            due.lost = false;
            fake_disable(t->h);
            fake_enable(t->h);
            fake_create_pair(t->h, 1, FAKE_QUEUE_SIZE);
        }
        cut_end(t, CUT_ALL);
        ended(t, step, false, true);
        due.shut = t->done < step;
    }
}

static void unprotected(Cut *t)
{
    memset(&due, 0, sizeof(due));
    due.safe = true;
    due.unsafe = unsafe(t->h);
    protection(t, "failed");
    write_at(t, 0, CUT_FUA, false);
    write_at(t, 8, 0, true);
    write_at(t, 16, 0, true);
    flush(t, true);             /* which saves nothing */
    protection(t, "ok");
    protection(t, "failed");
    write_at(t, 24, 0, true);
    shut_down(t);
}

static void saved_mode(Cut *t)
{
    CHECK_EQ(fake_set_feature(t->h, SAVE | 0xc2, 0, NORMAL).status, 0);
}

/* Counted once, told once; then the host shall see its blocks. */
static void found(Cut *t)
{
    FakeHost *h = t->h;
    uint64_t id = panic_id(h), lost = id == 1, n = unsafe(h) - due.unsafe;
    bool again = t->again.at;

    if (!cut_must(t, id <= 1 && (lost ? due.lost : due.safe),
                  lost ? "it has lost nothing" : "a loss is not told") ||
        !cut_must(t, !again || due.was_lost == lost,
                  "a start has another loss") ||
        !cut_must(t, smart_c0(h, INCOMPLETE) == lost, "incomplete shutdowns") ||
        !cut_must(t, (warnings(h) >> 3 & 1) == lost, "Media Read Only") ||
        !cut_must(t, recovery(h)[31] == lost, "panics") ||
        !cut_must(t, (n == 1 || (due.shut && !lost && n == 0) ||
                      (again && n == 2)),
                  "unsafe shutdowns")) {
        return;
    }
    due.was_lost = lost;
    if (lost) {
        cut_must(t, READ(h) == 0x006, "it reads what is lost");
        smart_knob(h, "panic", "0");
        fake_run(&h->f);
    }
}

static void unprotected_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "writes without protection", .drive = drive,
        .flags = CUT_START, .prepare = saved_mode, .run = unprotected,
        .back = found,
    });
}

/* ----------------------------------------------------------------- panics */

/* All that a panic changes, as one thing: it has begun, ended, or neither. */
static void drive_state(FakeHost *h, uint64_t *other)
{
    static uint8_t all[512 + 32];

    memset(all, 0, sizeof(all));
    memcpy(all, recovery(h), 512);
    memcpy(all + 512, smart_page(h, 0x02), 1);
    memcpy(all + 513, smart_page(h, 0x02) + 3, 1);
    put_bytes_at(all + 514, 8, smart_c0(h, BAD_USER));
    put_bytes_at(all + 522, 4, smart_c0(h, E2E_DETECTED));
    put_bytes_at(all + 526, 4, smart_c0(h, INCOMPLETE));
    put_bytes_at(all + 530, 2, smart_c0(h, CAPACITOR));
    OWN(other)[0] = cut_hash(all, sizeof(all));
}

/* A read meets an error of TYPE. */
static void meet(Cut *t, uint16_t type)
{
    if (cut_begin(t)) {
        entry(t->h, 0, ONCE, type, 0);
        fake_submit(t->h, 0, &(FakeCmd) {
            .opc = 0x09, .cdw10 = 0xc0, .cdw11 = 1, .prp1 = ENTRIES });
        fake_run(&t->h->f);
        fake_reap(t->h, 0);
        cut_end(t, CUT_KEPT);
    }
    if (cut_begin(t)) {
        fake_submit(t->h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                          .prp1 = FAKE_BUF });
        fake_run(&t->h->f);
        fake_reap(t->h, 1);
        cut_end(t, CUT_KEPT);
    }
}

static void formats(Cut *t)
{
    cut_admin(t, &(FakeCmd) { .opc = 0x80, .nsid = 1, .cdw10 = 1 << 9 },
              CUT_KEPT);
}

static void panics(Cut *t)
{
    meet(t, 0x03);              /* power-loss protection */
    formats(t);
    cut_write(t, 1, 0, 4, 0, false);
    meet(t, 0x0a);              /* no spares left */
    knob(t, "panic", "0");
    meet(t, 0x0c);              /* metadata */
}

static void panics_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "panics", .drive = drive,
        .flags = CUT_START | CUT_LAZY | CUT_ERASE | CUT_SEEN,
        .run = panics, .look = drive_state,
    });
}

/* ---------------------------------------------------- errors that are armed */

static uint64_t free_blocks;

static void arm_step(Cut *t, uint16_t type)
{
    if (type) {
        entry(t->h, 0, ON, type, 0);
        entry(t->h, 1, ON, type, 0);
    }
    cut_admin(t, &(FakeCmd) { .opc = 0x09, .cdw10 = 0xc0, .prp1 = ENTRIES,
                              .cdw11 = type ? 2 : 0 }, CUT_NOT);
}

static void arms(Cut *t)
{
    free_blocks = smart_c0(t->h, FREE_BLOCKS);
    arm_step(t, 0x21);          /* spare 9 % */
    arm_step(t, 0x22);          /* power-loss protection fails */
    arm_step(t, 0);
    arm_step(t, 0x0d);          /* no free blocks */
    arm_step(t, 0);
}

/* Nothing of it is left, whatever the moment. */
static void disarmed(Cut *t)
{
    FakeHost *h = t->h;

    cut_must(t, armed(h) == 0, "errors are armed");
    cut_must(t, warnings(h) == 0, "warnings");
    cut_must(t, smart_page(h, 0x02)[3] == 100, "spare");
    cut_must(t, smart_c0(h, CAPACITOR) == 100, "capacitors");
    cut_must(t, smart_c0(h, FREE_BLOCKS) == free_blocks, "free blocks");
}

static void arms_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "armed errors", .drive = drive, .flags = CUT_START,
        .run = arms, .back = disarmed,
    });
}

static const OcpnTest tests[] = {
    { "writes without protection", unprotected_cut },
    { "panics", panics_cut },
    { "armed errors", arms_cut },
};
OCPN_UNIT_MAIN("cut-panic", tests)
