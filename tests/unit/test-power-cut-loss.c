/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut loses, and what it must not.
 * Proves: docs/ocp.rst, "Power cuts".
 */
#include "power-cut-unit.h"

static uint16_t put_fua(FakeHost *h, uint32_t slba, unsigned nlb)
{
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .cdw10 = slba,
                    .cdw12 = FUA | (nlb - 1) };

    fake_prp(h, &cmd, FAKE_BUF + 0x10000, nlb * 512);
    return fake_io(h, &cmd).status;
}

/* What is written for good is there, whatever was written before it. */
static void written_over(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "power-cut", "after-writes=8 drop-last=8");
    for (uint32_t slba = 10; slba <= 40; slba += 10) {
        CHECK_EQ(smart_io(h, 0x01, slba, 4), 0);
    }
    CHECK_EQ(put_fua(h, 10, 4), 0);         /* all of it */
    CHECK_EQ(put_fua(h, 19, 2), 0);         /* its beginning */
    CHECK_EQ(put_fua(h, 32, 6), 0);         /* its end */
    CHECK_EQ(put_fua(h, 41, 1), 0);         /* its middle */
    come_back(h);
    counted(h, 1, 1);
    go_on(h);
    CHECK_EQ(smart_io(h, 0x02, 10, 4), 0);
    CHECK_EQ(smart_io(h, 0x02, 19, 2), 0);
    CHECK_EQ(smart_io(h, 0x02, 21, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 23, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 31, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 32, 6), 0);
    CHECK_EQ(smart_io(h, 0x02, 40, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 41, 1), 0);
    fake_host_free(h);
}

/* A chunk has what is written for good, and so what lies below it. */
static void chunk_for_good(void)
{
    FakeHost *h = chunks();
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .cdw10 = 8, .cdw12 = FUA | 3 };

    act(h, "power-cut", "after-writes=4 drop-last=4");
    write_chunk(h, 0, 8);
    fake_prp(h, &cmd, FAKE_BUF + 0x10000, 4 * 4096);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    write_chunk(h, 12, 4);
    write_chunk(h, 128, 4);
    come_back(h);
    counted(h, 1, 1);
    CHECK_EQ(pointer(h, 0), 12);
    CHECK_EQ(pointer(h, 1), 0);
    fake_host_free(h);
}

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
    { "written over for good", written_over },
    { "chunks, written for good", chunk_for_good },
    { "it migrates with all it can lose", migrates_full },
    { "shutdowns save all", shut_down },
};
OCPN_UNIT_MAIN("power-cut-loss", tests)
