/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Controller Initialization", "Controller Reset",
 * "NVM Subsystem Reset", "Controller Level Reset".  Shutdown is in
 * test-shutdown.c.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define CC      0x14u
#define CSTS    0x1cu
#define NSSR    0x20u
#define AQA     0x24u
#define ASQ     0x28u
#define ACQ     0x30u
#define GOOD_CC 0x00460001u     /* entries of 64 and 16 bytes, EN */
#define RDY     0x01u
#define CFS     0x02u
#define NSSRO   0x10u

static const FakeSetup drive = { .ns = { FAKE_CONVENTIONAL(1) } };

static uint32_t csts(FakeHost *h)
{
    return (uint32_t)fake_reg(h, CSTS, 4);
}

static void reset(FakeHost *h, OcpnReset kind)
{
    ocpn_ctrl_reset(h->c, kind);
    fake_run(&h->f);
}

/* Read BLOCK of NSID 1 into the buffer of that number. */
static uint16_t submit_read(FakeHost *h, uint32_t block)
{
    return fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .cdw10 = block,
        .prp1 = FAKE_BUF + block * UINT64_C(4096),
    });
}

static void check_works(FakeHost *h)
{
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    submit_read(h, 0);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, true);
}

/* CC, AQA, ASQ and ACQ that a controller starts with, or does not. */
static const struct {
    uint32_t cc, aqa;
    uint64_t asq, acq;
    bool ok;
} starts[] = {
    { 0x00460001, 0x001f001f, 0x10000, 0x20000, true },
    { 0x00000001, 0x001f001f, 0x10000, 0x20000, true },     /* no IOSQES */
    { 0x00460061, 0x001f001f, 0x10000, 0x20000, true },     /* CSS 110b */
    { 0x00460011, 0x001f001f, 0x10000, 0x20000, false },
    { 0x00460031, 0x001f001f, 0x10000, 0x20000, false },
    { 0x00460051, 0x001f001f, 0x10000, 0x20000, false },
    { 0x00460071, 0x001f001f, 0x10000, 0x20000, false },    /* admin only */
    { 0x00460081, 0x001f001f, 0x10000, 0x20000, true },     /* MPS 8 KiB */
    { 0x00460201, 0x001f001f, 0x10000, 0x20000, true },     /* 64 KiB */
    { 0x00460281, 0x001f001f, 0x20000, 0x40000, false },    /* 128 KiB */
    { 0x00460781, 0x001f001f, 0, 0, false },
    { 0x00460801, 0x001f001f, 0x10000, 0x20000, false },    /* WRR */
    { 0x00463801, 0x001f001f, 0x10000, 0x20000, false },    /* vendor */
    { 0x00460001, 0x001f0000, 0x10000, 0x20000, false },    /* one entry */
    { 0x00460001, 0x0000001f, 0x10000, 0x20000, false },
    { 0x00460001, 0x00010001, 0x10000, 0x20000, true },
    { 0x00460001, 0x0fff0fff, 0x100000, 0x200000, true },
    { 0x00460001, 0x001f001f, 0x10800, 0x20000, false },
    { 0x00460001, 0x001f001f, 0x10000, 0x20001, false },
    { 0x00460081, 0x001f001f, 0x11000, 0x20000, false },    /* MPS 8 KiB */
    { 0x00460081, 0x001f001f, 0x10000, 0x21000, false },
    { 0x00460201, 0x001f001f, 0x18000, 0x20000, false },    /* 64 KiB */
};

/* FAILURE-CASE-38 FAILURE-CASE-66 */
static void enable_rules(void)
{
    FakeHost *h = fake_host_new(&drive);

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        fake_set_reg(h, AQA, starts[i].aqa, 4);
        fake_set_reg(h, ASQ, starts[i].asq, 8);
        fake_set_reg(h, ACQ, starts[i].acq, 8);
        fake_set_reg(h, CC, starts[i].cc, 4);
        fake_run(&h->f);
        CHECK(csts(h) == (starts[i].ok ? RDY : CFS),
              "start %zu: CSTS is %x", i, csts(h));
        /* Doorbells of a controller that failed do nothing. */
        fake_doorbell(h, 0, false, 1);
        fake_doorbell(h, 0, true, 1);
        fake_set_reg(h, CC, starts[i].cc & ~1u, 4);
        fake_run(&h->f);
        CHECK_EQ(csts(h), 0);
    }
    check_works(h);
    fake_host_free(h);
}

/*
 * FAILURE-CASE-45
 * Whatever cannot be allocated: failed, nothing leaks, and it can recover.
 */
