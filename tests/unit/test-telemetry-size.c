/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry with data areas that are larger than what is in them.
 * Proves: docs/user-guide.rst, "telemetry-da1-blocks" and the others; NVMe
 * Base 2.0, "Telemetry Host-Initiated", bytes 19:08.
 */
#include "hw/ocp-nvme/core/telemetry.h"
#include "migrate-unit.h"
#include "telemetry-unit.h"

static TelLog usual, t;

/* Area N begins behind FROM blocks in the usual log, which has KEPT of it. */
static const struct { unsigned from, kept, at, blocks; } areas[] = {
    { 0, 32, 0, 40 }, { 32, 16, 40, 17 }, { 48, 0, 57, 3 }, { 48, 8, 60, 11 },
};

static FakeHost *start(bool large, bool page)
{
    FakeSetup s = tel_drive(OCP_2_5);
    FakeHost *h;

    for (unsigned i = 0; large && i < 4; i++) {
        s.cfg.ocp.areas[i] = areas[i].blocks;
    }
    s.cfg.ocp.page_offsets = page;
    h = fake_host_start(&s);
    memset(fake_guest(h, FAKE_BUF), 0, 512);
    fake_guest(h, FAKE_BUF)[1] = 1;             /* ETDAS */
    CHECK_EQ(fake_set_feature(h, 0x16, 0, 0).status, 0);
    return h;
}

/* T is USUAL with zeros behind each area. */
static void compare(void)
{
    static const uint8_t zeros[512];

    CHECK_EQ(bytes_at(t.b + 8, 2), 40);
    CHECK_EQ(bytes_at(t.b + 10, 2), 57);
    CHECK_EQ(bytes_at(t.b + 12, 2), 60);
    CHECK_EQ(bytes_at(t.b + 16, 4), 71);
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < areas[i].blocks; k++) {
            const uint8_t *p = t.b + 512 * (1 + areas[i].at + k);
            const uint8_t *q = usual.b + 512 * (1 + areas[i].from + k);
            bool zero = k >= areas[i].kept;

            if (i || k) {           /* the first one has times */
                CHECK(!memcmp(p, zero ? zeros : q, 512), "area %u, block %u",
                      i + 1, k);
            }
        }
    }
}

/* As it reads in blocks, and in pieces across each border. */
static void pieces(FakeHost *h, uint8_t lid)
{
    for (uint32_t at = 512; at + 9216 <= t.len; at += 1020) {
        CHECK_EQ(tel_get(h, lid, TEL_RAE, at, 9216), 0);
        CHECK(!memcmp(fake_guest(h, FAKE_BUF), t.b + at, 9216), "at %u", at);
    }
}

static void host(void)
{
    FakeHost *h = start(false, false);
    uint8_t buf[2048];
    unsigned count;
    TelEvent e;

    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 4, &usual);
    CHECK_EQ(bytes_at(usual.b + 8, 2), 32);
    CHECK_EQ(bytes_at(usual.b + 10, 2), 48);
    CHECK_EQ(bytes_at(usual.b + 12, 2), 48);
    CHECK_EQ(bytes_at(usual.b + 16, 4), 56);
    fake_host_free(h);
    for (unsigned page = 0; page < 2; page++) {
        h = start(true, page);
        tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 4, &t);
        CHECK_EQ(t.len, 72 * 512);
        if (!page) {
            compare();
        }
        pieces(h, TEL_HOST);
        memset(buf, 0xee, sizeof(buf));
        ocpn_telemetry_read(h->c, OCPN_TELEMETRY_HOST, 33 * 512, buf,
                            sizeof(buf));
        CU_ASSERT(fake_all(buf, 0, sizeof(buf)));
        CHECK_EQ(tel_get(h, TEL_HOST, TEL_RAE, 72 * 512, 512), 0);
        CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF), 0, 512));
        CHECK(tel_get(h, TEL_HOST, TEL_RAE, 72 * 512 + 4, 512) != 0, "behind");
        CU_ASSERT(tel_stat(&t, 2, 0x4a, &count) != NULL);
        CHECK_EQ(tel_value(&t, 2, 0x4a), 10);
        CHECK_EQ(bytes_at(t.b + 512 + 112, 8), page ? (512 + 40 * 512) / 4
                                                     : 0);
        CU_ASSERT(tel_event(&t, 0, 0, &e) && tel_event(&t, 2, 0, &e));
        fake_host_free(h);
    }
}

/* 08h as well, over power, and to a drive of other areas. */
static void ctrl(void)
{
    FakeHost *h = start(true, false);

    CU_ASSERT(ocpn_telemetry_trigger(h->c, "it broke", NULL, 0));
    tel_read(h, TEL_CTRL, TEL_RAE, 4, &t);
    CHECK_EQ(t.len, 72 * 512);
    usual = t;
    fake_host_restart(h, false);
    memset(fake_guest(h, FAKE_BUF), 0, 512);
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(t.len, 61 * 512);
    CHECK_EQ(bytes_at(t.b + 16, 4), 0);         /* no area 4 */
    CU_ASSERT(!memcmp(t.b + 512, usual.b + 512, 60 * 512));
    migrate(h);
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &usual);
    CU_ASSERT(!memcmp(t.b + 512, usual.b + 512, 60 * 512));
    memset(h->setup.cfg.ocp.areas, 0, sizeof(h->setup.cfg.ocp.areas));
    fake_host_restart(h, false);
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(t.len, 49 * 512);
    CU_ASSERT(!memcmp(t.b + 512, usual.b + 512, 32 * 512));
    CU_ASSERT(!memcmp(t.b + 512 + 32 * 512, usual.b + 512 + 40 * 512,
                      16 * 512));
    fake_host_free(h);
}

/* The most there can be, and less than what is needed. */
static void bounds(void)
{
    FakeSetup s = tel_drive(OCP_2_0);
    FakeHost *h;

    s.cfg.ocp.areas[0] = 5;
    s.cfg.ocp.areas[2] = OCPN_AREAS_MAX - 56;
    s.cfg.ocp.areas[3] = 8;
    h = fake_host_start(&s);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_CREATE | TEL_RAE, 0, 512), 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 8, 2), 32);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 12, 2), OCPN_AREAS_MAX - 8);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 16, 4), 0);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_RAE, (OCPN_AREAS_MAX - 8) * 512, 512),
             0);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF), 0, 512));
    CHECK(tel_get(h, TEL_HOST, TEL_RAE, (OCPN_AREAS_MAX - 7) * 512 + 4, 4) !=
          0, "behind");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "07h", host },
    { "08h, over power and migration", ctrl },
    { "the most and the least", bounds },
};
OCPN_UNIT_MAIN("telemetry-size", tests)
