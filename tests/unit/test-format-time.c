/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format NVM that takes its time.
 * Proves: docs/ocp.rst, "Knobs", format-ms; NVMe Base 2.0, "Format NVM
 * command", Format Progress Indicator, "Abort command".
 */
#include "migrate-unit.h"
#include "pel-unit.h"
#include "action-unit.h"

#define CC          0x14
#define OPC_FORMAT  0x80
#define OPC_READ    0x02
#define OPC_WRITE   0x01
#define DATA        (FAKE_BUF + 0x10000)

static PelLog pel;

static void pass(FakeHost *h, uint64_t ms)
{
    fake_advance(&h->f, ms * SECOND / 1000);
    fake_run(&h->f);
}

/* Two namespaces with something in their block 8, and 10 s a format. */
static FakeHost *start(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) },
    });

    smart_knob(h, "format-ms", "10000");
    memset(fake_guest(h, DATA), 0x6b, 4096);
    for (uint32_t nsid = 1; nsid <= 2; nsid++) {
        FakeCmd w = { .opc = OPC_WRITE, .nsid = nsid, .cdw10 = 8 };

        fake_prp(h, &w, DATA, 4096);
        CHECK_EQ(fake_io(h, &w).status, 0);
    }
    return h;
}

static uint16_t io(FakeHost *h, uint8_t opc, uint32_t nsid)
{
    FakeCmd r = { .opc = opc, .nsid = nsid, .cdw10 = 8 };

    memset(fake_guest(h, DATA), 0xee, 4096);
    fake_prp(h, &r, DATA, 4096);
    return fake_io(h, &r).status;
}

/* The first 512 bytes of its block 8 are all BYTE. */
static void has(FakeHost *h, uint32_t nsid, uint8_t byte)
{
    CHECK_EQ(io(h, OPC_READ, nsid), 0);
    CHECK(fake_all(fake_guest(h, DATA), byte, 512), "NSID %u has no %02x",
          nsid, byte);
}

/* Its CID: it goes on. */
static uint16_t submit(FakeHost *h, uint32_t nsid)
{
    FakeCmd cmd = { .opc = OPC_FORMAT, .nsid = nsid };
    uint16_t cid = fake_submit(h, 0, &cmd);

    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    return cid;
}

/* Byte 32 of Identify Namespace, and byte 3 of the independent one. */
static unsigned fpi(FakeHost *h, uint32_t nsid)
{
    FakeCmd id = { .opc = 0x06, .nsid = nsid, .prp1 = FAKE_BUF };
    unsigned byte;

    CHECK_EQ(fake_admin(h, &id).status, 0);
    byte = fake_guest(h, FAKE_BUF)[32];
    if (nsid != ALL) {
        id.cdw10 = 0x08;
        CHECK_EQ(fake_admin(h, &id).status, 0);
        CHECK_EQ(fake_guest(h, FAKE_BUF)[3], byte);
    }
    return byte;
}

static void takes_time(void)
{
    FakeHost *h = start();
    uint16_t cid;

    CHECK_EQ(fpi(h, 1), 0x80);
    cid = submit(h, 1);
    CHECK_EQ(fpi(h, 1), 0x80 + 100);
    CHECK_EQ(fpi(h, 2), 0x80);
    CHECK_EQ(fpi(h, ALL), 0x80);
    CHECK_EQ(io(h, OPC_READ, 1), 0x084);
    CHECK_EQ(io(h, OPC_WRITE, 1), 0x084);
    has(h, 2, 0x6b);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = OPC_FORMAT, .nsid = ALL })
             .status, 0x084);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x84, .cdw10 = 2 }).status,
             0x084);                            /* Sanitize */
    pass(h, 1);
    CHECK_EQ(fpi(h, 1), 0x80 + 100);            /* rounded up */
    pass(h, 5999);
    CHECK_EQ(fpi(h, 1), 0x80 + 40);
    pass(h, 3999);
    CHECK_EQ(fpi(h, 1), 0x80 + 1);
    CU_ASSERT(!fake_reap(h, 0).found);
    pass(h, 1);
    CHECK_EQ(fake_reap(h, 0).cid, cid);
    CHECK_EQ(fpi(h, 1), 0x80);
    has(h, 1, 0);
    has(h, 2, 0x6b);
    fake_host_free(h);
}

