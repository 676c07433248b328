/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C6h: PLP Health Check Interval.
 * Proves: OCP Datacenter NVMe SSD, "PLP Health Check Interval", PLP-3,
 * SMART-19, GETF-1.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/plp.h"
#include "hw/ocp-nvme/core/timer.h"
#include "smart-unit.h"

#define FID     0xc6u
#define SV      0x80000000u
#define MINUTE  UINT64_C(60000000000)

static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } }, .ns = { FAKE_T1 },
};

static uint32_t get(FakeHost *h, uint32_t sel)
{
    FakeCqe e = fake_get_feature(h, FID | sel << 8, 0, 0);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

/* OCP-CASE-95, OCP-CASE-96, OCP-CASE-97 */
static void values(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(get(h, 0), 15);
    CHECK_EQ(get(h, 1), 15);
    CHECK_EQ(get(h, 2), 15);
    CHECK_EQ(get(h, 3), 5);
    CHECK_EQ(fake_set_feature(h, FID, 0, 30u << 16).status, 0);
    CHECK_EQ(get(h, 0), 0x1e);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0xffff0000).status, 0);
    CHECK_EQ(get(h, 0), 0xffff);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, 7u << 16).status, 0);
    CHECK_EQ(get(h, 2), 7);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(get(h, 0), 0);
    CHECK_EQ(get(h, 1), 15);
    CHECK_EQ(fake_set_feature(h, FID, 0, 7u << 16 | 1).status, 0x002);
    fake_host_restart(h, true);
    CHECK_EQ(get(h, 0), 7);
    fake_host_free(h);
}

/* OCP-CASE-129: SMART-19 */
static void checks(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 100);
    smart_knob(h, "capacitors", "70");
    fake_advance(&h->f, 15 * MINUTE - 1);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 100);
    fake_advance(&h->f, 1);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 70);
    CHECK_EQ(fake_set_feature(h, FID, 0, 1u << 16).status, 0);
    ocpn_set_capacitors(h->c, 0);
    fake_advance(&h->f, MINUTE);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 0);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);
    ocpn_set_capacitors(h->c, 130);
    fake_advance(&h->f, MINUTE);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 130);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_OK);
    fake_host_free(h);
}

/* OCP-CASE-95: 0 is never; what is said of protection stays so. */
static void no_checks(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(ocpn_timer_when(h->c, OCPN_TIMER_PLP), UINT64_MAX);
    ocpn_set_capacitors(h->c, 1);
    fake_advance(&h->f, 70000 * MINUTE);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 100);
    ocpn_plp_check(h->c);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_CAPACITOR), 1);
    ocpn_set_plp(h->c, OCPN_PLP_FAILED);
    ocpn_plp_check(h->c);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);
    fake_host_free(h);
}

/* A host that resets the drive again and again does not prevent checks. */
static void resets(void)
{
    FakeHost *h = fake_host_start(&drive);
    uint64_t when = ocpn_timer_when(h->c, OCPN_TIMER_PLP);

    CHECK_EQ(when, h->f.now + 15 * MINUTE);
    fake_advance(&h->f, 14 * MINUTE);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(ocpn_timer_when(h->c, OCPN_TIMER_PLP), when);
    fake_host_free(h);
}

static void not_ocp(void)
{
    FakeSetup s = drive;
    FakeHost *h;

    s.cfg.ocp.version = OCP_1_0;
    h = fake_host_start(&s);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    fake_host_free(h);
    s.cfg.ocp.version = OCP_OFF;
    h = fake_host_start(&s);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(ocpn_timer_when(h->c, OCPN_TIMER_PLP), UINT64_MAX);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "minutes are set, saved and read", values },
    { "checks find what the capacitors are", checks },
    { "0: no checks", no_checks },
    { "a reset does not put a check off", resets },
    { "since version 2.0", not_ocp },
};
OCPN_UNIT_MAIN("feature c6", tests)