static void no_memory(void)
{
    FakeHost *h = fake_host_new(&drive);
    unsigned before = h->f.nallocs;
    bool ok = false;

    for (unsigned n = 1; !ok && n < 10; n++) {
        h->f.fail_alloc = n;
        ok = fake_enable(h);
        CHECK(ok || csts(h) == CFS, "allocation %u fails: CSTS is %x", n,
              csts(h));
        CHECK_EQ(ok || n < 9, true);
        CHECK_EQ(h->f.started[0], ok);
        CHECK_EQ(fake_disable(h), true);
        CHECK_EQ(h->f.nallocs, before);
    }
    h->f.fail_alloc = 0;
    check_works(h);
    fake_host_free(h);
}

/* CC.EN 0: the queues go, the admin queue's properties stay. */
static void disable(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 0x100).status, 0);
    fake_set_reg(h, 0x0c, 4, 4);                        /* INTMS */
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(fake_reg(h, AQA, 4), 0x001f001f);
    CHECK_EQ(fake_reg(h, ASQ, 8), h->q[0].sq);
    CHECK_EQ(fake_reg(h, ACQ, 8), h->q[0].cq);
    CHECK_EQ(fake_reg(h, 0x0c, 4), 0);
    CHECK_EQ(h->f.started[0] || h->f.started[1], false);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_get_feature(h, 0x0b, 0, 0).dw0, 0);
    submit_read(h, 0);                                  /* no such queue */
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0x101);
    fake_host_free(h);
}

/* What each kind of reset leaves of registers. */
static void kinds(void)
{
    static const struct {
        OcpnReset kind; bool registers; uint32_t clean, marked;
    } row[] = {
        { OCPN_RESET_CONTROLLER, true, 0, NSSRO },
        { OCPN_RESET_FUNCTION, false, 0, NSSRO },
        { OCPN_RESET_SUBSYSTEM, false, NSSRO, NSSRO },
        { OCPN_RESET_COLD, false, 0, 0 },
    };

    for (size_t i = 0; i < 8; i++) {
        FakeHost *h = fake_host_new(&drive);
        bool marked = i & 4;

        if (marked) {
            fake_set_reg(h, NSSR, 0x4e564d65, 4);
            fake_run(&h->f);
        }
        check_works(h);
        CHECK_EQ(csts(h), marked ? RDY | NSSRO : RDY);
        reset(h, row[i & 3].kind);
        CHECK_EQ(csts(h), marked ? row[i & 3].marked : row[i & 3].clean);
        CHECK_EQ(fake_reg(h, CC, 4) & 1, 0);
        CHECK_EQ(fake_reg(h, AQA, 4), row[i & 3].registers ? 0x1f001f : 0);
        CHECK_EQ(fake_reg(h, ASQ, 8), row[i & 3].registers ? h->q[0].sq : 0);
        CHECK_EQ(fake_reg(h, ACQ, 8), row[i & 3].registers ? h->q[0].cq : 0);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
        check_works(h);
        fake_host_free(h);
    }
}

/* A second reset while one goes on: the stronger counts. */
static void reset_during_reset(void)
{
    for (unsigned i = 0; i < 16; i++) {
        OcpnReset first = (OcpnReset)(i & 3), second = (OcpnReset)(i >> 2);
        OcpnReset strong = first > second ? first : second;
        FakeHost *h = fake_host_start(&drive);

        h->f.hold = true;
        submit_read(h, 1);
        fake_run(&h->f);
        reset(h, first);
        reset(h, second);
        reset(h, second);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), false);
        CHECK_EQ(csts(h) & RDY, RDY);
        fake_io_finish_all(&h->f);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
        CHECK_EQ(csts(h), strong == OCPN_RESET_SUBSYSTEM ? NSSRO : 0);
        CHECK_EQ(!fake_reg(h, AQA, 4), strong != OCPN_RESET_CONTROLLER);
        h->f.hold = false;
        check_works(h);
        fake_host_free(h);
    }
}

/* CC.EN cannot be 1 again before CSTS.RDY is 0. */
static void enable_during_reset(void)
{
    FakeHost *h = fake_host_start(&drive);

    h->f.hold = true;
    submit_read(h, 1);
    fake_run(&h->f);
    fake_set_reg(h, CC, GOOD_CC & ~1u, 4);
    fake_run(&h->f);
    CHECK_EQ(csts(h), RDY);
    fake_set_reg(h, CC, GOOD_CC, 4);
    fake_doorbell(h, 1, false, 5);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 1);
    fake_io_finish_all(&h->f);
    CHECK_EQ(csts(h), 0);
    CHECK_EQ(fake_reg(h, CC, 4) & 1, 0);
    h->f.hold = false;
    check_works(h);
    fake_host_free(h);
}

/*
 * A controller that is not enabled has RDY 0, so nobody waits for its reset:
 * what the host writes next counts, though main has not run.
 */
