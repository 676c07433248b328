/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temperature ramps.
 * Proves: docs/ocp.rst, "Actions"; TTHROTTLE-2 on the way.
 */
#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/spec/image.h"
#include "migrate-unit.h"
#include "action-unit.h"

#define HOT     0x00020101u

static unsigned kelvin(FakeHost *h)
{
    return (unsigned)bytes_at(smart_page(h, 0x02) + 1, 2);
}

static void pass(FakeHost *h, uint64_t ms)
{
    fake_advance(&h->f, ms * SECOND / 1000);
    fake_run(&h->f);
}

/* TTHROTTLE-2: warnings and events come when thresholds are passed. */
static void up_and_down(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "temperature-ramp", "to=360 ms=50000");
    CHECK_EQ(smart_event(h), 0);
    CHECK_EQ(kelvin(h), 310);
    pass(h, 999);
    CHECK_EQ(kelvin(h), 310);
    pass(h, 1);
    CHECK_EQ(kelvin(h), 311);
    pass(h, 38999);
    CHECK_EQ(kelvin(h), 349);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    CHECK_EQ(fake_reap(h, 0).dw0, 0);
    pass(h, 1);
    CHECK_EQ(fake_reap(h, 0).dw0, HOT);
    CHECK_EQ(smart_page(h, 0x02)[0], 2);
    CHECK_EQ(smart_c0(h, 97, 1), 1);
    CHECK_EQ(smart_event(h), 0);
    pass(h, 8000);
    CHECK_EQ(fake_reap(h, 0).dw0, HOT);     /* critical */
    pass(h, 60000);
    CHECK_EQ(kelvin(h), 360);
    CHECK(!armed(h, "temperature-ramp", 0)[0], "over");
    act(h, "temperature-ramp", "to=67C ms=20000");
    CHECK_HAS(armed(h, "temperature-ramp", 0), "to=340 ms=20000");
    CHECK_EQ(smart_event(h), 0);
    pass(h, 12999);
    CHECK_EQ(kelvin(h), 348);
    CHECK_EQ(smart_c0(h, 97, 1), 1);        /* hysteresis */
    CHECK_EQ(fake_reap(h, 0).dw0, 0);
    pass(h, 1);
    CHECK_EQ(fake_reap(h, 0).dw0, HOT);
    CHECK_EQ(smart_c0(h, 97, 1), 0);
    CHECK_EQ(smart_c0(h, 96, 1), 1);
    pass(h, 1000000);
    CHECK_EQ(kelvin(h), 340);
    fake_host_free(h);
}

/* A clock that jumps leaves the same times at each temperature. */
static void late(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p;

    act(h, "temperature-ramp", "to=360 ms=3000000");    /* a kelvin a minute */
    act(h, "advance-time", "6000");
    p = smart_page(h, 0x02);
    CHECK_EQ(bytes_at(p + 1, 2), 360);
    CHECK_EQ(bytes_at(p + 192, 4), 8);
    CHECK_EQ(bytes_at(p + 196, 4), 2 + 50);
    smart_knob(h, "temperature", "300");
    act(h, "temperature-ramp", "to=303 ms=1");      /* 333333 1/3 ns each */
    fake_advance(&h->f, 666666);
    fake_run(&h->f);
    CHECK_EQ(kelvin(h), 302);
    fake_advance(&h->f, 333333);
    fake_run(&h->f);
    CHECK_EQ(kelvin(h), 302);
    fake_advance(&h->f, 1);
    fake_run(&h->f);
    CHECK_EQ(kelvin(h), 303);
    fake_host_free(h);
}

