/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C2h: Firmware Activation History.
 * Proves: OCP Datacenter NVMe SSD, FWHST-LOG-1..5.
 */
#include "firmware-unit.h"

#define MINUTE  UINT64_C(60000)
#define FILE_2  "ocp-nvme-firmware revision=two svn=2\n"
#define BAD     "ocp-nvme-firmware revision=bad bad-signature=on\n"

static const uint8_t guid[] = {
    0x6d, 0x79, 0x9a, 0x76, 0xb4, 0xda, 0xf6, 0xa3,
    0xe2, 0x4d, 0xb2, 0x8a, 0xac, 0xf3, 0x1c, 0xd1,
};

/* OCP-CASE-52 */
static void empty(void)
{
    for (unsigned version = OCP_1_0; version < OCP_NVERSIONS; version++) {
        FakeHost *h = smart_drive((OcpVersion)version);
        const uint8_t *p = fw_history(h);

        CHECK_EQ(p[0], 0xc2);
        CU_ASSERT(fake_all(p + 1, 0, 4077));
        CHECK_EQ(bytes_at(p + 4078, 2), 1);
        CU_ASSERT(!memcmp(p + 4080, guid, sizeof(guid)));
        fake_host_free(h);
    }
}

/* OCP-CASE-53; FWHST-LOG-1, FWHST-LOG-2, FWHST-LOG-3 */
static void at_reset(void)
{
    FakeHost *h = smart_drive(OCP_2_0);
    uint64_t cycles = bytes_at(smart_page(h, 0x02) + 112, 8);

    fw_set_timestamp(h, 1790000000000);
    CHECK_EQ(fw_update(h, FILE_2, 2, 0), 0);
    CHECK_EQ(fw_valid(h), 0);
    CHECK_EQ(fw_update(h, FILE_2, 3, 1), 0);
    CHECK_EQ(fw_update(h, FILE_2, 2, 1), 0);
    CHECK_EQ(fw_valid(h), 0);
    fake_advance(&h->f, 5 * SECOND);
    fw_reset(h);
    CHECK_EQ(fw_valid(h), 1);
    fw_entry_is(h, 0, "1.0", "two", 2, 1, 0);
    CHECK_EQ(fw_entry(h, 0, 4, 2), 1);
    CHECK_EQ(fw_entry(h, 0, 6, 6), 1790000005000);
    CHECK_EQ(fw_entry(h, 0, 12, 2), 1 << 1);    /* the host set it */
    CHECK_EQ(fw_entry(h, 0, 22, 8), cycles);
    fw_reset(h);
    CHECK_EQ(fw_valid(h), 1);
    CHECK_EQ(fw_commit(h, 1, 2), 0x113);        /* security version 1 */
    CHECK_EQ(fw_commit(h, 3, 2), 0);
    CHECK_EQ(fw_valid(h), 1);
    fw_reset(h);
    fw_entry_is(h, 1, "two", "two", 3, 2, 0);
    CHECK_EQ(fw_entry(h, 1, 4, 2), 2);
    CHECK_EQ(fw_valid(h), 2);
    fake_host_free(h);
}

/* OCP-CASE-54 */
static void at_once(void)
{
    FakeHost *h = smart_drive(OCP_2_0);

    CHECK_EQ(fw_update(h, FILE_2, 0, 3), 0);
    CHECK_EQ(fw_valid(h), 1);
    fw_entry_is(h, 0, "1.0", "two", 2, 3, 0);
    CHECK_EQ(fw_update(h, BAD, 3, 3), 0x107);
    CHECK_EQ(fw_valid(h), 2);
    fw_entry_is(h, 1, "two", "two", 3, 3, 0x107);
    CHECK_EQ(fw_commit(h, 1, 3), 0x113);
    fw_entry_is(h, 2, "two", "two", 1, 3, 0x113);
    CHECK_EQ(fw_update(h, BAD, 3, 1), 0x107);   /* CA 1: not before a reset */
    CHECK_EQ(fw_valid(h), 3);
    fake_host_free(h);
}

