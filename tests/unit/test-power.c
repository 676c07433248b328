/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power states that are migrated, and ones with odd tables.
 * Proves: OCP Datacenter NVMe SSD, SMART-31, DSSDPSG-1, DSSDPSS-2.
 */
#include "hw/ocp-nvme/core/power.h"
#include "hw/ocp-nvme/core/timer.h"
#include "migrate-unit.h"
#include "power-unit.h"

#define MINUTE  UINT64_C(60000000000)
#define HOUR    (60 * MINUTE)

/* Migration is no change of the state; what is saved comes along. */
static void migrates(void)
{
    FakeHost *h = power_start(OCP_2_7, true);

    CHECK_EQ(fake_set_feature(h, SV | FID_WATTS, 0, 20).status, 0);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 18).status, 0);
    CHECK_EQ(fake_set_feature(h, 0xc6, 0, 3u << 16).status, 0);
    CHECK_EQ(fake_set_feature(h, 0xc8, 0, 2).status, 0);
    CHECK_EQ(fake_set_feature(h, 0xc2, 0, 2u << 30).status, 0);
    migrate(h);
    CHECK_POWER(h, 6, 18);
    CHECK_EQ(power_get(h, FID_STATE, 2), 5);
    CHECK_EQ(power_get(h, FID_WATTS, 2), 20);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_AVERAGE_POWER), 16);
    CHECK_EQ(power_get(h, 0xc6, 0), 3);
    CHECK_EQ(ocpn_timer_when(h->c, OCPN_TIMER_PLP), h->f.now + 3 * MINUTE);
    CHECK_EQ(power_get(h, 0xc8, 0), 2);
    CHECK_EQ(power_get(h, 0xc2, 0), 2);
    fake_host_free(h);
}

static void migrates_idle(void)
{
    FakeHost *h = power_start(OCP_2_5, false);
    FakeCmd read = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };

    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 6).status, 0);
    migrate(h);
    CHECK_EQ(power_get(h, FID_STATE, 0), 6);
    CHECK_EQ(fake_io(h, &read).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 0), 0);
    fake_host_free(h);
}

/* Two rows are Feature 02h, and each drive migrates its own. */
static void migrates_other(void)
{
    FakeHost *h = power_start(OCP_OFF, false);

    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 3u << 5).status, 0);
    migrate(h);
    CHECK_EQ(power_get(h, FID_STATE, 0), 3u << 5);
    fake_host_free(h);
}

/* State 0 works however little it needs, and nothing needs 0 W. */
static void small_tables(void)
{
    static const uint16_t power[][3] = {
        { 400 }, { 1 }, { 400, 300 }, { 65535, 1 }, { 800, 800, 800 },
    };
    static const uint8_t least[] = { 4, 1, 4, 0, 8 };

    for (size_t i = 0; i < 5; i++) {
        FakeSetup s = {
            .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
        };
        FakeHost *h;

        memcpy(s.cfg.ocp.power, power[i], sizeof(power[i]));
        h = fake_host_start(&s);
        if (least[i]) {
            CHECK_EQ(ocpn_power_min_watts(h->c), least[i]);
            CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, least[i]).status, 0);
            CHECK_POWER(h, 0, least[i]);
        }
        CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 127).status,
                 least[i] ? 0 : 0x002);
        CHECK_EQ(fake_get_log(h, 0xc4, 0, 0, 4096).status, 0);
        fake_host_free(h);
    }
}

/* C0h 269:264: what was used in one state is not counted again in another. */
static void energy(void)
{
    FakeHost *h = power_start(OCP_2_6, false);

    fake_advance(&h->f, 10 * HOUR);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_ENERGY), 250);
    for (unsigned i = 1; i <= 10; i++) {
        CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 9).status, 0);
        CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_AVERAGE_POWER), 9);
        fake_advance(&h->f, 2 * HOUR);
        CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_ENERGY), 250 + 17 * i);
        CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 25).status, 0);
        CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_ENERGY), 250 + 17 * i);
    }
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_PEAK_POWER), 25);
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_ENERGY), 420);
    fake_advance(&h->f, HOUR);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_ENERGY), 445);
    fake_host_free(h);
}

/* Texts of tables; PWR-1 */
static void texts(void)
{
    static const struct {
        const char *text;
        uint16_t want[4];
    } t[] = {
        { "25", { 2500 } },
        { "25:8.5", { 2500, 850 } },
        { "127,0.01", { 12700, 1 } },
        { "9 9/7.25", { 900, 900, 725 } },
        { "005.5:", { 550 } },
    };
    static const struct {
        const char *text, *why;
    } bad[] = {
        { "", "no state" },
        { "0", "'0' is no power" },
        { "0.00", "'0.00' is no power" },
        { "128", "'128' is no power of a state; give watts from 0.01 to 127" },
        { "127.01", "'127.01'" },
        { "1.", "'1.'" },
        { ".5", "'.5'" },
        { "1.234", "'1.234'" },
        { "25W", "'25W'" },
        { "-5", "'-5'" },
        { "25::5", "''" },
        { "5:25", "state 1 has 25 W, more than" },
        { "99999999999999999999999999999999999999999999999", "'9999" },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        uint16_t table[OCPN_POWER_STATES];
        OcpnError err = { "" };

        memset(table, 0xff, sizeof(table));
        CHECK(ocpn_power_parse(t[i].text, table, &err), "%s: %s", t[i].text,
              err.text);
        CU_ASSERT(!memcmp(table, t[i].want, sizeof(t[i].want)));
        CU_ASSERT(fake_all(table + 4, 0, sizeof(table) - 8));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint16_t table[OCPN_POWER_STATES] = { 7 };
        OcpnError err;

        CHECK(!ocpn_power_parse(bad[i].text, table, &err), "%s", bad[i].text);
        CHECK_HAS(err.text, bad[i].why);
        CHECK_EQ(table[0], 7);
    }
}

/* 32 states at most */
static void long_texts(void)
{
    char many[80] = "";

    for (unsigned n = 1; n <= 33; n++) {
        uint16_t table[OCPN_POWER_STATES];
        OcpnError err;

        many[2 * n - 2] = '6';
        many[2 * n - 1] = '\0';
        CHECK_EQ(ocpn_power_parse(many, table, &err), n <= 32);
        many[2 * n - 1] = ':';
    }
}

static const OcpnTest tests[] = {
    { "states migrate with what is saved", migrates },
    { "an idle drive migrates", migrates_idle },
    { "drives without OCP migrate their state", migrates_other },
    { "energy that was used", energy },
    { "small tables and strange ones", small_tables },
    { "tables as texts", texts },
    { "tables of many states", long_texts },
};
OCPN_UNIT_MAIN("power", tests)
