/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, TTHROTTLE-1..3, THRMS-1, EOL-3..5, ROWTM-1;
 * NVMe Base 2.0, "SMART / Health Information", Critical Warning.
 */
#include "smart-unit.h"

#define HOT     0x00020101u
#define SPARE   0x00020201u
#define WORSE   0x00020001u     /* reliability */

static uint8_t warnings(FakeHost *h)
{
    return smart_page(h, 2)[0];
}

/* OCP-CASE-120; TTHROTTLE-1, TTHROTTLE-2, SMART-12 */
static void throttling(void)
{
    static const struct {
        const char *kelvin;
        uint8_t  status, events;
        uint32_t event;
    } t[] = {
        { "349", 0, 0, 0 }, { "350", 1, 1, HOT }, { "357", 1, 1, 0 },
        { "349", 1, 1, 0 }, { "348", 1, 1, 0 }, { "347", 0, 1, HOT },
        { "349", 0, 1, 0 }, { "351", 1, 2, HOT }, { "347", 0, 2, HOT },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCqe e;

        smart_knob(h, "temperature", t[i].kelvin);
        fake_run(&h->f);
        e = fake_reap(h, 0);
        CHECK_EQ(e.dw0, t[i].event);
        CHECK_EQ(warnings(h), t[i].status ? 2 : 0);
        CHECK_EQ(smart_c0(h, 96, 1), t[i].events);
        CHECK_EQ(smart_c0(h, 97, 1), t[i].status);
        if (e.found) {
            fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
        }
    }
    CHECK_EQ(smart_c0(h, 222, 1), 0);           /* no such field in 2.5 */
    fake_host_free(h);
    h = smart_drive(OCP_2_6);
    smart_knob(h, "temperature", "340");
    smart_knob(h, "temperature", "300");
    CHECK_EQ(smart_c0(h, 222, 1), 67);
    fake_host_restart(h, false);
    CHECK_EQ(smart_c0(h, 222, 1), 67);
    fake_host_free(h);
}

/* OCP-CASE-120: Warning and Critical Composite Temperature Time. */
static void hot_times(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p;

    fake_advance(&h->f, 600 * SECOND);
    smart_knob(h, "temperature", "350");
    fake_advance(&h->f, 150 * SECOND);
    p = smart_page(h, 2);
    CHECK_EQ(bytes_at(p + 192, 4), 2);
    CHECK_EQ(bytes_at(p + 196, 4), 0);
    smart_knob(h, "temperature", "358");
    fake_advance(&h->f, 60 * SECOND);
    smart_knob(h, "temperature", "357");
    fake_advance(&h->f, 30 * SECOND);
    smart_knob(h, "temperature", "349");
    fake_advance(&h->f, 600 * SECOND);
    p = smart_page(h, 2);
    CHECK_EQ(bytes_at(p + 192, 4), 3);
    CHECK_EQ(bytes_at(p + 196, 4), 1);
    fake_host_restart(h, true);
    p = smart_page(h, 2);
    CHECK_EQ(bytes_at(p + 192, 4), 3);
    CHECK_EQ(bytes_at(p + 196, 4), 1);
    fake_host_free(h);
}

/* OCP-CASE-121; THRMS-1 */
static void shutdown(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .thermal_shutdown = true,
                          .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF + 8192 };

    memset(fake_guest(h, FAKE_BUF + 8192), 0x5a, 4096);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(smart_page(h, 2)[0], 0);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    smart_knob(h, "temperature", "358");
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, HOT);
    CHECK_EQ(fake_reg(h, 0x1c, 4) & 2, 2);      /* CSTS.CFS */
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_set_reg(h, 0x14, 0x00464001, 4);       /* CC.SHN: it is done already */
    CHECK_EQ(fake_reg(h, 0x1c, 4) >> 2 & 3, 2);
    CU_ASSERT(fake_disable(h));
    CU_ASSERT(!fake_enable(h));
    CHECK_EQ(fake_reg(h, 0x1c, 4) & 2, 2);
    CU_ASSERT(fake_disable(h));
    smart_knob(h, "temperature", "349");
    CU_ASSERT(!fake_enable(h));
    CU_ASSERT(fake_disable(h));
    smart_knob(h, "temperature", "330");
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    memset(fake_guest(h, FAKE_BUF + 8192), 0, 4096);
    cmd.opc = 0x02;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF + 8192), 0x5a, 4096));
    fake_host_free(h);
}