/* OCP-CASE-55; FWHST-LOG-5 and its example */
static void redundant(void)
{
    FakeHost *h = smart_drive(OCP_2_0);

    fw_set_timestamp(h, 60 * MINUTE + 1000);
    CHECK_EQ(fw_update(h, FILE_2, 2, 3), 0);
    for (unsigned i = 0; i < 3; i++) {
        fw_set_timestamp(h, 60 * MINUTE + 10000 + 1000 * i);
        CHECK_EQ(fw_update(h, BAD, 3, 3), 0x107);
    }
    CHECK_EQ(fw_valid(h), 2);
    fw_set_timestamp(h, 61 * MINUTE + 10000);
    CHECK_EQ(fw_update(h, BAD, 3, 3), 0x107);
    CHECK_EQ(fw_valid(h), 2);                   /* within a minute */
    fw_set_timestamp(h, 61 * MINUTE + 15000);
    CHECK_EQ(fw_update(h, BAD, 3, 3), 0x107);
    CHECK_EQ(fw_valid(h), 3);
    CHECK_EQ(fw_entry(h, 2, 6, 6), 61 * MINUTE + 15000);
    CHECK_EQ(fw_update(h, BAD, 1, 3), 0x107);   /* another slot */
    CHECK_EQ(fw_valid(h), 4);
    CHECK_EQ(fw_commit(h, 1, 3), 0x113);        /* another result */
    CHECK_EQ(fw_valid(h), 5);
    CHECK_EQ(fw_entry(h, 4, 4, 2), 8);          /* attempts all the same */
    fake_host_free(h);
}

static void activate(FakeHost *h, unsigned n)
{
    char line[64];

    snprintf(line, sizeof(line), "ocp-nvme-firmware revision=r%u\n", n);
    CHECK_EQ(fw_update(h, line, 2, 3), 0);
}

/* OCP-CASE-56, OCP-CASE-57 */
static void ring(void)
{
    FakeHost *h = smart_drive(OCP_2_0);

    for (unsigned n = 1; n <= 21; n++) {
        activate(h, n);
    }
    CHECK_EQ(fw_valid(h), 20);
    fw_entry_is(h, 0, "r20", "r21", 2, 3, 0);
    CHECK_EQ(fw_entry(h, 0, 4, 2), 21);
    fw_entry_is(h, 1, "r1", "r2", 2, 3, 0);
    CHECK_EQ(fw_entry(h, 1, 4, 2), 2);
    fake_host_restart(h, false);
    CHECK_EQ(fw_valid(h), 20);
    fw_entry_is(h, 0, "r20", "r21", 2, 3, 0);
    CHECK_EQ(fake_set_feature(h, 0xc1, 0, 0x80000000u).status, 0);
    CHECK_EQ(fw_valid(h), 0);
    CU_ASSERT(fake_all(fw_history(h) + 8, 0, 1280));
    activate(h, 22);
    CHECK_EQ(fw_valid(h), 1);
    fw_entry_is(h, 0, "r21", "r22", 2, 3, 0);
    CHECK_EQ(fw_entry(h, 0, 4, 2), 22);
    fake_host_free(h);
}

/* The counter of attempts is 16 bits, and stays at its end. */
static void saturates(void)
{
    FakeHost *h = smart_drive(OCP_2_0);

    for (unsigned n = 1; n <= 65537; n++) {
        fw_commit(h, 3, 3);                     /* empty */
    }
    activate(h, 1);
    CHECK_EQ(fw_entry(h, 1, 4, 2), 0xffff);
    fake_host_free(h);
}

static void no_ocp(void)
{
    FakeHost *h = smart_drive(OCP_OFF);

    CHECK_EQ(fake_get_log(h, 0xc2, 0, 0, 4096).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a new drive's", empty },
    { "activation by a reset", at_reset },
    { "activation without", at_once },
    { "what is told once", redundant },
    { "20 entries", ring },
    { "65537 attempts", saturates },
    { "no page without OCP", no_ocp },
};
OCPN_UNIT_MAIN("log c2", tests)
