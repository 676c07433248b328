/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Shutdown"; "SMART / Health Information": Power
 * Cycles, Unsafe Shutdowns; core/ctrl.h: ocpn_ctrl_close().
 */
#include "shutdown-unit.h"

/* What says that the image is closed, and its flush. */
static void closes_last(FakeHost *h)
{
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(h->f.io[0]->op, OCPN_IO_WRITE);
    CHECK_EQ(h->f.io[0]->nsid, 1);
    finish_writes(h);
    CHECK_EQ(csts(h), RDY | BUSY);
    CHECK_EQ(h->f.nios, 1);
    CHECK_EQ(h->f.io[0]->op, OCPN_IO_FLUSH);
    CHECK_EQ(h->f.io[0]->nsid, 1);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
}

/* In progress until everything is written and every medium flushed. */
static void steps(void)
{
    static const uint32_t how[] = { NORMAL, ABRUPT, NORMAL | ABRUPT };

    for (size_t i = 0; i < 3; i++) {
        FakeHost *h = fake_host_start(&drive);

        h->f.hold = true;
        set_cc(h, ON | how[i]);
        CHECK_EQ(csts(h), RDY | BUSY);
        CHECK(h->f.nios, "no page is written");
        for (unsigned k = 0; k < h->f.nios; k++) {
            CHECK_EQ(h->f.io[k]->op, OCPN_IO_WRITE);    /* no flush yet */
        }
        finish_writes(h);
        CHECK_EQ(csts(h), RDY | BUSY);
        CHECK_EQ(h->f.nios, 2);             /* a flush of each namespace */
        CHECK_EQ(h->f.io[0]->op, OCPN_IO_FLUSH);
        CHECK_EQ(h->f.io[1]->op, OCPN_IO_FLUSH);
        CHECK_EQ(h->f.io[0]->nsid + h->f.io[1]->nsid, 3);
        fake_io_finish(&h->f, 1, OCPN_IO_OK);
        fake_run(&h->f);
        CHECK_EQ(csts(h), RDY | BUSY);
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
        fake_run(&h->f);
        CHECK_EQ(csts(h), RDY | BUSY);
        closes_last(h);
        CHECK_EQ(csts(h), RDY | DONE);
        set_cc(h, ON);                      /* changes nothing */
        CHECK_EQ(csts(h), RDY | DONE);
        h->f.hold = false;
        fake_host_free(h);
    }
}

/* Nothing is fetched from the shutdown to the reset after it. */
static void no_commands(void)
{
    FakeHost *h = fake_host_start(&drive);

    set_cc(h, ON | NORMAL);
    CHECK_EQ(csts(h), RDY | DONE);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0xff });
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, false);
    CHECK_EQ(fake_reap(h, 1).found, false);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(csts(h), 0);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(csts(h), RDY);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 1);
    fake_host_free(h);
}

/* CC.EN 0 in the middle of a shutdown waits for it; so do other resets. */
static void host_does_not_wait(void)
{
    for (unsigned i = 0; i < 8; i++) {
        FakeHost *h = fake_host_start(&drive);

        h->f.hold = true;
        set_cc(h, ON | NORMAL);
        if (i & 4) {
            finish_writes(h);
        }
        if (i & 3) {
            ocpn_ctrl_reset(h->c, (OcpnReset)(i & 3));
            fake_run(&h->f);
        } else {
            set_cc(h, (ON & ~1u) | NORMAL);
        }
        CHECK_EQ(ocpn_ctrl_quiet(h->c), false);
        CHECK_EQ(csts(h) & RDY, RDY);
        fake_io_finish_all(&h->f);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
        CHECK_EQ(csts(h) & (RDY | BUSY | DONE), 0);
        h->f.hold = false;
        CHECK_EQ(fake_enable(h), true);
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 1);
        fake_host_free(h);
    }
}

