/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, INCS-4, INCS-6: shutdowns that lose data,
 * and those that do not; and what a spoilt page of the image comes to.
 */
#include "hw/ocp-nvme/core/action.h"
#include "panic-unit.h"

/* Data were lost, for the first time. */
static void check_lost(FakeHost *h)
{
    wait_event(h);
    CHECK_EQ(event(h), PANIC_EVENT);
    CHECK_EQ(panic_id(h), 1);
    CHECK_EQ(recovery(h)[3], 0x02);
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(warnings(h), 1 << 3);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), 1);    /* unsafe */
    CHECK_EQ(smart_c0(h, INCOMPLETE), 1);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(warnings(h), 0);
}

/* OCP-CASE-125, OCP-CASE-44 (type 0Bh).  INCS-4, INCS-6 */
static void incomplete_shutdown(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        FakeHost *h = ocp_start(OCP_2_5);

        CHECK_EQ(arm(h, ONCE, 0x0b, 0), 0);
        CHECK_EQ(armed(h), 1);
        CHECK_EQ(READ(h), 0);                   /* as if nothing were */
        CHECK_EQ(smart_c0(h, INCOMPLETE), 0);
        power_cycle(h, clean);
        CHECK_EQ(armed(h), 0);
        check_lost(h);
        power_cycle(h, true);
        CHECK_EQ(panic_id(h), 0);
        CHECK_EQ(smart_c0(h, INCOMPLETE), 1);
        fake_host_free(h);
    }
}

/* OCP-CASE-125, by the knob; and a reset of the machine is a power cycle. */
static void by_reset(void)
{
    FakeHost *h = ocp_start(OCP_2_0);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    smart_knob(h, "arm-incomplete-shutdown", "on");
    CU_ASSERT(ocpn_knob_get(h->c, "arm-incomplete-shutdown", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "on");
    fake_run(&h->f);
    ocpn_ctrl_reset(h->c, OCPN_RESET_CONTROLLER);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    check_lost(h);
    power_cycle(h, true);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), 1);
    fake_host_free(h);
}

/* The same by the action, which is a power cycle, too. */
static void by_action(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    OcpnError err;

    CHECK_EQ(arm(h, ONCE, 0x0b, 0), 0);
    CHECK(ocpn_action(h->c, "power-cut", "now", &err), "%s", err.text);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(armed(h), 0);
    check_lost(h);
    fake_host_free(h);
}

/* Armed by the monitor, given up, and armed while in panic. */
static void armed_incomplete(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    ocpn_incomplete_shutdown(h->c, true);
    fake_run(&h->f);
    power_cycle(h, false);
    CHECK_EQ(panic_id(h), 1);
    ocpn_incomplete_shutdown(h->c, true);
    fake_run(&h->f);
    power_cycle(h, true);
    CHECK_EQ(recovery(h)[31], 1);               /* the same panic */
    CHECK_EQ(format(h), 0);
    CHECK_EQ(arm(h, ONCE, 0x0b, 0), 0);
    CHECK_EQ(set_entries(h, 0).status, 0);
    power_cycle(h, true);
    CHECK_EQ(panic_id(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-126, its second half: a kill loses nothing, so no panic. */
static void killed(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(WRITE(h), 0);
    power_cycle(h, false);
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(smart_c0(h, INCOMPLETE), 0);
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    CHECK_EQ(bytes_at(p + 144, 8), 1);
    power_cycle(h, true);
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    CHECK_EQ(bytes_at(p + 144, 8), 1);
    fake_host_free(h);
}

/* What cannot be is taken for what can. */
static void spoilt(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    CHECK_EQ(READ(h), 0x006);
    spoil_panic(h, 41, 2);                    /* active: neither 0 nor 1 */
    spoil_panic(h, 42, 0xff);
    power_cycle(h, false);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0);
    spoil_panic(h, 41, 1);                    /* ... without an ID */
    spoil_panic(h, 0, 0);
    spoil_panic(h, 2, 0);
    power_cycle(h, false);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(recovery(h)[31], 1);
    spoil_panic(h, 0, 0xef);                  /* ... with one unheard of */
    power_cycle(h, false);
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(panic_id(h), 0xef);
    CHECK_EQ(recovery(h)[3], 0x01);
    fake_host_free(h);
}

/* Page 4 is in force if it has all; an older drive wrote page 6 alone. */
static void two_pages(void)
{
    FakeHost *h = ocp_start(OCP_2_7);

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    spoil_page(h, 6, 0, 0xef);
    power_cycle(h, false);
    CHECK_EQ(panic_id(h), 0x10005);
    spoil_page(h, 6, 0, 0xef);
    spoil_page(h, 4, 4033, 0);
    power_cycle(h, false);
    CHECK_EQ(panic_id(h), 0x100ef);
    CHECK_EQ(format(h), 0);
    spoil_page(h, 4, 3968 + 4, 4);      /* type 22h has an effect ... */
    spoil_page(h, 4, 3842, 2);
    power_cycle(h, false);
    CHECK_EQ(warnings(h), 0);           /* ... which is undone */
    spoil_page(h, 4, 3842, 2);
    power_cycle(h, false);
    CHECK_EQ(warnings(h), 1 << 3 | 1 << 4);
    fake_host_free(h);
}

/* What an armed error did to the drive's health ends with it. */
static void health(void)
{
    FakeHost *h = ocp_start(OCP_2_7);

    CHECK_EQ(arm(h, ON, 0x21, 0), 0);
    CHECK_EQ(warnings(h), 1 << 0);
    power_cycle(h, false);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(warnings(h), 0);
    CHECK_EQ(arm(h, ON, 0x22, 0), 0);
    CHECK_EQ(set_entries(h, 0).status, 0);
    smart_knob(h, "spare", "5");                /* that one stays */
    power_cycle(h, false);
    CHECK_EQ(warnings(h), 1 << 0);
    CHECK_EQ(arm(h, ON, 0x21, 0), 0);
    smart_knob(h, "panic", "5");
    smart_knob(h, "panic", "0");                /* disarms it, too */
    CHECK_EQ(warnings(h), 0);
    smart_knob(h, "spare", "5");
    fake_run(&h->f);
    power_cycle(h, false);
    CHECK_EQ(warnings(h), 1 << 0);
    fake_host_free(h);
}

/* With OCP off nobody could end a panic that the image has. */
static void without_ocp(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    h->setup.cfg.ocp.version = OCP_OFF;
    power_cycle(h, true);
    CHECK_EQ(READ(h), 0);
    h->setup.cfg.ocp.version = OCP_2_5;
    power_cycle(h, true);
    CHECK_EQ(READ(h), 0x006);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "an incomplete shutdown", incomplete_shutdown },
    { "by a knob, and a reset", by_reset },
    { "a power cut by an action", by_action },
    { "armed, and given up", armed_incomplete },
    { "a kill is none", killed },
    { "a spoilt page", spoilt },
    { "in two pages", two_pages },
    { "health that was injected", health },
    { "without OCP", without_ocp },
};
OCPN_UNIT_MAIN("panic power", tests)
