/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of queues: rings that are not pairs.  FakeHost.q[i] then
 * stands for submission queue i in fake_submit() and for completion queue i
 * in fake_reap(), whatever the other half of it is.
 */
#ifndef TESTS_UNIT_QUEUE_UNIT_H
#define TESTS_UNIT_QUEUE_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

static const FakeSetup queue_drive = { .ns = { FAKE_CONVENTIONAL(1) } };

#define QUEUE_RING(i)   (UINT64_C(0x200000) + (i) * UINT64_C(0x20000))

/* Completion queue ID of SIZE entries at ADDR. */
static inline FakeCqe queue_create_cq(FakeHost *h, uint16_t id, uint32_t size,
                                      uint64_t addr)
{
    h->q[id].cq = addr;
    h->q[id].size = size;
    h->q[id].head = 0;
    h->q[id].phase = 1;
    if (fake_is_ram(addr, size * 16)) {
        memset(fake_guest(h, addr), 0, size * 16);
    }
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x05, .prp1 = addr, .cdw10 = (size - 1) << 16 | id,
        .cdw11 = (uint32_t)id << 16 | 3,
    });
}

/* Submission queue ID that uses completion queue CQID. */
static inline FakeCqe queue_create_sq(FakeHost *h, uint16_t id, uint32_t size,
                                      uint64_t addr, uint16_t cqid)
{
    h->q[id].sq = addr;
    h->q[id].size = size;
    h->q[id].tail = 0;
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x01, .prp1 = addr, .cdw10 = (size - 1) << 16 | id,
        .cdw11 = (uint32_t)cqid << 16 | 1,
    });
}

static inline FakeCqe queue_delete_sq(FakeHost *h, uint16_t id)
{
    return fake_admin(h, &(FakeCmd) { .opc = 0x00, .cdw10 = id });
}

static inline FakeCqe queue_delete_cq(FakeHost *h, uint16_t id)
{
    return fake_admin(h, &(FakeCmd) { .opc = 0x04, .cdw10 = id });
}

/* A Flush of NSID 1: done at once unless I/Os are held. */
static inline uint16_t queue_flush(FakeHost *h, uint16_t id)
{
    return fake_submit(h, id, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
}

/* Completions of queue ID that are there, consumed. */
static inline unsigned queue_reap_all(FakeHost *h, uint16_t id)
{
    unsigned n = 0;

    while (fake_reap(h, id).found) {
        n++;
    }
    return n;
}

/* The same without telling the controller. */
static inline unsigned queue_count(FakeHost *h, uint16_t id)
{
    const FakeQueue *q = &h->q[id];
    uint32_t head = q->head;
    uint8_t phase = q->phase;
    unsigned n = 0;

    while ((fake_guest(h, q->cq + head * 16)[14] & 1) == phase) {
        n++;
        if (++head == q->size) {
            head = 0;
            phase ^= 1;
        }
    }
    return n;
}

static inline uint32_t queue_csts(FakeHost *h)
{
    return (uint32_t)fake_reg(h, 0x1c, 4);
}

#endif
