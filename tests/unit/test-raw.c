/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw health: fields change, and nothing follows.
 * Proves: docs/ocp.rst, "Knobs", raw.
 */
#include "migrate-unit.h"
#include "action-unit.h"

#define HOT     0x00020101u
#define SPARE   0x00020201u
#define RELIAB  0x00020001u

/* All that could have consequences. */
static void worst(FakeHost *h)
{
    smart_knob(h, "bad-user-blocks", "512");
    smart_knob(h, "bad-system-blocks", "16");
    smart_knob(h, "system-read-fails", "16");
    smart_knob(h, "percentage-used", "120");
    smart_knob(h, "temperature", "360");
    smart_knob(h, "plp-state", "failed");
    smart_knob(h, "spare", "0");
}

/* Fields are as they were set, ... */
static void fields(FakeHost *h)
{
    const uint8_t *p = smart_page(h, 0x02);

    CHECK_EQ(bytes_at(p + 1, 2), 360);
    CHECK_EQ(p[3], 0);
    CHECK_EQ(p[5], 120);
    CHECK_EQ(bytes_at(p + 200, 2), 360);        /* sensor 1 is it */
    CHECK_EQ(smart_c0(h, 32, 6), 512);
    CHECK_EQ(smart_c0(h, 40, 6), 16);
    CHECK_EQ(smart_c0(h, 128, 2), 0);           /* capacitor */
}

/* ... and this is all there is. */
static void nothing(FakeHost *h)
{
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    CHECK_EQ(smart_c0(h, 38, 2), 100);
    CHECK_EQ(smart_c0(h, 46, 2), 100);
    CHECK_EQ(smart_c0(h, 96, 2), 0);            /* throttling */
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_MAX_TEMPERATURE), 0);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_DIES_BAD), 0);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_SYSTEM_READ_NORM), 100);
}

static void ask(FakeHost *h, unsigned n)
{
    while (n--) {
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    }
    fake_run(&h->f);
}

static void on_and_off(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    smart_knob(h, "raw", "on");
    ask(h, 3);
    worst(h);
    fields(h);
    nothing(h);
    fake_advance(&h->f, 600 * SECOND);
    fake_run(&h->f);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 192, 8), 0);
    nothing(h);
    migrate(h);
    fields(h);
    nothing(h);

    smart_knob(h, "raw", "off");
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, RELIAB);
    fields(h);
    CHECK_EQ(smart_page(h, 0x02)[0], 0x1f);
    CHECK_EQ(smart_c0(h, 38, 2), 50);
    CHECK_EQ(smart_c0(h, 46, 2), 75);
    CHECK_EQ(smart_c0(h, 96, 2), 0x0101);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_MAX_TEMPERATURE), 87);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_DIES_BAD), 512);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_SYSTEM_READ_NORM), 75);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x20);
    fake_advance(&h->f, 60 * SECOND);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 196, 4), 1);
    fake_host_free(h);
}

/* Each by itself: its event comes when it has consequences. */
static void events(void)
{
    static const struct { const char *knob, *value; uint32_t event; } t[] = {
        { "temperature", "350", HOT }, { "temperature", "358", HOT },
        { "spare", "9", SPARE }, { "percentage-used", "100", RELIAB },
        { "plp-state", "failed", RELIAB }, { "bad-user-blocks", "960", SPARE },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = smart_drive(OCP_2_5);

        smart_knob(h, "raw", "on");
        ask(h, 1);
        smart_knob(h, t[i].knob, t[i].value);
        fake_advance(&h->f, 400 * SECOND);
        fake_run(&h->f);
        CU_ASSERT(!fake_reap(h, 0).found);
        smart_knob(h, "raw", "on");             /* which it is */
        CU_ASSERT(!fake_reap(h, 0).found);
        smart_knob(h, "raw", "off");
        fake_run(&h->f);
        CHECK_EQ(fake_reap(h, 0).dw0, t[i].event);
        fake_host_free(h);
    }
}

