/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power that fails after so many writes, and takes the last ones with it.
 * Proves: docs/ocp.rst, "Power cuts"; OCP Datacenter NVMe SSD, INCS-4.
 */
#include "power-cut-unit.h"

static void refused(void)
{
    static const char *const t[][2] = {
        { "", "give after-writes=" },
        { "later", "not 'later'" },
        { "drop-last=1", "give after-writes=" },
        { "after-writes=0", "1" },
        { "after-writes=4294967296", "4294967295" },
        { "after-writes=many", "many" },
        { "after-writes=100 drop-last=65", "64" },
        { "after-writes=2 drop-last=3", "more than after-writes=2" },
        { "after-writes=2 after-writes=3", "each once" },
        { "after-writes=2 lose=3", "not 'lose'" },
        { "now drop-last=3", "not 'now'" },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        act_refused(h, "power-cut", t[i][0], t[i][1]);
        CHECK_EQ(armed(h, "power-cut", 0)[0], 0);
    }
    fake_host_free(h);
}

static void loses(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(put(h, 8, 1), 0);
    act(h, "power-cut", "after-writes=3 drop-last=2");
    CHECK_HAS(armed(h, "power-cut", 0), "after-writes=3 drop-last=2");
    CHECK_EQ(put(h, 9, 2), 0);
    CHECK_EQ(got(h, 9), 2);                             /* no write */
    CHECK_EQ(smart_io(h, 0x01, 40000, 1), 0x80);        /* it fails */
    CHECK_HAS(armed(h, "power-cut", 0), "after-writes=2 drop-last=2");
    CHECK_EQ(put(h, 8, 3), 0);
    CHECK_EQ(put(h, 20, 4), 0);
    come_back(h);
    counted(h, 1, 1);
    go_on(h);
    CHECK_EQ(got(h, 9), 2);
    CHECK_EQ(smart_io(h, 0x02, 8, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 20, 1), LOST);
    CHECK_EQ(got(h, 21), 0);
    fake_host_restart(h, true);
    CHECK_EQ(smart_io(h, 0x02, 8, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 20, 1), LOST);
    CHECK_EQ(put(h, 20, 5), 0);
    CHECK_EQ(got(h, 20), 5);
    counted(h, 1, 1);
    fake_host_free(h);
}

/* Power goes, and nothing with it. */
static void loses_nothing(void)
{
    static const char *const t[] = {
        "after-writes=2", "drop-last=0 after-writes=2",
        "after-writes=2 drop-last=1",
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCmd cmd = { .opc = 0x01, .nsid = 1, .cdw10 = 30, .cdw12 = FUA };

        act(h, "power-cut", t[i]);
        CHECK_EQ(put(h, 8, 3), 0);
        fake_prp(h, &cmd, FAKE_BUF + 0x10000, 512);
        CHECK_EQ(fake_io(h, &cmd).status, 0);           /* on the medium */
        come_back(h);
        counted(h, i + 1, 0);
        CHECK_EQ(got(h, 8), 3);
        CHECK_EQ(got(h, 30), 3);
    }
    fake_host_free(h);
}

/* What is armed can be armed anew, and taken back; "now" loses nothing. */
static void armed_again(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "power-cut", "after-writes=1 drop-last=1");
    act(h, "power-cut", "clear");
    CHECK_EQ(put(h, 8, 3), 0);
    CHECK_EQ(got(h, 8), 3);
    act(h, "power-cut", "after-writes=1 drop-last=1");
    act(h, "power-cut", "after-writes=3 drop-last=3");
    CHECK_EQ(put(h, 8, 4), 0);
    act(h, "power-cut", "now");
    come_back(h);
    counted(h, 1, 0);
    CHECK_EQ(got(h, 8), 4);
    fake_host_free(h);
}

/* The last write is done, and main has not heard of it yet. */
static FakeHost *due(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "power-cut", "after-writes=1 drop-last=1");
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1, .cdw10 = 8,
                                   .prp1 = FAKE_BUF });
    CHECK_EQ(ocpn_cq_run(h->c, 1), false);
    return h;
}

