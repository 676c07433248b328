/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCSSD 2.0, "Chunk Notification Log Page" (LID D0h), how it is read:
 * specification notes 5.2 and 5.3, NOTIF-R2, R5 to R7.
 */
#include "notify-unit.h"

static void test_nothing_pending(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-174 */
    CHECK(fake_all(read_d0(h, 1, 0, 1024, 0), 0, 1024), "zeros");
    CHECK(fake_all(read_d0(h, 0, 0, 4096, 0), 0, 4096), "zeros");
    fake_host_free(h);
}

static void test_one_entry(void)
{
    FakeHost *h = t1_start();

    post_aer(h);
    CHECK(got_none(h), "no event yet");
    /* OCSSD-CASE-175 */
    inject(h, "state=high mask=chunk lba=0x80");
    CHECK(got_event(h), "an event");
    /* OCSSD-CASE-176 */
    read_d0(h, 1, 0, 64, 0);
    CHECK(is_entry(h, 0, 1, 0x80, 1, 0x0004, 0x02, 0), "its bytes");
    /* OCSSD-CASE-177 */
    CHECK(fake_all(read_d0(h, 1, 0, 64, 0), 0, 64), "gone");
    post_aer(h);
    CHECK(got_none(h), "nothing more to tell");
    fake_host_free(h);
}

/* All fields an entry can have. */
static void test_fields(void)
{
    FakeHost *h = t1_start();

    inject(h, "state=low mask=block lba=0x1a5f");
    inject(h, "state=medium mask=chunk lba=0x1a00");
    inject(h, "state=unrecoverable mask=pu lba=0x1800");
    inject(h, "state=refreshed mask=pu lba=0");
    inject(h, "state=wli mask=chunk lba=0x400");
    /* OCSSD-CASE-184 */
    inject(h, "state=high mask=block lba=8 nlb=8");
    read_d0(h, 1, 0, 7 * 64, 0);
    CHECK(is_entry(h, 0, 1, 0x1a5f, 1, 0x0001, 0x01, 0), "low, block");
    CHECK(is_entry(h, 1, 2, 0x1a00, 1, 0x0002, 0x02, 0), "medium, chunk");
    CHECK(is_entry(h, 2, 3, 0x1800, 1, 0x0008, 0x04, 0), "lost, PU");
    CHECK(is_entry(h, 3, 4, 0, 1, 0x0010, 0x04, 0), "refreshed, PU");
    CHECK(is_entry(h, 4, 5, 0x400, 1, 0x0100, 0x02, 0), "wear");
    CHECK(is_entry(h, 5, 6, 8, 1, 0x0004, 0x01, 7), "blocks");
    CHECK(is_entry(h, 6, 0, 0, 0, 0, 0, 0), "zeros");
    fake_host_free(h);
}

static void test_looking_takes_nothing(void)
{
    FakeHost *h = t1_start();

    post_aer(h);
    inject(h, "state=high mask=chunk lba=0x80");
    CHECK(got_event(h), "an event");
    post_aer(h);
    /* OCSSD-CASE-178 */
    for (unsigned i = 0; i < 2; i++) {
        read_d0(h, 1, 0, 128, RAE);
        CHECK(is_entry(h, 0, 1, 0x80, 1, 4, 2, 0), "still there");
        CHECK(is_entry(h, 1, 0, 0, 0, 0, 0, 0), "and nothing else");
        CHECK(got_none(h), "and no event");
    }
    /* What comes now is news, but the host has not answered the first. */
    inject(h, "state=high mask=chunk lba=0x80");
    CHECK(got_none(h), "one event until it is read");
    fake_host_free(h);
}