/* Each for itself; a jump of the clock is time; the knob is for later ones. */
static void several(void)
{
    FakeHost *h = start();
    uint16_t first = submit(h, 1), second;

    pass(h, 2000);
    smart_knob(h, "format-ms", "1000");
    second = submit(h, 2);
    CHECK_EQ(fpi(h, 1), 0x80 + 80);
    CHECK_EQ(fpi(h, 2), 0x80 + 100);
    pass(h, 1000);
    CHECK_EQ(fake_reap(h, 0).cid, second);
    CU_ASSERT(!fake_reap(h, 0).found);
    has(h, 2, 0);
    act(h, "advance-time", "7");
    CHECK_EQ(fake_reap(h, 0).cid, first);
    has(h, 1, 0);
    smart_knob(h, "format-ms", "0");
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = OPC_FORMAT, .nsid = ALL })
             .status, 0);
    fake_host_free(h);
}

/* What ended before its time has done nothing, and the log says so. */
static void logged(FakeHost *h, uint16_t status, unsigned left)
{
    const uint8_t *e;

    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    pel_rest(h, &pel);
    for (unsigned i = 0; i < pel.n; i++) {
        e = pel.b + pel.at[i];
        if (e[0] == 0x08) {
            e += 24;
            CHECK_EQ(bytes_at(e, 4), 1);
            CHECK_EQ(e[4], 0x80 + left);
            CHECK_EQ(e[5], status ? 3 : 0);
            CHECK_EQ(bytes_at(e + 8, 4), status);
            CHECK_EQ(pel_get(h, PEL_RELEASE, 0, 512), 0);
            return;
        }
    }
    CU_FAIL("no end of a format is logged");
}

static void reset(void)
{
    FakeHost *h = start();

    submit(h, 1);
    pass(h, 3000);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    has(h, 1, 0x6b);
    CHECK_EQ(fpi(h, 1), 0x80);
    logged(h, 7, 70);
    pass(h, 20000);
    CU_ASSERT(!fake_reap(h, 0).found);
    has(h, 1, 0x6b);
    submit(h, 1);
    pass(h, 10000);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    logged(h, 0, 0);
    has(h, 1, 0);
    fake_host_free(h);
}

static void power(void)
{
    FakeHost *h = start();

    submit(h, 1);
    pass(h, 3000);
    act(h, "power-cut", "now");
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    has(h, 1, 0x6b);
    submit(h, 1);
    pass(h, 3000);
    fake_host_restart(h, false);
    pass(h, 20000);
    has(h, 1, 0x6b);
    submit(h, 1);                    /* the knob outlives power */
    pass(h, 9999);
    CU_ASSERT(!fake_reap(h, 0).found);
    pass(h, 1);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    has(h, 1, 0);
    fake_host_free(h);
}

/* Nothing begins behind a shutdown, and that keeps nobody from saving. */
static void shut_down(void)
{
    for (unsigned saved = 0; saved < 2; saved++) {
        FakeHost *h = start();

        submit(h, 1);
        pass(h, 3000);
        fake_set_reg(h, CC, 0x00464001, 4);
        fake_run(&h->f);
        CHECK_EQ(fake_reg(h, 0x1c, 4) >> 2 & 3, 2);
        pass(h, 20000);
        CU_ASSERT(!fake_reap(h, 0).found);
        if (saved) {
            migrate(h);
            CHECK_EQ(fake_reap(h, 0).status, 0);
        }
        CU_ASSERT(fake_disable(h) && fake_enable(h));
        CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
        has(h, 1, saved ? 0 : 0x6b);
        fake_host_free(h);
    }
}

