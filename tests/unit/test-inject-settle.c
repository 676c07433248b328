/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nobody waits for a command that is only late.
 * Proves: docs/fault-injection.rst; NVMe Base 2.0, "Format NVM command",
 * "Sanitize Operations", "Namespace Management command".
 */
#include "fault-unit.h"
#include "ns-unit.h"
#include "sanitize-unit.h"

static uint16_t read_late(FakeHost *h, uint32_t nsid)
{
    uint16_t cid = fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = nsid, .prp1 = FAKE_BUF,
    });

    fake_run(&h->f);
    return cid;
}

/* The late one completes first, and another one as late as it should. */
static void format(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) },
    });
    uint16_t one, two;

    fault(h, "latency times=3");
    one = read_late(h, 1);
    two = read_late(h, 2);
    CHECK_EQ(fake_reap(h, 1).found, false);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1 });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).cid, one);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    fake_advance(&h->f, 1000 * MSEC - 1);
    CHECK_EQ(fake_reap(h, 1).found, false);
    fake_advance(&h->f, 1);
    CHECK_EQ(fake_reap(h, 1).cid, two);
    one = read_late(h, 1);              /* Format is over: late again */
    CHECK_EQ(fake_reap(h, 1).found, false);
    fake_advance(&h->f, 1000 * MSEC);
    CHECK_EQ(fake_reap(h, 1).cid, one);
    fake_host_free(h);
}

/* It is on the medium when Format comes, and would be late afterwards. */
static void under_way(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    uint16_t cid;

    fault(h, "latency");
    h->f.hold = true;
    cid = read_late(h, 1);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1 });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, false);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).cid, cid);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    fake_host_free(h);
}

/* One that never completes is not waited for either, and stays. */
static void never(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    fault(h, "timeout");
    read_late(h, 1);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1 }).status, 0);
    CHECK_EQ(fake_reap(h, 1).found, false);
    fake_host_free(h);
}

static void sanitizes(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint16_t cid;

    fault(h, "latency ms=3600000");
    cid = read_late(h, 1);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 100 * MSEC);
    CHECK_EQ(fake_reap(h, 1).cid, cid);
    CHECK_EQ(sanitize_state(h), 1);
    fake_host_free(h);
}

static void deletes(void)
{
    FakeHost *h = ns_start_two();
    uint16_t cid;

    fault(h, "latency ms=3600000 times=2 ns=2");
    cid = read_late(h, 2);
    CHECK_EQ(ns_attach(h, 2, 1), 0);            /* detach */
    CHECK_EQ(fake_reap(h, 1).cid, cid);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    cid = read_late(h, 2);
    CHECK_EQ(ns_delete(h, 2), 0);
    CHECK_EQ(fake_reap(h, 1).cid, cid);
    fake_host_free(h);
}

/* Injected error 1Dh: a sanitize operation fails, the next one does not. */
static void sanitize_fails(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    uint8_t *e = fake_guest(h, FAKE_BUF + 0x10000);

    memset(e, 0, 32);
    e[0] = 3;                           /* enabled, once */
    e[2] = 0x1d;
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x09, .cdw10 = 0xc0, .cdw11 = 1, .prp1 = FAKE_BUF + 0x10000,
    }).status, 0);
    CHECK_EQ(fake_get_feature(h, 0xc0, 0, 0).dw0, 1);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 100 * MSEC);
    CHECK_EQ(sanitize_state(h), 3);
    CHECK_EQ(fake_get_feature(h, 0xc0, 0, 0).dw0, 0);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 100 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "Format NVM",                     format },
    { "Format NVM beside the medium",   under_way },
    { "a command that never completes", never },
    { "Sanitize",                       sanitizes },
    { "Sanitize that fails",            sanitize_fails },
    { "Namespace Management",           deletes },
};
OCPN_UNIT_MAIN("inject settle", tests)
