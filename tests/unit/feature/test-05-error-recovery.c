/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVM Command Set 1.0, "Error Recovery (Feature Identifier 05h)";
 * OCSSD 2.0, specification notes 6.1.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID     0x05
#define DULBE   0x10000u

static const FakeSetup mixed = {
    .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) },
};

static uint16_t read_unwritten(FakeHost *h)
{
    return fake_io(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF, .mptr = FAKE_BUF + 8192,
    }).status;
}

static void stored_per_namespace(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_set_feature(h, FID, 1, 7).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 2, 0xfffe0008).status, 0);
    CHECK_EQ(fake_get_feature(h, FID, 1, 0).dw0, 7);
    CHECK_EQ(fake_get_feature(h, FID, 2, 0).dw0, 8);
    CHECK_EQ(fake_get_feature(h, FID | 1 << 8, 1, 0).dw0, 0);
    fake_host_free(h);
}

/* OCSSD-CASE-35, OCSSD-CASE-36 */
static void dulbe(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_get_feature(h, FID, 1, 0).dw0 & DULBE, 0);
    CHECK_EQ(read_unwritten(h), 0);
    CHECK_EQ(fake_set_feature(h, FID, 1, DULBE).status, 0);
    CHECK_EQ(fake_get_feature(h, FID, 1, 0).dw0, DULBE);
    CHECK_EQ(read_unwritten(h), 0x287);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    CHECK_EQ(fake_get_feature(h, FID, 1, 0).dw0, 0);
    CHECK_EQ(read_unwritten(h), 0);
    fake_host_free(h);
}

static void not_conventional(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_set_feature(h, FID, 2, DULBE).status, 0x002);
    CHECK_EQ(fake_error_location(h), 46);
    CHECK_EQ(fake_get_feature(h, FID, 2, 0).dw0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "each namespace has a value", stored_per_namespace },
    { "DULBE fails reads until a reset", dulbe },
    { "DULBE is refused where NSFEAT does not claim it", not_conventional },
};
OCPN_UNIT_MAIN("feature 05", tests)
