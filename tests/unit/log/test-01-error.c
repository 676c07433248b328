/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Error Information (Log Identifier 01h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define ENTRIES 63

static void bytes(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    uint16_t cid[2];

    CHECK_EQ(fake_get_log(h, 0x01, 0, 0, ENTRIES * 64).status, 0);
    CU_ASSERT(fake_all(p, 0, ENTRIES * 64));
    cid[0] = fake_admin(h, &(FakeCmd) { .opc = 0xff }).cid;
    cid[1] = fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 5, .cdw10 = 0x3f,
    }).cid;
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(fake_get_log(h, 0x01, 0xffffffff, 0, ENTRIES * 64).status, 0);
    CHECK_EQ(bytes_at(p, 8), 2);
    CHECK_EQ(bytes_at(p + 8, 2), 0);
    CHECK_EQ(bytes_at(p + 10, 2), cid[1]);
    CHECK_EQ(bytes_at(p + 12, 2), 0x8212);      /* DNR, 1/09 */
    CHECK_EQ(bytes_at(p + 14, 2), 40);
    CHECK_EQ(bytes_at(p + 24, 4), 5);
    CHECK_EQ(bytes_at(p + 64, 8), 1);
    CHECK_EQ(bytes_at(p + 74, 2), cid[0]);
    CHECK_EQ(bytes_at(p + 76, 2), 0x8002);      /* DNR, 0/01 */
    CHECK_EQ(bytes_at(p + 78, 2), 0);
    CU_ASSERT(fake_all(p + 128, 0, 61 * 64));
    CHECK_EQ(p[ENTRIES * 64], 0xa5);
    fake_host_free(h);
}

/* FAILURE-CASE-55: an offset starts at that entry; reading changes nothing. */
static void by_offset(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    for (unsigned i = 0; i < 100; i++) {
        fake_admin(h, &(FakeCmd) { .opc = 0xff });
    }
    for (unsigned i = 0; i < ENTRIES; i++) {
        CHECK_EQ(fake_get_log(h, 0x01, 0, i * 64, 64).status, 0);
        CHECK_EQ(bytes_at(p, 8), 100 - i);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "bytes", bytes },
    { "an offset starts at an entry", by_offset },
};
OCPN_UNIT_MAIN("log 01", tests)
