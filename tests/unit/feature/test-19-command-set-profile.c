/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "I/O Command Set Profile (Feature Identifier 19h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID 0x19

static void one_combination(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0xfffffe00).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, 1).status, 0x12b);
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0x1ff).status, 0x12b);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "combination 0 is the only one", one_combination },
};
OCPN_UNIT_MAIN("feature 19", tests)
