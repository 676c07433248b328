/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log pages of any NVMe controller.
 * Proves: NVMe Base 2.0, "Get Log Page".
 */
#include "conform.h"

#define BYTE_CDW10  40
#define BYTE_CDW12  48

#define LID_SUPPORTED   0x00
#define LID_ERROR       0x01
#define LID_SMART       0x02
#define LID_FIRMWARE    0x03
#define LID_EFFECTS     0x05
#define LID_FEATURES    0x12

static uint8_t page[4096], again[4096];

static bool is_2_0(void)
{
    return u32_at(drive.id_ctrl + 80) >= 0x20000;
}

static uint32_t oncs(void)
{
    return u16_at(drive.id_ctrl + 520);
}

/* 30h to 6Fh are reserved. */
static void supported(void)
{
    static const uint8_t mandatory[] = { LID_ERROR, LID_SMART, LID_FIRMWARE };

    if (!(drive.id_ctrl[261] & 0x20)) {
        SKIP("LPA bit 5: the controller does not list its log pages");
    }
    EXPECT(SC_OK, get_log(LID_SUPPORTED, 0, 0, page, 1024));
    for (unsigned i = 0; i < sizeof(mandatory); i++) {
        EXPECT_EQ(1, page[4 * mandatory[i]] & 1);
    }
    EXPECT_EQ(drive.id_ctrl[261] >> 1 & 1, page[4 * LID_EFFECTS] & 1);
    for (unsigned lid = 0x30; lid < 0x70; lid += 9) {
        EXPECT_EQ(0, page[4 * lid]);
        EXPECT(SC_INVALID_LOG_PAGE, get_log((uint8_t)lid, 0, 0, again, 512));
    }
    if (drive.open_channel) {
        EXPECT_EQ(1, page[4 * 0xca] & 1);
    }
}

static void unknown(void)
{
    EXPECT(SC_INVALID_LOG_PAGE, get_log(0x6f, 0, 0, page, 512));
    EXPECT_ERROR(SC_INVALID_LOG_PAGE, BYTE_CDW10);
}

static void parts(void)
{
    if (!(drive.id_ctrl[261] & 4)) {
        SKIP("LPA bit 2: no offsets into log pages");
    }
    EXPECT(SC_OK, get_log(LID_FIRMWARE, NSID_ALL, 0, page, 512));
    EXPECT(SC_OK, get_log(LID_FIRMWARE, NSID_ALL, 8, again, 64));
    EXPECT_EQ(0, memcmp(page + 8, again, 64));
    EXPECT(SC_OK, get_log(LID_FIRMWARE, NSID_ALL, 508, again, 4));
    EXPECT_EQ(0, memcmp(page + 508, again, 4));
}

static void exact_length(void)
{
    EXPECT(SC_OK, get_log(LID_FIRMWARE, NSID_ALL, 0, page, 512));
    memset(drive.data, POISON, 4096);
    EXPECT(SC_OK, get_log(LID_FIRMWARE, NSID_ALL, 0, drive.data + 4, 12));
    EXPECT_EQ(0, memcmp(page, drive.data + 4, 12));
    EXPECT_TRUE(all_are(drive.data, 4, POISON));
    EXPECT_TRUE(all_are(drive.data + 16, 4080, POISON));
}

static void behind_the_end(void)
{
    if (!(drive.id_ctrl[261] & 4)) {
        SKIP("LPA bit 2: no offsets into log pages");
    }
    EXPECT(SC_INVALID_FIELD, get_log(LID_FIRMWARE, NSID_ALL, 516, page, 4));
    EXPECT_ERROR(SC_INVALID_FIELD, BYTE_CDW12);
    EXPECT(SC_INVALID_FIELD,
           get_log(LID_FIRMWARE, NSID_ALL, 1ull << 40, page, 4));
    EXPECT(SC_INVALID_FIELD, get_log(LID_FIRMWARE, NSID_ALL, ~3ull, page, 4));
}

/* Newest first, one entry more for each refused command. */
static void errors(void)
{
    uint32_t bytes = 64 * (drive.id_ctrl[262] + 1u);
    uint64_t count;

    bytes = bytes < sizeof(page) ? bytes : sizeof(page);
    EXPECT(SC_INVALID_OPCODE, admin((Cmd) { .opcode = 0x03 }));
    EXPECT(SC_OK, get_log(LID_ERROR, NSID_ALL, 0, page, bytes));
    count = u64_at(page);
    EXPECT_TRUE(count > 0);
    EXPECT(SC_INVALID_OPCODE, admin((Cmd) { .opcode = 0x03 }));
    EXPECT(SC_OK, get_log(LID_ERROR, NSID_ALL, 0, page, bytes));
    EXPECT_EQ(count + 1, u64_at(page));
    EXPECT_EQ(0, u16_at(page + 8));         /* submission queue */
    for (uint32_t at = 64; at < bytes && u64_at(page + at); at += 64) {
        EXPECT_EQ(u64_at(page + at - 64) - 1, u64_at(page + at));
    }
}

static void smart(void)
{
    EXPECT(SC_OK, get_log(LID_SMART, NSID_ALL, 0, page, 512));
    EXPECT_EQ(0, page[0] & 0xc0);
    EXPECT_TRUE(u16_at(page + 1) > 233 && u16_at(page + 1) < 400);
    EXPECT_TRUE(page[3] <= 100);
    EXPECT_TRUE(page[4] <= 100);
    EXPECT_TRUE(u64_at(page + 112) > 0);    /* Power Cycles */
    EXPECT_TRUE(u64_at(page + 144) <= u64_at(page + 112));
    EXPECT_TRUE(u64_at(page + 176) > 0);    /* Error Information entries */
    if (is_2_0()) {
        EXPECT(SC_OK, get_log(LID_SMART, 0, 0, again, 512));
    }
}

