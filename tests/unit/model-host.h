/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of the random host (tests/model) on the fake host: several under
 * way at once, and a medium that finishes in any order and fails on demand.
 */
#ifndef TESTS_UNIT_MODEL_HOST_H
#define TESTS_UNIT_MODEL_HOST_H

#include <limits.h>

#include "hw/ocp-nvme/core/fault.h"
#include "ocssd-host.h"
#include "../model/ocssd-run.h"

#define QUEUES      3u

/* Guest memory of a command: data, and lists after a page of PRPs. */
#define SLOT_DATA   UINT64_C(0xc0000)
#define SLOT_LISTS  (0x1000 + 2 * MODEL_LIST_ROOM)

typedef struct Drive {
    FakeHost *h;
    const ModelRules *rules;
    RandomHost order;           /* in which the medium finishes */
    const ModelCmd *const *c;   /* under way, N of them */
    unsigned n;
    uint64_t data;              /* offset of block data in the image */
} Drive;

static inline ModelPlaces places_of(unsigned slot)
{
    uint64_t lists = FAKE_LISTS + slot * SLOT_LISTS;

    return (ModelPlaces) {
        .data = FAKE_BUF + slot * SLOT_DATA,
        .meta = FAKE_BUF + RUN_BATCH * SLOT_DATA + slot * MODEL_META_ROOM,
        .list = lists + 0x1000, .to = lists + 0x1000 + MODEL_LIST_ROOM,
        .nowhere = FAKE_HOLE,
    };
}

/* PRPs for BYTES at DATA, with a list of their own at LIST. */
static inline void put_prps(FakeHost *h, FakeCmd *cmd, const ModelSqe *e,
                            uint64_t list)
{
    unsigned n = (e->bytes + MODEL_BLOCK - 1) / MODEL_BLOCK;

    cmd->prp1 = e->data ? e->data : FAKE_HOLE;
    cmd->prp2 = n > 2 ? list : n > 1 ? e->data + MODEL_BLOCK : 0;
    for (unsigned i = 1; i < n && n > 2; i++) {
        put_bytes_at(fake_guest(h, list) + (i - 1) * 8, 8,
                     e->data + i * MODEL_BLOCK);
    }
}

static inline uint16_t submit(Drive *d, const ModelCmd *c, unsigned slot,
                              RunSeen *seen)
{
    FakeHost *h = d->h;
    ModelPlaces at = places_of(slot);
    ModelSqe e = model_encode(d->rules, c, &at);
    FakeCmd cmd = {
        .opc = e.opc, .flags = e.flags, .nsid = e.nsid, .mptr = e.mptr,
        .cdw10 = e.cdw10, .cdw11 = e.cdw11, .cdw12 = e.cdw12,
        .cdw14 = e.cdw14, .cdw15 = e.cdw15,
    };

    put_prps(h, &cmd, &e, FAKE_LISTS + slot * SLOT_LISTS);
    model_fill(d->rules, c, fake_guest(h, at.data), fake_guest(h, at.meta));
    if (e.lists) {
        model_put_list(fake_guest(h, at.list + c->skew), c->lba, c->n);
        model_put_list(fake_guest(h, at.to + c->skew), c->to, c->n);
    }
    seen->data = fake_guest(h, at.data);
    seen->meta = fake_guest(h, at.meta);
    return fake_submit(h, (uint16_t)c->queue, &cmd);
}

static inline void see(RunSeen *seen, FakeCqe e)
{
    seen->done = e.found;
    seen->status = e.status;
    seen->dnr = e.dnr;
    seen->dw0 = e.dw0;
    seen->dw1 = e.dw1;
}

/* Does the medium itself fail IO? */
static inline OcpnIoResult judge(const Drive *d, const OcpnIo *io)
{
    uint64_t chunk = (uint64_t)d->rules->clba * MODEL_BLOCK;

    for (unsigned i = 0; i < d->n; i++) {
        if (d->c[i]->fault == MODEL_IO_ERROR && io->op == OCPN_IO_WRITE &&
            io->offset >= d->data &&
            (io->offset - d->data) / chunk == d->c[i]->fault_chunk) {
            return OCPN_IO_ERROR;
        }
    }
    return OCPN_IO_OK;
}

