/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 1.2, "Device Identification", "Get Bad Block Table", "Set Bad
 * Block Table", "Block Erase", "Physical Page Write", "Physical Page Read",
 * by the commands a host has.
 *
 * T1 as 1.2: 2 channels, 3 LUNs, 2 planes, 5 blocks, 12 pages of 4 sectors.
 */
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/ocssd12.h"
#include "ocssd-host.h"

enum { ERASE = 0x90, WRITE = 0x91, READ = 0x92 };
enum { FAILED = 0x0ff, EMPTY = 0x2ff };

static FakeHost *start(void)
{
    FakeSetup s = t1();

    s.ns[0].cfg.ocssd12 = true;
    return fake_host_start(&s);
}

/* A page on both planes: 8 sectors from PPA. */
static FakeCqe page(FakeHost *h, uint8_t opc, uint64_t ppa)
{
    uint64_t list[8];

    for (unsigned i = 0; i < 8; i++) {
        list[i] = ppa + i;
    }
    return vector(h, &(Vec) { .opc = opc, .lba = list, .n = 8 });
}

static FakeCqe erase(FakeHost *h, uint64_t ppa)
{
    return vector(h, &(Vec) { .opc = ERASE, .lba = &ppa, .n = 1,
                              .no_mptr = true });
}

static void test_identification(void)
{
    FakeHost *h = start();
    FakeCmd cmd = { .opc = 0xe2, .nsid = 1, .prp1 = FAKE_BUF };
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    static const uint8_t ppaf[] = { 12, 1, 10, 2, 2, 1, 7, 3, 3, 4, 0, 2 };

    memset(fake_guest(h, FAKE_BUF), 0xee, 4096);
    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    CHECK_EQ(p[0], 1);
    CHECK_EQ(p[1], 0);
    CHECK_EQ(p[2], 1);
    CHECK_EQ(p[3], 0);
    CHECK_EQ(bytes_at(p + 4, 4), 1);
    CHECK_EQ(bytes_at(p + 8, 4), 0);
    CU_ASSERT_EQUAL(memcmp(p + 12, ppaf, sizeof(ppaf)), 0);
    CHECK_EQ(fake_all(p + 24, 0, 232), true);
    CHECK_EQ(bytes_at(p + 256, 2), 0);
    CHECK_EQ(p[260], 2);
    CHECK_EQ(p[261], 3);
    CHECK_EQ(p[262], 2);
    CHECK_EQ(bytes_at(p + 264, 2), 5);
    CHECK_EQ(bytes_at(p + 266, 2), 12);
    CHECK_EQ(bytes_at(p + 268, 2), 16384);
    CHECK_EQ(bytes_at(p + 270, 2), 4096);
    CHECK_EQ(bytes_at(p + 272, 2), 16);
    CHECK_EQ(bytes_at(p + 276, 4), 70000);
    CHECK_EQ(bytes_at(p + 280, 4), 100000);
    CHECK_EQ(bytes_at(p + 284, 4), 1900000);
    CHECK_EQ(bytes_at(p + 288, 4), 3500000);
    CHECK_EQ(bytes_at(p + 292, 4), 3000000);
    CHECK_EQ(bytes_at(p + 296, 4), 3000000);
    CHECK_EQ(bytes_at(p + 300, 4), 0x020203);   /* programs are dual plane */
    CHECK_EQ(bytes_at(p + 304, 4), 0);
    CHECK_EQ(fake_all(p + 310, 0, 4096 - 310), true);
    fake_host_free(h);
}

static FakeCqe get_bbt(FakeHost *h, uint64_t ppa)
{
    FakeCmd cmd = { .opc = 0xf2, .nsid = 1, .cdw10 = (uint32_t)ppa,
                    .cdw11 = (uint32_t)(ppa >> 32) };

    memset(fake_guest(h, FAKE_BUF), 0xee, 128);
    fake_prp(h, &cmd, FAKE_BUF, 64 + 5 * 2);
    return fake_admin(h, &cmd);
}

static FakeCqe set_bbt(FakeHost *h, uint64_t ppa, uint32_t cdw12)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0xf1, .nsid = 1, .cdw10 = (uint32_t)ppa,
        .cdw11 = (uint32_t)(ppa >> 32), .cdw12 = cdw12 });
}

static void check_header(const uint8_t *p, unsigned fact, unsigned grown,
                         unsigned device, unsigned host)
{
    CU_ASSERT_EQUAL(memcmp(p, "BBLT", 4), 0);
    CHECK_EQ(bytes_at(p + 4, 2), 1);
    CHECK_EQ(bytes_at(p + 8, 4), 0);
    CHECK_EQ(bytes_at(p + 12, 4), 10);
    CHECK_EQ(bytes_at(p + 16, 4), fact);
    CHECK_EQ(bytes_at(p + 20, 4), grown);
    CHECK_EQ(bytes_at(p + 24, 4), device);
    CHECK_EQ(bytes_at(p + 28, 4), host);
    CHECK_EQ(fake_all(p + 32, 0, 32), true);
    CHECK_EQ(p[74], 0xee);                      /* and not a byte more */
}

