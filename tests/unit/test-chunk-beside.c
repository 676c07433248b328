/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: open-channel and ordinary namespaces of one controller do not
 * disturb each other; OCSSD 2.0, specification notes 1 and 2.
 */
#include "ocssd-host.h"

static FakeCqe geometry(FakeHost *h, uint32_t nsid)
{
    return fake_admin(h, &(FakeCmd) { .opc = 0xe2, .nsid = nsid,
                                      .prp1 = FAKE_BUF });
}

static uint8_t byte_384(FakeHost *h, uint32_t nsid)
{
    CHECK_EQ(fake_identify(h, 0x00, nsid).status, 0);
    return fake_guest(h, FAKE_BUF)[384];
}

static void check_refused(FakeCqe e, uint16_t status)
{
    CU_ASSERT_TRUE(e.found);
    CHECK_EQ(e.status, status);
    CHECK_EQ(e.dnr, true);
}

/* N blocks of ordinary namespace 2. */
static FakeCqe plain(FakeHost *h, uint8_t opc, uint64_t lba, unsigned n)
{
    FakeCmd cmd = scalar(h, opc, lba, n);

    cmd.nsid = 2;
    cmd.mptr = 0;
    return fake_io(h, &cmd);
}

static uint16_t plain_write(FakeHost *h, uint64_t lba, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put_block(h, i, lba + i);
    }
    return plain(h, 0x01, lba, n).status;
}

static void check_plain(FakeHost *h, uint64_t lba, unsigned n)
{
    spoil(h, n);
    CHECK_EQ(plain(h, 0x02, lba, n).status, 0);
    for (unsigned i = 0; i < n; i++) {
        CHECK(is_data(h, i, lba + i), "block %u", i);
    }
}

/* OCSSD-CASE-4 */
static void test_an_ordinary_namespace(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[1] = (FakeNs) FAKE_CONVENTIONAL(2);
    h = fake_host_start(&s);
    CHECK_EQ(byte_384(h, 1), 1);
    CHECK_EQ(byte_384(h, 2), 0);
    CHECK_EQ(geometry(h, 1).status, 0);
    check_refused(geometry(h, 2), 0x00b);
    check_refused(fake_get_log(h, 0xca, 2, 0, 32), 0x00b);
    /* Any block, any number, in any order, again. */
    CHECK_EQ(plain_write(h, 100, 3), 0);
    CHECK_EQ(plain_write(h, 5, 1), 0);
    CHECK_EQ(plain_write(h, 100, 1), 0);
    CHECK_EQ(plain_write(h, 4095, 1), 0);
    check_plain(h, 100, 3);
    check_plain(h, 5, 1);
    check_plain(h, 4095, 1);
    /* Its end is the NVM command set's; vector commands it has not. */
    check_refused(plain(h, 0x02, 4096, 1), 0x080);
    check_refused(plain(h, 0x01, 4095, 2), 0x080);
    for (uint8_t opc = 0x90; opc <= 0x93; opc++) {
        check_refused(plain(h, opc, 0, 1), 0x001);
    }
    /* What it does has no effect on chunks, and the other way round. */
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    fill(h, A);
    CHECK_EQ(VX(h, A).status, 0);
    check_plain(h, 100, 3);
    fake_host_free(h);
}

/* OCSSD-CASE-5, beside a namespace that has these commands */
static void test_commands_of_one_kind(void)
{
    static const uint8_t opc[] = { 0x04, 0x05, 0x08, 0x0c, 0x19 };
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[1] = (FakeNs) FAKE_CONVENTIONAL(2);
    h = fake_host_start(&s);
    fill(h, A);
    for (unsigned i = 0; i < sizeof(opc); i++) {
        FakeCmd cmd = scalar(h, opc[i], A, 4);

        check_refused(fake_io(h, &cmd), 0x001);
    }
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    CHECK_EQ(r(h, A + 3, 1), 0);
    CHECK_EQ(is_block(h, 0, A + 3), true);
    CHECK_EQ(plain(h, 0x08, 0, 4).status, 0);
    fake_host_free(h);
}

/* OCSSD-CASE-14 */
static void test_no_open_channel(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&s);

    check_refused(geometry(h, 1), 0x001);
    check_refused(fake_get_log(h, 0xca, 1, 0, 32), 0x109);
    CHECK_EQ(byte_384(h, 1), 0);
    CHECK_EQ(fake_identify(h, 0x11, 1).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[384], 0);
    fake_host_free(h);
}

/* DISC-R3: NSID 1, alone, is what some hosts insist on. */
static void test_alone(void)
{
    FakeHost *h = t1_start();
    const uint8_t *list = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_identify(h, 0x02, 0).status, 0);
    CHECK_EQ(bytes_at(list, 4), 1);
    CHECK_EQ(fake_all(list + 4, 0, 4092), true);
    CHECK_EQ(byte_384(h, 1), 1);
    /* DISC-R2 in the other structure that has it, too */
    CHECK_EQ(fake_identify(h, 0x11, 1).status, 0);
    CHECK_EQ(list[384], 1);
    CHECK_EQ(fake_all(list + 385, 0, 4096 - 385), true);
    /* DISC-R4: metadata in a buffer of their own, never between data */
    CHECK_EQ(fake_identify(h, 0x00, 1).status, 0);
    CHECK_EQ(list[26] & 0x10, 0);
    CHECK_EQ(list[27], 2);
    fake_host_free(h);
}

/* OCSSD-D45: no register tells an open-channel drive from another. */
static void test_registers(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&s);
    uint64_t cap = fake_reg(h, 0x00, 8), vs = fake_reg(h, 0x08, 4);

    fake_host_free(h);
    h = t1_start();
    CHECK_EQ(fake_reg(h, 0x00, 8), cap);
    CHECK_EQ(fake_reg(h, 0x08, 4), vs);
    fake_host_free(h);
}

/* Two of them: chunks of one are not those of the other. */
static void test_two_open_channel(void)
{
    FakeSetup s = t1();
    FakeHost *h;
    FakeCmd cmd;

    s.ns[1] = (FakeNs) FAKE_T1;
    s.ns[1].cfg.nsid = 2;
    h = fake_host_start(&s);
    fill(h, A);
    CHECK_EQ(fake_get_log(h, 0xca, 2, 0, 32).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], FREE);
    cmd = scalar(h, 0x02, A, 1);
    cmd.nsid = 2;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(is_zero(h, 0), true);
    CHECK_EQ(r(h, A, 1), 0);
    CHECK_EQ(is_block(h, 0, A), true);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "an ordinary namespace",       test_an_ordinary_namespace },
    { "commands of one kind",        test_commands_of_one_kind },
    { "no open-channel namespace",   test_no_open_channel },
    { "alone",                       test_alone },
    { "the same registers",          test_registers },
    { "two open-channel namespaces", test_two_open_channel },
};
OCPN_UNIT_MAIN("chunk beside", tests)