/* Host Read Commands, and Data Units Read in thousands of 512 bytes */
static void smart_counts(void)
{
    uint64_t lba = drive.open_channel ? 0 : u64_at(drive.id_ns) - 256;
    uint32_t n = 64u << 10;
    uint64_t commands, units;

    n = n / drive.block_size ? n / drive.block_size : 1;
    EXPECT(SC_OK, get_log(LID_SMART, NSID_ALL, 0, page, 512));
    units = u64_at(page + 32);
    commands = u64_at(page + 64);
    for (unsigned i = 0; i < 32; i++) {
        EXPECT(SC_OK, io((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                                 .cdw10 = (uint32_t)lba,
                                 .cdw11 = (uint32_t)(lba >> 32),
                                 .cdw12 = n - 1,
                                 .addr = (uintptr_t)drive.data,
                                 .data_len = n * drive.block_size }));
    }
    EXPECT(SC_OK, get_log(LID_SMART, NSID_ALL, 0, page, 512));
    EXPECT_EQ(32, u64_at(page + 64) - commands);
    EXPECT_TRUE(u64_at(page + 32) - units >= 4);    /* 2 MiB: 4.096 units */
    EXPECT_TRUE(u64_at(page + 32) - units <= 5);
}

static void firmware(void)
{
    unsigned slot;

    EXPECT(SC_OK, get_log(LID_FIRMWARE, NSID_ALL, 0, page, 512));
    slot = page[0] & 7;
    EXPECT_TRUE(slot >= 1);
    EXPECT_TRUE(!memcmp(page + 8 * slot, drive.id_ctrl + 64, 8));
    EXPECT_EQ(0, page[0] & 0x88);
}

/* What the page says agrees with what ONCS claims. */
static void effects(void)
{
    static const uint8_t admin_mandatory[] = { 0x02, 0x06, 0x08, 0x09, 0x0a,
                                               0x0c };
    static const struct {
        uint8_t opcode, bit;
    } optional[] = { { 0x05, 0 }, { 0x04, 1 }, { 0x09, 2 }, { 0x08, 3 },
                     { 0x0e, 5 }, { 0x0c, 7 }, { 0x19, 8 } };

    if (!(drive.id_ctrl[261] & 2)) {
        SKIP("LPA bit 1: the controller does not list its commands");
    }
    EXPECT(SC_OK, get_log(LID_EFFECTS, NSID_ALL, 0, page, 4096));
    for (unsigned i = 0; i < sizeof(admin_mandatory); i++) {
        EXPECT_EQ(1, page[4 * admin_mandatory[i]] & 1);
    }
    EXPECT_EQ(1, page[1024 + 4 * 0x00] & 1);        /* Flush */
    EXPECT_EQ(3, page[1024 + 4 * 0x01] & 3);        /* Write, changes data */
    EXPECT_EQ(1, page[1024 + 4 * 0x02] & 3);        /* Read, does not */
    for (unsigned i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
        bool claimed = oncs() >> optional[i].bit & 1;

        if (claimed != (page[1024 + 4 * optional[i].opcode] & 1)) {
            fail_at(__FILE__, __LINE__, false, "opcode %02Xh is %s, but ONCS "
                    "%s it", optional[i].opcode,
                    claimed ? "not listed" : "listed",
                    claimed ? "claims" : "does not claim");
        }
    }
    EXPECT_TRUE(all_are(page + 2048, 2048, 0));
}

/* A feature is listed exactly if Get Features knows it. */
static void feature_effects(void)
{
    static const uint8_t fid[] = { 0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08,
                                   0x0a, 0x0b, 0x5f, 0x60, 0x70 };
    uint16_t status = get_log(LID_FEATURES, 0, 0, page, 1024);

    if (status != SC_OK && !is_2_0()) {
        SKIP("this came with NVMe 2.0");
    }
    EXPECT(SC_OK, status);
    for (unsigned i = 0; i < sizeof(fid); i++) {
        uint32_t nsid = fid[i] == 0x05 ? drive.nsid : 0;
        bool known = get_feature(fid[i], nsid, 0) == SC_OK;

        if (known != (page[4 * fid[i]] & 1)) {
            fail_at(__FILE__, __LINE__, false, "feature %02Xh is %s, but can "
                    "%sbe read", fid[i], known ? "not listed" : "listed",
                    known ? "" : "not ");
        }
    }
}

static const Check checks[] = {
    { "what is listed exists, what is not listed does not", supported, 0, 0 },
    { "an unknown page is refused, and the error log names it", unknown, 0, 0 },
    { "a part of a page is that part", parts, 0, 0 },
    { "a page is transferred to its length, and no more", exact_length, 0, 0 },
    { "an offset behind the end is refused", behind_the_end, 0, 0 },
    { "every refused command is an entry of the error log", errors, 0, 0 },
    { "SMART has values that can be", smart, 0, 0 },
    { "SMART counts reads", smart_counts, 0, 0 },
    { "the active firmware slot holds the firmware revision", firmware, 0, 0 },
    { "the commands listed agree with ONCS", effects, 0, 0 },
    { "the features listed can be read", feature_effects, 0, 0 },
};

SUITE(suite_log_page, "log page", .always = true);
