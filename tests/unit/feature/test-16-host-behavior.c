/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Host Behavior Support (Feature Identifier 16h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID 0x16

static FakeCqe set(FakeHost *h, uint8_t acre, uint8_t rest)
{
    memset(fake_guest(h, FAKE_BUF), rest, 512);
    fake_guest(h, FAKE_BUF)[0] = acre;
    return fake_set_feature(h, FID, 0, 0);
}

static void check(FakeHost *h, uint32_t sel, uint8_t acre)
{
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    FakeCqe e;

    memset(fake_guest(h, FAKE_BUF), 0xa5, 1024);
    e = fake_get_feature(h, FID | sel << 8, 0, 0);
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 0);
    CHECK_EQ(p[0], acre);
    CU_ASSERT(fake_all(p + 1, 0, 511));
    CHECK_EQ(p[512], 0xa5);
}

static void stored(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    check(h, 0, 0);
    CHECK_EQ(set(h, 1, 0).status, 0);
    check(h, 0, 1);
    check(h, 1, 0);
    CHECK_EQ(set(h, 0, 0xff).status, 0);
    check(h, 0, 0);
    CHECK_EQ(set(h, 1, 0xff).status, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    check(h, 0, 0);
    fake_host_free(h);
}

static void refused(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    CHECK_EQ(set(h, 2, 0).status, 0x002);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x09, .cdw10 = FID, .prp1 = FAKE_HOLE,
    }).status, 0x004);
    check(h, 0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "ACRE is stored, the rest reads 0", stored },
    { "what is refused", refused },
};
OCPN_UNIT_MAIN("feature 16", tests)
