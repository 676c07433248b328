/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Latency Monitor (Log Identifier C3h)":
 * where everything is.
 */
#include "hw/ocp-nvme/core/latency.h"
#include "hw/ocp-nvme/core/timer.h"
#include "latency-unit.h"

static const uint8_t guid[16] = {
    0x92, 0x7a, 0xc0, 0x8c, 0xd0, 0x84, 0x6c, 0x9c,
    0x70, 0x43, 0xe6, 0xd4, 0x58, 0x5e, 0xd4, 0x85,
};

static void check_empty(const uint8_t *p)
{
    CU_ASSERT(fake_all(p + 32, 0, 64));         /* active counters */
    CU_ASSERT(fake_all(p + 96, 0xff, 96));      /* stamps */
    CU_ASSERT(fake_all(p + 192, 0, 48));        /* latencies, units */
    CU_ASSERT(fake_all(p + 240, 0, 64));        /* the static ones */
    CU_ASSERT(fake_all(p + 304, 0xff, 96));
    CU_ASSERT(fake_all(p + 400, 0, 36));
    CU_ASSERT(fake_all(p + 450, 0, 2));         /* debug log */
    CU_ASSERT(fake_all(p + 452, 0xff, 8));
    CU_ASSERT(fake_all(p + 460, 0, 34));
}

/* OCP-CASE-61, LMLOG-7: the default configuration */
static void new_drive(void)
{
    FakeHost *h = start();
    const uint8_t *p = page(h);

    CHECK_EQ(p[0], 0x07);
    CHECK_EQ(p[1], 0);
    CHECK_EQ(bytes_at(p + 2, 2), 0);
    CHECK_EQ(bytes_at(p + 4, 2), 0x07e0);       /* 10080 minutes */
    CHECK_EQ(p[6], 0x05);                       /* 30 ms */
    CHECK_EQ(p[7], 0x13);                       /* 100 ms */
    CHECK_EQ(p[8], 0x1e);                       /* 155 ms */
    CHECK_EQ(p[9], 0x2e);                       /* 235 ms */
    CHECK_EQ(bytes_at(p + 10, 2), 0x0fff);
    CHECK_EQ(p[12], 0x0a);                      /* 1000 ms */
    CU_ASSERT(fake_all(p + 13, 0, 19));
    check_empty(p);
    CHECK_EQ(bytes_at(p + 448, 2), 0x0fc0);
    CHECK_EQ(bytes_at(p + 494, 2), 4);
    CU_ASSERT(!memcmp(p + 496, guid, sizeof(guid)));
    fake_host_free(h);
}

/* OCP-CASE-61: versions, and what each adds */
static void versions(void)
{
    static const struct { OcpVersion ocp; uint16_t version; bool debug; }
    row[] = {
        { OCP_2_0, 1, false },
        { OCP_2_5, 4, false },
        { OCP_2_6, 4, true },
        { OCP_2_7, 4, true },
    };

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        FakeHost *h = start_version(row[i].ocp);
        const uint8_t *p = page(h);

        CHECK_EQ(bytes_at(p + 494, 2), row[i].version);
        CU_ASSERT(!memcmp(p + 496, guid, sizeof(guid)));
        CU_ASSERT(fake_all(p + 426, 0, 10));
        CHECK_EQ(bytes_at(p + 436, 8), row[i].debug ? 32 : 0);
        CU_ASSERT(fake_all(p + 444, 0, 4));
        fake_host_free(h);
    }
}

/* Before OCP 2.0 there is no such page, nor without OCP. */
static void absent(void)
{
    static const OcpVersion none[] = { OCP_OFF, OCP_1_0 };

    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = start_version(none[i]);

        CHECK_EQ(fake_get_log(h, LID, ALL, 0, 512).status, 0x109);
        read_ms(h, 1000);
        CHECK_EQ(fake_get_log(h, LID, ALL, 0, 512).status, 0x109);
        CU_ASSERT(!ocpn_latency_set_count(h->c, true, 0, 0, 1));
        CU_ASSERT(!ocpn_latency_set_timer(h->c, 1));
        CHECK_EQ(ocpn_timer_when(h->c, OCPN_TIMER_LATENCY), UINT64_MAX);
        fake_host_free(h);
    }
}

/*
 * OCP-CASE-83: of each bucket the deallocate counter is at 4, the write
 * counter at 8, the read counter at 12
 */
