/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Temperature Threshold (Feature Identifier 04h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID     0x04
#define SV      0x80000000u
#define UNDER   (1u << 20)
#define TMPSEL(n)   ((uint32_t)(n) << 16)

static const FakeSetup drive = { .ns = { FAKE_T1 } };

static uint32_t get(FakeHost *h, uint32_t sel, uint32_t cdw11)
{
    FakeCqe e = fake_get_feature(h, FID | sel << 8, 0, cdw11);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

static bool too_hot(FakeHost *h)
{
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    return fake_guest(h, FAKE_BUF)[0] & 2;
}

static void two_thresholds(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(get(h, 0, 0), 350);            /* WCTEMP */
    CHECK_EQ(get(h, 0, UNDER), 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, UNDER | 280).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, 340).status, 0);
    CHECK_EQ(get(h, 0, 0), 340);
    CHECK_EQ(get(h, 0, UNDER), 280);
    CHECK_EQ(get(h, 1, 0), 350);
    CHECK_EQ(get(h, 1, UNDER), 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, TMPSEL(0xf) | 341).status, 0);
    CHECK_EQ(get(h, 0, 0), 341);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, 342).status, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 0, 0), 342);
    CHECK_EQ(get(h, 2, UNDER), 280);
    fake_host_free(h);
}

/* The drive has 310 K: at a threshold counts as beyond it. */
static void event_and_warning(void)
{
    static const struct {
        uint32_t cdw11;
        bool     beyond;
    } t[] = {
        { 311, false }, { 310, true }, { 1, true }, { 0, true },
        { UNDER | 309, false }, { UNDER | 310, true }, { UNDER | 999, true },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = fake_host_start(&drive);
        FakeCqe e;

        CU_ASSERT(!too_hot(h));
        CHECK_EQ(fake_set_feature(h, 0x0b, 0, 2).status, 0);
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
        fake_submit(h, 0, &(FakeCmd) {
            .opc = 0x09, .cdw10 = FID, .cdw11 = t[i].cdw11,
        });
        fake_run(&h->f);
        e = fake_reap(h, 0);
        if (t[i].beyond) {
            CHECK_EQ(e.dw0, 0x00020101);
            e = fake_reap(h, 0);
        }
        CHECK_EQ(e.status, 0);
        CU_ASSERT(!fake_reap(h, 0).found);
        CHECK_EQ(too_hot(h), t[i].beyond);
        fake_host_free(h);
    }
}

static void refused(void)
{
    FakeHost *h = fake_host_start(&drive);

    for (uint32_t i = 1; i < 15; i++) {
        CHECK_EQ(fake_set_feature(h, FID, 0, TMPSEL(i) | 1).status, 2);
        CHECK_EQ(fake_error_location(h), 46);
        CHECK_EQ(fake_get_feature(h, FID, 0, TMPSEL(i)).status, 2);
    }
    CHECK_EQ(fake_get_feature(h, FID, 0, TMPSEL(15)).status, 2);
    CHECK_EQ(fake_set_feature(h, FID, 0, 2u << 20 | 1).status, 2);
    CHECK_EQ(fake_error_location(h), 4 << 8 | 46);
    CHECK_EQ(fake_get_feature(h, FID, 0, 3u << 20).status, 2);
    CHECK_EQ(get(h, 0, 0), 350);
    fake_host_free(h);
}

/* TRPT-1: OCP drives have two sensors, with thresholds of their own. */
static void sensors(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
    });

    CU_ASSERT(!too_hot(h));
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 200, 2), 310);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 202, 2), 305);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF) + 204, 0, 12));
    CHECK_EQ(get(h, 0, TMPSEL(1)), 0xffff);
    CHECK_EQ(get(h, 0, TMPSEL(2) | UNDER), 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, TMPSEL(2) | 306).status, 0);
    CU_ASSERT(!too_hot(h));
    CHECK_EQ(get(h, 0, TMPSEL(2)), 306);
    CHECK_EQ(get(h, 1, TMPSEL(2)), 0xffff);
    CHECK_EQ(get(h, 0, 0), 350);
    CHECK_EQ(fake_set_feature(h, FID, 0, TMPSEL(2) | UNDER | 305).status, 0);
    CU_ASSERT(too_hot(h));
    CHECK_EQ(fake_set_feature(h, FID, 0, TMPSEL(15) | UNDER | 7).status, 0);
    CU_ASSERT(!too_hot(h));
    CHECK_EQ(get(h, 0, TMPSEL(1) | UNDER), 7);
    CHECK_EQ(get(h, 0, UNDER), 7);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, TMPSEL(1) | 9).status, 0x10d);
    CHECK_EQ(fake_set_feature(h, FID, 0, TMPSEL(3) | 9).status, 2);
    CHECK_EQ(fake_get_feature(h, FID, 0, TMPSEL(3)).status, 2);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 0, TMPSEL(2)), 0xffff);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "over and under are kept apart", two_thresholds },
    { "a threshold that is passed warns", event_and_warning },
    { "sensors and thresholds that do not exist", refused },
    { "sensors of an OCP drive", sensors },
};
OCPN_UNIT_MAIN("feature 04", tests)
