/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statuses that are forced.
 * Proves: docs/ocp.rst, "Forced statuses".
 */
#include "action-unit.h"

static uint16_t get_log(FakeHost *h, uint8_t lid)
{
    return fake_get_log(h, lid, ALL, 0, 512).status;
}

static void pages(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    FakeCqe cqe;

    act(h, "force-status", "lid=0xc0 status=0x006 count=2");
    CHECK_HAS(armed(h, "force-status", 0),
              "queue=admin lid=0xc0 status=0x006 count=2");
    CHECK_EQ(get_log(h, 0x02), 0);
    CHECK_EQ(fake_get_feature(h, 0xc0 & 0x1f, 0, 0).status & 0xff, 0x02);
    CHECK_EQ(get_log(h, 0xc0), 0x006);
    CHECK_EQ(get_log(h, 0xc0), 0x006);
    CHECK_EQ(get_log(h, 0xc0), 0);
    CHECK(!armed(h, "force-status", 0)[0], "it is used up");
    act(h, "force-status", "lid=0x02 status=0x281");
    cqe = fake_get_log(h, 0x02, ALL, 0, 512);
    CHECK_EQ(cqe.status, 0x281);
    CU_ASSERT(cqe.dnr);
    CHECK_EQ(get_log(h, 0x02), 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 160, 8), 1);
    CHECK_EQ(get_log(h, 0x01), 0);      /* the error log has it */
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 12, 2) >> 1 & 0x7ff, 0x281);
    fake_host_free(h);
}

static void features(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "force-status", "fid=0xc2 opcode=9 status=0x10d count=0");
    CHECK_EQ(fake_get_feature(h, 0xc2, 0, 0).status, 0);
    CHECK_EQ(fake_get_feature(h, 0xc2, 0, 0).dw0 & 3, 1);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(fake_set_feature(h, 0xc2, 0, 2u << 30).status, 0x10d);
    }
    CHECK_EQ(fake_get_feature(h, 0xc2, 0, 0).dw0 & 3, 1);
    CHECK_HAS(armed(h, "force-status", 0), "opcode=0x09 fid=0xc2");
    act(h, "force-status", "clear");
    CHECK_EQ(fake_set_feature(h, 0xc2, 0, 2u << 30).status, 0);
    fake_host_free(h);
}

/* The first rule that means a command decides. */
static void queues(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "force-status", "queue=io opcode=1 status=0x280");
    act(h, "force-status", "queue=io opcode=2 status=0x281 count=3");
    act(h, "force-status", "opcode=6 status=0x00b");
    act(h, "force-status", "opcode=0x7f status=0x004");
    CHECK_EQ(fake_get_log(h, 0x02, ALL, 0, 512).status, 0); /* admin 02h */
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0x281);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x280);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0x00b);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7f }).status, 0x004);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7f }).status, 0x001);
    CHECK_HAS(armed(h, "force-status", 0), "count=2");
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0x281);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0x281);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0);
    CHECK(!armed(h, "force-status", 0)[0], "all are used up");
    fake_host_free(h);
}

/* LMLOG-3: what takes long is in its bucket */
static void late(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    FakeCmd read = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };

    act(h, "force-status", "queue=io opcode=2 ms=300 count=2");
    CHECK_HAS(armed(h, "force-status", 0), "opcode=0x02 ms=300 count=2");
    fake_submit(h, 1, &read);
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_advance(&h->f, 299 * SECOND / 1000);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_advance(&h->f, SECOND / 1000);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    for (unsigned b = 0; b < 4; b++) {
        CHECK_EQ(bytes_at(smart_page(h, 0xc3) + 44 + 16 * b, 4), b == 3);
    }
    act(h, "force-status", "clear");
    CHECK_EQ(fake_io(h, &read).status, 0);
    act(h, "force-status", "queue=io opcode=2 ms=20 status=0x281");
    fake_submit(h, 1, &read);
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_advance(&h->f, 20 * SECOND / 1000);
    CHECK_EQ(fake_reap(h, 1).status, 0x281);
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[][2] = {
        { "", "give status= or ms=, and one of opcode=, lid= and" },
        { "status=6", "give status= or ms=" },
        { "lid=0xc0", "give status= or ms=" },
        { "lid=0xc0 fid=0xc0 status=6", "different commands" },
        { "lid=0xc0 queue=io status=6", "different commands" },
        { "lid=0xc0 status=0", "status=0: must be a number from 1 to 2047" },
        { "lid=0xc0 status=0x4006", "from 1 to 2047" },
        { "opcode=1 ms=0", "ms=0: must be a number from 1 to 3600000" },
        { "opcode=256 status=6", "from 0 to 255" },
        { "opcode=1 queue=both status=6", "must be admin or io" },
        { "opcode=1 opcode=2 status=6", "'opcode' is not expected" },
        { "opcode=1 nsid=2 status=6", "'nsid' is not expected" },
        { "opcode=1 status=6 =", "not a word" },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        act_refused(h, "force-status", t[i][0], t[i][1]);
    }
    CHECK(!armed(h, "force-status", 0)[0], "nothing is armed");
    for (unsigned i = 0; i < 16; i++) {
        act(h, "force-status", "opcode=6 status=6");
    }
    act_refused(h, "force-status", "opcode=6 status=6", "16 rules");
    act(h, "force-status", "clear");
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "log pages", pages },
    { "features", features },
    { "opcodes of both kinds of queue", queues },
    { "late commands", late },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("force", tests)
