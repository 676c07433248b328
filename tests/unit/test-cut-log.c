/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of what a drive logs and measures.
 * Proves: OCP Datacenter NVMe SSD, STD-LOG-9, LMLOG-5, LMLOG-7; NVMe Base 2.0,
 * "Persistent Event Log (Log Identifier 0Dh)", that it is kept; docs/
 * image-format.rst, "Device state".
 */
#include "cut.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/pel.h"
#include "latency-unit.h"
#include "pel-unit.h"

#define OWN(other)  ((other) + CUT_OWN_AT)
#define MINUTES     (60000 * MSEC)

/* 64 blocks of 512 bytes. */
static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_7, .knobs = true } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
              .mode = IMG_MODE_CONVENTIONAL, .nsze = 64 } },
};

static void knob(Cut *t, const char *name, const char *value)
{
    OcpnError err = { "" };

    if (cut_begin(t)) {
        bool done = ocpn_knob_set(t->h->c, name, value, &err);

        CHECK(done, "%s %s: %s", name, value, err.text);
        cut_end(t, CUT_KEPT);
    }
}

/* ------------------------------------------------------ persistent events */

#define NUMBERED    0xde        /* a type that nothing else adds */
#define MANY        200u        /* of these are there: the log is full */

static struct {
    uint32_t last, sure;        /* numbers of the newest */
    unsigned temperatures;
} told;
static PelLog pel;

static void add(FakeHost *h, uint32_t n)
{
    uint8_t data[300];

    memset(data, (int)(n & 0x7f), sizeof(data));
    put_bytes_at(data, 4, n);
    ocpn_pel_add(h->c, NUMBERED, 1, data, sizeof(data));
}

static void full(Cut *t)
{
    for (uint32_t n = 1; n <= MANY; n++) {
        add(t->h, n);
        fake_run(&t->h->f);
    }
}

/* Some that come one by one, and some together. */
static void add_step(Cut *t, unsigned n, bool together)
{
    if (!cut_begin(t)) {
        return;
    }
    t->h->f.hold = together;
    while (n--) {
        add(t->h, ++told.last);
    }
    t->h->f.hold = false;
    fake_io_finish_all(&t->h->f);
    cut_end(t, CUT_KEPT);
    if (!t->plug.off && t->plug.way != FAKE_PLUG_REORDER) {
        told.sure = told.last;
    }
}

static void hot(Cut *t)
{
    unsigned step = t->done + 1;

    knob(t, "temperature", step & 1 ? "40C" : "90C");
    if (t->done == step && t->plug.way != FAKE_PLUG_REORDER) {
        told.temperatures++;
    }
}

static void events(Cut *t)
{
    memset(&told, 0, sizeof(told));
    told.last = told.sure = MANY;
    add_step(t, 5, false);
    hot(t);
    add_step(t, 14, true);      /* they need two pages */
    hot(t);
    cut_flush(t, 1);
    if (t->done == 5 && t->done == t->begun) {
        told.sure = told.last;
    }
    add_step(t, 20, false);
    add_step(t, 13, true);
}

/*
 * Whole events in their order, and all that were promised.  Of those that were
 * under way together some may have come without others.
 */
static void logged(Cut *t)
{
    uint32_t n, was = 0;
    bool good = true;

    pel_read(t->h, &pel);
    for (unsigned i = 0; good && i < pel_count(&pel, NUMBERED); i++) {
        const uint8_t *e = pel_event(&pel, NUMBERED, i);

        n = (uint32_t)bytes_at(e + 24, 4);
        good = cut_must(t, bytes_at(e + 22, 2) == 300 &&
                           fake_all(e + 28, n & 0x7f, 296),
                        "half an event") &&
               cut_must(t, i || (n >= told.sure && n <= told.last),
                        "the newest event") &&
               cut_must(t, !i || n == was - 1 ||
                           (n < was && was > told.sure + 1),
                        "an event is missing");
        was = n;
    }
    cut_must(t, was && was < MANY, "most events");
    cut_must(t, pel_count(&pel, 0x0d) >= told.temperatures, "temperatures");
}

static void events_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "persistent events", .drive = drive, .flags = CUT_START,
        .prepare = full, .run = events, .back = logged,
    });
}

/* --------------------------------------------------------- latency monitor */

static void buckets(FakeHost *h, uint64_t *other)
{
    OWN(other)[0] = cut_hash(page(h), 512);
}

static void io_ms(Cut *t, uint8_t opc, unsigned ms)
{
    if (cut_begin(t)) {
        run_ns(t->h, io_cmd(opc), ms * MSEC);
        cut_end(t, CUT_NOT);
    }
}

static void configure(Cut *t, Config s)
{
    if (cut_begin(t)) {
        set_with(t->h, SV, s);
        cut_end(t, CUT_OWN);
    }
}

static void five_minutes(Cut *t)
{
    if (cut_begin(t)) {
        fake_advance(&t->h->f, 5 * MINUTES);
        cut_end(t, CUT_KEPT);
    }
}

static void latencies(Cut *t)
{
    configure(t, (Config) { CONFIG, .timer = 2, .config = 0xfff,
                            .trigger = 0x800 });
    io_ms(t, 0x02, 12);
    five_minutes(t);
    io_ms(t, 0x01, 30);
    io_ms(t, 0x02, 1000);
    five_minutes(t);            /* active buckets become static */
    io_ms(t, 0x02, 17);
    configure(t, (Config) { CONFIG, .timer = 9, .config = 0xfff });
    io_ms(t, 0x02, 26);
    five_minutes(t);
}

static void latencies_cut(void)
{
    cut_scenario(&(CutScenario) {
        .name = "latency monitor", .drive = drive,
        .flags = CUT_LAGS, .run = latencies, .look = buckets,
    });
}

static const OcpnTest tests[] = {
    { "persistent events", events_cut },
    { "latency monitor", latencies_cut },
};
OCPN_UNIT_MAIN("cut-log", tests)
