/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error log as a ring and as a state page.
 * Proves: NVMe Base 2.0, "Error Information (Log Identifier 01h)".
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/event.h"
#include "ocpn-unit.h"

#define ENTRIES 63

static const FakeSetup drive = { .ns = { FAKE_T1 } };

/* One failure; its CID. */
static uint16_t fail_one(FakeHost *h)
{
    return fake_admin(h, &(FakeCmd) { .opc = 0x06, .cdw10 = 0xff }).cid;
}

static const uint8_t *entry(FakeHost *h, unsigned i)
{
    static uint8_t e[64];

    ocpn_error_get(h->c, i, (NvmeErrorEntry *)(void *)e);
    return e;
}

static void layout(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCqe c = fake_admin(h, &(FakeCmd) {
        .opc = 0x06, .nsid = 0x1234, .cdw10 = 0x00, .prp1 = FAKE_BUF,
    });
    const uint8_t *e = entry(h, 0);

    CHECK_EQ(c.status, 0x00b);
    CHECK_EQ(bytes_at(e, 8), 1);
    CHECK_EQ(bytes_at(e + 8, 2), 0);            /* SQID */
    CHECK_EQ(bytes_at(e + 10, 2), c.cid);
    CHECK_EQ(bytes_at(e + 12, 2), 0x8016);      /* DNR, 0Bh, as in the CQE */
    CHECK_EQ(bytes_at(e + 14, 2), 4);           /* byte 4, bit 0 */
    CHECK_EQ(bytes_at(e + 16, 8), 0);
    CHECK_EQ(bytes_at(e + 24, 4), 0x1234);
    CU_ASSERT(fake_all(e + 28, 0, 36));
    fake_host_free(h);
}

/* A bit field within its byte; a failure without a place; an I/O queue. */
static void locations(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCqe c;

    fake_admin(h, &(FakeCmd) { .opc = 0x06, .flags = 0x40 });
    CHECK_EQ(bytes_at(entry(h, 0) + 14, 2), 6 << 8 | 1);
    fake_admin(h, &(FakeCmd) {
        .opc = 0x06, .cdw10 = 1, .prp1 = FAKE_MMIO,
    });
    CHECK_EQ(bytes_at(entry(h, 0) + 14, 2), 0xffff);
    c = fake_io(h, &(FakeCmd) { .opc = 0x7f, .nsid = 1 });
    CHECK_EQ(bytes_at(entry(h, 0) + 8, 2), 1);
    CHECK_EQ(bytes_at(entry(h, 0) + 10, 2), c.cid);
    fake_io(h, &(FakeCmd) {                 /* a length that is not legal */
        .opc = 0x02, .nsid = 1, .cdw10 = 0x80, .cdw12 = 0xffff,
    });
    CHECK_EQ(bytes_at(entry(h, 0) + 12, 2) >> 9 & 7, 0);
    CHECK_EQ(bytes_at(entry(h, 0) + 16, 8), 0);     /* no block failed */
    fake_host_free(h);
}

static void newest_first(void)
{
    FakeHost *h = fake_host_start(&drive);
    uint16_t cid = 0;

    CU_ASSERT(fake_all(entry(h, 0), 0, 64));
    for (unsigned i = 1; i <= 200; i++) {
        cid = fail_one(h);
        CHECK_EQ(ocpn_error_count(h->c), i);
        CHECK_EQ(bytes_at(entry(h, 0), 8), i);
        CHECK_EQ(bytes_at(entry(h, 0) + 10, 2), cid);
        for (unsigned k = 1; k < ENTRIES; k++) {
            CHECK_EQ(bytes_at(entry(h, k), 8), k < i ? i - k : 0);
        }
        CU_ASSERT(fake_all(entry(h, ENTRIES), 0, 64));
    }
    fake_host_free(h);
}

/* The first block that the medium failed. */
static void failed_block(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    FakeCqe c;

    fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF, .cdw10 = 77,
    });
    h->f.hold = true;
    fake_run(&h->f);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    h->f.hold = false;
    fake_run(&h->f);
    c = fake_reap(h, 1);
    CHECK_EQ(c.status, 0x281);
    CHECK_EQ(bytes_at(entry(h, 0) + 12, 2) >> 1 & 0x7ff, 0x281);
    CHECK_EQ(bytes_at(entry(h, 0) + 16, 8), 77);
    fake_host_free(h);
}