/* What is taken back then does not come, and holds nothing. */
static void too_late(void)
{
    static const char *const t[][2] = {
        { "clear", "" },
        { "after-writes=9 drop-last=1", "after-writes=8 drop-last=1" },
    };

    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = due();

        act(h, "power-cut", t[i][0]);
        fake_run(&h->f);
        CHECK_EQ(fake_reap(h, 1).status, 0);
        CHECK_EQ(put(h, 9, 1), 0);
        CHECK_HAS(armed(h, "power-cut", 0), t[i][1]);
        counted(h, 0, 0);
        fake_host_free(h);
    }
}

/* Copies are writes, to where they go; formatted blocks are no loss. */
static void copies(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint8_t *range = fake_guest(h, FAKE_BUF);

    CHECK_EQ(put(h, 8, 3), 0);
    act(h, "power-cut", "after-writes=1 drop-last=1");
    memset(range, 0, 32);
    put_bytes_at(range + 8, 8, 8);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x19, .nsid = 1, .cdw10 = 100,
                                     .prp1 = FAKE_BUF }).status, 0);
    come_back(h);
    go_on(h);
    CHECK_EQ(got(h, 8), 3);
    CHECK_EQ(smart_io(h, 0x02, 100, 1), LOST);
    act(h, "power-cut", "after-writes=2 drop-last=2");
    CHECK_EQ(put(h, 8, 3), 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1,
                                        .cdw10 = 1 << 9 }).status, 0);
    CHECK_EQ(put(h, 9, 3), 0);
    come_back(h);
    go_on(h);
    CHECK_EQ(got(h, 8), 0);
    CHECK_EQ(smart_io(h, 0x02, 9, 1), LOST);
    fake_host_free(h);
}

/* Many are under way: none is answered twice, none is forgotten. */
static void many(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    unsigned lost = 0, done = 0;

    act(h, "power-cut", "after-writes=5 drop-last=5");
    for (unsigned i = 0; i < 40; i++) {
        fake_queue(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1, .cdw10 = i,
                                      .prp1 = FAKE_BUF });
    }
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1, .cdw10 = 40,
                                   .prp1 = FAKE_BUF });
    fake_run(&h->f);
    while (fake_reap(h, 1).found) {
        done++;
    }
    CU_ASSERT(done <= 41);
    come_back(h);
    go_on(h);
    for (unsigned i = 0; i < 41; i++) {
        lost += smart_io(h, 0x02, i, 1) == LOST;
    }
    CHECK_EQ(lost, 5);
    fake_host_free(h);
}

static unsigned state(FakeHost *h, unsigned index)
{
    CHECK_EQ(fake_get_log(h, 0xca, 1, index * 32, 32).status, 0);
    return *fake_guest(h, FAKE_BUF);
}

/* Open chunks go back; one that a write has filled keeps it all. */
static void open_channel(void)
{
    FakeHost *h = chunks();

    write_chunk(h, 0, 24);
    act(h, "power-cut", "after-writes=6 drop-last=5");
    write_chunk(h, 24, 8);                  /* chunk 0 */
    write_chunk(h, 32, 8);
    write_chunk(h, 128, 24);                /* chunk 1 */
    write_chunk(h, 40, 4);
    write_chunk(h, 256, 96);                /* chunk 2, to its end */
    write_chunk(h, 152, 4);
    come_back(h);
    counted(h, 1, 1);
    CHECK_EQ(state(h, 0), 0x04);
    CHECK_EQ(pointer(h, 0), 32);
    CHECK_EQ(state(h, 1), 0x01);
    CHECK_EQ(pointer(h, 1), 0);
    CHECK_EQ(state(h, 2), 0x02);
    CHECK_EQ(pointer(h, 2), 96);
    fake_host_restart(h, true);
    CHECK_EQ(pointer(h, 0), 32);
    CHECK_EQ(state(h, 1), 0x01);
    smart_knob(h, "panic", "0");
    write_chunk(h, 32, 8);
    CHECK_EQ(pointer(h, 0), 40);
    fake_host_free(h);
}

