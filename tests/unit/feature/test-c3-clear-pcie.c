/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, SMART-14 and its feature C3h.
 */
#include "smart-unit.h"

#define FID     0xc3u
#define SV      0x80000000u
#define CLEAR   0x80000000u

/* OCP-CASE-27; SMART-14, SMART-29 */
static void clears(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "pcie-correctable", "7");
    smart_knob(h, "link-retrains", "9");
    CHECK_EQ(smart_c0(h, 104, 8), 7);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(smart_c0(h, 104, 8), 7);           /* no order */
    CHECK_EQ(fake_set_feature(h, FID, 0, CLEAR).status, 0);
    CHECK_EQ(smart_c0(h, 104, 8), 0);
    CHECK_EQ(smart_c0(h, 192, 8), 9);
    smart_knob(h, "pcie-correctable", "8");
    CHECK_EQ(fake_set_feature(h, FID, ALL, CLEAR).status, 0);
    CHECK_EQ(smart_c0(h, 104, 8), 0);
    fake_host_restart(h, false);
    CHECK_EQ(smart_c0(h, 104, 8), 0);
    CHECK_EQ(smart_c0(h, 192, 8), 9);
    fake_host_free(h);
}

/* OCP-CASE-28, OCP-CASE-144; GETF-1 */
static void what_it_is(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    for (uint32_t sel = 0; sel < 3; sel++) {
        FakeCqe e = fake_get_feature(h, FID | sel << 8, ALL, 0);

        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, 0);
    }
    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 0, 0).dw0, 4);
    smart_knob(h, "pcie-correctable", "7");
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, CLEAR).status, 0x10d);
    CHECK_EQ(fake_set_feature(h, FID, 0, CLEAR | 1).status, 0x002);
    CHECK_EQ(fake_set_feature(h, FID, 1, CLEAR).status, 0x10f);
    CHECK_EQ(smart_c0(h, 104, 8), 7);
    fake_host_free(h);
}

static void no_ocp(void)
{
    FakeHost *h = smart_drive(OCP_OFF);

    CHECK_EQ(fake_set_feature(h, FID, 0, CLEAR).status, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "clears one counter", clears },
    { "not saved, reads as 0", what_it_is },
    { "no feature without OCP", no_ocp },
};
OCPN_UNIT_MAIN("feature c3", tests)