static void counters(void)
{
    FakeHost *h = start();
    const uint8_t *p;

    for (unsigned b = 0; b < 4; b++) {
        for (unsigned op = 0; op < 3; op++) {
            CU_ASSERT(ocpn_latency_set_count(h->c, true, b, op,
                                             0x100 + 16 * b + op));
            CU_ASSERT(ocpn_latency_set_count(h->c, false, b, op,
                                             0x200 + 16 * b + op));
        }
    }
    CU_ASSERT(!ocpn_latency_set_count(h->c, true, 4, 0, 1));
    CU_ASSERT(!ocpn_latency_set_count(h->c, true, 0, 3, 1));
    CU_ASSERT(ocpn_latency_set_timer(h->c, 0x1234));
    p = page(h);
    CHECK_EQ(bytes_at(p + 2, 2), 0x1234);
    CHECK_EQ(bytes_at(p + 44, 4), 0x100);       /* bucket 0 read */
    CHECK_EQ(bytes_at(p + 40, 4), 0x101);
    CHECK_EQ(bytes_at(p + 36, 4), 0x102);
    CHECK_EQ(bytes_at(p + 92, 4), 0x130);       /* bucket 3 read */
    CHECK_EQ(bytes_at(p + 252, 4), 0x200);      /* static bucket 0 read */
    CHECK_EQ(bytes_at(p + 292, 4), 0x232);      /* static bucket 3 dealloc. */
    for (unsigned b = 0; b < 4; b++) {
        CHECK_EQ(bytes_at(p + 32 + 16 * b, 4), 0);
        CHECK_EQ(bytes_at(p + 36 + 16 * b, 4), 0x102 + 16 * b);
        CHECK_EQ(bytes_at(p + 40 + 16 * b, 4), 0x101 + 16 * b);
        CHECK_EQ(bytes_at(p + 44 + 16 * b, 4), 0x100 + 16 * b);
        CHECK_EQ(bytes_at(p + 240 + 16 * b, 4), 0);
        CHECK_EQ(bytes_at(p + 244 + 16 * b, 4), 0x202 + 16 * b);
        CHECK_EQ(bytes_at(p + 248 + 16 * b, 4), 0x201 + 16 * b);
        CHECK_EQ(bytes_at(p + 252 + 16 * b, 4), 0x200 + 16 * b);
    }
    fake_host_free(h);
}

/* Each cell's stamp, latency and unit; OCP-CASE-83 */
static void cells(void)
{
    for (unsigned n = 0; n < 12; n++) {
        unsigned b = n / 3, op = n % 3;
        FakeHost *h = start();
        const uint8_t *p;

        set(h, (Config) { CONFIG });
        put_bytes_at(fake_guest(h, FAKE_BUF), 8, 0x1000000);
        CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
        if (op == DEALLOC) {
            dsm_ms(h, 4, 11 + 5 * b);
        } else if (op == WRITE) {
            write_ms(h, 11 + 5 * b);
        } else {
            read_ms(h, 11 + 5 * b);
        }
        p = page(h);
        for (unsigned i = 0; i < 12; i++) {
            unsigned cb = i / 3, co = i % 3;

            CHECK_EQ(bytes_at(p + count_at(cb, co), 4), i == n);
            CHECK_EQ(bytes_at(p + stamp_at(cb, co), 8),
                     i == n ? 0x1000000 + 11 + 5 * b : NO_STAMP);
            CHECK_EQ(bytes_at(p + latency_at(cb, co), 2),
                     i == n ? 11 + 5 * b : 0);
        }
        CHECK_EQ(bytes_at(p + UNITS_AT, 2), 1u << n);
        fake_host_free(h);
    }
}

/* In pieces, and with which NSIDs. */
static void pieces(void)
{
    FakeHost *h = start();
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_get_log(h, LID, 0, 496, 32).status, 0);
    CU_ASSERT(!memcmp(p, guid, 16) && fake_all(p + 16, 0, 16));
    CHECK_EQ(fake_get_log(h, LID, 1, 0, 512).status, 0);
    CHECK_EQ(fake_get_log(h, LID, ALL, 512, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, LID, ALL, 2, 4).status, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a new drive", new_drive },
    { "versions", versions },
    { "absent before 2.0", absent },
    { "where counters are", counters },
    { "where stamps and latencies are", cells },
    { "pieces and NSIDs", pieces },
};
OCPN_UNIT_MAIN("log c3", tests)
