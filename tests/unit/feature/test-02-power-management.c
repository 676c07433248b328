/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature 02h: Power Management, of OCP drives.
 * Proves: NVMe Base 2.0, "Power Management"; OCP Datacenter NVMe SSD, PWR-1,
 * PWR-5, SMART-31.
 */
#include "power-unit.h"

/* PWR-5; Workload Hint is kept as well. */
static void saved(void)
{
    FakeHost *h = power_start(OCP_2_5, false);

    CHECK_EQ(power_get(h, FID_STATE, 3), 5);
    CHECK_EQ(fake_set_feature(h, SV | FID_STATE, 0, 2u << 5 | 3).status, 0);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 1).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 0), 1);
    CHECK_EQ(power_get(h, FID_STATE, 1), 0);
    CHECK_EQ(power_get(h, FID_STATE, 2), 2u << 5 | 3);
    fake_host_restart(h, true);
    CHECK_EQ(power_get(h, FID_STATE, 0), 2u << 5 | 3);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 20).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 0), 2u << 5 | 1);
    fake_host_free(h);
}

/* PWR-1: as many as Identify says. */
static void states(void)
{
    FakeHost *h = power_start(OCP_2_5, false);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[263], 6);
    for (uint32_t ps = 0; ps < 32; ps++) {
        CHECK_EQ(fake_set_feature(h, FID_STATE, 0, ps).status,
                 ps <= 6 ? 0 : 0x002);
    }
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(power_get(h, FID_STATE, 0), 6);
    fake_host_free(h);
}

/* An I/O command ends a non-operational state; admin commands do not. */
static void wakes(void)
{
    FakeHost *h = power_start(OCP_2_5, false);
    FakeCmd read = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };

    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 4).status, 0);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 6).status, 0);
    CHECK_EQ(power_changes(h), 2);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_AVERAGE_POWER), 5);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 0), 6);
    CHECK_EQ(fake_io(h, &read).status, 0);
    CHECK_EQ(power_get(h, FID_STATE, 0), 4);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_AVERAGE_POWER), 12);
    CHECK_EQ(power_changes(h), 3);                  /* the drive's own */
    CHECK_EQ(fake_io(h, &read).status, 0);
    CHECK_EQ(power_changes(h), 3);
    fake_host_free(h);
}

/* What was saved with another table, or by nobody. */
static void unknown_state(void)
{
    FakeHost *h = power_start(OCP_2_5, true);

    CHECK_EQ(fake_set_feature(h, SV | FID_STATE, 0, 7).status, 0);
    memset(h->setup.cfg.ocp.power, 0, sizeof(h->setup.cfg.ocp.power));
    fake_host_restart(h, true);
    CHECK_POWER(h, 0, 25);
    CHECK_EQ(power_get(h, FID_STATE, 2), 0);
    CHECK_EQ(power_get(h, FID_WATTS, 2), 25);
    fake_host_free(h);
}

/* With OCP off again there is one state, and nothing saved of it. */
static void not_ocp(void)
{
    FakeHost *h = power_start(OCP_2_5, false);

    CHECK_EQ(fake_set_feature(h, SV | FID_STATE, 0, 3).status, 0);
    h->setup.cfg.ocp.version = OCP_OFF;
    fake_host_restart(h, true);
    CHECK_EQ(power_get(h, FID_STATE, 0), 0);
    CHECK_EQ(power_get(h, FID_STATE, 3), 4);
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 1).status, 0x002);
    CHECK_EQ(fake_set_feature(h, SV | FID_STATE, 0, 0).status, 0x10d);
    CHECK_EQ(power_changes(h), 1);                  /* as it was */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "is saved", saved },
    { "has the states that Identify lists", states },
    { "an idle drive wakes up", wakes },
    { "a state that there is no more", unknown_state },
    { "other drives have one state", not_ocp },
};
OCPN_UNIT_MAIN("feature 02", tests)
