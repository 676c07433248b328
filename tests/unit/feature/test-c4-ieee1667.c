/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C4h: Enable IEEE 1667 Silo.
 * Proves: OCP Datacenter NVMe SSD, "Enable IEEE1667 Silo", FB-CONF-2,
 * MS-CONF-3, GETF-1.
 */
#include "fakes/host.h"
#include "smart-unit.h"

#define FID     0xc4u
#define SV      0x80000000u
#define ON      0x80000000u

static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } }, .ns = { FAKE_T1 },
};

static uint32_t get(FakeHost *h, uint32_t sel)
{
    FakeCqe e = fake_get_feature(h, FID | sel << 8, 0, 0);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

/* OCP-CASE-100 */
static void enabled(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(get(h, 0), 0);
    CHECK_EQ(get(h, 1), 0);
    CHECK_EQ(get(h, 3), 5);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, ON).status, 0);
    CHECK_EQ(get(h, 0), 1);
    CHECK_EQ(get(h, 1), 0);
    CHECK_EQ(get(h, 2), 1);
    smart_knob(h, "opal-state", "activated");
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(get(h, 0), 1);
    ocpn_set_opal(h->c, OCPN_OPAL_INACTIVE);
    CHECK_EQ(fake_set_feature(h, FID, 0, 1).status, 0x002); /* reserved */
    fake_host_restart(h, true);
    CHECK_EQ(get(h, 0), 1);
    fake_host_free(h);
}

/* OCP-CASE-143 */
static void reverts(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, SV | FID, 0, ON).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(get(h, 0), 0);
    CHECK_EQ(get(h, 2), 1);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 0), 0);
    fake_host_restart(h, true);
    CHECK_EQ(get(h, 0), 1);
    fake_host_free(h);
}

/* FB-CONF-2, MS-CONF-3 */
static void profiles(void)
{
    FakeSetup s = drive;
    FakeHost *h;

    for (uint8_t p = OCPN_PROFILE_A; p <= OCPN_PROFILE_MICROSOFT; p++) {
        s.cfg.ocp.profile = p;
        h = fake_host_start(&s);
        CHECK_EQ(fake_set_feature(h, FID, 0, ON).status,
                 p == OCPN_PROFILE_META ? 0x002 : 0);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "is enabled and saved, unless Opal is active", enabled },
    { "reverts to what was saved", reverts },
    { "is in every profile but Meta's", profiles },
};
OCPN_UNIT_MAIN("feature c4", tests)