/* Of a vector command, the first entry that failed. */
static void failed_entry(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd fill = { .opc = 0x01, .nsid = 1, .cdw12 = 95,
                     .mptr = FAKE_BUF + 0x100000 };

    fake_prp(h, &fill, FAKE_BUF, 96 * 4096);
    CHECK_EQ(fake_io(h, &fill).status, 0);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 0x0000);       /* closed */
    put_bytes_at(fake_guest(h, FAKE_BUF) + 8, 8, 0x0080);   /* free */
    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x90, .nsid = 1, .cdw10 = FAKE_BUF, .cdw12 = 1,
    }).status, 0x2c1);
    CHECK_EQ(bytes_at(entry(h, 0) + 16, 8), 0x80);
    CHECK_EQ(bytes_at(entry(h, 0) + 24, 4), 1);

    CHECK_EQ(fake_set_feature(h, 0x05, 1, 0x10000).status, 0);  /* DULBE */
    fill.cdw10 = 0x100;
    CHECK_EQ(fake_io(h, &fill).status, 0);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 0x0101);       /* written */
    put_bytes_at(fake_guest(h, FAKE_BUF) + 8, 8, 0x0403);   /* not */
    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x92, .nsid = 1, .cdw10 = FAKE_BUF, .cdw12 = 1,
        .prp1 = FAKE_BUF + 0x10000, .prp2 = FAKE_BUF + 0x11000,
    }).status, 0x287);
    CHECK_EQ(bytes_at(entry(h, 0) + 16, 8), 0x403);
    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .cdw10 = 0x404,
        .prp1 = FAKE_BUF + 0x10000,
    }).status, 0x287);
    CHECK_EQ(bytes_at(entry(h, 0) + 16, 8), 0x404);
    fake_host_free(h);
}

static void survives(void)
{
    FakeHost *h = fake_host_start(&drive);
    uint8_t before[70][64];

    for (unsigned i = 0; i < 70; i++) {
        fail_one(h);
    }
    for (unsigned i = 0; i < 70; i++) {
        memcpy(before[i], entry(h, i), 64);
    }
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CU_ASSERT(!memcmp(before[0], entry(h, 0), 64));
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_error_count(h->c), 70);
    for (unsigned i = 0; i < 70; i++) {
        CU_ASSERT(!memcmp(before[i], entry(h, i), 64));
    }
    fail_one(h);
    CHECK_EQ(bytes_at(entry(h, 0), 8), 71);
    CU_ASSERT(!memcmp(before[0], entry(h, 1), 64));
    fake_host_free(h);
}

/*
 * FAILURE-CASE-44
 * Numbers an image must not have: no entry comes of them, and no crash.
 */
static void hostile_page(void)
{
    static const uint64_t bad[] = { 0, 6, 100, UINT64_MAX, UINT64_MAX - 62 };
    FakeHost *h = fake_host_start(&drive);
    ImgPage p = { .payload = { 0 } };

    for (unsigned i = 0; i < 5; i++) {
        fail_one(h);
    }
    for (unsigned i = 0; i < 63; i++) {
        memset(p.payload + 64 * i, 0xee, 64);
        put_bytes_at(p.payload + 64 * i, 8, bad[i % 5]);
    }
    ocpn_errors_load(h->c, &p);
    CHECK_EQ(ocpn_error_count(h->c), 5);
    for (unsigned i = 0; i < 63; i++) {
        CHECK_EQ(bytes_at(entry(h, i), 8), i < 5 ? 5 - i : 0);
        CU_ASSERT(entry(h, i)[30] == 0);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "an entry's bytes", layout },
    { "where the mistake is", locations },
    { "newest first, the last 63", newest_first },
    { "the block that failed", failed_block },
    { "the entry of a vector that failed", failed_entry },
    { "the log survives resets and power cycles", survives },
    { "a hostile state page", hostile_page },
};
OCPN_UNIT_MAIN("error log", tests)
