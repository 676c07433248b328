/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single temperature sensors.
 * Proves: TRPT-1; NVMe Base 2.0, "Temperature Threshold"; docs/ocp.rst,
 * "Knobs".
 */
#include "migrate-unit.h"
#include "action-unit.h"

#define HOT         0x00020101u
#define TMPSEL(n)   ((uint32_t)(n) << 16)

/* Kelvin at sensor N, 1 to 8. */
static unsigned sensor(FakeHost *h, unsigned n)
{
    return (unsigned)bytes_at(smart_page(h, 0x02) + 198 + 2 * n, 2);
}

static uint16_t limit(FakeHost *h, unsigned n, unsigned kelvin)
{
    return fake_set_feature(h, 0x04, 0, TMPSEL(n) | kelvin).status;
}

static void follow(FakeHost *h)
{
    CHECK_EQ(sensor(h, 1), 310);
    CHECK_EQ(sensor(h, 2), 305);
    for (unsigned i = 3; i <= 8; i++) {
        CHECK_EQ(sensor(h, i), 0);
    }
}

static void values(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    follow(h);
    smart_knob(h, "sensor[8]", "400");
    smart_knob(h, "sensor[2]", "0");
    smart_knob(h, "sensor[1]", "20C");
    CHECK_EQ(sensor(h, 8), 400);
    CHECK_EQ(sensor(h, 2), 0);
    CHECK_EQ(sensor(h, 1), 293);
    smart_knob(h, "temperature", "330");
    CHECK_EQ(sensor(h, 1), 293);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 1, 2), 330);
    CHECK_EQ(smart_c0(h, 97, 1), 0);            /* 400 K throttles nothing */
    smart_knob(h, "sensor[2]", "auto");
    smart_knob(h, "temperature", "4");          /* never none */
    CHECK_EQ(sensor(h, 2), 1);
    CU_ASSERT(ocpn_knob_get(h->c, "sensor[8]", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "400");
    fake_host_restart(h, false);
    follow(h);
    fake_host_free(h);
}

static void thresholds(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(limit(h, 5, 330), 2);              /* none there */
    smart_knob(h, "sensor[5]", "320");
    CHECK_EQ(limit(h, 5, 330), 0);
    CHECK_EQ(limit(h, 4, 330), 2);
    CHECK_EQ(fake_get_feature(h, 0x04, 0, TMPSEL(5)).dw0, 330);
    CHECK_EQ(smart_event(h), 0);
    smart_knob(h, "sensor[5]", "329");
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    smart_knob(h, "sensor[5]", "330");
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, HOT);
    CHECK_EQ(smart_page(h, 0x02)[0], 2);
    smart_knob(h, "sensor[5]", "0");
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    smart_knob(h, "sensor[5]", "330");
    smart_knob(h, "sensor[7]", "300");
    CHECK_EQ(limit(h, 15, 340), 0);             /* all that are there */
    CHECK_EQ(fake_get_feature(h, 0x04, 0, TMPSEL(7)).dw0, 340);
    CHECK_EQ(fake_get_feature(h, 0x04, 0, TMPSEL(2)).dw0, 340);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
    migrate(h);
    CHECK_EQ(sensor(h, 5), 330);
    CHECK_EQ(fake_get_feature(h, 0x04, 0, TMPSEL(7)).dw0, 340);
    smart_knob(h, "sensor[5]", "auto");
    CHECK_EQ(sensor(h, 5), 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_get_feature(h, 0x04, 0, TMPSEL(7)).dw0, 0xffff);
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[] = { "65535", "-1", "", "hot", "-273C" };
    FakeHost *h = smart_drive(OCP_2_5);
    OcpnError err;

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CU_ASSERT(!ocpn_knob_set(h->c, "sensor[3]", t[i], &err));
        CHECK_HAS(err.text, "sensor[3] is kelvin from 1 to 65534, degrees");
    }
    CU_ASSERT(!ocpn_knob_set(h->c, "sensor[0]", "300", &err));
    CU_ASSERT(!ocpn_knob_set(h->c, "sensor[9]", "300", &err));
    CU_ASSERT(!ocpn_knob_add(h->c, "sensor[1]", "1", &err));
    CHECK_HAS(err.text, "sensor[1] is no counter");
    follow(h);
    fake_host_free(h);
    h = smart_drive(OCP_OFF);
    CU_ASSERT(!ocpn_knob_set(h->c, "sensor[1]", "300", &err));
    CHECK_HAS(err.text, "ocp-version=off");
    CHECK_EQ(sensor(h, 1), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "values of sensors", values },
    { "thresholds of sensors", thresholds },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("sensor", tests)