static void migrates(void)
{
    FakeHost *h = start();
    char text[OCPN_KNOB_TEXT];
    OcpnError err;
    uint16_t cid = submit(h, 1);


    pass(h, 3000);
    migrate(h);
    CHECK_EQ(fake_reap(h, 0).cid, cid);
    has(h, 1, 0);
    CU_ASSERT(ocpn_knob_get(h->c, "format-ms", text, &err));
    CU_ASSERT_STRING_EQUAL(text, "10000");
    pass(h, 20000);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_host_free(h);
}

static void aborted(void)
{
    FakeHost *h = start();
    uint16_t other = submit(h, 2), cid = submit(h, 1);
    FakeCmd abort = { .opc = 0x08, .cdw10 = 0x7777u << 16 };
    FakeCqe e;

    pass(h, 2500);
    CHECK_EQ(fake_admin(h, &abort).dw0, 1);     /* there is none */
    abort.cdw10 = (uint32_t)cid << 16;
    fake_submit(h, 0, &abort);
    fake_run(&h->f);
    for (unsigned i = 0; i < 2; i++) {
        e = fake_reap(h, 0);
        CHECK_EQ(e.status, e.cid == cid ? 0x007 : 0);
        CHECK_EQ(e.dw0 & 1, 0);
    }
    has(h, 1, 0x6b);
    logged(h, 7, 75);
    pass(h, 7500);
    CHECK_EQ(fake_reap(h, 0).cid, other);
    has(h, 2, 0);
    has(h, 1, 0x6b);
    fake_host_free(h);
}

/* Whoever comes later is told, and nobody waits. */
static void others(void)
{
    FakeHost *h = start();

    submit(h, 1);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x0d, .nsid = 1, .cdw10 = 1 })
             .status, 0x084);                   /* delete */
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x15, .nsid = 1, .cdw10 = 1 })
             .status, 0x084);                   /* detach */
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x09, .nsid = 1,
                                        .cdw10 = 0x84, .cdw11 = 1 }).status,
             0);                                /* write protection */
    pass(h, 10000);
    CHECK_EQ(fake_reap(h, 0).status, 0x020);
    has(h, 1, 0x6b);
    fake_host_free(h);
}

/* Without the knob there is progress, too, if a host can see it. */
static void untimed(void)
{
    FakeHost *h = start();
    uint16_t cid;

    smart_knob(h, "format-ms", "0");
    h->f.hold = true;
    cid = submit(h, 1);
    CHECK_EQ(fpi(h, 1), 0x80 + 1);
    fake_io_finish_all(&h->f);
    h->f.hold = false;
    CHECK_EQ(fake_reap(h, 0).cid, cid);
    CHECK_EQ(fpi(h, 1), 0x80);
    fake_host_free(h);
}

/* What is sanitized is not formatted. */
static void sanitized(void)
{
    FakeHost *h = start();

    smart_knob(h, "sanitize-ms", "10000");
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x84, .cdw10 = 2 }).status, 0);
    pass(h, 5000);
    CHECK_EQ(io(h, OPC_READ, 1), 0x01d);
    CHECK_EQ(fpi(h, 1), 0x80);
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[] = { "65536", "-1", "", "1s" };
    FakeHost *h = start();
    OcpnError err;

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CU_ASSERT(!ocpn_knob_set(h->c, "format-ms", t[i], &err));
        CHECK_HAS(err.text, "format-ms is a number from 0 to 65535, not '");
        CHECK_HAS(err.text, t[i]);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "it takes its time", takes_time },
    { "several at once", several },
    { "a reset", reset },
    { "a power cut", power },
    { "a shutdown", shut_down },
    { "a migration", migrates },
    { "Abort", aborted },
    { "other commands", others },
    { "no time, but I/O", untimed },
    { "sanitize is something else", sanitized },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("format-time", tests)