/* Let the medium finish in any order, MOST of what it has to do. */
static inline void finish(Drive *d, unsigned most)
{
    FakePort *f = &d->h->f;

    fake_run(f);
    while (f->nios && most--) {
        unsigned i = random_below(&d->order, f->nios);

        fake_io_finish(f, i, judge(d, f->io[i]));
        if (random_below(&d->order, 2) || !f->nios) {
            fake_run(f);
        }
    }
}

static inline void add_fault(Drive *d, const ModelCmd *c)
{
    OcpnFaultRule rule;
    OcpnError err = { "" };
    char text[100];

    if (c->fault && c->fault != MODEL_IO_ERROR) {
        model_fault_rule(d->rules, c, text, sizeof(text));
        CHECK(ocpn_fault_parse(text, &rule, &err) &&
              ocpn_fault_add(d->h->c, &rule, &err), "%s", err.text);
    }
}

/* Do I/O commands, as far as the medium finishes MOST of its work. */
static inline void exec_io(Drive *d, const ModelCmd *const *c, RunSeen *seen,
                           unsigned n, unsigned most)
{
    uint16_t cid[RUN_BATCH];

    d->h->f.hold = true;
    d->c = c;
    d->n = n;
    for (unsigned i = 0; i < n; i++) {
        add_fault(d, c[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        cid[i] = submit(d, c[i], i, &seen[i]);
    }
    finish(d, most);
    d->h->f.hold = false;
    ocpn_fault_clear(d->h->c);
    for (uint16_t q = 1; q <= QUEUES; q++) {
        for (FakeCqe e = fake_reap(d->h, q); e.found;
             e = fake_reap(d->h, q)) {
            for (unsigned i = 0; i < n; i++) {
                if (cid[i] == e.cid && c[i]->queue == q) {
                    see(&seen[i], e);
                }
            }
        }
    }
}

static inline void create_pairs(FakeHost *h, uint16_t from)
{
    for (uint16_t q = from; q <= QUEUES; q++) {
        CHECK_EQ(fake_create_pair(h, q, 8 * q).status, 0);
    }
}

static inline void exec_reset(Drive *d, ModelOp op)
{
    FakeHost *h = d->h;

    if (op == MODEL_RESTART || op == MODEL_CRASH) {
        fake_host_restart(h, op == MODEL_RESTART);
        create_pairs(h, 2);
        return;
    }
    if (op == MODEL_SYSTEM_RESET) {
        ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
        fake_run(&h->f);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    } else {
        CHECK_EQ(fake_disable(h), true);
    }
    CHECK_EQ(fake_enable(h), true);
    create_pairs(h, 1);
}

/* RunDrive.cut() */
static inline void cut(void *opaque, const ModelCmd *const *c, RunSeen *seen,
                       unsigned n)
{
    Drive *d = opaque;

    exec_io(d, c, seen, n, random_below(&d->order, 8 * n));
    exec_reset(d, MODEL_CRASH);
}

/* RunDrive.exec() */
static inline void exec(void *opaque, const ModelCmd *const *c, RunSeen *seen,
                        unsigned n)
{
    Drive *d = opaque;

    if (c[0]->op < MODEL_LOG) {
        exec_io(d, c, seen, n, UINT_MAX);
    } else if (c[0]->op == MODEL_LOG) {
        memset(fake_guest(d->h, FAKE_BUF), MODEL_SPOIL, c[0]->bytes);
        see(seen, fake_get_log(d->h, 0xca, 1, c[0]->offset, c[0]->bytes));
        seen->data = fake_guest(d->h, FAKE_BUF);
    } else if (c[0]->op == MODEL_FEEDBACK) {
        see(seen, fake_set_feature(d->h, 0xca, 1, c[0]->feedback));
    } else if (c[0]->op == MODEL_DULBE) {
        see(seen, fake_set_feature(d->h, 0x05, 1, (uint32_t)c[0]->on << 16));
    } else {
        exec_reset(d, c[0]->op);
        seen->done = true;
    }
}

#endif
