/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C4h: Device Capabilities.
 * Proves: OCP Datacenter NVMe SSD, "Device Capabilities", DSSDPSS-2.
 */
#include "power-unit.h"

static const uint8_t guid[] = {
    0x97, 0x42, 0x05, 0x0d, 0xd1, 0xe1, 0xc9, 0x98,
    0x5d, 0x49, 0x58, 0x4b, 0x91, 0x3c, 0x05, 0xb7,
};

static const uint8_t *page(FakeHost *h)
{
    CHECK_EQ(fake_get_log(h, 0xc4, 0xffffffff, 0, 4096).status, 0);
    return fake_guest(h, FAKE_BUF);
}

/* OCP-CASE-84: descriptors, of what Identify lists */
static void descriptors(void)
{
    FakeHost *h = power_start(OCP_2_5, true);
    uint8_t id[4096];
    const uint8_t *p;

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    memcpy(id, fake_guest(h, FAKE_BUF), sizeof(id));
    p = page(h);
    CHECK_EQ(bytes_at(p + 14, 2), 9);
    for (unsigned watts = 0; watts < 128; watts++) {
        uint8_t d = p[16 + watts];
        unsigned ps = d & 0x1f;

        if (watts < 9) {
            CHECK_EQ(d, 0);
            continue;
        }
        CHECK_EQ(d & 0xe0, 0x80);
        CHECK(ps <= id[263], "%u W: state %u", watts, ps);
        CHECK(bytes_at(id + 2048 + 32 * ps, 2) <= 100 * watts || !ps,
              "%u W: state %u needs more", watts, ps);
        CHECK(!ps || bytes_at(id + 2048 + 32 * (ps - 1), 2) > 100 * watts,
              "%u W: state %u is not the most powerful", watts, ps);
    }
    CHECK_EQ(p[16 + 9], 0x87);
    CHECK_EQ(p[16 + 18], 0x86);
    CHECK_EQ(p[16 + 20], 0x85);
    CHECK_EQ(p[16 + 127], 0x80);
    fake_host_free(h);
}

/* OCP-CASE-84 */
static void commands(void)
{
    FakeHost *h = power_start(OCP_2_0, false);
    const uint8_t *p = page(h);

    CHECK_EQ(bytes_at(p, 2), 1);
    CHECK_EQ(bytes_at(p + 2, 2), 0);
    CHECK_EQ(bytes_at(p + 4, 2), 0x801f);       /* Write Zeroes */
    CHECK_EQ(bytes_at(p + 8, 2), 0x8003);       /* Dataset Management */
    CHECK_EQ(bytes_at(p + 10, 2), 0x800f);      /* Write Uncorrectable */
    CU_ASSERT(fake_all(p + 144, 0, 4078 - 144));
    CHECK_EQ(bytes_at(p + 4078, 2), 1);
    CU_ASSERT(!memcmp(p + 4080, guid, sizeof(guid)));
    fake_host_free(h);
}

/* Sanitize and fused commands, as Identify has them. */
static void agrees(void)
{
    FakeHost *h = power_start(OCP_2_5, false);
    uint32_t sanicap, fuses;
    const uint8_t *p;

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    sanicap = (uint32_t)bytes_at(fake_guest(h, FAKE_BUF) + 328, 4);
    fuses = (uint32_t)bytes_at(fake_guest(h, FAKE_BUF) + 522, 2);
    p = page(h);
    CHECK_EQ(p[6] & 1, sanicap != 0);
    CHECK_EQ(p[6] >> 1 & 7, sanicap & 7);
    CHECK_EQ(p[12] & 1, fuses & 1);
    fake_host_free(h);
}

/* A drive of chunks alone has no Write Zeroes and no Write Uncorrectable. */
static void open_channel(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
    });
    const uint8_t *p = page(h);

    CHECK_EQ(bytes_at(p + 4, 2), 0);
    CHECK_EQ(bytes_at(p + 8, 2), 0x8003);
    CHECK_EQ(bytes_at(p + 10, 2), 0);
    fake_host_free(h);
}

static void since(void)
{
    FakeHost *h = power_start(OCP_1_0, false);

    CHECK_EQ(fake_get_log(h, 0xc4, 0, 0, 4096).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "each DSSD power state names the best NVMe power state", descriptors },
    { "commands of a conventional drive", commands },
    { "what Identify says", agrees },
    { "commands of an open-channel drive", open_channel },
    { "since version 2.0", since },
};
OCPN_UNIT_MAIN("log c4", tests)
