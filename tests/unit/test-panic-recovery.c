/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, INCS-6, CRASH-1..4, EREC-3: what ends a
 * panic, and what does not.
 */
#include "panic-unit.h"

/* OCP-CASE-39 */
static void recovers(void)
{
    static const uint16_t types[] = { 1, 3, 5, 7, 8 };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        FakeHost *h = ocp_start(OCP_2_5);
        const uint8_t *p;

        CHECK_EQ(arm(h, ONCE, types[i], 0), 0);
        CHECK_EQ(READ(h), 0);
        CHECK_EQ(READ(h), 0x006);
        CHECK_EQ(format(h), 0);
        p = recovery(h);
        CU_ASSERT(fake_all(p, 0, 12));
        CHECK_EQ(bytes_at(p + 32, 8), 0);       /* not previous yet */
        CHECK_EQ(WRITE(h), 0);
        CHECK_EQ(READ(h), 0);
        CHECK_EQ(arm(h, ONCE, 0x02, 0), 0);
        CHECK_EQ(READ(h), 0);
        p = recovery(h);
        CHECK_EQ(bytes_at(p + 4, 8), 0x10002);
        CHECK_EQ(bytes_at(p + 32, 8), 0x10000u + types[i]);
        CHECK_EQ(p[31], 2);
        fake_host_free(h);
    }
}

/* OCP-CASE-40: what it does not ask for does not help. */
static void other_actions(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CHECK_EQ(arm(h, ONCE, 0x05, 0), 0);      /* asks for Format */
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0x10005);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(panic_id(h), 0x10005);
    CHECK_EQ(READ(h), 0x006);
    ocpn_ctrl_reset(h->c, OCPN_RESET_SUBSYSTEM);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0x10005);
    fake_host_free(h);

    h = ocp_start(OCP_2_5);
    CHECK_EQ(arm(h, ONCE, 0x0a, 0), 0);      /* asks for another drive */
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(recovery(h)[3], 0x10);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(panic_id(h), 0x1000a);
    CHECK_EQ(READ(h), 0x006);
    fake_host_free(h);

    h = ocp_start(OCP_2_5);                     /* asks for this reset */
    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0x10001);
    ocpn_ctrl_reset(h->c, OCPN_RESET_FUNCTION);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0x10001);
    fake_host_free(h);
}

/* A format that fails, or is cut short, is no recovery. */
static void failed_recovery(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10007));
    ocpn_panic_fail(h->c, 2);
    CHECK_EQ(format(h), 0x006);
    CHECK_EQ(panic_id(h), 0x10007);
    CHECK_EQ(format(h), 0x006);
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 0xf,
    }).status, 0x10a);
    CHECK_EQ(panic_id(h), 0x10007);
    h->f.hold = true;
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1 });
    fake_run(&h->f);
    fake_set_reg(h, 0x14, 0x00460000, 4);
    fake_run(&h->f);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0x10007);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(panic_id(h), 0);
    fake_host_free(h);
}

/* What a panic does to the drive's health, and recovery undoes. */
static void effects(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CHECK_EQ(arm(h, ONCE, 0x03, 0), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(warnings(h), 1 << 3 | 1 << 4);     /* C2h: read-only */
    CHECK_EQ(smart_c0(h, CAPACITOR), 0);
    power_cycle(h, true);
    CHECK_EQ(warnings(h), 1 << 3 | 1 << 4);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(warnings(h), 0);
    CU_ASSERT(smart_c0(h, CAPACITOR) > 0);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(arm(h, ONCE, 0x0a, 0), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(warnings(h), 1 << 0 | 1 << 2 | 1 << 3);
    CHECK_EQ(smart_c0(h, BAD_USER), 1);
    fake_host_free(h);
}

/* Knobs: a panic, one that recovers at the second try, and its end. */
static void knobs(void)
{
    FakeHost *h = ocp_start(OCP_2_0);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    smart_knob(h, "panic", "7");
    smart_knob(h, "recovery-fails", "1");
    CHECK_EQ(panic_id(h), 0x10007);
    power_cycle(h, true);
    CU_ASSERT(ocpn_knob_get(h->c, "panic", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "7");
    CU_ASSERT(ocpn_knob_get(h->c, "recovery-fails", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "1");
    CHECK_EQ(format(h), 0x006);
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(READ(h), 0);
    smart_knob(h, "panic", "0xb");
    CHECK_EQ(panic_id(h), 1);
    smart_knob(h, "panic", "0");
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(READ(h), 0);
    CU_ASSERT(!ocpn_knob_set(h->c, "panic", "13", &err));
    CU_ASSERT(!ocpn_knob_set(h->c, "arm-incomplete-shutdown", "1", &err));
    CHECK_HAS(err.text, "off or on");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "Format recovers", recovers },
    { "other actions do not", other_actions },
    { "a recovery that fails", failed_recovery },
    { "health", effects },
    { "knobs", knobs },
};
OCPN_UNIT_MAIN("panic recovery", tests)
