/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCP Datacenter NVMe SSD, ERRI-1..6, SERRI-10 (feature C0h). */
#include "panic-unit.h"

#define BYTES   4064u           /* of 127 entries */

/* OCP-CASE-35, the part before the read. */
static void set_and_get(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(armed(h), 0);
    CHECK_EQ(arm(h, ONCE, 0x01, 7), 0);
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(p[0], 3);
    CHECK_EQ(p[1], 0);
    CHECK_EQ(bytes_at(p + 2, 2), 1);
    CHECK_EQ(bytes_at(p + 4, 2), 7);
    CU_ASSERT(fake_all(p + 6, 0, BYTES - 6));
    CU_ASSERT(fake_all(p + BYTES, 0xa5, 32));   /* not a byte more */
    fake_host_free(h);
}

/* Current, default, saved; capabilities. */
static void selected(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0);
    for (uint32_t sel = 1; sel <= 2; sel++) {
        FakeCqe e = fake_get_feature(h, 0xc0 | sel << 8, 0, 0);

        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, 0);
        CU_ASSERT(fake_all(p, 0, BYTES));
    }
    CHECK_EQ(fake_get_feature(h, 0xc0 | 3 << 8, 0, 0).dw0, 4);
    fake_host_free(h);
}

/* A host that gives no buffer gets the number alone. */
static void no_buffer(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    FakeCqe e;

    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0);
    memset(fake_guest(h, 0), 0xa5, 4096);
    e = fake_admin(h, &(FakeCmd) { .opc = 0x0a, .cdw10 = 0xc0 });
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 1);
    CU_ASSERT(fake_all(fake_guest(h, 0), 0xa5, 4096));
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x0a, .cdw10 = 0xc0, .prp1 = FAKE_MMIO,
    }).status, 0x004);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x09, .cdw10 = 0xc0, .cdw11 = 1, .prp1 = FAKE_MMIO,
    }).status, 0x004);
    CHECK_EQ(armed(h), 1);
    fake_host_free(h);
}

/* OCP-CASE-46, OCP-CASE-48.  ERRI-2 */
static void replaced(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    entry(h, 0, ONCE, 0x01, 100);
    entry(h, 1, ONCE, 0x02, 100);
    CHECK_EQ(set_entries(h, 2).status, 0);
    CHECK_EQ(arm(h, ONCE, 0x05, 100), 0);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(bytes_at(p + 2, 2), 5);
    CHECK_EQ(set_entries(h, 0).status, 0);
    CHECK_EQ(armed(h), 0);
    CU_ASSERT(fake_all(p, 0, BYTES));
    fake_host_free(h);
}

/* OCP-CASE-49 */
static void full(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    for (unsigned i = 0; i < 127; i++) {
        entry(h, i, ONCE, (uint16_t)(1 + i % 10), (uint16_t)(1000 + i));
    }
    CHECK_EQ(set_entries(h, 127).status, 0);
    CHECK_EQ(armed(h), 127);
    CHECK_EQ(memcmp(p, fake_guest(h, ENTRIES), BYTES), 0);
    CHECK_EQ(set_entries(h, 128).status, 0x002);
    CHECK_EQ(fake_error_location(h), 7 << 8 | 44);     /* CDW11, bit 7 */
    CHECK_EQ(armed(h), 127);
    fake_host_free(h);
}

/* OCP-CASE-50: what is empty or off takes no place.  ERRI-3, ERRI-4 */
static void compacted(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    entry(h, 0, 0, 0, 0);
    entry(h, 1, ONCE, 0x04, 9);
    entry(h, 2, 0, 0, 0xffff);                  /* the first four bytes */
    entry(h, 3, 2, 0x06, 9);                    /* not enabled */
    entry(h, 4, ONCE, 0x02, 9);
    CHECK_EQ(set_entries(h, 5).status, 0);
    CHECK_EQ(armed(h), 2);
    CHECK_EQ(bytes_at(p + 2, 2), 4);
    CHECK_EQ(bytes_at(p + 34, 2), 2);
    CU_ASSERT(fake_all(p + 64, 0, BYTES - 64));
    fake_host_free(h);
}

