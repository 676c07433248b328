/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults for tests of what a host sees of them, on fixture T1. */
#ifndef TESTS_UNIT_FAULT_UNIT_H
#define TESTS_UNIT_FAULT_UNIT_H

#include "hw/ocp-nvme/core/fault.h"
#include "ocssd-host.h"

/* Add the rule TEXT; its number. */
static inline uint32_t fault(FakeHost *h, const char *text)
{
    OcpnFaultRule rule;
    OcpnError err = { "" };
    uint32_t id = 0;

    if (ocpn_fault_parse(text, &rule, &err)) {
        id = ocpn_fault_add(h->c, &rule, &err);
    }
    CHECK(id, "%s: %s", text, err.text);
    return id;
}

/* Ask for one block of chunk number CHUNK. */
static inline bool ask(FakeHost *h, OcpnFaultPoint point, uint32_t chunk,
                       uint32_t blk)
{
    return ocpn_fault(ocpn_ns_get(h->c, 1), point, chunk, blk, 1, NULL);
}

/* Rule number INDEX as it is shown; until the next call. */
static inline const char *shown(FakeHost *h, unsigned index)
{
    static char text[512];

    text[0] = '\0';
    ocpn_fault_show(h->c, index, text, sizeof(text));
    return text;
}

/* The first rule is shown with these counts. */
#define CHECK_COUNTS(h, counts) CHECK_HAS(shown(h, 0), counts)

/* Status of a Read of one block, its data and metadata then at entry 0. */
static inline bool reads_block(FakeHost *h, uint64_t lba)
{
    return r(h, lba, 1) == 0 && is_block(h, 0, lba);
}

static inline bool reads_zero(FakeHost *h, uint64_t lba)
{
    return r(h, lba, 1) == 0 && is_zero(h, 0);
}

/* Error log entry of the newest failure: NVMe Base 2.0, log page 01h. */
static inline void check_error_log(FakeHost *h, uint16_t status, uint64_t lba)
{
    const uint8_t *e = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_get_log(h, 0x01, 0xffffffff, 0, 64).status, 0);
    CHECK_EQ(bytes_at(e + 8, 2), 1);                    /* SQID */
    CHECK_EQ(bytes_at(e + 12, 2) >> 1, 0x4000 | status);    /* DNR */
    CHECK_EQ(bytes_at(e + 14, 2), 0xffff);              /* no field of it */
    CHECK_EQ(bytes_at(e + 16, 8), lba);
    CHECK_EQ(bytes_at(e + 24, 4), 1);                   /* NSID */
}

/* Media and Data Integrity Errors: NVMe Base 2.0, log page 02h. */
static inline uint64_t media_errors(FakeHost *h)
{
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF) + 160, 8);
}

/* Vector Copy of N blocks from SRC on to the blocks of DST. */
static inline FakeCqe copy_to(FakeHost *h, uint64_t src, const uint64_t *dst,
                              unsigned n)
{
    FakeCmd cmd = { .opc = 0x93, .nsid = 1, .cdw10 = LIST, .cdw12 = n - 1,
                    .cdw14 = DLIST };
    FakeCqe e;

    for (unsigned i = 0; i < n; i++) {
        put_bytes_at(fake_guest(h, LIST) + i * 8, 8, src + i);
        put_bytes_at(fake_guest(h, DLIST) + i * 8, 8, dst[i]);
    }
    e = fake_io(h, &cmd);
    CHECK_EQ(e.found, true);
    CHECK_EQ(e.dnr, e.status != 0);
    return e;
}

/* A chunk's first LBA, and the three that follow it. */
#define FOUR(lba)   (lba), (lba) + 1, (lba) + 2, (lba) + 3

#endif
