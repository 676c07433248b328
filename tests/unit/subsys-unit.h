/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of several controllers: A is the first one, with a drive, B a
 * further one of its subsystem.  Each has a host, RAM and a clock of its own.
 */
#ifndef TESTS_UNIT_SUBSYS_UNIT_H
#define TESTS_UNIT_SUBSYS_UNIT_H

#include <string.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define MSEC    UINT64_C(1000000)
#define ALL     0xffffffffu
#define SV      0x80000000u
#define RAE     0x8000u

typedef struct Pair {
    FakeHost *a, *b;
} Pair;

static inline FakeHost *first_of(OcpVersion version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .discard = true,
                 .ocp = { .version = (uint8_t)version, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

static inline FakeHost *further_of(FakeHost *a)
{
    return fake_host_start(&(FakeSetup) { .first = a->c });
}

static inline Pair pair(void)
{
    FakeHost *a = first_of(OCP_2_7);

    return (Pair) { a, further_of(a) };
}

static inline void pair_free(Pair p)
{
    fake_host_free(p.b);
    fake_host_free(p.a);
}

/* Both go on. */
static inline void pair_run(Pair p)
{
    fake_run(&p.a->f);
    fake_run(&p.b->f);
}

/* Identify; valid until H's next one. */
static inline const uint8_t *identified(FakeHost *h, uint8_t cns,
                                        uint32_t nsid)
{
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(fake_identify(h, cns, nsid).status, 0);
    return fake_guest(h, FAKE_BUF);
}

/* LEN bytes of page LID to TO, RAE 1: nothing is taken. */
static inline void get_page(FakeHost *h, uint8_t lid, void *to, uint32_t len)
{
    FakeCmd cmd = {
        .opc = 0x02, .nsid = ALL,
        .cdw10 = lid | RAE | (len / 4 - 1) << 16,
        .cdw11 = lid == 0x09 ? 1u << 16 : 0,
    };

    fake_prp(h, &cmd, FAKE_BUF, len);
    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    memcpy(to, fake_guest(h, FAKE_BUF), len);
}

static inline uint16_t do_io(FakeHost *h, uint8_t opc, uint32_t nsid,
                             uint64_t slba)
{
    return fake_io(h, &(FakeCmd) {
        .opc = opc, .nsid = nsid, .prp1 = FAKE_BUF + 0x100000,
        .cdw10 = (uint32_t)slba,
    }).status;
}

/* One more Asynchronous Event Request; it does not end yet. */
static inline void ask_event(FakeHost *h)
{
    CHECK(!fake_admin(h, &(FakeCmd) { .opc = 0x0c }).found, "no event yet");
}

/* DW0 of the request that has ended; 0: none has. */
static inline uint32_t event_of(FakeHost *h)
{
    FakeCqe e;

    fake_run(&h->f);
    e = fake_reap(h, 0);
    return e.found ? e.dw0 : 0;
}

#endif
