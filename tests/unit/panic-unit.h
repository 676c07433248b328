/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of panics and injected errors: a drive with one conventional
 * namespace, entries of feature C0h as bytes, and a look at log page C1h.
 */
#ifndef TESTS_UNIT_PANIC_UNIT_H
#define TESTS_UNIT_PANIC_UNIT_H

#include <string.h>

#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/inject.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/panic.h"
#include "smart-unit.h"

#define ENTRIES     (FAKE_BUF + 0x10000u)       /* of feature C0h */
#define PAGE        (FAKE_BUF + 0x20000u)       /* what is read of C1h */
#define PANIC_EVENT 0x00c10007u                 /* EREC-AEN-1 */
#define ON          1u                          /* flags of an entry */
#define ONCE        3u
#define MSEC        UINT64_C(1000000)

/* Fields of page C0h: where, and how many bytes; see smart_c0(). */
#define BAD_USER        32, 6
#define UNCORRECTABLE   56, 8
#define E2E_DETECTED    72, 4
#define THROTTLE_EVENTS 96, 1
#define THROTTLE_STATUS 97, 1
#define PCIE_ERRORS     104, 8
#define INCOMPLETE      112, 4
#define FREE_BLOCKS     120, 1
#define CAPACITOR       128, 2
#define PLP_STARTS      160, 8
#define DIES_OFFLINE    220, 2
#define TIMEOUTS        232, 4

static inline FakeSetup ocp_drive(OcpVersion version)
{
    return (FakeSetup) {
        .cfg = { .ocp = { .version = (uint8_t)version, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    };
}

static inline FakeHost *ocp_start(OcpVersion version)
{
    FakeSetup s = ocp_drive(version);

    return fake_host_start(&s);
}

/* Entry INDEX of the set to come. */
static inline uint8_t *entry(FakeHost *h, unsigned index, uint8_t flags,
                             uint16_t type, uint16_t reads)
{
    uint8_t *e = fake_guest(h, ENTRIES + index * 32);

    memset(e, 0, 32);
    e[0] = flags;
    put_bytes_at(e + 2, 2, type);
    put_bytes_at(e + 4, 2, reads);
    return e;
}

static inline FakeCqe set_entries(FakeHost *h, uint32_t n)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x09, .cdw10 = 0xc0, .cdw11 = n, .prp1 = ENTRIES,
    });
}

static inline uint16_t arm(FakeHost *h, uint8_t flags, uint16_t type,
                           uint16_t reads)
{
    entry(h, 0, flags, type, reads);
    return set_entries(h, 1).status;
}

/* Entries that are armed; what they are is at FAKE_BUF. */
static inline uint32_t armed(FakeHost *h)
{
    FakeCqe e = fake_get_feature(h, 0xc0, 0, 0);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

static inline uint16_t io(FakeHost *h, uint8_t opc)
{
    FakeCqe e = fake_io(h, &(FakeCmd) {
        .opc = opc, .nsid = 1, .prp1 = FAKE_BUF,
    });

    CU_ASSERT(e.found);
    return e.status;
}

#define READ(h)     io(h, 0x02)
#define WRITE(h)    io(h, 0x01)

static inline void wait_event(FakeHost *h)
{
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
}

/* The event that came for it; 0: none. */
static inline uint32_t event(FakeHost *h)
{
    FakeCqe e = fake_reap(h, 0);

    return e.found && !e.status ? e.dw0 : 0;
}

/* Log page C1h, read with RAE 0; at PAGE. */
static inline const uint8_t *recovery(FakeHost *h)
{
    FakeCqe e = fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 0xffffffff, .prp1 = PAGE,
        .cdw10 = 127u << 16 | 0xc1,
    });

    CHECK_EQ(e.status, 0);
    return fake_guest(h, PAGE);
}

static inline uint64_t panic_id(FakeHost *h)
{
    return bytes_at(recovery(h) + 4, 8);
}

/* Critical Warning of page 02h. */
static inline unsigned warnings(FakeHost *h)
{
    return smart_page(h, 0x02)[0];
}

static inline uint16_t format(FakeHost *h)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 1 << 9,
    }).status;
}

/* A read is on its way; its CID. */
static inline uint16_t submit_read(FakeHost *h)
{
    uint16_t cid = fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
    });

    fake_run(&h->f);
    return cid;
}

/* Byte AT of the payload of state page INDEX, in both of its slots. */
static inline void spoil_page(FakeHost *h, unsigned index, unsigned at,
                              uint8_t byte)
{
    uint64_t page = ocpn_ns_get(h->c, 1)->im.state.offset + 2 * index * 4096;

    for (unsigned slot = 0; slot < 2; slot++) {
        uint8_t *p = h->f.media[1].bytes + page + slot * 4096;

        p[32 + at] = byte;
        image_reseal(p, PAGE_CRC);
    }
}

/* Of what the image has of panics, in both of its pages. */
static inline void spoil_panic(FakeHost *h, unsigned at, uint8_t byte)
{
    spoil_page(h, 6, at, byte);
    spoil_page(h, 4, 3984 + at, byte);
}

/* Power off and on; CLEAN: not without saying goodbye. */
static inline void power_cycle(FakeHost *h, bool clean)
{
    fake_host_restart(h, clean);
}

#endif
