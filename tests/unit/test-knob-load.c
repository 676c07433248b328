/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many knobs at once.
 * Proves: docs/ocp.rst, "State files".
 */
#include "action-unit.h"

#define INCOMPLETE  112, 4          /* of page C0h */
#define MOST        256u            /* knobs */

static void all_or_none(void)
{
    static const struct { OcpnKnobValue v[3]; const char *why; } t[] = {
        { { { "spare", "40" }, { "no-such", "1" }, { "xor-recovery", "3" } },
          "no knob 'no-such'" },
        { { { "xor-recovery", "3" }, { "spare", "101" }, { "panic", "0" } },
          "from 0 to 100" },
        { { { "xor-recovery", "3" }, { "spare", "40" },
            { "plp-state", "gone" } }, "not 'gone'" },
        { { { "lm.timer", "65536" }, { "spare", "40" },
            { "xor-recovery", "3" } }, "65535" },
        { { { "spare", "40" }, { "lm.timer", "7" },
            { "xor-recovery", "1x" } }, "1x" },
        { { { "xor-recovery", "4x" }, { "spare", "40" },
            { "lm.timer", "7" } }, "4x" },
    };
    FakeHost *h = smart_drive(OCP_2_5);
    uint8_t before[512];

    memcpy(before, smart_page(h, 0xc0), 512);
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        OcpnError err = { "" };

        CU_ASSERT(!ocpn_knobs_load(h->c, t[i].v, 3, true, &err));
        CHECK_HAS(err.text, t[i].why);
        CU_ASSERT(!memcmp(before, smart_page(h, 0xc0), 512));
        CHECK_EQ(ocpn_health(h->c)->spare, 100);
    }
    fake_host_free(h);
}

static unsigned take_all(FakeHost *h, char text[MOST][OCPN_KNOB_TEXT],
                         OcpnKnobValue *v)
{
    const char *name;
    unsigned n = 0;

    for (unsigned i = 0; (name = ocpn_knob_name(i)); i++) {
        if (n < MOST && ocpn_knob_save(h->c, name, text[n])) {
            v[n] = (OcpnKnobValue) { name, text[n] };
            n++;
        }
    }
    return n;
}

/* What one drive has, another one gets; also when it is checked only. */
static void clones(void)
{
    static char text[MOST][OCPN_KNOB_TEXT], again[MOST][OCPN_KNOB_TEXT];
    OcpnKnobValue v[MOST], w[MOST];
    FakeHost *h = smart_drive(OCP_2_7);
    OcpnError err = { "" };
    unsigned n;

    smart_knob(h, "xor-recovery", "12");
    smart_knob(h, "media-written", "0xffffffffffffffffffff");
    smart_knob(h, "spare", "33");
    smart_knob(h, "plp-state", "failed");
    smart_knob(h, "panic", "11");
    smart_knob(h, "lm.static[2].write", "77");
    n = take_all(h, text, v);
    CU_ASSERT(n > 60 && n < MOST);
    fake_host_free(h);

    h = smart_drive(OCP_2_7);
    CU_ASSERT(ocpn_knobs_load(h->c, v, n, false, &err));
    CHECK_EQ(ocpn_health(h->c)->spare, 100);
    CU_ASSERT(ocpn_knobs_load(h->c, v, n, true, &err));
    CHECK_EQ(smart_c0(h, INCOMPLETE), 1);       /* not the panic's, too */
    CHECK_EQ(take_all(h, again, w), n);
    for (unsigned i = 0; i < n; i++) {
        CHECK(!strcmp(text[i], again[i]) ||
              !strcmp(v[i].name, "media-written"),  /* the drive's own, too */
              "%s: %.40s, was %.40s", v[i].name, again[i], text[i]);
    }
    fake_host_free(h);

    h = smart_drive(OCP_2_0);                   /* it has not all of them */
    CU_ASSERT(!ocpn_knobs_load(h->c, v, n, true, &err));
    CHECK_HAS(err.text, "in this ocp-version");
    CHECK_EQ(ocpn_health(h->c)->spare, 100);
    fake_host_free(h);
}

/* What is the same already goes on as before. */
static void same(void)
{
    static char text[MOST][OCPN_KNOB_TEXT];
    OcpnKnobValue v[MOST];
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err = { "" };
    unsigned n = take_all(h, text, v);

    uint64_t written;

    CU_ASSERT(ocpn_knobs_load(h->c, v, n, true, &err));
    written = smart_c0(h, 0, 8);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(smart_c0(h, 0, 8), written + 4096);
    fake_host_free(h);
}

/* What follows another value does so in the other drive; what is set, not. */
static void follows(void)
{
    static char text[MOST][OCPN_KNOB_TEXT];
    OcpnKnobValue v[MOST];
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err = { "" };
    unsigned n;

    smart_knob(h, "temperature", "320");
    smart_knob(h, "sensor[2]", "300");
    smart_knob(h, "sensor[3]", "0");
    smart_knob(h, "capacitor-health", "65535");     /* no knob's value */
    n = take_all(h, text, v);
    fake_host_free(h);

    h = smart_drive(OCP_2_5);
    smart_knob(h, "sensor[1]", "360");
    smart_knob(h, "temperature", "305");            /* sensor 2: 300, too */
    CHECK(ocpn_knobs_load(h->c, v, n, true, &err), "%s", err.text);
    CHECK_EQ(ocpn_sensor(h->c, 0), 320);
    smart_knob(h, "temperature", "330");
    CHECK_EQ(ocpn_sensor(h->c, 0), 330);
    CHECK_EQ(ocpn_sensor(h->c, 1), 300);
    CHECK(!ocpn_sensor_follows(h->c, 2), "sensor 3 is not gone for good");
    CHECK_EQ(smart_c0(h, 128, 2), 65535);
    fake_host_free(h);
}

static void off(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    OcpnError err = { "" };

    CU_ASSERT(!ocpn_knobs_load(h->c, NULL, 0, true, &err));
    CHECK_HAS(err.text, "x-test-knobs=on");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "all or none", all_or_none },
    { "a drive like another one", clones },
    { "what is so already", same },
    { "what follows, and what does not", follows },
    { "knobs are off", off },
};
OCPN_UNIT_MAIN("knob-load", tests)
