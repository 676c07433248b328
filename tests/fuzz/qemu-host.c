/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"
#include "block/block.h"
#include "exec/cpu-common.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"

#include "qemu-host.h"

#define RINGS       UINT64_C(0x600000)
#define RING_BYTES  0x1000
#define ADMIN_SIZE  32u
#define TURNS       200u        /* of the main loop, for CSTS.RDY */

#define REG_CC      0x14u
#define REG_CSTS    0x1cu
#define REG_AQA     0x24u
#define REG_ASQ     0x28u
#define REG_ACQ     0x30u
#define DOORBELLS   0x1000u

uint64_t fuzz_host_reg(uint32_t off, unsigned size)
{
    uint8_t b[8] = { 0 };

    cpu_physical_memory_read(QEMU_FUZZ_BAR + off, b, size);
    return ldq_le_p(b);
}

void fuzz_host_set_reg(uint32_t off, uint64_t val, unsigned size)
{
    uint8_t b[8];

    stq_le_p(b, val);
    cpu_physical_memory_write(QEMU_FUZZ_BAR + off, b, size);
}

void fuzz_host_doorbell(uint32_t qid, bool cq, uint32_t val)
{
    fuzz_host_set_reg(DOORBELLS + 8 * qid + 4 * cq, val, 4);
}

void fuzz_host_run(void)
{
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 10 && g_main_context_pending(NULL); j++) {
            main_loop_wait(true);
        }
        bdrv_drain_all();
    }
}

void fuzz_host_lose(QemuHost *t)
{
    for (unsigned i = 0; i <= FUZZ_NQUEUES; i++) {
        t->q[i].wild = true;
    }
}

static void forget(QemuHost *t)
{
    for (unsigned i = 0; i <= FUZZ_NQUEUES; i++) {
        t->q[i] = (QemuPair) {
            .sq = RINGS + 2 * i * RING_BYTES,
            .cq = RINGS + (2 * i + 1) * RING_BYTES,
            .size = i ? FUZZ_RING : ADMIN_SIZE,
            .phase = true,
        };
    }
    memset(fuzz_guest(RINGS), 0, 2 * (FUZZ_NQUEUES + 1) * RING_BYTES);
}

static bool wait_ready(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        uint64_t csts = fuzz_host_reg(REG_CSTS, 4);

        if (csts & 3) {
            return csts & 1;
        }
        main_loop_wait(true);
    }
    return false;
}

static void create_pair(QemuHost *t, uint16_t qid)
{
    QemuPair *q = &t->q[qid];
    FuzzCommand cmd = fuzz_host_command(0x05);

    cmd.nsid = 0;
    cmd.prp1 = q->cq;
    cmd.cdw[0] = (q->size - 1) << 16 | qid;
    cmd.cdw[1] = (uint32_t)qid << 16 | 3;       /* IV, IEN, PC */
    fuzz_host_submit(t, 0, &cmd);
    cmd.opc = 0x01;
    cmd.prp1 = q->sq;
    cmd.cdw[1] = (uint32_t)qid << 16 | 1;
    fuzz_host_submit(t, 0, &cmd);
}

/* All at once: turns of the main loop cost more than commands. */
static void create_pairs(QemuHost *t)
{
    t->first = t->cid + 1;
    t->failed = 0;
    for (uint16_t i = 1; i <= FUZZ_NQUEUES; i++) {
        create_pair(t, i);
    }
    fuzz_host_run();
    fuzz_host_reap(t, 0);
    for (uint16_t i = 1; i <= FUZZ_NQUEUES; i++) {
        t->q[i].made = !t->q[0].n && !(t->failed >> (i - 1) & 1);
    }
}

void fuzz_host_enable(QemuHost *t)
{
    forget(t);
    fuzz_drive_set_up_pci(t->pci);
    fuzz_host_set_reg(REG_CC, 0, 4);
    fuzz_host_run();
    fuzz_host_set_reg(REG_AQA, (ADMIN_SIZE - 1) * 0x10001, 4);
    fuzz_host_set_reg(REG_ASQ, t->q[0].sq, 8);
    fuzz_host_set_reg(REG_ACQ, t->q[0].cq, 8);
    fuzz_host_set_reg(REG_CC, 0x00460001, 4);
    t->q[0].made = wait_ready();
    if (t->q[0].made) {
        create_pairs(t);
    }
}

/* As fake_prp() of the unit tests: a list at FUZZ_LISTS. */
FuzzCommand fuzz_host_command(uint8_t opc)
{
    for (unsigned i = 0; i < 15; i++) {
        stq_le_p(fuzz_guest(FUZZ_LISTS + 8 * i), FUZZ_BUF + 4096 * (i + 1));
    }
    return (FuzzCommand) {
        .opc = opc, .nsid = 1, .prp1 = FUZZ_BUF, .prp2 = FUZZ_LISTS,
    };
}

static void put_sqe(uint8_t *to, const FuzzCommand *cmd, uint16_t cid)
{
    memset(to, 0, 64);
    to[0] = cmd->opc;
    to[1] = cmd->flags;
    stw_le_p(to + 2, cid);
    stl_le_p(to + 4, cmd->nsid);
    stl_le_p(to + 8, cmd->cdw2);
    stl_le_p(to + 12, cmd->cdw3);
    stq_le_p(to + 16, cmd->mptr);
    stq_le_p(to + 24, cmd->prp1);
    stq_le_p(to + 32, cmd->prp2);
    for (unsigned i = 0; i < 6; i++) {
        stl_le_p(to + 40 + 4 * i, cmd->cdw[i]);
    }
}

void fuzz_host_submit(QemuHost *t, uint16_t qid, const FuzzCommand *cmd)
{
    QemuPair *q = &t->q[qid];
    uint16_t cid;

    if (!q->made || (q->n >= q->size - 1 && !q->wild)) {
        return;
    }
    cid = ++t->cid;
    put_sqe(fuzz_guest(q->sq + 64 * q->tail), cmd, cid);
    q->tail = (q->tail + 1) % q->size;
    q->open[cid / 8] |= 1 << cid % 8;
    q->n++;
    fuzz_host_doorbell(qid, false, q->tail);
}

static void take_entry(QemuHost *t, uint16_t qid, const uint8_t *cqe)
{
    QemuPair *q = &t->q[qid];
    uint16_t cid = lduw_le_p(cqe + 12), sqid = lduw_le_p(cqe + 10);

    if (lduw_le_p(cqe + 14) >> 1 && (uint16_t)(cid - t->first) < 16) {
        t->failed |= 1 << (uint16_t)(cid - t->first) / 2;
    }
    if (q->wild) {
        return;
    }
    if (sqid != qid || !(q->open[cid / 8] >> cid % 8 & 1) || !q->n) {
        fprintf(stderr, "queue %u: command %u of queue %u was not under way\n",
                qid, cid, sqid);
        abort();
    }
    q->open[cid / 8] &= ~(1 << cid % 8);
    q->n--;
}

void fuzz_host_reap(QemuHost *t, uint16_t qid)
{
    QemuPair *q = &t->q[qid];
    unsigned n;

    if (!q->made) {
        return;
    }
    for (n = 0; n < 1000; n++) {
        const uint8_t *cqe = fuzz_guest(q->cq + 16 * q->head);

        if ((cqe[14] & 1) != q->phase) {
            break;
        }
        take_entry(t, qid, cqe);
        q->head++;
        if (q->head == q->size) {
            q->head = 0;
            q->phase = !q->phase;
        }
    }
    if (n) {
        fuzz_host_doorbell(qid, true, q->head);
    }
}
