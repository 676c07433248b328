/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk in memory that fails where it is told to. */
#ifndef TESTS_UNIT_FAKES_DISK_H
#define TESTS_UNIT_FAKES_DISK_H

#include "hw/ocp-nvme/core/image.h"

#define FAKE_DISK_NEVER UINT64_MAX

typedef struct FakeDisk {
    OcpnDisk disk;
    uint8_t *bytes;             /* what a read sees; NULL: nothing is kept */
    uint64_t reads, writes, flushes, written;   /* done so far; last: bytes */
    uint64_t fail_read;         /* set by the test, from 1 on: it fails, once */
} FakeDisk;

/* SIZE bytes of zeros. */
void fake_disk_init(FakeDisk *d, uint64_t size);

/* A disk of any size that reads as zeros and counts what is written. */
void fake_disk_init_counting(FakeDisk *d, uint64_t size);

void fake_disk_free(FakeDisk *d);

#endif
