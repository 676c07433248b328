/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller's state goes into another one that has the same image.
 * Proves: docs/user-guide.rst, "Migration"; specification notes 14, "state,
 * WP, event, features identical".
 */
#include "migrate-unit.h"

/* FAILURE-CASE-21 OCSSD-CASE-197 */
static void test_chunks_and_features(void)
{
    FakeHost *h = t1_start();

    open_chunk(h, A, 8);
    fill(h, B);
    set_dulbe(h);
    CHECK_EQ(fake_set_feature(h, 0xca, 1, 1).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x04, 0, 0x0155).status, 0);
    memset(fake_guest(h, FAKE_BUF), 0, 512);
    fake_guest(h, FAKE_BUF)[0] = 1;     /* Advanced Command Retry */
    CHECK_EQ(fake_set_feature(h, 0x16, 0, 0).status, 0);
    migrate(h);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    CHECK_EQ(fake_get_feature(h, 0x05, 1, 0).dw0, 0x10000);
    CHECK_EQ(fake_get_feature(h, 0xca, 1, 0).dw0, 1);
    CHECK_EQ(fake_get_feature(h, 0x04, 0, 0).dw0, 0x0155);
    CHECK_EQ(fake_get_feature(h, 0x16, 0, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 1);
    CHECK_EQ(r(h, A + 64, 4), 0x287);
    CHECK_EQ(w(h, A + 8, 8), 0);
    CHECK_EQ(r(h, B, 8), 0);
    CHECK(is_block(h, 3, B + 3), "data");
    CHECK_EQ(st(h, IA), ST(OPEN, 16));
    fake_host_free(h);
}

/* OCSSD-CASE-197 */
static void test_event_waits(void)
{
    FakeHost *h = t1_start();

    inject_n(h, 2);
    migrate(h);
    CHECK(got_none(h), "nobody asked");
    post_aer(h);
    CHECK(got_event(h), "the event came along");
    read_d0(h, 1, 0, 4096, 0);
    CHECK(is_entry(h, 0, 1, 0x80, 1, 4, 2, 0), "the oldest");
    CHECK_EQ(nc_of(h, 1), 2);
    CHECK_EQ(nc_of(h, 2), 0);
    inject_n(h, 1);
    read_d0(h, 1, 0, 4096, 0);
    CHECK_EQ(nc_of(h, 0), 3);
    fake_host_free(h);
}

/* An event that was reported stays silent until its page is read. */
static void test_event_masked(void)
{
    FakeHost *h = t1_start();
    uint16_t cid;
    FakeCqe e;

    post_aer(h);
    inject_n(h, 1);
    CHECK(got_event(h), "reported");
    cid = post_aer(h);
    migrate(h);
    inject_n(h, 1);
    CHECK(got_none(h), "the page was not read");
    read_d0(h, 1, 0, 64, 0);
    e = fake_reap(h, 0);
    CHECK(early_events == 1 || (is_event(e) && e.cid == cid), "now it is");
    early_events = 0;
    fake_host_free(h);
}

/* What the host has seen is no news on the other side. */
static void test_event_cleared(void)
{
    FakeHost *h = t1_start();

    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 2).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x04, 0, 0x0010).status, 0);
    post_aer(h);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00020101);
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0);
    post_aer(h);
    migrate(h);
    CHECK(got_none(h), "it was told and read");
    fake_host_free(h);
}

/* Completions that had no room, and the commands behind them. */
static void test_full_ring(void)
{
    FakeHost *h = t1_start();
    uint16_t cid[9];
    FakeCqe e;

    CHECK_EQ(fake_create_pair(h, 2, 4).status, 0);
    for (unsigned i = 0; i < 3; i++) {
        cid[i] = fake_submit(h, 2, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
        fake_run(&h->f);
    }
    for (unsigned i = 3; i < 5; i++) {
        cid[i] = fake_submit(h, 2, &(FakeCmd) { .opc = 0x7f, .nsid = 1 });
        fake_run(&h->f);
    }
    migrate(h);
    for (unsigned i = 0; i < 5; i++) {
        e = fake_reap(h, 2);
        fake_run(&h->f);
        CHECK(e.found, "completion %u", i);
        CHECK_EQ(e.cid, cid[i]);
        CHECK_EQ(e.status, i < 3 ? 0 : 1);
    }
    CHECK(!fake_reap(h, 2).found, "no more");
    /* The log knows the two that failed. */
    CHECK_EQ(fake_get_log(h, 0x01, 0xffffffff, 0, 64).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF), 8), 2);
    fake_host_free(h);
}

