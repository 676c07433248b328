/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features that are a stored number.
 * Proves: NVMe Base 2.0, Features 01h, 02h and 0Bh; NVM Command Set 1.0,
 * Feature 0Ah; OCP Datacenter NVMe SSD, Features C8h and CAh, GETF-1, GETF-2.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define SV  0x80000000u

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

static FakeHost *ocp(uint8_t version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version } }, .ns = { FAKE_T1 },
    });
}

/* OCP-CASE-101, OCP-CASE-104: nvme-cli sends all namespaces, and saves. */
static void telemetry_profile(void)
{
    FakeHost *h = ocp(OCP_2_5);

    CHECK_EQ(fake_get_feature(h, 0x3c8, 0, 0).dw0, 5);
    CHECK_EQ(fake_get_feature(h, 0xc8, 0, 0).dw0, 0);
    CHECK_EQ(fake_set_feature(h, SV | 0xc8, 0xffffffff, 2).status, 0);
    CHECK_EQ(fake_set_feature(h, SV | 0xc8, 0xffffffff, 99).status, 0x002);
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fake_set_feature(h, 0xc8, 0, 4).status, 0x002);
    CHECK_EQ(fake_set_feature(h, 0xc8, 0, 1 << 8).status, 0x002);
    CHECK_EQ(fake_get_feature(h, 0xc8, 0, 0).dw0, 2);
    CHECK_EQ(fake_set_feature(h, 0xc8, 0, 3).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x2c8, 0, 0).dw0, 2);
    CHECK_EQ(fake_get_feature(h, 0x1c8, 0, 0).dw0, 0);
    fake_host_restart(h, true);
    CHECK_EQ(fake_get_feature(h, 0xc8, 0, 0).dw0, 2);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .prp1 = FAKE_BUF, .cdw10 = 0xffu << 16 | 1 << 8 | 0x07,
    }).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[512 + 32], 3); /* of data area 1 */
    CHECK_EQ(fake_guest(h, FAKE_BUF)[512 + 33], 2);
    fake_host_free(h);
    h = ocp(OCP_2_0);
    CHECK_EQ(fake_get_feature(h, 0xc8, 0, 0).status, 0x002);
    fake_host_free(h);
}

static FakeCqe get_ca(FakeHost *h, uint32_t sel, uint32_t uuid)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x0a, .nsid = 1, .cdw10 = sel << 8 | 0xca, .cdw14 = uuid,
    });
}

/*
 * OCP-CASE-103, OCP-CASE-104.  With open-channel namespaces CAh without a
 * UUID is theirs.
 */
static void idle_wake_up(void)
{
    FakeHost *h = ocp(OCP_2_7);

    CHECK_EQ(get_ca(h, 0, 1).status, 0);
    CHECK_EQ(get_ca(h, 0, 1).dw0, 0);
    CHECK_EQ(get_ca(h, 1, 1).dw0, 0);
    CHECK_EQ(get_ca(h, 2, 1).dw0, 0);
    CHECK_EQ(get_ca(h, 3, 1).dw0, 5);
    CHECK_EQ(get_ca(h, 3, 0).dw0, 6);               /* Media Feedback */
    CHECK_EQ(fake_set_feature(h, 0xca, 1, 1).status, 0);
    CHECK_EQ(get_ca(h, 0, 0).dw0, 1);
    CHECK_EQ(get_ca(h, 0, 1).dw0, 0);
    fake_host_free(h);
    h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_7 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    CHECK_EQ(get_ca(h, 3, 0).dw0, 5);
    CHECK_EQ(fake_set_feature(h, SV | 0xca, 0, 77).status, 0);
    fake_host_restart(h, true);
    CHECK_EQ(get_ca(h, 0, 0).dw0, 77);
    fake_host_free(h);
    h = ocp(OCP_2_5);
    CHECK_EQ(get_ca(h, 0, 1).status, 0x002);
    fake_host_free(h);
}

/* OCP-CASE-104: GETF-2; no feature of OCP but in its drives */
static void unknown(void)
{
    static const uint8_t fid[] = { 0xc2, 0xc4, 0xc6, 0xc7, 0xc8 };
    FakeHost *h = ocp(OCP_2_7);

    for (uint32_t sel = 0; sel < 4; sel++) {
        CHECK_EQ(fake_get_feature(h, 0xd0 | sel << 8, 0, 0).status, 0x002);
        for (size_t i = 0; i < sizeof(fid); i++) {
            CHECK_EQ(fake_get_feature(h, fid[i] | sel << 8, 0, 0).status, 0);
        }
    }
    CHECK_EQ(fake_set_feature(h, 0xd0, 0, 0).status, 0x002);
    fake_host_free(h);
    h = ocp(OCP_OFF);
    for (size_t i = 0; i < sizeof(fid); i++) {
        CHECK_EQ(fake_get_feature(h, fid[i], 0, 0).status, 0x002);
        CHECK_EQ(fake_set_feature(h, fid[i], 0, 0).status, 0x002);
    }
    fake_host_free(h);
}

/* OCP-CASE-142: of every feature that can be saved, not of C2h only. */
static void nothing_saved(void)
{
    static const struct { uint8_t fid; uint32_t cdw11; } t[] = {
        { 0xc2, 2u << 30 }, { 0xc4, 1u << 31 }, { 0xc6, 7u << 16 },
        { 0xc7, 18 }, { 0xc8, 1 },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = ocp(OCP_2_5);
        uint32_t now = fake_get_feature(h, t[i].fid, 0, 0).dw0;
        uint32_t first = fake_get_feature(h, t[i].fid | 1 << 8, 0, 0).dw0;

        CHECK_EQ(now, first);
        for (unsigned saves = 0; saves < 2; saves++) {
            CHECK_EQ(fake_set_feature(h, (saves ? SV : 0) | t[i].fid, 0,
                                      t[i].cdw11).status, 0);
            now = fake_get_feature(h, t[i].fid, 0, 0).dw0;
            CU_ASSERT(now != first);
            CHECK_EQ(fake_get_feature(h, t[i].fid | 1 << 8, 0, 0).dw0, first);
            CHECK_EQ(fake_get_feature(h, t[i].fid | 2 << 8, 0, 0).dw0,
                     saves ? now : first);
        }
        fake_host_restart(h, true);
        CHECK_EQ(fake_get_feature(h, t[i].fid, 0, 0).dw0, now);
        CHECK_EQ(fake_get_feature(h, t[i].fid | 1 << 8, 0, 0).dw0, first);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "a value is stored, masked and reset", stored },
    { "power state 0 is the only one", power_states },
    { "C8h: a telemetry profile there is", telemetry_profile },
    { "CAh: idle wake-up time, and Media Feedback", idle_wake_up },
    { "features that are not there", unknown },
    { "what was not saved is the default", nothing_saved },
};
OCPN_UNIT_MAIN("feature values", tests)
