/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recognizing an Open-Channel 2.0 drive, and its geometry.
 * Proves: Open-Channel SSD 2.0, "Geometry"; what its hosts expect of Identify.
 */
#include "chunk.h"

static uint16_t geometry(uint32_t nsid, void *buf)
{
    return admin((Cmd) { .opcode = 0xe2, .nsid = nsid,
                         .addr = (uintptr_t)buf, .data_len = 4096 });
}

/* A file of the PCI device in sysfs, as a number; 0 if there is none */
static unsigned pci(const char *name)
{
    char path[100];
    unsigned value = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/sys/class/nvme/%.31s/device/%s",
             drive.name, name);
    f = fopen(path, "r");
    if (f) {
        if (fscanf(f, "%x", &value) != 1) {
            value = 0;
        }
        fclose(f);
    }
    return value;
}

/* OCSSD-CASE-1: by these numbers hosts find such a drive */
static void pci_numbers(void)
{
    unsigned device = pci("device");

    if (pci("vendor") == 0) {
        SKIP("the controller is no PCI device");
    }
    EXPECT_EQ(0x1d1d, pci("vendor"));
    EXPECT_TRUE(device == 0x1f1f || device == 0x2807 || device == 0x2601);
    EXPECT_EQ(0x010802, pci("class"));
}

/* OCSSD-CASE-2 */
static void controller_claims(void)
{
    const uint8_t *id = drive.id_ctrl;
    uint32_t oncs = u16_at(id + 520);

    EXPECT_EQ(0x1d1d, u16_at(id));
    EXPECT_TRUE(u32_at(id + 80) >= 0x10300);
    EXPECT_TRUE(id[77] == 0 || id[77] >= 6);
    EXPECT_TRUE(id[261] & 4);
    EXPECT_TRUE(id[259] >= 3);
    EXPECT_EQ(0, u16_at(id + 256) & 2);
    EXPECT_EQ(4, oncs & 0xf);
}

/* OCSSD-CASE-3 */
static void namespace_claims(void)
{
    const uint8_t *id = drive.id_ns;
    unsigned lba_bits = geo.grp_bits + geo.pu_bits + geo.chk_bits +
                        geo.lb_bits;
    uint64_t blocks = (uint64_t)geo.chunks * geo.clba;

    EXPECT_EQ(1, id[384]);
    EXPECT_TRUE(all_are(id + 385, 4096 - 385, 0));
    EXPECT_EQ(1ull << lba_bits, u64_at(id));
    if (!geo.has_custom) {
        EXPECT_EQ(blocks, u64_at(id + 8));
    }
    EXPECT_EQ(4, id[24] & 4);
    EXPECT_EQ(u64_at(id + 8) < u64_at(id), id[24] & 1);
    EXPECT_EQ(0, id[26] & 0x10);
    EXPECT_EQ(drive.meta_size ? 2 : 0, id[27]);
    EXPECT_EQ(0, id[29]);
    EXPECT_TRUE((id[33] & 7) == 1 || (id[33] & 7) == 2);
    EXPECT_EQ(0, id[33] & 0x18);
}

/* OCSSD-CASE-5 */
static void other_commands(void)
{
    static const struct {
        uint8_t opcode, oncs;
    } absent[] = { { 0x04, 1 << 1 }, { 0x05, 1 << 0 }, { 0x08, 1 << 3 } };

    for (unsigned i = 0; i < 3; i++) {
        if (u16_at(drive.id_ctrl + 520) & absent[i].oncs) {
            SKIP("the drive claims opcode %02Xh", absent[i].opcode);
        }
        EXPECT(SC_INVALID_OPCODE,
               io((Cmd) { .opcode = absent[i].opcode, .nsid = drive.nsid,
                          .addr = absent[i].opcode == 5 ?
                                  (uintptr_t)drive.data : 0,
                          .data_len = absent[i].opcode == 5 ?
                                      drive.block_size : 0 }));
    }
}

static uint8_t bits_for(uint64_t count)
{
    uint8_t n = 0;

    while (1ull << n < count) {
        n++;
    }
    return n;
}

/* OCSSD-CASE-6 OCSSD-CASE-11 */
static void geometry_fields(void)
{
    const uint8_t *g = geometry_page;

    EXPECT_EQ(2, g[0]);
    EXPECT_EQ(0, g[1]);
    EXPECT_EQ(bits_for(geo.num_grp), geo.grp_bits);
    EXPECT_EQ(bits_for(geo.num_pu), geo.pu_bits);
    EXPECT_EQ(bits_for(geo.num_chk), geo.chk_bits);
    EXPECT_EQ(bits_for(geo.clba), geo.lb_bits);
    EXPECT_EQ(0, geo.mccap & ~7u);
    EXPECT_EQ(0, geo.ws_opt % geo.ws_min);
    EXPECT_EQ(0, geo.clba % geo.ws_opt);
    EXPECT_EQ(0, geo.mw_cunits % geo.ws_min);
    EXPECT_TRUE(geo.mw_cunits < geo.clba);
    EXPECT_TRUE(!geo.maxoc || geo.maxocpu <= geo.maxoc);
    for (unsigned at = 192; at < 216; at += 8) {    /* typical, maximum */
        EXPECT_TRUE(u32_at(g + at) > 0);
        EXPECT_TRUE(u32_at(g + at) <= u32_at(g + at + 4));
    }
}

