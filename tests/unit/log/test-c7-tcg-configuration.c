/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C7h: TCG Configuration.
 * Proves: OCP Datacenter NVMe SSD, "TCG Configuration", SEC-36.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

static const uint8_t guid[] = {
    0x06, 0x40, 0x24, 0xbd, 0x7e, 0xe0, 0xe6, 0x83,
    0xc0, 0x47, 0x54, 0xfa, 0x9d, 0x2a, 0xe0, 0x54,
};

static FakeHost *start(uint8_t version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version } }, .ns = { FAKE_T1 },
    });
}

/* OCP-CASE-89 */
static void page(void)
{
    for (uint8_t v = OCP_2_5; v <= OCP_2_7; v++) {
        FakeHost *h = start(v);
        const uint8_t *p = fake_guest(h, FAKE_BUF);

        CHECK_EQ(fake_get_log(h, 0xc7, 0xffffffff, 0, 512).status, 0);
        CU_ASSERT(fake_all(p, 0, 20));
        CHECK_EQ(bytes_at(p + 20, 4), 5);       /* SEC-36 */
        CU_ASSERT(fake_all(p + 24, 0, 494 - 24));
        CHECK_EQ(bytes_at(p + 494, 2), v == OCP_2_5 ? 1 : 2);
        CU_ASSERT(!memcmp(p + 496, guid, sizeof(guid)));
        ocpn_set_opal(h->c, OCPN_OPAL_ACTIVATED);
        CHECK_EQ(fake_get_log(h, 0xc7, 0, 0, 4).status, 0);
        CHECK_EQ(p[0], 1);
        fake_host_free(h);
    }
}

static void since(void)
{
    FakeHost *h = start(OCP_2_0);

    CHECK_EQ(fake_get_log(h, 0xc7, 0, 0, 512).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the page, and its version", page },
    { "since version 2.5", since },
};
OCPN_UNIT_MAIN("log c7", tests)
