/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk in memory that fails where it is told to, and that loses what was
 * not flushed when its power is cut.
 */
#ifndef TESTS_UNIT_FAKES_DISK_H
#define TESTS_UNIT_FAKES_DISK_H

#include "hw/ocp-nvme/core/image.h"

#define FAKE_DISK_NEVER UINT64_MAX

typedef struct FakeDisk {
    OcpnDisk disk;
    uint8_t *bytes;             /* what a read sees; NULL: nothing is kept */
    uint8_t *flushed;           /* what no power cut can take */
    struct FakeWrite *pending;  /* writes since the last flush */
    size_t npending;
    uint64_t reads, writes, flushes, written;   /* done so far; last: bytes */
    /* set by the test; counted from 1 */
    uint64_t fail_read;         /* this read fails, once */
    uint64_t cut_at_write;      /* this write and all after it do not happen */
    size_t torn;                /* ... but this many bytes of the first one */
    uint64_t cut_at_flush;      /* this flush and all after it do not happen */
} FakeDisk;

/* SIZE bytes of zeros. */
void fake_disk_init(FakeDisk *d, uint64_t size);

/* A disk of any size that reads as zeros and counts what is written. */
void fake_disk_init_counting(FakeDisk *d, uint64_t size);

/*
 * The power fails and comes back: of the writes since the last flush some
 * happened and some did not, as SEED says (0: none did, UINT64_MAX: all).
 */
void fake_disk_power_cycle(FakeDisk *d, uint64_t seed);

void fake_disk_free(FakeDisk *d);

#endif