/* OCP-CASE-44, OCP-CASE-45: refused, and what was set is still.  ERRI-5 */
static void refused(void)
{
    static const struct {
        uint8_t  version, flags, byte1;
        uint16_t type;
        uint8_t  rest;
        uint16_t status;
    } rows[] = {
        { OCP_2_5, ONCE, 0, 0x00, 0, 0x002 },
        { OCP_2_5, ON,   0, 0x01, 0, 0x002 },
        { OCP_2_5, ON,   0, 0x0a, 0, 0x002 },
        { OCP_2_0, ONCE, 0, 0x0b, 0, 0x002 },
        { OCP_2_5, ONCE, 0, 0x0b, 0, 0 },
        { OCP_2_5, ONCE, 0, 0x0c, 0, 0x002 },
        { OCP_2_6, ONCE, 0, 0x0c, 0, 0 },
        { OCP_2_6, ON,   0, 0x10, 0, 0 },
        { OCP_2_6, ONCE, 0, 0x17, 0, 0x002 },
        { OCP_2_7, ONCE, 0, 0x17, 0, 0 },
        { OCP_2_7, ONCE, 0, 0x18, 0, 0x002 },
        { OCP_2_7, ONCE, 0, 0x19, 0, 0x002 },
        { OCP_2_7, ONCE, 0, 0x23, 0, 0x002 },
        { OCP_2_7, ONCE, 0, 0xffff, 0, 0x002 },
        { OCP_2_5, 7,    0, 0x01, 0, 0x002 },
        { OCP_2_5, ONCE, 1, 0x01, 0, 0x002 },
        { OCP_2_5, ONCE, 0, 0x01, 1, 0x002 },
        { OCP_1_0, ONCE, 0, 0x0a, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FakeHost *h = ocp_start((OcpVersion)rows[i].version);
        const uint8_t *p = fake_guest(h, FAKE_BUF);
        uint8_t *e;

        CHECK_EQ(arm(h, ONCE, 0x03, 50), 0);
        e = entry(h, 0, rows[i].flags, rows[i].type, 50);
        e[1] = rows[i].byte1;
        e[31] = rows[i].rest;
        CHECK(set_entries(h, 1).status == rows[i].status, "row %zu", i);
        CHECK_EQ(armed(h), 1);
        CHECK_EQ(bytes_at(p + 2, 2), rows[i].status ? 3 : rows[i].type);
        fake_host_free(h);
    }
}

/* 2.7: one type in a command. */
static void one_type(void)
{
    for (OcpVersion v = OCP_2_6; v <= OCP_2_7; v++) {
        FakeHost *h = ocp_start(v);

        entry(h, 0, ONCE, 0x01, 50);
        entry(h, 1, ONCE, 0x01, 60);
        CHECK_EQ(set_entries(h, 2).status, 0);
        entry(h, 1, ONCE, 0x02, 60);
        CHECK_EQ(set_entries(h, 2).status, v == OCP_2_7 ? 0x002 : 0);
        fake_host_free(h);
    }
}

/* Reserved bits may be ignored. */
static void lax(void)
{
    FakeSetup s = ocp_drive(OCP_2_5);
    FakeHost *h;

    s.cfg.ocp.lax_reserved = true;
    h = fake_host_start(&s);
    entry(h, 0, 0xff, 0x01, 50)[31] = 1;
    CHECK_EQ(set_entries(h, 0x81).status, 0);
    CHECK_EQ(armed(h), 1);
    fake_host_free(h);
}

/* OCP-CASE-47.  SERRI-10 */
static void command(void)
{
    FakeSetup s = ocp_drive(OCP_2_5);
    FakeHost *h;
    FakeCmd cmd = { .opc = 0x09, .cdw10 = 0xc0, .cdw11 = 1,
                    .prp1 = ENTRIES };

    s.cfg.ocp.nsid = OCPN_NSID_2_5;
    h = fake_host_start(&s);
    entry(h, 0, ONCE, 0x01, 50);
    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    cmd.nsid = 0xffffffff;
    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    cmd.nsid = 1;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x10f);
    cmd.nsid = 0;
    cmd.cdw10 |= UINT32_C(1) << 31;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x10d);
    CHECK_EQ(armed(h), 1);
    fake_host_free(h);
}

/* OCP-CASE-51: not over a power cycle, but over a reset. */
static void is_volatile(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CHECK_EQ(arm(h, ONCE, 0x01, 50), 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(armed(h), 1);
    power_cycle(h, true);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(arm(h, ONCE, 0x01, 50), 0);
    power_cycle(h, false);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(arm(h, ONCE, 0x01, 50), 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(armed(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-42: not for Meta, nor without OCP. */
static void absent(void)
{
    FakeSetup s = ocp_drive(OCP_2_5);
    FakeHost *h;

    s.cfg.ocp.profile = OCPN_PROFILE_META;
    h = fake_host_start(&s);
    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0x002);
    CHECK_EQ(fake_get_feature(h, 0xc0, 0, 0).status, 0x002);
    fake_host_free(h);
    h = ocp_start(OCP_OFF);
    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "set and get", set_and_get },
    { "default, saved, capabilities", selected },
    { "without a buffer", no_buffer },
    { "a set replaces the one before", replaced },
    { "127 entries", full },
    { "empty ones take no place", compacted },
    { "what is refused changes nothing", refused },
    { "2.7 has one type in a command", one_type },
    { "reserved bits may be ignored", lax },
    { "SV and NSID", command },
    { "gone with the power", is_volatile },
    { "not everywhere", absent },
};
OCPN_UNIT_MAIN("feature c0", tests)
