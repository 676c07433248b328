/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may come while an image is activated without a reset.
 * Proves: NVMe Base 2.0, "Firmware Update Process"; OCP Datacenter NVMe SSD,
 * FWUP-7; docs/user-guide.rst, "Migration".
 */
#include "firmware-unit.h"
#include "migrate-unit.h"

#define TWO     "ocp-nvme-firmware revision=two svn=2\n"

static uint8_t afi(FakeHost *h)
{
    return smart_page(h, 0x03)[0];
}

static uint64_t csts(FakeHost *h)
{
    return fake_reg(h, 0x1c, 4);
}

/* A commit that is not over; 100 ms are missing. */
static void begin(FakeHost *h, const char *line, unsigned slot)
{
    FakeCmd cmd = fw_commit_cmd(slot, 3);

    fw_download(h, line);
    CHECK(!fake_admin(h, &cmd).found, "it takes time");
}

/* OCP-CASE-149: it waits, as I/O does, and succeeds. */
static void log_read_meanwhile(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    FakeCqe e;

    begin(h, "ocp-nvme-firmware revision=two ms=1000\n", 2);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x02, .prp1 = FAKE_BUF, .nsid = ALL,
                                   .cdw10 = 0xc0 | 127 << 16 });
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                   .prp1 = FAKE_BUF + UNIT });
    fake_advance(&h->f, 999 * MSEC);
    CU_ASSERT(!fake_reap(h, 0).found && !fake_reap(h, 1).found);
    fake_advance(&h->f, 1 * MSEC);
    e = fake_reap(h, 0);                        /* FWUP-7 */
    CHECK(e.found && !e.status, "the commit has ended");
    e = fake_reap(h, 0);
    CHECK(e.found && !e.status, "the page was sent");
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 494, 2), 4);
    e = fake_reap(h, 1);
    CHECK(e.found && !e.status, "I/O goes on");
    fake_host_free(h);
}

/* Commands that came with the commit: another commit waits for it. */
static void two_commits(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    FakeCmd first = fw_commit_cmd(2, 3), second = fw_commit_cmd(1, 3);
    FakeCqe e;

    fw_download(h, TWO);
    fake_queue(h, 0, &first);
    fake_submit(h, 0, &second);
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_advance(&h->f, 100 * MSEC);
    e = fake_reap(h, 0);
    CHECK(e.found && !e.status, "the first one is over");
    CHECK_EQ(fake_reap(h, 0).status, 0x113);    /* the other was lower */
    fw_runs(h, "two");
    fake_host_free(h);
}

/* A reset does not wait for an activation, nor loses it. */
static void reset_meanwhile(void)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        FakeHost *h = smart_drive(OCP_2_5);

        begin(h, TWO, 2);
        ocpn_ctrl_reset(h->c, (OcpnReset)kind);
        fake_run(&h->f);
        CU_ASSERT(ocpn_ctrl_quiet(h->c) && fake_enable(h));
        fw_runs(h, "two");
        CHECK_EQ(csts(h) & 1 << 5, 0);
        CHECK_EQ(fw_valid(h), 1);
        fake_advance(&h->f, SECOND);
        CHECK_EQ(fw_valid(h), 1);
        fake_host_free(h);
    }
}

static void shutdown_meanwhile(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    begin(h, TWO, 2);
    fake_host_restart(h, true);
    fw_runs(h, "two");
    begin(h, "ocp-nvme-firmware revision=three\n", 3);
    fake_set_reg(h, 0x14, fake_reg(h, 0x14, 4) | 1 << 14, 4);
    fake_run(&h->f);
    CHECK_EQ(csts(h) >> 2 & 3, 2);
    fake_advance(&h->f, SECOND);
    CHECK_EQ(csts(h) >> 2 & 3, 2);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    CU_ASSERT(!fake_admin(h, &(FakeCmd) { .opc = 0x18 }).found);
    fw_reset(h);
    fw_runs(h, "three");
    fake_host_free(h);
}

