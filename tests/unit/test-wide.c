/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of 128 bits. */
#include "hw/ocp-nvme/core/wide.h"
#include "ocpn-unit.h"

static void texts(void)
{
    static const struct {
        const char *text, *decimal;
        uint64_t high, low;
    } t[] = {
        { "0", "0", 0, 0 },
        { "0x10", "16", 0, 16 },
        { "18446744073709551615", "18446744073709551615", 0, UINT64_MAX },
        { "18446744073709551616", "18446744073709551616", 1, 0 },
        { "0XffFF0000000000000000", "1208907372870555465154560", 0xffff, 0 },
        { "340282366920938463463374607431768211455",
          "340282366920938463463374607431768211455", UINT64_MAX, UINT64_MAX },
    };
    static const char *const bad[] = {
        "", "0x", "-1", "+1", " 1", "1 ", "1a", "0xg", "1.0",
        "340282366920938463463374607431768211456",
        "0x100000000000000000000000000000000",
    };
    char text[OCPN_WIDE_DIGITS + 1];
    OcpnWide a;

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK(ocpn_wide_parse(t[i].text, &a), "%s", t[i].text);
        CHECK_EQ(a.high, t[i].high);
        CHECK_EQ(a.low, t[i].low);
        ocpn_wide_print(a, text);
        CHECK(!strcmp(text, t[i].decimal), "%s", text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!ocpn_wide_parse(bad[i], &a), "'%s'", bad[i]);
    }
}

static void sums(void)
{
    const OcpnWide most = ocpn_wide_max(16);
    OcpnWide a = ocpn_wide_add((OcpnWide) { UINT64_MAX, 6 }, 2, most);

    CHECK_EQ(a.low, 1);
    CHECK_EQ(a.high, 7);
    a = ocpn_wide_add(most, 1, most);
    CHECK_EQ(a.low, UINT64_MAX);
    CHECK_EQ(a.high, UINT64_MAX);
    a = ocpn_wide_add((OcpnWide) { 250, 0 }, 10, ocpn_wide_max(1));
    CHECK_EQ(a.low, 255);
    CHECK_EQ(ocpn_wide_max(6).low, UINT64_C(0xffffffffffff));
    CHECK_EQ(ocpn_wide_max(8).low, UINT64_MAX);
    CHECK_EQ(ocpn_wide_max(8).high, 0);
    CHECK_EQ(ocpn_wide_max(9).high, 255);
}

static void quotients(void)
{
    OcpnWide a = ocpn_wide_div_up((OcpnWide) { 1, 0 }, 1000000000);

    CHECK_EQ(a.low, 1);
    CHECK_EQ(ocpn_wide_div_up((OcpnWide) { 30, 0 }, 10).low, 3);
    a = ocpn_wide_div_up((OcpnWide) { 0, 10 }, 10);
    CHECK_EQ(a.high, 1);
    CHECK_EQ(a.low, 0);
    a = ocpn_wide_div_up(ocpn_wide_max(16), 1);
    CHECK_EQ(a.high, UINT64_MAX);
    CHECK_EQ(a.low, UINT64_MAX);
}

static void bytes(void)
{
    uint8_t b[18] = { 0 };
    OcpnWide a = { UINT64_C(0x0807060504030201), 0x0b0a09 };

    ocpn_wide_put(b + 1, 11, a);
    CHECK_EQ(b[0], 0);
    for (unsigned i = 1; i <= 11; i++) {
        CHECK_EQ(b[i], i);
    }
    CHECK_EQ(b[12], 0);
    a = ocpn_wide_get(b + 1, 7);
    CHECK_EQ(a.low, UINT64_C(0x07060504030201));
    a = ocpn_wide_get(b + 1, 16);
    CHECK_EQ(a.high, 0x0b0a09);
}

static const OcpnTest tests[] = {
    { "from and to texts", texts },
    { "sums stay at their most", sums },
    { "quotients are rounded up", quotients },
    { "from and to bytes", bytes },
};
OCPN_UNIT_MAIN("wide", tests)
