/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions by name, and dumps of pages.
 * Proves: docs/ocp.rst, "Actions"; SLOG-7, EOL-3, EOL-4, EOL-5.
 */
#include "action-unit.h"

#define DAY     "86400"

/* OCP-CASE-150: each of them, and nothing has changed */
static void off(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    static const char *const text[] = { "1", "now", "clear", "it broke",
                                        "lid=0xc0 what=guid",
                                        "lid=0xc0 status=6" };
    uint8_t before[512];
    const char *name;
    uint64_t now = h->f.now;

    memcpy(before, smart_page(h, 0xc0), 512);
    for (unsigned i = 0; (name = ocpn_action_name(i)); i++) {
        for (unsigned k = 0; k < sizeof(text) / sizeof(text[0]); k++) {
            act_refused(h, name, text[k], "x-test-knobs=on");
        }
        CHECK(!armed(h, name, 0)[0], "%s", name);
    }
    CU_ASSERT(!memcmp(before, smart_page(h, 0xc0), 512));
    CHECK_EQ(h->f.now, now);
    CHECK_EQ(fake_get_log(h, 0x08, ALL, 0, 512).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[382], 0);
    fake_host_free(h);
    h = smart_drive(OCP_OFF);
    for (unsigned i = 0; (name = ocpn_action_name(i)); i++) {
        if (strcmp(name, "power-cut")) {
            act_refused(h, name, "1", "ocp-version=off");
        }
    }
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[][3] = {
        { "no-such", "1", "no action 'no-such'" },
        { "advance-time", "0", "from 1 to 3155760000, not '0'" },
        { "advance-time", "soon", "not 'soon'" },
        { "advance-time", "3155760001", "from 1 to" },
        { "wear-step", "256", "from 1 to 255, not '256'" },
        { "wear-step", "", "from 1 to 255" },
        { "power-cut", "later", "not 'later'" },
        { "telemetry-trigger", "", "takes what is wrong" },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        act_refused(h, t[i][0], t[i][1], t[i][2]);
    }
    act(h, "advance-time", "3155760000");
    act_refused(h, "advance-time", "1", "already");
    fake_host_free(h);
}

/* Hours, ticks and health checks pass at once. */
static void time_passes(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err;
    char text[OCPN_KNOB_TEXT];

    smart_knob(h, "capacitors", "0");
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 128, 8), 0);
    CU_ASSERT(ocpn_action(h->c, "advance-time", DAY, &err));
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);      /* at once */
    fake_run(&h->f);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 128, 8), 24);
    CU_ASSERT(ocpn_knob_get(h->c, "lm.timer", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "288");
    fake_advance(&h->f, 300 * SECOND);
    CU_ASSERT(ocpn_knob_get(h->c, "lm.timer", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "289");
    fake_host_free(h);

    h = smart_drive(OCP_2_5);
    h->f.port.ahead = NULL;
    fake_host_restart(h, true);
    act_refused(h, "advance-time", "1", "clock");
    fake_host_free(h);
}

/* The rated endurance, then the spare's limit, then the spare. */
static void wear(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "wear-step", "99");
    CHECK_EQ(smart_event(h), 0);
    CHECK_EQ(smart_page(h, 0x02)[5], 99);
    CHECK_EQ(smart_page(h, 0x02)[3], 10);
    CHECK_EQ(smart_c0(h, 88, 4), 3000 * 99 / 100);
    CHECK_EQ(smart_c0(h, 92, 4), 3000 * 99 / 100);
    act(h, "wear-step", "1");           /* the request above waits */
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00020001);
    CHECK_EQ(smart_page(h, 0x02)[5], 100);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    act(h, "wear-step", "2");
    CHECK_EQ(smart_event(h), 0x00020201);
    CHECK_EQ(smart_page(h, 0x02)[0], 0x01);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    act(h, "wear-step", "10");
    CHECK_EQ(smart_page(h, 0x02)[0], 0x0d);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x20);
    act(h, "wear-step", "255");
    CHECK_EQ(smart_page(h, 0x02)[5], 255);
    fake_host_free(h);
}

/* SMART-10, INCS: it counts, once, and the drive works again. */
static void power(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint64_t starts = smart_c0(h, 160, 8);
    uint64_t cycles = bytes_at(smart_page(h, 0x02) + 112, 8);
    uint64_t unsafe = bytes_at(smart_page(h, 0x02) + 144, 8);

    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    act(h, "power-cut", "now");
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0);
    act(h, "power-cut", "now");         /* it is off anyway */
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    CHECK_EQ(smart_c0(h, 160, 8), starts + 1);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 112, 8), cycles + 1);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), unsafe + 1);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0);
    fake_host_restart(h, true);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 112, 8), cycles + 2);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), unsafe + 1);
    fake_host_free(h);
}

static void telemetry(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "telemetry-damage", "string-size");
    act(h, "telemetry-trigger", "It broke");
    CHECK_EQ(fake_get_log(h, 0x08, ALL, 0, 512).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[382], 1);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF) + 384, "It broke", 9));
    smart_knob(h, "telemetry-damage", "none");
    act(h, "telemetry-trigger", "Again");
    act_refused(h, "telemetry-trigger", "And again", "RAE 0");
    fake_host_free(h);
}

/* Every page that a host can read, byte for byte. */
static void dumps(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    static uint8_t page[4096];
    uint64_t size;
    OcpnError err;
    unsigned n = 0;

    act(h, "corrupt", "lid=0xc0 what=garbage");
    for (unsigned lid = 0; lid < 256; lid++) {
        uint32_t cdw11 = lid == 0x09 ? 1u << 16 : 0;
        FakeCmd cmd = { .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
                        .cdw10 = lid | 127u << 16 | 1u << 15,
                        .cdw11 = cdw11 };
        bool have = fake_admin(h, &cmd).status == 0;

        if (lid == 0x0d) {
            continue;           /* a host must establish it first */
        }
        CHECK(ocpn_log_dump(h->c, (uint8_t)lid, 0, page, 512, &size, &err) ==
              have, "page %02x", lid);
        if (!have) {
            CHECK_HAS(err.text, "no page 0x");
        } else if (lid != 0x01 && lid != 0x02 && lid != 0xc0) {
            CHECK(!memcmp(page, fake_guest(h, FAKE_BUF), 512), "page %02x",
                  lid);
            n++;
        }
    }
    CU_ASSERT(n >= 10);
    act(h, "corrupt", "clear");
    CU_ASSERT(ocpn_log_dump(h->c, 0xc0, 0, page, 512, &size, &err));
    CHECK_EQ(size, 512);
    CU_ASSERT(!memcmp(page, smart_page(h, 0xc0), 512));
    CU_ASSERT(ocpn_log_dump(h->c, 0xc0, 496, page, 512, &size, &err));
    CHECK_EQ(page[0], 0xc5);
    CU_ASSERT(fake_all(page + 16, 0, 496));
    CU_ASSERT(ocpn_log_dump(h->c, 0xc0, UINT64_MAX, page, 512, &size, &err));
    CU_ASSERT(fake_all(page, 0, 512));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "actions are off", off },
    { "what cannot be is said", refused },
    { "time passes", time_passes },
    { "a drive wears out", wear },
    { "power fails and comes back", power },
    { "a capture of telemetry", telemetry },
    { "dumps are what hosts read", dumps },
};
OCPN_UNIT_MAIN("action", tests)