/* A shutdown that ends does not end the pause of an activation. */
static void shutdown_ends(void)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        FakeHost *h = smart_drive(OCP_2_5);
        uint32_t cc = (uint32_t)fake_reg(h, 0x14, 4);
        FakeCqe e;

        begin(h, TWO, 2);
        if (kind == 0) {
            ocpn_ctrl_close(h->c);
        } else {                        /* the host thinks better of it */
            h->f.hold = true;
            fake_set_reg(h, 0x14, cc | 1 << 14, 4);
            fake_run(&h->f);
            fake_set_reg(h, 0x14, cc, 4);
            h->f.hold = false;
            fake_io_finish_all(&h->f);
        }
        fake_run(&h->f);
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x06, .cdw10 = 1,
                                       .prp1 = FAKE_BUF });
        fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                       .prp1 = FAKE_BUF + UNIT });
        fake_advance(&h->f, 99 * MSEC);
        CHECK_EQ(csts(h) & 1 << 5, 1 << 5);
        CU_ASSERT(!fake_reap(h, 0).found && !fake_reap(h, 1).found);
        fake_advance(&h->f, 1 * MSEC);
        e = fake_reap(h, 0);
        CHECK(e.found && !e.status, "the commit has ended");
        e = fake_reap(h, 0);
        CHECK(e.found && !e.status, "admin commands go on");
        e = fake_reap(h, 1);
        CHECK(e.found && !e.status, "I/O goes on");
        fw_runs(h, "two");
        fake_host_free(h);
    }
}

/* A reset between the I/Os that write an activation. */
static void reset_while_written(void)
{
    bool over = false;

    for (unsigned k = 0; !over && k < 50; k++) {
        FakeHost *h = smart_drive(OCP_2_5);

        begin(h, TWO, 2);
        h->f.hold = true;
        fake_advance(&h->f, 100 * MSEC);
        for (unsigned i = 0; i < k && h->f.nios; i++) {
            fake_io_finish(&h->f, 0, OCPN_IO_OK);
            fake_run(&h->f);
        }
        over = !h->f.nios;
        CHECK(k || !over, "it is written");
        fake_set_reg(h, 0x14, 0, 4);
        fake_run(&h->f);
        CHECK_EQ(csts(h) & 1, !over);   /* it waits for the image */
        h->f.hold = false;
        fake_io_finish_all(&h->f);
        fake_run(&h->f);
        CU_ASSERT(ocpn_ctrl_quiet(h->c) && fake_enable(h));
        fw_runs(h, "two");
        CHECK_EQ(fw_valid(h), 1);
        CHECK_EQ(csts(h), 1);
        fake_host_restart(h, false);
        fw_runs(h, "two");
        CHECK_EQ(afi(h), 2);
        CHECK_EQ(fw_valid(h), 1);
        fake_host_free(h);
    }
    CHECK(over, "it ends");
}

/* QEMU dies: an activation has taken place, or not. */
static void killed(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint64_t cycles;

    begin(h, TWO, 2);
    fake_host_restart(h, false);
    fw_runs(h, "1.0");
    CHECK_EQ(afi(h), 1);
    CHECK_EQ(fw_update(h, TWO, 2, 1), 0);
    fw_reset(h);
    CHECK_EQ(fw_valid(h), 1);
    cycles = fw_entry(h, 0, 22, 8);
    fake_host_restart(h, false);
    fw_runs(h, "two");
    CHECK_EQ(fw_valid(h), 1);
    CHECK_EQ(fw_entry(h, 0, 22, 8), cycles);    /* not once more */
    fake_host_free(h);
}

/* What was downloaded, what waits, and what goes on. */
static void migration(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    FakeCqe e;

    CHECK_EQ(fw_update(h, TWO, 2, 1), 0);
    memcpy(fake_guest(h, IMAGE), "ocp-nvme-firmware revision=x", 29);
    CHECK_EQ(fw_piece(h, 0, UNIT), 0);
    CHECK_EQ(fw_piece(h, 2 * UNIT, UNIT), 0);
    migrate(h);
    fw_runs(h, "1.0");
    CHECK_EQ(afi(h), 1 | 2 << 4);
    CHECK_EQ(fw_piece(h, 2 * UNIT, UNIT), 0x114);
    CHECK_EQ(fw_piece(h, UNIT, 100), 0x002);
    CHECK_EQ(fw_piece(h, UNIT, UNIT), 0);
    CHECK_EQ(fw_commit(h, 3, 0), 0);
    CU_ASSERT(!memcmp(smart_page(h, 0x03) + 24, "x       ", 8));
    fw_reset(h);
    fw_runs(h, "two");
    begin(h, "ocp-nvme-firmware revision=three svn=3\n", 3);
    migrate(h);
    e = fake_reap(h, 0);
    CHECK(e.found && !e.status, "the commit has ended");
    fw_runs(h, "three");
    CHECK_EQ(csts(h), 1);
    CHECK_EQ(fw_valid(h), 2);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "commands meanwhile", log_read_meanwhile },
    { "a commit meanwhile", two_commits },
    { "a reset meanwhile", reset_meanwhile },
    { "a shutdown meanwhile", shutdown_meanwhile },
    { "a shutdown that ends meanwhile", shutdown_ends },
    { "a reset while it is written", reset_while_written },
    { "a kill meanwhile", killed },
    { "migration", migration },
};
OCPN_UNIT_MAIN("firmware-busy", tests)
