/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Feature Identifiers Supported and Effects (Log
 * Identifier 12h)".
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

static void tells_the_truth(void)
{
    static const FakeSetup drives[] = {
        { .ns = { FAKE_T1 } },
        { .cfg = { .sync_flush = true }, .ns = { FAKE_CONVENTIONAL(1) } },
    };

    for (unsigned d = 0; d < 2; d++) {
        FakeHost *h = fake_host_start(&drives[d]);
        uint8_t page[1024];

        CHECK_EQ(fake_get_log(h, 0x12, 0, 0, 1024).status, 0);
        memcpy(page, fake_guest(h, FAKE_BUF), 1024);
        for (unsigned fid = 0; fid < 256; fid++) {
            FakeCqe e = fake_get_feature(h, fid | 3 << 8, 0, 0);
            uint32_t scope = e.dw0 & 2 ? 1u << 20 : 1u << 21;
            uint32_t want = e.status ? 0 : scope | 1;

            CHECK(bytes_at(page + 4 * fid, 4) == want,
                  "FID %02x: %08x, want %08x", fid,
                  (unsigned)bytes_at(page + 4 * fid, 4), (unsigned)want);
        }
        CHECK_EQ(page[4 * 0x06], d == 1);
        CHECK_EQ(page[4 * 0xca], d == 0);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "tells the truth", tells_the_truth },
};
OCPN_UNIT_MAIN("log 12", tests)