/* A drive in a bad way looks as bad, and has no consequences. */
static void later(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    worst(h);
    CHECK_EQ(smart_page(h, 0x02)[0], 0x1f);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x20);
    smart_knob(h, "raw", "on");
    fields(h);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(smart_c0(h, 38, 2), 50);           /* stands still */
    smart_knob(h, "bad-user-blocks", "0");
    CHECK_EQ(smart_c0(h, 38, 2), 50);
    smart_knob(h, "bad-user-blocks-normalised", "7");
    CHECK_EQ(smart_c0(h, 38, 2), 7);
    smart_knob(h, "critical-warning", "4");     /* still by hand */
    CHECK_EQ(smart_page(h, 0x02)[0], 4);
    smart_knob(h, "critical-warning", "0");
    smart_knob(h, "spare", "100");
    smart_knob(h, "temperature", "300");
    smart_knob(h, "plp-state", "ok");
    CHECK_EQ(smart_c0(h, 97, 1), 1);            /* nor does it end */
    smart_knob(h, "raw", "off");
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    CHECK_EQ(smart_c0(h, 97, 1), 0);
    CHECK_EQ(smart_c0(h, 38, 2), 100);
    CHECK_EQ(smart_page(h, 0x02)[3], 100);
    fake_host_free(h);
}

/* Only what has changed meanwhile takes spares. */
static void spares(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "bad-user-blocks", "512");
    smart_knob(h, "spare", "90");
    smart_knob(h, "raw", "on");
    smart_knob(h, "raw", "off");
    CHECK_EQ(smart_page(h, 0x02)[3], 90);
    smart_knob(h, "raw", "on");
    smart_knob(h, "bad-system-blocks", "16");
    smart_knob(h, "bad-user-blocks-normalised", "7");
    smart_knob(h, "bad-user-blocks", "512");
    CHECK_EQ(smart_page(h, 0x02)[3], 90);
    smart_knob(h, "bad-user-blocks-normalised", "50");
    smart_knob(h, "raw", "off");
    CHECK_EQ(smart_page(h, 0x02)[3], 75);
    fake_host_free(h);
}

/* Time at a temperature counts as long as it has consequences. */
static void times(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "temperature", "352");
    fake_advance(&h->f, 60 * SECOND);
    smart_knob(h, "raw", "on");
    fake_advance(&h->f, 600 * SECOND);
    smart_knob(h, "raw", "off");
    fake_advance(&h->f, 120 * SECOND);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 192, 4), 3);
    fake_host_free(h);
}

static void power(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    smart_knob(h, "raw", "on");
    worst(h);
    act(h, "power-cut", "now");                 /* the machine is reset */
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    fields(h);
    nothing(h);
    fake_host_restart(h, false);
    CU_ASSERT(ocpn_knob_get(h->c, "raw", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "off");
    CHECK_EQ(smart_page(h, 0x02)[0], 0x1d);     /* and as cool as ever */
    CHECK_EQ(smart_c0(h, 38, 2), 50);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_DIES_BAD), 512);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x20);
    fake_host_free(h);
}

static void too_hot(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true,
                          .thermal_shutdown = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    smart_knob(h, "raw", "on");
    smart_knob(h, "temperature", "400");
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4) & 2, 0);
    smart_knob(h, "raw", "off");
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4) & 2, 2);
    fake_host_free(h);
}

/* With protection that has failed, of any mode of Feature C2h. */
static void unprotected(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "raw", "on");
    CHECK_EQ(fake_set_feature(h, 0xc2, 0, 3u << 30).status, 0);
    smart_knob(h, "plp-state", "failed");
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    fake_host_restart(h, false);
    CHECK_EQ(smart_c0(h, 112, 4), 0);           /* nothing was lost */
    fake_host_free(h);
}

/* At whatever place it is in a file. */
static void loaded(void)
{
    static const OcpnKnobValue v[] = {
        { "bad-user-blocks", "1024" }, { "spare", "0" },
        { "bad-user-blocks-normalised", "100" }, { "temperature", "360" },
        { "plp-state", "failed" }, { "raw", "on" },
    };
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err = { "" };

    ask(h, 1);
    CU_ASSERT(ocpn_knobs_load(h->c, v, 6, true, &err));
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    CHECK_EQ(smart_c0(h, 38, 2), 100);
    CHECK_EQ(smart_c0(h, 96, 2), 0);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    fake_host_free(h);
}

static void refused(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err;

    CU_ASSERT(!ocpn_knob_set(h->c, "raw", "1", &err));
    CHECK_HAS(err.text, "raw is off or on, not '1'");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "nothing follows, and then it does", on_and_off },
    { "events", events },
    { "a drive in a bad way", later },
    { "spares", spares },
    { "times at temperatures", times },
    { "until power off", power },
    { "too hot", too_hot },
    { "without protection", unprotected },
    { "in a file", loaded },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("raw", tests)