static void test_parts_take_nothing(void)
{
    FakeHost *h = t1_start();

    post_aer(h);
    inject(h, "state=low mask=chunk lba=0");
    inject(h, "state=high mask=chunk lba=0x80");
    CHECK(got_event(h), "an event");
    post_aer(h);
    /* OCSSD-CASE-186 NOTIF-R6 */
    read_d0(h, 1, 64, 64, 0);
    CHECK(is_entry(h, 0, 2, 0x80, 1, 4, 2, 0), "the second");
    CHECK(got_none(h), "not cleared, so not raised again");
    /* Bytes are bytes: from the middle of one into the next. */
    read_d0(h, 1, 56, 16, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 8, 8), 2);
    inject(h, "state=low mask=chunk lba=0");
    CHECK(got_none(h), "the first event still counts");
    /* Part of an entry is not the entry, but the event is answered. */
    read_d0(h, 1, 0, 60, 0);
    CHECK_EQ(nc_of(h, 0), 1);
    CHECK(got_event(h), "three remain");
    read_d0(h, 1, 0, 124, 0);
    CHECK_EQ(nc_of(h, 0), 1);
    post_aer(h);
    CHECK(got_event(h), "two remain");
    read_d0(h, 1, 0, 4096, 0);
    CHECK_EQ(nc_of(h, 0), 2);
    CHECK_EQ(nc_of(h, 1), 3);
    CHECK_EQ(nc_of(h, 2), 0);
    fake_host_free(h);
}

static void test_three(void)
{
    FakeHost *h = t1_start();

    post_aer(h);
    post_aer(h);
    /* OCSSD-CASE-179 */
    inject_n(h, 3);
    CHECK(got_event(h), "an event");
    CHECK(got_none(h), "only one");
    read_d0(h, 1, 0, 192, 0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(nc_of(h, i), i + 1);
    }
    CHECK(got_none(h), "all is read");
    fake_host_free(h);
}

static void test_some_remain(void)
{
    FakeHost *h = t1_start();

    inject_n(h, 2);
    post_aer(h);
    CHECK(got_event(h), "an event");
    post_aer(h);
    /* OCSSD-CASE-180 NOTIF-R2 */
    read_d0(h, 1, 0, 64, 0);
    CHECK(is_entry(h, 0, 1, 0x80, 1, 4, 2, 0), "the first");
    CHECK(got_event(h), "one remains");
    CHECK(got_none(h), "and nothing else");
    read_d0(h, 1, 0, 128, 0);
    CHECK(is_entry(h, 0, 2, 0x80, 1, 4, 2, 0), "the second");
    CHECK_EQ(nc_of(h, 1), 0);
    fake_host_free(h);
}

static void test_ranges(void)
{
    FakeHost *h = t1_start();
    FakeCqe e;

    inject_n(h, 2);
    /* OCSSD-CASE-187 NOTIF-R7 */
    e = ask_d0(h, 1, 4100, 64, 0);
    CHECK_EQ(e.status, 0x002);
    CHECK_EQ(e.dnr, true);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 0xee);
    CHECK_EQ(ask_d0(h, 1, 2, 64, 0).status, 0x002);
    CHECK_EQ(ask_d0(h, 1, UINT64_C(1) << 32, 64, 0).status, 0x002);
    CHECK_EQ(ask_d0(h, 1, UINT64_MAX - 3, 64, 0).status, 0x002);
    /* Peer: the end itself, and lengths behind it. */
    CHECK(fake_all(read_d0(h, 1, 4096, 64, 0), 0, 64), "zeros");
    CHECK_EQ(ask_d0(h, 1, 0, 512 * 1024 + 4, 0).status, 0x002);
    read_d0(h, 1, 0, 512 * 1024, 0);
    CHECK_EQ(nc_of(h, 1), 2);
    CHECK(fake_all(fake_guest(h, FAKE_BUF) + 128, 0, 512 * 1024 - 128),
          "zeros");
    fake_host_free(h);
}

