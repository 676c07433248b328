/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz-host.h"

static bool test_and_clear(FuzzHost *t, uint16_t qid, uint16_t cid)
{
    uint8_t bit = (uint8_t)(1 << cid % 8);
    bool was = t->open[qid][cid / 8] & bit;

    t->open[qid][cid / 8] &= (uint8_t)~bit;
    return was;
}

static void forget(FuzzHost *t, uint16_t qid)
{
    memset(t->open[qid], 0, sizeof(t->open[qid]));
    t->n[qid] = 0;
    t->wild[qid] = false;
}

void fuzz_host_lose(FuzzHost *t)
{
    for (unsigned i = 0; i <= FUZZ_NQUEUES; i++) {
        t->wild[i] = true;
    }
}

void fuzz_host_enable(FuzzHost *t)
{
    bool ready;

    t->h->f.hold = false;
    t->h->f.fail_alloc = 0;
    ready = fake_enable(t->h);
    for (uint16_t i = 0; i <= FUZZ_NQUEUES; i++) {
        FakeCqe e;

        forget(t, i);
        t->made[i] = ready;
        if (i && ready) {
            e = fake_create_pair(t->h, i, FUZZ_RING);
            t->made[i] = e.found && !e.status;
            t->wild[0] |= !e.found;
        }
    }
}

/* By name: the two have their fields in common, not their layout. */
static FakeCmd take_command(FuzzHost *t, FuzzInput *in)
{
    FakeCmd fake = { .opc = 0 };
    FuzzCommand c = { .opc = 0 };

    fake_prp(t->h, &fake, FAKE_BUF, 0x10000);
    c.prp1 = fake.prp1;
    c.prp2 = fake.prp2;
    fuzz_take_command(in, &c);
    return (FakeCmd) {
        .opc = c.opc, .flags = c.flags, .nsid = c.nsid, .cdw2 = c.cdw2,
        .cdw3 = c.cdw3, .mptr = c.mptr, .prp1 = c.prp1, .prp2 = c.prp2,
        .cdw10 = c.cdw[0], .cdw11 = c.cdw[1], .cdw12 = c.cdw[2],
        .cdw13 = c.cdw[3], .cdw14 = c.cdw[4], .cdw15 = c.cdw[5],
    };
}

/* Queues come and go, or Doorbell Buffer Config gives them other tails. */
static bool of_queues(uint8_t opc)
{
    return opc == 0x00 || opc == 0x01 || opc == 0x04 || opc == 0x05 ||
           opc == 0x7c;
}

void fuzz_host_command(FuzzHost *t, uint16_t qid, FuzzInput *in)
{
    FakeCmd cmd = take_command(t, in);
    uint32_t most = qid ? FUZZ_RING : FAKE_ADMIN_SIZE;
    uint16_t cid;

    if (!t->made[qid] || (t->n[qid] >= most - 1 && !t->wild[qid])) {
        return;
    }
    cid = fake_submit(t->h, qid, &cmd);
    t->open[qid][cid / 8] |= (uint8_t)(1 << cid % 8);
    t->n[qid]++;
    if (!qid && of_queues(cmd.opc)) {
        fuzz_host_lose(t);
    }
}

void fuzz_host_reap(FuzzHost *t, uint16_t qid)
{
    unsigned i = 0;

    if (!t->made[qid]) {
        return;
    }
    for (FakeCqe e = fake_reap(t->h, qid); e.found && i < 1000; i++) {
        if (!t->wild[qid]) {
            FUZZ_CHECK(e.sqid == qid && test_and_clear(t, qid, e.cid),
                       "command %u of queue %u was not under way", e.cid,
                       e.sqid);
            FUZZ_CHECK(t->n[qid], "more completions than commands");
            t->n[qid]--;
        }
        e = fake_reap(t->h, qid);
    }
}
