/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Changed Namespace List (Log Identifier 04h)". */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/event.h"
#include "ocpn-unit.h"

static void read_page(FakeHost *h, bool rae)
{
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .prp1 = FAKE_BUF,
        .cdw10 = 1023u << 16 | (uint32_t)rae << 15 | 0x04,
    }).status, 0);
}

static void listed_until_read(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    read_page(h, false);
    CU_ASSERT(fake_all(p, 0, 4096));
    ocpn_ns_changed(h->c, 32);
    ocpn_ns_changed(h->c, 1);
    ocpn_ns_changed(h->c, 1);
    for (unsigned i = 0; i < 3; i++) {
        read_page(h, i < 2);
        CHECK_EQ(bytes_at(p, 4), 1);
        CHECK_EQ(bytes_at(p + 4, 4), 32);
        CU_ASSERT(fake_all(p + 8, 0, 4088));
    }
    read_page(h, false);
    CU_ASSERT(fake_all(p, 0, 4096));
    fake_host_free(h);
}

/* FAILURE-CASE-55: what did not reach the host stays in the list. */
static void failed_read(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    ocpn_ns_changed(h->c, 1);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .prp1 = FAKE_MMIO, .cdw10 = 0x04,
    }).status, 0x004);
    read_page(h, false);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a change is listed until it was read", listed_until_read },
    { "a failed read takes nothing", failed_read },
};
OCPN_UNIT_MAIN("log 04", tests)
