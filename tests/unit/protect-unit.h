/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write protection of namespaces: Feature 84h, and what it does to writes. */
#ifndef TESTS_UNIT_PROTECT_UNIT_H
#define TESTS_UNIT_PROTECT_UNIT_H

#include "ns-unit.h"

#define WP_FID      0x84
#define WP_REFUSED  0x020       /* Namespace is Write Protected */

enum { WP_NONE, WP_ON, WP_UNTIL_POWER_CYCLE, WP_PERMANENT };

/* Two drives, 1 and 2; ALL: every state is offered. */
static inline FakeHost *wp_start(bool all)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .protect_all = all } },
        .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) },
    });
}

static inline uint16_t wp_set(FakeHost *h, uint32_t nsid, uint32_t state)
{
    FakeCqe e = fake_set_feature(h, WP_FID, nsid, state);

    return e.found ? e.status : 0xffff;
}

/* The state of NSID: what Feature 84h and a write say of it. */
static inline unsigned wp_get(FakeHost *h, uint32_t nsid)
{
    FakeCqe e = fake_get_feature(h, WP_FID, nsid, 0);

    CHECK_EQ(e.status, 0);
    CHECK_EQ(ns_write(h, nsid, 0, 0x11), e.dw0 ? WP_REFUSED : 0);
    CHECK_EQ(ns_identify(h, 0, nsid, 99, 1), e.dw0 ? 1 : 0);
    return e.dw0;
}

#endif
