/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that were recorded elsewhere.
 * Proves: docs/ocp.rst, "Recorded telemetry".
 */
#include "hw/ocp-nvme/core/recorded.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "telemetry-unit.h"

#define SIZE    (9u * 512)
#define STRINGS 512u

static uint8_t bytes[SIZE], strings[STRINGS];

/* A capture of a drive that is not ours: any bytes, areas of 2, 4, 8 blocks. */
static OcpnRecorded record(uint8_t lid)
{
    for (unsigned i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    }
    bytes[0] = lid;
    put_bytes_at(bytes + 8, 2, 2);
    put_bytes_at(bytes + 10, 2, 4);
    put_bytes_at(bytes + 12, 2, 8);
    put_bytes_at(bytes + 16, 4, 8);
    return (OcpnRecorded) { bytes, SIZE };
}

static OcpnRecorded record_strings(void)
{
    memset(strings, 0x5a, STRINGS);
    put_bytes_at(strings + 32, 8, STRINGS / 4);
    for (unsigned at = 64; at < 128; at += 16) {
        put_bytes_at(strings + at, 8, 108);
        put_bytes_at(strings + at + 8, 8, 20);
    }
    return (OcpnRecorded) { strings, STRINGS };
}

static FakeHost *start(uint8_t lid, bool with_strings)
{
    FakeSetup s = tel_drive(OCP_2_5);

    s.cfg.ocp.telemetry = record(lid);
    if (with_strings) {
        s.cfg.ocp.strings = record_strings();
    }
    return fake_host_start(&s);
}

static void expect(FakeHost *h, uint8_t lid, uint32_t how, const uint8_t *want,
                   uint32_t size)
{
    for (uint32_t off = 0; off < size; off += 512) {
        CHECK_EQ(tel_get(h, lid, off ? TEL_RAE : how, off, 512), 0);
        CHECK(!memcmp(fake_guest(h, FAKE_BUF), want + off, 512), "page %02x "
              "at %u", lid, off);
    }
    CHECK(tel_get(h, lid, TEL_RAE, size + 512, 512) != 0, "page %02x", lid);
}

/* Byte for byte, whatever the host asks for; the other page is the drive's. */
static void served(void)
{
    for (uint8_t lid = 7; lid <= 8; lid++) {
        FakeHost *h = start(lid, false);

        expect(h, lid, TEL_RAE, bytes, SIZE);
        if (lid == 7) {
            expect(h, lid, TEL_RAE | TEL_CREATE, bytes, SIZE);
        } else {
            CU_ASSERT(ocpn_telemetry_trigger(h->c, "broken", NULL, 0));
            expect(h, lid, 0, bytes, SIZE);
        }
        CHECK_EQ(tel_get(h, (uint8_t)(15 - lid), TEL_RAE, 0, 512), 0);
        CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 15 - lid);
        CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 5, 3) ==
                 bytes_at(bytes + 5, 3), 0);
        fake_host_free(h);
    }
}

static void served_strings(void)
{
    FakeHost *h = start(7, true);

    CHECK_EQ(tel_get(h, 0xc9, TEL_RAE, 0, 512), 0);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), strings, 512));
    CHECK_EQ(tel_get(h, 0xc9, TEL_RAE, 100, 8), 0);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), strings + 100, 8));
    CHECK_EQ(tel_get(h, 0x08, TEL_RAE, 0, 512), 0);
    fake_host_free(h);
}

static void refused(void)
{
    static const struct { unsigned at; uint8_t byte; const char *why; } t[] = {
        { 0, 0x09, "not with 0x09" }, { 8, 9, "area 1 ends with block 9" },
        { 11, 1, "area 2" }, { 13, 0xff, "area 3" }, { 19, 0x80, "area 4" },
    }, u[] = {
        { 32, 129, "has 129 dwords" }, { 39, 0xff, "dwords" },
        { 64, 109, "statistics" }, { 87, 0xff, "events" },
        { 96, 109, "vendor events" }, { 120, 21, "strings" },
    };
    static const uint32_t sizes[] = { 0, 511, 513, SIZE - 1, 8 * 512 };
    OcpnRecorded r = record(7);
    OcpnError err = { "" };

    CU_ASSERT(ocpn_recorded_telemetry(&r, &err));
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        r.size = sizes[i];
        CU_ASSERT(!ocpn_recorded_telemetry(&r, &err));
    }
    r.size = SIZE + 4;                              /* nobody looks, ... */
    CU_ASSERT(!ocpn_recorded_telemetry(&r, &err));
    CHECK_HAS(err.text, "a multiple of 512 bytes");
    r.size = OCPN_RECORDED_TELEMETRY + 512;         /* nobody looks */
    CU_ASSERT(!ocpn_recorded_telemetry(&r, &err));
    CHECK_HAS(err.text, "at most 16777216");
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        r = record(8);
        bytes[t[i].at] = t[i].byte;
        CU_ASSERT(!ocpn_recorded_telemetry(&r, &err));
        CHECK_HAS(err.text, t[i].why);
    }
    r = record_strings();
    CU_ASSERT(ocpn_recorded_strings(&r, &err));
    for (unsigned i = 0; i < sizeof(u) / sizeof(u[0]); i++) {
        r = record_strings();
        strings[u[i].at] = u[i].byte;
        CU_ASSERT(!ocpn_recorded_strings(&r, &err));
        CHECK_HAS(err.text, u[i].why);
    }
    r = record_strings();
    r.size = 428;
    CU_ASSERT(!ocpn_recorded_strings(&r, &err));
    CHECK_HAS(err.text, "432 to");
    r = record_strings();                           /* the sum wraps */
    memset(strings + 64, 0xff, 8);
    put_bytes_at(strings + 72, 8, 2);
    CU_ASSERT(!ocpn_recorded_strings(&r, &err));
    CHECK_HAS(err.text, "statistics");
}

/* Headers at random: what is served has its areas within the file. */
static void fuzzed(void)
{
    uint64_t seed = 1;
    unsigned good = 0;

    for (unsigned i = 0; i < 20000; i++) {
        OcpnRecorded r = record(7);
        OcpnError err;

        for (unsigned k = 0; k < 3; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[seed >> 59] = (uint8_t)(seed >> 40 & (seed >> 32 & 1 ? 255
                                                                       : 9));
        }
        if (ocpn_recorded_telemetry(&r, &err)) {
            good++;
            CU_ASSERT(bytes_at(bytes + 8, 2) < 9 &&
                      bytes_at(bytes + 10, 2) < 9 &&
                      bytes_at(bytes + 12, 2) < 9 &&
                      bytes_at(bytes + 16, 4) < 9);
        }
    }
    CU_ASSERT(good > 100 && good < 20000);
}

static const OcpnTest tests[] = {
    { "telemetry is served", served },
    { "strings are served", served_strings },
    { "what cannot be served", refused },
    { "headers at random", fuzzed },
};
OCPN_UNIT_MAIN("recorded", tests)
