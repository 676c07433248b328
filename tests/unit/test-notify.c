/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of notifications and its event.
 * Proves: OCSSD 2.0, "Chunk Notification Log Page", "Asynchronous Event
 * Request"; specification notes 5.1, 5.3 and 9: NOTIF-R1 to R4, NOTIF-R8.
 */
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/event.h"
#include "notify-unit.h"

/* Take all there is. */
static void drain(FakeHost *h)
{
    read_d0(h, 0, 0, 4096, 0);
}

static void test_event_waits(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-182 */
    inject_n(h, 1);
    CHECK(got_none(h), "nobody asked");
    post_aer(h);
    CHECK(got_event(h), "at once");
    fake_host_free(h);
}

/* NOTIF-R1: an entry tells once; one that was read tells no more. */
static void test_told_once(void)
{
    FakeHost *h = t1_start();

    inject_n(h, 2);
    post_aer(h);
    CHECK(got_event(h), "an event");
    post_aer(h);
    inject_n(h, 1);
    CHECK(got_none(h), "the page was not read");
    drain(h);
    CHECK(got_none(h), "nothing remains");
    inject_n(h, 1);
    CHECK(got_event(h), "news");
    drain(h);
    /* Read before anybody could be told: then there is nothing to tell. */
    inject_n(h, 1);
    drain(h);
    CHECK_EQ(nc_of(h, 0), 5);
    post_aer(h);
    CHECK(got_none(h), "the host knows");
    inject_n(h, 1);
    CHECK(got_event(h), "news again");
    fake_host_free(h);
}

static void test_overflow(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-181 NOTIF-R4 */
    inject_n(h, 70);
    read_d0(h, 1, 0, 4096, 0);
    for (unsigned i = 0; i < 64; i++) {
        CHECK_EQ(nc_of(h, i), i + 7);
    }
    CHECK(fake_all(read_d0(h, 1, 0, 4096, 0), 0, 4096), "all taken");
    fake_host_free(h);
}

/* Main may be late, whatever is in the queue already. */
static void test_late_main(void)
{
    const OcpnNotice n = { .nsid = 1, .state = 1, .mask = 2 };

    for (unsigned early = 0; early < 70; early += 23) {
        for (unsigned late = 1; late < 200; late += 31) {
            FakeHost *h = t1_start();
            unsigned all = early + late, kept = all < 64 ? all : 64;

            inject_n(h, early);
            for (unsigned i = 0; i < late; i++) {
                ocpn_notify(h->c, &n);
            }
            fake_run(&h->f);
            read_d0(h, 1, 0, 4096, 0);
            for (unsigned i = 0; i < 64; i++) {
                CHECK_EQ(nc_of(h, i), i < kept ? all - kept + i + 1 : 0);
            }
            fake_host_free(h);
        }
    }
}

/*
 * What comes between reading and taking was not read, even if the queue is
 * full: of the 64 that are read none is lost, and what drops out was read.
 */
static void test_added_while_reading(void)
{
    const OcpnNotice n = { .nsid = 1, .state = 1, .mask = 2 };
    FakeHost *h = t1_start();
    OcssdChunkNotify e;

    inject_n(h, 64);
    CHECK_EQ(ocpn_notices(h->c, 1), 64);
    ocpn_notify(h->c, &n);
    for (unsigned i = 0; i < 64; i++) {
        ocpn_notice_get(h->c, 1, i, &e);
        CHECK_EQ(from_le64(e.nc), i + 1);
    }
    ocpn_notice_get(h->c, 1, 64, &e);
    CHECK(fake_all(&e, 0, sizeof(e)), "zeros");
    ocpn_notices_take(h->c, 1, 1);
    CHECK_EQ(ocpn_notices(h->c, 0), 64);
    ocpn_notice_get(h->c, 0, 0, &e);
    CHECK_EQ(from_le64(e.nc), 2);
    ocpn_notice_get(h->c, 0, 63, &e);
    CHECK_EQ(from_le64(e.nc), 65);
    fake_run(&h->f);
    fake_host_free(h);
}

