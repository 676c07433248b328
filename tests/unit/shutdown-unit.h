/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shutdowns: registers, what the image counts, and media that wait. */
#ifndef TESTS_UNIT_SHUTDOWN_UNIT_H
#define TESTS_UNIT_SHUTDOWN_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

#define CC      0x14u
#define CSTS    0x1cu
#define NSSR    0x20u
#define ON      0x00460001u     /* entries of 64 and 16 bytes, EN */
#define NORMAL  0x00004000u     /* CC.SHN */
#define ABRUPT  0x00008000u
#define RDY     0x01u
#define BUSY    0x04u           /* CSTS.SHST */
#define DONE    0x08u
#define NSSRO   0x10u

static const FakeSetup drive = {
    .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) },
};

static inline uint32_t csts(FakeHost *h)
{
    return (uint32_t)fake_reg(h, CSTS, 4);
}

static inline void set_cc(FakeHost *h, uint32_t cc)
{
    fake_set_reg(h, CC, cc, 4);
    fake_run(&h->f);
}

static inline uint64_t smart(FakeHost *h, unsigned at)
{
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0);
    return fake_le(fake_guest(h, FAKE_BUF) + at, 8);
}

static inline void check_counts(FakeHost *h, uint64_t cycles, uint64_t unsafe)
{
    CHECK_EQ(smart(h, 112), cycles);
    CHECK_EQ(smart(h, 144), unsafe);
}

/* All I/Os of now, and those they cause, but not what follows a flush. */
static inline void finish_writes(FakeHost *h)
{
    while (h->f.nios && h->f.io[0]->op == OCPN_IO_WRITE) {
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
        fake_run(&h->f);
    }
}

#endif
