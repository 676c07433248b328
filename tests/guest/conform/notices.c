/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page D0h, Chunk Notification.  A host cannot make a drive tell
 * something; what is there is looked at, and taken.
 * Proves: Open-Channel SSD 2.0, "Chunk Notification Log Page".
 */
#include "chunk.h"

#define LID     0xd0
#define ENTRY   64u
#define TOTAL   4096u

static uint8_t page[2 * TOTAL], again[TOTAL];

/* The page is optional: false, and the check is skipped, without it. */
static bool has_page(void)
{
    uint16_t status = get_log(LID, drive.nsid, 0, page, TOTAL);

    if (status == SC_INVALID_LOG_PAGE) {
        skip("the drive has no log page D0h");
        return false;
    }
    EXPECT(SC_OK, status);
    return true;
}

/* The same question with RAE 0: what comes is taken. */
static uint16_t take(uint8_t *buf, uint32_t bytes)
{
    memset(buf, POISON, bytes);
    return admin((Cmd) { .opcode = 0x02, .nsid = drive.nsid,
                         .cdw10 = LID | (bytes / 4 - 1) << 16,
                         .addr = (uintptr_t)buf, .data_len = bytes });
}

static bool one_bit(uint32_t value, uint32_t of)
{
    return value && !(value & (value - 1)) && !(value & ~of);
}

static void sound(const uint8_t *p)
{
    EXPECT_EQ(drive.nsid, u32_at(p + 16));
    EXPECT_TRUE(one_bit(u16_at(p + 20), 0x11f));
    EXPECT_TRUE(one_bit(p[22], 0x07));
    EXPECT_TRUE(all_are(p + 23, 9, 0));
    EXPECT_TRUE(all_are(p + 34, 30, 0));
}

/*
 * OCSSD-CASE-174: entries by age, then zeros.  A second look sees the same,
 * here as well: the first check is the one that may find entries.
 */
static void every_entry(void)
{
    uint64_t last = 0;
    uint32_t at = 0;

    if (!has_page()) {
        return;
    }
    for (; at < TOTAL && u64_at(page + at); at += ENTRY) {
        EXPECT_TRUE(u64_at(page + at) > last);
        last = u64_at(page + at);
        sound(page + at);
    }
    EXPECT_TRUE(all_are(page + at, TOTAL - at, 0));
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, again, TOTAL));
    EXPECT_EQ(0, memcmp(page, again, TOTAL));
}

static void looking_takes_nothing(void)
{
    if (!has_page()) {
        return;
    }
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, again, TOTAL));
    EXPECT_EQ(0, memcmp(page, again, TOTAL));
    EXPECT(SC_OK, get_log(LID, drive.nsid, ENTRY + 8, again, ENTRY));
    EXPECT_EQ(0, memcmp(page + ENTRY + 8, again, ENTRY));
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, again, 4));
    EXPECT_EQ(0, memcmp(page, again, 4));
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, again, TOTAL));
    EXPECT_EQ(0, memcmp(page, again, TOTAL));
}

/* What was taken does not come back; what comes is newer. */
static void taking(void)
{
    uint64_t last = 0;

    if (!has_page()) {
        return;
    }
    EXPECT(SC_OK, take(page, TOTAL));
    for (uint32_t at = 0; at < TOTAL; at += ENTRY) {
        last = u64_at(page + at) ? u64_at(page + at) : last;
    }
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, again, TOTAL));
    EXPECT_TRUE(u64_at(again) == 0 || u64_at(again) > last);
}

/* OCSSD-CASE-187 */
static void offsets(void)
{
    if (!has_page()) {
        return;
    }
    EXPECT(SC_INVALID_FIELD, get_log(LID, drive.nsid, TOTAL + 4, again, 64));
    EXPECT(SC_INVALID_FIELD, get_log(LID, drive.nsid, 1ull << 32, again, 64));
    EXPECT(SC_INVALID_FIELD, get_log(LID, drive.nsid, 2, again, 64));
    EXPECT(SC_OK, get_log(LID, drive.nsid, TOTAL, again, 64));
    EXPECT_TRUE(all_are(again, 64, 0));
}

static void behind_the_end(void)
{
    if (!has_page()) {
        return;
    }
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, page, sizeof(page)));
    EXPECT_TRUE(all_are(page + TOTAL, sizeof(page) - TOTAL, 0));
}

static void namespaces(void)
{
    uint32_t nn = u32_at(drive.id_ctrl + 516);

    if (!has_page()) {
        return;
    }
    EXPECT(SC_OK, get_log(LID, 0, 0, again, TOTAL));
    EXPECT(SC_OK, get_log(LID, NSID_ALL, 0, again, TOTAL));
    EXPECT(SC_INVALID_NS, get_log(LID, nn + 1, 0, again, TOTAL));
}

/* The queue is kept, and its count goes on. */
static void kept_by_controller_reset(void)
{
    if (!has_page()) {
        return;
    }
    controller_reset();
    EXPECT(SC_OK, get_log(LID, drive.nsid, 0, again, TOTAL));
    EXPECT_EQ(0, memcmp(page, again, TOTAL));
}

static const Check checks[] = {
    { "entries are sound and by age, zeros follow", every_entry, 0, 0 },
    { "looking takes nothing away", looking_takes_nothing, 0, 0 },
    { "entries outlive a controller reset", kept_by_controller_reset, 0, 0 },
    { "offsets behind the page or between dwords are refused", offsets, 0, 0 },
    { "reading across the end gives zeros behind it", behind_the_end, 0, 0 },
    { "the page wants a namespace, or none", namespaces, 0, 0 },
    { "what was taken does not come back", taking, 0, 0 },
};

SUITE(suite_notices, "chunk notifications", .open_channel = true);