/* OCP-CASE-122; EOL-5 */
static void spare(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "spare", "10");
    CHECK_EQ(warnings(h), 0);
    smart_knob(h, "spare", "4");
    CHECK_EQ(smart_event(h), SPARE);
    CHECK_EQ(warnings(h), 1);
    CHECK_EQ(smart_page(h, 2)[3], 4);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    smart_knob(h, "spare", "0");
    CHECK_EQ(smart_event(h), WORSE);
    CHECK_EQ(warnings(h), 1 | 4 | 8);
    CHECK_EQ(smart_page(h, 2)[6], 1 | 4 | 8);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x020);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x08, .nsid = 1 }).status, 0x020);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x00, .nsid = 1 }).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x80000004, 0, 345).status, 0);
    fake_host_restart(h, false);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x020);
    CHECK_EQ(smart_event(h), WORSE);            /* told again */
    smart_knob(h, "spare", "100");
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(warnings(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-123; EOL-3, EOL-4 */
static void end_of_life(void)
{
    FakeHost *h = smart_drive(OCP_2_6);

    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    smart_knob(h, "percentage-used", "99");
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    smart_knob(h, "percentage-used", "100");
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, WORSE);
    CHECK_EQ(warnings(h), 0);
    CHECK_EQ(smart_page(h, 2)[5], 100);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    smart_knob(h, "percentage-used", "101");    /* once */
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_host_free(h);
}

/* STD-LOG-2: it follows from erases, and never falls. */
static void wear(void)
{
    FakeHost *h = smart_drive(OCP_2_6);

    smart_knob(h, "average-erase", "1500");
    CHECK_EQ(smart_page(h, 2)[5], 50);
    smart_knob(h, "average-erase", "1000");
    CHECK_EQ(smart_page(h, 2)[5], 50);
    smart_knob(h, "average-erase", "0xffffffffffffffff");
    CHECK_EQ(smart_event(h), WORSE);
    CHECK_EQ(smart_page(h, 2)[5], 255);
    fake_host_free(h);
}

/* OCP-CASE-124 in the mode a drive leaves the factory with; ROWTM-1 */
static void plp(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "plp-state", "degraded");
    CHECK_EQ(warnings(h), 0);
    smart_knob(h, "plp-state", "failed");
    CHECK_EQ(smart_event(h), WORSE);
    CHECK_EQ(warnings(h) & 0x10, 0x10);
    CHECK_EQ(smart_c0(h, 128, 2), 0);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x020);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0);
    smart_knob(h, "plp-state", "ok");
    CHECK_EQ(warnings(h), 0);
    CHECK_EQ(smart_c0(h, 128, 2), 100);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    fake_host_free(h);
}

/* OCP-CASE-124 in each mode; ROWTM-1: the mode decides of writes only. */
static void plp_modes(void)
{
    static const struct { uint32_t mode; uint16_t write; } t[] = {
        { 1, 0x020 }, { 2, 0 }, { 3, 0 },       /* ROM, WTM, normal */
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = smart_drive(OCP_2_5);
        unsigned fua;

        CHECK_EQ(fake_set_feature(h, 0xc2, 0, t[i].mode << 30).status, 0);
        smart_knob(h, "plp-state", "failed");
        CHECK_EQ(smart_event(h), WORSE);
        CHECK_EQ(warnings(h), t[i].write ? 0x18 : 0x10);
        CHECK_EQ(smart_c0(h, 128, 2), 0);
        fua = h->f.media[1].fua;
        CHECK_EQ(smart_io(h, 0x01, 0, 8), t[i].write);
        CHECK_EQ(h->f.media[1].fua > fua, t[i].mode == 2);
        CHECK_EQ(smart_io(h, 0x02, 0, 8), 0);
        smart_knob(h, "plp-state", "ok");
        CHECK_EQ(warnings(h), 0);
        CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
        fake_host_free(h);
    }
}

/* Feature 0Bh: a bit for each warning.  Section 5.5. */
static void masked(void)
{
    static const struct {
        uint32_t enabled;
        const char *name, *value;
        uint32_t event;
    } t[] = {
        { 0x1f, "temperature", "350", HOT }, { 0x1d, "temperature", "350", 0 },
        { 0x01, "spare", "9", SPARE }, { 0x1e, "spare", "9", 0 },
        { 0x08, "plp-state", "failed", WORSE },
        { 0x10, "critical-warning", "16", WORSE },
        { 0x0f, "critical-warning", "16", 0 },
        { 0x04, "critical-warning", "8", 0 },
        { 0x04, "critical-warning", "12", WORSE },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = smart_drive(OCP_2_5);

        CHECK_EQ(fake_get_feature(h, 0x0b, 0, 0).dw0, 0x1f);
        CHECK_EQ(fake_get_feature(h, 0x10b, 0, 0).dw0, 0x1f);
        CHECK_EQ(fake_set_feature(h, 0x0b, 0, t[i].enabled).status, 0);
        smart_knob(h, t[i].name, t[i].value);
        CHECK_EQ(smart_event(h), t[i].event);
        fake_host_free(h);
    }
}

/* Forced bits are there whatever the cause, and close no gate. */
static void forced(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "critical-warning", "0x0e");
    CHECK_EQ(warnings(h), 0x0e);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    smart_knob(h, "temperature", "300");
    CHECK_EQ(warnings(h), 0x0e);
    smart_knob(h, "critical-warning", "0");
    CHECK_EQ(warnings(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-126, its second half: unsafe ones are counted elsewhere. */
static void shutdowns(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    fake_host_restart(h, true);
    CHECK_EQ(smart_c0(h, 112, 4), 0);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 144, 8), 0);
    fake_host_restart(h, false);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 144, 8), 1);
    CHECK_EQ(smart_c0(h, 112, 4), 0);           /* nothing was lost */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "throttling begins and ends", throttling },
    { "time above the limits", hot_times },
    { "off at the critical temperature", shutdown },
    { "spare blocks run out", spare },
    { "the rated endurance is used up", end_of_life },
    { "wear follows from erases", wear },
    { "power-loss protection fails", plp },
    { "... in each mode", plp_modes },
    { "events a host does not want", masked },
    { "warnings set by hand", forced },
    { "normal and unsafe shutdowns", shutdowns },
};
OCPN_UNIT_MAIN("health", tests)
