/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Number of Queues (Feature Identifier 07h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID 0x07

static FakeHost *start(void)
{
    FakeHost *h = fake_host_new(&(FakeSetup) {
        .cfg = { .max_ioqpairs = 6 }, .ns = { FAKE_T1 },
    });

    CU_ASSERT(fake_enable(h));
    return h;
}

static void granted(void)
{
    static const struct {
        uint32_t ask, get;
    } t[] = {
        { 0x00000000, 0x00000000 }, { 0x00010004, 0x00010004 },
        { 0x00050005, 0x00050005 }, { 0x00060006, 0x00050005 },
        { 0xfffefffe, 0x00050005 }, { 0xfffe0001, 0x00050001 },
    };
    FakeHost *h = start();

    for (uint32_t sel = 0; sel < 3; sel++) {
        CHECK_EQ(fake_get_feature(h, FID | sel << 8, 0, 0).dw0, 0x00050005);
    }
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCqe e = fake_set_feature(h, FID, 0, t[i].ask);

        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, t[i].get);
        CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, t[i].get);
    }
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0x00050005);
    fake_host_free(h);
}

static void refused(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, 0, 0x0000ffff).status, 0x002);
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0xffff0000).status, 0x002);
    CHECK_EQ(fake_error_location(h), 46);
    CHECK_EQ(fake_set_feature(h, 0x80000007, 0, 0).status, 0x10d);
    fake_host_free(h);
}

/* Too late once an I/O queue exists. */
static void too_late(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_admin(h, &(FakeCmd) {     /* a completion queue alone */
        .opc = 0x05, .prp1 = FAKE_BUF, .cdw10 = 15u << 16 | 6, .cdw11 = 1,
    }).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0x00010001).status, 0x00c);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0x00050005);
    fake_host_free(h);
}

/* What was not granted cannot be created. */
static void limit(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, 0, 0x00010001).status, 0);
    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    CHECK_EQ(fake_create_pair(h, 3, 16).status, 0x101);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what is granted", granted },
    { "FFFFh is refused", refused },
    { "refused once queues exist", too_late },
    { "identifiers that were not granted", limit },
};
OCPN_UNIT_MAIN("feature 07", tests)
