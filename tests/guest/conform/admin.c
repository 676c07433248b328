/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Admin commands of any NVMe controller: Identify, opcodes, Abort.
 * Proves: NVMe Base 2.0, "Identify", "Abort", "Error Information".
 */
#include "conform.h"

/* Of the command, in Parameter Error Location */
#define BYTE_OPCODE     0
#define BYTE_NSID       4
#define BYTE_CDW10      40

static uint8_t page[4096];

static bool printable(const uint8_t *p, size_t n)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x20 || p[i] > 0x7e) {
            return false;
        }
        any |= p[i] != ' ';
    }
    return any;
}

static void controller(void)
{
    const uint8_t *id = drive.id_ctrl;

    EXPECT_TRUE(u16_at(id) != 0);
    EXPECT_TRUE(printable(id + 4, 20));
    EXPECT_TRUE(printable(id + 24, 40));
    EXPECT_TRUE(printable(id + 64, 8));
    EXPECT_TRUE(u32_at(id + 80) >= 0x10200);
    EXPECT_EQ(6, id[512] & 15);
    EXPECT_EQ(4, id[513] & 15);
    EXPECT_TRUE(id[512] >> 4 >= 6);
    EXPECT_TRUE(id[513] >> 4 >= 4);
    EXPECT_TRUE(u32_at(id + 516) >= drive.nsid);
    if (u32_at(id + 80) >= 0x10201) {
        EXPECT_EQ(0, memcmp(id + 768, "nqn.", 4));
        EXPECT_TRUE(memchr(id + 768, 0, 256) != NULL);
    }
}

static void namespace_(void)
{
    const uint8_t *id = drive.id_ns;
    unsigned format = id[26] & 15;

    EXPECT_TRUE(u64_at(id) > 0);
    EXPECT_TRUE(u64_at(id + 8) > 0);
    EXPECT_TRUE(u64_at(id + 8) <= u64_at(id));
    EXPECT_TRUE(u64_at(id + 16) <= u64_at(id + 8));
    EXPECT_TRUE(format <= id[25]);
    EXPECT_TRUE(id[128 + 4 * format + 2] >= 9);
}

/* The list of active namespaces above AFTER: ascending, then zeros. */
static void list_after(uint32_t after, bool want_ours)
{
    uint32_t last = after;
    bool ended = false, ours = false;

    EXPECT(SC_OK, identify(0x02, after, page));
    for (unsigned i = 0; i < 1024; i++) {
        uint32_t id = u32_at(page + 4 * i);

        EXPECT_TRUE(id == 0 || (!ended && id > last));
        ended |= id == 0;
        last = id ? id : last;
        ours |= id == drive.nsid;
    }
    EXPECT_EQ(want_ours, ours);
}

static void active_list(void)
{
    list_after(0, true);
    list_after(drive.nsid - 1, true);
    list_after(drive.nsid, false);
    EXPECT(SC_INVALID_NS, identify(0x02, NSID_ALL - 1, page));
    EXPECT(SC_INVALID_NS, identify(0x02, NSID_ALL, page));
}

static void descriptors(void)
{
    static const uint8_t length[] = { 0, 8, 16, 16, 1 };
    unsigned at = 0, count = 0;

    if (u32_at(drive.id_ctrl + 80) < 0x10300) {
        SKIP("this came with NVMe 1.3");
    }
    EXPECT(SC_OK, identify(0x03, drive.nsid, page));
    while (at + 4 <= sizeof(page) && page[at + 1]) {
        EXPECT_TRUE(page[at] >= 1 && page[at] <= 4);
        EXPECT_EQ(length[page[at] & 3 ? page[at] & 3 : 4], page[at + 1]);
        EXPECT_EQ(0, page[at + 2] | page[at + 3]);
        at += 4 + page[at + 1];
        count++;
    }
    EXPECT_TRUE(count > 0);
    EXPECT_TRUE(all_are(page + at, sizeof(page) - at, 0));
}

static void other_namespaces(void)
{
    uint32_t nn = u32_at(drive.id_ctrl + 516);

    EXPECT(SC_INVALID_NS, identify(0x00, nn + 1, page));
    EXPECT_ERROR(SC_INVALID_NS, BYTE_NSID);
    EXPECT(SC_INVALID_NS, identify(0x00, 0, page));
    EXPECT(SC_OK, identify(0x02, drive.nsid, page));
    if (nn == drive.nsid || u32_at(page) == drive.nsid + 1) {
        return;
    }
    EXPECT(SC_OK, identify(0x00, drive.nsid + 1, page));    /* inactive */
    EXPECT_TRUE(all_are(page, sizeof(page), 0));
}

static void unknown_cns(void)
{
    EXPECT(SC_INVALID_FIELD, identify(0x3f, 0, page));
    EXPECT_ERROR(SC_INVALID_FIELD, BYTE_CDW10);
}

/* I/O command set vectors; then namespaces of the NVM command set, CSI 0 */
static void command_sets(void)
{
    if (u32_at(drive.id_ctrl + 80) < 0x20000) {
        SKIP("this came with NVMe 2.0");
    }
    if (identify(0x1c, 0, page) != SC_OK) {
        SKIP("the controller has no list of I/O command sets");
    }
    EXPECT_EQ(1, u64_at(page) & 1);
    EXPECT(SC_OK, identify(0x07, 0, page));
    EXPECT_TRUE(u32_at(page) != 0);
}

