/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that does what an input says, and keeps account of its commands.
 *
 * An input: the kind of drive (1 byte), then steps, each a byte of FuzzStep
 * and what belongs to it.  Behind the end there are zeros, so that every input
 * means something.
 */
#ifndef TESTS_FUZZ_FUZZ_HOST_H
#define TESTS_FUZZ_FUZZ_HOST_H

#include "fuzz.h"

#define FUZZ_NQUEUES    4u      /* I/O pairs 1 to 4 */
#define FUZZ_RING       16u     /* entries of their rings */

typedef enum FuzzStep {
    FUZZ_IO,                    /* queue (1), command */
    FUZZ_ADMIN,                 /* command */
    FUZZ_RUN,
    FUZZ_FINISH,                /* which I/O (1), result (1) */
    FUZZ_HOLD,                  /* 1: media wait; and so many allocations */
    FUZZ_REAP,                  /* queue (1) */
    FUZZ_TIME,                  /* so many (1) << so many (1) ns */
    FUZZ_RESET,                 /* kind (1) */
    FUZZ_REGISTER,              /* offset / 4 (1), value (4) */
    FUZZ_DOORBELL,              /* queue (1), value (1) */
    FUZZ_QUEUE,                 /* queue (1): deleted and made again */
    FUZZ_DATA,                  /* where (2), length (1), bytes */
    FUZZ_DESCRIPTORS,           /* where (1), count (1), descriptors */
    FUZZ_SHADOW,                /* set up, or entry (1) and value (1) */
    FUZZ_TEXT,                  /* see fuzz-text.c */
    FUZZ_POWER,                 /* 0: off and on; 1: it was cut */
    FUZZ_NSTEPS
} FuzzStep;

/*
 * A command: opcode (1), what is given (1) of FuzzGiven, and that.  The rest is
 * 0, NSID 1, and PRPs for 64 KiB of buffer.
 */
enum FuzzGiven {
    FUZZ_HAS_NSID   = 1 << 0,   /* (1); 255 is FFFFFFFFh */
    FUZZ_HAS_CDW10  = 1 << 1,   /* (4) */
    FUZZ_HAS_CDW11  = 1 << 2,   /* (4) */
    FUZZ_HAS_CDW12  = 1 << 3,   /* (4) */
    FUZZ_HAS_CDW13  = 1 << 4,   /* (4) */
    FUZZ_HAS_CDW14  = 1 << 5,   /* CDW14 and 15 (8) */
    FUZZ_HAS_PRPS   = 1 << 6,   /* PRP1 and 2, as addresses (2 + 2) */
    /* FUSE and PSDT (1), MPTR (2), CDW2, 3 (4); of SGLs length (2), type (1) */
    FUZZ_HAS_FLAGS  = 1 << 7,
};

enum FuzzText {
    FUZZ_TEXT_KNOB,
    FUZZ_TEXT_ACTION,
    FUZZ_TEXT_FAULT,
    FUZZ_TEXT_CHUNKS,
    FUZZ_TEXT_NOTICE,
    FUZZ_NTEXTS
};

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
/* Where 2 bytes of the input are in guest memory, mostly. */
uint64_t fuzz_host_address(FuzzInput *in);
/* Nobody knows any more what is under way in any queue. */
void fuzz_host_lose(FuzzHost *t);

/* What (1), which (1), words. */
void fuzz_text(FakeHost *h, FuzzInput *in);
/* Number of a word in a text. */
unsigned fuzz_word(const char *word);

#endif