/* Commands in flight come to their end, and are posted. */
static void in_flight(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };

    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    set_cc(h, ON | NORMAL);
    fake_io_finish_all(&h->f);
    CHECK_EQ(csts(h), RDY | DONE);
    CHECK_EQ(fake_reap(h, 1).found, true);
    CHECK_EQ(fake_reap(h, 1).found, true);
    h->f.hold = false;
    fake_host_free(h);
}

/* A medium that fails does not keep the host waiting for ever. */
static OcpnIoResult all_fail(FakePort *f, const OcpnIo *io)
{
    (void)f;
    (void)io;
    return OCPN_IO_ERROR;
}

static void media_fail(void)
{
    FakeHost *h = fake_host_start(&drive);

    h->f.judge = all_fail;
    set_cc(h, ON | NORMAL);
    CHECK_EQ(csts(h), RDY | DONE);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    h->f.judge = NULL;
    fake_host_free(h);
}

static void power_cycles(void)
{
    FakeHost *h = fake_host_start(&drive);

    check_counts(h, 1, 0);
    fake_host_restart(h, true);
    check_counts(h, 2, 0);
    fake_host_restart(h, false);            /* it was not told */
    check_counts(h, 3, 1);
    fake_host_restart(h, true);
    check_counts(h, 4, 1);
    for (unsigned i = 0; i < 5; i++) {      /* resets are no power cycles */
        CHECK_EQ(fake_disable(h), true);
        CHECK_EQ(fake_enable(h), true);
    }
    check_counts(h, 4, 1);
    fake_host_restart(h, false);
    fake_host_restart(h, false);
    check_counts(h, 6, 3);
    fake_host_free(h);
}

/* Shut down, then power cut: safe.  In use again, then power cut: not. */
static void announced(void)
{
    FakeHost *h = fake_host_start(&drive);

    set_cc(h, ON | NORMAL);
    fake_host_restart(h, false);
    check_counts(h, 2, 0);
    set_cc(h, ON | ABRUPT);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(fake_enable(h), true);
    check_counts(h, 2, 0);
    fake_host_restart(h, false);
    check_counts(h, 3, 1);
    /* Announced, and not done yet when the power goes. */
    h->f.hold = true;
    set_cc(h, ON | NORMAL);
    h->f.hold = false;
    fake_host_restart(h, false);
    check_counts(h, 4, 2);
    fake_host_free(h);
}

static void close_now(FakeHost *h)
{
    ocpn_ctrl_close(h->c);
    fake_run(&h->f);
    ocpn_ctrl_close(h->c);                  /* again: harmless */
    fake_run(&h->f);
}

/* The process ends in order, but no host had said so: not safe. */
static void closed_unannounced(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };
    uint64_t reads = smart(h, 64);

    CHECK_EQ(reads, 0);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    close_now(h);
    fake_host_restart(h, false);
    check_counts(h, 2, 1);
    CHECK_EQ(smart(h, 64), reads + 1);      /* but counted */
    fake_host_free(h);
}

/* Closing flushes every image, also after a reset or without any enable. */
static void close_states(void)
{
    FakeHost *h = fake_host_new(&drive);
    unsigned writes = h->f.media[1].writes;

    close_now(h);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    CHECK_EQ(h->f.media[1].writes, writes);     /* never in use: untouched */
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_disable(h), true);
    close_now(h);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    CHECK_EQ(h->f.media[1].flushes > 0, true);
    CHECK_EQ(h->f.media[2].flushes > 0, true);
    CHECK_EQ(fake_enable(h), true);             /* and it can go on */
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "write, flush, tell", steps },
    { "nothing is fetched after it", no_commands },
    { "a host that does not wait", host_does_not_wait },
    { "with commands in flight", in_flight },
    { "on media that fail", media_fail },
    { "power cycles and unsafe shutdowns", power_cycles },
    { "a shutdown announced", announced },
    { "closed without a shutdown", closed_unannounced },
    { "closed in other states", close_states },
};
OCPN_UNIT_MAIN("shutdown", tests)
