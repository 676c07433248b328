/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random host against the drive and a second model of the chunk rules,
 * written from the specification (tests/model).  What differs first is told
 * with the line that shows it again.
 * Proves: OCSSD 2.0, chunk states, writes, reads, resets, copies and Chunk
 * Information, together and in any order; with controller resets, shutdowns,
 * crashes and images opened again in between.
 *
 * OCPN_MODEL_SEED, OCPN_MODEL_COUNT (commands on each drive), OCPN_MODEL_DRIVE
 * (its name) and OCPN_MODEL_TRACE change what is done.
 */
#include <stdlib.h>

#include "model-host.h"

#define COUNT       12000u      /* commands on a drive */
#define AT_ONCE     2000u       /* of them, before it is made anew */
#define SEED        UINT64_C(0x0c55d20)

/* A kind of drive. */
typedef struct Plan {
    const char *name;
    unsigned faults;            /* in 100 commands */
    bool shapes;                /* see shape() */
    ModelRules rules;
} Plan;

static void say(const char *line)
{
    printf("# %s\n", line);
}

static FakeSetup setup_of(const ModelRules *r)
{
    static const OcpnWindowRead windows[] = {
        [MODEL_WINDOW_PATTERN] = OCPN_WINDOW_PATTERN,
        [MODEL_WINDOW_DATA] = OCPN_WINDOW_DATA,
        [MODEL_WINDOW_ERROR] = OCPN_WINDOW_ERROR,
    };
    static const OcpnPowerLoss powers[] = {
        [MODEL_POWER_KEEP] = OCPN_POWER_KEEP,
        [MODEL_POWER_CLOSE] = OCPN_POWER_CLOSE,
        [MODEL_POWER_DROP] = OCPN_POWER_DROP,
    };

    return (FakeSetup) {
        .ns = { {
            .cfg = {
                .nsid = 1, .dlfeat = r->ones ? 2 : 1, .copy = r->copy,
                .multi_reset = r->multi_reset, .early_reset = r->early_reset,
                .wp_absolute = r->wp_absolute, .any_size = r->any_size,
                .dsm_loose = r->dsm_loose, .closed_ooo = r->closed_ooo,
                .window = windows[r->window],
                .power_loss = powers[r->power],
            },
            .nmaps = r->num_grp * r->num_pu * r->num_chk,
            .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 12,
            .ms = (uint16_t)r->ms,
            .geo = {
                .num_grp = r->num_grp, .num_pu = r->num_pu,
                .num_chk = r->num_chk, .clba = r->clba,
                .ws_min = r->ws_min, .ws_opt = r->ws_min,
                .mw_cunits = r->mw_cunits, .maxoc = r->maxoc,
                .maxocpu = r->maxocpu, .pe_cycles = r->pe_cycles,
            },
        } },
    };
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t value = otherwise;

    if (text && sscanf(text, "0x%" SCNx64, &value) != 1) {
        sscanf(text, "%" SCNu64, &value);
    }
    return value;
}

/* Chunks for writes in any order, smaller ones, and ones that are no more. */
static void shape(Drive *d, Model *m)
{
    for (uint32_t i = 0; i < m->chunks; i++) {
        ModelChunk *k = &m->chunk[i];

        k->random = i % 4 == 1;
        k->cnlb -= i % 5 == 2 ? 2 * m->rules.ws_min : 0;
        k->state = i % 7 == 3 ? MODEL_OFFLINE : MODEL_FREE;
        condition(d->h, i, (Entry) {
            .state = k->state, .cnlb = k->cnlb,
            .type = (uint8_t)((k->random ? 2 : 1) |
                              (i % 5 == 2 ? 0x10 : 0)),
        });
    }
}

/* One drive's life, from its making on. */
static bool life(const Plan *plan, uint64_t seed, uint64_t count)
{
    const ModelRules *rules = &plan->rules;
    FakeSetup s = setup_of(rules);
    Drive d = { .rules = rules, .order = { .dice = ~seed } };
    RandomHost host = {
        .dice = seed, .queues = QUEUES, .restarts = 60, .system_reset = true,
        .faults = plan->faults, .io_errors = plan->faults != 0,
    };
    RunDrive run = {
        .name = plan->name, .opaque = &d, .exec = exec, .cut = cut,
        .say = say,
        .program = "test-model", .batch = RUN_BATCH, .log_every = 50,
        .trace = from_env("OCPN_MODEL_TRACE", 0),
    };
    Model *m = model_new(rules);
    bool same;

    d.h = fake_host_start(&s);
    if (plan->shapes) {
        shape(&d, m);
    }
    create_pairs(d.h, 2);
    d.data = data_offset(d.h);
    same = run_model(&run, m, &host, count);
    fake_host_free(d.h);
    model_free(m);
    return same;
}

