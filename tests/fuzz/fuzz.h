/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share: drives of several kinds that are as new for each
 * input, and cheap.
 *
 * A target is LLVMFuzzerTestOneInput().  libFuzzer calls it, or replay.c with
 * the files of a folder.  What must never be is said by FUZZ_CHECK(), which
 * ends the program, as do the fakes and the sanitizers.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/host.h"
#include "fuzz-steps.h"

/* An invariant; the format says of what. */
#define FUZZ_CHECK(x, ...) do {                                         \
    if (!(x)) {                                                         \
        fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #x);         \
        fprintf(stderr, __VA_ARGS__);                                   \
        fputc('\n', stderr);                                            \
        abort();                                                        \
    }                                                                   \
} while (0)

/*
 * A drive of KIND (any number): guest memory is zeros, the images are as new,
 * and there is no controller.  It belongs to fuzz.c and is used anew.
 */
FakeHost *fuzz_drive(unsigned kind);
/*
 * Add a controller, powered on or waiting for a state, on the images as they
 * are.  False, with ERR: one of them was refused, and there is none.
 */
bool fuzz_power_on(FakeHost *h, bool incoming, OcpnError *err);
/* Enable, with I/O pair 1.  False: the drive does not want to. */
bool fuzz_enable(FakeHost *h);
/* Identify, pages, features, reads and writes, and time that passes. */
void fuzz_use(FakeHost *h);
/*
 * Reset in the way of KIND, whatever is under way: afterwards nothing is.
 */
void fuzz_reset(FakeHost *h, OcpnReset kind);

/* A target: an input.  The value means nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A seed with a name. */
typedef void FuzzPut(const char *name, const void *data, size_t size);
/* All seeds of a target: seeds-TARGET.c. */
void fuzz_seeds(FuzzPut *put);

#endif
