/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reset at every step of the completion of 1785 commands: a command has
 * completed before it or never will, no queue or data of the host is touched
 * afterwards, and nothing is left over.
 * Proves: NVMe Base 2.0, "Resets": Controller Level Reset; CONTRIBUTING.md,
 * rule 6.
 */
#include <stdlib.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define NQUEUES     7u
#define RING        256u
#define MANY        (NQUEUES * (RING - 1))
#define ROUNDS      90u
#define BLANK       0x5a

typedef struct Many {
    FakeHost *h;
    uint32_t seed;
    unsigned done, busy;
    uint8_t  open[65536];           /* by CID */
} Many;

static uint32_t pick(Many *t, uint32_t below)
{
    t->seed = t->seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(t->seed >> 4) * below >> 28);
}

static void enable(Many *t)
{
    t->h->f.hold = false;
    CHECK_EQ(fake_enable(t->h), true);
    for (uint16_t i = 1; i <= NQUEUES; i++) {
        CHECK_EQ(fake_create_pair(t->h, i, RING).status, 0);
    }
    t->h->f.hold = true;
    t->done = t->busy = 0;
    memset(t->open, 0, sizeof(t->open));
}

/* Commands that the medium keeps, or that wait for each other. */
static FakeCmd any_command(Many *t)
{
    static const uint8_t opcs[] = { 0x00, 0x01, 0x01, 0x01, 0x02, 0x02, 0x05,
                                    0x08, 0x09, 0x0c, 0x19, 0x90, 0x91 };
    uint64_t buf = FAKE_BUF + pick(t, 1024) * UINT64_C(4096);

    return (FakeCmd) {
        .opc = opcs[pick(t, sizeof(opcs))], .nsid = 1 + pick(t, 2),
        .prp1 = buf, .prp2 = buf + 4096,
        .cdw10 = pick(t, 6) << 10 | pick(t, 5) << 7, .cdw11 = pick(t, 2) << 2,
        .cdw12 = pick(t, 2),
    };
}

static void fill(Many *t)
{
    for (uint16_t q = 1; q <= NQUEUES; q++) {
        for (unsigned i = 0; i < RING - 1; i++) {
            FakeCmd cmd = any_command(t);

            t->open[fake_queue(t->h, q, &cmd)] = 1;
            t->busy++;
        }
        fake_doorbell(t->h, q, false, t->h->q[q].tail);
    }
    fake_run(&t->h->f);
}

static void reap(Many *t)
{
    for (uint16_t q = 1; q <= NQUEUES; q++) {
        FakeCqe e;

        while ((e = fake_reap(t->h, q)).found) {
            CHECK(e.sqid == q && t->open[e.cid],
                  "command %u of queue %u was not under way", e.cid, e.sqid);
            t->open[e.cid] = 0;
            t->done++;
            t->busy--;
        }
    }
}

static void finish_one(Many *t)
{
    if (t->h->f.nios) {
        fake_io_finish(&t->h->f, pick(t, t->h->f.nios),
                       pick(t, 30) ? OCPN_IO_OK : OCPN_IO_ERROR);
    }
}

static void reset(Many *t, unsigned kind)
{
    if (kind == OCPN_RESET_CONTROLLER) {
        fake_set_reg(t->h, 0x14, 0x00460000, 4);
    } else {
        ocpn_ctrl_reset(t->h->c, (OcpnReset)kind);
    }
}

/*
 * The medium may still read and write buffers until the reset is over; rings
 * are silent from its first moment.
 */
static void round_of(Many *t, unsigned step, unsigned kind)
{
    uint8_t *rings = fake_guest(t->h, FAKE_RINGS);
    size_t len = (NQUEUES + 1) * 0x20000;
    unsigned left;

    fill(t);
    for (unsigned i = 0; i < step && t->h->f.nios; i++) {
        finish_one(t);
        if (pick(t, 4) == 0) {
            fake_run(&t->h->f);
        }
        if (pick(t, 16) == 0) {
            reap(t);
        }
    }
    reset(t, kind);
    reap(t);
    memset(rings, BLANK, len);
    for (left = 0; left < 100000 && !ocpn_ctrl_quiet(t->h->c); left++) {
        finish_one(t);
        if (pick(t, 8) == 0) {
            fake_run(&t->h->f);
        }
    }
    fake_run(&t->h->f);
    CHECK_EQ(ocpn_ctrl_quiet(t->h->c), true);
    CHECK_EQ(t->h->f.nios, 0);
    CHECK_EQ(fake_reg(t->h, 0x1c, 4) & 0xf, 0);
    memset(fake_guest(t->h, FAKE_BUF), BLANK, 0x800000);
    fake_advance(&t->h->f, UINT64_C(10000000000));
    CHECK_EQ(fake_all(rings, BLANK, len), true);
    CHECK_EQ(fake_all(fake_guest(t->h, FAKE_BUF), BLANK, 0x800000), true);
}

static Many *start(uint32_t seed)
{
    FakeSetup s = { .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) } };
    Many *t = calloc(1, sizeof(*t));

    t->seed = seed;
    t->h = fake_host_new(&s);
    return t;
}

static void stop(Many *t)
{
    t->h->f.hold = false;
    fake_host_free(t->h);
    free(t);
}

static void every_step(void)
{
    Many *t = start(1);
    unsigned allocs = t->h->f.nallocs, most = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        enable(t);
        round_of(t, i < 30 ? i : i * i, i % 4);
        most = t->busy > most ? t->busy : most;
        CHECK_EQ(t->h->f.nallocs, allocs);
    }
    CHECK(most > MANY / 2, "%u commands in flight", most);
    stop(t);
}

/* While an I/O begins, the rings are taken away: as from another thread. */
static OcpnIoResult reset_now(FakePort *f, const OcpnIo *io)
{
    unsigned *countdown = f->judge_opaque;

    (void)io;
    if (*countdown && !--*countdown) {
        ocpn_ctrl_reset(f->c, OCPN_RESET_FUNCTION);
        memset(f->ram + FAKE_RINGS, BLANK, (NQUEUES + 1) * 0x20000);
    }
    return OCPN_IO_OK;
}

static void in_a_run(void)
{
    Many *t = start(2);

    for (unsigned i = 1; i < 400; i += 1 + i / 8) {
        unsigned countdown = i;

        enable(t);
        t->h->f.hold = false;
        t->h->f.judge = reset_now;
        t->h->f.judge_opaque = &countdown;
        fill(t);
        fake_run(&t->h->f);
        t->h->f.judge = NULL;
        CHECK_EQ(countdown, 0);
        CHECK_EQ(ocpn_ctrl_quiet(t->h->c), true);
        CHECK_EQ(fake_all(fake_guest(t->h, FAKE_RINGS), BLANK,
                          (NQUEUES + 1) * 0x20000), true);
    }
    stop(t);
}

static const OcpnTest tests[] = {
    { "a reset at every step of 1785 commands", every_step },
    { "a reset in the middle of a run", in_a_run },
};
OCPN_UNIT_MAIN("reset-many", tests)
