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

/* 14 bits in the buffers, or somewhere that is more interesting. */
uint64_t fuzz_host_address(FuzzInput *in)
{
    uint64_t v = fuzz_take(in, 2);

    switch (v >> 14) {
    case 0:
        return FAKE_BUF + (v & 0x3fff) * 64;
    case 1:
        return FAKE_LISTS + (v & 0x3fff) * 4;
    case 2:
        return FAKE_BUF + (v & 0xff) * 4096 + (v >> 8 & 0x3f);
    default:
        return v & 1 ? FAKE_HOLE - 4096 + (v & 0x3ffe) * 8
                     : UINT64_MAX - (v & 0x3fff) * 4;
    }
}

static void take_flags(FuzzInput *in, FakeCmd *cmd)
{
    cmd->flags = (uint8_t)fuzz_take(in, 1);
    cmd->mptr = fuzz_host_address(in);
    cmd->cdw2 = (uint32_t)fuzz_take(in, 2);
    cmd->cdw3 = (uint32_t)fuzz_take(in, 2);
    if (cmd->flags & 0xc0) {            /* an SGL descriptor */
        cmd->prp2 = fuzz_take(in, 2) * 16;
        cmd->prp2 |= fuzz_take(in, 1) << 56;
    }
}

static FakeCmd take_command(FuzzHost *t, FuzzInput *in)
{
    FakeCmd cmd = { .opc = (uint8_t)fuzz_take(in, 1), .nsid = 1 };
    unsigned has = (unsigned)fuzz_take(in, 1);

    fake_prp(t->h, &cmd, FAKE_BUF, 0x10000);
    if (has & FUZZ_HAS_NSID) {
        cmd.nsid = (uint32_t)fuzz_take(in, 1);
        cmd.nsid = cmd.nsid == 255 ? UINT32_MAX : cmd.nsid;
    }
    if (has & FUZZ_HAS_CDW10) {
        cmd.cdw10 = (uint32_t)fuzz_take(in, 4);
    }
    if (has & FUZZ_HAS_CDW11) {
        cmd.cdw11 = (uint32_t)fuzz_take(in, 4);
    }
    if (has & FUZZ_HAS_CDW12) {
        cmd.cdw12 = (uint32_t)fuzz_take(in, 4);
    }
    if (has & FUZZ_HAS_CDW13) {
        cmd.cdw13 = (uint32_t)fuzz_take(in, 4);
    }
    if (has & FUZZ_HAS_CDW14) {
        cmd.cdw14 = (uint32_t)fuzz_take(in, 4);
        cmd.cdw15 = (uint32_t)fuzz_take(in, 4);
    }
    if (has & FUZZ_HAS_PRPS) {
        cmd.prp1 = fuzz_host_address(in);
        cmd.prp2 = fuzz_host_address(in);
    }
    if (has & FUZZ_HAS_FLAGS) {
        take_flags(in, &cmd);
    }
    return cmd;
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
