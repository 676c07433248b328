/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare and Write, where fault rules meet either command.
 * Proves: docs/fault-injection.rst; NVMe Base 2.0, "Fused Operations"; OCP
 * Datacenter NVMe SSD, ERRI-6.
 */
#include "fault-unit.h"
#include "action-unit.h"
#include "hw/ocp-nvme/core/inject.h"

#define NEW     (FAKE_BUF + 0x10000)        /* what the write writes */
#define MSEC    UINT64_C(1000000)

enum { WRITE = 1, READ = 2, COMPARE = 5 };
enum { FUSED_FIRST = 1, FUSED_SECOND = 2 };

static FakeHost *start(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_7, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    memset(fake_guest(h, NEW), 0x22, 4096);
    return h;
}

static FakeCmd block(uint8_t opc, uint8_t flags, uint64_t from)
{
    return (FakeCmd) { .opc = opc, .flags = flags, .nsid = 1, .prp1 = from };
}

/* The pair compares block 0 with zeros; the CID of its first command. */
static uint16_t submit_pair(FakeHost *h, uint16_t qid)
{
    FakeCmd a = block(COMPARE, FUSED_FIRST, FAKE_BUF);
    FakeCmd b = block(WRITE, FUSED_SECOND, NEW);
    uint16_t cid = fake_queue(h, qid, &a);

    fake_submit(h, qid, &b);
    fake_run(&h->f);
    return cid;
}

static void check_free(FakeHost *h)
{
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    CHECK_EQ(atomic_load(&ocpn_ns_get(h->c, 1)->fusing), false);
}

/* Both at once; their statuses, in this order. */
static void pair(FakeHost *h, uint16_t first, uint16_t second)
{
    uint16_t cid = submit_pair(h, 1);
    FakeCqe e = fake_reap(h, 1);

    CHECK_EQ(e.found, true);
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, first);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found, true);
    CHECK_EQ(e.status, second);
    check_free(h);
}

/* What block 0 begins with. */
static uint8_t stored(FakeHost *h)
{
    FakeCmd cmd = block(READ, 0, FAKE_BUF + 0x30000);

    CHECK_EQ(fake_io(h, &cmd).status, 0);
    return *fake_guest(h, FAKE_BUF + 0x30000);
}

/* The first fails, and the second is not done; the second fails alone. */
static void failures(void)
{
    static const struct {
        const char *action, *text;      /* NULL: a rule */
        uint16_t first, second;
    } t[] = {
        { "inject", "type=0x0f", 0x006, 0x009 },
        { "inject", "type=0x0f after=1", 0, 0x006 },
        { "force-status", "queue=io opcode=5 status=0x285", 0x285, 0x009 },
        { "force-status", "queue=io opcode=1 status=0x280", 0, 0x280 },
        { NULL, "fail opcode=5", 0x006, 0x009 },
        { NULL, "fail opcode=1", 0, 0x006 },
        { NULL, "status opcode=5 status=0x281", 0x281, 0x009 },
        { NULL, "status opcode=1 status=0x180", 0, 0x180 },
        { NULL, "fail opcode=2", 0, 0 },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = start();
        bool writes = !t[i].first && !t[i].second;

        if (t[i].action) {
            act(h, t[i].action, t[i].text);
        } else {
            fault(h, t[i].text);
        }
        pair(h, t[i].first, t[i].second);
        ocpn_fault_clear(h->c);
        CHECK(stored(h) == (writes ? 0x22 : 0), "case %zu", i);
        if (!writes) {
            pair(h, 0, 0);              /* it was for once */
        }
        fake_host_free(h);
    }
}

/* One without the other, and pairs that are none, have statuses, too. */
static void no_pairs(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, FUSED_FIRST, FAKE_BUF);
    FakeCmd b = block(COMPARE, FUSED_SECOND, FAKE_BUF);

    act(h, "force-status", "queue=io opcode=5 status=0x281 count=2");
    CHECK_EQ(fake_io(h, &a).status, 0x281);
    fake_queue(h, 1, &a);
    fake_submit(h, 1, &b);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0x281);
    CHECK_EQ(fake_reap(h, 1).status, 0x009);
    CHECK_EQ(fake_io(h, &a).status, 0x00a);
    fake_host_free(h);
}

