/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks in use of drives without an OCP version, which have no timer.
 * Proves: NVM Command Set 1.0, "Namespace Utilization (NUSE)"; docs/ocp.rst,
 * "Blocks in use".
 */
#include "smart-unit.h"

static FakeHost *drive(void)
{
    return fake_host_start(&(FakeSetup) {
        .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
                  .mode = IMG_MODE_CONVENTIONAL, .nsze = 40000,
                  .nmaps = 2 } },
    });
}

static uint64_t nuse(FakeHost *h)
{
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF) + 16, 8);
}

/* While QEMU runs it is that of now, and no time changes the image. */
static void now(void)
{
    FakeHost *h = drive();
    unsigned writes;

    CHECK_EQ(nuse(h), 0);
    CHECK_EQ(smart_io(h, 0x01, 32380, 10), 0);
    CHECK_EQ(nuse(h), 10);
    writes = h->f.media[1].writes;
    fake_advance(&h->f, 100000 * SECOND);
    CHECK_EQ(h->f.media[1].writes, writes);
    CHECK_EQ(nuse(h), 10);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x08, .nsid = 1, .cdw10 = 32380,
                                     .cdw12 = 4 | 1u << 25 }).status, 0);
    CHECK_EQ(nuse(h), 5);
    fake_host_restart(h, true);
    CHECK_EQ(nuse(h), 5);
    fake_host_free(h);
}

/* After a kill it is that of the last Flush; data are those of now. */
static void killed(void)
{
    FakeHost *h = drive();

    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, 0);   /* Flush */
    memset(fake_guest(h, FAKE_BUF + 0x10000), 0x5a, 4096);
    CHECK_EQ(smart_io(h, 0x01, 100, 8), 0);
    CHECK_EQ(nuse(h), 16);
    fake_advance(&h->f, 100000 * SECOND);
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), 8);
    memset(fake_guest(h, FAKE_BUF + 0x10000), 0, 4096);
    CHECK_EQ(smart_io(h, 0x02, 100, 8), 0);
    CHECK(fake_all(fake_guest(h, FAKE_BUF + 0x10000), 0x5a, 4096), "data");
    CHECK_EQ(smart_io(h, 0x01, 100, 8), 0);     /* they count again */
    CHECK_EQ(nuse(h), 16);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "that of now, without a timer", now },
    { "that of the last Flush after a kill", killed },
};
OCPN_UNIT_MAIN("used-off", tests)
