/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives with power states, for tests of them. */
#ifndef TESTS_UNIT_POWER_UNIT_H
#define TESTS_UNIT_POWER_UNIT_H

#include "fakes/host.h"
#include "hw/ocp-nvme/core/fact.h"
#include "ocpn-unit.h"

#define FID_STATE   0x02u
#define FID_WATTS   0xc7u
#define SV          0x80000000u

/* State 5 has 20 W, state 6 has 16 W, state 8 is idle; they end at 8.5 W. */
#define POWER_TABLE { 3500, 3000, 2800, 2500, 2200, 2000, 1600, 850, 300 }

static inline FakeHost *power_start(uint8_t version, bool table)
{
    FakeSetup s = {
        .cfg = { .ocp = { .version = version } },
        .ns = { FAKE_CONVENTIONAL(1) },
    };
    static const uint16_t power[] = POWER_TABLE;

    if (table) {
        memcpy(s.cfg.ocp.power, power, sizeof(power));
    }
    return fake_host_start(&s);
}

static inline uint32_t power_get(FakeHost *h, uint32_t fid, uint32_t sel)
{
    FakeCqe e = fake_get_feature(h, fid | sel << 8, 0, 0);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

/* What the two features read now. */
#define CHECK_POWER(h, state, watts) do {                               \
    CHECK_EQ(power_get(h, FID_STATE, 0), state);                        \
    CHECK_EQ(power_get(h, FID_WATTS, 0), watts);                        \
} while (0)

static inline uint64_t power_changes(FakeHost *h)
{
    return ocpn_fact(h->c, OCPN_FACT_POWER_CHANGES);
}

#endif
