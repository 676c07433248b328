/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/fault-injection.rst: rules of commands, and what the host sees
 * of them.  The drive is conventional, and no OCP drive.
 */
#include "fault-unit.h"

#define MSEC    UINT64_C(1000000)

enum { WRITE_CMD = 1, READ_CMD = 2 };

static FakeHost *start(void)
{
    return fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) },
    });
}

static FakeCmd command(FakeHost *h, uint8_t opc, uint32_t nsid, uint64_t lba,
                       uint32_t n)
{
    FakeCmd cmd = { .opc = opc, .nsid = nsid, .cdw10 = (uint32_t)lba,
                    .cdw11 = (uint32_t)(lba >> 32), .cdw12 = n - 1 };

    fake_prp(h, &cmd, FAKE_BUF, n * 4096);
    return cmd;
}

static FakeCqe io(FakeHost *h, uint8_t opc, uint32_t nsid, uint64_t lba,
                  uint32_t n)
{
    FakeCmd cmd = command(h, opc, nsid, lba, n);

    return fake_io(h, &cmd);
}

static uint16_t read_one(FakeHost *h)
{
    return io(h, READ_CMD, 1, 0, 1).status;
}

/* Of the newest entry of page 01h: SQID, status, location. */
static void check_log(FakeHost *h, uint64_t sqid, uint64_t status)
{
    const uint8_t *e = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_get_log(h, 0x01, 0xffffffff, 0, 64).status, 0);
    CHECK_EQ(bytes_at(e + 8, 2), sqid);
    CHECK_EQ(bytes_at(e + 12, 2) >> 1 & 0x7ff, status);
    CHECK_EQ(bytes_at(e + 14, 2), 0xffff);
}

static void test_status(void)
{
    FakeHost *h = start();
    FakeCqe e;

    fault(h, "status opcode=2 status=0x281 after=1 times=2");
    CHECK_EQ(read_one(h), 0);
    e = io(h, READ_CMD, 1, 0, 1);
    CHECK_EQ(e.status, 0x281);
    CHECK_EQ(e.dnr, true);
    CHECK_EQ(io(h, WRITE_CMD, 1, 0, 1).status, 0);
    CHECK_EQ(read_one(h), 0x281);
    CHECK_EQ(read_one(h), 0);
    CHECK_COUNTS(h, "chances 3, fired 2");      /* used up, and still there */
    check_log(h, 1, 0x281);
    CHECK_EQ(media_errors(h), 2);
    ocpn_fault_clear(h->c);
    /* before anything of the command is looked at */
    fault(h, "status opcode=0x7f status=0x004");
    CHECK_EQ(io(h, 0x7f, 9, 0, 1).status, 0x004);
    CHECK_EQ(io(h, 0x7f, 9, 0, 1).status, 0x001);
    fault(h, "status lid=2 status=0x109");
    CHECK_EQ(fake_get_log(h, 0x03, 0xffffffff, 0, 512).status, 0);
    CHECK_EQ(read_one(h), 0);                   /* I/O 02h */
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0x109);
    check_log(h, 0, 0x109);
    fault(h, "status fid=7 opcode=0x0a status=0x10d");
    CHECK_EQ(fake_set_feature(h, 7, 0, 0).status, 0x00c);
    CHECK_EQ(fake_get_feature(h, 4, 0, 0).status, 0);
    CHECK_EQ(fake_get_feature(h, 7, 0, 0).status, 0x10d);
    fake_host_free(h);
}

static void test_fail(void)
{
    FakeHost *h = start();
    unsigned reads = h->f.media[1].reads;

    fault(h, "fail times=0");
    CHECK_EQ(read_one(h), 0x281);
    CHECK_EQ(h->f.media[1].reads, reads);
    CHECK_EQ(io(h, WRITE_CMD, 1, 0, 1).status, 0x006);
    CHECK_EQ(io(h, 0x00, 0xffffffff, 0, 1).status, 0x006);
    CHECK_EQ(io(h, READ_CMD, 9, 0, 1).status, 0x00b);   /* never begins */
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);         /* no I/O */
    CHECK_COUNTS(h, "chances 3, fired 3");
    ocpn_fault_clear(h->c);
    fault(h, "fail queue=admin ppm=1000000");
    CHECK_EQ(read_one(h), 0);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, false);             /* waits for events */
    CHECK_EQ(fake_identify(h, 1, 0).status, 0x006);
    fault(h, "fail queue=admin opcode=0x0c");
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x0c }).status, 0x006);
    fake_host_free(h);
}

