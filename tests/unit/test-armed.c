/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that come too often, events that are lost, and stale pages.
 * Proves: docs/ocp.rst, "Knobs"; SLOG-7.
 */
#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/spec/image.h"
#include "migrate-unit.h"
#include "action-unit.h"

#define FLOOD   0x00c00007u
#define SPARE   0x00020201u

static void pass(FakeHost *h, uint64_t ms)
{
    fake_advance(&h->f, ms * SECOND / 1000);
    fake_run(&h->f);
}

static void ask(FakeHost *h)
{
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
}

/* Read it or not: it comes again, once for each request. */
static void flood(FakeHost *h)
{
    for (unsigned i = 0; i < 20; i++) {
        ask(h);
        pass(h, 99);
        CU_ASSERT(!fake_reap(h, 0).found);
        pass(h, 1);
        CHECK_EQ(fake_reap(h, 0).dw0, FLOOD);
    }
}

static void too_many(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "aen-rate", "10");
    flood(h);
    pass(h, 60000);                 /* nobody waits: nothing is kept */
    migrate(h);
    flood(h);
    ask(h);
    ask(h);
    pass(h, 100);
    CHECK_EQ(fake_reap(h, 0).dw0, FLOOD);
    CU_ASSERT(!fake_reap(h, 0).found);
    smart_knob(h, "spare", "4");    /* others come through */
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, SPARE);
    smart_knob(h, "spare", "100");
    smart_knob(h, "aen-rate", "0");
    ask(h);
    pass(h, 10000);
    CU_ASSERT(!fake_reap(h, 0).found);
    smart_knob(h, "aen-rate", "1000");
    CU_ASSERT(fake_disable(h));
    pass(h, 1000);                  /* no queue is there */
    fake_host_restart(h, false);
    ask(h);
    pass(h, 1000);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_host_free(h);
}

static void knob_is(FakeHost *h, const char *name, const char *value)
{
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    CU_ASSERT(ocpn_knob_get(h->c, name, text, &err));
    CU_ASSERT_STRING_EQUAL(text, value);
}

/* Lost is as good as sent: the next one comes when the page was read. */
static void lost(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "aen-drop", "2");
    ask(h);
    smart_knob(h, "spare", "4");
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    knob_is(h, "aen-drop", "1");
    migrate(h);
    knob_is(h, "aen-drop", "1");
    smart_knob(h, "spare", "20");
    smart_knob(h, "spare", "4");    /* masked */
    knob_is(h, "aen-drop", "1");
    CHECK_EQ(smart_page(h, 0x02)[3], 4);
    smart_knob(h, "spare", "20");
    smart_knob(h, "spare", "4");
    knob_is(h, "aen-drop", "0");
    smart_page(h, 0x02);
    smart_knob(h, "spare", "20");
    smart_knob(h, "spare", "4");
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, SPARE);
    fake_host_free(h);
}

/* Which of 64 events come at RATE lost. */
static uint64_t pattern(const char *rate, uint64_t seed)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true,
                          .seed = seed } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    uint64_t came = 0;

    smart_knob(h, "aen-rate", "1");
    smart_knob(h, "aen-drop", rate);
    knob_is(h, "aen-drop", rate);
    ask(h);
    for (unsigned i = 0; i < 64; i++) {
        pass(h, 1000);
        if (fake_reap(h, 0).found) {
            came |= UINT64_C(1) << i;
            ask(h);
        }
        if (i == 30) {
            migrate(h);
        }
    }
    fake_host_free(h);
    return came;
}

/* The same seed, the same events. */
static void some(void)
{
    uint64_t half = pattern("50%", 1);
    unsigned n = 0;

    for (unsigned i = 0; i < 64; i++) {
        n += (unsigned)(half >> i & 1);
    }
    CHECK(n > 16 && n < 48, "%u of 64", n);
    CHECK_EQ(pattern("50%", 1), half);
    CU_ASSERT(pattern("50%", 2) != half);
    CHECK_EQ(pattern("100%", 1), 0);
    CHECK_EQ(pattern("0", 1), UINT64_MAX);
}

static void refused(void)
{
    static const char *const t[][3] = {
        { "aen-rate", "1001", "aen-rate is events a second, 0 to 1000, not" },
        { "aen-rate", "", "0 to 1000" },
        { "aen-rate", "5%", "not '5%'" },
        { "aen-drop", "65536", "up to 65535, or a percentage such as 25%" },
        { "aen-drop", "101%", "not '101%'" },
        { "aen-drop", "%", "not '%'" },
        { "aen-drop", "00000000000000001%", "percentage" },
        { "aen-drop", "all", "not 'all'" },
        { "update-lag-ms", "86400001", "milliseconds, 0 to 86400000, not" },
    };
    FakeHost *h = smart_drive(OCP_2_5);
    ImgPage p = { .payload = { 0 } };
    OcpnError err;

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CU_ASSERT(!ocpn_knob_set(h->c, t[i][0], t[i][1], &err));
        CHECK_HAS(err.text, t[i][2]);
    }
    put_bytes_at(p.payload + 3944, 2, 1001);    /* a page nobody wrote */
    put_bytes_at(p.payload + 3948, 1, 101);
    ocpn_facts_part.load(h->c, 0, p.payload);
    knob_is(h, "aen-rate", "0");
    knob_is(h, "aen-drop", "0");
    fake_host_free(h);
    h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    CU_ASSERT(!ocpn_knob_set(h->c, "aen-rate", "1", &err));
    CHECK_HAS(err.text, "x-test-knobs=on");
    fake_host_free(h);
}

/* SLOG-7: pages are refreshed now and then, and hosts see that. */
static void stale(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    static uint8_t dump[512];
    uint64_t size;
    OcpnError err;

    smart_knob(h, "update-lag-ms", "600000");
    smart_knob(h, "xor-recovery", "7");
    smart_knob(h, "temperature", "320");
    pass(h, 599999);
    CHECK_EQ(smart_c0(h, 48, 8), 0);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 1, 2), 310);
    CU_ASSERT(ocpn_log_dump(h->c, 0xc0, 0, dump, 512, &size, &err));
    CHECK_EQ(dump[48], 7);                  /* as it is */
    pass(h, 1);
    CHECK_EQ(smart_c0(h, 48, 8), 7);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 1, 2), 320);
    smart_knob(h, "xor-recovery", "8");
    pass(h, 100000);
    migrate(h);
    knob_is(h, "update-lag-ms", "600000");
    pass(h, 499999);
    CHECK_EQ(smart_c0(h, 48, 8), 7);
    pass(h, 1);
    CHECK_EQ(smart_c0(h, 48, 8), 8);
    smart_knob(h, "xor-recovery", "9");
    CHECK_EQ(smart_c0(h, 48, 8), 8);
    smart_knob(h, "update-lag-ms", "0");
    CHECK_EQ(smart_c0(h, 48, 8), 9);
    pass(h, 700000);
    smart_knob(h, "update-lag-ms", "1000");
    fake_host_restart(h, false);
    knob_is(h, "update-lag-ms", "0");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a flood of events", too_many },
    { "so many events are lost", lost },
    { "a share of events is lost", some },
    { "stale pages", stale },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("armed", tests)
