/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Host Controlled Thermal Management (Feature
 * Identifier 10h)", of OCP drives.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID     0x10u
#define SV      0x80000000u

static FakeHost *start(uint8_t version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version } }, .ns = { FAKE_T1 },
    });
}

/* TMT1 is bits 31:16, TMT2 bits 15:0; Identify says from where to where. */
static void temperatures(void)
{
    static const struct {
        uint32_t tmt1, tmt2;
        uint16_t status, where;
    } t[] = {
        { 0, 0, 0, 0 }, { 313, 0, 0, 0 }, { 0, 358, 0, 0 },
        { 313, 314, 0, 0 }, { 357, 358, 0, 0 },
        { 314, 314, 0x002, 46 }, { 315, 314, 0x002, 46 },
        { 312, 350, 0x002, 46 }, { 0, 359, 0x002, 44 }, { 0, 1, 0x002, 44 },
        { 0xffff, 0, 0x002, 46 },
    };
    FakeHost *h = start(OCP_1_0);
    uint32_t was = 0;

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 322, 2), 1);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 324, 2), 313);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 326, 2), 358);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        uint32_t v = t[i].tmt1 << 16 | t[i].tmt2;

        CHECK_EQ(fake_set_feature(h, FID, 0, v).status, t[i].status);
        if (t[i].status) {
            CHECK_EQ(fake_error_location(h), t[i].where);
        }
        was = t[i].status ? was : v;
        CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, was);
    }
    fake_host_free(h);
}

static void saved(void)
{
    FakeHost *h = start(OCP_2_7);

    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 0, 0).dw0, 5);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, 320u << 16 | 330).status, 0);
    fake_host_restart(h, true);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 320u << 16 | 330);
    CHECK_EQ(fake_get_feature(h, FID | 1 << 8, 0, 0).dw0, 0);
    fake_host_free(h);
}

static void not_ocp(void)
{
    FakeHost *h = start(OCP_OFF);

    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 322, 6), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "temperatures in range and in order", temperatures },
    { "are saved", saved },
    { "only OCP drives have it", not_ocp },
};
OCPN_UNIT_MAIN("feature 10", tests)
