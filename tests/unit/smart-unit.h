/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An OCP drive, and its SMART pages, for tests. */
#ifndef TESTS_UNIT_SMART_UNIT_H
#define TESTS_UNIT_SMART_UNIT_H

#include "fakes/host.h"
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/knob.h"
#include "ocpn-unit.h"

#define ALL     0xffffffffu
#define SECOND  UINT64_C(1000000000)

/* 512-byte blocks, 16 MiB; OCP of VERSION. */
static inline FakeHost *smart_drive(OcpVersion version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = (uint8_t)version, .knobs = true } },
        .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
                  .mode = IMG_MODE_CONVENTIONAL, .nsze = 32768 } },
    });
}

/* The 512 bytes of page LID. */
static inline const uint8_t *smart_page(FakeHost *h, uint8_t lid)
{
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(fake_get_log(h, lid, ALL, 0, 512).status, 0);
    return fake_guest(h, FAKE_BUF);
}

/* N bytes of page C0h. */
static inline uint64_t smart_c0(FakeHost *h, unsigned at, unsigned n)
{
    return bytes_at(smart_page(h, 0xc0) + at, n);
}

static inline void smart_knob(FakeHost *h, const char *name,
                              const char *value)
{
    OcpnError err = { "" };

    CHECK(ocpn_knob_set(h->c, name, value, &err), "%s=%s: %s", name, value,
          err.text);
}

/* Blocks of 512 bytes from the second buffer, or into it. */
static inline uint16_t smart_io(FakeHost *h, uint8_t opc, uint32_t slba,
                                uint32_t nlb)
{
    FakeCmd cmd = { .opc = opc, .nsid = 1, .cdw10 = slba, .cdw12 = nlb - 1 };

    fake_prp(h, &cmd, FAKE_BUF + 0x10000, (uint64_t)nlb * 512);
    return fake_io(h, &cmd).status;
}

/* The result of an Asynchronous Event Request; 0: nothing has happened. */
static inline uint32_t smart_event(FakeHost *h)
{
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    return fake_reap(h, 0).dw0;
}

#endif
