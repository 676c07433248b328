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

/* A host that shuts down has all that it has written on the medium. */
static void shut_down(void)
{
    for (uint32_t shn = 1; shn <= 2; shn++) {
        FakeHost *h = smart_drive(OCP_2_5);
        uint32_t cc = (uint32_t)fake_reg(h, 0x14, 4);

        act(h, "power-cut", "after-writes=3 drop-last=2");
        CHECK_EQ(put(h, 8, 1), 0);
        CHECK_EQ(put(h, 9, 2), 0);
        fake_set_reg(h, 0x14, cc | shn << 14, 4);
        fake_run(&h->f);
        CHECK_EQ(fake_reg(h, 0x1c, 4) >> 2 & 3, 2);
        CU_ASSERT(fake_disable(h));
        CU_ASSERT(fake_enable(h));
        CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
        CHECK_EQ(put(h, 10, 3), 0);
        come_back(h);
        go_on(h);
        CHECK_EQ(got(h, 9), 2);
        CHECK_EQ(smart_io(h, 0x02, 10, 1), LOST);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "it migrates with all it can lose", migrates_full },
    { "shutdowns save all", shut_down },
};
OCPN_UNIT_MAIN("power-cut-loss", tests)
