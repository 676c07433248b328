/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host in QEMU that does what an input says: valid queues, unless the input
 * spoils them, and an account of the commands in them.  Thread: main.
 */
#ifndef TESTS_FUZZ_QEMU_HOST_H
#define TESTS_FUZZ_QEMU_HOST_H

#include "fuzz-steps.h"
#include "qemu-drive.h"

typedef struct QemuPair {
    uint64_t sq, cq;            /* addresses of the rings */
    uint32_t size, tail, head;
    unsigned n;                 /* commands not reaped yet */
    bool     phase, made;
    bool     wild;              /* its account is not known */
    uint8_t  open[8192];        /* a bit each, by CID */
} QemuPair;

typedef struct QemuHost {
    PCIDevice  *pci;
    unsigned    kind;
    bool        replugged;      /* once is enough */
    uint16_t    cid;            /* of the last command */
    uint16_t    first;          /* of the commands that created pairs, */
    unsigned    failed;         /* and a bit for each pair that was refused */
    QemuPair    q[FUZZ_NQUEUES + 1];
} QemuHost;

/* Registers, of 4 or 8 bytes. */
uint64_t fuzz_host_reg(uint32_t off, unsigned size);
void fuzz_host_set_reg(uint32_t off, uint64_t val, unsigned size);
void fuzz_host_doorbell(uint32_t qid, bool cq, uint32_t val);
/* QEMU's main loop, until nothing happens without the clock. */
void fuzz_host_run(void);

/* Set up PCI, enable, with all queues that the drive gives. */
void fuzz_host_enable(QemuHost *t);
/* A command with PRPs for 64 KiB at FUZZ_BUF. */
FuzzCommand fuzz_host_command(uint8_t opc);
/* Put it into a ring and ring the doorbell, if there is room. */
void fuzz_host_submit(QemuHost *t, uint16_t qid, const FuzzCommand *cmd);
/* All that has come of a queue: at most once for each command. */
void fuzz_host_reap(QemuHost *t, uint16_t qid);
/* Nobody knows any more what is under way in any queue. */
void fuzz_host_lose(QemuHost *t);

#endif