static void across_pages(void)
{
    memset(drive.data, POISON, 3 * 4096);
    EXPECT(SC_OK, identify(0x01, 0, drive.data + 0x804));
    EXPECT_EQ(0, memcmp(drive.data + 0x804, drive.id_ctrl, 64));
    EXPECT_TRUE(all_are(drive.data, 0x804, POISON));
    EXPECT_TRUE(all_are(drive.data + 0x1804, 0x17fc, POISON));
}

/* Reserved in NVMe 1.2 to 2.1 */
static void unknown_admin(void)
{
    static const uint8_t opcode[] = { 0x03, 0x07, 0x0b, 0x0f, 0x12, 0x13,
                                      0x17, 0x1b, 0x1f };

    for (unsigned i = 0; i < sizeof(opcode); i++) {
        EXPECT(SC_INVALID_OPCODE, admin((Cmd) { .opcode = opcode[i] }));
        EXPECT_ERROR(SC_INVALID_OPCODE, BYTE_OPCODE);
    }
}

static void unknown_io(void)
{
    static const uint8_t opcode[] = { 0x03, 0x06, 0x07, 0x0a, 0x0b, 0x0f };

    for (unsigned i = 0; i < sizeof(opcode); i++) {
        EXPECT(SC_INVALID_OPCODE, io((Cmd) { .opcode = opcode[i],
                                             .nsid = drive.nsid }));
    }
}

typedef struct Optional {
    const char *name;
    uint8_t     opcode;
    uint8_t     bit;            /* of OACS or ONCS */
    bool        data;           /* takes a buffer */
} Optional;

/* OACS: commands the controller does not claim it does not know, either. */
static void unclaimed_admin(void)
{
    static const Optional row[] = {
        { "Device Self-test", 0x14, 4, false },
        { "Directive Receive", 0x1a, 5, false },
        { "NVMe-MI Receive", 0x1e, 6, false },
        { "Security Receive", 0x82, 0, false },
        { "Get LBA Status", 0x86, 9, false },
    };

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        uint16_t status;

        if (u16_at(drive.id_ctrl + 256) >> row[i].bit & 1) {
            continue;
        }
        status = admin((Cmd) { .opcode = row[i].opcode, .nsid = drive.nsid,
                               .cdw10 = 15 });  /* of a self-test: end it */
        expect_status(__FILE__, __LINE__, row[i].name, SC_INVALID_OPCODE,
                      status);
    }
}

/* ONCS, the same; on the last block, filled with zeros */
static void unclaimed_io(void)
{
    static const Optional row[] = {
        { "Compare", 0x05, 0, true },
        { "Write Uncorrectable", 0x04, 1, false },
        { "Dataset Management", 0x09, 2, true },
        { "Write Zeroes", 0x08, 3, false },
        { "Reservation Report", 0x0e, 5, true },
        { "Verify", 0x0c, 7, false },
        { "Copy", 0x19, 8, true },
    };
    uint64_t last = u64_at(drive.id_ns) - 1;

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        Cmd cmd = { .opcode = row[i].opcode, .nsid = drive.nsid,
                    .cdw10 = (uint32_t)last,
                    .cdw11 = (uint32_t)(last >> 32) };

        if (u16_at(drive.id_ctrl + 520) >> row[i].bit & 1) {
            continue;
        }
        if (row[i].data) {
            memset(drive.data, 0, drive.block_size);
            cmd.addr = (uintptr_t)drive.data;
            cmd.data_len = drive.block_size;
        }
        expect_status(__FILE__, __LINE__, row[i].name, SC_INVALID_OPCODE,
                      io(cmd));
    }
}

/* Bit 0 of dword 0: the command was not aborted. */
static void abort_nothing(void)
{
    EXPECT(SC_OK, admin((Cmd) { .opcode = 0x08, .cdw10 = 0xfffe0000 }));
    EXPECT_EQ(1, drive.result & 1);
}

static const Check checks[] = {
    { "Identify Controller has what is mandatory", controller, 0, 0 },
    { "Identify Namespace has sizes that fit each other", namespace_, 0, 0 },
    { "the list of active namespaces is ascending", active_list, 0, 0 },
    { "the namespace identification descriptors are well formed",
      descriptors, 0, 0 },
    { "a namespace that is not active has no data", other_namespaces, 0, 0 },
    { "an unknown CNS is refused, and the error log names it",
      unknown_cns, 0, 0 },
    { "the I/O command sets are listed", command_sets, 0, 0 },
    { "Identify fills a buffer that lies across pages, and no more",
      across_pages, 0, 0 },
    { "unknown admin opcodes are refused, and the error log names them",
      unknown_admin, 0, 0 },
    { "unknown I/O opcodes are refused", unknown_io, 0, 0 },
    { "admin commands that OACS does not claim are refused",
      unclaimed_admin, 0, 0 },
    { "I/O commands that ONCS does not claim are refused", unclaimed_io, 0, 0 },
    { "Abort of no command aborts nothing", abort_nothing, 0, 0 },
};

SUITE(suite_admin, "admin", .always = true);
