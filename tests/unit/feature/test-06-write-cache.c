/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Volatile Write Cache (Feature Identifier 06h)"; OCP
 * Datacenter NVMe SSD, NVMe-IO-3.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/feature.h"
#include "ocpn-unit.h"

#define FID 0x06
#define SV  0x80000000u

static const FakeSetup cached = {
    .cfg = { .sync_flush = true }, .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) },
};

static void switched(void)
{
    FakeHost *h = fake_host_start(&cached);
    unsigned flushes;

    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 0, 0).dw0, 5);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 1);
    CU_ASSERT(!ocpn_write_through(h->c));
    flushes = h->f.media[1].flushes + h->f.media[2].flushes;
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(h->f.media[1].flushes + h->f.media[2].flushes, flushes + 2);
    CU_ASSERT(ocpn_write_through(h->c));
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CU_ASSERT(!ocpn_write_through(h->c));
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, 0).status, 0);
    fake_host_restart(h, false);
    CU_ASSERT(ocpn_write_through(h->c));
    fake_host_free(h);
}

/* Off is said when everything is down, and a failure is told. */
static void off_waits(void)
{
    FakeHost *h = fake_host_start(&cached);

    h->f.hold = true;
    CU_ASSERT(!fake_set_feature(h, FID, 0, 0).found);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    CU_ASSERT(!fake_set_feature(h, FID, 0, 0).found);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 0).status, 0x006);
    fake_host_free(h);
}

static void no_cache(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(fake_set_feature(h, FID, 0, 1).status, 0x002);
    CU_ASSERT(!ocpn_write_cache_present(h->c));
    fake_host_free(h);
}

/* A drive's own cache, of any namespace. */
static void drive_cache(void)
{
    FakeSetup setup = { .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) } };
    FakeHost *h;

    h = fake_host_start(&setup);
    CU_ASSERT(!ocpn_write_cache_present(h->c));
    fake_host_free(h);
    setup.ns[1].cfg.volatile_cache = true;
    h = fake_host_start(&setup);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 1);
    CU_ASSERT(!ocpn_tables_lag(h->c));
    fake_host_free(h);
}

/* OCP-CASE-105: NVMe-IO-3, whatever is below the drive */
static void ocp_drive(void)
{
    FakeSetup setup = cached;
    FakeHost *h;

    setup.cfg.ocp.version = OCP_2_5;
    setup.ns[1].cfg.volatile_cache = true;
    h = fake_host_start(&setup);
    for (uint32_t value = 0; value < 2; value++) {
        CHECK_EQ(fake_set_feature(h, FID, 0, value).status, 0x002);
    }
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[525], 0);      /* VWC */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the cache is switched, and its state is saved", switched },
    { "switching off waits for the medium", off_waits },
    { "no cache, no feature", no_cache },
    { "the cache of a namespace's drive", drive_cache },
    { "an OCP drive has none", ocp_drive },
};
OCPN_UNIT_MAIN("feature 06", tests)