/* Commands in the ring that were not taken, and queues in odd places. */
static void test_rings(void)
{
    FakeHost *h = t1_start();
    unsigned n = 0;

    CHECK_EQ(fake_create_pair(h, 3, 5).status, 0);
    for (unsigned i = 0; i < 7; i++) {
        fake_submit(h, 3, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
        fake_run(&h->f);
        CHECK(fake_reap(h, 3).found, "command %u", i);
    }
    ocpn_ctrl_set_running(h->c, false);
    fake_submit(h, 3, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
    fake_submit(h, 3, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
    fake_run(&h->f);
    CHECK(!fake_reap(h, 3).found, "it is stopped");
    migrate(h);
    while (fake_reap(h, 3).found) {
        n++;
    }
    CHECK_EQ(n, 2);
    CHECK_EQ(w(h, A, 8), 0);
    fake_host_free(h);
}

static void test_faults(void)
{
    FakeHost *h = t1_start();
    char was[300], is[300];

    add_fault(h, "early-close grp=0 pu=0 chk=0 after=16 times=1");
    add_fault(h, "read-fail grp=1 ppm=500000 seed=9");
    open_chunk(h, A, 8);
    r(h, E, 4);
    CHECK(ocpn_fault_show(h->c, 0, was, sizeof(was)), "there is a rule");
    migrate(h);
    CHECK(ocpn_fault_show(h->c, 0, is, sizeof(is)), "still");
    CHECK(!strcmp(was, is), "%.150s, was %.150s", is, was);
    CHECK(ocpn_fault_show(h->c, 1, is, sizeof(is)), "the other");
    CHECK(!ocpn_fault_show(h->c, 2, is, sizeof(is)), "no more");
    fake_host_free(h);
}

/* Not enabled: registers only; enabling counts one power cycle, once. */
static void test_off(void)
{
    FakeSetup s = t1();
    FakeHost *h = fake_host_new(&s);

    fake_set_reg(h, 0x24, 0x00070007, 4);
    migrate(h);
    CHECK_EQ(fake_reg(h, 0x24, 4), 0x00070007);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0);
    CHECK(fake_enable(h), "enabled");
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    migrate(h);
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 112, 8), 1);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 144, 8), 0);
    fake_host_free(h);
}

/* What is under way on the medium is waited for. */
static void test_not_settled(void)
{
    FakeHost *h = t1_start();

    h->f.hold = true;
    submit_write(h, 1, A, 8);
    ocpn_ctrl_set_running(h->c, false);
    fake_run(&h->f);
    CHECK(!ocpn_ctrl_settled(h->c), "a write is under way");
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK(ocpn_ctrl_settled(h->c), "it is over");
    migrate(h);
    CHECK(fake_reap(h, 1).found, "and posted");
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    fake_host_free(h);
}

/* Format NVM on the source has changed the superblock. */
static void test_format(void)
{
    FakeSetup setup = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&setup);
    OcpnError err = { "" };

    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 0,
    }).status, 0);
    migrate(h);
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[26] & 0xf, 0);
    memset(h->f.media[1].bytes, 0, 4096);
    memset(h->f.media[1].bytes + 65536, 0, 4096);
    CHECK(!reload_all(h, &err), "there is no superblock");
    fake_host_free(h);
}

/* The drive's image is made anew, of the same shape. */
static void make_another(FakeHost *h)
{
    const OcpnDisk *disk = &h->f.media[1].disk;
    OcpnError err = { "" };
    OcpnImage im;

    CHECK_EQ(ocpn_image_open(&im, disk, &err), OCPN_OPEN_OK);
    im.uuid[0] ^= 0x55;
    CHECK(ocpn_image_create(&im, disk, &err), "%s", err.text);
}

/* A destination whose image is mirrored waits with one of its own. */
static void test_adopt(void)
{
    FakeSetup setup = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&setup);
    FakeMedia *m = &h->f.media[1];
    uint8_t *theirs = malloc(m->size), uuid[16];
    OcpnError err = { "" };
    Saved s = save(h);

    memcpy(theirs, m->bytes, m->size);
    make_another(h);
    power_on_incoming(h);
    ocpn_ns_adopt(ocpn_ns_root(h->c, 1), &m->disk, uuid);
    CHECK(!ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "nothing filled it");
    CHECK(strstr(err.text, "another image"), "%s", err.text);

    power_on_incoming(h);
    memcpy(m->bytes, theirs, m->size);
    CHECK(!ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "it was not looked at");

    make_another(h);
    power_on_incoming(h);
    memcpy(m->bytes, theirs, m->size);
    ocpn_ns_adopt(ocpn_ns_root(h->c, 1), &m->disk, uuid);
    CHECK_EQ(memcmp(uuid, theirs + 32, 16), 0);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    CHECK_EQ(memcmp(fake_guest(h, FAKE_BUF) + 104, uuid, 16), 0);
    free(theirs);
    free(s.bytes);
    fake_host_free(h);
}

/* A completion that has room is posted first: nothing settles before. */
static void test_about_to_post(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd;

    fill(h, A);
    cmd = scalar(h, 0x02, A, 4);
    cmd.mptr = 0;
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    ocpn_ctrl_set_running(h->c, false);
    CHECK_EQ(h->f.nios, 1);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    CHECK(!ocpn_ctrl_settled(h->c), "its completion is not posted");
    h->f.hold = false;
    fake_run(&h->f);
    CHECK(ocpn_ctrl_settled(h->c), "now it is");
    ocpn_ctrl_set_running(h->c, true);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "chunks, features and data", test_chunks_and_features },
    { "an event that nobody has asked for", test_event_waits },
    { "an event that was reported", test_event_masked },
    { "an event that was read", test_event_cleared },
    { "completions that found no room", test_full_ring },
    { "commands that were not taken", test_rings },
    { "faults with their counts", test_faults },
    { "a controller that is off", test_off },
    { "what is under way is waited for", test_not_settled },
    { "an image that was formatted", test_format },
    { "an image that was filled while it waited", test_adopt },
    { "a completion that is about to be posted", test_about_to_post },
};
OCPN_UNIT_MAIN("migrate", tests)