static void ends(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "temperature-ramp", "to=360 ms=50000");
    pass(h, 10000);
    smart_knob(h, "temperature", "0x140");
    pass(h, 10000);
    CHECK_EQ(kelvin(h), 320);
    CHECK(!armed(h, "temperature-ramp", 0)[0], "ended");
    act(h, "temperature-ramp", "to=360 ms=40000");
    pass(h, 1000);
    act(h, "temperature-ramp", "clear");
    pass(h, 10000);
    CHECK_EQ(kelvin(h), 321);
    act(h, "temperature-ramp", "to=321 ms=40000");
    CHECK(!armed(h, "temperature-ramp", 0)[0], "it is there");
    act(h, "temperature-ramp", "to=300 ms=1");
    pass(h, 1);
    CHECK_EQ(kelvin(h), 300);
    act(h, "temperature-ramp", "to=360 ms=40000");
    fake_host_restart(h, false);
    pass(h, 10000);
    CHECK_EQ(kelvin(h), 310);
    CHECK(!armed(h, "temperature-ramp", 0)[0], "power off");
    smart_knob(h, "temperature", "85C");
    CHECK_EQ(kelvin(h), 358);
    smart_knob(h, "temperature", "-3c");
    CHECK_EQ(kelvin(h), 270);
    fake_host_free(h);
}

/* It goes on where it was, by a clock that may be another one. */
static void migrates(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "temperature-ramp", "to=360 ms=50000");
    pass(h, 10500);
    migrate(h);
    CHECK_EQ(kelvin(h), 320);
    pass(h, 500);
    CHECK_EQ(kelvin(h), 321);
    pass(h, 100000);
    CHECK_EQ(kelvin(h), 360);
    migrate(h);
    CHECK(!armed(h, "temperature-ramp", 0)[0], "over");
    fake_host_free(h);
}

/* Pages that nobody wrote so. */
static void hostile(void)
{
    static const struct {
        uint16_t from, to;
        uint64_t ns, past;
    } t[] = {
        { 0, 360, 1000, 0 }, { 310, 310, 1000, 0 }, { 310, 9999, 1000, 0 },
        { 311, 360, 1000, 0 }, { 300, 310, 1000, 0 }, { 300, 360, 1000, 1001 },
        { 300, 360, UINT64_MAX, 0 }, { 360, 311, 1000, 0 },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        ImgPage p = { .payload = { 0 } };

        put_bytes_at(p.payload + 3848, 2, 310);
        put_bytes_at(p.payload + 3920, 2, t[i].from);
        put_bytes_at(p.payload + 3922, 2, t[i].to);
        put_bytes_at(p.payload + 3928, 8, t[i].ns);
        put_bytes_at(p.payload + 3936, 8, t[i].past);
        ocpn_facts_part.load(h->c, 0, p.payload);
        pass(h, 2000);
        CHECK(kelvin(h) == 310 && !armed(h, "temperature-ramp", 0)[0],
              "case %zu: %u", i, kelvin(h));
    }
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[][2] = {
        { "", "such as 'to=358 ms=60000'" },
        { "to=360", "give to= and ms=" },
        { "to=360 ms=0", "ms" },
        { "to=360 ms=86400001", "86400000" },
        { "to=0 ms=1", "to is kelvin from 1 to 65535, or degrees" },
        { "to=65536 ms=1", "not '65536'" },
        { "to=-273c ms=1", "not '-273c'" },
        { "to=c ms=1", "not 'c'" },
        { "to=99999999999c ms=1", "to is kelvin" },
        { "to=360 to=361 ms=1", "once each, not 'to'" },
        { "to=360 ms=1 by=2", "not 'by'" },
        { "to=1311 ms=1", "310 to 1311 kelvin are more than the 1000" },
        { "to=\x7f ms=1", "byte 0x7f" },
    };
    static const char *const no[] = {
        "85", "", "C", "-", "--5C", "5K", "1.5C", "00000085C",
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        act_refused(h, "temperature-ramp", t[i][0], t[i][1]);
    }
    for (size_t i = 1; i < sizeof(no) / sizeof(no[0]); i++) {
        CHECK_EQ(ocpn_kelvin(no[i]), 0);
    }
    CHECK_EQ(ocpn_kelvin(no[0]), 85);
    CHECK_EQ(ocpn_kelvin("0x15C"), 348);
    pass(h, 1000);
    CHECK_EQ(kelvin(h), 310);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "up and down, over thresholds", up_and_down },
    { "a jump of the clock", late },
    { "what ends a ramp", ends },
    { "a ramp migrates", migrates },
    { "hostile pages", hostile },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("ramp", tests)
