/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVM Command Set 1.0, "Compare command", "Verify command". */
#include "nvm-unit.h"

/* NVM-COMPARE: one wrong byte anywhere, data or metadata. */
static void compare_of(Nvm *n)
{
    const uint32_t nlb = 100, slba = 3;     /* several pieces */

    CHECK_EQ(nvm_write(n, slba, nlb, 0), 0);
    for (unsigned i = 0; i < 40; i++) {
        uint32_t entry = i == 0 ? 0 : i == 1 ? nlb - 1 : nvm_random(n, nlb);
        uint8_t *byte = nvm_host_data(n, entry) +
                        (i == 0 ? 0 : i == 1 ? n->block - 1
                                             : nvm_random(n, n->block));

        if (n->ms && i % 2) {
            byte = nvm_host_meta(n, entry) + nvm_random(n, n->ms);
        }
        *byte ^= 0x10;
        CHECK_EQ(nvm_run(n, OPC_COMPARE, slba, nlb, 0), 0x285);
        *byte ^= 0x10;
    }
    CHECK_EQ(nvm_run(n, OPC_COMPARE, slba, nlb, 0), 0);
    nvm_expect(n, slba, nlb);
}

static void test_compare(void)
{
    nvm_each_format(compare_of);
}

/* Compare Failure is no failure of the medium, and may not be retried. */
static void test_compare_status(void)
{
    Nvm n = nvm_start();
    FakeCmd cmd = nvm_cmd(&n, OPC_COMPARE, 0, 1);
    unsigned reads;
    FakeCqe e;

    *nvm_host_data(&n, 0) = 1;
    e = fake_io(n.h, &cmd);
    CHECK_EQ(e.status, 0x285);
    CHECK_EQ(e.dnr, true);
    CHECK_EQ(nvm_error_at(&n), 0xffff);
    reads = n.h->f.media[1].reads;
    CHECK_EQ(nvm_run(&n, OPC_COMPARE, 0, 1000, 0), 0x285);
    CHECK_EQ(n.h->f.media[1].reads, reads + 1);     /* and no further */
    nvm_stop(&n);
}

/* Without MPTR metadata in a buffer of its own is not compared. */
static void test_compare_no_mptr(void)
{
    Nvm n = nvm_start_with(12, 16, false, false);
    FakeCmd cmd;

    CHECK_EQ(nvm_write(&n, 0, 20, 0), 0);
    cmd = nvm_cmd(&n, OPC_COMPARE, 0, 20);
    *nvm_host_meta(&n, 19) ^= 1;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x285);
    cmd.mptr = 0;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    nvm_stop(&n);
}

/* Host memory that ends in the middle. */
static void test_compare_host_memory(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    FakeCmd cmd = nvm_cmd(&n, OPC_COMPARE, 0, 2);

    cmd.prp2 = FAKE_HOLE;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
    cmd = nvm_cmd(&n, OPC_COMPARE, 0, 2);
    cmd.mptr = FAKE_HOLE - 8;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x004);
    nvm_stop(&n);
}

/* NVM-VERIFY: all is read, nothing reaches the host. */
static void verify_of(Nvm *n)
{
    const FakeMedia *m = &n->h->f.media[1];
    unsigned writes = m->writes;

    memset(fake_guest(n->h, FAKE_BUF), 0xee, 0x100000);
    memset(fake_guest(n->h, NVM_META), 0xee, 0x100000);
    CHECK_EQ(nvm_run(n, OPC_VERIFY, 0, NVM_NSZE, 0), 0);
    CHECK_EQ(fake_all(fake_guest(n->h, FAKE_BUF), 0xee, 0x100000), true);
    CHECK_EQ(fake_all(fake_guest(n->h, NVM_META), 0xee, 0x100000), true);
    CHECK_EQ(m->writes, writes);
}

static void test_verify(void)
{
    nvm_each_format(verify_of);
}

