/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Media Feedback Feature"; specification notes 6.2. */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/ns.h"
#include "ocpn-unit.h"

#define FID 0xca
#define ALL 0xffffffffu
#define SV  0x80000000u

/* A conventional namespace and two open-channel ones. */
static FakeHost *start(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_T1, FAKE_T1 } };

    s.ns[1].cfg.nsid = 2;
    s.ns[2].cfg.nsid = 32;
    return fake_host_start(&s);
}

static uint32_t get(FakeHost *h, uint32_t nsid)
{
    FakeCqe e = fake_get_feature(h, FID, nsid, 0);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

/* OCSSD-CASE-37, OCSSD-CASE-38, OCSSD-CASE-39 */
static void stored(void)
{
    FakeHost *h = start();

    CHECK_EQ(get(h, 2), 0);
    CHECK_EQ(fake_set_feature(h, FID, 2, 3).status, 0);
    CHECK_EQ(get(h, 2), 3);
    CHECK_EQ(atomic_load(&ocpn_ns_get(h->c, 2)->feedback), 3);
    CHECK_EQ(fake_set_feature(h, FID, 2, 0xfffffffe).status, 0);
    CHECK_EQ(get(h, 2), 2);
    CHECK_EQ(fake_set_feature(h, FID, 2, 0xffffffff).status, 0);
    CHECK_EQ(get(h, 2), 3);
    fake_host_free(h);
}

/* OCSSD-CASE-40 */
static void not_saved(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, 2, 1).status, 0);
    CHECK_EQ(fake_set_feature(h, SV | FID, 2, 2).status, 0x10d);
    CHECK_EQ(get(h, 2), 1);
    fake_host_free(h);
}

/* OCSSD-CASE-41 */
static void selects(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, 2, 3).status, 0);
    CHECK_EQ(fake_get_feature(h, FID | 1 << 8, 2, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(h, FID | 2 << 8, 2, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 2, 0).dw0, 6);
    fake_host_free(h);
}

/* OCSSD-CASE-42, OCSSD-CASE-43: NSID 0 answers for the first one */
static void nsid(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, 2, 2).status, 0);
    CHECK_EQ(get(h, 0), 2);
    CHECK_EQ(fake_set_feature(h, FID, 0, 1).status, 0x00b);
    CHECK_EQ(fake_set_feature(h, FID, 4, 1).status, 0x00b);
    CHECK_EQ(fake_set_feature(h, FID, 1, 1).status, 0x00b);
    CHECK_EQ(fake_get_feature(h, FID, 1, 0).status, 0x00b);
    CHECK_EQ(fake_get_feature(h, FID, ALL, 0).status, 0x00b);
    fake_host_free(h);
}

/* The first one may be the last there can be. */
static void last_nsid(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_T1 } };
    FakeHost *h;

    s.ns[1].cfg.nsid = 32;
    h = fake_host_start(&s);
    CHECK_EQ(fake_set_feature(h, FID, 32, 1).status, 0);
    CHECK_EQ(get(h, 0), 1);
    fake_host_free(h);
}

/* OCSSD-CASE-44 */
static void reset_clears(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, ALL, 3).status, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 2), 0);
    CHECK_EQ(get(h, 32), 0);
    CHECK_EQ(atomic_load(&ocpn_ns_get(h->c, 32)->feedback), 0);
    CHECK_EQ(atomic_load(&ocpn_ns_get(h->c, 2)->feedback), 0);
    fake_host_free(h);
}

/* OCSSD-CASE-45 */
static void each_namespace(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_set_feature(h, FID, 2, 1).status, 0);
    CHECK_EQ(get(h, 32), 0);
    CHECK_EQ(fake_set_feature(h, FID, ALL, 2).status, 0);
    CHECK_EQ(get(h, 2), 2);
    CHECK_EQ(get(h, 32), 2);
    CHECK_EQ(atomic_load(&ocpn_ns_get(h->c, 1)->feedback), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "two bits are stored", stored },
    { "the value cannot be saved", not_saved },
    { "default, saved, capabilities", selects },
    { "which NSIDs", nsid },
    { "NSID 0 means the last one if there is no other", last_nsid },
    { "a reset clears it", reset_clears },
    { "each namespace has its own", each_namespace },
};
OCPN_UNIT_MAIN("feature ca", tests)
