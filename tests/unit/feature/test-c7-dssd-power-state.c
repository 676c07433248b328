/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C7h: DSSD Power State, beside Feature 02h.
 * Proves: OCP Datacenter NVMe SSD, "DSSD Power State", DSSDPSS-2, DSSDPSG-1,
 * DSSDPSG-2, PWR-5, SMART-31, GETF-1.
 */
#include "power-unit.h"

/* OCP-CASE-98: DSSDPSG-1, DSSDPSG-2, SMART-31 */
static void watts_and_states(void)
{
    FakeHost *h = power_start(OCP_2_5, true);

    CHECK_POWER(h, 0, 35);
    CHECK_EQ(power_changes(h), 0);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 18).status, 0);
    CHECK_POWER(h, 6, 18);
    CHECK_EQ(power_changes(h), 1);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 6).status, 0);
    CHECK_POWER(h, 6, 16);
    CHECK_EQ(power_changes(h), 2);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 6).status, 0);
    CHECK_EQ(power_changes(h), 2);                  /* no change */
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 7).status, 0);
    CHECK_POWER(h, 7, 9);                           /* 8.5 W */
    fake_host_free(h);
}

/* OCP-CASE-85, OCP-CASE-148: DSSDPSS-2 */
static void limits(void)
{
    FakeHost *h = power_start(OCP_2_5, false);
    uint32_t least;

    CHECK_EQ(fake_get_log(h, 0xc4, 0, 0, 16).status, 0);
    least = (uint32_t)bytes_at(fake_guest(h, FAKE_BUF) + 14, 2);
    CHECK_EQ(least, 9);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, least - 1).status, 0x002);
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 0).status, 0x002);
    CHECK_POWER(h, 0, 25);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, least).status, 0);
    CHECK_POWER(h, 5, 9);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 127).status, 0);
    CHECK_POWER(h, 0, 127);
    for (unsigned bit = 7; bit < 32; bit++) {
        CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 1u << bit | 20).status,
                 0x002);
    }
    CHECK_POWER(h, 0, 127);
    fake_host_free(h);
}

/* OCP-CASE-99, OCP-CASE-104: GETF-1 */
static void selects(void)
{
    FakeHost *h = power_start(OCP_2_5, false);

    CHECK_EQ(power_get(h, FID_WATTS, 3), 5);
    CHECK_EQ(power_get(h, FID_WATTS, 1), 25);
    CHECK_EQ(power_get(h, FID_WATTS, 2), 25);
    CHECK_EQ(fake_set_feature(h, SV | FID_WATTS, 0, 18).status, 0);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 13).status, 0);
    CHECK_EQ(power_get(h, FID_WATTS, 0), 13);
    CHECK_EQ(power_get(h, FID_WATTS, 1), 25);
    CHECK_EQ(power_get(h, FID_WATTS, 2), 18);
    fake_host_restart(h, true);
    CHECK_POWER(h, 2, 18);
    fake_host_free(h);
}

/* What was saved last counts, whichever feature it was: PWR-5. */
static void saved_by_either(void)
{
    FakeHost *h = power_start(OCP_2_5, true);

    CHECK_EQ(fake_set_feature(h, SV | FID_WATTS, 0, 18).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 2), 6);
    CHECK_EQ(fake_set_feature(h, SV | FID_STATE, 0, 5).status, 0);
    CHECK_EQ(power_get(h, FID_WATTS, 2), 20);
    fake_host_restart(h, true);
    CHECK_POWER(h, 5, 20);
    CHECK_EQ(fake_set_feature(h, SV | FID_WATTS, 0, 18).status, 0);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 1).status, 0);
    fake_host_restart(h, false);
    CHECK_POWER(h, 6, 18);
    fake_host_free(h);
}

/* Vendor features survive a reset, and so does the state they made. */
static void resets(void)
{
    FakeHost *h = power_start(OCP_2_5, true);

    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 18).status, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_POWER(h, 6, 18);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 3).status, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_POWER(h, 0, 35);
    fake_host_free(h);
}

static void since(void)
{
    FakeHost *h = power_start(OCP_1_0, false);

    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 18).status, 0x002);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 3).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 0), 3);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "watts choose a state, a state has watts", watts_and_states },
    { "from the least to 127 watts", limits },
    { "current, default, saved, capabilities", selects },
    { "both features save the same state", saved_by_either },
    { "after a reset", resets },
    { "since version 2.0", since },
};
OCPN_UNIT_MAIN("feature c7", tests)