static void test_table(void)
{
    FakeHost *h = start();
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(get_bbt(h, C).status, 0);
    check_header(p, 0, 0, 0, 0);
    CHECK_EQ(fake_all(p + 64, 0, 10), true);
    /* One entry, in the command: block 1 of LUN 0/1, grown bad. */
    CHECK_EQ(set_bbt(h, C + 0x80 + 12, 2u << 16).status, 0);
    /* A list: block 0 and 4 of it, reserved by the host. */
    put_bytes_at(fake_guest(h, LIST), 8, C);
    put_bytes_at(fake_guest(h, LIST) + 8, 8, C + 0x200);
    CHECK_EQ(set_bbt(h, LIST, 8u << 16 | 1).status, 0);
    CHECK_EQ(get_bbt(h, C + 5).status, 0);
    check_header(p, 0, 2, 0, 4);
    CU_ASSERT_EQUAL(memcmp(p + 64, "\x08\x08\x02\x02\0\0\0\0\x08\x08", 10), 0);
    /* It is kept, and another LUN's is its own. */
    fake_host_restart(h, false);
    CHECK_EQ(get_bbt(h, C).status, 0);
    check_header(p, 0, 2, 0, 4);
    CHECK_EQ(get_bbt(h, A).status, 0);
    check_header(p, 0, 0, 0, 0);
    /* The value replaces what was there. */
    CHECK_EQ(set_bbt(h, C + 0x80, 0).status, 0);
    CHECK_EQ(get_bbt(h, C).status, 0);
    check_header(p, 0, 0, 0, 4);
    fake_host_free(h);
}

/* A chunk that is offline is a bad block. */
static void test_offline_is_bad(void)
{
    FakeHost *h = start();
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    condition(h, IX, (Entry) { .state = 8, .type = 1, .cnlb = 96 });
    condition(h, IB, (Entry) { .state = 8, .type = 1, .cnlb = 96,
                               .resets = 7 });
    CHECK_EQ(get_bbt(h, A).status, 0);
    check_header(p, 2, 2, 0, 0);
    CU_ASSERT_EQUAL(memcmp(p + 64, "\0\0\x02\x02\x01\x01\0\0\0\0", 10), 0);
    CHECK_CQE(erase(h, X), FAILED, 1);
    CHECK_CQE(page(h, WRITE, X), FAILED, 0xff);
    CHECK_CQE(page(h, READ, X), EMPTY, 0xff);
    fake_host_free(h);
}

static void test_bad_table_commands(void)
{
    FakeHost *h = start();
    FakeHost *plain;

    CHECK_EQ(get_bbt(h, 0x280).status, 0x002);      /* no block 5 */
    CHECK_EQ(get_bbt(h, 0x2000).status, 0x002);
    CHECK_EQ(set_bbt(h, 0x280, 2u << 16).status, 0x002);
    CHECK_EQ(set_bbt(h, LIST, 64).status, 0x002);   /* 65 entries */
    CHECK_EQ(set_bbt(h, A, 0x20u << 16).status, 0x002);
    CHECK_EQ(set_bbt(h, UINT64_C(1) << 60, 1).status, 0x004);
    fake_host_free(h);
    plain = t1_start();
    CHECK_EQ(get_bbt(plain, A).status, 0x001);
    CHECK_EQ(set_bbt(plain, A, 0).status, 0x001);
    fake_host_free(plain);
}

/* A host finds the write position by reading until a page is empty. */
static void test_empty_pages(void)
{
    FakeHost *h = start();

    CHECK_CQE(page(h, READ, A), EMPTY, 0xff);
    for (unsigned pg = 0; pg < 3; pg++) {
        CHECK_CQE(page(h, WRITE, A + 8 * pg), 0, 0);
    }
    /* No window: what is written can be read. */
    CHECK_CQE(page(h, READ, A + 16), 0, 0);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(is_block(h, i, A + 16 + i), true);
    }
    CHECK_CQE(page(h, READ, A + 24), EMPTY, 0xff);
    CHECK_CQE(VR(h, A + 23, A + 24, A, A + 95), EMPTY, 0xa);
    CHECK_EQ(is_block(h, 0, A + 23), true);
    CHECK_EQ(is_block(h, 2, A), true);
    /* The partition scan of Linux reads by Read. */
    CHECK_EQ(r(h, A + 24, 8), 0);
    fake_host_free(h);
}

static void test_erase(void)
{
    FakeHost *h = start();

    for (unsigned pg = 0; pg < 12; pg++) {
        CHECK_CQE(page(h, WRITE, A + 8 * pg), 0, 0);
    }
    CHECK_CQE(page(h, WRITE, A), FAILED, 0xff);     /* not erased before */
    /* Once for each plane, any page and sector of it. */
    CHECK_CQE(VX(h, A, A + 4), 0, 0);
    CHECK_CQE(page(h, READ, A), EMPTY, 0xff);
    CHECK_CQE(page(h, WRITE, A), 0, 0);
    CHECK_CQE(erase(h, A + 77), 0, 0);              /* open */
    CHECK_CQE(erase(h, A), 0, 0);                   /* erased */
    CHECK_EQ(descriptor(h, IA)[0], FREE);
    CHECK_EQ(image_entry(h, IA).resets, 3);
    CHECK_CQE(VX(h, 0x280, A, 0x284), FAILED, 5);
    fake_host_free(h);
}

