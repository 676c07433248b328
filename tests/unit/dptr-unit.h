/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of PRPs and SGLs: a model of which bytes of guest RAM a
 * command describes, in their order, and commands that must move exactly
 * these.
 *
 * Data lies in [DPTR_AREA, DPTR_AREA + DPTR_SIZE), lists at FAKE_LISTS.
 */
#ifndef TESTS_UNIT_DPTR_UNIT_H
#define TESTS_UNIT_DPTR_UNIT_H

#include <stdlib.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define DPTR_AREA   UINT64_C(0x800000)
#define DPTR_SIZE   UINT64_C(0x800000)
#define DPTR_BUCKET UINT64_MAX
#define DPTR_BLOCK  512u
#define DPTR_CC     0x00460001u         /* 64 and 16 byte entries, EN */

typedef struct Dptr {
    FakeHost *h;
    FakeCmd   cmd;
    uint64_t  page;             /* CC.MPS in bytes */
    unsigned  npieces;          /* the model */
    struct { uint64_t addr, len; } piece[2048];
} Dptr;

/* A namespace of 8 MiB in blocks of 512 bytes, pages of 4 KiB << MPS. */
static inline void dptr_start(Dptr *d, uint8_t mdts, unsigned mps)
{
    FakeSetup s = {
        .cfg = { .mdts = mdts },
        .ns = { {
            .cfg = { .nsid = 1, .dlfeat = 1 },
            .mode = IMG_MODE_CONVENTIONAL, .lbads = 9, .nsze = 16384,
        } },
    };

    memset(d, 0, sizeof(*d));
    d->page = UINT64_C(4096) << mps;
    d->h = fake_host_start(&s);
    if (mps) {                  /* once more, with other pages */
        fake_disable(d->h);
        fake_set_reg(d->h, 0x14, DPTR_CC | mps << 7, 4);
        fake_run(&d->h->f);
        d->h->q[0].tail = d->h->q[0].head = 0;
        d->h->q[0].phase = 1;
        memset(fake_guest(d->h, d->h->q[0].sq), 0, 0x20000);
        CHECK_EQ(fake_create_pair(d->h, 1, FAKE_QUEUE_SIZE).status, 0);
    }
}

/* A new command of LEN bytes, nothing described yet. */
static inline void dptr_command(Dptr *d, uint64_t len, uint8_t psdt)
{
    d->npieces = 0;
    d->cmd = (FakeCmd) {
        .nsid = 1, .flags = (uint8_t)(psdt << 6),
        .cdw12 = (uint32_t)(len / DPTR_BLOCK) - 1,
    };
}

/* The model: LEN bytes at ADDR come next. */
static inline void dptr_map(Dptr *d, uint64_t addr, uint64_t len)
{
    d->piece[d->npieces].addr = addr;
    d->piece[d->npieces++].len = len;
}

static inline uint8_t *dptr_media(Dptr *d)
{
    return d->h->f.media[1].bytes + ocpn_ns_get(d->h->c, 1)->im.data.offset;
}

static inline void dptr_fill(uint8_t *p, uint64_t len, uint32_t seed)
{
    for (uint64_t i = 0; i < len; i += 4) {
        seed = seed * 1664525 + 1013904223;
        memcpy(p + i, &seed, len - i < 4 ? len - i : 4);
    }
}

static inline FakeCqe dptr_run(Dptr *d, uint8_t opc)
{
    d->cmd.opc = opc;
    return fake_io(d->h, &d->cmd);
}

/* A write takes the bytes the model names, and in its order. */
static inline void dptr_check_write(Dptr *d)
{
    uint8_t *media = dptr_media(d);
    uint64_t at = 0;
    FakeCqe e;

    for (unsigned i = 0; i < d->npieces; i++) {
        dptr_fill(fake_guest(d->h, d->piece[i].addr), d->piece[i].len,
                  (uint32_t)d->h->cid << 16 | i);
    }
    e = dptr_run(d, 0x01);
    CHECK_EQ(e.found ? e.status : 0xffff, 0);
    for (unsigned i = 0; i < d->npieces; i++) {
        CHECK(!memcmp(media + at, fake_guest(d->h, d->piece[i].addr),
                      d->piece[i].len), "piece %u of the write", i);
        at += d->piece[i].len;
    }
}

/* A read changes the bytes the model names, and no others. */
static inline void dptr_check_read(Dptr *d)
{
    uint8_t *want = malloc(DPTR_SIZE), *media = dptr_media(d);
    uint64_t at = 0, len = (d->cmd.cdw12 + 1) * UINT64_C(512);
    FakeCqe e;

    dptr_fill(media, len, d->h->cid);
    memset(fake_guest(d->h, DPTR_AREA), 0xee, DPTR_SIZE);
    memset(want, 0xee, DPTR_SIZE);
    for (unsigned i = 0; i < d->npieces; i++) {
        if (d->piece[i].addr != DPTR_BUCKET) {
            memcpy(want + (d->piece[i].addr - DPTR_AREA), media + at,
                   d->piece[i].len);
        }
        at += d->piece[i].len;
    }
    e = dptr_run(d, 0x02);
    CHECK_EQ(e.found ? e.status : 0xffff, 0);
    CHECK(!memcmp(want, fake_guest(d->h, DPTR_AREA), DPTR_SIZE),
          "a read of %u pieces", d->npieces);
    free(want);
}

/* Both directions are refused with STATUS, naming byte AT (FFFFh: none). */
static inline void dptr_check_refused(Dptr *d, uint16_t status, uint16_t at)
{
    for (uint8_t opc = 0x01; opc <= 0x02; opc++) {
        FakeCqe e = dptr_run(d, opc);

        CHECK_EQ(e.found ? e.status : 0xffff, status);
        CHECK_EQ(fake_error_location(d->h), at);
    }
}

#endif