/* Nothing is lost that the host did not get. */
static void test_failed_read(void)
{
    FakeHost *h = t1_start();

    post_aer(h);
    inject_n(h, 1);
    CHECK(got_event(h), "an event");
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_MMIO, .cdw10 = 0x000f00d0,
    }).status, 0x004);
    post_aer(h);
    inject_n(h, 1);
    CHECK(got_none(h), "the first event is not cleared");
    read_d0(h, 1, 0, 128, 0);
    CHECK_EQ(nc_of(h, 0), 1);
    CHECK_EQ(nc_of(h, 1), 2);
    fake_host_free(h);
}

static void test_namespaces(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[1] = (FakeNs) FAKE_T1;
    s.ns[1].cfg.nsid = 2;
    s.ns[2] = (FakeNs) FAKE_CONVENTIONAL(3);
    h = fake_host_start(&s);
    post_aer(h);
    /* OCSSD-CASE-183 NOTIF-R5 */
    inject(h, "ns=2 state=high mask=chunk lba=0x80");
    CHECK(got_event(h), "an event");
    CHECK(fake_all(read_d0(h, 1, 0, 1024, 0), 0, 1024), "not of NSID 1");
    post_aer(h);
    CHECK(got_event(h), "read, but one remains");
    read_d0(h, 0xffffffff, 0, 64, RAE);
    CHECK(is_entry(h, 0, 1, 0x80, 2, 4, 2, 0), "of all");
    read_d0(h, 0, 0, 64, RAE);
    CHECK(is_entry(h, 0, 1, 0x80, 2, 4, 2, 0), "of all");
    /* One of each, then NSID 1's is taken from between the others. */
    inject(h, "ns=1 state=low mask=chunk lba=0");
    inject(h, "ns=2 state=low mask=chunk lba=0x400");
    read_d0(h, 1, 0, 128, 0);
    CHECK(is_entry(h, 0, 2, 0, 1, 1, 2, 0), "the only one");
    CHECK_EQ(nc_of(h, 1), 0);
    read_d0(h, 2, 0, 64, 0);
    CHECK_EQ(nc_of(h, 0), 1);
    read_d0(h, 0, 0, 128, 0);
    CHECK(is_entry(h, 0, 3, 0x400, 2, 1, 2, 0), "the last");
    CHECK_EQ(nc_of(h, 1), 0);
    /* Not active, without chunks, none at all. */
    CHECK_EQ(ask_d0(h, 4, 0, 64, 0).status, 0x00b);
    CHECK_EQ(ask_d0(h, 3, 0, 64, 0).status, 0x00b);
    CHECK_EQ(ask_d0(h, 33, 0, 64, 0).status, 0x00b);
    CHECK_EQ(ask_d0(h, 0xfffffffe, 0, 64, 0).status, 0x00b);
    fake_host_free(h);
}

/* The page is there if there are chunks, and nowhere else. */
static void test_where_it_is(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&s);

    CHECK_EQ(ask_d0(h, 1, 0, 64, 0).status, 0x109);
    CHECK_EQ(ask_d0(h, 0, 0, 64, 0).status, 0x109);
    CHECK_EQ(fake_get_log(h, 0x00, 0, 0, 1024).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * 0xd0, 4), 0);
    fake_host_free(h);

    h = t1_start();
    CHECK_EQ(fake_get_log(h, 0x00, 0, 0, 1024).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * 0xd0, 4), 1);
    /* UUID index 1 names the OCP space, where it is not. */
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF, .cdw10 = 0x000f00d0,
        .cdw14 = 1,
    }).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "nothing pending",                 test_nothing_pending },
    { "one entry",                       test_one_entry },
    { "all fields",                      test_fields },
    { "looking takes nothing",           test_looking_takes_nothing },
    { "reading parts takes nothing",     test_parts_take_nothing },
    { "three entries, one event",        test_three },
    { "what remains is told of again",   test_some_remain },
    { "offsets and lengths",             test_ranges },
    { "a failed read takes nothing",     test_failed_read },
    { "namespaces",                      test_namespaces },
    { "only where there are chunks",     test_where_it_is },
};
OCPN_UNIT_MAIN("log D0h", tests)
