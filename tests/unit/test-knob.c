/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knobs by name: docs/user-guide.rst, "Knobs". */
#include "smart-unit.h"

/* Names, none twice, each with a value that can be set again. */
static void names(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    const char *name, *other;
    OcpnError err;

    for (unsigned i = 0; (name = ocpn_knob_name(i)); i++) {
        char text[OCPN_KNOB_TEXT];

        for (unsigned j = 0; j < i; j++) {
            other = ocpn_knob_name(j);
            CHECK(strcmp(name, other), "%s twice", name);
        }
        CHECK(ocpn_knob_get(h->c, name, text, &err), "%s", err.text);
        CHECK(ocpn_knob_set(h->c, name, text, &err), "%s", err.text);
    }
    CU_ASSERT(!ocpn_knob_name(1000));
    fake_host_free(h);
}

static void values(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    smart_knob(h, "plp-starts", "340282366920938463463374607431768211454");
    CU_ASSERT(ocpn_knob_add(h->c, "plp-starts", "0x1", &err));
    CU_ASSERT(ocpn_knob_add(h->c, "plp-starts", "5", &err));
    CU_ASSERT(ocpn_knob_get(h->c, "plp-starts", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "340282366920938463463374607431768211455");
    CU_ASSERT(ocpn_knob_add(h->c, "e2e-detected", "18446744073709551615",
                            &err));
    CU_ASSERT(ocpn_knob_get(h->c, "e2e-detected", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "4294967295");
    smart_knob(h, "plp-state", "degraded");
    CU_ASSERT(ocpn_knob_get(h->c, "plp-state", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "degraded");
    CU_ASSERT(ocpn_knob_get(h->c, "temperature", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "310");
    fake_host_free(h);
}

static void refused(void)
{
    static const struct {
        const char *name, *value, *why;
    } t[] = {
        { "spare", "101", "from 0 to 100, not '101'" },
        { "spare", "-1", "from 0 to 100" },
        { "temperature", "0", "from 1 to 65535" },
        { "temperature", "18446744073709551616", "from 1 to 65535" },
        { "opal-state", "on", "inactive or activated, not 'on'" },
        { "capacitors", "65535", "65534" },
        { "plp-state", "1", "ok, degraded or failed, not '1'" },
        { "critical-warning", "64", "from 0 to 63" },
        { "e2e-detected", "4294967296", "at most 4 bytes" },
        { "e2e-detected", "unsupported", "at most 4 bytes" },
        { "bad-system-blocks", "some", "at most 6 bytes, not 'some'" },
        { "refresh", "", "at most 7 bytes" },
        { "dies", "4", "later" },
        { "no-such", "4", "no knob 'no-such'" },
        { "", "4", "no knob" },
    };
    FakeHost *h = smart_drive(OCP_2_5);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK(!ocpn_knob_set(h->c, t[i].name, t[i].value, &err), "%s=%s",
              t[i].name, t[i].value);
        CHECK_HAS(err.text, t[i].why);
    }
    CU_ASSERT(!ocpn_knob_add(h->c, "spare", "1", &err));
    CHECK_HAS(err.text, "spare is no counter");
    CU_ASSERT(!ocpn_knob_add(h->c, "refresh", "many", &err));
    CHECK_HAS(err.text, "not 'many'");
    CU_ASSERT(!ocpn_knob_get(h->c, "no-such", text, &err));
    CHECK_EQ(ocpn_health(h->c)->spare, 100);
    fake_host_free(h);
}

/* OCP-CASE-150 */
static void off(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    char text[OCPN_KNOB_TEXT];
    OcpnError err;
    const char *name;

    for (unsigned i = 0; (name = ocpn_knob_name(i)); i++) {
        CHECK(!ocpn_knob_set(h->c, name, "1", &err), "%s", name);
        CHECK_HAS(err.text, "x-test-knobs=on");
        CHECK(!ocpn_knob_add(h->c, name, "1", &err), "%s", name);
    }
    CU_ASSERT(ocpn_knob_get(h->c, "spare", text, &err));
    CHECK_EQ(smart_c0(h, 48, 8), 0);
    fake_host_free(h);
    h = smart_drive(OCP_OFF);
    CU_ASSERT(!ocpn_knob_set(h->c, "spare", "1", &err));
    CHECK_HAS(err.text, "ocp-version=off");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "every name", names },
    { "values of all sizes", values },
    { "what cannot be is said", refused },
    { "knobs are off", off },
};
OCPN_UNIT_MAIN("knob", tests)