static void reset_while_off(void)
{
    for (unsigned i = 0; i < 12; i++) {
        FakeHost *h = fake_host_new(&drive);
        OcpnReset kind = (OcpnReset)(i & 3);
        uint32_t mark = kind == OCPN_RESET_SUBSYSTEM ? NSSRO : 0;

        if (i & 4) {                    /* CC.CSS: CSTS.CFS */
            fake_set_reg(h, CC, 0x71, 4);
            fake_run(&h->f);
            CHECK_EQ(csts(h), 0x02);
        }
        fake_set_reg(h, AQA, 0x00070007, 4);
        if (kind == OCPN_RESET_SUBSYSTEM) {
            fake_set_reg(h, NSSR, 0x4e564d65, 4);
        } else if (kind == OCPN_RESET_CONTROLLER && i & 4) {
            fake_set_reg(h, CC, 0, 4);
        } else {
            ocpn_ctrl_reset(h->c, kind);
        }
        if (i & 8) {
            ocpn_ctrl_reset(h->c, kind);        /* twice is as once */
        }
        CHECK_EQ(csts(h), mark);
        CHECK_EQ(fake_reg(h, CC, 4), 0);
        CHECK_EQ(fake_reg(h, AQA, 4),
                 kind == OCPN_RESET_CONTROLLER ? 0x00070007 : 0);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
        CHECK_EQ(fake_enable(h), true);         /* no run before it */
        CHECK_EQ(csts(h), RDY | mark);
        CHECK_EQ(fake_reg(h, AQA, 4), 0x001f001f);
        CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
        fake_host_free(h);
    }
}

/* Number N (0..23) of the orders of four things. */
static void permutation(unsigned n, unsigned order[4])
{
    unsigned left[4] = { 0, 1, 2, 3 };

    for (unsigned i = 0; i < 4; i++) {
        unsigned k = n % (4 - i);

        n /= 4 - i;
        order[i] = left[k];
        memmove(&left[k], &left[k + 1], (3 - k) * sizeof(left[0]));
    }
}

static unsigned find_io(FakeHost *h, uint64_t addr)
{
    for (unsigned i = 0; i < h->f.nios; i++) {
        if (h->f.io[i]->seg[0].addr == addr) {
            return i;
        }
    }
    CHECK(false, "no I/O to %" PRIx64, addr);
    return 0;
}

static void in_flight(OcpnReset kind, const unsigned order[4])
{
    FakeHost *h = fake_host_start(&drive);
    uint8_t *cqe;

    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });      /* an AER */
    h->f.hold = true;
    for (uint32_t i = 0; i < 4; i++) {
        submit_read(h, i);
    }
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 4);
    fake_io_finish(&h->f, find_io(h, FAKE_BUF + order[0] * 4096),
                   OCPN_IO_OK);             /* done, and not posted yet */
    reset(h, kind);
    for (unsigned i = 1; i < 4; i++) {
        CHECK_EQ(ocpn_ctrl_quiet(h->c), false);
        fake_io_finish(&h->f, find_io(h, FAKE_BUF + order[i] * 4096),
                       i & 1 ? OCPN_IO_ERROR : OCPN_IO_OK);
        if (order[0] & 1) {
            fake_run(&h->f);
        }
    }
    fake_run(&h->f);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    CHECK_EQ(csts(h) & RDY, 0);
    cqe = fake_guest(h, h->q[1].cq);
    CHECK(fake_all(cqe, 0, 4 * 16), "a completion after the reset");
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    h->f.hold = false;
    check_works(h);
    fake_host_free(h);
}

/* FAILURE-CASE-32 FAILURE-CASE-42 FAILURE-CASE-63 */
static void commands_in_flight(void)
{
    for (unsigned n = 0; n < 24; n++) {
        unsigned order[4];

        permutation(n, order);
        for (OcpnReset k = OCPN_RESET_CONTROLLER; k <= OCPN_RESET_COLD; k++) {
            in_flight(k, order);
        }
    }
}

/* Commands in the ring, with the bus master off: they wait. */
static void not_running(void)
{
    FakeHost *h = fake_host_start(&drive);

    ocpn_ctrl_set_running(h->c, false);
    submit_read(h, 0);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0xff });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, false);
    CHECK_EQ(fake_reap(h, 1).found, false);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, true);
    CHECK_EQ(fake_reap(h, 1).found, true);
    fake_host_free(h);
}

/* A controller without a namespace is one, too. */
static void no_namespace(void)
{
    FakeSetup s = { 0 };
    FakeHost *h = fake_host_start(&s);

    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0, .nsid = 1 }).status, 0x00b);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(fake_enable(h), true);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what a controller starts with", enable_rules },
    { "no memory: CSTS.CFS, and nothing leaks", no_memory },
    { "CC.EN 0", disable },
    { "what each kind of reset leaves", kinds },
    { "a reset during a reset", reset_during_reset },
    { "CC.EN 1 during a reset", enable_during_reset },
    { "a reset of a controller that is off", reset_while_off },
    { "resets with commands in flight, in any order", commands_in_flight },
    { "nothing is fetched while the bus master is off", not_running },
    { "no namespace at all", no_namespace },
};
OCPN_UNIT_MAIN("ctrl", tests)