static void test_reset(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-188 */
    inject_n(h, 1);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    inject_n(h, 1);
    read_d0(h, 1, 0, 192, RAE);
    CHECK_EQ(nc_of(h, 0), 1);
    CHECK_EQ(nc_of(h, 1), 2);
    CHECK_EQ(nc_of(h, 2), 0);
    post_aer(h);
    CHECK(got_event(h), "an event");
    /* Told of before the reset, told of again after it. */
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    post_aer(h);
    post_aer(h);
    CHECK(got_event(h), "entries remain");
    CHECK(got_none(h), "once");
    /* An empty queue is not worth an event. */
    drain(h);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    post_aer(h);
    CHECK(got_none(h), "nothing to tell");
    /* What happens while the controller is off is told when it is on. */
    CU_ASSERT(fake_disable(h));
    inject_n(h, 1);
    CU_ASSERT(fake_enable(h));
    post_aer(h);
    CHECK(got_event(h), "an event");
    read_d0(h, 1, 0, 64, 0);
    CHECK_EQ(nc_of(h, 0), 3);
    fake_host_free(h);
}

/* Each kind of reset, with an event outstanding and a request waiting. */
static void test_kinds_of_reset(void)
{
    for (unsigned kind = OCPN_RESET_CONTROLLER; kind <= OCPN_RESET_COLD;
         kind++) {
        FakeHost *h = t1_start();

        inject_n(h, 2);
        post_aer(h);
        CHECK(got_event(h), "an event");
        post_aer(h);
        ocpn_ctrl_reset(h->c, (OcpnReset)kind);
        inject_n(h, 1);         /* in the middle of it */
        CU_ASSERT(ocpn_ctrl_quiet(h->c));
        CU_ASSERT(fake_enable(h));
        post_aer(h);
        CHECK(got_event(h), "after reset %u", kind);
        read_d0(h, 1, 0, 256, 0);
        CHECK_EQ(nc_of(h, 2), 3);
        CHECK_EQ(nc_of(h, 3), 0);
        fake_host_free(h);
    }
}

/* NOTIF-R8: the count goes on, the queue does not. */
static void test_power_cycle(void)
{
    FakeHost *h = t1_start();

    inject_n(h, 3);
    drain(h);
    inject_n(h, 2);             /* 4 and 5 are never read */
    fake_host_restart(h, true);
    post_aer(h);
    CHECK(got_none(h), "the queue is empty");
    CHECK(fake_all(read_d0(h, 0, 0, 4096, 0), 0, 4096), "zeros");
    inject_n(h, 1);
    CHECK(got_event(h), "an event");
    read_d0(h, 1, 0, 64, 0);
    CHECK_EQ(nc_of(h, 0), 6);
    /* Killed, with nothing else that would have written the page. */
    inject_n(h, 4);
    fake_host_restart(h, false);
    inject_n(h, 1);
    read_d0(h, 1, 0, 64, 0);
    CHECK_EQ(nc_of(h, 0), 11);
    fake_host_free(h);
}

/*
 * NOTIF-R8, killed at any moment: a host that has read a count never reads it
 * again.
 */
static void test_killed(void)
{
    const OcpnNotice n = { .nsid = 1, .state = 1, .mask = 2 };

    for (unsigned early = 0; early < 2; early++) {
        FakeHost *h = t1_start();
        FakeCmd cmd = {
            .opc = 0x02, .nsid = 1, .cdw10 = 0xd0 | 15u << 16,
            .prp1 = FAKE_BUF,
        };

        inject_n(h, 3);
        h->f.hold = true;
        ocpn_notify(h->c, &n);
        h->f.kicked_main = early;   /* does main know before the host asks? */
        fake_run(&h->f);
        fake_submit(h, 0, &cmd);
        fake_run(&h->f);
        CHECK(!fake_reap(h, 0).found, "the image has not the count");
        h->f.kicked_main = true;
        h->f.hold = false;
        fake_io_finish_all(&h->f);
        CHECK_EQ(fake_reap(h, 0).status, 0);
        CHECK_EQ(nc_of(h, 0), 1);
        fake_host_restart(h, false);
        inject_n(h, 1);
        read_d0(h, 1, 0, 64, 0);
        CHECK_EQ(nc_of(h, 0), 5);
        fake_host_free(h);
    }
}

