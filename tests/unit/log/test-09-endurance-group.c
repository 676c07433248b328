/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Endurance Group Information (Log Identifier 09h)";
 * OCP Datacenter NVMe SSD, SMART-25.
 */
#include "smart-unit.h"

static FakeCqe ask(FakeHost *h, uint16_t group)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
        .cdw10 = 127u << 16 | 0x09, .cdw11 = (uint32_t)group << 16,
    });
}

static void fields(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(smart_io(h, 0x01, 0, 64), 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 64), 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 64), 0);
    smart_knob(h, "endurance-estimate", "340282366920938463463374607431");
    smart_knob(h, "media-written", "5000000000");
    smart_knob(h, "spare", "9");
    smart_knob(h, "percentage-used", "42");
    CHECK_EQ(ask(h, 1).status, 0);
    CHECK_EQ(p[0], 1);
    CHECK_EQ(p[3], 9);
    CHECK_EQ(p[4], 10);
    CHECK_EQ(p[5], 42);
    CU_ASSERT(fake_all(p + 6, 0, 26));
    CHECK_EQ(bytes_at(p + 40, 8), 18);          /* rounded up */
    CHECK_EQ(bytes_at(p + 32, 8), UINT64_C(0x725dd1d243aba0e8));
    CHECK_EQ(bytes_at(p + 48, 8), 1);
    CHECK_EQ(bytes_at(p + 64, 8), 1);
    CHECK_EQ(bytes_at(p + 80, 8), 6);           /* and its tables */
    CHECK_EQ(bytes_at(p + 96, 8), 2);
    CHECK_EQ(bytes_at(p + 112, 8), 1);
    CU_ASSERT(fake_all(p + 128, 0, 32));
    CHECK_EQ(bytes_at(p + 160, 8), 16 << 20);
    CU_ASSERT(fake_all(p + 168, 0, 344));
    smart_knob(h, "spare", "0");
    CHECK_EQ(ask(h, 1).status, 0);
    CHECK_EQ(p[0], 0x0d);
    fake_host_free(h);
}

/* OCP-CASE-2, CTRATT bit 4; who is of which group */
static void claims(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(p + 96, 4) >> 4 & 1, 1);
    CHECK_EQ(bytes_at(p + 340, 2), 1);
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    CHECK_EQ(bytes_at(p + 102, 2), 1);
    CHECK_EQ(ask(h, 0).status, 0x002);
    CHECK_EQ(ask(h, 2).status, 0x002);
    CHECK_EQ(fake_error_location(h), 46);
    CHECK_EQ(ask(h, 0xffff).status, 0x002);
    fake_host_free(h);
}

static void no_ocp(void)
{
    FakeHost *h = smart_drive(OCP_OFF);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(ask(h, 1).status, 0x109);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(p + 96, 4) >> 4 & 1, 0);
    CHECK_EQ(bytes_at(p + 340, 2), 0);
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    CHECK_EQ(bytes_at(p + 102, 2), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "every field", fields },
    { "the drive says that it has group 1", claims },
    { "no group without OCP", no_ocp },
};
OCPN_UNIT_MAIN("log 09", tests)