/* Each I/O of a long Verify in turn fails. */
static void test_verify_failures(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    NvmFault fault = { .op = OCPN_IO_READ, .result = OCPN_IO_ERROR };
    unsigned ios = 0, bad = 0;

    while (ios < 1000) {
        uint16_t status;

        fault.after = ios;
        fault.count = 0;
        nvm_break(&n, &fault);
        status = nvm_run(&n, OPC_VERIFY, 0, 100, 0);
        nvm_heal(&n);
        if (status == 0) {
            break;
        }
        bad += status != 0x281;
        ios++;
    }
    CHECK_EQ(bad, 0);
    CHECK_EQ(ios, 18);          /* nine pieces of 12 blocks, twice */
    nvm_stop(&n);
}

/* NVM-UNCORRECTABLE: both stop at marked blocks. */
static void test_marks(void)
{
    Nvm n = nvm_start();

    CHECK_EQ(nvm_run(&n, OPC_WU, 50, 1, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_VERIFY, 0, 51, 0), 0x281);
    CHECK_EQ(nvm_run(&n, OPC_VERIFY, 51, 900, 0), 0);
    memset(fake_guest(n.h, FAKE_BUF), 0, 0x10000);
    CHECK_EQ(nvm_run(&n, OPC_COMPARE, 0, 50, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_COMPARE, 49, 2, 0), 0x281);
    CHECK_EQ(nvm_run(&n, OPC_COMPARE, 51, 2, 0), 0);
    nvm_stop(&n);
}

/* 65536 blocks: MDTS is no limit. */
static void test_verify_longest(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeCmd cmd = { .opc = OPC_VERIFY, .nsid = 1, .cdw12 = 65535 };
    FakeHost *h;

    s.ns[0].lbads = 9;
    s.ns[0].nsze = 65536;
    h = fake_host_start(&s);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    cmd.cdw10 = 1;
    CHECK_EQ(fake_io(h, &cmd).status, 0x080);
    fake_host_free(h);
}

/*
 * More of them at once than there are scratch buffers: those that find none
 * wait, and all end.  So does each that is under way when a reset comes.
 */
static void test_many(void)
{
    Nvm n = nvm_start_with(12, 8, false, false);
    FakeCmd cmd = nvm_cmd(&n, OPC_VERIFY, 0, 30);
    unsigned done = 0;

    n.h->f.hold = true;
    for (unsigned i = 0; i < 20; i++) {
        fake_submit(n.h, 1, &cmd);
    }
    fake_run(&n.h->f);
    CHECK_EQ(n.h->f.nios, 4);
    fake_io_finish_all(&n.h->f);
    while (fake_reap(n.h, 1).found) {
        done++;
    }
    CHECK_EQ(done, 20);
    for (unsigned i = 0; i < 20; i++) {
        fake_submit(n.h, 1, &cmd);
    }
    fake_run(&n.h->f);
    fake_set_reg(n.h, 0x14, 0x00460000, 4);
    fake_run(&n.h->f);
    CHECK_EQ(fake_reg(n.h, 0x1c, 4) & 1, 1);    /* not before they end */
    fake_io_finish_all(&n.h->f);
    CHECK_EQ(fake_reg(n.h, 0x1c, 4) & 1, 0);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(n.h->c, 1)), 0);
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "Compare finds any wrong byte", test_compare },
    { "Compare Failure is no media error", test_compare_status },
    { "Compare without MPTR", test_compare_no_mptr },
    { "Compare with host memory that ends", test_compare_host_memory },
    { "Verify reads all and tells the host nothing", test_verify },
    { "Verify fails at any I/O", test_verify_failures },
    { "both stop at uncorrectable blocks", test_marks },
    { "Verify of 65536 blocks", test_verify_longest },
    { "many at once, and a reset among them", test_many },
};
OCPN_UNIT_MAIN("cmd-nvm-check", tests)