/* Where: namespaces, and LBAs that a command names itself. */
static void test_where(void)
{
    static const struct {
        const char *text;
        uint8_t  opc;
        uint32_t nsid;
        uint64_t lba;
        uint32_t n;
        uint16_t status;
    } t[] = {
        { "fail ns=2", READ_CMD, 1, 0, 1, 0 },
        { "fail ns=2", READ_CMD, 2, 0, 1, 0x281 },
        { "fail lba=8-15", READ_CMD, 1, 7, 1, 0 },
        { "fail lba=8-15", READ_CMD, 1, 7, 2, 0x281 },
        { "fail lba=8-15", READ_CMD, 1, 15, 1, 0x281 },
        { "fail lba=8-15", READ_CMD, 1, 16, 1, 0 },
        { "fail lba=8-15", WRITE_CMD, 1, 0, 9, 0x006 },
        { "fail lba=8-15 ns=2", WRITE_CMD, 1, 8, 1, 0 },
        { "fail lba=8-15 opcode=1", READ_CMD, 1, 8, 1, 0 },
        { "fail lba=0", 0x00, 1, 0, 1, 0 },             /* a flush has none */
        { "fail lba=0", 0x08, 1, 0, 1, 0x006 },         /* Write Zeroes */
        /* not over the end */
        { "status lba=0 status=6", READ_CMD, 1, UINT64_MAX, 2, 0x080 },
        { "status lba=0xffffffffffffffff status=6", READ_CMD, 1,
          UINT64_MAX - 1, 2, 0x006 },
        { "status lba=0xffffffffffffffff status=6", READ_CMD, 1,
          UINT64_MAX, 2, 0x006 },
        { "status lba=0xfffffffffffffff0-0xfffffffffffffffe status=6",
          READ_CMD, 1, UINT64_MAX - 1, 9, 0x006 },
    };
    FakeHost *h = start();

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        uint16_t status;

        fault(h, t[i].text);
        status = io(h, t[i].opc, t[i].nsid, t[i].lba, t[i].n).status;
        CHECK(status == t[i].status, "%zu: %x", i, status);
        ocpn_fault_clear(h->c);
    }
    fake_host_free(h);
}

static void test_refused(void)
{
    FakeHost *h = start();
    OcpnFaultRule rule;
    OcpnError err;

    CHECK_EQ(ocpn_fault_parse("fail ns=3", &rule, &err), true);
    CHECK_EQ(ocpn_fault_add(h->c, &rule, &err), 0);
    CHECK_HAS(err.text, "ns=3 is no namespace");
    CHECK_EQ(ocpn_fault_parse("read-fail", &rule, &err), true);
    CHECK_EQ(ocpn_fault_add(h->c, &rule, &err), 0);
    CHECK_HAS(err.text, "no open-channel namespace");
    fake_host_free(h);
}

/* It never completes, until the host gives it up. */
static void test_timeout(void)
{
    FakeHost *h = start();
    FakeCmd cmd = command(h, READ_CMD, 1, 0, 1);
    uint16_t cid;
    FakeCqe e;

    fault(h, "timeout opcode=2");
    cid = fake_submit(h, 1, &cmd);
    fake_advance(&h->f, 100000 * MSEC);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    CHECK_EQ(read_one(h), 0);
    e = fake_admin(h, &(FakeCmd) { .opc = 0x08,
                                   .cdw10 = (uint32_t)cid << 16 | 1 });
    CHECK_EQ(e.dw0 & 1, 0);
    e = fake_reap(h, 1);
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, 0x007);
    fault(h, "timeout");
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(read_one(h), 0);
    fake_host_free(h);
}

/* How long a read takes, in ms. */
static uint64_t takes(FakeHost *h)
{
    FakeCmd cmd = command(h, READ_CMD, 1, 0, 1);
    uint64_t from = h->f.now;

    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    while (!fake_reap(h, 1).found && h->f.now - from < 2000 * MSEC) {
        fake_advance(&h->f, MSEC);
    }
    return (h->f.now - from) / MSEC;
}

