/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Latency Monitoring": the timer, and what
 * outlives power cycles.
 */
#include "hw/ocp-nvme/core/latency.h"
#include "hw/ocp-nvme/core/migrate.h"
#include "hw/ocp-nvme/spec/image.h"
#include "latency-unit.h"

/* The fields of the active buckets, and of the static ones. */
#define ACTIVE  32u
#define STATIC  (ACTIVE + TO_STATIC)
#define LEN     186u

static void check_no_buckets(const uint8_t *p)
{
    CU_ASSERT(fake_all(p, 0, 64) && fake_all(p + 64, 0xff, 96) &&
              fake_all(p + 160, 0, 26));
}

/* OCP-CASE-72 */
static void rotation(void)
{
    FakeHost *h = start();
    uint8_t was[512];
    const uint8_t *p;

    set(h, (Config) { CONFIG, .timer = 2, .config = 0xfff, .window = 255 });
    read_ms(h, 12);
    write_ms(h, 30);
    fake_advance(&h->f, TICK - 43 * MSEC);
    CHECK_EQ(field(h, 2, 2), 0);
    fake_advance(&h->f, 1 * MSEC);
    CHECK_EQ(field(h, 2, 2), 1);
    fake_advance(&h->f, TICK - 14 * MSEC);
    read_ms(h, 13);
    memcpy(was, page(h), sizeof(was));
    CHECK_EQ(field(h, 2, 2), 1);
    fake_advance(&h->f, 1 * MSEC);
    p = page(h);
    CHECK_EQ(bytes_at(p + 2, 2), 0);
    CU_ASSERT(!memcmp(p + STATIC, was + ACTIVE, LEN));
    CU_ASSERT(bytes_at(p + STATIC + 12, 4) == 2);
    check_no_buckets(p + ACTIVE);
    read_ms(h, 11);                     /* the window ended, too */
    CHECK_EQ(latency(h, 0, READ), 11);
    /* Empty ones take the place of the static ones that were there. */
    fake_advance(&h->f, 2 * TICK);
    fake_advance(&h->f, 2 * TICK);
    check_no_buckets(page(h) + STATIC);
    fake_host_free(h);
}

/* OCP-CASE-72: with another tick, at every tick */
static void time_scale(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .tick_ms = 100 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    set(h, (Config) { CONFIG, .timer = 1 });
    read_ms(h, 30);
    CHECK_EQ(counter(h, 3, READ), 1);
    fake_advance(&h->f, 69 * MSEC);
    CHECK_EQ(counter(h, 3, READ), 1);
    fake_advance(&h->f, 1 * MSEC);
    CHECK_EQ(counter(h, 3, READ), 0);
    CHECK_EQ(field(h, STATIC + 48 + 12, 4), 1);
    CHECK_EQ(field(h, 2, 2), 0);
    fake_host_free(h);
}

/* OCP-CASE-73: no threshold; the timer saturates */
static void no_rotation(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG });
    read_ms(h, 30);
    fake_advance(&h->f, 1000 * TICK);   /* nobody ran meanwhile */
    CHECK_EQ(field(h, 2, 2), 1000);
    CU_ASSERT(ocpn_latency_set_timer(h->c, 0xfffe));
    for (unsigned i = 0; i < 3; i++) {
        fake_advance(&h->f, TICK);
        CHECK_EQ(field(h, 2, 2), 0xffff);
    }
    fake_advance(&h->f, 200000 * TICK);
    CHECK_EQ(field(h, 2, 2), 0xffff);
    CHECK_EQ(counter(h, 3, READ), 1);
    check_no_buckets(page(h) + STATIC);
    fake_host_free(h);
}

/* The largest threshold is reached. */
static void last_threshold(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .timer = 0xffff });
    read_ms(h, 30);
    CU_ASSERT(ocpn_latency_set_timer(h->c, 0xfffd));
    fake_advance(&h->f, TICK);
    CHECK_EQ(field(h, 2, 2), 0xfffe);
    fake_advance(&h->f, TICK);
    CHECK_EQ(field(h, 2, 2), 0);
    CHECK_EQ(field(h, STATIC + 48 + 12, 4), 1);
    fake_host_free(h);
}

