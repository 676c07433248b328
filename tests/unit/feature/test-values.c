/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features that are a stored number.
 * Proves: NVMe Base 2.0, Features 01h, 02h and 0Bh; NVM Command Set 1.0,
 * Feature 0Ah.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

/* Written down a second time, from the specifications. */
static const struct {
    uint8_t  fid;
    uint32_t caps, def, ones;       /* ones: what FFFFFFFFh becomes */
} want[] = {
    { 0x01, 5, 7, 0xffffff07 },
    { 0x02, 4, 0, 0xe0 },
    { 0x0a, 5, 0, 1 },
    { 0x0b, 5, 0, 0x11f },
};

static void stored(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        uint8_t fid = want[i].fid;
        uint32_t ones = fid == 0x02 ? 0xffffffe0 : 0xffffffff;

        CHECK_EQ(fake_get_feature(h, fid | 3u << 8, 0, 0).dw0, want[i].caps);
        CHECK_EQ(fake_get_feature(h, fid, 0, 0).dw0, want[i].def);
        CHECK_EQ(fake_get_feature(h, fid | 1u << 8, 0, 0).dw0, want[i].def);
        CHECK_EQ(fake_set_feature(h, fid, 0, ones).status, 0);
        CHECK_EQ(fake_get_feature(h, fid, 0, 0).dw0, want[i].ones);
        CHECK_EQ(fake_set_feature(h, fid, 0, 0).status, 0);
        CHECK_EQ(fake_get_feature(h, fid, 0, 0).dw0, 0);
        CHECK_EQ(fake_set_feature(h, fid, 0, ones).status, 0);
    }
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        CHECK_EQ(fake_get_feature(h, want[i].fid, 0, 0).dw0, want[i].def);
    }
    fake_host_free(h);
}

/* NPSS is 0: there is power state 0. */
static void power_states(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    for (uint32_t ps = 1; ps < 32; ps++) {
        CHECK_EQ(fake_set_feature(h, 0x02, 0, ps).status, 0x002);
    }
    CHECK_EQ(fake_set_feature(h, 0x02, 0, 0).status, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a value is stored, masked and reset", stored },
    { "power state 0 is the only one", power_states },
};
OCPN_UNIT_MAIN("feature values", tests)