/* FAILURE-CASE-17 */
static void test_latency(void)
{
    static const char *const rule[] = {
        "random-latency ms=50 times=0", "random-latency ms=50 times=0",
        "random-latency ms=50 times=0 seed=9",
    };
    uint64_t ms[3][16];
    FakeHost *h = start();

    fault(h, "latency ms=70");
    CHECK_EQ(takes(h), 70);
    CHECK_EQ(takes(h), 0);
    fault(h, "latency");
    CHECK_EQ(takes(h), 1000);
    fault(h, "status opcode=2 status=0x281 ms=20");
    CHECK_EQ(takes(h), 20);
    fake_host_free(h);
    for (unsigned run = 0; run < 3; run++) {
        h = start();
        fault(h, rule[run]);
        for (unsigned i = 0; i < 16; i++) {
            ms[run][i] = takes(h);
            CHECK(ms[run][i] >= 1 && ms[run][i] <= 50, "%u", i);
        }
        fake_host_free(h);
    }
    CHECK_EQ(memcmp(ms[0], ms[1], sizeof(ms[0])), 0);
    CHECK(memcmp(ms[0], ms[2], sizeof(ms[0])), "another seed");
}

/* One read in four, the same ones in every run of one seed. */
static void test_dice(void)
{
    static const char *const rule[] = {
        "fail ppm=250000 times=0 seed=5", "fail ppm=250000 times=0 seed=5",
        "fail ppm=250000 times=0 seed=6",
    };
    bool failed[3][400];

    for (unsigned run = 0; run < 3; run++) {
        FakeHost *h = start();
        unsigned n = 0;

        fault(h, rule[run]);
        for (unsigned i = 0; i < 400; i++) {
            failed[run][i] = read_one(h) == 0x281;
            n += failed[run][i];
        }
        CHECK(n > 60 && n < 140, "%u of 400", n);
        fake_host_free(h);
    }
    CHECK_EQ(memcmp(failed[0], failed[1], sizeof(failed[0])), 0);
    CHECK(memcmp(failed[0], failed[2], sizeof(failed[0])), "another seed");
}

/* Vector Chunk Read of N blocks: 3, or 0 and what follows. */
static FakeCqe vector_read(FakeHost *h, unsigned n)
{
    FakeCmd cmd = { .opc = 0x92, .nsid = 1, .cdw10 = n > 1 ? LIST : 3,
                    .cdw12 = n - 1 };

    for (unsigned i = 0; i < n; i++) {
        put_bytes_at(fake_guest(h, LIST) + 8 * i, 8, i);
    }
    fake_prp(h, &cmd, FAKE_BUF, n * 4096);
    return fake_io(h, &cmd);
}

/* Reads of chunks: as read-fail, for all that the command names. */
static void test_chunks(void)
{
    FakeHost *h = t1_start();

    fault(h, "fail opcode=2 lba=1");
    CHECK_EQ(r(h, 2, 1), 0);
    CHECK_EQ(r(h, 0, 4), 0x281);
    CHECK_EQ(r(h, 0, 4), 0);
    fault(h, "fail opcode=0x92 times=0 ns=1");
    CHECK_EQ(vector_read(h, 4).dw0, 0xf);       /* all of them failed */
    CHECK_EQ(vector_read(h, 1).dw0, 0x1);
    CHECK_EQ(vector_read(h, 1).status, 0x281);
    ocpn_fault_clear(h->c);
    /* a list is not looked at; a block of its own is */
    fault(h, "fail opcode=0x92 lba=3 times=0");
    CHECK_EQ(vector_read(h, 4).status, 0);
    CHECK_EQ(vector_read(h, 1).status, 0x281);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "statuses",                       test_status },
    { "commands that fail",             test_fail },
    { "where",                          test_where },
    { "what there is not",              test_refused },
    { "commands that never complete",   test_timeout },
    { "commands that are late",         test_latency },
    { "dice",                           test_dice },
    { "open-channel namespaces",        test_chunks },
};
OCPN_UNIT_MAIN("faults, commands", tests)
