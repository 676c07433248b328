/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that does everything at once: commands of all kinds with good and
 * bad fields, media that fail and finish in any order, queues that come and
 * go, resets and shutdowns in between.
 * Proves: CONTRIBUTING.md, rule 6: a request completes exactly once, or is
 * dropped by a reset; and that nothing is left over.
 */
#include <stdlib.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define NQUEUES     4u          /* I/O pairs 1 to 4 */
#define RING        64u

typedef struct Chaos {
    FakeHost *h;
    uint32_t seed;
    unsigned n[NQUEUES + 1];    /* commands not reaped yet */
    uint8_t  open[NQUEUES + 1][65536];      /* by CID */
} Chaos;

static uint32_t pick(Chaos *t, uint32_t below)
{
    t->seed = t->seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(t->seed >> 4) * below >> 28);
}

static uint64_t address(Chaos *t)
{
    switch (pick(t, 40)) {
    case 0:
        return FAKE_HOLE;
    case 1:
        return FAKE_BUF + pick(t, 4096);
    case 2:
        return UINT64_MAX - pick(t, 8192);
    default:
        return FAKE_BUF + pick(t, 1024) * UINT64_C(4096);
    }
}

static void note(Chaos *t, uint16_t qid, uint16_t cid)
{
    t->open[qid][cid] = 1;
    t->n[qid]++;
}

static void submit_io(Chaos *t)
{
    static const uint8_t opcs[] = { 0x00, 0x01, 0x01, 0x01, 0x02, 0x02, 0x04,
                                    0x05, 0x08, 0x09, 0x0c, 0x19, 0x90, 0x91,
                                    0x91, 0x92, 0x93, 0x7f };
    uint16_t qid = (uint16_t)(1 + pick(t, NQUEUES));
    FakeCmd cmd = {
        .opc = opcs[pick(t, sizeof(opcs))],
        .nsid = pick(t, 30) ? 1 + pick(t, 3) : pick(t, 5),
        .flags = pick(t, 30) ? 0 : (uint8_t)pick(t, 256),
        .prp1 = address(t), .prp2 = address(t),
        .mptr = pick(t, 2) ? address(t) : 0,
        .cdw10 = pick(t, 3) ? pick(t, 6) << 10 | pick(t, 5) << 7 : pick(t, 99),
        .cdw11 = pick(t, 2) << 2,           /* DSM: AD */
        .cdw12 = pick(t, 24) | pick(t, 8) / 7 << 30,
        .cdw14 = pick(t, 64),
    };

    if (t->n[qid] < RING - 1) {
        note(t, qid, fake_submit(t->h, qid, &cmd));
    }
}

static void submit_admin(Chaos *t)
{
    static const uint8_t opcs[] = { 0x02, 0x06, 0x08, 0x0a, 0x0c, 0x80, 0xe2,
                                    0xff };
    FakeCmd cmd = {
        .opc = opcs[pick(t, sizeof(opcs))],
        .nsid = pick(t, 4), .prp1 = address(t), .prp2 = address(t),
        .cdw10 = pick(t, 2) ? pick(t, 16) : pick(t, 4) << 16 | pick(t, 16),
    };

    if (t->n[0] < FAKE_ADMIN_SIZE - 1) {
        note(t, 0, fake_submit(t->h, 0, &cmd));
    }
}

static void reap(Chaos *t, uint16_t qid)
{
    FakeCqe e = fake_reap(t->h, qid);

    for (; e.found; e = fake_reap(t->h, qid)) {
        CHECK(e.sqid == qid && t->open[qid][e.cid],
              "command %u of queue %u was not under way", e.cid, e.sqid);
        t->open[qid][e.cid] = 0;
        t->n[qid]--;
    }
}

static void finish_one(Chaos *t)
{
    static const OcpnIoResult results[] = {
        OCPN_IO_ERROR, OCPN_IO_NOSPC, OCPN_IO_NODMA,
    };

    if (t->h->f.nios) {
        fake_io_finish(&t->h->f, pick(t, t->h->f.nios),
                       pick(t, 10) ? OCPN_IO_OK : results[pick(t, 3)]);
    }
}

/* Everything comes to its end, but requests for events. */
static void drain(Chaos *t)
{
    for (bool again = true; again; ) {
        again = t->h->f.nios != 0;
        while (t->h->f.nios) {
            finish_one(t);
        }
        fake_run(&t->h->f);
        for (uint16_t i = 0; i <= NQUEUES; i++) {
            unsigned before = t->n[i];

            reap(t, i);
            again |= t->n[i] != before;
        }
        fake_run(&t->h->f);
        again |= t->h->f.nios != 0;
    }
    for (uint16_t i = 1; i <= NQUEUES; i++) {
        CHECK(!t->n[i], "%u commands of queue %u are lost", t->n[i], i);
    }
    CHECK(t->n[0] <= 8, "%u admin commands are lost", t->n[0]);
    for (uint32_t i = 1; i <= 3; i++) {
        CHECK_EQ(ocpn_ns_users(ocpn_ns_get(t->h->c, i)), 0);
    }
}

