/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What inputs of the targets "command" (core) and "device" (QEMU) mean:
 * steps of a host.  Neither the core nor its fakes are known here.
 *
 * An input: the kind of drive (1 byte), then steps, each a byte of FuzzStep
 * and what belongs to it.  Behind the end there are zeros, so that every input
 * means something.
 */
#ifndef TESTS_FUZZ_FUZZ_STEPS_H
#define TESTS_FUZZ_FUZZ_STEPS_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_NKINDS     5u      /* of drives */
#define FUZZ_NQUEUES    4u      /* I/O pairs 1 to 4 */
#define FUZZ_RING       16u     /* entries of their rings */
#define FUZZ_STEPS      400u    /* at most */
#define FUZZ_TEXT_SIZE  120u    /* bytes of a text, at most */

/* Guest RAM that steps name; between the two ends of it, a hole. */
#define FUZZ_LISTS      UINT64_C(0x700000)
#define FUZZ_BUF        UINT64_C(0x800000)
#define FUZZ_HOLE       UINT64_C(0x1800000)

/* What is left of an input; behind its end there are zeros. */
typedef struct FuzzInput {
    const uint8_t *at;
    size_t left;
} FuzzInput;

typedef enum FuzzStep {
    FUZZ_IO,                    /* queue (1), command */
    FUZZ_ADMIN,                 /* command */
    FUZZ_RUN,
    FUZZ_FINISH,                /* which I/O (1), result (1) */
    FUZZ_HOLD,                  /* 1: media wait; and so many allocations */
    FUZZ_REAP,                  /* queue (1) */
    FUZZ_TIME,                  /* so many (1) << so many (1) ns */
    FUZZ_RESET,                 /* kind (1) */
    /* Offset / 4 (1), value (4); from 200h on of the PCI configuration. */
    FUZZ_REGISTER,
    FUZZ_DOORBELL,              /* queue (1), value (1) */
    FUZZ_QUEUE,                 /* queue (1): deleted and made again */
    FUZZ_DATA,                  /* where (2), length (1), bytes */
    FUZZ_DESCRIPTORS,           /* where (1), count (1), descriptors */
    FUZZ_SHADOW,                /* set up, or entry (1) and value (1) */
    FUZZ_TEXT,                  /* what (1), which (1), a text */
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

/* As the type of a descriptor in a list, where 0 makes an entry of 8 bytes. */
#define FUZZ_DATA_BLOCK 0xffu

enum FuzzText {
    FUZZ_TEXT_KNOB,
    FUZZ_TEXT_ACTION,
    FUZZ_TEXT_FAULT,
    FUZZ_TEXT_CHUNKS,
    FUZZ_TEXT_NOTICE,
    FUZZ_NTEXTS
};

/* Dwords in host order. */
typedef struct FuzzCommand {
    uint8_t  opc, flags;
    uint32_t nsid, cdw2, cdw3;
    uint64_t mptr, prp1, prp2;
    uint32_t cdw[6];            /* 10 to 15 */
} FuzzCommand;

/* The next N bytes, at most 8, little-endian. */
uint64_t fuzz_take(FuzzInput *in, unsigned n);
/* The next LEN bytes, or as many as there are, into BUF; how many. */
size_t fuzz_bytes(FuzzInput *in, void *buf, size_t len);
/* Where 2 bytes of the input are in guest memory, mostly. */
uint64_t fuzz_take_address(FuzzInput *in);
/* A command; CMD has the PRPs that it gets if the input gives none. */
void fuzz_take_command(FuzzInput *in, FuzzCommand *cmd);
/* A count of words, at most 15, and their numbers, with spaces between. */
void fuzz_take_text(FuzzInput *in, char text[FUZZ_TEXT_SIZE]);
/* Behind the step that comes, whatever it is. */
void fuzz_skip_step(FuzzInput *in);
/* Number of a word in a text. */
unsigned fuzz_word(const char *word);

#endif