/* OCP-CASE-74: nothing of the page is lost; no window is left */
static void power_cycle(void)
{
    FakeHost *h = start();
    uint8_t was[512];

    set(h, (Config) {
        CONFIG, .timer = 2, .config = 0xfff, .window = 255, .trigger = 0x800,
    });
    write_ms(h, 12);
    fake_advance(&h->f, TICK);
    fake_advance(&h->f, TICK);
    fake_advance(&h->f, TICK);
    read_ms(h, 12);
    dsm_ms(h, 4, 300);
    memcpy(was, page(h), sizeof(was));
    CHECK_EQ(bytes_at(was + 2, 2), 1);
    fake_host_restart(h, true);
    CU_ASSERT(!memcmp(was, page(h), sizeof(was)));
    read_ms(h, 13);
    CHECK_EQ(latency(h, 0, READ), 13);
    CHECK_EQ(counter(h, 0, READ), 2);
    fake_host_free(h);
}

/* A tick that has begun is not begun again at every power on. */
static void part_of_a_tick(void)
{
    FakeHost *h = start();

    for (unsigned i = 0; i < 10; i++) {
        CHECK_EQ(field(h, 2, 2), 4 * i / 10);
        fake_advance(&h->f, TICK * 4 / 10);
        fake_host_restart(h, true);
    }
    CHECK_EQ(field(h, 2, 2), 4);
    fake_host_free(h);
}

/* LMLOG-5: with the power, less than ten minutes are lost */
static void power_failure(void)
{
    FakeHost *h = start();

    read_ms(h, 300);
    fake_advance(&h->f, TICK);
    fake_host_restart(h, false);
    CHECK_EQ(counter(h, 3, READ), 1);
    CHECK_EQ(field(h, 2, 2), 1);
    fake_host_free(h);
}

/* Reading the page, and counting, writes nothing (LMLOG-4). */
static void no_traffic(void)
{
    FakeHost *h = start();
    unsigned writes;

    set(h, (Config) { CONFIG });
    writes = h->f.media[1].writes;
    for (unsigned i = 0; i < 50; i++) {
        read_ms(h, 30);
        CHECK_EQ(counted(h), i + 1);
    }
    CHECK_EQ(h->f.media[1].writes, writes);
    fake_advance(&h->f, TICK);
    CU_ASSERT(h->f.media[1].writes - writes <= 4);  /* SMART is kept, too */
    fake_host_free(h);
}

/* While I/Os wait, the page is there at once (LMLOG-4). */
static void read_does_not_wait(void)
{
    FakeHost *h = start();

    h->f.hold = true;
    fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF + 0x10000,
    });
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(counted(h), 0);
    take_ns(h, 0);
    fake_host_free(h);
}

/* OCP-CASE-77: a timestamp of before the power cycle is the most recent */
static void time_goes_on(void)
{
    const uint64_t date = UINT64_C(1790000000000);
    FakeHost *h = start();
    uint64_t last;

    fake_advance(&h->f, 12345 * MSEC);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, date);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    read_ms(h, 300);
    last = stamp(h, 3, READ);
    CHECK_EQ(last, date + 300);
    for (unsigned i = 0; i < 3; i++) {
        fake_host_restart(h, true);
        read_ms(h, 301 + i);
        CHECK_EQ(stamp(h, 3, READ), last + 301 + i);
        CHECK_EQ(field(h, UNITS_AT, 2), 1 << 9);
        last = stamp(h, 3, READ);
        fake_advance(&h->f, 1000 * MSEC);         /* the window */
        last += 1000;
    }
    fake_host_free(h);
}

/* It goes on even if the power-on time of the last tick is lost. */
static void time_after_failure(void)
{
    const uint64_t date = UINT64_C(1790000000000);
    FakeHost *h = start();
    uint64_t last;

    put_bytes_at(fake_guest(h, FAKE_BUF), 8, date);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    fake_advance(&h->f, TICK);
    fake_host_restart(h, false);
    read_ms(h, 300);
    last = stamp(h, 3, READ);
    CHECK_EQ(last, date + TICK / MSEC + 300);
    fake_advance(&h->f, 2000 * MSEC);
    read_ms(h, 400);
    CHECK_EQ(stamp(h, 3, READ), last + 2400);
    fake_host_free(h);
}

