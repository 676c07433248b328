/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Device Self-test command and its log, as a host has them. */
#ifndef TESTS_UNIT_SELF_TEST_UNIT_H
#define TESTS_UNIT_SELF_TEST_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

#define SECOND  UINT64_C(1000000000)

static inline FakeHost *self_start(OcpVersion version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = (uint8_t)version } },
        .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(3) },
    });
}

static inline uint16_t self_test(FakeHost *h, uint32_t cdw10, uint32_t nsid)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x14, .nsid = nsid, .cdw10 = cdw10,
    }).status;
}

/* Page 06h, and zeros. */
static inline const uint8_t *self_log(FakeHost *h)
{
    uint8_t *p = fake_guest(h, FAKE_BUF);

    memset(p, 0xa5, 4096);
    CHECK_EQ(fake_get_log(h, 0x06, 0xffffffff, 0, 4096).status, 0);
    return p;
}

/* Current operation, and the newest result: status, segment, valid. */
#define CHECK_SELF(h, operation, status, segment, valid) do {           \
    const uint8_t *p_ = self_log(h);                                    \
    CHECK_EQ(p_[0], (operation));                                       \
    CHECK_EQ(bytes_at(p_ + 4, 3),                                       \
             (status) | (segment) << 8 | (valid) << 16);                \
} while (0)

#endif
