/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Supported Log Pages (Log Identifier 00h)". */
#include "fakes/host.h"
#include "ocpn-unit.h"

/* The page says of all 256 identifiers what Get Log Page says. */
static void tells_the_truth(void)
{
    static const FakeSetup drives[] = {
        { .ns = { FAKE_T1 } }, { .ns = { FAKE_CONVENTIONAL(1) } },
    };

    for (unsigned d = 0; d < 2; d++) {
        FakeHost *h = fake_host_start(&drives[d]);
        uint8_t page[1024];

        CHECK_EQ(fake_get_log(h, 0x00, 0, 0, 1024).status, 0);
        memcpy(page, fake_guest(h, FAKE_BUF), 1024);
        for (unsigned lid = 0; lid < 256; lid++) {
            uint16_t status = fake_get_log(h, (uint8_t)lid, 0, 0, 4).status;

            CHECK(bytes_at(page + 4 * lid, 4) == (status != 0x109),
                  "LID %02x: %08x, status %03x", lid,
                  (unsigned)bytes_at(page + 4 * lid, 4), status);
        }
        for (unsigned lid = 0; lid < 6; lid++) {
            CHECK_EQ(page[4 * lid], 1);
        }
        CHECK_EQ(page[4 * 0x12], 1);
        CHECK_EQ(page[4 * 0xca], d == 0);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "tells the truth", tells_the_truth },
};
OCPN_UNIT_MAIN("log 00", tests)
