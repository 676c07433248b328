/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 81h: Sanitize Status.
 * Proves: NVMe Base 2.0, "Sanitize Status (Log Identifier 81h)".
 */
#include "sanitize-unit.h"

/* MI-11: a drive that was never sanitized, new and then written. */
static void never(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p = smart_page(h, 0x81);

    CHECK_EQ(bytes_at(p, 2), 0xffff);           /* SPROG */
    CHECK_EQ(bytes_at(p + 2, 2), 0x100);        /* SSTAT: never, erased */
    CHECK_EQ(bytes_at(p + 4, 4), 0);            /* SCDW10 */
    for (unsigned at = 8; at < 32; at += 4) {
        CHECK_EQ(bytes_at(p + at, 4), 1);       /* seconds */
    }
    CU_ASSERT(fake_all(p + 32, 0, 480));
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 2, 2), 0);
    smart_knob(h, "sanitize-ms", "2500");
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 12, 4), 3);
    fake_host_free(h);
}

/* What it was asked to do, how far it is, and what became of it. */
static void progress(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p;

    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    smart_knob(h, "sanitize-ms", "1000");
    CHECK_EQ(sanitize(h, 2, 0), 0);
    p = smart_page(h, 0x81);
    CHECK_EQ(bytes_at(p, 2), 0);
    CHECK_EQ(bytes_at(p + 2, 2), 2);
    CHECK_EQ(bytes_at(p + 4, 4), 2);
    sanitize_advance(h, 500 * MSEC);
    p = smart_page(h, 0x81);
    CHECK(bytes_at(p, 2) >= 0x7000 && bytes_at(p, 2) <= 0x9000, "0x%x",
          (unsigned)bytes_at(p, 2));
    sanitize_advance(h, 600 * MSEC);
    p = smart_page(h, 0x81);
    CHECK_EQ(bytes_at(p, 2), 0xffff);
    CHECK_EQ(bytes_at(p + 2, 2), 0x101);        /* and nothing written since */
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 2, 2), 1);
    fake_host_free(h);
}

/* Passes that are done, of all of them. */
static void passes(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "sanitize-ms", "4000");
    CHECK_EQ(sanitize(h, 3 | 4 << 4, 0x12345678), 0);
    sanitize_advance(h, 2500 * MSEC);
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 2, 2), 2 | 2 << 3);
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 4, 4), 3 | 4 << 4);
    sanitize_advance(h, 2000 * MSEC);
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 2, 2), 0x101 | 4 << 3);
    fake_host_free(h);
}

static void since(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });

    CHECK_EQ(fake_get_log(h, 0x81, 0, 0, 512).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a drive that was never sanitized", never },
    { "progress and end", progress },
    { "passes of an overwrite", passes },
    { "only OCP drives have it", since },
};
OCPN_UNIT_MAIN("log 81", tests)
