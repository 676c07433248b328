/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sanitize commands, and time for what they begin. */
#ifndef TESTS_UNIT_SANITIZE_UNIT_H
#define TESTS_UNIT_SANITIZE_UNIT_H

#include "smart-unit.h"

#define MSEC    UINT64_C(1000000)

enum {
    SAN_EXIT = 1, SAN_BLOCK = 2, SAN_OVERWRITE = 3, SAN_CRYPTO = 4,
    SAN_AUSE = 1 << 3, SAN_OIPBP = 1 << 8, SAN_NDAS = 1 << 9,
    IN_PROGRESS = 0x01d, FAILED = 0x01c,
};

/* Also what is due at once. */
static inline void sanitize_settle(FakeHost *h)
{
    fake_advance(&h->f, 1);
    while (h->f.wake && h->f.wake <= h->f.now) {
        fake_advance(&h->f, 0);
    }
}

/* NS of simulated time, by milliseconds. */
static inline void sanitize_advance(FakeHost *h, uint64_t ns)
{
    for (; ns >= MSEC; ns -= MSEC) {
        fake_advance(&h->f, MSEC);
        sanitize_settle(h);
    }
    fake_advance(&h->f, ns);
    sanitize_settle(h);
}

/* The command; what it begins has not begun. */
static inline uint16_t sanitize(FakeHost *h, uint32_t cdw10, uint32_t cdw11)
{
    FakeCqe e = fake_admin(h, &(FakeCmd) { .opc = 0x84, .cdw10 = cdw10,
                                           .cdw11 = cdw11 });

    return e.found ? e.status : 0xffff;
}

/* Sanitize Status. */
static inline unsigned sanitize_state(FakeHost *h)
{
    return (unsigned)bytes_at(smart_page(h, 0x81) + 2, 2) & 7;
}

#endif