static void test_order_and_flags(void)
{
    FakeHost *h = start();
    uint64_t list[8];

    CHECK_CQE(page(h, WRITE, A + 8), FAILED, 0xff);
    CHECK_CQE(VW(h, A, A + 1), 0x002, 3);           /* half a page */
    for (unsigned i = 0; i < 8; i++) {
        list[i] = A + i;
    }
    /* Plane mode, scramble, suspend, SLC, FUA, limited retry. */
    CHECK_CQE(vector(h, &(Vec) { .opc = WRITE, .lba = list, .n = 8,
                                 .cdw12 = 0xc3830000 }), 0, 0);
    CHECK_CQE(vector(h, &(Vec) { .opc = READ, .lba = list, .n = 8,
                                 .cdw12 = 0xc3830000 }), 0, 0);
    CHECK_CQE(vector(h, &(Vec) { .opc = READ, .lba = list, .n = 8,
                                 .cdw12 = 0x40 }), 0x002, 0);
    /* What 1.2 does not have. */
    CHECK_CQE(VEC(h, 0x93, A, A + 1), 0x001, 0);
    CHECK_CQE(VEC(h, 0x95, A), 0x001, 0);
    CHECK_CQE(VEC(h, 0x96, A), 0x001, 0);
    fake_host_free(h);
}

static void add_fault(FakeHost *h, const char *text)
{
    OcpnFaultRule rule;
    OcpnError err;

    CHECK_EQ(ocpn_fault_parse(text, &rule, &err), true);
    CU_ASSERT_NOT_EQUAL(ocpn_fault_add(h->c, &rule, &err), 0);
}

static void test_faults(void)
{
    FakeHost *h = start();

    for (unsigned pg = 0; pg < 12; pg++) {
        CHECK_CQE(page(h, WRITE, A + 8 * pg), 0, 0);
    }
    add_fault(h, "high-ecc lba=5");
    CHECK_CQE(page(h, READ, A), 0x700, 0x20);
    add_fault(h, "read-fail lba=6");
    CHECK_CQE(page(h, READ, A), 0x281, 0x40);
    add_fault(h, "reset-fail grp=0 pu=0 chk=0");
    CHECK_CQE(VX(h, A, A + 4), FAILED, 3);
    CHECK_EQ(descriptor(h, IA)[0], OFFLINE);
    add_fault(h, "early-close grp=0 pu=0 chk=1");
    CHECK_CQE(page(h, WRITE, B), FAILED, 0xff);
    CHECK_CQE(erase(h, B), 0, 0);
    add_fault(h, "write-next-unit grp=0 pu=0 chk=1");
    CHECK_CQE(page(h, WRITE, B), FAILED, 0xff);
    CHECK_CQE(page(h, WRITE, B + 8), 0, 0);
    fake_host_free(h);
}

static void test_geometry_that_cannot_be(void)
{
    OcpnImage im = { .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 12, .ms = 16 };
    OcpnError err;

    im.geo = (OcpnGeometry) { .num_grp = 2, .num_pu = 3, .num_chk = 5,
                              .clba = 96, .ws_min = 4, .ws_opt = 8 };
    CHECK_EQ(ocpn_12_check(&im, &err), true);
    im.geo.ws_min = 3;
    CHECK_EQ(ocpn_12_check(&im, &err), false);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "ws-min"));
    im.geo.ws_min = im.geo.ws_opt = 16;             /* a page of 64 KiB */
    CHECK_EQ(ocpn_12_check(&im, &err), false);
    im.geo.ws_min = 4;
    im.geo.num_grp = 256;
    CHECK_EQ(ocpn_12_check(&im, &err), false);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "num-grp"));
    im.geo.num_grp = 2;
    im.geo.clba = 16 * 65536;
    CHECK_EQ(ocpn_12_check(&im, &err), false);
    im.geo.clba = 96;
    im.mode = IMG_MODE_CONVENTIONAL;
    CHECK_EQ(ocpn_12_check(&im, &err), false);
    im.geo = (OcpnGeometry) { 0 };
    CHECK_EQ(ocpn_12_check(&im, &err), false);
}

static const OcpnTest tests[] = {
    { "device identification",          test_identification },
    { "bad block table",                test_table },
    { "an offline chunk is bad",        test_offline_is_bad },
    { "wrong table commands",           test_bad_table_commands },
    { "empty pages",                    test_empty_pages },
    { "erase",                          test_erase },
    { "order, flags, other commands",   test_order_and_flags },
    { "faults",                         test_faults },
    { "geometry that cannot be",        test_geometry_that_cannot_be },
};
OCPN_UNIT_MAIN("ocssd12", tests)
