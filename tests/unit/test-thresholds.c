/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thresholds and intervals that properties give a drive.
 * Proves: docs/user-guide.rst, "warning-temperature" to "update-interval-ms";
 * NVMe Base 2.0, Identify Controller bytes 269:266.
 */
#include "action-unit.h"

#define HOT     0x00020101u
#define SPARE   0x00020201u

static FakeHost *start(void)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = {
            .version = OCP_2_5, .knobs = true,
            .threshold = { .warning = 330, .critical = 340,
                           .throttle_on = 335, .throttle_off = 325,
                           .spare = 50 },
            .update_ms = 1000, .plp_ms = 100,
        } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

static void told(void)
{
    FakeHost *h = start();
    FakeCmd id = { .opc = 0x06, .prp1 = FAKE_BUF, .cdw10 = 1 };

    CHECK_EQ(fake_admin(h, &id).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 266, 2), 330);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 268, 2), 340);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 326, 2), 340);  /* MXTMT */
    CHECK_EQ(fake_get_feature(h, 0x04, 0, 0).dw0, 330);
    CHECK_EQ(fake_get_feature(h, 0x104, 0, 0).dw0, 330);        /* default */
    CHECK_EQ(smart_page(h, 0x02)[4], 50);
    CHECK_EQ(fake_set_feature(h, 0x10, 0, 341).status, 2);
    CHECK_EQ(fake_set_feature(h, 0x10, 0, 340).status, 0);
    fake_host_free(h);
}

/* Warning, throttling, critical: each for itself, with its hysteresis. */
static void heat(void)
{
    static const struct {
        const char *kelvin;
        uint32_t event;
        uint8_t  warning, throttles;
    } t[] = {
        { "329", 0, 0, 0 }, { "330", HOT, 2, 0 }, { "334", 0, 2, 0 },
        { "335", 0, 2, 1 }, { "339", 0, 2, 1 }, { "340", HOT, 2, 1 },
        { "325", 0, 2, 1 }, { "324", HOT, 0, 0 },
    };
    FakeHost *h = start();
    const uint8_t *p;

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
        fake_run(&h->f);
        smart_knob(h, "temperature", t[i].kelvin);
        fake_run(&h->f);
        CHECK_EQ(fake_reap(h, 0).dw0, t[i].event);
        fake_advance(&h->f, 60 * SECOND);
        CHECK_EQ(smart_page(h, 0x02)[0], t[i].warning);
        CHECK_EQ(smart_c0(h, 97, 1), t[i].throttles);
        CU_ASSERT(fake_disable(h) && fake_enable(h));
        smart_page(h, 0x02);
    }
    p = smart_page(h, 0x02);
    CHECK_EQ(bytes_at(p + 192, 4), 4);          /* 330, 334, 335, 339 */
    CHECK_EQ(bytes_at(p + 196, 4), 1);          /* 340 */
    fake_host_free(h);
}

static void spare(void)
{
    FakeHost *h = start();

    smart_knob(h, "spare", "50");
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    smart_knob(h, "spare", "49");
    CHECK_EQ(smart_event(h), SPARE);
    CHECK_EQ(smart_page(h, 0x02)[0], 1);
    smart_knob(h, "spare", "100");
    act(h, "wear-step", "100");
    CHECK_EQ(smart_page(h, 0x02)[3], 50);
    fake_host_free(h);
}

/* 15 minutes of 100 ms. */
static void checks(void)
{
    FakeHost *h = start();

    smart_knob(h, "capacitors", "0");
    fake_advance(&h->f, SECOND);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_OK);
    fake_advance(&h->f, SECOND / 2);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);
    fake_host_free(h);
}

/* Wear that a fact has comes to light a second later. */
static void update(void)
{
    FakeHost *h = start();

    ocpn_fact_set(h->c, OCPN_FACT_ERASE_AVERAGE, 300);
    CHECK_EQ(smart_page(h, 0x02)[5], 0);
    fake_advance(&h->f, SECOND - 1);
    CHECK_EQ(smart_page(h, 0x02)[5], 0);
    fake_advance(&h->f, 1);
    fake_run(&h->f);
    CHECK_EQ(smart_page(h, 0x02)[5], 10);
    fake_host_free(h);
}

/* SLOG-4: bad blocks take spares, and what follows from that follows. */
static void bad_blocks(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err;

    smart_knob(h, "bad-user-blocks", "512");
    CHECK_EQ(smart_page(h, 0x02)[3], 50);
    CHECK_EQ(smart_c0(h, 38, 2), 50);
    smart_knob(h, "bad-system-blocks", "unsupported");
    CHECK_EQ(smart_page(h, 0x02)[3], 50);
    smart_knob(h, "bad-system-blocks", "16");
    CHECK_EQ(smart_page(h, 0x02)[3], 50);
    smart_knob(h, "bad-system-blocks", "48");
    CHECK_EQ(smart_page(h, 0x02)[3], 25);
    smart_knob(h, "bad-user-blocks", "0");
    CHECK_EQ(smart_page(h, 0x02)[3], 25);
    CU_ASSERT(ocpn_knob_add(h->c, "bad-user-blocks", "1000", &err));
    CHECK_EQ(smart_event(h), SPARE);
    CHECK_EQ(smart_page(h, 0x02)[3], 2);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CU_ASSERT(ocpn_knob_add(h->c, "bad-user-blocks", "24", &err));
    CHECK_EQ(smart_page(h, 0x02)[0], 0x0d);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x20);
    fake_host_free(h);
}

static void opal(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    smart_knob(h, "opal-state", "activated");
    for (unsigned clean = 0; clean < 2; clean++) {
        fake_host_restart(h, clean);
        CU_ASSERT(ocpn_knob_get(h->c, "opal-state", text, &err));
        CU_ASSERT_STRING_EQUAL(text, "activated");
    }
    smart_knob(h, "opal-state", "inactive");
    fake_host_restart(h, false);
    CU_ASSERT(ocpn_knob_get(h->c, "opal-state", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "inactive");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what hosts are told", told },
    { "warning, throttling, critical", heat },
    { "the spare's threshold", spare },
    { "bad blocks lower the spare", bad_blocks },
    { "Opal's state outlives power", opal },
    { "checks of capacitors", checks },
    { "wear is looked at", update },
};
OCPN_UNIT_MAIN("thresholds", tests)
