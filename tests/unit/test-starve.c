/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * More commands than buffers, all of the kind that needs several things.
 * Proves: NVMe Base 2.0, "Command Processing": every command completes, and
 * a controller reset ends.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define CC          0x14
#define CSTS        0x1c
#define CQ_AT       0x200000u
#define SQ_AT(q)    (0x300000u + (q) * 0x10000u)
#define BLOCKS      128u        /* more than a scratch buffer holds */

/* Interleaved metadata: every piece goes through a scratch buffer. */
static const FakeSetup interleaved = {
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 },
              .mode = IMG_MODE_CONVENTIONAL, .lbads = 9, .ms = 8,
              .extended = true, .nsze = 4000 } },
};

/* Two submission queues of 300 entries on one completion queue. */
static void make_queues(FakeHost *h)
{
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x05, .prp1 = CQ_AT, .cdw10 = 1023 << 16 | 2,
        .cdw11 = 2 << 16 | 3 }).status, 0);
    for (unsigned q = 2; q <= 3; q++) {
        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x01, .prp1 = SQ_AT(q), .cdw10 = 299 << 16 | q,
            .cdw11 = 2 << 16 | 1 }).status, 0);
        h->q[q].sq = SQ_AT(q);
        h->q[q].size = 300;
        h->q[q].tail = 0;
    }
}

static unsigned completions(FakeHost *h)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 1024; i++) {
        n += fake_guest(h, CQ_AT + i * 16)[14] & 1;
    }
    return n;
}

static void crowd(void)
{
    FakeHost *h = fake_host_start(&interleaved);
    FakePort *f = &h->f;
    FakeCmd read = { .opc = 2, .nsid = 1, .cdw12 = BLOCKS - 1 };

    make_queues(h);
    fake_prp(h, &read, FAKE_BUF, BLOCKS * 520);
    f->hold = true;
    for (unsigned i = 0; i < 200; i++) {
        fake_submit(h, 2, &read);
        fake_submit(h, 3, &read);
    }
    fake_run(f);
    for (unsigned i = 0; i < 100000 && f->nios; i++) {
        fake_io_finish(f, 0, OCPN_IO_OK);
        fake_run(f);
    }
    f->hold = false;
    CHECK_EQ(completions(h), 400);
    fake_set_reg(h, CC, 0x00460000, 4);
    fake_run(f);
    CHECK_EQ(fake_reg(h, CSTS, 4) & 1, 0);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "all of a crowd come through", crowd },
};
OCPN_UNIT_MAIN("starve", tests)
