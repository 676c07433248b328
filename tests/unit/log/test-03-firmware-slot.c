/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Firmware Slot Information (Log Identifier 03h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

static void bytes(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .firmware = "1.2x" }, .ns = { FAKE_T1 },
    });
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_get_log(h, 0x03, 0, 0, 512).status, 0);
    CHECK_EQ(p[0], 1);                      /* slot 1 runs, nothing is next */
    CU_ASSERT(fake_all(p + 1, 0, 7));
    CU_ASSERT(!memcmp(p + 8, "1.2x    ", 8));
    CU_ASSERT(fake_all(p + 16, 0, 496));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "bytes", bytes },
};
OCPN_UNIT_MAIN("log 03", tests)
