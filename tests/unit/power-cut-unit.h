/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power cuts that lose writes, and what a host finds after them. */
#ifndef TESTS_UNIT_POWER_CUT_UNIT_H
#define TESTS_UNIT_POWER_CUT_UNIT_H

#include "action-unit.h"
#include "migrate-unit.h"

#define FUA         (1u << 30)
#define LOST        0x281u          /* Unrecovered Read Error */
#define INCOMPLETE  112, 4          /* of page C0h */
#define PLP_STARTS  160, 8

static inline uint16_t put(FakeHost *h, uint32_t slba, uint8_t byte)
{
    memset(fake_guest(h, FAKE_BUF + 0x10000), byte, 512);
    return smart_io(h, 0x01, slba, 1);
}

/* The power is gone: the host comes back. */
static inline void come_back(FakeHost *h)
{
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(armed(h, "power-cut", 0)[0], 0);
}

/* Counts of so many cuts, of which LOST lost something. */
static inline void counted(FakeHost *h, unsigned cuts, unsigned lost)
{
    CHECK_EQ(smart_c0(h, INCOMPLETE), lost);
    CHECK_EQ(smart_c0(h, PLP_STARTS), cuts);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), cuts);
}

/* The panic, and its end by hand: what was lost is to be seen. */
static inline void go_on(FakeHost *h)
{
    CHECK_EQ(smart_io(h, 0x02, 0, 1), 0x006);
    CHECK_EQ(bytes_at(smart_page(h, 0xc1) + 4, 8), 1);
    CHECK_EQ(smart_page(h, 0xc1)[3], 0x02);
    CHECK_EQ(smart_page(h, 0x02)[0], 1 << 3);
    smart_knob(h, "panic", "0");
    fake_run(&h->f);
}

static inline uint8_t got(FakeHost *h, uint32_t slba)
{
    CHECK_EQ(smart_io(h, 0x02, slba, 1), 0);
    return *fake_guest(h, FAKE_BUF + 0x10000);
}

static inline FakeHost *chunks(void)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } },
        .ns = { FAKE_T1 },
    });
}

static inline void write_chunk(FakeHost *h, uint64_t lba, unsigned nlb)
{
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .cdw10 = (uint32_t)lba,
                    .cdw12 = nlb - 1 };

    fake_prp(h, &cmd, FAKE_BUF + 0x10000, (uint64_t)nlb * 4096);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
}

/* Write pointer of chunk INDEX of the first unit. */
static inline uint64_t pointer(FakeHost *h, unsigned index)
{
    CHECK_EQ(fake_get_log(h, 0xca, 1, index * 32, 32).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF) + 24, 8);
}

#endif
