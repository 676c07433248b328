/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Interrupt Vector Configuration (Feature Identifier
 * 09h)".
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/feature.h"
#include "ocpn-unit.h"

#define FID 0x09
#define CD  0x10000u

static void each_vector(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .nvectors = 2048 }, .ns = { FAKE_T1 },
    });

    for (uint32_t v = 0; v < 2048; v += 23) {
        CHECK_EQ(fake_get_feature(h, FID, 0, v).dw0, v);
        CHECK_EQ(fake_set_feature(h, FID, 0, CD | v).status, 0);
        CHECK_EQ(fake_get_feature(h, FID, 0, v).dw0, CD | v);
        CHECK_EQ(fake_get_feature(h, FID | 1 << 8, 0, v).dw0, v);
        CU_ASSERT(ocpn_coalescing_disabled(h->c, (uint16_t)v));
    }
    CHECK_EQ(fake_get_feature(h, FID, 0, 1).dw0, 1);
    CHECK_EQ(fake_set_feature(h, FID, 0, 23).status, 0);
    CHECK_EQ(fake_get_feature(h, FID, 0, 23).dw0, 23);
    CHECK_EQ(fake_get_feature(h, FID, 0, 46).dw0, CD | 46);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_get_feature(h, FID, 0, 46).dw0, 46);
    fake_host_free(h);
}

static void no_such_vector(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    CHECK_EQ(fake_set_feature(h, FID, 0, CD | 8).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, CD | 9).status, 0x002);
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0xffff).status, 0x002);
    CHECK_EQ(fake_get_feature(h, FID, 0, 9).status, 0x002);
    CU_ASSERT(!ocpn_coalescing_disabled(h->c, 0xffff));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "each vector has a value", each_vector },
    { "vectors that do not exist", no_such_vector },
};
OCPN_UNIT_MAIN("feature 09", tests)
