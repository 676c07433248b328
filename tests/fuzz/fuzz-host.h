/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that does what an input says, and keeps account of its commands.
 * fuzz-steps.h has what an input says.
 */
#ifndef TESTS_FUZZ_FUZZ_HOST_H
#define TESTS_FUZZ_FUZZ_HOST_H

#include "fuzz.h"

typedef struct FuzzHost {
    FakeHost *h;
    unsigned  n[FUZZ_NQUEUES + 1];      /* commands not reaped yet */
    bool      wild[FUZZ_NQUEUES + 1];   /* its account is not known */
    bool      made[FUZZ_NQUEUES + 1];
    uint8_t   open[FUZZ_NQUEUES + 1][8192];     /* a bit each, by CID */
} FuzzHost;

/* Enable, with all queues that the drive gives. */
void fuzz_host_enable(FuzzHost *t);
/* A command, submitted. */
void fuzz_host_command(FuzzHost *t, uint16_t qid, FuzzInput *in);
/* All that has come of a queue. */
void fuzz_host_reap(FuzzHost *t, uint16_t qid);
/* Nobody knows any more what is under way in any queue. */
void fuzz_host_lose(FuzzHost *t);

/* What (1), which (1), words. */
void fuzz_text(FakeHost *h, FuzzInput *in);

#endif
