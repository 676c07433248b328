/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, INCS-4, INCS-6: shutdowns that lose data,
 * and those that do not; and what a spoilt page of the image comes to.
 */
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/ns.h"
#include "panic-unit.h"

/* Byte AT of the payload of state page 6, in both of its slots. */
static void spoil(FakeHost *h, unsigned at, uint8_t byte)
{
    uint64_t page = ocpn_ns_get(h->c, 1)->im.state.offset + 2 * 6 * 4096;

    for (unsigned slot = 0; slot < 2; slot++) {
        uint8_t *p = h->f.media[1].bytes + page + slot * 4096;

        p[32 + at] = byte;
        image_reseal(p, PAGE_CRC);
    }
}

/* OCP-CASE-125.  INCS-4, INCS-6 */
static void incomplete_shutdown(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        FakeHost *h = ocp_start(OCP_2_5);
        const uint8_t *p = fake_guest(h, FAKE_BUF);

        CHECK_EQ(inject(h, ONCE, 0x0b, 0), 0);
        CHECK_EQ(armed(h), 1);
        CHECK_EQ(READ(h), 0);                   /* as if nothing were */
        power_cycle(h, clean);
        CHECK_EQ(armed(h), 0);
        wait_event(h);
        CHECK_EQ(event(h), PANIC_EVENT);
        CHECK_EQ(panic_id(h), 1);
        CHECK_EQ(recovery(h)[3], 0x02);
        CHECK_EQ(READ(h), 0x006);
        CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_INCOMPLETE_SHUTDOWNS), 1);
        CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
        CHECK_EQ(bytes_at(p + 144, 8), 1);      /* unsafe shutdowns */
        CU_ASSERT(ocpn_health(h->c)->incomplete);
        CHECK_EQ(format(h), 0);
        CHECK_EQ(READ(h), 0);
        CU_ASSERT(!ocpn_health(h->c)->incomplete);
        power_cycle(h, true);
        CHECK_EQ(panic_id(h), 0);
        fake_host_free(h);
    }
}

/* Armed by the monitor, given up, and armed while in panic. */
static void armed_incomplete(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    ocpn_incomplete_shutdown(h->c, true);
    fake_run(&h->f);
    power_cycle(h, false);
    CHECK_EQ(panic_id(h), 1);
    ocpn_incomplete_shutdown(h->c, true);
    fake_run(&h->f);
    power_cycle(h, true);
    CHECK_EQ(recovery(h)[31], 1);               /* the same panic */
    CHECK_EQ(format(h), 0);
    CHECK_EQ(inject(h, ONCE, 0x0b, 0), 0);
    CHECK_EQ(set_entries(h, 0).status, 0);
    power_cycle(h, true);
    CHECK_EQ(panic_id(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-126, its second half: a kill loses nothing, so no panic. */
static void killed(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(WRITE(h), 0);
    power_cycle(h, false);
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_INCOMPLETE_SHUTDOWNS), 0);
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    CHECK_EQ(bytes_at(p + 144, 8), 1);
    power_cycle(h, true);
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    CHECK_EQ(bytes_at(p + 144, 8), 1);
    fake_host_free(h);
}

/* What cannot be is taken for what can. */
static void spoilt(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    CHECK_EQ(READ(h), 0x006);
    spoil(h, 41, 2);                            /* active: neither 0 nor 1 */
    spoil(h, 42, 0xff);
    power_cycle(h, false);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0);
    spoil(h, 41, 1);                            /* ... without an ID */
    spoil(h, 0, 0);
    spoil(h, 2, 0);
    power_cycle(h, false);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(recovery(h)[31], 1);
    spoil(h, 0, 0xef);                          /* ... with one unheard of */
    power_cycle(h, false);
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(panic_id(h), 0xef);
    CHECK_EQ(recovery(h)[3], 0x01);
    fake_host_free(h);
}

/* With OCP off nobody could end a panic that the image has. */
static void without_ocp(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    h->setup.cfg.ocp.version = OCP_OFF;
    power_cycle(h, true);
    CHECK_EQ(READ(h), 0);
    h->setup.cfg.ocp.version = OCP_2_5;
    power_cycle(h, true);
    CHECK_EQ(READ(h), 0x006);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "an incomplete shutdown", incomplete_shutdown },
    { "armed, and given up", armed_incomplete },
    { "a kill is none", killed },
    { "a spoilt page", spoilt },
    { "without OCP", without_ocp },
};
OCPN_UNIT_MAIN("panic power", tests)
