/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCP Datacenter NVMe SSD, EREC-1..15 (log page C1h). */
#include "panic-unit.h"

static const uint8_t guid[16] = {
    0x44, 0xd9, 0x31, 0x21, 0xfe, 0x30, 0x34, 0xae,
    0xab, 0x4d, 0xfd, 0x3d, 0xba, 0x83, 0x19, 0x5a,
};

/* OCP-CASE-33.  EREC-5, EREC-10..12 */
static void healthy(void)
{
    static const struct { OcpVersion version; uint64_t number; } rows[] = {
        { OCP_1_0, 1 }, { OCP_2_0, 2 }, { OCP_2_5, 3 }, { OCP_2_6, 3 },
        { OCP_2_7, 3 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FakeHost *h = ocp_start(rows[i].version);
        const uint8_t *p = recovery(h);

        CU_ASSERT(fake_all(p, 0, 12));
        CHECK_EQ(bytes_at(p + 12, 4), 3);
        CU_ASSERT(fake_all(p + 16, 0, 494 - 16));
        CHECK_EQ(bytes_at(p + 494, 2), rows[i].number);
        CHECK_EQ(memcmp(p + 496, guid, 16), 0);
        fake_host_free(h);
    }
}

/* Capabilities as configured.  EREC-5 */
static void capabilities(void)
{
    static const uint8_t want[] = { 3, 1, 2, 0 };

    for (uint8_t way = OCPN_PANIC_ANY; way <= OCPN_PANIC_SILENT; way++) {
        FakeSetup s = ocp_drive(OCP_2_5);
        FakeHost *h;

        s.cfg.ocp.panic_notice = way;
        h = fake_host_start(&s);
        CHECK_EQ(bytes_at(recovery(h) + 12, 4), want[way]);
        fake_host_free(h);
    }
}

/* EREC-1..4, EREC-6, EREC-8, EREC-9, EREC-13..15 */
static void in_panic(void)
{
    static const struct { uint64_t id; uint8_t action, number; } rows[] = {
        { 0x00001, 0x02, 1 }, { 0x10001, 0x01, 0 }, { 0x10002, 0x01, 0 },
        { 0x10003, 0x02, 1 }, { 0x10004, 0x01, 0 }, { 0x10005, 0x02, 1 },
        { 0x10006, 0x01, 0 }, { 0x10007, 0x02, 1 }, { 0x10008, 0x02, 1 },
        { 0x10009, 0x01, 0 }, { 0x1000a, 0x10, 4 }, { 0x1000c, 0x02, 1 },
        { 0x4321, 0x01, 0 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FakeHost *h = ocp_start(i & 1 ? OCP_2_5 : OCP_1_0);
        const uint8_t *p;

        CU_ASSERT(ocpn_panic(h->c, rows[i].id));
        fake_run(&h->f);
        p = recovery(h);
        CU_ASSERT(bytes_at(p, 2) > 0);
        CHECK_EQ(p[2], 0x01);                   /* controller reset */
        CHECK_EQ(p[3], i & 1 ? rows[i].action : rows[i].number);
        CHECK_EQ(bytes_at(p + 4, 8), rows[i].id);
        CU_ASSERT(fake_all(p + 16, 0, 15));     /* no vendor command */
        CHECK_EQ(p[31], i & 1);                 /* since 2.5 */
        fake_host_free(h);
    }
}

/* Count and previous IDs, newest first; 2.0 has zeros there. */
static void history(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p;

    for (unsigned i = 1; i <= 6; i++) {
        CU_ASSERT(ocpn_panic(h->c, 0x10000 + i));
        CU_ASSERT(!ocpn_panic(h->c, 0x10009));  /* one at a time */
        fake_run(&h->f);
        CHECK_EQ(format(h), 0);
    }
    p = recovery(h);
    CHECK_EQ(bytes_at(p + 4, 8), 0);
    CHECK_EQ(p[31], 6);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(bytes_at(p + 32 + 8 * i, 8), 0x10005 - i);
    }
    CU_ASSERT(fake_all(p + 64, 0, 494 - 64));
    fake_host_free(h);

    h = ocp_start(OCP_2_5);
    for (unsigned i = 0; i < 300; i++) {
        CU_ASSERT(ocpn_panic(h->c, 0x10005));
        CU_ASSERT(ocpn_panic_recover(h->c, 0x02));
    }
    CHECK_EQ(recovery(h)[31], 255);             /* saturates */
    fake_host_free(h);
}

/* OCP-CASE-42: the page is not there for Meta, nor without OCP. */
static void absent(void)
{
    FakeSetup s = ocp_drive(OCP_2_5);
    FakeHost *h;

    s.cfg.ocp.profile = OCPN_PROFILE_META;
    h = fake_host_start(&s);
    CHECK_EQ(fake_get_log(h, 0xc1, 0, 0, 512).status, 0x109);
    fake_host_free(h);
    h = ocp_start(OCP_OFF);
    CHECK_EQ(fake_get_log(h, 0xc1, 0, 0, 512).status, 0x109);
    CU_ASSERT(!ocpn_panic(h->c, 1));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a healthy drive, by version", healthy },
    { "capabilities are those configured", capabilities },
    { "what each panic asks for", in_panic },
    { "count and previous IDs", history },
    { "not everywhere", absent },
};
OCPN_UNIT_MAIN("log c1", tests)