static void drive(const Plan *plan)
{
    const char *only = getenv("OCPN_MODEL_DRIVE");
    bool given = getenv("OCPN_MODEL_SEED");
    uint64_t seed = from_env("OCPN_MODEL_SEED", SEED);
    uint64_t count = from_env("OCPN_MODEL_COUNT", given ? AT_ONCE : COUNT);
    bool same = true;

    if (only && strcmp(only, plan->name)) {
        return;
    }
    for (uint64_t done = 0; same && done < count; done += AT_ONCE, seed++) {
        uint64_t n = given || count - done < AT_ONCE ? count - done : AT_ONCE;

        same = life(plan, seed, n);
        done += given ? count : 0;
    }
    CHECK(same, "drive %s and the model differ, see above", plan->name);
}

#define DRIVE(name, faults, shapes, ...)                                \
    static void drive_##name(void)                                      \
    {                                                                   \
        static const Plan plan = {                                      \
            #name, faults, shapes, { .mdts = 128, __VA_ARGS__ }         \
        };                                                              \
        drive(&plan);                                                   \
    }

DRIVE(t1, 0, false, .num_grp = 2, .num_pu = 3, .num_chk = 5, .clba = 96,
      .ws_min = 4, .mw_cunits = 24, .ms = 16, .copy = true)
/* OCSSD-CASE-206 */
DRIVE(holes, 0, false, .num_grp = 3, .num_pu = 5, .num_chk = 7, .clba = 40,
      .ws_min = 4, .mw_cunits = 8, .ms = 16, .copy = true)
/* OCSSD-CASE-207 */
DRIVE(one, 0, false, .num_grp = 1, .num_pu = 1, .num_chk = 1, .clba = 4,
      .ws_min = 4, .ms = 16, .copy = true)
DRIVE(odd, 0, false, .num_grp = 1, .num_pu = 3, .num_chk = 2, .clba = 23,
      .ws_min = 1, .mw_cunits = 5, .ms = 64, .ones = true, .copy = true)
DRIVE(maxoc, 0, false, .num_grp = 2, .num_pu = 2, .num_chk = 4, .clba = 32,
      .ws_min = 4, .mw_cunits = 12, .maxoc = 3, .maxocpu = 2, .ms = 16,
      .copy = true)
DRIVE(worn, 0, false, .num_grp = 2, .num_pu = 2, .num_chk = 6, .clba = 24,
      .ws_min = 8, .mw_cunits = 8, .pe_cycles = 5, .ms = 16, .copy = true)
DRIVE(multi, 0, false, .num_grp = 1, .num_pu = 4, .num_chk = 4, .clba = 48,
      .ws_min = 6, .mw_cunits = 12, .pe_cycles = 60, .ms = 16,
      .multi_reset = true, .copy = true)
DRIVE(early, 0, false, .num_grp = 4, .num_pu = 1, .num_chk = 3, .clba = 64,
      .ws_min = 2, .mw_cunits = 30, .ms = 16, .early_reset = true,
      .copy = true)
DRIVE(bare, 0, false, .num_grp = 2, .num_pu = 1, .num_chk = 3, .clba = 128,
      .ws_min = 16, .mw_cunits = 64, .multi_reset = true,
      .early_reset = true)

DRIVE(faults, 15, false, .num_grp = 2, .num_pu = 2, .num_chk = 3,
      .clba = 48, .ws_min = 4, .mw_cunits = 12, .ms = 16, .copy = true)
DRIVE(shapes, 10, true, .num_grp = 2, .num_pu = 3, .num_chk = 4, .clba = 40,
      .ws_min = 4, .mw_cunits = 8, .maxoc = 9, .pe_cycles = 20, .ms = 16,
      .copy = true)
DRIVE(switches, 5, false, .num_grp = 1, .num_pu = 2, .num_chk = 6,
      .clba = 30, .ws_min = 6, .mw_cunits = 18, .ms = 16, .copy = true,
      .window = MODEL_WINDOW_DATA, .any_size = true, .closed_ooo = true,
      .dsm_loose = true, .wp_absolute = true, .power = MODEL_POWER_DROP)
DRIVE(window, 5, false, .num_grp = 2, .num_pu = 2, .num_chk = 3, .clba = 48,
      .ws_min = 4, .mw_cunits = 20, .ms = 16, .copy = true,
      .window = MODEL_WINDOW_ERROR, .power = MODEL_POWER_CLOSE)

static const OcpnTest tests[] = {
    { "2x3x5 chunks of 96", drive_t1 },
    { "3x5x7 chunks of 40: holes", drive_holes },
    { "1x1x1 chunk of 4", drive_one },
    { "units of 1, FFh where nothing is", drive_odd },
    { "MAXOC and MAXOCPU", drive_maxoc },
    { "chunks that wear out", drive_worn },
    { "Free chunks may be reset", drive_multi },
    { "Open chunks may be reset", drive_early },
    { "no metadata, no copy", drive_bare },
    { "writes, resets and reads that fail", drive_faults },
    { "chunks of all types and sizes", drive_shapes },
    { "every switch the other way", drive_switches },
    { "errors in the window, writes lost with the power", drive_window },
};
OCPN_UNIT_MAIN("model", tests)