/* Either is late, and the other is not; then the namespace is free. */
static void late(void)
{
    static const char *const rule[] = {
        "latency opcode=5 ms=20", "latency opcode=1 ms=20",
        "status opcode=1 status=0x280 ms=20",
    };

    for (unsigned k = 0; k < 3; k++) {
        FakeHost *h = start();
        uint16_t cid;
        FakeCqe e;

        fault(h, rule[k]);
        cid = submit_pair(h, 1);
        e = fake_reap(h, 1);
        CHECK_EQ(e.found, true);
        CHECK_EQ(e.cid, k ? cid : cid + 1);
        fake_advance(&h->f, 20 * MSEC - 1);
        CHECK_EQ(fake_reap(h, 1).found, false);
        fake_advance(&h->f, 1);
        e = fake_reap(h, 1);
        CHECK_EQ(e.cid, k ? cid + 1 : cid);
        CHECK_EQ(e.status, k == 2 ? 0x280 : 0);
        CHECK_EQ(stored(h), k == 2 ? 0 : 0x22);
        check_free(h);
        fake_host_free(h);
    }
}

/* Either never completes: the host gives it up, and nothing was written. */
static void never(void)
{
    for (unsigned k = 0; k < 2; k++) {
        FakeHost *h = start();
        uint16_t cid;
        FakeCqe e;

        act(h, "inject", k ? "type=0x10 after=1" : "type=0x10");
        cid = submit_pair(h, 1);
        e = fake_reap(h, 1);
        CHECK_EQ(e.cid, k ? cid : cid + 1);
        CHECK_EQ(e.status, k ? 0 : 0x009);
        fake_advance(&h->f, 100000 * MSEC);
        CHECK_EQ(fake_reap(h, 1).found, false);
        check_free(h);
        CHECK_EQ(stored(h), 0);
        cid = (uint16_t)(cid + k);
        e = fake_admin(h, &(FakeCmd) { .opc = 0x08,
                                       .cdw10 = (uint32_t)cid << 16 | 1 });
        CHECK_EQ(e.dw0 & 1, 0);
        e = fake_reap(h, 1);
        CHECK_EQ(e.cid, cid);
        CHECK_EQ(e.status, 0x007);
        pair(h, 0, 0);
        act(h, "inject", k ? "type=0x10 after=1" : "type=0x10");
        submit_pair(h, 1);
        CU_ASSERT(fake_disable(h) && fake_enable(h));
        CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
        check_free(h);
        fake_host_free(h);
    }
}

/* A pair that waits for a buffer, or for another one, is asked once. */
static void waits(void)
{
    FakeHost *h = start();
    FakeCmd a = block(COMPARE, 0, FAKE_BUF);

    fault(h, "fail after=7 times=0");
    h->f.hold = true;
    for (unsigned i = 0; i < 3; i++) {
        fake_submit(h, 1, &a);
    }
    submit_pair(h, 1);                  /* leaves the last buffer alone */
    CHECK_COUNTS(h, "chances 4, fired 0");
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_COUNTS(h, "chances 5, fired 0");
    submit_pair(h, 2);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(fake_reap(h, 1).status, 0);
    }
    CHECK_EQ(fake_reap(h, 2).status, 0x285);
    CHECK_EQ(fake_reap(h, 2).status, 0x009);
    CHECK_COUNTS(h, "chances 7, fired 0");
    fake_host_free(h);
}

/* It does not wait for a command that is only late. */
static void others_late(void)
{
    FakeHost *h = start();
    FakeCmd read = block(READ, 0, FAKE_BUF + 0x30000);

    fault(h, "latency opcode=2");
    fake_submit(h, 2, &read);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 2).found, false);
    pair(h, 0, 0);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "either command fails",                   failures },
    { "without a second",                       no_pairs },
    { "either command is late",                 late },
    { "either command never completes",         never },
    { "a pair that waits",                      waits },
    { "late commands are not waited for",       others_late },
};
OCPN_UNIT_MAIN("cmd-fused, faults", tests)
