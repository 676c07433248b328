/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C1h: Clear Firmware Update History.
 * Proves: OCP Datacenter NVMe SSD, "Clear Firmware Update History".
 */
#include "firmware-unit.h"

#define FID     0xc1u
#define SV      0x80000000u
#define CLEAR   0x80000000u

/* OCP-CASE-57 */
static void clears(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, "a file", 2, 3), 0);
    CHECK_EQ(fw_valid(h), 1);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(fw_valid(h), 1);                   /* no order */
    CHECK_EQ(fake_set_feature(h, FID, 0, CLEAR).status, 0);
    CHECK_EQ(fw_valid(h), 0);
    fake_host_restart(h, false);
    CHECK_EQ(fw_valid(h), 0);
    CHECK_EQ(fw_update(h, "another", 3, 3), 0);
    CHECK_EQ(fw_entry(h, 0, 4, 2), 2);          /* attempts are kept */
    fake_host_free(h);
}

/* OCP-CASE-144; GETF-1 */
static void what_it_is(void)
{
    FakeHost *h = smart_drive(OCP_2_0);

    CHECK_EQ(fw_update(h, "a file", 2, 3), 0);
    for (uint32_t sel = 0; sel < 3; sel++) {
        FakeCqe e = fake_get_feature(h, FID | sel << 8, ALL, 0);

        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, 0);
    }
    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 0, 0).dw0, 4);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, CLEAR).status, 0x10d);
    CHECK_EQ(fake_set_feature(h, FID, 0, CLEAR | 1).status, 0x002);
    CHECK_EQ(fake_set_feature(h, FID, 1, CLEAR).status, 0x10f);
    CHECK_EQ(fw_valid(h), 1);
    fake_host_free(h);
}

static void no_ocp(void)
{
    FakeHost *h = smart_drive(OCP_OFF);

    CHECK_EQ(fake_set_feature(h, FID, 0, CLEAR).status, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "clears the history", clears },
    { "not saved, reads as 0", what_it_is },
    { "no feature without OCP", no_ocp },
};
OCPN_UNIT_MAIN("feature c1", tests)