/* OCSSD-CASE-7 */
static void geometry_reserved(void)
{
    static const unsigned range[][2] = {
        { 2, 7 }, { 12, 15 }, { 20, 31 }, { 33, 63 }, { 76, 127 },
        { 148, 191 }, { 216, 3071 },
    };

    for (unsigned i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
        if (!all_are(geometry_page + range[i][0],
                     range[i][1] - range[i][0] + 1, 0)) {
            fail_at("geometry", range[i][0], false,
                    "bytes %u to %u are not all zero", range[i][0],
                    range[i][1]);
        }
    }
}

/* OCSSD-CASE-8 */
static void geometry_wrong_namespace(void)
{
    uint32_t inactive = u32_at(drive.id_ctrl + 516);
    uint8_t page[4096];

    EXPECT(SC_INVALID_NS, geometry(0, page));
    EXPECT(SC_INVALID_NS, geometry(NSID_ALL, page));
    EXPECT(SC_INVALID_NS, geometry(inactive + 1, page));
    if (drive.nsid == 1 && inactive > 1 &&
        identify(0x00, 2, page) == SC_OK && all_are(page, 4096, 0)) {
        EXPECT(SC_INVALID_NS, geometry(2, page));
    }
}

/* OCSSD-CASE-4 */
static void geometry_of_another_kind(void)
{
    uint8_t list[4096], page[4096];

    EXPECT(SC_OK, identify(0x02, 0, list));
    for (unsigned i = 0; i < 1024 && u32_at(list + 4 * i); i++) {
        uint32_t nsid = u32_at(list + 4 * i);

        EXPECT(SC_OK, identify(0x00, nsid, page));
        if (page[384] == 0) {
            EXPECT(SC_INVALID_NS, geometry(nsid, page));
            return;
        }
    }
    SKIP("all namespaces of this drive are open-channel");
}

/* OCSSD-CASE-9: the buffer begins in the middle of a page */
static void geometry_across_pages(void)
{
    memset(drive.data, POISON, 3 * 4096);
    EXPECT(SC_OK, geometry(drive.nsid, drive.data + 0x800));
    EXPECT_EQ(0, memcmp(drive.data + 0x800, geometry_page, 4096));
    EXPECT_TRUE(all_are(drive.data, 0x800, POISON));
    EXPECT_TRUE(all_are(drive.data + 0x1800, 0x1800, POISON));
}

/* OCSSD-CASE-10 */
static void geometry_after_reset(void)
{
    uint8_t page[4096];

    controller_reset();
    EXPECT(SC_OK, geometry(drive.nsid, page));
    EXPECT_EQ(0, memcmp(page, geometry_page, sizeof(page)));
}

/* OCSSD-CASE-13 */
static void geometry_is_no_io_command(void)
{
    EXPECT(SC_INVALID_OPCODE,
           io((Cmd) { .opcode = 0xe2, .nsid = drive.nsid,
                      .addr = (uintptr_t)drive.data, .data_len = 4096 }));
}

static const Check checks[] = {
    { "the PCI numbers are those hosts look for", pci_numbers, 0, 0 },
    { "Identify Controller is an open-channel drive's",
      controller_claims, 0, 0 },
    { "Identify Namespace is an open-channel one's", namespace_claims, 0, 0 },
    { "Compare, Write Uncorrectable and Write Zeroes do not exist",
      other_commands, 0, 0 },
    { "the geometry is consistent", geometry_fields, 0, 0 },
    { "reserved bytes of the geometry are zero", geometry_reserved, 0, 0 },
    { "Geometry wants the NSID of an open-channel namespace",
      geometry_wrong_namespace, 0, 0 },
    { "a conventional namespace beside it has no geometry",
      geometry_of_another_kind, 0, 0 },
    { "Geometry fills a buffer that lies across pages, and no more",
      geometry_across_pages, 0, 0 },
    { "a controller reset does not change the geometry",
      geometry_after_reset, 0, 0 },
    { "Geometry is no I/O command", geometry_is_no_io_command, 0, 0 },
};

SUITE(suite_discovery, "discovery", .open_channel = true);
