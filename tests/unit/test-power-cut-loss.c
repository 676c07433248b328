/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut loses, and what it must not.
 * Proves: docs/ocp.rst, "Power cuts".
 */
#include "power-cut-unit.h"

/* One block to each of 64 chunks, as many as a write can have. */
static void write_wide(FakeHost *h, unsigned blk)
{
    FakeCmd cmd = { .opc = 0x91, .nsid = 1, .cdw10 = FAKE_BUF, .cdw12 = 63 };

    for (unsigned i = 0; i < 64; i++) {
        put_bytes_at(fake_guest(h, FAKE_BUF) + 8 * i, 8, i * 128 + blk);
    }
    fake_prp(h, &cmd, FAKE_BUF + 0x10000, 64 * 4096);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
}

/* Of those that a migration brought, the oldest are the first to go. */
static void migrates_full(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } },
        .ns = { {
            .cfg = { .nsid = 1, .dlfeat = 1 },
            .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 12,
            .geo = { .num_grp = 1, .num_pu = 1, .num_chk = 64, .clba = 96,
                     .ws_min = 1, .ws_opt = 1 },
        } },
    });

    act(h, "power-cut", "after-writes=4 drop-last=2");
    for (unsigned i = 0; i < 4; i++) {
        write_wide(h, i);
        if (i == 2) {
            migrate(h);
        }
    }
    come_back(h);
    for (unsigned i = 0; i < 64; i++) {
        CHECK_EQ(pointer(h, i), 2);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "it migrates with all it can lose", migrates_full },
};
OCPN_UNIT_MAIN("power-cut-loss", tests)