static void forget(Chaos *t)
{
    memset(t->open, 0, sizeof(t->open));
    memset(t->n, 0, sizeof(t->n));
}

static void enable(Chaos *t)
{
    forget(t);
    t->h->f.hold = false;
    t->h->f.fail_alloc = 0;
    CHECK_EQ(fake_enable(t->h), true);
    for (uint16_t i = 1; i <= NQUEUES; i++) {
        CHECK_EQ(fake_create_pair(t->h, i, RING).status, 0);
    }
    t->h->f.hold = true;
}

/* A reset of some kind, with or without a shutdown; then all is quiet. */
static void reset(Chaos *t)
{
    unsigned kind = pick(t, 5);

    if (pick(t, 2)) {
        fake_set_reg(t->h, 0x14, 0x00464001, 4);
    }
    if (kind == 4) {
        fake_set_reg(t->h, 0x14, 0x00460000, 4);
    } else {
        ocpn_ctrl_reset(t->h->c, (OcpnReset)kind);
    }
    for (unsigned i = 0; i < 100000 && !ocpn_ctrl_quiet(t->h->c); i++) {
        finish_one(t);
        if (pick(t, 2)) {
            fake_run(&t->h->f);
        }
    }
    fake_run(&t->h->f);
    CHECK_EQ(ocpn_ctrl_quiet(t->h->c), true);
    CHECK_EQ(t->h->f.nios, 0);
    enable(t);
}

/* A queue goes while it is busy; what was not fetched is lost. */
static void replace_queue(Chaos *t)
{
    uint16_t qid = (uint16_t)(1 + pick(t, NQUEUES));

    fake_submit(t->h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = qid });
    note(t, 0, t->h->cid);
    for (bool gone = false; !gone; ) {
        uint16_t cid = t->h->cid;

        finish_one(t);
        fake_run(&t->h->f);
        reap(t, qid);
        reap(t, 0);
        gone = !t->open[0][cid];
    }
    memset(t->open[qid], 0, sizeof(t->open[qid]));
    t->n[qid] = 0;
    drain(t);
    t->h->f.hold = false;
    t->h->f.fail_alloc = 0;
    CHECK_EQ(fake_admin(t->h, &(FakeCmd) { .opc = 0x04, .cdw10 = qid })
             .status, 0);
    CHECK_EQ(fake_create_pair(t->h, qid, RING).status, 0);
    t->h->f.hold = true;
}

static void step(Chaos *t)
{
    uint32_t what = pick(t, 1000);

    if (what < 450) {
        submit_io(t);
    } else if (what < 500) {
        submit_admin(t);
    } else if (what < 800) {
        finish_one(t);
    } else if (what < 900) {
        fake_run(&t->h->f);
    } else if (what < 980) {
        reap(t, (uint16_t)pick(t, NQUEUES + 1));
    } else if (what < 990) {
        fake_advance(&t->h->f, pick(t, 1000000));
    } else if (what < 993) {
        drain(t);
    } else if (what < 996 && t->n[0] < FAKE_ADMIN_SIZE - 12) {
        replace_queue(t);
    } else if (what < 998) {
        reset(t);
    } else if (what < 999) {
        t->h->f.fail_alloc = 1;     /* a pool that comes into being now */
    }
}

static void chaos(uint32_t seed, unsigned steps)
{
    FakeSetup s = {
        .ns = { FAKE_T1, FAKE_CONVENTIONAL(2), FAKE_CONVENTIONAL(3) },
    };
    Chaos *t = calloc(1, sizeof(*t));

    s.cfg.sync_flush = seed & 1;
    s.ns[0].cfg.multi_reset = seed & 2;
    s.ns[0].cfg.early_reset = seed & 4;
    s.ns[1].lbads = 9;
    s.ns[1].ms = 8;
    s.ns[1].extended = true;
    s.ns[2].ms = 16;
    t->seed = seed;
    t->h = fake_host_new(&s);
    for (unsigned i = 0; i < 0x200000; i += 8) {    /* lists of LBAs */
        fake_put_le(fake_guest(t->h, FAKE_BUF + i), 8,
                    pick(t, 6) << 10 | pick(t, 5) << 7 | pick(t, 8) * 4);
    }
    enable(t);
    for (unsigned i = 0; i < steps; i++) {
        step(t);
    }
    drain(t);
    t->h->f.hold = false;
    t->h->f.fail_alloc = 0;
    fake_host_restart(t->h, true);          /* the images are as they were */
    fake_host_free(t->h);
    free(t);
}

/* FAILURE-CASE-32 FAILURE-CASE-41 */
static void everything(void)
{
    for (uint32_t seed = 1; seed <= 12; seed++) {
        chaos(seed * 7919, 4000);
    }
}

static const OcpnTest tests[] = {
    { "everything at once", everything },
};
OCPN_UNIT_MAIN("chaos", tests)
