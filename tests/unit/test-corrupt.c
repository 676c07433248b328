/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are damaged on purpose: as said, and nothing else of them.
 * Proves: docs/ocp.rst, "Damaged pages".
 */
#include "action-unit.h"

static uint8_t good[4096], bad[4096];

static void get(FakeHost *h, uint8_t lid, size_t len, uint8_t *page)
{
    CHECK_EQ(fake_get_log(h, lid, ALL, 0, len).status, 0);
    memcpy(page, fake_guest(h, FAKE_BUF), len);
}

/* LEN bytes of page LID as they are, and damaged by WHAT. */
static void both(FakeHost *h, uint8_t lid, size_t len, const char *what)
{
    char text[64];

    act(h, "corrupt", "clear");
    get(h, lid, len, good);
    snprintf(text, sizeof(text), "what=%s lid=%u", what, lid);
    act(h, "corrupt", text);
    get(h, lid, len, bad);
}

/* Only the N bytes at AT are others, each of them. */
static void only(unsigned at, unsigned n, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        CHECK((good[i] != bad[i]) == (i >= at && i < at + n), "byte %zu", i);
    }
}

/* OCP-CASE-139 OCP-CASE-140: commands succeed, and GUIDs are others */
static void guids(void)
{
    static const struct {
        uint8_t lid;
        unsigned at;
        size_t len;
    } t[] = {
        { 0xc0, 496, 512 }, { 0xc1, 496, 512 }, { 0xc2, 4080, 4096 },
        { 0xc3, 496, 512 }, { 0xc4, 4080, 4096 }, { 0xc5, 4080, 4096 },
        { 0xc6, 16, 64 }, { 0xc7, 496, 512 }, { 0xc9, 16, 432 },
    };

    for (int v = OCP_2_0; v <= OCP_2_7; v++) {
        FakeHost *h = smart_drive((OcpVersion)v);
        unsigned n = 0;

        for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
            if (!ocpn_log_find(h->c, t[i].lid, OCPN_UUID_OCP)) {
                continue;
            }
            both(h, t[i].lid, t[i].len, "guid");
            only(t[i].at, 16, t[i].len);
            n++;
        }
        CU_ASSERT(n >= (v >= OCP_2_5 ? 7 : 4));
        fake_host_free(h);
    }
}

static void versions(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    both(h, 0xc0, 512, "version");
    CHECK_EQ(bytes_at(good + 494, 2), 6);
    CHECK_EQ(bytes_at(bad + 494, 2), 0);
    only(494, 1, 512);
    both(h, 0xc5, 4096, "version");
    CHECK_EQ(bytes_at(bad + 4078, 2), 0);
    only(4078, 1, 4096);
    both(h, 0xc9, 512, "version");
    CHECK_EQ(bad[0], 0);
    only(0, 1, 512);
    fake_host_free(h);
}

/* Also in pages that are longer than a piece of them. */
static void lengths(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    /* OCP-CASE-88 */
    both(h, 0xc6, 512, "size");
    CU_ASSERT(bytes_at(good + 32, 8) > 64);
    CHECK_EQ(bytes_at(bad + 32, 8), 64);
    fake_host_free(h);
    h = smart_drive(OCP_2_5);
    both(h, 0xc6, 512, "size");
    CU_ASSERT(bytes_at(good + 32, 8) > 64 / 4);
    CHECK_EQ(bytes_at(bad + 32, 8), 64 / 4);    /* dwords */
    fake_host_free(h);
    h = smart_drive(OCP_2_7);
    both(h, 0xc6, 512, "length");
    CHECK_EQ(bytes_at(bad + 32, 8), 2 * bytes_at(good + 32, 8));
    both(h, 0xc9, 432, "size");
    CHECK_EQ(bytes_at(bad + 32, 8), 108);
    both(h, 0xc9, 432, "length");
    CHECK_EQ(bytes_at(bad + 32, 8), 2 * bytes_at(good + 32, 8));
    act(h, "telemetry-trigger", "it broke");
    both(h, 0x08, 512, "length");
    CHECK_EQ(bytes_at(good + 8, 6), 0x003000300020);
    CHECK_EQ(bytes_at(bad + 8, 6), 0x006000600040);
    act(h, "telemetry-trigger", "it broke");
    both(h, 0x08, 512, "size");
    CHECK_EQ(bytes_at(bad + 8, 6), 0);
    fake_host_free(h);
}

static void contents(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    unsigned same = 0;

    both(h, 0xc4, 4096, "garbage");
    for (unsigned i = 0; i < 4096; i++) {
        same += good[i] == bad[i];
    }
    CU_ASSERT(same < 64);
    CHECK_EQ(fake_get_log(h, 0xc4, ALL, 100, 64).status, 0);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), bad + 100, 64));
    both(h, 0xc4, 4096, "short");
    CU_ASSERT(!memcmp(good, bad, 2048));
    CU_ASSERT(fake_all(bad + 2048, 0, 2048));
    both(h, 0x01, 64, "garbage");
    CHECK_EQ(fake_get_log(h, 0xc9, ALL, 0, 64).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 1);
    fake_host_free(h);
}

static void armed_and_cleared(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "corrupt", "lid=0xc3 what=short");
    act(h, "corrupt", "LID=0xC0, what=guid");
    CHECK_HAS(armed(h, "corrupt", 0), "lid=0xc0 what=guid");
    CHECK_HAS(armed(h, "corrupt", 1), "lid=0xc3 what=short");
    act(h, "corrupt", "lid=0xc0 what=none");
    CHECK_HAS(armed(h, "corrupt", 0), "lid=0xc3 what=short");
    act(h, "corrupt", "clear");
    CHECK(!armed(h, "corrupt", 0)[0], "it is clear");
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[][2] = {
        { "", "give lid= and what=" },
        { "lid=0xc0", "give lid= and what=" },
        { "what=guid", "give lid= and what=" },
        { "lid=0xc8 what=guid", "lid=0xc8: the drive has no such page" },
        { "lid=256 what=guid", "number from 0 to 255" },
        { "lid=0x02 what=guid", "page 0x02 has no such field" },
        { "lid=0xc0 what=length", "page 0xc0 has no such field" },
        { "lid=0xc0 what=bits", "none, guid, version" },
        { "lid=0xc0 lid=0xc1 what=guid", "'lid' is not expected" },
        { "lid=0xc0 what=guid count=1", "'count' is not expected" },
        { "lid=0xc0 what==", "not a word" },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        act_refused(h, "corrupt", t[i][0], t[i][1]);
    }
    CHECK(!armed(h, "corrupt", 0)[0], "nothing is armed");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "other GUIDs", guids },
    { "version 0", versions },
    { "other lengths", lengths },
    { "garbage, and half a page", contents },
    { "what is armed", armed_and_cleared },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("corrupt", tests)
