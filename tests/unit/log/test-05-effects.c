/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Commands Supported and Effects (Log Identifier
 * 05h)".
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

static void take(FakeHost *h, uint8_t page[4096])
{
    CHECK_EQ(fake_get_log(h, 0x05, 0, 0, 4096).status, 0);
    memcpy(page, fake_guest(h, FAKE_BUF), 4096);
    CU_ASSERT(fake_all(page + 2048, 0, 2048));
}

/* What the page says of all opcodes is what dispatch says. */
static void tells_the_truth(void)
{
    static const FakeSetup drives[] = {
        { .ns = { FAKE_T1 } },
        { .cfg = { .dbbuf = true }, .ns = { FAKE_CONVENTIONAL(1) } },
    };

    for (unsigned d = 0; d < 2; d++) {
        FakeHost *h = fake_host_start(&drives[d]);
        uint8_t page[4096];

        take(h, page);
        for (unsigned opc = 0; opc < 256; opc++) {
            FakeCmd cmd = { .opc = (uint8_t)opc, .nsid = 32 };
            uint16_t status = 0;

            if (opc != 0x0c) {              /* it would wait for an event */
                status = fake_admin(h, &cmd).status;
            }
            CHECK((page[4 * opc] & 1) == (status != 0x001),
                  "admin %02x: status %03x", opc, status);
            cmd.nsid = 1;
            cmd.flags = 1;                  /* fused: refused, not run */
            status = fake_io(h, &cmd).status;
            CHECK((page[1024 + 4 * opc] & 1) == (status != 0x001),
                  "I/O %02x: status %03x", opc, status);
        }
        fake_host_free(h);
    }
}

static void effects(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) },
    });
    uint8_t p[4096];

    take(h, p);
    CHECK_EQ(p[4 * 0x80] & 7, 7);           /* Format: LBCC, NCC */
    CHECK_EQ(p[1024 + 4 * 0x01] & 3, 3);    /* Write: LBCC */
    CHECK_EQ(p[1024 + 4 * 0x02] & 3, 1);    /* Read */
    CHECK_EQ(p[1024 + 4 * 0x91] & 3, 3);    /* Vector Write */
    CHECK_EQ(p[1024 + 4 * 0x92] & 3, 1);    /* Vector Read */
    CHECK_EQ(p[4 * 0xe2] & 3, 1);           /* Geometry */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "tells the truth", tells_the_truth },
    { "what changes content", effects },
};
OCPN_UNIT_MAIN("log 05", tests)
