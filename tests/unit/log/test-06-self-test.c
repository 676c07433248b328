/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Device Self-test (Log Identifier 06h)": the page, its
 * places and its results; OCP Datacenter NVMe SSD, MI-11.
 */
#include "self-test-unit.h"

/* MI-11 */
static void nothing_yet(void)
{
    FakeHost *h = self_start(OCP_2_5);
    const uint8_t *p = self_log(h);

    CU_ASSERT(fake_all(p, 0, 4));
    for (unsigned i = 0; i < 20; i++) {
        CHECK_EQ(p[4 + 28 * i], 0x0f);
        CU_ASSERT(fake_all(p + 5 + 28 * i, 0, 27));
    }
    CU_ASSERT(fake_all(p + 564, 0, 4096 - 564));
    fake_host_free(h);
}

static void without_ocp(void)
{
    FakeHost *h = self_start(OCP_OFF);

    CHECK_EQ(fake_get_log(h, 0x06, 0, 0, 564).status, 0x109);
    CHECK_EQ(self_test(h, 1, 0), 0x001);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[256] & 0x10, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 316, 3), 0);
    CHECK_EQ(fake_get_log(h, 0x05, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * 0x14, 4), 0);
    fake_host_free(h);
}

/* MI-11: percent of the time it takes; then a result */
static void progress(void)
{
    FakeHost *h = self_start(OCP_2_5);
    const uint8_t *p;

    fake_advance(&h->f, 7205 * SECOND);
    CHECK_EQ(self_test(h, 1, 0xffffffff), 0);
    for (unsigned i = 0; i < 60; i++) {
        p = self_log(h);
        CHECK_EQ(p[0], 1);
        CHECK_EQ(p[1], i * 100 / 60);
        CHECK_EQ(p[4], 0x0f);
        fake_advance(&h->f, SECOND);
    }
    p = self_log(h);
    CHECK_EQ(bytes_at(p, 4), 0);
    CHECK_EQ(p[4], 0x10);
    CHECK_EQ(bytes_at(p + 5, 3), 0);
    CHECK_EQ(bytes_at(p + 8, 8), 2);            /* power-on hours */
    CU_ASSERT(fake_all(p + 16, 0, 16));
    CHECK_EQ(p[32], 0x0f);

    CHECK_EQ(self_test(h, 2, 1), 0);
    fake_advance(&h->f, 599 * SECOND);
    p = self_log(h);
    CHECK_EQ(bytes_at(p, 2), 2 | 99 << 8);
    h->f.now += SECOND;                         /* nobody ran meanwhile */
    p = self_log(h);
    CHECK_EQ(bytes_at(p, 2), 0);
    CHECK_EQ(p[4], 0x20);
    CHECK_EQ(p[32], 0x10);
    fake_host_free(h);
}

/* The newest first; the oldest of 20 goes. */
static void twenty(void)
{
    FakeHost *h = self_start(OCP_2_5);
    const uint8_t *p;

    for (unsigned i = 0; i < 25; i++) {
        CHECK_EQ(self_test(h, 1, 0), 0);
        if (i < 5 || i == 24) {
            fake_advance(&h->f, 60 * SECOND);
        } else {
            CHECK_EQ(self_test(h, 15, 0), 0);
        }
    }
    p = self_log(h);
    CHECK_EQ(p[4], 0x10);
    for (unsigned i = 1; i < 20; i++) {
        CHECK_EQ(p[4 + 28 * i], 0x11);
    }
    fake_host_free(h);
}

/* Parts of the page, and what is not in it. */
static void hostile(void)
{
    FakeHost *h = self_start(OCP_2_5);
    uint8_t *b = fake_guest(h, FAKE_BUF);

    CHECK_EQ(self_test(h, 1, 0), 0);
    CHECK_EQ(self_test(h, 15, 0), 0);
    CHECK_EQ(fake_get_log(h, 0x06, 0, 4, 28).status, 0);
    CHECK_EQ(b[0], 0x11);
    memset(b, 0xa5, 64);
    CHECK_EQ(fake_get_log(h, 0x06, 0, 560, 64).status, 0);
    CU_ASSERT(fake_all(b + 4, 0, 60));
    CHECK_EQ(fake_get_log(h, 0x06, 0, 568, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0x06, 0, 2, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0x06, 0, UINT64_MAX & ~UINT64_C(3), 4).status,
             0x002);
    CHECK_EQ(fake_get_log(h, 0x06, 1, 0, 564).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0x06, 99, 0, 564).status, 0x00b);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "no test yet", nothing_yet },
    { "without OCP", without_ocp },
    { "percent of the time", progress },
    { "20 results", twenty },
    { "hostile offsets", hostile },
};
OCPN_UNIT_MAIN("log 06", tests)