/* A vector write, to two chunks. */
static void vectors(void)
{
    FakeHost *h = chunks();
    uint8_t *list = fake_guest(h, FAKE_BUF);
    FakeCmd cmd = { .opc = 0x91, .nsid = 1, .cdw12 = 7 };

    act(h, "power-cut", "after-writes=1 drop-last=1");
    for (unsigned i = 0; i < 8; i++) {
        put_bytes_at(list + 8 * i, 8, i / 4 * 128 + i % 4);
    }
    put_bytes_at(&cmd.cdw10, 4, FAKE_BUF);
    fake_prp(h, &cmd, FAKE_BUF + 0x10000, 8 * 4096);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    come_back(h);
    counted(h, 1, 1);
    CHECK_EQ(state(h, 0), 0x01);
    CHECK_EQ(state(h, 1), 0x01);
    fake_host_free(h);
}

static void migrates(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "power-cut", "after-writes=3 drop-last=2");
    CHECK_EQ(put(h, 8, 1), 0);
    CHECK_EQ(put(h, 9, 2), 0);
    migrate(h);
    CHECK_HAS(armed(h, "power-cut", 0), "after-writes=1 drop-last=2");
    CHECK_EQ(put(h, 10, 3), 0);
    come_back(h);
    go_on(h);
    CHECK_EQ(got(h, 8), 1);
    CHECK_EQ(smart_io(h, 0x02, 9, 1), LOST);
    CHECK_EQ(smart_io(h, 0x02, 10, 1), LOST);
    fake_host_free(h);
}

/* A saved state that cannot be: part KIND with BYTE at AT. */
static void spoilt(void)
{
    static const struct {
        unsigned kind, at, byte;
        const char *why;
    } t[] = {
        { 19, 0, 0, "a power cut after 0 writes" },
        { 19, 4, 65, "loses 65" },
        { 19, 12, 4, "a power cut of a kind 0x4 cannot be" },
        { 19, 12, 0xff, "a kind 0xff " }, { 19, 13, 3, "a kind 0x300 " },
        { 19, 13, 0xff, "a kind 0xff00 " },
        { 19, 12, 3, "" }, { 19, 13, 2, "" }, { 19, 15, 0xff, "" },
        { 20, 0, 77, "" }, { 20, 8, 0, "" }, { 20, 23, 0xff, "" },
        { 20, 15, 0xff, "" },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = smart_drive(OCP_2_5);
        OcpnError err = { "" };
        uint8_t *p;
        Saved s;

        act(h, "power-cut", "after-writes=2 drop-last=1");
        CHECK_EQ(put(h, 8, 1), 0);
        s = save(h);
        p = s.bytes;
        while (bytes_at(p, 2) != t[i].kind) {
            p += 8 + bytes_at(p + 4, 4);
        }
        p[8 + t[i].at] = (uint8_t)t[i].byte;
        power_on_incoming(h);
        CHECK_EQ(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), !t[i].why[0]);
        CHECK_HAS(err.text, t[i].why);
        CU_ASSERT(reload_all(h, &err));
        ocpn_ctrl_set_running(h->c, true);
        fake_run(&h->f);
        if (!t[i].why[0]) {
            CHECK_EQ(put(h, 9, 1), 0);
            come_back(h);
            counted(h, 1, 1);           /* the last one is lost, at least */
        }
        free(s.bytes);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "what cannot be is said", refused },
    { "the last writes are lost", loses },
    { "nothing is lost", loses_nothing },
    { "armed again", armed_again },
    { "armed again when it is due", too_late },
    { "copies, and Format", copies },
    { "many at once", many },
    { "chunks", open_channel },
    { "vectors", vectors },
    { "it migrates", migrates },
    { "spoilt states", spoilt },
};
OCPN_UNIT_MAIN("power-cut", tests)