/* Off and on again without OCP: it finds what it left. */
static void without_ocp(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .timer = 5 });
    read_ms(h, 300);
    h->setup.cfg.ocp.version = OCP_OFF;
    fake_host_restart(h, true);
    read_ms(h, 300);
    fake_advance(&h->f, 3 * TICK);
    h->setup.cfg.ocp.version = OCP_2_0;
    fake_host_restart(h, true);
    CHECK_EQ(counter(h, 3, READ), 1);
    CHECK_EQ(field(h, 2, 4), 5 << 16);
    fake_host_free(h);
}

/* Any bytes may stand in the image. */
static void hostile(void)
{
    FakeHost *h = start();
    uint32_t seed = 1;
    OcpnError err;

    set(h, (Config) { CONFIG, .trigger = 0xfff });
    read_ms(h, 300);
    for (unsigned i = 0; i < 3000; i++) {
        ImgPage p = { .payload = { 0 } };
        const OcpnImage *im = &ocpn_ns_get(h->c, 1)->im;
        const uint8_t *log;

        for (unsigned n = 0; n < 1000; n++) {
            seed = seed * 1664525 + 1013904223;
            p.payload[n] = i % 3 ? (uint8_t)(seed >> 24)
                                 : (uint8_t)-(seed >> 31);
        }
        ocpn_page_seal(im, &p, IMG_REGION_STATE, IMG_STATE_LATENCY,
                       UINT64_C(1) << 40);
        memcpy(h->f.media[1].bytes +
               ocpn_page_offset(im, IMG_REGION_STATE, IMG_STATE_LATENCY, 0),
               &p, sizeof(p));
        CU_ASSERT(ocpn_ns_reload(ocpn_ns_get(h->c, 1), &h->f.media[1].disk,
                                 &err));
        log = page(h);
        CU_ASSERT((log[0] & 0xfe) == 6);
        CU_ASSERT(log[0] == 6 || (log[6] < log[7] && log[7] < log[8] &&
                                  log[8] < log[9]));
        CU_ASSERT(!(log[11] & 0xf0) && !(log[449] & 0xf0));
        CU_ASSERT(!(log[463] & 0xf0) && log[464] < 2);
        CU_ASSERT(!(bytes_at(log + 462, 2) & (bytes_at(log + 462, 2) - 1)));
        for (unsigned n = 0; n < 12; n++) {
            CHECK_EQ(bytes_at(log + 96 + 8 * n, 8) == NO_STAMP,
                     bytes_at(log + 192 + 2 * n, 2) == 0);
        }
        if (i % 100 == 0) {
            read_ms(h, 1300);
            fake_advance(&h->f, TICK);
        }
    }
    fake_host_restart(h, true);
    (void)page(h);
    fake_host_free(h);
}

/* Namespace 1 is not there: nothing is kept, and all else works. */
static void no_place(void)
{
    FakeSetup s = { .cfg = { .ocp = { .version = OCP_2_5 } },
                    .ns = { FAKE_CONVENTIONAL(2) } };
    FakeHost *h = fake_host_start(&s);
    FakeCmd cmd = io_cmd(0x02);

    cmd.nsid = 2;
    CHECK_EQ(set_with(h, 0, (Config) { CONFIG, .timer = 1 }), 0);
    CHECK_EQ(set_with(h, SV, (Config) { CONFIG }), 0x10d);
    CHECK_EQ(run_ns(h, cmd, 30 * MSEC), 0);
    CHECK_EQ(counter(h, 3, READ), 1);
    fake_advance(&h->f, TICK);
    CHECK_EQ(field(h, STATIC + 48 + 12, 4), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "active buckets become static", rotation },
    { "ticks of another length", time_scale },
    { "no rotation", no_rotation },
    { "the largest threshold", last_threshold },
    { "a power cycle", power_cycle },
    { "part of a tick", part_of_a_tick },
    { "a power failure", power_failure },
    { "counting writes nothing", no_traffic },
    { "reading does not wait", read_does_not_wait },
    { "the host's time goes on", time_goes_on },
    { "the host's time after a power failure", time_after_failure },
    { "without OCP meanwhile", without_ocp },
    { "any bytes in the image", hostile },
    { "no image to keep it in", no_place },
};
OCPN_UNIT_MAIN("latency state", tests)