/* An image that cannot be written keeps no host from its entries. */
static OcpnIoResult fail_writes(FakePort *f, const OcpnIo *io)
{
    (void)f;
    return io->op == OCPN_IO_WRITE ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void test_not_stored(void)
{
    FakeHost *h = t1_start();

    h->f.judge = fail_writes;
    inject_n(h, 2);
    read_d0(h, 1, 0, 128, 0);
    CHECK_EQ(nc_of(h, 1), 2);
    h->f.judge = NULL;
    /* What could not be written is, with the next read. */
    read_d0(h, 1, 0, 128, 0);
    fake_host_restart(h, false);
    inject_n(h, 1);
    read_d0(h, 1, 0, 64, 0);
    CHECK_EQ(nc_of(h, 0), 3);
    fake_host_free(h);
}

/* In the image it is where docs/image-format.rst says. */
static void test_image_bytes(void)
{
    FakeHost *h = t1_start();
    const OcpnDisk *disk = &h->f.media[1].disk;
    OcpnImage im;
    OcpnError err;
    unsigned slot;
    ImgPage p;

    inject_n(h, 5);
    CHECK_EQ(ocpn_image_open(&im, disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(ocpn_page_load(&im, disk, IMG_REGION_STATE, 0, &p, &slot, &err),
             true);
    CHECK_EQ(bytes_at((const uint8_t *)&p + 32 + 80, 8), 5);
    CHECK_EQ(((const uint8_t *)&p)[32 + 88], 1);    /* in use */
    fake_host_free(h);
}

/* An image may hold any number; one that wraps does no harm. */
static void test_hostile_count(void)
{
    FakeHost *h = t1_start();
    ImgPage p = { .payload = { 0 } };

    put_bytes_at(p.payload + 80, 8, UINT64_MAX - 34);
    ocpn_counters_load(h->c, p.payload);
    inject_n(h, 70);
    read_d0(h, 1, 0, 4096, 0);
    for (unsigned i = 0; i < 64; i++) {
        CHECK_EQ(nc_of(h, i), UINT64_MAX - 34 + 7 + i);
    }
    fake_host_free(h);
}

/* All requests there can be; the ninth is refused; one event uses one. */
static void test_limit(void)
{
    FakeHost *h = t1_start();
    uint16_t first = post_aer(h);
    FakeCqe e;

    for (unsigned i = 1; i < 8; i++) {
        post_aer(h);
    }
    CHECK(got_none(h), "eight wait");
    post_aer(h);
    CHECK_EQ(fake_reap(h, 0).status, 0x105);
    inject_n(h, 3);
    e = fake_reap(h, 0);
    CHECK_EQ(e.cid, first);
    CHECK_EQ(e.dw0, D0_EVENT);
    CHECK(got_none(h), "seven still wait");
    /* Seven rounds more. */
    for (unsigned i = 1; i < 8; i++) {
        drain(h);
        CHECK(got_none(h), "all was read");
        inject_n(h, 2);
        CHECK(got_event(h), "round %u", i);
    }
    drain(h);
    inject_n(h, 1);
    CHECK(got_none(h), "no request is left");
    fake_host_free(h);
}

/* NOTIF-R3: another vendor event, of the same type and another page. */
static void test_other_vendor_event(void)
{
    FakeHost *h = t1_start();
    FakeCqe e;

    post_aer(h);
    post_aer(h);
    ocpn_event(h->c, 7, 0x02, 0xc1);
    inject_n(h, 1);
    e = fake_reap(h, 0);
    CHECK_EQ(e.dw0, 0x00c10207);
    CHECK(got_event(h), "not silenced by the other");
    post_aer(h);
    post_aer(h);
    drain(h);
    ocpn_event(h->c, 7, 0x02, 0xc1);
    fake_run(&h->f);
    CHECK(got_none(h), "C1h was not read");
    inject_n(h, 1);
    CHECK(got_event(h), "D0h was");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "an event waits for its request",     test_event_waits },
    { "an entry is told of once",           test_told_once },
    { "the oldest go if there is no room",  test_overflow },
    { "main may be late",                   test_late_main },
    { "what comes while a host reads",      test_added_while_reading },
    { "a controller reset",                 test_reset },
    { "every kind of reset",                test_kinds_of_reset },
    { "a power cycle",                      test_power_cycle },
    { "a count is read once",               test_killed },
    { "an image that cannot be written",    test_not_stored },
    { "bytes in the image",                 test_image_bytes },
    { "a hostile count",                    test_hostile_count },
    { "as many requests as there can be",   test_limit },
    { "another vendor event",               test_other_vendor_event },
};
OCPN_UNIT_MAIN("notify", tests)
